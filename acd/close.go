// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"time"
)

// AtClose is what becomes of those in line when a queue closes (rule 20). Who
// talks, or has just been accepted, is untouched; callbacks keep their place.
type AtClose string

// Every way to close.
const (
	// ServeLine serves those in line, for at most Queue.ServeFor.
	ServeLine AtClose = "serve"
	// ReleaseLine releases them (EndClosed), ringing ones when their offer has
	// come to nothing. Their flow says why, or offers a callback.
	ReleaseLine AtClose = "release"
	// OverflowLine moves them to Queue.OverflowTo. Who is refused there stays, is
	// served here, and tries again.
	OverflowLine AtClose = "overflow"
)

// Presence is what somebody must be to count as there (joinEmpty, leaveEmpty).
type Presence string

// Every presence; each includes the one before it.
const (
	PresentSignedIn  Presence = "signedIn"  // not offline
	PresentAvailable Presence = "available" // with that status
	PresentIdle      Presence = "idle"      // and with a device, and nothing to do
)

// level is 0 for nobody, else how much of a presence a has.
func (a *agent) level() int {
	switch {
	case !a.signedIn() || a.leaving:
		return 0
	case a.status != Available:
		return 1
	case a.busy() || a.lost:
		return 2
	}
	return 3
}

// attend counts a's presence in its queues.
func (d *Distributor) attend(a *agent) {
	was, is := a.attends, a.level()
	if was == is {
		return
	}
	a.attends = is
	for _, s := range a.seats {
		s.queue.attend(was, -1)
		s.queue.attend(is, 1)
		d.touch(s.queue)
	}
}

// attend counts one agent of a level in or out.
func (q *queue) attend(level, by int) {
	for i := 1; i <= level; i++ {
		q.attended[i-1] += by
	}
}

// there counts the members who have a presence.
func (q *queue) there(p Presence) int {
	switch p {
	case PresentAvailable:
		return q.attended[1]
	case PresentIdle:
		return q.attended[2]
	}
	return q.signedIn
}

// desert releases those in line of the touched queues where the last member who
// counted as there is gone.
func (d *Distributor) desert() {
	for i := 0; i < len(d.dirty); i++ {
		q := d.dirty[i]
		was := q.peopled
		q.peopled = q.there(q.conf.LeaveCounts) > 0
		if !was || q.peopled || q.conf.LeaveCounts == PresentSignedIn || !q.conf.LeaveEmpty || q.releasing {
			continue
		}
		for _, c := range q.line.all() {
			if c.phase == waiting && q.deserts(c) {
				d.release(c, EndLeaveEmpty)
			}
		}
	}
}

// shut does what a queue does when its door closes, once.
func (d *Distributor) shut(q *queue) {
	if q.shutting {
		return
	}
	q.shutting = true
	switch q.conf.AtClose {
	case ReleaseLine:
		d.releaseLine(q)
	case OverflowLine:
		for _, c := range q.line.all() {
			d.rearm(c) // it is time for all of them
		}
	default:
		if q.conf.ServeFor > 0 {
			q.serveUntil = d.now.add(q.conf.ServeFor)
			d.touch(q)
			d.setQueue(q)
		}
	}
}

// reopen ends that.
func (q *queue) reopen() {
	q.closed, q.releasing, q.shutting, q.serveUntil = false, false, false, never
}

// releaseLine releases who waits, and whoever comes back into line.
func (d *Distributor) releaseLine(q *queue) {
	q.releasing, q.serveUntil = true, never
	for _, c := range q.line.all() {
		if c.phase == waiting && c.awaited() {
			d.release(c, EndClosed)
		}
	}
}

// setQueue lets q's alarm ring no later than the end of serving its line.
func (d *Distributor) setQueue(q *queue) {
	if q.serveUntil < never && (q.alarm.slot == 0 || q.serveUntil < q.alarm.at) {
		d.alarms.set(&q.alarm, q.serveUntil)
	}
}

// lapse is the place of a caller who was cut off while waiting (rule 17).
type lapse struct {
	contact   ContactID
	effective instant
	until     instant
}

// lapseKey is a lapse in the order of their beginning.
type lapseKey struct {
	key   numbered
	until instant
}

// lapsed keeps the place of c, who is cut off, once, for the time of grace.
func (d *Distributor) lapsed(c *contact, ending Ending) {
	grace := c.queue.conf.RedialGrace
	if grace <= 0 || c.from == "" || c.kind != KindCall || c.redialled || ending != EndAbandoned && ending != EndSystemError {
		return
	}
	for len(d.lapseOrder) > 0 && d.lapseOrder[0].until <= d.now {
		if old := d.lapseOrder[0]; d.lapses[old.key].until == old.until {
			delete(d.lapses, old.key)
		}
		d.lapseOrder = d.lapseOrder[1:]
	}
	key, until := numbered{c.queue.conf.ID, c.from}, d.now.add(grace)
	d.lapses[key] = lapse{contact: c.id, effective: c.effective, until: until}
	d.lapseOrder = append(d.lapseOrder, lapseKey{key, until})
}

// redial gives c the place of the caller's visit that was cut off.
func (d *Distributor) redial(c *contact) {
	key := numbered{c.queue.conf.ID, c.from}
	l, ok := d.lapses[key]
	if !ok || c.kind != KindCall || c.from == "" {
		return
	}
	delete(d.lapses, key)
	if l.until <= d.now {
		return
	}
	c.redialled = true
	c.effective = min(c.effective, l.effective)
	d.emit(PlaceResumed{Contact: c.id, Former: l.contact, Queue: c.queue.conf.ID})
}

// progress asks one agent more to take c, beside those who are rung, when it is
// time (RingProgressively).
func (d *Distributor) progress(c *contact) {
	if c.progressAt() <= d.now {
		c.more = true
		c.queue.line.update(c)
		d.touch(c.queue)
	}
}

// progressAt is when one agent more is asked, or never.
func (c *contact) progressAt() instant {
	if c.phase != ringing || c.more || c.cb != nil || c.queue.conf.Strategy != RingProgressively {
		return never
	}
	return c.ringNext
}

// WrapUpMode is what follows a contact.
type WrapUpMode string

// Every wrap-up mode.
const (
	WrapUpNone      WrapUpMode = "none"
	WrapUpOptional  WrapUpMode = "optional"       // only if the agent asks for it during the contact
	WrapUpDismissed WrapUpMode = "untilDismissed" // until the agent ends it
	WrapUpLimited   WrapUpMode = "limited"        // for Queue.WrapUp at most
)

// wrapUp is when the wrap-up that follows w ends, and whether there is one.
func (q *queue) wrapUp(w *work, now instant) (until instant, ok bool) {
	limit := never
	if q.conf.WrapUp > 0 {
		limit = now.add(q.conf.WrapUp)
	}
	switch q.conf.WrapUpMode {
	case WrapUpDismissed:
		return never, true
	case WrapUpOptional:
		return limit, w.wrapUp
	case WrapUpLimited:
		return limit, limit != never
	}
	return 0, false
}

// wantWrapUp notes what the agent wants after a contact.
func (d *Distributor) wantWrapUp(ev WrapUpWanted) {
	a := d.agents[ev.Agent]
	if a == nil {
		return
	}
	i := slices.IndexFunc(a.works, func(w work) bool {
		return (w.activity == Talking || w.activity == OnHold) && (ev.Contact == "" || w.contact == ev.Contact)
	})
	if i >= 0 {
		a.works[i].wrapUp = ev.On
	}
}

// defaultRingNext is the default of Queue.RingNext.
const defaultRingNext = 5 * time.Second
