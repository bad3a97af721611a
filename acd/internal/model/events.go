// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"
	"time"

	"tandem/acd"
)

func (f *Floor) event(ev acd.Event) {
	switch ev := ev.(type) {
	case acd.Configured:
		f.configure(ev)
	case acd.ContactArrived:
		f.arrived(ev)
	case acd.ContactLeft:
		f.left(ev.Contact, ev.Ending)
	case acd.Bridged:
		if c := f.contact(ev.Contact); c != nil && (c.state == "accepted" || c.state == "dialling" && c.asks[0].asked) {
			c.lastOffer = c.asks[0].id
			if c.state == "dialling" {
				c.reached = true
				f.dialEnded(c, c.asks[0].agent, c.asks[0].id, acd.DialReached)
			}
			c.state, c.agent, c.asks = "talking", c.asks[0].agent, nil
			if s := c.agent.share(c.queue); s != nil {
				s.answers = append(s.answers, f.now)
			}
			f.visitEnded(c, acd.EndAnswered, c.agent.id, "")
			f.does(c.agent, acd.Talking, c, time.Time{})
		}
	case acd.BridgeFailed:
		c := f.contact(ev.Contact)
		if c != nil && c.state == "accepted" && c.asks[0].id == ev.Offer {
			f.failed(c, c.asks[0], acd.Unreachable)
		} else if c != nil && c.state == "dialling" && c.asks[0].id == ev.Offer && c.asks[0].asked {
			f.dialOver(c, c.asks[0], acd.DialCancelled, acd.Unreachable)
		}
	case acd.ContactCompleted:
		f.completed(ev.Contact)
	case acd.OfferTaken:
		if c, k := f.ringing(ev.Offer); c != nil {
			for _, loser := range slices.Clone(c.asks) {
				if loser != k {
					f.failed(c, loser, acd.Elsewhere)
				}
			}
			k.agent.misses = 0
			f.offerEnded(c, k, acd.Taken)
			if c.callback && !c.reached {
				f.dial(c, k)
				return
			}
			c.state, k.agent.jobFor(c).ends = "accepted", f.in(acd.BridgeLimit)
			f.emit(acd.Bridge{ID: k.id, Contact: c.id, Agent: k.agent.id})
		}
	case acd.OfferFailed:
		if c, k := f.ringing(ev.Offer); c != nil {
			how := ev.How
			if how != acd.Refused && how != acd.Busy && how != acd.Missed {
				how = acd.Unreachable
			}
			f.failed(c, k, how)
		}
	case acd.DayChanged:
		if q := f.queue(ev.Queue); q != nil {
			f.newDay(q)
		}
	case acd.QueueClosed:
		f.closed(ev)
	case acd.QueueOpened:
		if q := f.queue(ev.Queue); q != nil && !q.removed {
			q.reopen()
			f.doorMoved(q)
			f.did(acd.Intervened{Actor: ev.Actor, What: acd.DidOpen, Queue: q.ID})
		}
	case acd.ContactWithdrawn, acd.ContactMoved, acd.PrioritySet, acd.ContactAssigned:
		f.deed(ev)
	case acd.CallbackRequested, acd.CustomerReached, acd.DialFailed, acd.MachineReached, acd.DialWindow, acd.ContactPaused, acd.ContactResumed:
		f.callbackEvent(ev)
	default:
		f.agentEvent(ev)
	}
}

func (f *Floor) agentEvent(ev acd.Event) {
	switch ev := ev.(type) {
	case acd.StatusSet:
		f.statusSet(ev)
	case acd.NextStatusCancelled:
		if a := f.agent(ev.Agent); a != nil {
			f.unplan(a)
		}
	case acd.DeviceLost:
		if a := f.agent(ev.Agent); a != nil && !a.deviceAway {
			a.deviceAway, a.awayUntil = true, f.in(acd.ConnectionGrace)
			f.takeBack(a)
		}
	case acd.DeviceBack:
		if a := f.agent(ev.Agent); a != nil {
			a.deviceAway = false
		}
	case acd.HoldChanged:
		a := f.agent(ev.Agent)
		if a == nil {
			return
		}
		for _, j := range slices.Clone(a.jobs) {
			if j.contact.kind == acd.KindChat || j.contact.kind == acd.KindTask {
				continue
			}
			if ev.On && j.activity == acd.Talking {
				f.does(a, acd.OnHold, j.contact, time.Time{})
			} else if !ev.On && j.activity == acd.OnHold {
				f.does(a, acd.Talking, j.contact, time.Time{})
			}
		}
	case acd.WrapUpWanted:
		if a := f.agent(ev.Agent); a != nil {
			i := slices.IndexFunc(a.jobs, func(j *job) bool {
				return (j.activity == acd.Talking || j.activity == acd.OnHold) && (ev.Contact == "" || ev.Contact == j.contact.id)
			})
			if i >= 0 {
				a.jobs[i].wrapUp = ev.On
			}
		}
	case acd.WrapUpExtended:
		f.extended(ev)
	case acd.WrapUpFinished:
		if a := f.agent(ev.Agent); a != nil {
			if j := a.wrapUp(ev.Contact); j != nil {
				f.workDone(a, j.contact)
			}
		}
	}
}

