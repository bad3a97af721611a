// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"
	"time"

	"tandem/acd"
)

// there counts the members of q who have a presence.
func (f *Floor) there(q *queue, p acd.Presence) (n int) {
	for _, a := range f.agents {
		if a.in(q) == nil || a.status == acd.Offline {
			continue
		}
		switch p {
		case acd.PresentAvailable:
			if a.status != acd.Available || a.removed {
				continue
			}
		case acd.PresentIdle:
			if a.status != acd.Available || a.removed || len(a.jobs) > 0 || a.deviceAway {
				continue
			}
		}
		n++
	}
	return n
}

// desert sends those in line away where the last who counted as there is gone.
func (f *Floor) desert() {
	for _, q := range f.queues {
		was := q.peopled
		q.peopled = f.there(q, q.LeaveCounts) > 0
		if !was || q.peopled || q.LeaveCounts == acd.PresentSignedIn || q.emergency {
			continue
		}
		for _, c := range f.line(q) {
			if c.state == "waiting" && f.deserts(c) {
				f.release(c, acd.EndLeaveEmpty)
			}
		}
	}
}

// atClose does what the queue wants when its door closes, once.
func (f *Floor) atClose(q *queue) {
	if q.wasShut {
		return
	}
	q.wasShut = true
	switch {
	case q.AtClose == acd.ReleaseLine:
		f.releaseLine(q)
	case q.AtClose == acd.ServeLine && q.ServeFor > 0:
		q.serveUntil = f.in(q.ServeFor)
	}
}

func (f *Floor) releaseLine(q *queue) {
	q.emergency, q.serveUntil = true, time.Time{}
	for _, c := range f.line(q) {
		if c.state == "waiting" && onTheLine(c) {
			f.release(c, acd.EndClosed)
		}
	}
}

func (q *queue) reopen() {
	q.shut, q.emergency, q.wasShut, q.serveUntil = false, false, false, time.Time{}
}

// lapse is a call that was cut off while waiting.
type lapse struct {
	queue     acd.QueueID
	from      string
	contact   acd.ContactID
	effective time.Time
	until     time.Time
}

func (f *Floor) lapsed(c *contact, ending acd.Ending) {
	if c.queue.RedialGrace <= 0 || c.from == "" || c.kind != acd.KindCall || c.redialled || ending != acd.EndAbandoned && ending != acd.EndSystemError {
		return
	}
	f.lapses = slices.DeleteFunc(f.lapses, func(l lapse) bool { return l.queue == c.queue.ID && l.from == c.from })
	f.lapses = append(f.lapses, lapse{c.queue.ID, c.from, c.id, c.effective, f.in(c.queue.RedialGrace)})
}

func (f *Floor) redial(c *contact) {
	i := slices.IndexFunc(f.lapses, func(l lapse) bool { return l.queue == c.queue.ID && l.from == c.from })
	if i < 0 || c.kind != acd.KindCall {
		return
	}
	l := f.lapses[i]
	f.lapses = slices.Delete(f.lapses, i, i+1)
	if f.reached(l.until) {
		return
	}
	c.redialled = true
	if l.effective.Before(c.effective) {
		c.effective = l.effective
	}
	f.emit(acd.PlaceResumed{Contact: c.id, Former: l.contact, Queue: c.queue.ID})
}

// wrapUpAfter is the end of the wrap-up after a job, zero if it has none of its
// own, and whether there is one.
func (f *Floor) wrapUpAfter(q *queue, j *job) (ends time.Time, ok bool) {
	if q.WrapUp > 0 {
		ends = f.in(q.WrapUp)
	}
	switch q.WrapUpMode {
	case acd.WrapUpDismissed:
		return time.Time{}, true
	case acd.WrapUpOptional:
		return ends, j.wrapUp
	case acd.WrapUpLimited:
		return ends, q.WrapUp > 0
	}
	return ends, false
}
