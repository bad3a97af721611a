// SPDX-License-Identifier: Apache-2.0

package call

import (
	"cmp"
	"context"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// waited is how a stay in a queue ended: with an agent to talk to, or how else.
type waited struct {
	agent *ring // whose offer was taken; nil: none
	how   acd.Ending
}

// wait holds the caller's place in a queue: the wait flow plays, agents are
// rung, until one of them is to be bridged or the place is given up. Only the
// desk's word ends it (or the caller's hang-up), so that an exit key pressed
// when an agent has just accepted loses.
func (c *Call) wait(ctx context.Context, w ivr.Enqueue) waited {
	if !c.placed && !c.desk.mayQueue() {
		c.log.Warn("not queued, too much waits for the disk", "queue", w.Queue)
		return waited{how: acd.EndSystemError}
	}
	contact := acd.ContactID(c.id)
	if !c.placed {
		c.card.Queue, c.card.Entered = QueueID(w.Queue), c.desk.clock.Now()
		c.log.Info("queued", "queue", w.Queue)
		c.desk.cfg.Records.Keep(QueueEntered{Call: c.id, Contact: contact, Queue: c.card.Queue, At: c.card.Entered})
	}
	c.placed = false
	c.note(PlaceWaiting)
	c.show(acd.ContactArrived{Contact: contact, Queue: c.card.Queue, Priority: w.Priority, Credit: c.credit(), Require: c.wanted(ctx, w.Require), From: c.vouched()})
	defer c.stopRinging(CauseCallerGone)
	defer c.ear.stop()

	var rehearsed acd.Ending // how a story wants it to end; "": as it does
	c.rehearsal.note(func(t *Trail) { t.Waiting = true })
	defer c.rehearsal.note(func(t *Trail) { t.Waiting = false })
	flow := ivr.NewMachine(c.waitFlow(w.WaitFlow), c.language).For(c.contact())
	c.listen(ctx, flow, ivr.Started{})
	defer c.giveUp()
	var limit time.Time // of this wait; zero: none, or told already
	if w.Limit > 0 {
		limit = c.card.Entered.Add(w.Limit)
	}
	for {
		until := flow.Deadline()
		if !limit.IsZero() && (until.IsZero() || limit.Before(until)) {
			until = limit
		}
		switch m := c.next(ctx, until).(type) {
		case gone:
			flow.Apply(c.desk.clock.Now(), ivr.HungUp{})
			how := acd.EndAbandoned
			if byUs(c.whyGone(ctx, CauseAbandoned)) {
				how = acd.EndSystemError
			}
			c.desk.tell(acd.ContactLeft{Contact: contact, Ending: how})
			return waited{how: how}
		case Digit:
			c.listen(ctx, flow, ivr.Digit{Key: m.Key})
		case promptDone:
			c.listen(ctx, flow, ivr.PromptDone{})
		case timeUp:
			if !limit.IsZero() && !c.desk.clock.Now().Before(limit) {
				limit = time.Time{}
				c.desk.tell(acd.ContactLeft{Contact: contact, Ending: acd.EndTimedOut})
				continue
			}
			c.listen(ctx, flow, ivr.Tick{})
		case ivr.Event: // what the wait flow asked for
			c.listen(ctx, flow, m)
		case acd.Announce:
			c.listen(ctx, flow, ivr.Announced{Position: m.Position, Estimate: m.Estimate})
		case acd.Offer:
			c.ring(ctx, m)
		case acd.Withdraw:
			c.unring(m.ID, offerCause(m.How))
		case agentEvent:
			c.rangOut(m)
			if flow.Over() { // the exit key lost to an agent who is now lost too
				c.desk.tell(acd.ContactLeft{Contact: contact, Ending: acd.EndExitKey})
			}
		case acd.Bridge:
			if r := c.rung[m.ID]; r != nil {
				delete(c.rung, m.ID)
				return waited{agent: r}
			}
			c.desk.tell(acd.BridgeFailed{Contact: contact, Offer: m.ID})
		case acd.VisitEnded: // released, refused at the door, or our own ContactLeft
			if m.To != "" {
				c.moved(m)
				continue
			}
			if m.Ending != acd.EndAnswered {
				return waited{how: cmp.Or(rehearsed, m.Ending)}
			}
		case leaveRehearsed:
			rehearsed = m.how
			c.desk.tell(acd.ContactLeft{Contact: contact, Ending: m.how})
		case hangupWanted: // the agent refuses from the page
			c.refuse(m.agent)
		}
	}
}

// vouched is the caller's number where the network vouches for it, else "".
func (c *Call) vouched() string {
	if !c.trusted {
		return ""
	}
	return c.card.From.Number
}

// moved: the caller waits on in another queue, and hears no difference.
func (c *Call) moved(e acd.VisitEnded) {
	c.card.Queue, c.card.Entered = e.To, e.Ended
	c.log.Info("moved", "queue", e.To, "how", e.Ending)
	c.note(PlaceWaiting)
	c.show(nil)
}

// require is what a flow asks for in the words of routing.
func require(r *ivr.Require) *acd.Require {
	if r == nil {
		return nil
	}
	skills := func(from []ivr.Skill) (to []acd.Skill) {
		for _, s := range from {
			to = append(to, acd.Skill(s))
		}
		return to
	}
	out := &acd.Require{Always: skills(r.Always), SkipUnavailable: r.SkipUnavailable}
	for _, s := range r.Steps {
		step := acd.Step{For: s.For, Skills: skills(s.Skills)}
		for _, a := range s.Agents {
			step.Agents = append(step.Agents, AgentID(a))
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}

// listen runs the wait flow one event on.
func (c *Call) listen(ctx context.Context, flow *ivr.Machine, event ivr.Event) {
	for event != nil {
		event = c.step(ctx, flow, event)
	}
}

// step does what one event makes the wait flow want, and returns the answer to
// it if it is known at once.
func (c *Call) step(ctx context.Context, flow *ivr.Machine, event ivr.Event) (answer ivr.Event) {
	for _, effect := range flow.Apply(c.desk.clock.Now(), event) {
		switch e := effect.(type) {
		case ivr.Leave:
			c.desk.tell(acd.ContactLeft{Contact: acd.ContactID(c.id), Ending: acd.Ending(e.Ending)})
		case ivr.HoldOffers:
			c.holdOffers(e.On)
		default:
			c.sound(e)
			answer = c.answerTo(ctx, e, answer)
		}
	}
	return answer
}

// credit is the waiting a caller has behind: the time in the menu, or, for one
// who lost an agent, the wait before that talk (rule 3: talking earns none).
func (c *Call) credit() time.Duration {
	if !c.bridged.IsZero() {
		return c.bridged.Sub(c.answered)
	}
	return c.desk.clock.Now().Sub(c.answered)
}

// waitFlow finds the flow that plays while a contact waits.
func (c *Call) waitFlow(id ivr.FlowID) *ivr.Flow {
	if f := c.plan.Flows[id]; f != nil {
		return f
	}
	return c.plan.Flows[c.plan.WaitFlow]
}
