// SPDX-License-Identifier: Apache-2.0

package media

import (
	"net/netip"
	"time"
)

// This file decides whose RTP is heard: symmetric RTP (RFC 4961) with latching
// (RFC 7362, section 4), narrow enough that a stranger who sprays ports neither
// hears nor is heard.

const (
	// latchWindow is how long a source other than the SDP's must wait for the
	// SDP's own to speak first; it is not heard meanwhile. Behind NAT the SDP's
	// address never speaks.
	latchWindow = 250 * time.Millisecond
	// latchWindowDirect is the same where the SDP names the very address that the
	// signalling came from, so that no NAT is to be expected.
	latchWindowDirect = 1500 * time.Millisecond
	// latchPackets is how many packets such a source must have sent by then.
	latchPackets = 5
	// latchForget drops a candidate that fell silent.
	latchForget = 200 * time.Millisecond
)

// latch is pure: its owner serialises the calls.
type latch struct {
	want   netip.AddrPort // from the far end's SDP; invalid: none yet
	near   netip.Addr     // where its signalling comes from
	pinned netip.AddrPort // the one source that is heard; invalid: none yet
	exact  bool           // pinned is want: for good

	candidate   netip.AddrPort
	since, last time.Time
	packets     int
}

// expect sets the address of a new offer or answer. The same as before keeps
// the pin.
func (l *latch) expect(want netip.AddrPort) {
	if want != l.want {
		*l = latch{want: want, near: l.near}
	}
}

// hears says whether a packet from src is to be taken.
func (l *latch) hears(src netip.AddrPort, now time.Time) bool {
	switch {
	case !l.want.IsValid():
		return false
	case src == l.want:
		l.pinned, l.exact = src, true
		return true
	case l.pinned.IsValid():
		return src == l.pinned
	}
	if !l.candidate.IsValid() || now.Sub(l.last) > latchForget || l.likelier(src) {
		l.candidate, l.since, l.packets = src, now, 0
	}
	if src != l.candidate {
		return false
	}
	l.last = now
	l.packets++
	if l.packets < latchPackets || now.Sub(l.since) < l.window() {
		return false
	}
	l.pinned = src
	return true
}

// likelier says that src is at an address we know of and the candidate is not.
func (l *latch) likelier(src netip.AddrPort) bool {
	return l.known(src.Addr()) && !l.known(l.candidate.Addr())
}

func (l *latch) known(a netip.Addr) bool { return a == l.want.Addr() || a == l.near }

func (l *latch) window() time.Duration {
	if l.near == l.want.Addr() {
		return latchWindowDirect
	}
	return latchWindow
}
