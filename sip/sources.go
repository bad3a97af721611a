// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/netip"
	"time"
)

// This file is the table of source addresses and what they have left.

// source is what one address has left of its limits.
type source struct {
	messages, calls, registrations bucket
	seen                           time.Time
	connections                    int
	strikes                        int
	strikesFrom                    time.Time
	barredUntil                    time.Time
}

// bucket is a token bucket: full at first, refilled with time.
type bucket struct {
	missing float64 // of the burst
	at      time.Time
}

func (b *bucket) take(now time.Time, rate, burst float64) bool {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.missing = max(0, b.missing-passed*rate)
		b.at = now
	}
	if b.missing+1 > burst {
		return false
	}
	b.missing++
	return true
}

// source finds or makes an address's entry; a is locked. Addresses of one IPv6
// network count as one, for anybody has as many of them as they like.
func (a *admission) source(addr netip.Addr, now time.Time) *source {
	key := sourceKey(addr)
	s, ok := a.sources[key]
	if !ok {
		if len(a.sources) >= maxSources {
			a.sweep(now)
		}
		if len(a.sources) >= maxSources {
			return &a.crowd
		}
		s = &source{}
		a.sources[key] = s
	}
	s.seen = now
	return s
}

func sourceKey(addr netip.Addr) netip.Addr {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return addr
}

// sweep forgets sources that have been quiet; a is locked.
func (a *admission) sweep(now time.Time) {
	if now.Sub(a.swept) < sweepRate {
		return
	}
	a.swept = now
	for key, s := range a.sources {
		if now.Sub(s.seen) > sourceIdle && s.connections == 0 && now.After(s.barredUntil) {
			delete(a.sources, key)
		}
	}
}
