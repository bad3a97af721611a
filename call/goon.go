// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// backWithin is how long a far end may take after a restart to say that it is
// still there; whoever makes the leg has a shorter limit.
const backWithin = 5 * time.Second

// GoOn goes on with the calls that were alive when the last process ended:
// every leg's RTP port is bound when it returns, before new calls can take it.
// No leg asks its far end anything before. Whose far end does not answer is closed with CauseServerRestart. Called once,
// while Run runs; ctx bounds the calls as that of Take does.
func (d *Desk) GoOn(ctx context.Context) {
	for _, k := range d.cfg.Recovered.Calls {
		if k.Place == PlaceWrapUp {
			continue
		}
		r := &revival{kept: k}
		callCtx, cancel := context.WithCancelCause(ctx)
		r.caller = d.revive(callCtx, k, k.Caller)
		if len(k.Other) > 0 || k.Place == PlaceTalking {
			r.other = d.revive(callCtx, k, k.Other)
		}
		d.calls.Add(1)
		d.alive.Add(1)
		c := d.newRevived(r, cancel)
		if k.Place != PlaceMenu {
			c.show(nil)
		}
		c.note(k.Place)
		go func() {
			defer d.calls.Done()
			defer d.alive.Add(-1)
			defer cancel(nil)
			d.relive(callCtx, c, r)
		}()
	}
	// What the legs will say next is on disk before they can say it: a second
	// crash goes on from there.
	if err := d.ask(ctx, func() ([]acd.Event, error) { return []acd.Event{acd.Tick{}}, nil }); err != nil {
		d.log.Warn("calls not kept anew", "err", err)
	}
}

// revival is a call that is to go on.
type revival struct {
	kept          Kept
	caller, other Leg // absent if they cannot be revived
}

// revive makes a leg again, or an absent one.
func (d *Desk) revive(ctx context.Context, k Kept, kept json.RawMessage) Leg {
	if len(kept) == 0 || d.cfg.Reviver == nil {
		return absent{k.Card.From}
	}
	leg, err := d.cfg.Reviver.Revive(ctx, kept)
	if err != nil {
		d.log.Warn("leg not revived", "call", k.Call, "err", err)
		return absent{k.Card.From}
	}
	return leg
}

func (d *Desk) newRevived(r *revival, cancel context.CancelCauseFunc) *Call {
	k := r.kept
	number, _ := d.Route(k.Card.Dialled, k.Trunk)
	c := &Call{
		id: k.Call, desk: d, plan: d.plan(), number: number, trunk: k.Trunk, language: k.Language, caller: r.caller, cancel: cancel,
		mail:   make(chan any, callMailbox),
		agents: make(chan agentEvent, callMailbox),
		over:   make(chan struct{}),
		rung:   map[OfferID]*ring{},
		card:   k.Card, answered: k.Answered, bridged: k.Bridged, agent: k.Agent,
		other: r.other, took: k.Offer, at: k.Node, known: k.Vars, place: k.Place, opened: true,
	}
	c.log = d.log.With("call", c.id)
	c.ear = newEar(c.plan.Sounds, c.caller.Port(), k.Language)
	if traced, ok := r.caller.(Traced); ok {
		traced.Belongs(c.id)
	}
	return c
}

// relive runs the rest of a call, as Take runs the whole.
func (d *Desk) relive(ctx context.Context, c *Call, r *revival) {
	defer c.legs.Wait()
	defer close(c.over)
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic in call", "err", p, "stack", string(debug.Stack()))
			d.cfg.Metrics.panicked()
			c.finish(CauseInternal)
		}
	}()
	c.finish(c.goOn(ctx, r))
}

// goOn is the story of a call after a restart: when the caller is still there,
// the talk goes on, or the node is entered anew where the caller was; to the
// queue's node the caller's place is still known.
func (c *Call) goOn(ctx context.Context, r *revival) Cause {
	defer c.ear.stop()
	defer c.giveUp()
	other := &ring{leg: r.other, offer: acd.Offer{ID: r.kept.Offer, Contact: acd.ContactID(c.id), Agent: r.kept.Agent, Queue: c.card.Queue}}
	if _, gone := r.other.(absent); r.other != nil && !gone {
		c.follow(other)
	}
	there := c.stillThere(ctx)
	if r.other != nil && (!there || r.kept.Place != PlaceTalking) {
		r.other.Hangup(CauseServerRestart)
	}
	if !there {
		return CauseServerRestart
	}
	c.log.Info("goes on after a restart", "node", c.at)
	if r.kept.Place == PlaceTalking { // also one that no number leads to: a callback
		cause, back := c.talkOn(ctx, other)
		if !back {
			if cause == causeMachine {
				return CauseCompleted
			}
			return cause
		}
	}
	if c.number.Flow == "" {
		return CauseServerRestart // nothing answers this number any more
	}
	flow := ivr.NewMachine(c.plan.Flows[c.number.Flow], c.language).For(c.contact())
	c.placed = r.kept.Place == PlaceWaiting
	return c.through(ctx, flow, c.hear(ctx, flow, ivr.Resumed{Node: ivr.NodeID(c.at), Variables: c.known}))
}

// stillThere waits until the caller's leg says whether it is.
func (c *Call) stillThere(ctx context.Context) bool {
	if _, gone := c.caller.(absent); gone {
		return false
	}
	limit := time.NewTimer(backWithin)
	defer limit.Stop()
	for {
		select {
		case event, open := <-c.caller.Events():
			switch event.(type) {
			case Answered:
				return true
			case Ended:
				return false
			}
			if !open {
				return false
			}
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// talkOn goes on with a talk; an agent whose leg did not survive is called back
// as after any lost device.
func (c *Call) talkOn(ctx context.Context, other *ring) (cause Cause, back bool) {
	t := &talk{Call: c, agent: other.offer.Agent, other: other}
	if t.agent != "" {
		defer func() { t.ended(back) }()
	}
	if !c.otherThere(ctx, other) {
		if t.agent == "" {
			return CauseServerRestart, false
		}
		over, cause, back := t.resume(ctx, CauseServerRestart)
		if over {
			return cause, back
		}
		return t.run(ctx)
	}
	if c.card.HeldSince.IsZero() {
		t.join()
	} else {
		t.held = true
		c.ear.music()
		c.caller.Hold(true)
		other.leg.Hold(true)
	}
	t.note(PlaceTalking)
	return t.run(ctx)
}

// otherThere waits until the other leg says whether it is.
func (c *Call) otherThere(ctx context.Context, other *ring) bool {
	if _, gone := other.leg.(absent); gone || other.leg == nil {
		other.leg = absent{}
		return false
	}
	until := c.desk.clock.Now().Add(backWithin)
	for {
		switch m := c.next(ctx, until).(type) {
		case gone, timeUp:
			return false
		case agentEvent:
			switch m.event.(type) {
			case Answered:
				return true
			case Ended:
				return false
			}
		}
	}
}

// keepable is what the journal keeps of a leg; nil if it is nothing.
func keepable(leg Leg) json.RawMessage {
	if k, ok := leg.(Keeper); ok {
		return k.Keep()
	}
	return nil
}
