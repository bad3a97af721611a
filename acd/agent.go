// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// ConnectionGrace is how long an agent's device may be away before the agent is
// offline (rule 12).
const ConnectionGrace = 10 * time.Second

// WrapUpLimit is the longest that a wrap-up can be made by extensions.
const WrapUpLimit = time.Hour

// work is what an agent is doing.
type work struct {
	activity Activity
	since    instant
	contact  ContactID
	queue    QueueID
	until    instant // end of the ringing, of the time to bridge, of the wrap-up; else never
}

// agent is one agent at run time.
type agent struct {
	id AgentID
	standing
	since     instant   // of the standing
	next      *standing // takes effect when the work ends
	work      work
	offer     *offer // while ringing, also accepted and not yet bridged
	idleSince instant
	misses    int     // in a row
	notBefore instant // no offer before it
	lost      bool    // the device is away
	graceEnd  instant // of the lost device
	leaving   bool    // no longer configured; gone when the work ends
	seats     []*seat
	free      bool // stands in the groups of its seats

	order       int           // among the configured agents
	levels      []uint8       // of skills, by number
	worked      time.Duration // in all, the running work not counted
	signed      time.Duration // likewise
	signedSince instant
	alarm       alarm
}

func newAgent(id AgentID, now instant) *agent {
	a := &agent{id: id, standing: standing{status: Offline, actor: Server}, since: now}
	a.work = work{activity: Idle, since: now, until: never}
	a.alarm = alarm{class: agentAlarm, key: string(id), owner: a}
	return a
}

func (a *agent) busy() bool     { return a.work.activity != Idle }
func (a *agent) signedIn() bool { return a.status != Offline }

// engage gives a work to do.
func (d *Distributor) engage(a *agent, w work) {
	a.worked = a.workUntil(d.now)
	w.since = d.now
	a.work = w
	d.refresh(a)
	d.activityChanged(a)
}

func (d *Distributor) activityChanged(a *agent) {
	ev := ActivityChanged{Agent: a.id, Activity: a.work.activity, Contact: a.work.contact, Queue: a.work.queue}
	if a.work.activity == Ringing || a.work.activity == WrapUp {
		ev.Until = d.time(a.work.until)
	}
	d.emit(ev)
}

// rest ends a's work, and with it takes effect, atomically and with no offer in
// between (rule 12), what was put off until then: the planned status, a lost
// device, a removal. Without any of these the status is fallback.
func (d *Distributor) rest(a *agent, fallback standing) {
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
	if a.busy() {
		d.engage(a, work{activity: Idle, until: never})
	} else {
		d.refresh(a)
	}
	if a.leaving {
		d.forget(a)
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
	if wrapUp := c.queue.conf.WrapUp; wrapUp > 0 && !a.leaving {
		d.engage(a, work{activity: WrapUp, contact: id, queue: c.queue.conf.ID, until: d.now.add(wrapUp)})
		return
	}
	d.endWork(a)
}

// endWork: nothing is left to do for the last contact.
func (d *Distributor) endWork(a *agent) {
	a.idleSince = d.now
	d.rest(a, a.standing)
}

func (d *Distributor) extendWrapUp(ev WrapUpExtended) {
	a := d.agents[ev.Agent]
	if a == nil || a.work.activity != WrapUp || ev.By <= 0 {
		return
	}
	limit := max(a.work.until, a.work.since.add(WrapUpLimit))
	if until := min(a.work.until.add(ev.By), limit); until != a.work.until {
		a.work.until = until
		d.rearmAgent(a)
		d.activityChanged(a)
	}
}

func (d *Distributor) finishWrapUp(id AgentID) {
	if a := d.agents[id]; a != nil && a.work.activity == WrapUp {
		d.endWork(a)
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
	if a.work.activity == from {
		w := a.work
		w.activity = to
		d.engage(a, w)
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
	free := a.status == Available && !a.busy() && !a.lost && !a.leaving && a.notBefore <= d.now
	if free != a.free {
		a.free = free
		for _, s := range a.seats {
			if free {
				s.enter()
			} else {
				s.leave()
			}
			d.touch(s.queue)
		}
	}
	d.rearmAgent(a)
}

// rearmAgent sets a's alarm to its next limit.
func (d *Distributor) rearmAgent(a *agent) {
	next := a.work.until
	if !a.busy() {
		if a.lost && a.signedIn() {
			next = min(next, a.graceEnd)
		}
		if a.notBefore > d.now && a.status == Available {
			next = min(next, a.notBefore)
		}
	}
	d.alarms.set(&a.alarm, next)
}

// wake: a limit of a is reached: of the ringing, the bridging, the wrap-up, the
// lost device, the delay after a failed offer.
func (a *agent) wake(d *Distributor) {
	if a.work.until <= d.now {
		if a.offer != nil {
			d.ringOut(a.offer)
		} else {
			d.endWork(a)
		}
	}
	if a.lost && !a.busy() && a.signedIn() && a.graceEnd <= d.now {
		d.stand(a, standing{status: Offline, reason: ReasonConnection, actor: Server})
	}
	d.refresh(a)
}
