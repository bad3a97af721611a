// SPDX-License-Identifier: Apache-2.0

package media

import "time"

// This file notices media that stops: lost RTP and audio in one direction only.

// guard is what the watch remembers of an endpoint between two looks.
type guard struct {
	received uint64
	moved    time.Time // when received last changed, or did not matter
	told     bool
	reported time.Time // last RTCP
}

// watched is one Watch in progress.
type watched struct {
	until          time.Time
	received, sent uint64
}

// Watch asks for a OneWay event if, 3 s from now, audio has not flowed in both
// directions.
func (e *RTPEndpoint) Watch() {
	w := &watched{until: time.Now().Add(oneWayAfter), received: e.received(), sent: e.sent.Load()}
	e.watchMu.Lock()
	e.watched = w
	e.watchMu.Unlock()
}

func (e *RTPEndpoint) received() uint64 {
	e.rx.Lock()
	defer e.rx.Unlock()
	return e.reception.packets
}

// look is called by Ports every watchEvery.
func (e *RTPEndpoint) look(now time.Time) {
	s := e.session.Load()
	if s == nil {
		return
	}
	e.lookForLoss(s, now)
	e.lookOneWay(s, now)
	if now.Sub(e.guard.reported) >= reportEvery {
		if !e.guard.reported.IsZero() {
			e.report(now)
		}
		e.guard.reported = now
	}
}

func (e *RTPEndpoint) lookForLoss(s *description, now time.Time) {
	g := &e.guard
	received := e.received()
	expected := s.direction == sendRecv && !s.held && !e.ourHold.Load()
	if received != g.received || !expected || g.moved.IsZero() {
		g.received, g.moved, g.told = received, now, false
		return
	}
	if !g.told && now.Sub(g.moved) >= e.ports.options.LostAfter {
		g.told = true
		e.ports.count.lost.Inc()
		e.emit(Lost{})
	}
}

func (e *RTPEndpoint) lookOneWay(s *description, now time.Time) {
	e.watchMu.Lock()
	w := e.watched
	if w == nil || now.Before(w.until) {
		e.watchMu.Unlock()
		return
	}
	e.watched = nil
	e.watchMu.Unlock()
	from, to := e.received() > w.received, e.sent.Load() > w.sent
	if (from && to) || s.held || e.ourHold.Load() {
		return
	}
	working := "none"
	if from {
		working = "fromFarEnd"
	} else if to {
		working = "toFarEnd"
	}
	e.ports.count.oneWay.Inc()
	e.emit(OneWay{Working: working})
}
