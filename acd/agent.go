// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"time"
)

// ConnectionGrace is how long an agent's device may be away before the agent is
// offline (rule 12).
const ConnectionGrace = 10 * time.Second

// WrapUpLimit is the longest that a wrap-up can be made by extensions.
const WrapUpLimit = time.Hour

// work is what an agent does for one contact.
type work struct {
	activity Activity
	since    instant
	contact  ContactID
	queue    QueueID
	channel  channel
	wrapUp   bool    // wanted afterwards
	until    instant // end of the ringing, of the dial, of the time to bridge, of the wrap-up; else never
}

// counts says whether w is work by LeastOccupied.
func (w *work) counts() bool {
	return w.activity == Talking || w.activity == OnHold || w.activity == WrapUp
}

// rank is the order of what is said of an agent who does several things.
func (w *work) rank() int {
	return slices.Index([]Activity{Talking, OnHold, Dialling, Ringing, WrapUp}, w.activity)
}

// agent is one agent at run time.
type agent struct {
	id AgentID
	standing
	since     instant   // of the standing
	next      *standing // takes effect when all work ends
	works     []work    // begun one after another; one per contact
	shown     work      // what was last said of it
	offer     *offer    // while ringing, also dialling, or accepted and not yet bridged
	idleSince instant
	idleWork  time.Duration // worked until then
	misses    int           // in a row
	notBefore instant       // no offer before it
	lost      bool          // the device is away
	graceEnd  instant       // of the lost device
	attends   int           // level, as counted in the queues
	leaving   bool          // no longer configured; gone when the work ends
	seats     []*seat
	free      channelSet // for what; where any, it stands in the groups of its seats

	order       int // among the configured agents
	ringTime    time.Duration
	capacity    Capacity
	levels      []uint8       // of skills, by number
	worked      time.Duration // in all, the running work not counted
	working     bool          // something that counts is running, since
	workSince   instant
	signed      time.Duration // likewise
	signedSince instant
	alarm       alarm
}

func newAgent(id AgentID, now instant) *agent {
	a := &agent{id: id, standing: standing{status: Offline, actor: Server}, since: now}
	a.shown = work{activity: Idle, since: now, until: never}
	a.alarm = alarm{class: agentAlarm, key: string(id), owner: a}
	return a
}

func (a *agent) busy() bool     { return len(a.works) > 0 }
func (a *agent) signedIn() bool { return a.status != Offline }

// workOn is what a does for a contact, or nil.
func (a *agent) workOn(contact ContactID) *work {
	for i := range a.works {
		if a.works[i].contact == contact {
			return &a.works[i]
		}
	}
	return nil
}

// wrapping is the wrap-up of a contact, or the first of any; nil if there is none.
func (a *agent) wrapping(contact ContactID) *work {
	for i := range a.works {
		if w := &a.works[i]; w.activity == WrapUp && (contact == "" || w.contact == contact) {
			return w
		}
	}
	return nil
}

// due is a work whose limit is reached, or nil.
func (a *agent) due(now instant) *work {
	for i := range a.works {
		if a.works[i].until <= now {
			return &a.works[i]
		}
	}
	return nil
}

func (a *agent) load() (load [channels]int) {
	for i := range a.works {
		load[a.works[i].channel]++
	}
	return load
}

// engage gives a work to do, in place of what it did for the same contact.
func (d *Distributor) engage(a *agent, w work) {
	w.since = d.now
	if was := a.workOn(w.contact); was != nil {
		*was = w
	} else {
		a.works = append(a.works, w)
	}
	a.account(d.now)
	d.refresh(a)
	d.activityChanged(a)
}

// account follows a change of a's works: how long it worked.
func (a *agent) account(now instant) {
	if a.working {
		a.worked += now.since(a.workSince)
	}
	a.workSince = now
	a.working = slices.ContainsFunc(a.works, func(w work) bool { return w.counts() })
}

// idles: a is idle from now, or would be if it had nothing else to do (rule 5).
func (d *Distributor) idles(a *agent) {
	a.idleSince, a.idleWork = d.now, a.workUntil(d.now)
	for _, s := range a.seats {
		s.rerank()
	}
}

// activityChanged says what a is doing, foremost, where that has changed.
func (d *Distributor) activityChanged(a *agent) {
	now := work{activity: Idle, since: d.now, until: never}
	for i := range a.works {
		if w := &a.works[i]; i == 0 || w.rank() < now.rank() {
			now = *w
		}
	}
	if was := a.shown; was.activity == now.activity && was.contact == now.contact && was.until == now.until {
		return
	}
	a.shown = now
	ev := ActivityChanged{Agent: a.id, Activity: now.activity, Contact: now.contact, Queue: now.queue}
	if (now.activity == Ringing || now.activity == WrapUp) && now.until != never {
		ev.Until = d.time(now.until)
	}
	d.emit(ev)
}

