// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"sync"
	"time"
)

// maxHosts is how many hosts are remembered; flows name only so many.
const maxHosts = 1000

// breaker leaves hosts alone that fail again and again.
type breaker struct {
	after int
	span  time.Duration

	mu    sync.Mutex // guards hosts
	hosts map[string]*health
}

// health is how a host has done.
type health struct {
	failures int       // in a row
	until    time.Time // it is left alone until then
	probing  bool      // one request tries whether it is well again
}

// admit says whether host may be asked now.
func (b *breaker) admit(host string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[host]
	switch {
	case h == nil || h.failures < b.after:
		return true
	case now.Before(h.until) || h.probing:
		return false
	}
	h.probing = true
	return true
}

// outcome notes how a request went that was admitted; it reports whether the
// host is left alone from now on.
func (b *breaker) outcome(host string, now time.Time, how verdict) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.hosts[host]
	switch how {
	case fine:
		delete(b.hosts, host)
		return false
	case nothingLearnt: // the caller left before it could be told
		if h != nil {
			h.probing = false
		}
		return false
	}
	if h == nil {
		if len(b.hosts) >= maxHosts {
			return false
		}
		h = &health{}
		b.hosts[host] = h
	}
	h.failures++
	h.probing = false
	if h.failures >= b.after {
		h.until = now.Add(b.span)
		return true
	}
	return false
}

// verdict is what a request says about its host.
type verdict uint8

const (
	fine verdict = iota
	failing
	nothingLearnt
)
