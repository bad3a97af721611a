// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"

	"tandem/acd"
)

// did tells of a person's deed.
func (f *Floor) did(what acd.Intervened) {
	if what.Actor != "" {
		f.emit(what)
	}
}

// deed is what a supervisor does with one contact in line.
func (f *Floor) deed(ev acd.Event) {
	switch ev := ev.(type) {
	case acd.ContactWithdrawn:
		if c := f.contact(ev.Contact); c != nil && c.state == "scheduled" {
			f.due(c)
		}
		if c := f.inLine(ev.Contact); c != nil {
			f.did(acd.Intervened{Actor: ev.Actor, What: acd.DidWithdraw, Contact: c.id, Queue: c.queue.ID})
			if f.unring(c) {
				f.release(c, acd.EndWithdrawn)
			}
		}
	case acd.ContactMoved:
		c, to := f.inLine(ev.Contact), f.queue(ev.Queue)
		if c != nil && to != c.queue && f.refusal(to) == "" && (!c.callback || f.openCallback(to, c.from) == nil) {
			f.did(acd.Intervened{Actor: ev.Actor, What: acd.DidMove, Contact: c.id, Queue: c.queue.ID, To: to.ID})
			if f.unring(c) {
				f.move(c, to, acd.EndTransferred)
			}
		}
	case acd.PrioritySet:
		if c := f.inLine(ev.Contact); c != nil {
			f.did(acd.Intervened{Actor: ev.Actor, What: acd.DidPrioritise, Contact: c.id, Queue: c.queue.ID, Priority: ev.Priority})
			c.priority = ev.Priority
		}
	case acd.ContactAssigned:
		c, a := f.inLine(ev.Contact), f.agent(ev.Agent)
		if c != nil && a != nil && a.status == acd.Available && len(a.jobs) == 0 && !a.deviceAway && !a.removed && !f.parked(c) {
			f.did(acd.Intervened{Actor: ev.Actor, What: acd.DidAssign, Contact: c.id, Queue: c.queue.ID, Agent: a.id})
			if f.unring(c) {
				f.offer(c, a)
			}
		}
	}
}

// inLine is a contact whom nobody has accepted.
func (f *Floor) inLine(id acd.ContactID) *contact {
	if c := f.contact(id); c != nil && (c.state == "waiting" || c.state == "ringing") {
		return c
	}
	return nil
}

// unring takes back what rings for c; true if c is in line after that.
func (f *Floor) unring(c *contact) bool {
	asks := slices.Clone(c.asks)
	for _, k := range asks {
		f.part(c, k, acd.Withdrawn)
	}
	for _, k := range asks {
		f.rests(k.agent, c, k.agent.status, k.agent.reason, "")
	}
	return f.contact(c.id) == c
}

func (f *Floor) move(c *contact, to *queue, ending acd.Ending) {
	f.visitEnded(c, ending, "", to.ID)
	f.enter(contact{id: c.id, kind: c.kind, from: c.from, queue: to, priority: c.priority, effective: c.effective, require: c.require,
		callback: c.callback, attempts: c.attempts, lastOffer: c.lastOffer, expires: c.expires, again: c.again, failed: c.failed, reached: c.reached})
}

// overflow moves c on when it is time, if it is taken there.
func (f *Floor) overflow(c *contact) {
	if q := c.queue; q.wasShut && q.AtClose == acd.OverflowLine && q.OverflowTo != q.ID && awaited(c.kind) {
		f.overflowTo(c)
		return
	}
	after := c.queue.OverflowAfter
	if !awaited(c.kind) || after <= 0 || c.queue.OverflowTo == c.queue.ID || f.now.Sub(c.entered) < after || f.now.Before(c.retryAt) {
		return
	}
	f.overflowTo(c)
}

func (f *Floor) overflowTo(c *contact) {
	if f.now.Before(c.retryAt) {
		return
	}
	to := f.queue(c.queue.OverflowTo)
	if f.refusal(to) != "" {
		c.retryAt = f.in(acd.OverflowRetry)
		return
	}
	if c.queue.OverflowFresh {
		c.effective = f.now
	}
	f.move(c, to, acd.EndOverflowed)
}
