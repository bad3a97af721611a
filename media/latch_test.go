// SPDX-License-Identifier: Apache-2.0

package media

import (
	"net/netip"
	"testing"
	"time"
)

func TestLatch(t *testing.T) {
	const (
		sdp      = "10.0.0.1:4000"
		nat      = "198.51.100.7:61000"
		stranger = "203.0.113.9:9000"
	)
	type packet struct {
		ms   int
		from string
		want bool
	}
	// every 20 ms from a to b, all with one outcome.
	talk := func(a, b int, from string, want bool) (p []packet) {
		for ms := a; ms < b; ms += 20 {
			p = append(p, packet{ms, from, want})
		}
		return p
	}
	f := func(name, near string, talks ...[]packet) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			l := latch{near: netip.MustParseAddr(near)}
			start := time.Now()
			if l.hears(netip.MustParseAddrPort(sdp), start) {
				t.Fatal("heard before any SDP")
			}
			l.expect(netip.MustParseAddrPort(sdp))
			for _, talk := range talks {
				for _, p := range talk {
					at := start.Add(time.Duration(p.ms) * time.Millisecond)
					if got := l.hears(netip.MustParseAddrPort(p.from), at); got != p.want {
						t.Fatalf("%d ms, %s: heard %v", p.ms, p.from, got)
					}
				}
			}
		})
	}
	f("the SDP's address is heard at once and for good", "10.0.0.1",
		talk(0, 100, sdp, true), talk(100, 5000, stranger, false), talk(5000, 5100, sdp, true))
	f("a stranger who sprays first is not heard once the SDP's own speaks", "10.0.0.1",
		talk(0, 1400, stranger, false), talk(1400, 2000, sdp, true), talk(2000, 3000, stranger, false))
	f("behind NAT the real source is heard after the window", "198.51.100.7",
		talk(0, 260, nat, false), talk(260, 1000, nat, true), talk(1000, 2000, stranger, false), talk(2000, 2100, nat, true))
	f("the SDP's address wins over a source that was latched", "198.51.100.7",
		talk(0, 260, nat, false), talk(260, 1000, nat, true), talk(1000, 1100, sdp, true), talk(1100, 1200, nat, false))
	f("the address of the signalling is preferred to a stranger who came first", "198.51.100.7",
		talk(0, 100, stranger, false), talk(100, 360, nat, false), talk(360, 500, nat, true), talk(500, 600, stranger, false))
	f("a stranger who came second does not delay", "198.51.100.7",
		talk(0, 240, nat, false), talk(240, 260, stranger, false), talk(260, 280, nat, true))
	f("a candidate that fell silent is forgotten", "198.51.100.7",
		talk(0, 100, stranger, false), talk(1000, 1260, nat, false), talk(1260, 1400, nat, true))
	f("a few packets are not enough, however late", "198.51.100.7",
		[]packet{{0, nat, false}, {190, nat, false}, {380, nat, false}, {570, nat, false}, {760, nat, true}})
}

func TestLatchFollowsANewAddress(t *testing.T) {
	now := time.Now()
	l := latch{near: netip.MustParseAddr("10.0.0.1")}
	a, b := netip.MustParseAddrPort("10.0.0.1:4000"), netip.MustParseAddrPort("10.0.0.2:5000")
	l.expect(a)
	l.hears(a, now)
	l.expect(a)
	if l.pinned != a {
		t.Fatal("the same address again took the pin away")
	}
	l.expect(b)
	if l.hears(a, now) || !l.hears(b, now) || l.pinned != b {
		t.Fatal("the new address is not followed")
	}
}
