// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// ring is one agent being asked to take the call, then the one who took it.
type ring struct {
	offer acd.Offer // zero for a dialled target
	leg   Leg
	ear   *ear // of a phone that was picked up, until the accept key is pressed
}

// agentEvent is what the leg of an agent (or a dialled target) did.
type agentEvent struct {
	ring  *ring
	event LegEvent
}

// ring starts ringing an agent. Whatever comes of it arrives as agentEvent.
func (c *Call) ring(ctx context.Context, offer acd.Offer) {
	leg, err := c.desk.cfg.Dialer.Dial(ctx, Target{
		Agent: offer.Agent, Call: c.id, From: c.card.From, Codec: c.caller.Port().Codec(),
		Offer: offer.ID, Queue: offer.Queue, Waited: c.waitedFor(),
	})
	if err != nil {
		c.log.Debug("agent unreachable", "agent", offer.Agent, "err", err)
		c.desk.tell(acd.OfferFailed{Offer: offer.ID, How: acd.Unreachable})
		return
	}
	r := &ring{offer: offer, leg: leg}
	c.rung[offer.ID] = r
	c.log.Info("offered", "agent", offer.Agent, "queue", offer.Queue, "leg", leg.ID())
	c.follow(r)
}

// waitedFor is how long the caller has waited, that an agent is told.
func (c *Call) waitedFor() time.Duration {
	if c.answered.IsZero() { // to be called back
		return c.desk.clock.Now().Sub(c.card.Entered)
	}
	return c.desk.clock.Now().Sub(c.answered)
}

// follow brings a leg's events to the call's goroutine. It ends with the leg,
// which may outlive the call: a phone can press keys until its BYE is answered.
func (c *Call) follow(r *ring) {
	c.legs.Go(func() {
		for event := range r.leg.Events() {
			select {
			case c.agents <- agentEvent{r, event}:
			case <-c.over:
			case <-c.desk.done:
				return
			}
		}
	})
}

// rangOut tells the desk what an agent's leg did while it was rung.
func (c *Call) rangOut(e agentEvent) {
	id := e.ring.offer.ID
	if c.rung[id] != e.ring {
		return // withdrawn; its end is of no more interest
	}
	switch event := e.event.(type) {
	case Answered:
		if c.desk.plan().AcceptKeys[e.ring.offer.Agent] != 0 && e.ring.ear == nil {
			e.ring.ear = newEar(c.plan.Sounds, e.ring.leg.Port(), c.language)
			e.ring.ear.asking()
			return
		}
		c.taken(e.ring)
	case Digit:
		if e.ring.ear != nil && event.Key == c.desk.plan().AcceptKeys[e.ring.offer.Agent] {
			c.taken(e.ring)
		}
	case Ended:
		delete(c.rung, id)
		c.log.Debug("agent did not take it", "agent", e.ring.offer.Agent, "cause", event.Cause)
		// After OfferTaken the distributor waits for a bridge, before it for the
		// offer's end: it disregards what does not fit.
		c.desk.tell(acd.OfferFailed{Offer: id, How: offerFailure(event.Cause)})
		c.desk.tell(acd.BridgeFailed{Contact: acd.ContactID(c.id), Offer: id})
	}
}

// taken: the agent accepts. Where a key is wanted for that, the answer alone does
// not: a voicemail presses none.
func (c *Call) taken(r *ring) {
	if r.ear != nil {
		r.ear.stop()
		r.ear = nil
	}
	c.log.Info("offer taken", "agent", r.offer.Agent)
	c.desk.tell(acd.OfferTaken{Offer: r.offer.ID})
}

// refuse ends the offer to an agent who refuses from the page.
func (c *Call) refuse(agent AgentID) {
	for id, r := range c.rung {
		if r.offer.Agent == agent {
			c.unring(id, CauseRefused)
			c.desk.tell(acd.OfferFailed{Offer: id, How: acd.Refused})
			return
		}
	}
}

// unring stops ringing for one offer.
func (c *Call) unring(id OfferID, cause Cause) {
	if r := c.rung[id]; r != nil {
		delete(c.rung, id)
		if r.ear != nil {
			r.ear.stop()
		}
		r.leg.Hangup(cause)
	}
}

// stopRinging ends every leg still rung.
func (c *Call) stopRinging(cause Cause) {
	for id := range c.rung {
		c.unring(id, cause)
	}
}

// offerFailure is the ACD's word for how an agent's leg ended unanswered.
func offerFailure(cause Cause) acd.OfferEnding {
	switch cause {
	case CauseBusy:
		return acd.Busy
	case CauseRefused:
		return acd.Refused
	case CauseNoAnswer: // the device gave up before the ring time was over
		return acd.Missed
	default:
		return acd.Unreachable
	}
}

// offerCause is the leg's word for why an offer was withdrawn.
func offerCause(how acd.OfferEnding) Cause {
	switch how {
	case acd.Missed:
		return CauseNoAnswer
	case acd.Elsewhere:
		return CauseElsewhere
	default:
		return CauseCallerGone
	}
}

// dial calls a target that a flow names. A nil leg comes with how it failed.
func (c *Call) dial(ctx context.Context, d ivr.Dial) (Leg, string) {
	if !c.desk.MayDial(d.Target) {
		c.log.Warn("dial refused", "err", ErrNotAllowed)
		return nil, "notAllowed"
	}
	leg, err := c.desk.cfg.Dialer.Dial(ctx, Target{URI: d.Target, Call: c.id, From: c.card.From, Codec: c.caller.Port().Codec()})
	if err != nil {
		c.log.Info("dial failed", "err", err)
		if errors.Is(err, ErrNotAllowed) {
			return nil, "notAllowed"
		}
		return nil, "unreachable"
	}
	c.log.Info("dialled", "leg", leg.ID())
	r := &ring{leg: leg}
	c.follow(r)
	c.ear.ringing()
	defer c.ear.stop()
	until := time.Time{}
	if d.RingTime > 0 {
		until = c.desk.clock.Now().Add(d.RingTime)
	}
	for {
		switch m := c.next(ctx, until).(type) {
		case gone:
			leg.Hangup(CauseCallerGone)
			return nil, "callerGone"
		case timeUp:
			leg.Hangup(CauseNoAnswer)
			return nil, "noAnswer"
		case agentEvent:
			if m.ring != r {
				continue // an agent's, rung before this
			}
			switch event := m.event.(type) {
			case Answered:
				return leg, ""
			case Ended:
				return nil, string(event.Cause)
			}
		}
	}
}

// MayDial holds a target against the allow list (path.Match patterns).
func (d *Desk) MayDial(target string) bool {
	for _, pattern := range d.plan().DialAllowed {
		if ok, err := path.Match(pattern, target); err == nil && ok {
			return true
		}
	}
	return false
}

// CheckDialPattern tells whether a pattern of the allow list can be used.
func CheckDialPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("read pattern %q: %w", pattern, err)
	}
	return nil
}
