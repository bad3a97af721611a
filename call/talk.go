// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"time"

	"tandem/acd"
	"tandem/media"
)

// How an agent's device is called back.
const (
	resumeTry   = 10 * time.Second // what a page that came back may take to answer by itself
	resumePause = 2 * time.Second  // before the next try after a refusal
)

// talk is two people in conversation: the caller, and one who was rung.
type talk struct {
	*Call
	agent       AgentID // "" for a dialled target
	other       *ring
	part        func() // ends the bridge; nil while there is none
	late        bool   // the desk gave the bridge up: the caller is in line again
	machine     bool   // the agent says that a machine has answered
	held        bool   // by the agent
	heldByPhone bool
}

// serve bridges the agent who took the offer, and returns why the talk ended.
// Back says that the caller shall wait again: the agent was lost for good, or has
// transferred the caller.
func (c *Call) serve(ctx context.Context, w waited) (cause Cause, back bool) {
	t := &talk{Call: c, agent: w.agent.offer.Agent, other: w.agent}
	defer func() { t.ended(back) }()
	now := c.desk.clock.Now()
	c.agent = t.agent
	if c.bridged.IsZero() {
		c.bridged = now
	}
	c.card.Bridged = now
	c.log.Info("bridged", "agent", t.agent, "queue", w.agent.offer.Queue, "waited", now.Sub(c.card.Entered).Round(time.Second))
	t.join()
	c.show(acd.Bridged{Contact: acd.ContactID(c.id)})
	return t.run(ctx)
}

// ended tells the desk that the talk is over, or back in the line.
func (t *talk) ended(back bool) {
	t.card.Ended = t.desk.clock.Now()
	if back {
		t.card.Ended, t.card.EndedBy = time.Time{}, ""
	}
	t.card.Bridged = t.bridged
	switch {
	case t.late:
	case t.machine:
		t.show(acd.MachineReached{Contact: acd.ContactID(t.id)})
	default:
		t.show(acd.ContactCompleted{Contact: acd.ContactID(t.id)})
	}
}

// talkOutside bridges a dialled target.
func (c *Call) talkOutside(ctx context.Context, leg Leg) Cause {
	t := &talk{Call: c, other: &ring{leg: leg}}
	c.bridged = c.desk.clock.Now()
	c.log.Info("bridged", "leg", leg.ID())
	t.join()
	cause, _ := t.run(ctx)
	return cause
}

// run lasts as long as the talk.
func (t *talk) run(ctx context.Context) (cause Cause, back bool) {
	defer t.stop()
	for {
		switch m := t.next(ctx, time.Time{}).(type) {
		case gone:
			return t.left(ctx), false
		case agentEvent:
			if m.ring.leg == t.other.leg {
				if over, cause, back := t.agentDid(ctx, m.event); over {
					return cause, back
				}
			}
		case AudioOneWay:
			t.warnOneWay("caller", m)
		case holdWanted:
			t.hold(m.on)
		case hangupWanted:
			if m.agent != t.agent {
				continue // one who was rung refuses too late
			}
			t.card.EndedBy = "agent"
			t.other.leg.Hangup(CauseCompleted)
			return CauseCompleted, false
		case passWanted:
			if m.agent == t.agent {
				t.passOn(m)
				return CauseCompleted, true
			}
		case machineWanted:
			if t.card.Kind == acd.KindCallback {
				t.machine = true
				t.card.EndedBy = "agent"
				t.other.leg.Hangup(CauseCompleted)
				return causeMachine, false
			}
		case acd.Withdraw: // the desk was told of the bridge too late, and has the caller in line again
			if m.ID == t.other.offer.ID {
				t.late = true
				return CauseInternal, true
			}
		}
	}
}

// agentDid handles what the agent's leg did; over says that the talk is.
func (t *talk) agentDid(ctx context.Context, event LegEvent) (over bool, cause Cause, back bool) {
	switch e := event.(type) {
	case Held:
		t.heldByPhone = true
		t.hold(true)
	case Resumed:
		if t.heldByPhone {
			t.heldByPhone = false
			t.hold(false)
		}
	case AudioOneWay:
		t.warnOneWay("agent", e)
	case Referred:
		if t.referred(e) {
			return true, CauseCompleted, true
		}
	case Ended:
		if t.agent == "" || (e.Cause != CauseReplaced && e.Cause != CauseMediaLost) {
			t.card.EndedBy = "agent"
			return true, CauseCompleted, false
		}
		return t.resume(ctx, e.Cause)
	}
	return false, "", false
}

