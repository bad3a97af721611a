// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
)

// wsHost stands in Via and Contact towards browsers: they answer over their
// socket and never resolve it (RFC 7118, section 5, does the same for clients).
const wsHost = "tandem.invalid"

// bound is one listener at work. Exactly one of packets and stream is set.
type bound struct {
	transport string
	addr      netip.AddrPort
	host      string // announced to far ends; "" means found per far end
	port      int
	packets   net.PacketConn
	pair      *keyPair // of a tls listener
	stream    net.Listener
}

// Addr is one bound address.
type Addr struct {
	Transport string // "udp", "tcp" or "tls"
	Addr      netip.AddrPort
}

func bind(l Listener, log *slog.Logger) (*bound, error) {
	b := &bound{transport: l.Transport}
	want, err := netip.ParseAddrPort(l.Address)
	if err != nil {
		return nil, fmt.Errorf("bind sip listener: %w", err)
	}
	switch l.Transport {
	case "udp":
		b.packets, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(want))
	case "tcp":
		b.stream, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(want))
	case "tls":
		err = b.bindTLS(l.TLS, want, log)
	default:
		err = errors.New("transport is none of udp, tcp and tls")
	}
	if err != nil {
		return nil, fmt.Errorf("bind sip listener %s %s: %w", l.Transport, l.Address, err)
	}
	local := b.localAddr().String()
	if b.addr, err = netip.ParseAddrPort(local); err != nil {
		return nil, fmt.Errorf("read bound address %s: %w", local, err)
	}
	b.port = int(b.addr.Port())
	if l.PublicAddress != "" {
		host, port, err := splitHostPort(l.PublicAddress)
		if err != nil {
			return nil, err
		}
		b.host = host
		if port != 0 {
			b.port = port
		}
	} else if !b.addr.Addr().IsUnspecified() {
		b.host = b.addr.Addr().String()
	}
	return b, nil
}

// bindTLS reads the certificates before it binds: without them there is nothing
// to listen for.
func (b *bound) bindTLS(o ListenerTLS, want netip.AddrPort, log *slog.Logger) error {
	clients, err := readPool(o.ClientCAFile)
	if err != nil {
		return err
	}
	if b.pair, err = newKeyPair(o, log); err != nil {
		return err
	}
	plain, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(want))
	if err != nil {
		return err
	}
	b.stream = tls.NewListener(plain, b.pair.server(clients)) // shakes hands at the first Read
	return nil
}

func (b *bound) localAddr() net.Addr {
	if b.packets != nil {
		return b.packets.LocalAddr()
	}
	return b.stream.Addr()
}

func (b *bound) close() error {
	if b.packets != nil {
		return b.packets.Close()
	}
	return b.stream.Close()
}

// reaches says whether a packet to far can leave by this socket.
func (b *bound) reaches(far netip.Addr) bool {
	own := b.addr.Addr()
	if own.IsUnspecified() && own.Is6() {
		return true // both families
	}
	return own.Is4() == far.Is4() && (!own.IsLoopback() || far.IsLoopback())
}

// listener finds the one to use towards far: the one that is bound to local if
// that is said and still there, else the first that reaches far, or nil.
func (s *Server) listener(transport string, far netip.Addr, local string) *bound {
	var first *bound
	for _, b := range s.bound {
		if b.transport != transport || !b.reaches(far.Unmap()) {
			continue
		}
		if local != "" && b.addr.String() == local {
			return b
		}
		if first == nil {
			first = b
		}
	}
	return first
}

// advertised is the host and port that Via and Contact give the far end of f.
func (s *Server) advertised(f flow) (host string, port int, err error) {
	if f.Transport == "ws" {
		return wsHost, 80, nil
	}
	b := s.listener(f.Transport, f.Remote.Addr(), f.Local)
	if b == nil {
		return "", 0, fmt.Errorf("no %s listener reaches %s", f.Transport, f.Remote.Addr())
	}
	if b.host != "" {
		return b.host, b.port, nil
	}
	// A connected UDP socket sends nothing but knows the interface.
	probe, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(f.Remote))
	if err != nil {
		return "", 0, fmt.Errorf("find the way to %s: %w", f.Remote.Addr(), err)
	}
	defer probe.Close()
	own := probe.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	return own.WithZone("").String(), b.port, nil
}
