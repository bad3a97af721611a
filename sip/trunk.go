// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/netip"
	"sync"
	"time"
)

// trunk is one configured trunk at work: what of its limits is in use.
type trunk struct {
	Trunk
	sources []netip.Prefix

	mu     sync.Mutex // guards the rest: leaf data, held for a few instructions
	alive  int        // calls that came from it and exist now
	tokens float64    // new calls it may start at once
	filled time.Time  // when tokens was last brought up to date

	complaints seldom
}

// complainEvery keeps a limit that is reached from filling the log.
const complainEvery = 10 * time.Second

// seldom says when something that repeats is worth a line of the log again.
type seldom struct {
	mu   sync.Mutex // guards last; leaf
	last time.Time
}

func (s *seldom) due(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < complainEvery {
		return false
	}
	s.last = now
	return true
}

// trunks finds a trunk by the address a message came from.
type trunks []*trunk

func newTrunks(options []Trunk) trunks {
	var all trunks
	for _, o := range options {
		t := &trunk{Trunk: o, tokens: float64(o.CallsPerSecond), filled: time.Now()}
		for _, from := range o.From {
			if p, err := parsePrefix(from); err == nil { // Check has refused the rest
				t.sources = append(t.sources, p)
			}
		}
		all = append(all, t)
	}
	return all
}

// of returns the first trunk that has the address among its sources, or nil.
func (ts trunks) of(addr netip.Addr) *trunk {
	addr = addr.Unmap()
	for _, t := range ts {
		for _, p := range t.sources {
			if p.Contains(addr) {
				return t
			}
		}
	}
	return nil
}

// out returns the trunk that takes calls to numbers, the first one with an
// address, or nil.
func (ts trunks) out() *trunk {
	for _, t := range ts {
		if t.Address != "" {
			return t
		}
	}
	return nil
}

// admit takes one call into the trunk's limits and says whether there was room.
// Whoever got true must call leave once.
func (t *trunk) admit(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	rate := float64(t.CallsPerSecond)
	t.tokens = min(rate, t.tokens+now.Sub(t.filled).Seconds()*rate)
	t.filled = now
	if t.alive >= t.Calls || t.tokens < 1 {
		return false
	}
	t.tokens--
	t.alive++
	return true
}

// leave gives back the place of one call.
func (t *trunk) leave() {
	t.mu.Lock()
	t.alive--
	t.mu.Unlock()
}
