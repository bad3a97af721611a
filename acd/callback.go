// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// DialMargin is how much longer than the ring time of the customer's phone a dial
// may take before it counts as failed: the owner reports its end at once, and
// should it ever forget, no agent stays reserved.
const DialMargin = 10 * time.Second

// PauseLimit is how long a contact may keep its place without being offered
// (rule 15: while a number is entered).
const PauseLimit = 60 * time.Second

// CallbackOrder is whom a callback rings first.
type CallbackOrder string

// The orders of callbacks.
const (
	NoCallbacks   CallbackOrder = "" // the queue takes none
	AgentFirst    CallbackOrder = "agentFirst"
	CustomerFirst CallbackOrder = "customerFirst"
)

// Callbacks is how a queue calls customers back (rule 15).
type Callbacks struct {
	Order    CallbackOrder
	Attempts int           // dials in all, the first included; default 3
	Gap      time.Duration // between the end of a dial and the next; default 10 min
	RingTime time.Duration // of the customer's phone; default 30 s
	Expiry   time.Duration // from confirmation, or from the time it was wanted for; default 7 days
}

// Defaults of Callbacks' fields.
const (
	DefaultAttempts         = 3
	DefaultGap              = 10 * time.Minute
	DefaultCallbackRingTime = 30 * time.Second
	DefaultExpiry           = 7 * 24 * time.Hour
)

func (c Callbacks) withDefaults() Callbacks {
	if c.Attempts <= 0 {
		c.Attempts = DefaultAttempts
	}
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{{&c.Gap, DefaultGap}, {&c.RingTime, DefaultCallbackRingTime}, {&c.Expiry, DefaultExpiry}} {
		if *d.value <= 0 {
			*d.value = d.fallback
		}
	}
	return c
}

// Kept is what became of a request for a callback.
type Kept string

// Every answer to a request for a callback.
const (
	KeptRequested Kept = "requested"
	KeptDuplicate Kept = "duplicate" // one is open for this number and queue
	KeptClosed    Kept = "closed"    // the queue takes no callbacks
)

// DialEnding is how a dial of a customer ended.
type DialEnding string

// Every ending of a dial.
const (
	DialReached     DialEnding = "reached"
	DialBusy        DialEnding = "busy"
	DialNoAnswer    DialEnding = "noAnswer"
	DialUnreachable DialEnding = "unreachable"
	DialMachine     DialEnding = "machine"   // said by the agent
	DialCancelled   DialEnding = "cancelled" // the agent's side ended before
)

// callback is what a contact of kind callback is beside a contact.
type callback struct {
	attempts int     // dials begun
	last     OfferID // that was taken
	expires  instant // then it is given up, unless something is under way
	again    instant // no dial before it
	reached  bool    // customer first: the customer is on the line
	parked   bool    // the door is closed; counts anew from the opening
}

// numbered names the one open callback, or the redial, of a number in a queue.
type numbered struct {
	queue QueueID
	from  string
}

// requestCallback keeps a callback in place of the wait, or as wanted by
// somebody who does not wait.
func (d *Distributor) requestCallback(ev CallbackRequested) {
	from := d.contacts[ev.Contact]
	if d.contacts[ev.Callback] != nil || from != nil && (from.phase > ringing || !from.kind.awaited()) {
		return // an agent has accepted: too late
	}
	q := d.queues[ev.Queue]
	if from != nil {
		q = from.queue
	}
	answer := func(how Kept) {
		kept := CallbackKept{Contact: ev.Contact, Callback: ev.Callback, Queue: ev.Queue, How: how}
		if q != nil {
			kept.Queue = q.conf.ID
		}
		d.emit(kept)
	}
	switch {
	case q == nil || q.draining || q.conf.Callbacks.Order == NoCallbacks:
		answer(KeptClosed)
		return
	case ev.From != "" && d.open[numbered{q.conf.ID, ev.From}] != nil:
		answer(KeptDuplicate)
		return
	}
	c := &contact{id: ev.Callback, kind: KindCallback, from: ev.From, queue: q, cb: &callback{attempts: max(ev.Attempts, 0)}}
	at := d.now
	if !ev.At.IsZero() {
		at = max(at, instant(ev.At.Sub(d.base)))
	}
	c.cb.expires = at.add(q.conf.Callbacks.Expiry)
	c.priority, c.effective = q.conf.Priority, at
	if from != nil {
		c.priority = from.priority
	}
	if at == d.now {
		c.effective -= instant(min(max(ev.Credit, 0), MaxCredit))
	}
	if ev.Priority != nil {
		c.priority = *ev.Priority
	}
	if from == nil {
		c.need = d.need(ev.Require, voice)
	} else {
		if from.need != nil {
			c.need = d.need(&from.need.asked, voice)
		}
		if at == d.now {
			c.effective = from.effective
		}
		if d.unring(from); from.phase == waiting {
			d.visitEnded(from, EndCallbackRequested, "", "")
		}
	}
	answer(KeptRequested)
	if at == d.now {
		d.enter(c)
		return
	}
	c.phase, c.effective = scheduled, at
	d.contacts[c.id] = c
	d.setOpen(c)
	q.later = append(q.later, c)
	c.alarm = alarm{class: contactAlarm, key: string(c.id), owner: c}
	d.setContact(c, at)
}

