// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Sending, in numbers.
const (
	maxForwards    = 70                     // RFC 3261, section 8.1.1.6
	udpLimit       = 1300                   // bytes of a request that may go by UDP (RFC 3261, section 18.1.1)
	bodyWorthCheck = 600                    // bytes of body below which a request cannot reach udpLimit
	connectTimeout = 3 * time.Second        // for a TCP connection of ours
	tcpTryTimeout  = 500 * time.Millisecond // for TCP in place of UDP, where we do not know that it listens
	lookupTimeout  = 2 * time.Second        // for a name in a Contact, Route or configured address
)

// errFlowGone says that the connection a flow names has closed and that the far
// end cannot be reached in another way.
var errFlowGone = errors.New("the flow is gone")

// route finds where a request of d goes now: the pinned flow, the connection it
// came over while that lives, else the next hop's address.
func (s *Server) route(ctx context.Context, d *dialog) (flow, error) {
	f := d.Flow
	switch {
	case f.Transport == "ws":
		if !s.connected("ws", f.Remote) {
			return f, errFlowGone
		}
		return f, nil
	case f.Pinned:
		return f, nil
	case f.Transport != "udp" && s.connected(f.Transport, f.Remote):
		return f, nil
	}
	hop, err := s.resolve(ctx, d.nextHop())
	if err != nil {
		return f, fmt.Errorf("find the next hop: %w", err)
	}
	if hop.Transport == f.Transport {
		hop.Local = f.Local
	}
	return hop, nil
}

// resolve turns a SIP URI into transport and address (RFC 3263, without NAPTR
// and SRV: addresses and A/AAAA records).
func (s *Server) resolve(ctx context.Context, uri string) (flow, error) {
	var u sip.Uri
	if err := sip.ParseUri(uri, &u); err != nil {
		return flow{}, fmt.Errorf("read uri: %w", err)
	}
	if u.Scheme != "sip" && u.Scheme != "sips" {
		return flow{}, fmt.Errorf("scheme %q is not spoken here", u.Scheme)
	}
	transport := strings.ToLower(u.UriParams.GetOr("transport", "udp"))
	if u.Scheme == "sips" && transport != "ws" && transport != "wss" {
		transport = "tls" // RFC 3261, section 26.2.2
	}
	if transport != "udp" && transport != "tcp" && transport != "tls" {
		return flow{}, fmt.Errorf("transport %q cannot be dialled", transport)
	}
	host := strings.Trim(u.UriParams.GetOr("maddr", u.Host), "[]")
	addr, err := s.lookup(ctx, host)
	if err != nil {
		return flow{}, err
	}
	port := u.Port
	if port == 0 {
		port = defaultPort(transport)
	}
	if port < 1 || port > 65535 || addr.IsMulticast() || addr.IsUnspecified() || addr == broadcast {
		return flow{}, fmt.Errorf("address %s:%d cannot be dialled", host, port)
	}
	f := flow{Transport: transport, Remote: netip.AddrPortFrom(addr, uint16(port))}
	if transport == "tls" {
		f.Host, f.Secure = host, u.Scheme == "sips"
	}
	return f, nil
}

func defaultPort(transport string) int {
	if transport == "tls" {
		return sip.DefaultTlsPort
	}
	return sip.DefaultUdpPort
}

var broadcast = netip.AddrFrom4([4]byte{255, 255, 255, 255})

// lookup prefers an address of a family that a listener of ours speaks.
func (s *Server) lookup(ctx context.Context, host string) (netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		if last, ok := s.names.last(host); ok { // while the name server is away, where it was before
			return last, nil
		}
		return netip.Addr{}, fmt.Errorf("look up %s: %w", host, err)
	}
	chosen := addrs[0].Unmap()
	for _, a := range addrs {
		if s.listener("udp", a.Unmap(), "") != nil {
			chosen = a.Unmap()
			break
		}
	}
	s.names.keep(host, chosen)
	return chosen, nil
}

// names remembers what host names led to, for as long as nobody can say anew.
type names struct {
	mu    sync.Mutex // guards addrs
	addrs map[string]netip.Addr
}

const maxNames = 1000 // names remembered; when full all are forgotten

func (n *names) keep(host string, addr netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.addrs == nil || len(n.addrs) >= maxNames {
		n.addrs = map[string]netip.Addr{}
	}
	n.addrs[host] = addr
}

