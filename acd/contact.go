// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"time"
)

// MaxCredit bounds the credit of a contact (rule 3): a day.
const MaxCredit = 24 * time.Hour

// phase is where a contact is. It is in exactly one.
type phase uint8

const (
	waiting   phase = iota // in line, nobody asked
	ringing                // in line, an agent is asked
	dialling               // in line, its customer is dialled for an agent
	bridging               // in line, an agent has accepted
	talking                // answered, no longer in line
	scheduled              // a callback whose time has not come, not yet in line
	gone
)

// contact is one visit to a queue and the talk that follows it.
type contact struct {
	id        ContactID
	kind      Kind
	from      string // who it is, where that can be trusted
	queue     *queue
	priority  int
	entered   instant // real entry: every timer and every number
	effective instant // entry less credit: only the order
	guarded   bool    // past the queue's guard (rule 2)
	phase     phase
	resting   bool     // has a place, and is not offered
	offers    []*offer // while ringing; the one taken while dialling or bridging
	more      bool     // rings all: more agents may be asked in this Apply
	retryAt   instant  // no overflow before it
	agent     *agent   // while talking
	asked     int      // offers made
	need      *need    // nil: anyone
	open      int      // steps of need that are: 0 to this
	class     *class   // of need and open
	waited    bool     // did not find an agent at once
	told      told
	alarm     alarm

	pausedUntil instant
	ringNext    instant   // when one agent more is asked, while it rings progressively
	redialled   bool      // has the place of a call that was cut off
	cb          *callback // nil: none
}

// older is the order among contacts of the same urgency.
func (c *contact) older(o *contact) bool {
	if c.effective != o.effective {
		return c.effective < o.effective
	}
	return c.id < o.id
}

// awaited says whether somebody is on the line for c.
func (c *contact) awaited() bool { return c.kind.awaited() || c.cb != nil && c.cb.reached }

// admit gives the contact a place in line, or refuses it at the door.
func (d *Distributor) admit(ev ContactArrived) {
	if d.contacts[ev.Contact] != nil {
		return // it has a place already: a contact is in one place
	}
	kind := ev.Kind
	if kind == "" || kind == KindCallback {
		kind = KindCall
	}
	q := d.queues[ev.Queue]
	if refusal := q.refusal(); refusal != "" {
		d.emit(Release{Contact: ev.Contact, Queue: ev.Queue, Ending: refusal})
		now := d.time(d.now)
		d.emit(VisitEnded{Contact: ev.Contact, Kind: kind, Queue: ev.Queue, Entered: now, Ended: now, Ending: refusal})
		return
	}
	credit := min(max(ev.Credit, 0), MaxCredit)
	priority := q.conf.Priority
	if kind == KindTask {
		priority -= taskRank
	}
	if ev.Priority != nil {
		priority = *ev.Priority
	}
	c := &contact{
		id: ev.Contact, kind: kind, from: ev.From, queue: q, priority: priority,
		effective: d.now - instant(credit), need: d.need(ev.Require, kind.channel()),
	}
	d.redial(c)
	d.meetCallback(c)
	d.enter(c)
}

// enter begins the visit of c to its queue.
func (d *Distributor) enter(c *contact) {
	q := c.queue
	c.entered = d.now
	if c.cb != nil {
		c.cb.parked = q.closed
		d.setOpen(c)
	}
	c.resting = c.restsUntil() > d.now
	if c.need != nil {
		c.class = c.need.classes[0]
		q.demanding++
		q.recheck = true
	}
	c.alarm = alarm{class: contactAlarm, key: string(c.id), owner: c}
	c.told.first(c)
	d.contacts[c.id] = c
	q.line.join(c)
	d.touch(q)
	d.stood = append(d.stood, c)
	d.rearm(c)
}

// refusal is why nobody may enter q now, or "".
func (q *queue) refusal() Ending {
	switch {
	case q == nil:
		return EndSystemError // configuration and flow disagree
	case q.closed || q.draining:
		return RefusedClosed
	case q.there(q.conf.JoinCounts) == 0 && !q.conf.JoinEmpty:
		return RefusedJoinEmpty
	case q.conf.MaxLength > 0 && q.line.len() >= q.conf.MaxLength:
		return RefusedFull
	}
	return ""
}

// limit is when c's wait ends by the queue's maximum.
func (c *contact) limit() instant {
	if c.queue.conf.MaxWait <= 0 || !c.kind.awaited() {
		return never
	}
	return c.entered.add(c.queue.conf.MaxWait)
}

// rearm sets c's alarm to its next limit. The maximum wait rests while an offer
// stands (rule 19).
func (d *Distributor) rearm(c *contact) {
	next := min(c.told.next, c.nextStep())
	if c.phase == waiting {
		next = min(next, c.limit(), c.expiry(), c.overflowAt())
	}
	if c.resting {
		next = min(next, c.restsUntil())
	}
	next = min(next, c.progressAt())
	if guard := c.guardTime(); guard > 0 && !c.guarded {
		next = min(next, c.entered.add(guard))
	}
	d.setContact(c, max(next, d.now)) // what a new configuration makes due rings now, in order
}