// setOpen makes c the open callback of its number.
func (d *Distributor) setOpen(c *contact) {
	if c.cb != nil && c.from != "" {
		d.open[numbered{c.queue.conf.ID, c.from}] = c
	}
}

func (d *Distributor) unsetOpen(c *contact) {
	if key := (numbered{c.queue.conf.ID, c.from}); c.cb != nil && d.open[key] == c {
		delete(d.open, key)
	}
}

// due: the time that a callback was wanted for has come, or it is given up before
// that.
func (d *Distributor) due(c *contact) {
	c.queue.later = without(c.queue.later, c)
	d.setContact(c, never)
	c.phase = waiting
	d.enter(c)
}

// without is list less c, in its order.
func without(list []*contact, c *contact) []*contact {
	kept := list[:0]
	for _, other := range list {
		if other != c {
			kept = append(kept, other)
		}
	}
	clear(list[len(kept):])
	return kept
}

// meetCallback: who comes to the queue of an open callback for the same number
// takes its place, and closes it.
func (d *Distributor) meetCallback(c *contact) {
	old := d.open[numbered{c.queue.conf.ID, c.from}]
	if c.from == "" || c.kind != KindCall || old == nil || old.phase == bridging || old.cb.reached {
		return
	}
	d.emit(PlaceResumed{Contact: c.id, Former: old.id, Queue: c.queue.conf.ID})
	if old.phase == scheduled {
		d.due(old)
	}
	c.effective = min(c.effective, old.effective)
	offers := old.offers
	for _, o := range offers {
		d.closeOffer(o, CallerGone)
	}
	d.release(old, EndWithdrawn)
	for _, o := range offers {
		d.rest(o.agent, old.id, o.agent.standing)
	}
}

// dial reserves a for a dial of the customer: from before it to its end.
func (d *Distributor) dial(o *offer) {
	c, a, conf := o.contact, o.agent, &o.contact.queue.conf
	c.phase = dialling
	c.cb.attempts++
	c.queue.line.update(c)
	d.touch(c.queue)
	d.rearm(c)
	d.emit(Dial{ID: o.id, Contact: c.id, Queue: conf.ID, Agent: a.id, Attempt: c.cb.attempts, RingTime: conf.Callbacks.RingTime})
	d.engage(a, work{
		activity: Dialling, contact: c.id, queue: conf.ID, channel: voice,
		until: d.now.add(conf.Callbacks.RingTime + DialMargin),
	})
}

// customerReached: customer first, and the customer has answered: the agent who
// is reserved is asked.
func (d *Distributor) customerReached(id OfferID) {
	o := d.offers[id]
	if o == nil || o.contact.phase != dialling || o.asked {
		return
	}
	o.contact.cb.reached = true
	d.dialEnded(o, DialReached, never)
	d.present(o)
}

// dialFailed: the customer was not reached.
func (d *Distributor) dialFailed(id OfferID, how DialEnding) {
	o := d.offers[id]
	if o == nil || o.contact.phase != dialling {
		return
	}
	switch how {
	case DialBusy, DialNoAnswer, DialMachine, DialCancelled:
	default:
		how = DialUnreachable
	}
	d.endDial(o, how, CallerGone)
}

// endDial ends an attempt that failed. The agent is freed, blamelessly unless
// blame says that the agent's side was lost, and the callback blocks nobody until
// the gap is over.
func (d *Distributor) endDial(o *offer, how DialEnding, blame OfferEnding) {
	c, a := o.contact, o.agent
	last := c.cb.attempts >= c.queue.conf.Callbacks.Attempts
	again := d.now.add(c.queue.conf.Callbacks.Gap)
	if last {
		again = never
	}
	d.dialEnded(o, how, again)
	c.cb.again = again
	d.closeOffer(o, Unreachable)
	fallback := a.standing
	if blame == Unreachable {
		fallback = d.consequence(o, Unreachable)
	}
	d.rest(a, c.id, fallback)
	if last && c.phase == waiting {
		d.release(c, EndCallbackFailed)
		return
	}
	d.back(c)
}

