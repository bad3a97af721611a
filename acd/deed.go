// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// OverflowRetry is how often a contact tries to overflow into a queue that
// refuses it (rule 18).
const OverflowRetry = time.Second

// intervene finds a contact whose place a supervisor may still change: nobody
// has accepted it.
func (d *Distributor) intervene(id ContactID) *contact {
	if c := d.contacts[id]; c != nil && (c.phase == waiting || c.phase == ringing) {
		return c
	}
	return nil
}

// unring takes back every offer of c, blamelessly; it says whether c is still in
// line then.
func (d *Distributor) unring(c *contact) bool {
	offers := c.offers
	for _, o := range offers {
		d.closeOffer(o, Withdrawn)
	}
	for _, o := range offers {
		d.rest(o.agent, c.id, o.agent.standing)
	}
	return c.phase == waiting
}

func (d *Distributor) withdrawContact(ev ContactWithdrawn) {
	if c := d.contacts[ev.Contact]; c != nil && c.phase == scheduled {
		d.due(c)
	}
	c := d.intervene(ev.Contact)
	if c == nil {
		return
	}
	d.emit(Intervened{Actor: ev.Actor, What: DidWithdraw, Contact: c.id, Queue: c.queue.conf.ID})
	if d.unring(c) {
		d.release(c, EndWithdrawn)
	}
}

func (d *Distributor) moveContact(ev ContactMoved) {
	c, to := d.intervene(ev.Contact), d.queues[ev.Queue]
	if c == nil || to == c.queue || to.refusal() != "" {
		return
	}
	if c.cb != nil && d.open[numbered{ev.Queue, c.from}] != nil {
		return // one is open there for this number
	}
	d.emit(Intervened{Actor: ev.Actor, What: DidMove, Contact: c.id, Queue: c.queue.conf.ID, To: ev.Queue})
	if d.unring(c) {
		d.move(c, to, EndTransferred, c.effective)
	}
}

// move ends the visit of c, whom nobody is asked to take, and begins one to
// another queue, which takes it.
func (d *Distributor) move(c *contact, to *queue, ending Ending, effective instant) {
	if c.need != nil {
		c.need.users++ // the old visit drops it
	}
	d.visitEnded(c, ending, "", to.conf.ID)
	d.enter(&contact{id: c.id, kind: c.kind, from: c.from, queue: to, priority: c.priority, effective: effective, need: c.need, cb: c.cb})
}

// prioritise changes c's priority and with it the place.
func (d *Distributor) prioritise(ev PrioritySet) {
	c := d.intervene(ev.Contact)
	if c == nil {
		return
	}
	d.emit(Intervened{Actor: ev.Actor, What: DidPrioritise, Contact: c.id, Queue: c.queue.conf.ID, Priority: ev.Priority})
	c.queue.line.part(c)
	c.priority = ev.Priority
	c.queue.line.join(c)
	d.touch(c.queue)
}

// assign asks an agent by name.
func (d *Distributor) assign(ev ContactAssigned) {
	c, a := d.intervene(ev.Contact), d.agents[ev.Agent]
	if c == nil || a == nil || a.status != Available || a.busy() || a.lost || a.leaving || c.restsUntil() == never {
		return
	}
	d.emit(Intervened{Actor: ev.Actor, What: DidAssign, Contact: c.id, Queue: c.queue.conf.ID, Agent: a.id})
	if d.unring(c) {
		d.ask(c, a)
	}
}

func (d *Distributor) closedBy(ev QueueClosed) {
	if ev.Actor == "" {
		return
	}
	what := DidClose
	if ev.Release {
		what = DidEmergencyClose
	}
	d.emit(Intervened{Actor: ev.Actor, What: what, Queue: ev.Queue})
}

// overflowAt is when c moves on by itself, or never.
func (c *contact) overflowAt() instant {
	conf := &c.queue.conf
	if c.queue.shutting && conf.AtClose == OverflowLine && conf.OverflowTo != conf.ID && c.kind.awaited() {
		return max(c.entered, c.retryAt)
	}
	if conf.OverflowAfter <= 0 || conf.OverflowTo == conf.ID || !c.kind.awaited() {
		return never
	}
	return max(c.entered.add(conf.OverflowAfter), c.retryAt)
}

// overflow moves c on when it is time and the other queue takes it; else c keeps
// its place and tries again.
func (d *Distributor) overflow(c *contact) bool {
	if c.phase != waiting || c.overflowAt() > d.now {
		return false
	}
	conf := &c.queue.conf
	to := d.queues[conf.OverflowTo]
	if to.refusal() != "" {
		c.retryAt = d.now.add(OverflowRetry)
		return false
	}
	effective := c.effective
	if conf.OverflowFresh {
		effective = d.now
	}
	d.move(c, to, EndOverflowed, effective)
	return true
}
