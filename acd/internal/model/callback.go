// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"
	"time"

	"tandem/acd"
)

func awaited(k acd.Kind) bool   { return k != acd.KindTask && k != acd.KindCallback }
func onTheLine(c *contact) bool { return awaited(c.kind) || c.reached }
func (f *Floor) expired(c *contact) bool {
	return c.callback && !c.reached && f.reached(c.expires)
}

// parked: no moment is known at which c may be offered again.
func (f *Floor) parked(c *contact) bool {
	return c.callback && !c.reached && (c.parked || c.queue.undialled || c.failed && c.again.IsZero())
}

// recess says whether c has its place and is not offered.
func (f *Floor) recess(c *contact) bool {
	if c.callback && !c.reached {
		return f.parked(c) || c.again.After(f.now)
	}
	return c.pausedUntil.After(f.now)
}

// openCallback is that of a number in a queue, or nil.
func (f *Floor) openCallback(q *queue, from string) *contact {
	i := slices.IndexFunc(f.contacts, func(c *contact) bool {
		return c.callback && c.from == from && c.from != "" && c.queue == q && c.state != "talking"
	})
	if i < 0 {
		return nil
	}
	return f.contacts[i]
}

func (f *Floor) callbackEvent(ev acd.Event) {
	switch ev := ev.(type) {
	case acd.CallbackRequested:
		f.callbackRequested(ev)
	case acd.CustomerReached:
		if c, k := f.dialled(ev.Offer); c != nil && !k.asked {
			c.reached = true
			f.dialEnded(c, k.agent, k.id, acd.DialReached)
			f.present(c, k)
		}
	case acd.DialFailed:
		if c, k := f.dialled(ev.Offer); c != nil {
			how := ev.How
			if !slices.Contains([]acd.DialEnding{acd.DialBusy, acd.DialNoAnswer, acd.DialMachine, acd.DialCancelled}, how) {
				how = acd.DialUnreachable
			}
			f.dialOver(c, k, how, acd.CallerGone)
		}
	case acd.MachineReached:
		f.machine(ev.Contact)
	case acd.DialWindow:
		if q := f.queue(ev.Queue); q != nil {
			q.undialled = !ev.Open
		}
	case acd.ContactPaused:
		if c := f.inLine(ev.Contact); c != nil && awaited(c.kind) {
			c.pausedUntil = f.in(acd.PauseLimit)
			f.unring(c)
		}
	case acd.ContactResumed:
		if c := f.inLine(ev.Contact); c != nil && c.pausedUntil.After(f.now) {
			c.pausedUntil = f.now
		}
	}
}

func (f *Floor) callbackRequested(ev acd.CallbackRequested) {
	w := f.contact(ev.Contact)
	if w != nil && (w.state != "waiting" && w.state != "ringing" || !awaited(w.kind)) || f.contact(ev.Callback) != nil {
		return
	}
	q := f.queue(ev.Queue)
	if w != nil {
		q = w.queue
	}
	kept := acd.CallbackKept{Contact: ev.Contact, Callback: ev.Callback, Queue: ev.Queue, How: acd.KeptRequested}
	if q != nil {
		kept.Queue = q.ID
	}
	if q == nil || q.removed || q.Callbacks.Order == acd.NoCallbacks {
		kept.How = acd.KeptClosed
		f.emit(kept)
		return
	}
	if f.openCallback(q, ev.From) != nil {
		kept.How = acd.KeptDuplicate
		f.emit(kept)
		return
	}
	at := f.now
	if ev.At.After(at) {
		at = ev.At
	}
	c := contact{id: ev.Callback, kind: acd.KindCallback, callback: true, from: ev.From, queue: q, priority: q.Priority,
		effective: at, expires: at.Add(q.Callbacks.Expiry), require: ev.Require, attempts: max(ev.Attempts, 0)}
	if w != nil {
		c.priority = w.priority
	}
	if ev.Priority != nil {
		c.priority = *ev.Priority
	}
	if at.Equal(f.now) {
		c.effective = at.Add(-min(max(ev.Credit, 0), acd.MaxCredit))
	}
	if w != nil {
		c.require = w.require
		if at.Equal(f.now) {
			c.effective = w.effective
		}
		if f.unring(w) {
			f.visitEnded(w, acd.EndCallbackRequested, "", "")
		}
	}
	f.emit(kept)
	if at.Equal(f.now) {
		f.enter(c)
		return
	}
	c.state = "scheduled"
	f.contacts = append(f.contacts, &c)
}

