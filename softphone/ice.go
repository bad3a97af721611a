// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"bytes"
	"crypto/rand"
	"net"
	"net/netip"
	"slices"

	"github.com/pion/stun/v4"
)

// This file is an ICE-lite agent (RFC 8445, sections 2.5 and 7.3): it never
// asks, it answers the browser's connectivity checks, and sends to the address
// that the browser nominated last. A browser that moves to another network, or
// restarts ICE, is followed as soon as its first check from there is nominated.

const (
	ufragLength    = 8  // characters of 6 bits; RFC 8839, section 5.4 wants 4 at least
	passwordLength = 24 // 22 at least

	// maxAddresses is how many proven addresses one browser may have at a time;
	// a laptop with every network on shows about six.
	maxAddresses = 16
)

// credentials are one ICE generation's user fragment and password.
type credentials struct{ ufrag, password string }

func newCredentials() credentials {
	return credentials{iceText(ufragLength), iceText(passwordLength)}
}

// iceText is random text of ice-chars, 6 bits each (RFC 8839, section 5.4).
func iceText(n int) string {
	const chars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	b := make([]byte, n)
	rand.Read(b)
	for i := range b {
		b[i] = chars[b[i]&63]
	}
	return string(b)
}

// takeSTUN answers a connectivity check that proves our password. All else is
// dropped without a word: an answer would serve reflection attacks only.
func (s *Softphone) takeSTUN(b []byte, from netip.AddrPort, request *stun.Message) {
	request.Raw = append(request.Raw[:0], b...)
	if request.Decode() != nil || request.Type != stun.BindingRequest {
		s.refused.Add(1)
		return
	}
	username, err := request.Get(stun.AttrUsername)
	ufrag, _, found := bytes.Cut(username, []byte{':'})
	if err != nil || !found {
		s.refused.Add(1)
		return
	}
	s.mu.RLock()
	e := s.byUfrag[string(ufrag)]
	s.mu.RUnlock()
	if e == nil {
		s.refused.Add(1)
		return
	}
	password, ok := e.passwordOf(string(ufrag))
	if !ok || stun.MessageIntegrity(password).Check(request) != nil || stun.Fingerprint.Check(request) != nil {
		s.refused.Add(1)
		return
	}
	if request.Contains(stun.AttrICEControlled) {
		// RFC 8445, section 7.3.1.1: we are lite and never control.
		s.respond(request, from, password, stun.BindingError, stun.CodeRoleConflict)
		return
	}
	s.prove(e, from)
	e.checked(from, string(ufrag), request.Contains(stun.AttrUseCandidate))
	s.respond(request, from, password, stun.BindingSuccess,
		&stun.XORMappedAddress{IP: net.IP(from.Addr().AsSlice()), Port: int(from.Port())})
}

func (s *Softphone) respond(request *stun.Message, to netip.AddrPort, password string, kind stun.MessageType, content stun.Setter) {
	response, err := stun.Build(stun.NewTransactionIDSetter(request.TransactionID), kind, content,
		stun.NewShortTermIntegrity(password), stun.Fingerprint)
	if err == nil {
		err = s.send(response.Raw, to)
	}
	if err != nil {
		s.log.Debug("ice check not answered", "remote", to, "err", err)
	}
}

// prove remembers that from is an address of e. An address that another
// endpoint held passes to e: its browser has just shown e's password from there.
func (s *Softphone) prove(e *Endpoint, from netip.AddrPort) {
	s.mu.RLock()
	same := s.byAddr[from] == e
	s.mu.RUnlock()
	if same {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, alive := s.all[e]; !alive {
		return
	}
	s.byAddr[from] = e
	e.addresses = append(e.addresses, from)
	if len(e.addresses) <= maxAddresses {
		return
	}
	oldest := 0
	if e.addresses[0] == e.destination() {
		oldest = 1
	}
	if old := e.addresses[oldest]; s.byAddr[old] == e {
		delete(s.byAddr, old)
	}
	e.addresses = slices.Delete(e.addresses, oldest, oldest+1)
}

// add makes a new endpoint known.
func (s *Softphone) add(e *Endpoint) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return ErrClosed
	}
	if len(s.all) >= maxEndpoints {
		return ErrTooMany
	}
	s.all[e] = struct{}{}
	return nil
}

// know routes checks for ufrag to e.
func (s *Softphone) know(e *Endpoint, ufrag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, alive := s.all[e]; alive {
		s.byUfrag[ufrag] = e
	}
}

func (s *Softphone) forget(ufrag string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byUfrag, ufrag)
}

// remove forgets all of e.
func (s *Softphone) remove(e *Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, e)
	for ufrag, owner := range s.byUfrag {
		if owner == e {
			delete(s.byUfrag, ufrag)
		}
	}
	for _, address := range e.addresses {
		if s.byAddr[address] == e {
			delete(s.byAddr, address)
		}
	}
	e.addresses = nil
}