func (d *Distributor) dialEnded(o *offer, how DialEnding, again instant) {
	e := DialEnded{ID: o.id, Contact: o.contact.id, Queue: o.contact.queue.conf.ID, Agent: o.agent.id,
		Attempt: o.contact.cb.attempts, How: how}
	if again != never {
		e.Again = d.time(again)
	}
	d.emit(e)
}

// machineReached: the agent talks to a machine. The talk is over without
// wrap-up and was an attempt; the callback stands in line again, or has failed.
func (d *Distributor) machineReached(id ContactID) {
	c := d.contacts[id]
	if c == nil || c.phase != talking || c.cb == nil {
		return
	}
	q, again := c.queue, never
	if c.cb.attempts < q.conf.Callbacks.Attempts {
		again = d.now.add(q.conf.Callbacks.Gap)
	}
	e := DialEnded{ID: c.cb.last, Contact: c.id, Queue: q.conf.ID, Agent: c.agent.id, Attempt: c.cb.attempts, How: DialMachine}
	if again != never {
		e.Again = d.time(again)
	}
	d.emit(e)
	c.phase = gone
	delete(d.contacts, id)
	d.endWork(c.agent, id)
	if d.queues[q.conf.ID] != q {
		return // removed while they talked
	}
	cb := *c.cb
	cb.again, cb.reached, cb.parked = again, false, false
	next := &contact{id: c.id, kind: c.kind, from: c.from, queue: q, priority: c.priority, effective: c.effective, cb: &cb}
	if c.need != nil {
		next.need = d.need(&c.need.asked, voice)
	}
	another := d.open[numbered{q.conf.ID, c.from}] != nil
	d.enter(next)
	switch {
	case again == never:
		d.release(next, EndCallbackFailed)
	case another: // requested while they talked
		d.release(next, EndWithdrawn)
	}
}

// pause keeps c's place without offers, for PauseLimit at most.
func (d *Distributor) pause(id ContactID) {
	c := d.intervene(id)
	if c == nil || !c.kind.awaited() {
		return
	}
	c.pausedUntil = d.now.add(PauseLimit)
	d.unring(c)
	if c.phase == waiting {
		d.recess(c)
		d.rearm(c)
	}
}

// resume ends it.
func (d *Distributor) resume(id ContactID) {
	if c := d.intervene(id); c != nil && c.pausedUntil > d.now {
		c.pausedUntil = d.now
		d.recess(c)
		d.rearm(c)
	}
}

// restsUntil is until when c is not offered, though it stands in line.
func (c *contact) restsUntil() instant {
	if c.cb == nil || c.cb.reached {
		return c.pausedUntil
	}
	if c.cb.parked || c.queue.undialled {
		return never
	}
	return c.cb.again
}

// recess follows a change of restsUntil: who rests has a place and is not open.
func (d *Distributor) recess(c *contact) {
	if resting := c.restsUntil() > d.now; resting != c.resting {
		c.resting = resting
		c.queue.line.update(c)
		d.touch(c.queue)
	}
}

// doorMoved parks the callbacks of a closed queue, where they keep their place,
// and lets them count from now when it opens (rule 15).
func (d *Distributor) doorMoved(q *queue) {
	for _, c := range q.line.all() {
		if c.cb == nil || c.cb.parked == q.closed || c.phase != waiting {
			continue
		}
		if c.cb.reached {
			continue // on the line
		}
		c.cb.parked = q.closed
		if !q.closed {
			q.line.part(c)
			c.effective = d.now
			q.line.join(c)
			d.touch(q)
		}
		d.recess(c)
		d.rearm(c)
	}
}

// giveUpCallbacks ends the callbacks of a queue that is no longer configured, but
// for those under way.
func (d *Distributor) giveUpCallbacks(q *queue) {
	for len(q.later) > 0 {
		d.due(q.later[0])
	}
	for _, c := range q.line.all() {
		if c.cb != nil && c.phase == waiting && !c.cb.reached {
			d.release(c, EndWithdrawn)
		}
	}
}

// dialWindow opens or closes the hours in which customers may be called.
func (d *Distributor) dialWindow(ev DialWindow) {
	q := d.queues[ev.Queue]
	if q == nil || q.undialled != ev.Open {
		return
	}
	q.undialled = !ev.Open
	for _, c := range q.line.all() {
		if c.cb != nil {
			d.recess(c)
			d.rearm(c)
		}
	}
}
