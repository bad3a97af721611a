// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v4"
)

// prober is a raw ICE peer.
type prober struct {
	*net.UDPConn
	t *testing.T
}

func newProber(t *testing.T, s *Softphone) *prober {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &prober{conn, t}
}

// check sends a connectivity check and returns the answer, or nil after a while.
func (p *prober) check(c credentials, wait time.Duration, more ...stun.Setter) *stun.Message {
	p.t.Helper()
	setters := []stun.Setter{stun.TransactionID, stun.BindingRequest, stun.NewUsername(c.ufrag + ":far")}
	setters = append(setters, more...)
	setters = append(setters, stun.NewShortTermIntegrity(c.password), stun.Fingerprint)
	request, err := stun.Build(setters...)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.Write(request.Raw); err != nil {
		p.t.Fatal(err)
	}
	if err := p.SetReadDeadline(time.Now().Add(wait)); err != nil {
		p.t.Fatal(err)
	}
	buf := make([]byte, maxDatagram)
	n, err := p.Read(buf)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	if err != nil {
		p.t.Fatal(err)
	}
	answer := stun.New()
	answer.Raw = buf[:n]
	if err := answer.Decode(); err != nil {
		p.t.Fatal(err)
	}
	if answer.TransactionID != request.TransactionID {
		p.t.Fatal("answer to another check")
	}
	if err := stun.NewShortTermIntegrity(c.password).Check(answer); err != nil {
		p.t.Fatal(err)
	}
	return answer
}

// offered are the credentials in a description.
func offered(t *testing.T, text []byte) (c credentials) {
	t.Helper()
	for line := range strings.SplitSeq(string(text), "\r\n") {
		if v, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok {
			c.ufrag = v
		}
		if v, ok := strings.CutPrefix(line, "a=ice-pwd:"); ok {
			c.password = v
		}
	}
	return c
}

func TestOnlyThePasswordOpensTheDoor(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		s := newPhone(t, Options{Address: address})
		e := newEndpoint(t, s)
		offer, err := e.Offer(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		c := offered(t, offer)
		p := newProber(t, s)
		const quiet = 50 * time.Millisecond
		if p.check(credentials{c.ufrag, "a wrong password of some length"}, quiet) != nil {
			t.Error("a wrong password is answered")
		}
		if p.check(credentials{"nobody", c.password}, quiet) != nil {
			t.Error("an unknown name is answered")
		}
		s.mu.RLock()
		kept := len(s.byAddr)
		s.mu.RUnlock()
		if e.destination().IsValid() || kept != 0 {
			t.Error("a stranger's address is kept")
		}
		answer := p.check(c, patience, stun.RawAttribute{Type: stun.AttrUseCandidate})
		if answer == nil || answer.Type != stun.BindingSuccess {
			t.Fatalf("%s: answered %v", address, answer)
		}
		var mapped stun.XORMappedAddress
		if err := mapped.GetFrom(answer); err != nil || mapped.String() != p.LocalAddr().String() {
			t.Errorf("mapped address %v, %v", mapped, err)
		}
		if e.destination().String() != p.LocalAddr().String() {
			t.Errorf("sends to %v", e.destination())
		}
		conflict := p.check(c, patience, stun.RawAttribute{Type: stun.AttrICEControlled, Value: make([]byte, 8)})
		var code stun.ErrorCodeAttribute
		if conflict == nil || code.GetFrom(conflict) != nil || code.Code != stun.CodeRoleConflict {
			t.Errorf("two controlled sides: %v", conflict)
		}
	}
}

func TestLastNominationDecidesAndAddressesAreBounded(t *testing.T) {
	s := newPhone(t, Options{})
	e := newEndpoint(t, s)
	offer, err := e.Offer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	c := offered(t, offer)
	nominate := stun.RawAttribute{Type: stun.AttrUseCandidate}
	first := newProber(t, s)
	first.check(c, patience, nominate)
	for range 2 * maxAddresses { // checks without nomination move nothing
		newProber(t, s).check(c, patience)
	}
	if e.destination().String() != first.LocalAddr().String() {
		t.Fatal("moved without nomination")
	}
	s.mu.RLock()
	kept, known := len(s.byAddr), s.byAddr[e.destination()] == e
	s.mu.RUnlock()
	if kept != maxAddresses || !known {
		t.Errorf("%d addresses kept, the nominated one %v", kept, known)
	}
	next := newProber(t, s)
	next.check(c, patience, nominate)
	if e.destination().String() != next.LocalAddr().String() {
		t.Error("nomination not followed")
	}
}

func TestJunkEndsNothing(t *testing.T) {
	s := newPhone(t, Options{})
	e := newEndpoint(t, s)
	offer, err := e.Offer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p := newProber(t, s)
	for first := range 256 {
		for _, size := range []int{1, 2, 11, 12, 20, 28, 200} {
			b := make([]byte, size)
			b[0] = byte(first)
			if _, err := p.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p.check(offered(t, offer), patience) == nil {
		t.Fatal("no answer after junk")
	}
}

// FuzzTake gives the browsers' socket anything from anybody.
func FuzzTake(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	f.Add([]byte{0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 6, 0, 3, 'a', ':', 'b', 0})
	f.Add([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1})
	f.Add([]byte{128, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1})
	s := newPhone(f, Options{})
	newEndpoint(f, s)
	from := netip.MustParseAddrPort("127.0.0.1:9")
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 {
			return // the socket drops such
		}
		s.take(b, from, new(stun.Message))
		if s.failures.Load() != 0 {
			t.Fatal("a stranger has ended an endpoint")
		}
	})
}