func (f *Floor) extended(ev acd.WrapUpExtended) {
	a := f.agent(ev.Agent)
	if a == nil || ev.By <= 0 {
		return
	}
	j := a.wrapUp(ev.Contact)
	if j == nil || j.ends.IsZero() {
		return
	}
	ends := j.ends.Add(ev.By)
	if last := j.began.Add(acd.WrapUpLimit); ends.After(last) {
		ends = last
	}
	if ends.After(j.ends) {
		j.ends = ends
		f.show(a)
	}
}

// wrapUp is that of a contact, or the first.
func (a *agent) wrapUp(id acd.ContactID) *job {
	for _, j := range a.jobs {
		if j.activity == acd.WrapUp && (id == "" || j.contact.id == id) {
			return j
		}
	}
	return nil
}

func (f *Floor) arrived(ev acd.ContactArrived) {
	if f.contact(ev.Contact) != nil {
		return
	}
	kind := ev.Kind
	if kind == "" || kind == acd.KindCallback {
		kind = acd.KindCall
	}
	q := f.queue(ev.Queue)
	if why := f.refusal(q); why != "" {
		f.emit(acd.Release{Contact: ev.Contact, Queue: ev.Queue, Ending: why})
		f.emit(acd.VisitEnded{Contact: ev.Contact, Kind: kind, Queue: ev.Queue, Entered: f.now, Ended: f.now, Ending: why})
		return
	}
	priority := q.Priority
	if kind == acd.KindTask {
		priority -= 1000
	}
	if ev.Priority != nil {
		priority = *ev.Priority
	}
	c := contact{id: ev.Contact, kind: kind, from: ev.From, queue: q, priority: priority,
		effective: f.now.Add(-min(max(ev.Credit, 0), acd.MaxCredit)), require: ev.Require}
	f.redial(&c)
	f.meetCallback(&c)
	f.enter(c)
}

// enter begins a visit.
func (f *Floor) enter(c contact) *contact {
	c.state, c.entered, c.tellAt = "waiting", f.now, f.in(c.queue.AnnounceFirst)
	c.parked = c.callback && c.queue.shut
	c.wants(c.require)
	f.contacts = append(f.contacts, &c)
	return &c
}

func (f *Floor) refusal(q *queue) acd.Ending {
	switch {
	case q == nil:
		return acd.EndSystemError
	case q.shut || q.removed:
		return acd.RefusedClosed
	case f.there(q, q.JoinCounts) == 0 && !q.JoinEmpty:
		return acd.RefusedJoinEmpty
	case q.MaxLength > 0 && len(f.line(q)) >= q.MaxLength:
		return acd.RefusedFull
	}
	return ""
}

func (f *Floor) signedIn(q *queue) (n int) {
	for _, a := range f.agents {
		if a.in(q) != nil && a.status != acd.Offline {
			n++
		}
	}
	return n
}

func (f *Floor) left(id acd.ContactID, ending acd.Ending) {
	c := f.contact(id)
	if c == nil {
		return
	}
	if !slices.Contains([]acd.Ending{acd.EndAbandoned, acd.EndTimedOut, acd.EndWithdrawn, acd.EndExitKey,
		acd.EndClosed, acd.EndLeaveEmpty, acd.EndTransferred, acd.EndVoicemail}, ending) {
		ending = acd.EndSystemError
	}
	if c.state == "scheduled" {
		c = f.due(c)
	}
	switch c.state {
	case "talking":
		f.completed(id)
		return
	case "accepted", "dialling":
		if ending != acd.EndAbandoned && ending != acd.EndSystemError {
			return
		}
	}
	asks := slices.Clone(c.asks)
	for _, k := range asks {
		f.part(c, k, acd.CallerGone)
	}
	f.visitEnded(c, ending, "", "")
	for _, k := range asks {
		f.rests(k.agent, c, k.agent.status, k.agent.reason, "")
	}
}

func (f *Floor) completed(id acd.ContactID) {
	c := f.contact(id)
	if c == nil {
		return
	}
	if c.state != "talking" {
		f.left(id, acd.EndAbandoned)
		return
	}
	a := c.agent
	f.forget(c)
	if ends, ok := f.wrapUpAfter(c.queue, a.jobFor(c)); ok && !a.removed {
		f.does(a, acd.WrapUp, c, ends)
		return
	}
	f.workDone(a, c)
}

