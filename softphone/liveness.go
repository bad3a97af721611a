// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"sync"
	"sync/atomic"
	"time"
)

// liveness knows when something last came from a browser, and judges silence.
// Times are elapsed since the softphone began. The packet path writes the
// atomics; mu guards the rest and is a leaf.
type liveness struct {
	lastHeard atomic.Int64 // time.Duration: any authenticated packet
	lastAudio atomic.Int64 // time.Duration: RTP
	received  atomic.Uint64
	sent      atomic.Uint64

	mu           sync.Mutex
	negotiated   bool
	negotiatedAt time.Duration
	isConnected  bool
	ended        bool
	lost         bool // reported; audio re-arms it
	heldOurs     bool
	heldTheirs   bool
	silentFrom   time.Duration // silence before this does not count
	watching     bool
	watchedFrom  time.Duration
	receivedThen uint64
	sentThen     uint64
}

func (l *liveness) heard(now time.Duration) { l.lastHeard.Store(int64(now)) }

func (l *liveness) heardAudio(now time.Duration) {
	l.lastHeard.Store(int64(now))
	l.lastAudio.Store(int64(now))
	l.received.Add(1)
}

func (l *liveness) negotiate(now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.negotiated, l.negotiatedAt = true, now
}

func (l *liveness) connect(now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isConnected, l.silentFrom = true, now
	if l.watching {
		l.watchedFrom = now
	}
}

func (l *liveness) holdOurs(on bool, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heldOurs, l.silentFrom = on, now
}

func (l *liveness) holdTheirs(on bool, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heldTheirs, l.silentFrom = on, now
}

func (l *liveness) watch(now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.watching, l.watchedFrom = true, now
	l.receivedThen, l.sentThen = l.received.Load(), l.sent.Load()
}

// check reports what has come to pass by now. A transport that has failed is
// reported once.
func (l *liveness) check(now time.Duration, o Options) (lost bool, oneWay string, failed error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.negotiated || l.ended {
		return false, "", nil
	}
	if !l.isConnected {
		if now-l.negotiatedAt > o.ConnectTimeout {
			l.ended = true
			return false, "", errNotConnected
		}
		return false, "", nil
	}
	if now-time.Duration(l.lastHeard.Load()) > o.DisconnectTimeout {
		l.ended = true
		return false, "", errDisconnected
	}
	return l.checkLost(now, o), l.checkOneWay(now), nil
}

func (l *liveness) checkLost(now time.Duration, o Options) bool {
	silentFrom := max(l.silentFrom, time.Duration(l.lastAudio.Load()))
	silent := now-silentFrom > o.LostTimeout && !l.heldOurs && !l.heldTheirs
	report := silent && !l.lost
	l.lost = silent
	return report
}

func (l *liveness) checkOneWay(now time.Duration) string {
	if !l.watching || now-l.watchedFrom < oneWayDelay {
		return ""
	}
	l.watching = false
	if l.heldOurs || l.heldTheirs {
		return ""
	}
	from, to := l.received.Load() > l.receivedThen, l.sent.Load() > l.sentThen
	switch {
	case from && to:
		return ""
	case from:
		return "fromFarEnd"
	case to:
		return "toFarEnd"
	}
	return "none"
}
