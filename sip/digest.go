// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/icholy/digest"

	"tandem/call"
)

const (
	nonceTTL       = time.Minute // from challenge to answer, and for further uses by count
	maxNonces      = 20000       // in use at once; when full no further answer is taken for a while
	guessWindow    = time.Minute
	guessesPerIP   = 10 // wrong answers from one address in a window
	guessesPerUser = 30 // wrong answers for one user in a window, from all strangers together
	maxGuessers    = 20000
)

// verdict says what a REGISTER's credentials are worth.
type verdict int

const (
	denied verdict = iota // none, wrong, or of an unknown user: all look alike
	stale                 // right or wrong, but for a nonce that has aged
	granted
)

// authenticator verifies digest answers (RFC 2617 with MD5, which is all that
// phones and JsSIP speak). A nonce needs no memory until it has been used: it
// bears its time and our signature over it and the address it was given to.
type authenticator struct {
	realm       string
	credentials func(user string) (ha1 string, agent call.AgentID, ok bool)
	key         []byte
	nobody      string // HA1 of users that do not exist, so that they cost the same

	mu      sync.Mutex // guards the rest
	used    map[string]usedNonce
	guesses map[string]guessing // by address, and by "user " and name
}

// usedNonce is a nonce that was answered rightly once.
type usedNonce struct {
	count   int // the last nc seen (RFC 2617, section 3.2.2)
	expires time.Time
}

type guessing struct {
	wrong int
	since time.Time
}

func newAuthenticator(realm string, credentials func(string) (string, call.AgentID, bool)) *authenticator {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand
	return &authenticator{
		realm: realm, credentials: credentials, key: key,
		nobody: hex.EncodeToString(key[:16]),
		used:   map[string]usedNonce{}, guesses: map[string]guessing{},
	}
}

// challenge is the value of a WWW-Authenticate header.
func (a *authenticator) challenge(source netip.Addr, isStale bool, now time.Time) string {
	c := digest.Challenge{
		Realm: a.realm, Nonce: a.nonce(source, now), Algorithm: "MD5",
		QOP: []string{"auth"}, Stale: isStale,
	}
	return c.String()
}

func (a *authenticator) nonce(source netip.Addr, now time.Time) string {
	raw := make([]byte, 16, 32)
	binary.BigEndian.PutUint64(raw, uint64(now.UnixNano()))
	_, _ = rand.Read(raw[8:])
	return hex.EncodeToString(append(raw, a.sign(raw, source)...))
}

func (a *authenticator) sign(raw []byte, source netip.Addr) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write(raw)
	b := source.Unmap().As16()
	mac.Write(b[:])
	return mac.Sum(nil)[:16]
}

// check says whether a nonce is ours for that address, and whether it is fresh.
func (a *authenticator) check(nonce string, source netip.Addr, now time.Time) (ours, fresh bool) {
	raw, err := hex.DecodeString(nonce)
	if err != nil || len(raw) != 32 || !hmac.Equal(raw[16:], a.sign(raw[:16], source)) {
		return false, false
	}
	age := now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(raw))))
	return true, age >= 0 && age <= nonceTTL
}

// verify judges an Authorization header. known says that the source is a device
// of the agent already; guesses of strangers do not lock it out.
func (a *authenticator) verify(header, method string, source netip.Addr, known func(call.AgentID) bool, now time.Time) (string, call.AgentID, verdict) {
	c, err := digest.ParseCredentials(header)
	if err != nil || c.Realm != a.realm || c.Algorithm != "" && !strings.EqualFold(c.Algorithm, "MD5") {
		return "", "", denied
	}
	ours, fresh := a.check(c.Nonce, source, now)
	if !ours {
		return "", "", denied
	}
	if !fresh {
		return "", "", stale
	}
	ha1, agent, exists := a.credentials(c.Username)
	if !exists {
		ha1 = a.nobody
	}
	right := matches(c, ha1, method) && exists
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.locked(source.String(), guessesPerIP, now) ||
		a.locked("user "+c.Username, guessesPerUser, now) && !known(agent) {
		return "", "", denied
	}
	if !right {
		a.guessed(source.String(), now)
		a.guessed("user "+c.Username, now)
		return "", "", denied
	}
	if !a.use(c, now) {
		return "", "", stale
	}
	return c.Username, agent, granted
}

func matches(c *digest.Credentials, ha1, method string) bool {
	chal := &digest.Challenge{Realm: c.Realm, Nonce: c.Nonce, Algorithm: "MD5"}
	switch c.QOP {
	case "":
	case "auth":
		chal.QOP = []string{"auth"}
	default:
		return false
	}
	want, err := digest.Digest(chal, digest.Options{
		Method: method, URI: c.URI, Username: c.Username, A1: ha1, Cnonce: c.Cnonce, Count: c.Nc,
	})
	if err != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(want.Response), []byte(strings.ToLower(c.Response))) == 1
}

// use takes a nonce once, or again with a higher count. Called with mu held.
func (a *authenticator) use(c *digest.Credentials, now time.Time) bool {
	last, again := a.used[c.Nonce]
	if again && (c.QOP == "" || c.Nc <= last.count) {
		return false
	}
	if !again && len(a.used) >= maxNonces {
		return false
	}
	a.used[c.Nonce] = usedNonce{count: c.Nc, expires: now.Add(2 * nonceTTL)}
	return true
}

// locked and guessed are called with mu held.
func (a *authenticator) locked(who string, limit int, now time.Time) bool {
	g := a.guesses[who]
	return g.wrong >= limit && now.Sub(g.since) < guessWindow
}

func (a *authenticator) guessed(who string, now time.Time) {
	g, ok := a.guesses[who]
	if !ok && len(a.guesses) >= maxGuessers {
		return // admission limits what so many sources can do
	}
	if now.Sub(g.since) >= guessWindow {
		g = guessing{since: now}
	}
	g.wrong++
	a.guesses[who] = g
}

// sweep forgets what has aged.
func (a *authenticator) sweep(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for nonce, u := range a.used {
		if now.After(u.expires) {
			delete(a.used, nonce)
		}
	}
	for who, g := range a.guesses {
		if now.Sub(g.since) >= guessWindow {
			delete(a.guesses, who)
		}
	}
}