// due: c enters the line.
func (f *Floor) due(c *contact) *contact {
	f.forget(c)
	return f.enter(*c)
}

func (f *Floor) meetCallback(c *contact) {
	old := f.openCallback(c.queue, c.from)
	if c.kind != acd.KindCall || old == nil || old.state == "accepted" || old.reached {
		return
	}
	f.emit(acd.PlaceResumed{Contact: c.id, Former: old.id, Queue: c.queue.ID})
	if old.state == "scheduled" {
		old = f.due(old)
	}
	if old.effective.Before(c.effective) {
		c.effective = old.effective
	}
	asks := slices.Clone(old.asks)
	for _, k := range asks {
		f.part(old, k, acd.CallerGone)
	}
	f.release(old, acd.EndWithdrawn)
	for _, k := range asks {
		f.rests(k.agent, old, k.agent.status, k.agent.reason, "")
	}
}

func (f *Floor) dialled(offer acd.OfferID) (*contact, *ask) {
	for _, c := range f.contacts {
		if c.state == "dialling" && c.asks[0].id == offer {
			return c, c.asks[0]
		}
	}
	return nil, nil
}

func (f *Floor) dial(c *contact, k *ask) {
	c.state = "dialling"
	c.attempts++
	c.lastOffer = k.id
	conf := c.queue.Callbacks
	f.emit(acd.Dial{ID: k.id, Contact: c.id, Queue: c.queue.ID, Agent: k.agent.id, Attempt: c.attempts, RingTime: conf.RingTime})
	f.does(k.agent, acd.Dialling, c, f.in(conf.RingTime+acd.DialMargin))
}

// dialEnded tells of an attempt; c.again says when the next may be.
func (f *Floor) dialEnded(c *contact, a *agent, offer acd.OfferID, how acd.DialEnding) {
	again := c.again
	if how == acd.DialReached {
		again = time.Time{}
	}
	f.emit(acd.DialEnded{ID: offer, Contact: c.id, Queue: c.queue.ID, Agent: a.id, Attempt: c.attempts, How: how, Again: again})
}

// fail notes a failed attempt, and says whether it was the last.
func (f *Floor) fail(c *contact) bool {
	c.failed, c.again = true, f.in(c.queue.Callbacks.Gap)
	if c.attempts >= c.queue.Callbacks.Attempts {
		c.again = time.Time{}
	}
	return c.again.IsZero()
}

func (f *Floor) dialOver(c *contact, k *ask, how acd.DialEnding, blame acd.OfferEnding) {
	a := k.agent
	last := f.fail(c)
	f.dialEnded(c, a, k.id, how)
	f.part(c, k, "")
	if blame == acd.Unreachable {
		a.idleSince, a.notBefore = f.now, f.in(c.queue.UnreachableDelay)
	}
	f.rests(a, c, a.status, a.reason, "")
	if last && f.contact(c.id) == c {
		f.release(c, acd.EndCallbackFailed)
		return
	}
	f.back(c)
}

func (f *Floor) machine(id acd.ContactID) {
	c := f.contact(id)
	if c == nil || c.state != "talking" || !c.callback {
		return
	}
	last := f.fail(c)
	f.dialEnded(c, c.agent, c.lastOffer, acd.DialMachine)
	f.forget(c)
	f.workDone(c.agent, c)
	if f.queue(c.queue.ID) != c.queue {
		return
	}
	another := f.openCallback(c.queue, c.from) != nil
	again := f.enter(contact{id: c.id, kind: c.kind, callback: true, from: c.from, queue: c.queue, priority: c.priority, effective: c.effective,
		require: c.require, attempts: c.attempts, lastOffer: c.lastOffer, expires: c.expires, failed: true, again: c.again})
	if last {
		f.release(again, acd.EndCallbackFailed)
	} else if another {
		f.release(again, acd.EndWithdrawn)
	}
}

func (f *Floor) doorMoved(q *queue) {
	for _, c := range f.line(q) {
		if !c.callback || c.reached || c.state != "waiting" || c.parked == q.shut {
			continue
		}
		c.parked = q.shut
		if !q.shut {
			c.effective = f.now
		}
	}
}

func (f *Floor) giveUpCallbacks(q *queue) {
	for _, c := range slices.Clone(f.contacts) {
		if c.queue == q && c.state == "scheduled" {
			f.due(c)
		}
	}
	for _, c := range f.line(q) {
		if c.callback && !c.reached && c.state == "waiting" {
			f.release(c, acd.EndWithdrawn)
		}
	}
}