// resume keeps the caller (with music) while the agent's page comes back, and
// rings it anew: the one way back for a browser. Who was on hold stays on hold.
func (t *talk) resume(ctx context.Context, why Cause) (over bool, cause Cause, back bool) {
	t.stopBridge()
	t.other.leg.Hangup(CauseCompleted)
	t.log.Warn("agent's device lost, caller hears music", "agent", t.agent, "cause", why)
	t.card.Resuming = true
	t.show(nil)
	t.ear.music()
	until := t.desk.clock.Now().Add(t.desk.plan().ResumeGrace)
	for t.desk.clock.Now().Before(until) {
		switch t.callBack(ctx, until).(type) {
		case gone:
			return true, t.left(ctx), false
		case hangupWanted:
			t.card.EndedBy = "agent"
			return true, CauseCompleted, false
		case Answered:
			t.takeBack()
			return false, "", false
		}
	}
	t.log.Warn("agent did not come back, caller waits again", "agent", t.agent)
	t.card.Resuming, t.card.HeldSince = false, time.Time{}
	t.caller.Hold(false)
	return true, CauseMediaLost, true
}

// takeBack goes on where the talk was when the agent's device was lost.
func (t *talk) takeBack() {
	t.log.Info("agent is back", "agent", t.agent)
	t.card.Resuming = false
	switch {
	case t.heldByPhone: // the device that held is gone, and answered anew
		t.heldByPhone = false
		t.hold(false)
	case t.held:
		t.other.leg.Hold(true)
	default:
		t.ear.stop()
		t.join()
	}
	t.show(nil)
}

// callBack dials the agent's newest device with a resume token and waits for
// it to answer by itself. It returns Answered, gone or hangupWanted, or nil
// when it is time for another try.
func (t *talk) callBack(ctx context.Context, until time.Time) any {
	leg, err := t.desk.cfg.Dialer.Dial(ctx, Target{
		Agent: t.agent, Call: t.id, From: t.card.From, Codec: t.caller.Port().Codec(), Offer: t.other.offer.ID,
		Queue: t.card.Queue, Waited: t.bridged.Sub(t.answered), Resume: string(t.id),
	})
	if err != nil {
		return t.pause(ctx, until) // until the device is back
	}
	r := &ring{offer: t.other.offer, leg: leg}
	t.follow(r)
	try := earlier(until, t.desk.clock.Now().Add(resumeTry))
	again := false
	for {
		switch m := t.next(ctx, try).(type) {
		case gone:
			leg.Hangup(CauseCallerGone)
			return m
		case hangupWanted:
			leg.Hangup(CauseCompleted)
			return m
		case timeUp:
			leg.Hangup(CauseNoAnswer)
			return nil
		case deviceIsBack: // perhaps not the one that is being dialled
			again = true
		case agentEvent:
			if m.ring != r {
				continue
			}
			switch m.event.(type) {
			case Answered:
				t.other = r
				return m.event
			case Ended:
				if again {
					return nil
				}
				return t.pause(ctx, earlier(until, t.desk.clock.Now().Add(resumePause)))
			}
		}
	}
}

// pause waits for the agent's device, or until a time.
func (t *talk) pause(ctx context.Context, until time.Time) any {
	for {
		switch m := t.next(ctx, until).(type) {
		case gone, hangupWanted:
			return m
		case timeUp, deviceIsBack:
			return nil
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// left says why the talk ended when it was not the agent who ended it.
func (t *talk) left(ctx context.Context) Cause {
	cause := t.whyGone(ctx, CauseCompleted)
	t.card.EndedBy = "caller"
	if byUs(cause) {
		t.card.EndedBy = "server"
	}
	return cause
}

// hold puts the caller on hold with music, or takes the caller back.
func (t *talk) hold(on bool) {
	if on == t.held {
		return
	}
	t.held = on
	now := t.desk.clock.Now()
	if on {
		t.stopBridge()
		t.card.HeldSince = now
		t.ear.music()
	} else {
		t.ear.stop()
		t.card.HeldBefore += now.Sub(t.card.HeldSince)
		t.card.HeldSince = time.Time{}
		t.join()
	}
	t.caller.Hold(on)
	t.other.leg.Hold(on)
	t.log.Info("hold", "agent", t.agent, "on", on)
	t.note(PlaceTalking)
	if t.agent != "" {
		t.show(acd.HoldChanged{Agent: t.agent, On: on})
	}
}

// join bridges both sides and asks both to say if audio flows one way only.
func (t *talk) join() {
	t.held = false
	t.part = media.Join(t.caller.Port(), t.other.leg.Port())
	t.Call.other, t.took = t.other.leg, t.other.offer.ID
	t.note(PlaceTalking)
	t.caller.Watch()
	t.other.leg.Watch()
}

func (t *talk) stopBridge() {
	if t.part != nil {
		t.part()
		t.part = nil
	}
}

// stop ends the bridge, the music and, if it is still there, the agent's leg.
func (t *talk) stop() {
	t.stopBridge()
	t.ear.stop()
	t.other.leg.Hangup(CauseCompleted)
}

// warnOneWay logs what an operator should look at next.
func (t *talk) warnOneWay(who string, e AudioOneWay) {
	t.desk.cfg.Metrics.oneWay(who)
	t.log.Warn("audio one way", "who", who, "working", e.Working,
		"next", "check publicAddress and the firewall for the RTP ports towards "+who)
}
