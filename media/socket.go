// SPDX-License-Identifier: Apache-2.0

package media

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
)

// This file, with loop_linux.go, is the only one that knows what a socket is.

// datagrams is one UDP socket. It is all that an endpoint needs of the network.
type datagrams interface {
	// Start gives each datagram that arrives to take, one after another, which
	// must not keep b; failed is called once if the socket dies. It is called
	// once.
	Start(take func(b []byte, from netip.AddrPort), failed func(error))
	// Send writes one datagram. It does not block.
	Send(b []byte, to netip.AddrPort) error
	// Port is the local one.
	Port() uint16
	// Close frees the port. When it returns take is not called any more; take
	// itself must not call it.
	Close() error
}

// binder opens a socket on addr; port 0 lets the kernel choose.
type binder func(addr netip.Addr, port uint16) (datagrams, error)

// sockets is a pair of ports on one address.
type sockets struct {
	rtp, rtcp datagrams
	shown     netip.Addr // for the SDP
	port      uint16     // of rtp; rtcp is one above
}

func (s *sockets) close() error { return errors.Join(s.rtp.Close(), s.rtcp.Close()) }

func bindPair(bind binder, addr netip.Addr, port uint16) (*sockets, error) {
	rtp, err := bind(addr, port)
	if err != nil {
		return nil, err
	}
	rtcp, err := bind(addr, port+1)
	if err != nil {
		return nil, errors.Join(err, rtp.Close())
	}
	return &sockets{rtp: rtp, rtcp: rtcp, port: port}, nil
}

// anyPair binds an even port of the kernel's choice and the one above it.
func anyPair(bind binder, addr netip.Addr) (*sockets, error) {
	for range anyPortTries {
		probe, err := bind(addr, 0)
		if err != nil {
			return nil, fmt.Errorf("open RTP port: %w", errors.Join(err, ErrNoPorts))
		}
		port := probe.Port() &^ 1
		if err := probe.Close(); err != nil {
			return nil, fmt.Errorf("open RTP port: %w", err)
		}
		if s, err := bindPair(bind, addr, port); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("no even port of the kernel's with a free neighbour: %w", ErrNoPorts)
}

func inUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }

// maxReadErrors in a row end a socket: it is dead.
const maxReadErrors = 16

// goSocket is a socket with a goroutine of its own: what every system has.
type goSocket struct {
	conn *net.UDPConn
	work sync.WaitGroup
}

func bindGo(addr netip.Addr, port uint16) (datagrams, error) {
	network := "udp4"
	if addr.Is6() {
		network = "udp6"
	}
	c, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, port)))
	if err != nil {
		return nil, err
	}
	return &goSocket{conn: c}, nil
}

func (s *goSocket) Start(take func(b []byte, from netip.AddrPort), failed func(error)) {
	s.work.Go(func() {
		b := make([]byte, maxPacket)
		for failures := 0; failures < maxReadErrors; {
			n, from, err := s.conn.ReadFromUDPAddrPort(b)
			switch {
			case err == nil:
				failures = 0
				take(b[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
			case errors.Is(err, net.ErrClosed):
				return
			default:
				if failures++; failures == maxReadErrors {
					failed(err)
				}
			}
		}
	})
}

func (s *goSocket) Send(b []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}

func (s *goSocket) Port() uint16 { return s.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

func (s *goSocket) Close() error {
	err := s.conn.Close()
	s.work.Wait()
	return err
}
