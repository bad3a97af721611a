// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/call"
)

// statement is a signature to be.
type statement struct {
	alg, typ, x5u, orig, dest string
	age                       time.Duration
	params                    string
	spoil                     bool
	attest                    string // "": A
}

func (s statement) sign(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	enc := base64.RawURLEncoding
	head := fmt.Sprintf(`{"alg":%q,"ppt":"shaken","typ":%q,"x5u":%q}`, s.alg, s.typ, s.x5u)
	claims := fmt.Sprintf(`{"attest":%q,"dest":{"tn":[%q]},"iat":%d,"orig":{"tn":%q},"origid":"x"}`, cmp.Or(s.attest, "A"), s.dest, time.Now().Add(-s.age).Unix(), s.orig)
	signed := enc.EncodeToString([]byte(head)) + "." + enc.EncodeToString([]byte(claims))
	hash := sha256.Sum256([]byte(signed))
	a, b, err := ecdsa.Sign(rand.Reader, key, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	a.FillBytes(signature[:32])
	b.FillBytes(signature[32:])
	if s.spoil {
		signature[5] ^= 1
	}
	return signed + "." + enc.EncodeToString(signature) + s.params
}

// TestS7_SignedNumbersAreChecked has the cases of a good signature and of all
// that can be wrong with one.
func TestS7_SignedNumbersAreChecked(t *testing.T) {
	const x5u = "https://cert.example.org/passport.pem"
	ca := newAuthority(t)
	_, key, file, _ := ca.issue(&x509.Certificate{}, "signer")
	_, oldKey, oldFile, _ := ca.issue(&x509.Certificate{NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}, "old")
	good := statement{alg: "ES256", typ: "passport", x5u: x5u, orig: "4930123", dest: "1000",
		params: ";info=<" + x5u + ">;alg=ES256;ppt=shaken"}
	f := newFloor(t, Options{STIR: STIR{Keys: []STIRKey{{URL: x5u, File: file}, {URL: x5u + "?old", File: oldFile}}}}, nil)
	try := func(what string, want call.Verstat, identities ...string) {
		t.Helper()
		p := newPeer(t, f.addr("udp")) // From +4930123, To 1000
		var extra []string
		if len(identities) > 0 {
			extra = append(extra, "Identity: "+strings.Join(identities, "\r\nIdentity: "))
		}
		p.call(extra...)
		if got := within(t, "call", f.calls).Leg.Remote(); got.Verstat != want || got.Number != "+4930123" {
			t.Errorf("%s: %+v, want %s", what, got, want)
		}
	}
	with := func(change func(*statement)) string {
		s := good
		change(&s)
		return s.sign(t, key)
	}
	try("good", call.VerstatPassed, good.sign(t, key))
	try("none", call.VerstatNone)
	try("passed on by a gateway", call.VerstatNone, with(func(s *statement) { s.attest = "C" }))
	try("bad signature", call.VerstatFailed, with(func(s *statement) { s.spoil = true }))
	try("by another key", call.VerstatFailed, good.sign(t, oldKey))
	try("too old", call.VerstatFailed, with(func(s *statement) { s.age = 2 * time.Minute }))
	try("of the future", call.VerstatFailed, with(func(s *statement) { s.age = -2 * time.Minute }))
	try("another caller", call.VerstatFailed, with(func(s *statement) { s.orig = "4930124" }))
	try("another callee", call.VerstatFailed, with(func(s *statement) { s.dest = "1001" }))
	try("another algorithm", call.VerstatFailed, with(func(s *statement) { s.alg = "none" }))
	try("another type", call.VerstatFailed, with(func(s *statement) { s.typ = "JWT" }))
	try("another info than signed", call.VerstatFailed, with(func(s *statement) { s.params = ";info=<https://evil.example>" }))
	try("unknown signer", call.VerstatNone, with(func(s *statement) { s.x5u += "x"; s.params = "" }))
	old := good
	old.x5u, old.params = x5u+"?old", ""
	try("signer's certificate has ended", call.VerstatFailed, old.sign(t, oldKey))
	try("rubbish", call.VerstatFailed, "a.b.c")
	try("rubbish", call.VerstatFailed, "x")
	try("one good beside a bad one", call.VerstatPassed, "x", good.sign(t, key))

	plain := newFloor(t, Options{}, nil) // nobody looks
	p := newPeer(t, plain.addr("udp"))
	p.call("Identity: x")
	if got := within(t, "call", plain.calls).Leg.Remote().Verstat; got != "" {
		t.Errorf("without keys: %s", got)
	}
}

func FuzzPassport(f *testing.F) {
	f.Add("a.b.c;info=<https://x>;alg=ES256")
	f.Add("eyJhbGciOiJFUzI1NiJ9.eyJpYXQiOjF9.AAAA")
	f.Fuzz(func(t *testing.T, value string) {
		p, err := readPassport(value)
		if err == nil && (len(p.signature) != 64 || p.header.Alg != "ES256") {
			t.Errorf("%+v", p)
		}
	})
}