func (f *Floor) forget(c *contact) {
	f.contacts = slices.DeleteFunc(f.contacts, func(o *contact) bool { return o == c })
}

func (f *Floor) ringing(offer acd.OfferID) (*contact, *ask) {
	for _, c := range f.contacts {
		for _, k := range c.asks {
			if c.state == "ringing" && k.id == offer {
				return c, k
			}
		}
	}
	return nil, nil
}

func (f *Floor) offerEnded(c *contact, k *ask, how acd.OfferEnding) {
	f.emit(acd.OfferEnded{ID: k.id, Contact: c.id, Queue: c.queue.ID, Agent: k.agent.id, How: how, Began: k.began})
}

// part separates a contact from an agent who is asked to take it.
func (f *Floor) part(c *contact, k *ask, how acd.OfferEnding) {
	if how == acd.CallerGone || how == acd.Withdrawn || how == acd.Elsewhere {
		f.emit(acd.Withdraw{ID: k.id, Contact: c.id, Agent: k.agent.id, How: how})
	}
	if c.state == "ringing" {
		f.offerEnded(c, k, how)
	}
	c.asks = slices.DeleteFunc(c.asks, func(o *ask) bool { return o == k })
	if len(c.asks) == 0 {
		c.state = "waiting"
	}
}

// failed: an offer of c came to nothing, with its consequence.
func (f *Floor) failed(c *contact, k *ask, how acd.OfferEnding) {
	a, q := k.agent, c.queue
	f.part(c, k, how)
	status, reason, actor := a.status, a.reason, acd.Actor("")
	delay := map[acd.OfferEnding]time.Duration{acd.Refused: q.RefusedDelay, acd.Busy: q.BusyDelay,
		acd.Unreachable: q.UnreachableDelay, acd.Missed: q.MissedDelay}[how]
	if how == acd.Missed && k.shared {
		a.idleSince, a.notBefore = f.now, f.now
	} else if how != acd.Withdrawn && how != acd.Elsewhere {
		a.idleSince = f.now
		if how == acd.Missed {
			a.misses++
		}
		if how == acd.Missed && a.misses >= q.MissedLimit && a.status == acd.Available {
			status, reason, actor = acd.NotResponding, acd.ReasonMissed, acd.Server
		} else {
			a.notBefore = f.in(delay)
		}
	}
	f.rests(a, c, status, reason, actor)
	f.back(c)
}

// back: c is in line again after something came to nothing.
func (f *Floor) back(c *contact) {
	q := c.queue
	switch {
	case f.contact(c.id) != c || c.state != "waiting":
	case q.emergency && onTheLine(c):
		f.release(c, acd.EndClosed)
	case f.tooLong(c):
		f.release(c, acd.EndTimedOut)
	case f.expired(c):
		f.release(c, acd.EndCallbackExpired)
	case q.removed && c.callback && !c.reached:
		f.release(c, acd.EndWithdrawn)
	case f.deserts(c):
		f.release(c, acd.EndLeaveEmpty)
	default:
		if c.callback && !c.reached {
			c.parked = q.shut
		}
		f.overflow(c)
	}
}

// deserts says whether nobody will come for c.
func (f *Floor) deserts(c *contact) bool {
	return c.queue.LeaveEmpty && onTheLine(c) && f.there(c.queue, c.queue.LeaveCounts) == 0 || c.queue.removed && f.signedIn(c.queue) == 0
}

func (f *Floor) workDone(a *agent, c *contact) {
	a.idleSince = f.now
	f.rests(a, c, a.status, a.reason, "")
}

// rests: a's work for c is over; if that was all, what was put off takes effect.
func (f *Floor) rests(a *agent, c *contact, status acd.Status, reason string, actor acd.Actor) {
	had := a.jobFor(c)
	if len(a.jobs) > 1 || len(a.jobs) == 1 && had == nil {
		f.become(a, status, reason, actor)
		if had != nil {
			f.does(a, acd.Idle, c, time.Time{})
		}
		return
	}
	planned := a.next
	if planned != nil {
		status, reason, actor = planned.Status, planned.Reason, planned.Actor
		a.next = nil
	}
	if a.deviceAway && f.reached(a.awayUntil) && status != acd.Offline && a.status != acd.Offline {
		status, reason, actor = acd.Offline, acd.ReasonConnection, acd.Server
	}
	if a.removed {
		status, reason, actor = acd.Offline, acd.ReasonRemoved, acd.Server
	}
	f.become(a, status, reason, actor)
	if planned != nil {
		f.emit(acd.NextStatusChanged{Agent: a.id})
	}
	if had != nil {
		f.does(a, acd.Idle, c, time.Time{})
	}
	if a.removed {
		f.agents = slices.DeleteFunc(f.agents, func(o *agent) bool { return o == a })
	}
}

