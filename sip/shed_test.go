// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
)

// queue is a PacketConn that has one packet from each address.
type queue struct {
	net.PacketConn
	from []netip.AddrPort
}

func (q *queue) ReadFrom(p []byte) (int, net.Addr, error) {
	if len(q.from) == 0 {
		return 0, nil, errors.New("no more")
	}
	addr := q.from[0]
	q.from = q.from[1:]
	return copy(p, addr.String()), net.UDPAddrFromAddrPort(addr), nil
}

func TestStrangersAreForgottenWithoutLosingAMessage(t *testing.T) {
	trunk := netip.MustParseAddr("192.0.2.1")
	q := &queue{}
	for i := range 3*maxStrangers + 10 {
		q.from = append(q.from, netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 5060))
		if i%1000 == 0 {
			q.from = append(q.from, netip.AddrPortFrom(trunk, uint16(i%60000)))
		}
	}
	want := append([]netip.AddrPort(nil), q.from...)
	s := newShedder(q, func(a netip.Addr) bool { return a == trunk })
	buf := make([]byte, 100)
	ends := 0
	for i := 0; i < len(want); {
		n, from, err := s.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			ends++
			continue
		}
		if err != nil || string(buf[:n]) != want[i].String() || from.String() != want[i].String() {
			t.Fatalf("message %d: %q from %v, %v; want %v", i, buf[:n], from, err, want[i])
		}
		i++
	}
	if ends != 3 {
		t.Errorf("%d times forgotten, want 3", ends)
	}
}

func TestServerServesOnAfterItsReaderEnds(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	f.stop()
	s, err := New(*f.options(), f.handlers, f.Server.endpoints, nil, f.log)
	if err != nil {
		t.Fatal(err)
	}
	s.bound[0].packets.(*shedder).limit = 2
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(context.Background())
	go func() { done <- s.Run(ctx) }()
	defer func() { stop(); <-done }()
	for range 20 { // each a stranger; every third ends the reader, and loses nothing
		p := newPeer(t, s.Addrs()[0].Addr)
		p.write(p.register("ann", ""))
		p.want("SIP/2.0 401", "REGISTER")
	}
}