func (n *names) last(host string) (netip.Addr, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	addr, ok := n.addrs[host]
	return addr, ok
}

// connected says whether a connection to addr is open. Without it sipgo would
// dial a browser's own address.
func (s *Server) connected(transport string, addr netip.AddrPort) bool {
	if _, open := s.identityOf(addr); transport == "ws" && !open {
		return false // the browser's end has closed; sipgo is about to see it
	}
	c := s.tp.Pool(transport).Get(addr.String())
	if c == nil {
		return false
	}
	_, _ = c.TryClose() // gives back the reference that Get took
	return true
}

// stamp gives req its Via and its way: the same for a request, its retries and
// its CANCEL.
func (s *Server) stamp(req *sip.Request, f flow, branch string) error {
	host, port, err := s.advertised(f)
	if err != nil {
		return err
	}
	via := &sip.ViaHeader{
		ProtocolName:    "SIP",
		ProtocolVersion: "2.0",
		Transport:       strings.ToUpper(f.Transport),
		Host:            host,
		Port:            port,
		Params:          sip.HeaderParams{{K: "branch", V: branch}, {K: "rport"}},
	}
	req.RemoveHeader("Via")
	req.PrependHeader(via)
	req.SetTransport(via.Transport)
	req.SetDestination(f.Remote.String())
	req.Laddr = sip.Addr{}
	if l := s.listener(f.Transport, f.Remote.Addr(), f.Local); l != nil && f.Transport == "udp" {
		// By UDP everything leaves from the listener's own socket. Never for
		// connections: there sipgo takes the address for the last one accepted.
		req.Laddr = sip.Addr{IP: l.addr.Addr().AsSlice(), Port: int(l.addr.Port())}
	}
	return nil
}

// request sends req over f in a transaction of its own.
func (s *Server) request(ctx context.Context, req *sip.Request, f flow) (*sip.ClientTx, error) {
	if req.Body() == nil {
		req.SetBody(nil)
	}
	if tx := s.requestByTCP(ctx, req, f); tx != nil {
		return tx, nil
	}
	if f.Transport == "ws" && !s.connected("ws", f.Remote) {
		return nil, errFlowGone
	}
	if err := s.stamp(req, f, branchOf()); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if f.Transport == "tcp" || f.Transport == "tls" {
		if err := s.connect(ctx, f); err != nil {
			return nil, err
		}
	}
	tx, err := s.tl.Request(ctx, req)
	if err != nil && f.Transport == "ws" {
		return nil, fmt.Errorf("send %s: %w: %w", req.Method, errFlowGone, err)
	}
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	return tx, nil
}

// requestByTCP sends a request that is too large for UDP by TCP if the far end
// takes it (RFC 3261, section 18.1.1), and returns nil if it does not.
func (s *Server) requestByTCP(ctx context.Context, req *sip.Request, f flow) *sip.ClientTx {
	if f.Transport != "udp" || len(req.Body()) < bodyWorthCheck || s.listener("tcp", f.Remote.Addr(), "") == nil {
		return nil
	}
	if err := s.stamp(req, f, branchOf()); err != nil || len(req.String()) <= udpLimit {
		return nil
	}
	f.Transport, f.Local = "tcp", ""
	if err := s.stamp(req, f, branchOf()); err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, tcpTryTimeout)
	defer cancel()
	err := s.connect(ctx, f)
	var tx *sip.ClientTx
	if err == nil {
		tx, err = s.tl.Request(ctx, req)
	}
	if err != nil {
		s.log.Debug("large request goes by udp", "remote", f.Remote, "err", err)
		return nil
	}
	return tx
}

// branchOf makes the branch of a new transaction (RFC 3261, section 8.1.1.7).
func branchOf() string { return sip.RFC3261BranchMagicCookie + newTag() }

// forget runs a transaction whose outcome changes nothing, such as BYE and
// CANCEL, to its end.
func (s *Server) forget(tx *sip.ClientTx) {
	s.wg.Go(func() {
		for {
			select {
			case <-tx.Done():
				return
			case <-s.gone:
				tx.Terminate()
				return
			case res := <-tx.Responses():
				if !res.IsProvisional() {
					// Nothing of a final response repeats (RFC 3261, section
					// 17.1.2.2, keeps the transaction only to absorb copies).
					tx.Terminate()
					return
				}
			}
		}
	})
}