// become changes the status now.
func (f *Floor) become(a *agent, status acd.Status, reason string, actor acd.Actor) {
	was := a.status
	if status == was && reason == a.reason {
		return
	}
	a.status, a.reason = status, reason
	a.note(&a.signedIn, f.now, status != acd.Offline)
	f.emit(acd.StatusChanged{Agent: a.id, Status: status, Reason: reason, Actor: actor})
	if status == was {
		return
	}
	if status == acd.Available {
		a.idleSince, a.misses = f.now, 0
	}
	if was == acd.Offline {
		a.awayUntil = f.in(acd.ConnectionGrace)
	}
	if status == acd.Offline {
		for _, m := range slices.Clone(a.memberships) {
			if q := f.queue(m.Queue); q != nil {
				f.sendAway(q)
			}
		}
	}
}

// sendAway releases those in line if nobody will come for them.
func (f *Floor) sendAway(q *queue) {
	if f.signedIn(q) > 0 || q.emergency && !q.removed {
		return
	}
	for _, c := range f.line(q) {
		if c.state == "waiting" && f.deserts(c) {
			f.release(c, acd.EndLeaveEmpty)
		}
	}
}

func (f *Floor) release(c *contact, ending acd.Ending) {
	f.emit(acd.Release{Contact: c.id, Queue: c.queue.ID, Ending: ending})
	f.visitEnded(c, ending, "", "")
}

func (f *Floor) visitEnded(c *contact, ending acd.Ending, by acd.AgentID, to acd.QueueID) {
	f.emit(acd.VisitEnded{Contact: c.id, Kind: c.kind, Queue: c.queue.ID, Entered: c.entered, Ended: f.now,
		Ending: ending, Agent: by, Offers: c.offers, To: to})
	f.lapsed(c, ending)
	if ending != acd.EndAnswered {
		f.forget(c)
	}
}

func (f *Floor) statusSet(ev acd.StatusSet) {
	a := f.agent(ev.Agent)
	if a == nil || a.removed || ev.Status == "" || ev.Status == acd.NotResponding && ev.Actor != acd.Server {
		return
	}
	switch {
	case ev.Force:
		f.unplan(a)
		if a.doing(acd.WrapUp) {
			a.idleSince = f.now
			for j := a.wrapUp(""); j != nil; j = a.wrapUp("") {
				f.rests(a, j.contact, ev.Status, ev.Reason, ev.Actor)
			}
			if len(a.jobs) == 0 {
				return
			}
		}
		if ev.Status != acd.Available {
			f.takeBack(a)
		}
		f.become(a, ev.Status, ev.Reason, ev.Actor)
	case len(a.jobs) == 0:
		f.become(a, ev.Status, ev.Reason, ev.Actor)
	case ev.Status == a.status:
		f.unplan(a)
	case a.next == nil || a.next.Status != ev.Status || a.next.Reason != ev.Reason || a.next.Actor != ev.Actor:
		a.next = &ev
		f.emit(acd.NextStatusChanged{Agent: a.id, Status: ev.Status})
	}
}

func (f *Floor) unplan(a *agent) {
	if a.next != nil {
		a.next = nil
		f.emit(acd.NextStatusChanged{Agent: a.id})
	}
}

// takeBack withdraws what rings at a, blamelessly.
func (f *Floor) takeBack(a *agent) {
	if c := f.askedOf(a); c != nil && c.state == "ringing" {
		f.failed(c, c.asking(a), acd.Withdrawn)
	}
}

func (f *Floor) closed(ev acd.QueueClosed) {
	q := f.queue(ev.Queue)
	if q == nil {
		return
	}
	q.shut = true
	what := acd.DidClose
	if ev.Release {
		what = acd.DidEmergencyClose
	}
	f.did(acd.Intervened{Actor: ev.Actor, What: what, Queue: q.ID})
	f.doorMoved(q)
	if !ev.Release {
		f.atClose(q)
		return
	}
	q.emergency, q.wasShut, q.serveUntil = true, true, time.Time{}
	for _, c := range f.line(q) {
		switch {
		case !onTheLine(c):
		case c.state == "ringing":
			for _, k := range slices.Clone(c.asks) {
				f.failed(c, k, acd.Withdrawn)
			}
		case c.state == "waiting":
			f.release(c, acd.EndClosed)
		}
	}
}
