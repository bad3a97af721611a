// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// errPrivate is returned for a host whose address is private and that is not
// allowed by name.
var errPrivate = errors.New("the address is private; name the host in dips.allowPrivate to allow it")

// shared is the address space of carriers (RFC 6598, section 7), and others that
// are no more public than a private one (RFC 6890, section 2.2).
var shared = []netip.Prefix{
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // the IPv4 addresses behind a NAT64
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2002::/16"), // 6to4, which wraps any IPv4 address
}

// isPrivate says whether an address belongs to no public host.
func isPrivate(ip netip.Addr) bool {
	ip = ip.Unmap()
	return !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() ||
		slices.ContainsFunc(shared, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// connectKey is the context key of how long a connection may take.
type connectKey struct{}

// dial connects to a host. Its address is checked when it is known, so that no
// name that changes its address in between gets around it.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	d := net.Dialer{Control: func(_, to string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(to)
		if err != nil {
			return fmt.Errorf("read address: %w", err)
		}
		if isPrivate(at.Addr()) && !c.allowed(host) {
			return errPrivate
		}
		return nil
	}}
	if connect, set := ctx.Value(connectKey{}).(time.Duration); set {
		d.Timeout = connect
	}
	return d.DialContext(ctx, network, address)
}

func (c *Client) allowed(host string) bool {
	return slices.ContainsFunc(c.options.AllowPrivate, func(allowed string) bool {
		return strings.EqualFold(allowed, host)
	})
}