// expiry is when c is given up as a callback, or never.
func (c *contact) expiry() instant {
	if c.cb == nil || c.cb.reached {
		return never
	}
	return c.cb.expires
}

// guardTime is the wait after which c goes before higher priorities; 0: never.
func (c *contact) guardTime() time.Duration {
	if c.kind == KindTask {
		return 0
	}
	return c.queue.conf.Guard
}

// wake: a limit of c is reached: the maximum wait, the guard, an announcement.
func (c *contact) wake(d *Distributor) {
	switch {
	case c.phase == scheduled:
		d.due(c)
		return
	case c.phase == waiting && c.limit() <= d.now:
		d.release(c, EndTimedOut)
		return
	case c.phase == waiting && c.expiry() <= d.now:
		d.release(c, EndCallbackExpired)
		return
	case d.overflow(c):
		return
	}
	d.recess(c)
	d.progress(c)
	d.guard(c)
	d.openInTime(c)
	if c.told.next <= d.now {
		c.told.skip(c, d.now)
		d.telling = append(d.telling, c)
	}
	d.rearm(c)
}

// guard moves c when it is past the queue's guard, or no longer is because the
// guard was changed.
func (d *Distributor) guard(c *contact) {
	guard := c.guardTime()
	guarded := guard > 0 && c.entered.add(guard) <= d.now
	if guarded == c.guarded {
		return
	}
	c.queue.line.part(c)
	c.guarded = guarded
	c.queue.line.join(c)
	d.touch(c.queue)
}

// back returns c to its place after an offer came to nothing (rule 11), unless
// what was put off while the offer stood has come due (rule 19).
func (d *Distributor) back(c *contact) {
	switch {
	case c.phase != waiting: // released with others when the agent signed out
	case c.queue.releasing && c.awaited():
		d.release(c, EndClosed)
	case c.limit() <= d.now:
		d.release(c, EndTimedOut)
	case c.expiry() <= d.now:
		d.release(c, EndCallbackExpired)
	case c.queue.draining && !c.awaited() && c.cb != nil:
		d.release(c, EndWithdrawn)
	case c.queue.deserts(c):
		d.release(c, EndLeaveEmpty)
	case d.overflow(c):
	default:
		if c.cb != nil && !c.cb.reached {
			c.cb.parked = c.queue.closed
		}
		d.recess(c)
		d.stood = append(d.stood, c)
		d.rearm(c)
	}
}

// remove takes out a contact that is gone by itself.
func (d *Distributor) remove(id ContactID, ending Ending) {
	c := d.contacts[id]
	if c == nil {
		return
	}
	if c.phase == scheduled {
		d.due(c)
	}
	ending = asLeft(ending)
	switch c.phase {
	case talking:
		d.complete(id)
		return
	case bridging, dialling:
		// The agent has accepted: a key pressed too late loses, but a caller who
		// hung up is gone (rule 9).
		if ending != EndAbandoned && ending != EndSystemError {
			return
		}
	}
	offers := c.offers
	for _, o := range slices.Clone(offers) {
		d.closeOffer(o, CallerGone)
	}
	d.visitEnded(c, ending, "", "")
	for _, o := range offers {
		d.rest(o.agent, c.id, o.agent.standing) // as idle as before: no wrap-up, no miss
	}
}

// asLeft keeps the balance of rule 14: what ContactLeft says must be an ending
// without an answer and beyond the door.
func asLeft(e Ending) Ending {
	switch e {
	case EndAbandoned, EndTimedOut, EndWithdrawn, EndExitKey, EndClosed, EndLeaveEmpty, EndTransferred, EndVoicemail:
		return e
	}
	return EndSystemError
}

// release takes c, whom nobody is asked to take, out of the line by our own
// decision.
func (d *Distributor) release(c *contact, ending Ending) {
	d.emit(Release{Contact: c.id, Queue: c.queue.conf.ID, Ending: ending})
	d.visitEnded(c, ending, "", "")
}

// visitEnded takes c out of its line. Answered contacts go on to talk, with by;
// moved ones into the line of to.
func (d *Distributor) visitEnded(c *contact, ending Ending, by AgentID, to QueueID) {
	q := c.queue
	q.line.part(c)
	d.unsetOpen(c)
	d.lapsed(c, ending)
	if c.need != nil {
		q.demanding--
		d.drop(c.need)
	}
	d.touch(q)
	d.setContact(c, never)
	q.pace.part(d.now, c, ending)
	c.phase = gone
	if ending == EndAnswered {
		c.phase = talking
	} else {
		delete(d.contacts, c.id)
	}
	d.drained = d.drained || q.draining && q.line.len() == 0
	d.emit(VisitEnded{
		Contact: c.id, Kind: c.kind, Queue: q.conf.ID,
		Entered: d.time(c.entered), Ended: d.time(d.now),
		Ending: ending, Agent: by, Offers: c.asked, To: to,
	})
}
