// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"net"
	"net/netip"
)

// packetConn returns a UDP socket whose ReadFrom gives whole, checked messages
// only. ReadFrom is for one goroutine; the rest is as safe as the socket.
func (a *admission) packetConn(conn net.PacketConn) net.PacketConn {
	return &doorPackets{PacketConn: conn, a: a}
}

type doorPackets struct {
	net.PacketConn
	a *admission
	e envelope // ReadFrom's alone
}

// ReadFrom blocks until a message has passed. p should be of maxDatagramSIP
// bytes: what fills it is taken to be cut.
func (d *doorPackets) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, addr, err := d.PacketConn.ReadFrom(p)
		if err != nil {
			return 0, nil, err
		}
		udp, ok := addr.(*net.UDPAddr)
		if !ok || n == 0 {
			continue
		}
		if n = d.take(p, n, udp.AddrPort()); n > 0 {
			return n, addr, nil
		}
	}
}

// take leaves in p the message that it holds and returns its length, or 0.
func (d *doorPackets) take(p []byte, n int, from netip.AddrPort) (length int) {
	defer d.a.recovered(from)
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	b := bytes.TrimLeft(p[:n], "\r\n") // RFC 3261, section 7.5
	if len(b) == 0 || isNULs(b) {
		return 0 // keep-alive
	}
	end := endOfHeaders(b)
	if end < 0 && bytes.HasSuffix(b, []byte("\r\n")) && n+2 <= len(p) {
		b = append(b, "\r\n"...) // the datagram's end stands for the empty line
		end = len(b)
	}
	if end < 0 {
		d.a.drop(flawNoise, from)
		return 0
	}
	out, f := d.a.admit(&d.e, arrived{b, end, from, overUDP, nil})
	if f == nil && n == len(p) {
		d.a.refused[flawSize].Inc()
		f = flawSize
	}
	if f != nil {
		if answer := d.a.refusal(&d.e, f, from); answer != nil {
			// Nobody waits for the outcome: the request comes again.
			_, _ = d.PacketConn.WriteTo(answer, net.UDPAddrFromAddrPort(from))
		}
		return 0
	}
	d.a.tracer.keep(traced{from: from, to: d.local(), transport: "udp"}, out)
	return copy(p, out)
}

// WriteTo sends a message of sipgo's.
func (d *doorPackets) WriteTo(p []byte, to net.Addr) (int, error) {
	if udp, ok := to.(*net.UDPAddr); ok { // before it leaves, or its answer might stand before it
		d.a.tracer.keep(traced{from: d.local(), to: unmapped(udp.AddrPort()), transport: "udp", out: true}, p)
	}
	return d.PacketConn.WriteTo(p, to)
}

func (d *doorPackets) local() netip.AddrPort {
	if d.a.tracer == nil {
		return netip.AddrPort{}
	}
	return addrOf(d.LocalAddr())
}

// addrOf is the address of a socket; of what has none, such as our end of a
// browser's, nothing is known.
func addrOf(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		return unmapped(a.AddrPort())
	case *net.TCPAddr:
		return unmapped(a.AddrPort())
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}

func unmapped(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

func isNULs(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
