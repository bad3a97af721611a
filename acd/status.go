// SPDX-License-Identifier: Apache-2.0

package acd

// Reasons of status changes the server makes.
const (
	ReasonMissed     = "missed"     // notResponding after a missed offer
	ReasonConnection = "connection" // offline because the device was away
	ReasonRemoved    = "removed"    // offline because no longer configured
)

// standing is a status with who set it and why.
type standing struct {
	status Status
	reason string
	actor  Actor
}

// setStatus: by the person, a supervisor or the server.
func (d *Distributor) setStatus(ev StatusSet) {
	a := d.agents[ev.Agent]
	if a == nil || a.leaving || ev.Status == "" {
		return
	}
	if ev.Status == NotResponding && ev.Actor != Server {
		return // only the server sets it (rule 10)
	}
	to := standing{status: ev.Status, reason: ev.Reason, actor: ev.Actor}
	if ev.Force {
		d.force(a, to)
		return
	}
	if !a.busy() {
		d.stand(a, to)
		d.refresh(a)
		return
	}
	if to.status == a.status {
		d.cancelNext(a.id)
		return
	}
	if a.next == nil || *a.next != to {
		a.next = &to
		d.refresh(a) // nothing more beside the work
		d.emit(NextStatusChanged{Agent: a.id, Status: to.status})
	}
}

// force sets a status at once: what is offered goes back blamelessly unless the
// agent stays available, a wrap-up ends, a talk goes on.
func (d *Distributor) force(a *agent, to standing) {
	d.cancelNext(a.id)
	switch {
	case a.wrapping("") != nil:
		d.idles(a)
		for w := a.wrapping(""); w != nil; w = a.wrapping("") {
			d.rest(a, w.contact, to)
		}
		if !a.busy() {
			return
		}
		fallthrough
	case a.offer != nil && a.offer.contact.phase == ringing && to.status != Available:
		if a.offer != nil && a.offer.contact.phase == ringing && to.status != Available {
			d.withdraw(a.offer)
		}
	}
	d.stand(a, to)
	d.refresh(a)
}

// withdraw takes an offer back from an agent, blamelessly.
func (d *Distributor) withdraw(o *offer) { d.endOffer(o, Withdrawn) }

func (d *Distributor) cancelNext(id AgentID) {
	if a := d.agents[id]; a != nil && a.next != nil {
		a.next = nil
		d.refresh(a)
		d.emit(NextStatusChanged{Agent: id})
	}
}

// stand changes the status now.
func (d *Distributor) stand(a *agent, to standing) {
	was := a.standing
	if to.status == was.status && to.reason == was.reason {
		return
	}
	a.standing, a.since = to, d.now
	d.emit(StatusChanged{Agent: a.id, Status: to.status, Reason: to.reason, Actor: to.actor})
	if to.status == was.status {
		return
	}
	if was.status == Available || to.status == Offline {
		d.recheckFor(a)
	}
	if to.status == Available {
		a.misses = 0
		d.idles(a)
	}
	switch {
	case was.status == Offline:
		a.signedSince = d.now
		a.graceEnd = d.now.add(ConnectionGrace) // counts only while the device is away
		d.countSignedIn(a, 1)
	case to.status == Offline:
		a.signed += d.now.since(a.signedSince)
		d.refresh(a) // out of the groups before anybody is released
		d.countSignedIn(a, -1)
	}
}

// recheckFor looks again, in the queues of a, for steps that nobody could meet.
func (d *Distributor) recheckFor(a *agent) {
	for _, s := range a.seats {
		if s.queue.demanding > 0 {
			s.queue.recheck = true
			d.touch(s.queue)
		}
	}
}

// countSignedIn counts a into or out of the queues it serves.
func (d *Distributor) countSignedIn(a *agent, by int) {
	for _, s := range a.seats {
		s.queue.signedIn += by
		s.group.signedIn += by
	}
	for _, s := range a.seats {
		if s.queue.signedIn == 0 {
			d.emptied(s.queue)
		}
	}
}
