// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/md5"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tandem/call"
)

// trunk is one configured trunk at work: what of its limits is in use, and what
// is known of its far end.
type trunk struct {
	Trunk
	sources []netip.Prefix
	targets atomic.Pointer[[]target] // where its address leads; nil before the first look-up

	in, out *quota // calls that came from it, and that went out by it

	complaints seldom
	history    history
}

// quota is what of a trunk's limits one direction uses.
type quota struct {
	mu     sync.Mutex // guards the rest: leaf data, held for a few instructions
	alive  int        // calls that exist now
	tokens float64    // new calls it may start at once
	filled time.Time  // when tokens was last brought up to date
	day    int64      // since 1970, UTC
	today  int        // calls of that day
}

// complainEvery keeps a limit that is reached from filling the log.
const complainEvery = 10 * time.Second

// seldom says when something that repeats is worth a line of the log again.
type seldom struct {
	mu   sync.Mutex // guards last; leaf
	last time.Time
}

func (s *seldom) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < complainEvery {
		return false
	}
	s.last = now
	return true
}

// trunks finds a trunk by where a message came from.
type trunks []*trunk

func newTrunks(options []Trunk) (trunks, error) {
	var all trunks
	for _, o := range options {
		t := &trunk{Trunk: o, in: &quota{}, out: &quota{}}
		for _, secret := range []struct {
			file string
			into *string
		}{{o.Login.PasswordFile, &t.Login.Password}, {o.Account.PasswordFile, &t.Account.Password}} {
			if secret.file == "" {
				continue
			}
			var err error
			if *secret.into, err = readPassword(secret.file); err != nil {
				return nil, err
			}
		}
		t.in.tokens, t.out.tokens = float64(o.CallsPerSecond), float64(o.CallsPerSecond)
		t.in.filled, t.out.filled = time.Now(), time.Now()
		for _, from := range o.From {
			if p, err := parsePrefix(from); err == nil { // Check has refused the rest
				t.sources = append(t.sources, p)
			}
		}
		all = append(all, t)
	}
	return all, nil
}

// of returns the first trunk that an address alone tells, or nil.
func (ts trunks) of(addr netip.Addr) *trunk {
	for _, t := range ts {
		if len(t.Certificate) == 0 && t.identified(addr, nil) {
			return t
		}
	}
	return nil
}

// from are the trunks that a message of that source, whose certificate bears
// names, may belong to: those that ask for no login first.
func (ts trunks) from(addr netip.Addr, names []string) []*trunk {
	var open, login []*trunk
	for _, t := range ts {
		switch {
		case !t.sends(addr, names):
		case t.Login.User == "":
			open = append(open, t)
		default:
			login = append(login, t)
		}
	}
	return append(open, login...)
}

// named is the trunk of that name, or nil.
func (ts trunks) named(name string) *trunk {
	for _, t := range ts {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// sends says whether address and certificate are the trunk's, as far as it asks
// for them.
func (t *trunk) sends(addr netip.Addr, names []string) bool {
	addr = addr.Unmap()
	if len(t.Certificate) > 0 && !slices.ContainsFunc(t.Certificate, func(want string) bool {
		return slices.Contains(names, strings.ToLower(want))
	}) {
		return false
	}
	if len(t.sources) > 0 {
		return slices.ContainsFunc(t.sources, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	if len(t.Certificate) > 0 || t.Login.User != "" {
		return true
	}
	return t.leadsTo(addr)
}

// leadsTo says whether the trunk's own address leads there.
func (t *trunk) leadsTo(addr netip.Addr) bool {
	targets := t.targets.Load()
	return targets != nil && slices.ContainsFunc(*targets, func(to target) bool { return to.flow.Remote.Addr() == addr.Unmap() })
}

// credentials gives what a trunk's login is worth in a realm, by its user.
func (ts trunks) credentials(realm string) func(user string) (ha1 string, name call.AgentID, ok bool) {
	return func(user string) (string, call.AgentID, bool) {
		for _, t := range ts {
			if t.Login.User != "" && t.Login.User == user {
				sum := md5.Sum([]byte(user + ":" + realm + ":" + t.Login.Password)) // RFC 2617, section 3.2.2.2
				return hex.EncodeToString(sum[:]), call.AgentID(t.Name), true
			}
		}
		return "", "", false
	}
}

// admit takes one call into the trunk's limits and says whether there was room.
// Whoever got true must call leave once.
func (t *trunk) admit(now time.Time) bool { return t.in.admit(now, t.Calls, t.CallsPerSecond, 0) }

// leave gives back the place of one call.
func (t *trunk) leave() { t.in.leave() }

// admit takes one call in; perDay 0 is any number.
func (q *quota) admit(now time.Time, most, perSecond, perDay int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	rate := float64(perSecond)
	q.tokens = min(rate, q.tokens+now.Sub(q.filled).Seconds()*rate)
	q.filled = now
	if day := now.Unix() / 86400; day != q.day {
		q.day, q.today = day, 0
	}
	if q.alive >= most || q.tokens < 1 || perDay > 0 && q.today >= perDay {
		return false
	}
	q.tokens--
	q.alive++
	q.today++
	return true
}

func (q *quota) leave() {
	q.mu.Lock()
	q.alive--
	q.mu.Unlock()
}

// use is how many calls exist and how many there were today.
func (q *quota) use(now time.Time) (alive, today int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Unix()/86400 != q.day {
		return q.alive, 0
	}
	return q.alive, q.today
}
