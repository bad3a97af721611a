// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net"
	"net/netip"
)

// maxStrangers is how many different unknown addresses may have sent to a UDP
// socket before sipgo is made to forget all it remembers of it: 2 MB of theirs,
// some 15 MB of sipgo's.
const maxStrangers = 50000

// shedder bounds what sipgo keeps for each address that ever sent to a UDP
// socket. It keeps it until its reader ends, so the reader is ended, by an
// error that says that the socket has closed, and serve begins another one. The
// message that was read meanwhile is not lost. With trunks and phones alone it
// does not happen in years.
type shedder struct {
	net.PacketConn
	known     func(netip.Addr) bool // trunks, whose addresses are few
	limit     int
	strangers map[netip.AddrPort]struct{} // owned by the one reader
	held      []byte                      // of the message that was not handed over yet
	heldFrom  net.Addr
}

func newShedder(conn net.PacketConn, known func(netip.Addr) bool) *shedder {
	return &shedder{PacketConn: conn, known: known, limit: maxStrangers, strangers: map[netip.AddrPort]struct{}{}}
}

// ReadFrom returns the next message, or net.ErrClosed when it is time to forget.
func (s *shedder) ReadFrom(p []byte) (int, net.Addr, error) {
	if s.heldFrom != nil {
		n, from := copy(p, s.held), s.heldFrom
		s.held, s.heldFrom = nil, nil
		return n, from, nil
	}
	n, from, err := s.PacketConn.ReadFrom(p)
	if err != nil || !s.crowded(from) {
		return n, from, err
	}
	s.held, s.heldFrom = append([]byte(nil), p[:n]...), from
	return 0, nil, net.ErrClosed
}

func (s *shedder) crowded(from net.Addr) bool {
	udp, ok := from.(*net.UDPAddr)
	if !ok {
		return false
	}
	addr := udp.AddrPort()
	if _, seen := s.strangers[addr]; seen || s.known(addr.Addr()) {
		return false
	}
	if len(s.strangers) < s.limit {
		s.strangers[addr] = struct{}{}
		return false
	}
	clear(s.strangers)
	s.strangers[addr] = struct{}{}
	return true
}