// rest ends a's work for a contact, and if that was all, then with it takes
// effect, atomically and with no offer in between (rule 12), what was put off
// until then: the planned status, a lost device, a removal. Without any of these
// the status is fallback.
func (d *Distributor) rest(a *agent, contact ContactID, fallback standing) {
	i := slices.IndexFunc(a.works, func(w work) bool { return w.contact == contact })
	if beside := len(a.works) - 1; beside > 0 || beside == 0 && i < 0 {
		d.stand(a, fallback)
		d.disengage(a, i)
		return
	}
	planned := a.next != nil
	if planned {
		fallback, a.next = *a.next, nil
	}
	if a.lost && a.graceEnd <= d.now && fallback.status != Offline && a.signedIn() {
		fallback = standing{status: Offline, reason: ReasonConnection, actor: Server}
	}
	if a.leaving {
		fallback = standing{status: Offline, reason: ReasonRemoved, actor: Server}
	}
	d.stand(a, fallback)
	if planned {
		d.emit(NextStatusChanged{Agent: a.id})
	}
	d.disengage(a, i)
	if a.leaving {
		d.forget(a)
	}
}

// disengage takes from a the work at index i, if there is one.
func (d *Distributor) disengage(a *agent, i int) {
	if i >= 0 {
		a.works = slices.Delete(a.works, i, i+1)
		a.account(d.now)
	}
	d.refresh(a)
	if i >= 0 {
		d.activityChanged(a)
	}
}

// complete: the talk is over.
func (d *Distributor) complete(id ContactID) {
	c := d.contacts[id]
	if c == nil {
		return
	}
	if c.phase != talking {
		d.remove(id, EndAbandoned)
		return
	}
	a := c.agent
	c.phase = gone
	delete(d.contacts, id)
	if until, ok := c.queue.wrapUp(a.workOn(id), d.now); ok && !a.leaving {
		d.engage(a, work{activity: WrapUp, contact: id, queue: c.queue.conf.ID, channel: c.kind.channel(), until: until})
		return
	}
	d.endWork(a, id)
}

// endWork: nothing is left to do for a contact.
func (d *Distributor) endWork(a *agent, contact ContactID) {
	d.idles(a)
	d.rest(a, contact, a.standing)
}

func (d *Distributor) extendWrapUp(ev WrapUpExtended) {
	a := d.agents[ev.Agent]
	if a == nil || ev.By <= 0 {
		return
	}
	w := a.wrapping(ev.Contact)
	if w == nil {
		return
	}
	limit := max(w.until, w.since.add(WrapUpLimit))
	if until := min(w.until.add(ev.By), limit); until != w.until {
		w.until = until
		d.rearmAgent(a)
		d.activityChanged(a)
	}
}

func (d *Distributor) finishWrapUp(ev WrapUpFinished) {
	if a := d.agents[ev.Agent]; a != nil {
		if w := a.wrapping(ev.Contact); w != nil {
			d.endWork(a, w.contact)
		}
	}
}

func (d *Distributor) hold(ev HoldChanged) {
	a := d.agents[ev.Agent]
	if a == nil {
		return
	}
	from, to := Talking, OnHold
	if !ev.On {
		from, to = OnHold, Talking
	}
	for _, w := range a.works {
		if w.activity == from && w.channel == voice {
			w.activity = to
			d.engage(a, w)
			return
		}
	}
}

// deviceLost: nothing can be offered, and what is being offered goes back
// blamelessly. The rest waits for ConnectionGrace and the end of the work.
func (d *Distributor) deviceLost(id AgentID) {
	a := d.agents[id]
	if a == nil || a.lost {
		return
	}
	a.lost, a.graceEnd = true, d.now.add(ConnectionGrace)
	d.refresh(a)
	if a.offer != nil && a.offer.contact.phase == ringing {
		d.withdraw(a.offer)
	}
}

func (d *Distributor) deviceBack(id AgentID) {
	if a := d.agents[id]; a != nil && a.lost {
		a.lost = false
		d.refresh(a)
	}
}

// refresh puts a into the groups of its seats while it is free, and sets its
// alarm.
func (d *Distributor) refresh(a *agent) {
	d.attend(a)
	was, free := a.free, channelSet(0)
	if a.status == Available && !a.lost && !a.leaving && a.notBefore <= d.now && a.offer == nil && a.next == nil {
		free = a.capacity.left(a.load())
	}
	if free != was {
		a.free = free
		for _, s := range a.seats {
			switch {
			case was == 0:
				s.enter()
			case free == 0:
				s.leave()
			}
			d.touch(s.queue)
		}
	}
	d.rearmAgent(a)
}

// rearmAgent sets a's alarm to its next limit.
func (d *Distributor) rearmAgent(a *agent) {
	next := never
	for i := range a.works {
		next = min(next, a.works[i].until)
	}
	if !a.busy() && a.lost && a.signedIn() {
		next = min(next, a.graceEnd)
	}
	if a.notBefore > d.now && a.status == Available && a.capacity.left(a.load()) != 0 {
		next = min(next, a.notBefore)
	}
	d.alarms.set(&a.alarm, next)
}

// wake: a limit of a is reached: of the ringing, the bridging, the wrap-up, the
// lost device, the delay after a failed offer.
func (a *agent) wake(d *Distributor) {
	for w := a.due(d.now); w != nil; w = a.due(d.now) {
		if a.offer != nil && a.offer.contact.id == w.contact {
			d.ringOut(a.offer)
		} else {
			d.endWork(a, w.contact)
		}
	}
	if a.lost && !a.busy() && a.signedIn() && a.graceEnd <= d.now {
		d.stand(a, standing{status: Offline, reason: ReasonConnection, actor: Server})
	}
	d.refresh(a)
}
