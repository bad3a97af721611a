// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// listener is a socket that the server will open.
type listener struct {
	path    string
	network string // udp or tcp
	host    netip.Addr
	first   uint16
	last    uint16
}

// sockets are those that the file states; defaults do not meet, and addresses
// that cannot be read have been reported by their section.
func (c *Config) sockets() []listener {
	var all []listener
	add := func(path, network, address string) {
		address = strings.Replace(address, "localhost:", "127.0.0.1:", 1)
		if strings.HasPrefix(address, ":") {
			address = "[::]" + address
		}
		if a, err := netip.ParseAddrPort(address); err == nil {
			all = append(all, listener{path, network, a.Addr(), a.Port(), a.Port()})
		}
	}
	for i, l := range c.SIP.Listeners {
		network := "tcp"
		if l.Transport == "udp" {
			network = "udp"
		}
		add(fmt.Sprintf("sip.listeners[%d].address", i), network, l.Address)
	}
	add("softphone.address", "udp", c.Softphone.Address)
	add("web.address", "tcp", c.Web.Address)
	hosts := c.Media.Addresses
	if len(hosts) == 0 {
		hosts = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}
	}
	for _, host := range hosts {
		all = append(all, listener{"media.rtpPorts", "udp", host, c.Media.RTPPorts.First, c.Media.RTPPorts.Last})
	}
	return all
}

// listeners reports sockets that would take each other's port.
func (k checker) listeners() {
	all := k.sockets()
	reported := map[string]bool{}
	for i, b := range all {
		for _, a := range all[:i] {
			sip := strings.HasPrefix(a.path, "sip.") && strings.HasPrefix(b.path, "sip.") // its own Check says so
			if sip || a.path == b.path || !a.meets(b) || reported[b.path+a.path] {
				continue
			}
			reported[b.path+a.path] = true
			k.report(b.path, "takes %s port %d, which %s takes too; give it another", b.network, max(a.first, b.first), a.path)
		}
	}
}

func (a listener) meets(b listener) bool {
	anyPort := a.last == 0 || b.last == 0 // the kernel finds a free one
	if a.network != b.network || anyPort || a.last < b.first || b.last < a.first {
		return false
	}
	return a.host == b.host || a.host.IsUnspecified() || b.host.IsUnspecified()
}

// reach reports audio that stays on this machine while those who talk are
// elsewhere: the call would come up and nobody would hear a word.
func (k checker) reach() {
	var sip, media bool
	for _, l := range k.sockets() {
		sip = sip || strings.HasPrefix(l.path, "sip.") && !l.host.IsLoopback()
		media = media || l.path == "media.rtpPorts" && !l.host.IsLoopback()
	}
	if sip && !media {
		k.report("media.addresses", "are on this machine only while SIP is spoken beyond it; write the address that far ends reach, like [0.0.0.0]")
	}
	phone, err := netip.ParseAddrPort(k.Softphone.Address)
	if local := k.Softphone.Address == "" || err == nil && phone.Addr().IsLoopback(); local && !k.Web.Loopback() {
		k.report("softphone.address", "is on this machine only while pages are served beyond it; write the address that browsers reach, like 0.0.0.0:7882")
	}
}

// demo refuses known sign-ins, and calls that show what they pass, where others
// could use them.
func (k checker) demo() {
	for _, on := range []struct {
		key string
		is  bool
	}{{"demo", k.Demo}, {"rehearsal", k.Rehearsal}} {
		if !on.is {
			continue
		}
		for _, l := range k.sockets() {
			if !l.host.IsLoopback() {
				k.report(on.key, "is on while %s is %s, which others can reach; remove %s, or listen on 127.0.0.1", l.path, l.host, on.key)
				break
			}
		}
	}
}
