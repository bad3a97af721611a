// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"tandem/acd"
	"tandem/ivr"
	"tandem/media"
)

// CallbackWish is a callback that somebody wants.
type CallbackWish struct {
	Number   string // to dial, as a trunk takes it
	Name     string
	Queue    QueueID
	Priority *int          // nil: the queue's
	Credit   time.Duration // of a wait that is over
	At       time.Time     // not before it; zero: as soon as it is its turn
	By       acd.Actor     // a supervisor; "": the customer
	Attempts int           // made already, by an earlier process
	// In is the contact in whose place it stands, if that is in line.
	In acd.ContactID
	// Call is the customer's call that it was asked in, "" if none.
	Call ID
}

// askForCallback carries out the wish of a flow; the answer is known at once, but
// for a caller whom an agent has just accepted.
func (c *Call) askForCallback(ctx context.Context, e ivr.RequestCallback, before ivr.Event) ivr.Event {
	w := CallbackWish{
		Number: e.Number, Queue: QueueID(e.Queue), Priority: e.Priority, Credit: c.credit(), At: e.At,
		In: acd.ContactID(c.id), Call: c.id,
	}
	if w.Queue == "" {
		w.Queue = c.card.Queue
	}
	if e.Number == c.card.From.Number {
		w.Name = c.card.From.Name
	}
	if w.At.IsZero() && e.After > 0 {
		w.At = c.desk.clock.Now().Add(e.After)
	}
	how, err := c.desk.RequestCallback(ctx, w)
	if err != nil {
		c.log.Info("callback not asked for", "err", err)
		return before
	}
	return ivr.CallbackKept{How: string(how)}
}

// holdOffers keeps the place and lets no agent be rung, while a number is entered.
func (c *Call) holdOffers(on bool) {
	if on {
		c.desk.tell(acd.ContactPaused{Contact: acd.ContactID(c.id)})
		return
	}
	c.desk.tell(acd.ContactResumed{Contact: acd.ContactID(c.id)})
}

// The answers to a wish beside those of acd.Kept.
const keptNotAllowed acd.Kept = "notAllowed" // the number may not be dialled

// RequestCallback keeps a callback. It says how (acd.Kept, or "notAllowed"), or
// ErrWrongState where an agent has just accepted the contact.
func (d *Desk) RequestCallback(ctx context.Context, w CallbackWish) (how acd.Kept, err error) {
	if !d.MayDial(w.Number) {
		return keptNotAllowed, nil
	}
	err = d.ask(ctx, func() ([]acd.Event, error) {
		if !d.hasQueue(w.Queue) {
			return nil, ErrUnknownQueue
		}
		how = d.keepCallback(acd.ContactID(newID(d.clock.Now())), w)
		if how == "" {
			return nil, ErrWrongState
		}
		return nil, nil
	})
	return how, err
}

// keepCallback runs on the desk's goroutine.
func (d *Desk) keepCallback(id acd.ContactID, w CallbackWish) (how acd.Kept) {
	d.wishes[id] = w
	defer delete(d.wishes, id)
	for _, effect := range d.apply(acd.CallbackRequested{
		Contact: w.In, Callback: id, Queue: w.Queue, From: w.Number, Priority: w.Priority, Credit: w.Credit, At: w.At, Attempts: w.Attempts,
	}) {
		if kept, is := effect.(acd.CallbackKept); is {
			how = kept.How
		}
	}
	return how
}

// callbackKept keeps the record of a request and, if it has a place, begins its
// story.
func (d *Desk) callbackKept(now time.Time, e acd.CallbackKept) {
	d.cfg.Metrics.callbackKept(e)
	d.log.Info("callback asked for", "call", e.Callback, "queue", e.Queue, "how", e.How)
	if e.How != acd.KeptRequested {
		return
	}
	w := d.wishes[e.Callback]
	d.cfg.Records.Keep(CallbackAsked{Callback: e.Callback, Call: w.Call, At: now, Queue: e.Queue, Number: w.Number, Name: w.Name, Due: w.At, By: w.By})
	d.beginCallback(now, e)
}

// beginCallback begins the story of a callback that has its place.
func (d *Desk) beginCallback(now time.Time, e acd.CallbackKept) {
	w := d.wishes[e.Callback]
	c := &Call{
		id: ID(e.Callback), desk: d, plan: d.plan(), caller: absent{Party{Number: w.Number, Name: w.Name}}, language: defaultLanguage,
		mail:   make(chan any, callMailbox),
		agents: make(chan agentEvent, callMailbox),
		over:   make(chan struct{}),
		rung:   map[OfferID]*ring{},
	}
	c.log = d.log.With("call", c.id)
	c.ear = newEar(c.plan.Sounds, c.caller.Port(), c.language)
	c.card = Card{Call: c.id, Kind: acd.KindCallback, From: c.caller.Remote(), Arrived: now, Queue: e.Queue, Entered: now}
	if l := d.lines[e.Contact]; l != nil && e.Contact != "" {
		c.card.MenuPath, c.card.Arrived, c.language = l.card.MenuPath, l.card.Arrived, l.language
	}
	d.lines[e.Callback] = &line{call: c, card: c.card, language: c.language}
	d.launch(c)
}

// defaultLanguage is heard by customers who chose none.
const defaultLanguage = "en"

// liveBack runs a callback from its request to its end, in its own goroutine.
func (c *Call) liveBack(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.cancel = cancel
	defer c.legs.Wait()
	defer close(c.over)
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic in callback", "err", p, "stack", string(debug.Stack()))
			c.desk.cfg.Metrics.panicked()
			c.atWork(false)
			c.finish(CauseInternal)
		}
	}()
	cause := c.callBack(ctx)
	c.atWork(false)
	if cause == "" { // the server ends, and the callback is still to be made
		c.stopRinging(CauseDrainForced)
		return
	}
	c.finish(cause)
}

// dialling is a customer being dialled.
type dialling struct {
	id    OfferID
	leg   Leg
	until time.Time
	tone  *ear // of the agent who listens; nil where customers are rung first
}

func (d *dialling) stop(cause Cause) {
	if d.tone != nil {
		d.tone.stop()
	}
	d.leg.Hangup(cause)
}

// callBack is the story of a callback: agents are rung and the customer is
// dialled, in the order of the queue, until both talk or the distributor gives it
// up. It returns why it ended, or "" when the server ends before.
func (c *Call) callBack(ctx context.Context) Cause {
	defer func() {
		if c.reach != nil {
			c.stopDial(CauseCallerGone)
		}
	}()
	for {
		c.atWork(len(c.rung) > 0 || c.reach != nil || !c.answered.IsZero())
		until := time.Time{}
		if c.reach != nil {
			until = c.reach.until
		}
		switch m := c.next(ctx, until).(type) {
		case gone:
			if c.answered.IsZero() {
				return ""
			}
			c.desk.tell(acd.ContactLeft{Contact: acd.ContactID(c.id), Ending: acd.EndAbandoned})
			return c.whyGone(ctx, CauseAbandoned)
		case timeUp:
			if c.reach != nil {
				c.dialFailed(acd.DialNoAnswer)
			}
		case acd.Offer:
			c.ring(ctx, m)
		case acd.Withdraw:
			c.unring(m.ID, offerCause(m.How))
			if c.reach != nil && c.reach.id == m.ID {
				c.stopDial(CauseCallerGone)
			}
		case hangupWanted:
			c.cancelFor(m.agent)
		case agentEvent:
			c.rangOut(m)
		case acd.Dial:
			c.dialCustomer(ctx, m)
		case customerEvent:
			if over, cause := c.customerDid(ctx, m.event); over {
				return cause
			}
		case acd.DialEnded:
			if m.How == acd.DialReached {
				continue
			}
			c.unring(m.ID, CauseCompleted)
			if c.reach != nil && c.reach.id == m.ID { // the agent's line is lost: nobody is there to talk
				c.stopDial(CauseCallerGone)
			}
		case acd.Bridge:
			if r := c.rung[m.ID]; r != nil {
				delete(c.rung, m.ID)
				if over, cause := c.talkBack(ctx, r); over {
					return cause
				}
			} else {
				c.desk.tell(acd.BridgeFailed{Contact: acd.ContactID(c.id), Offer: m.ID})
			}
		case acd.VisitEnded:
			switch {
			case m.To != "":
				c.moved(m)
			case m.Ending != acd.EndAnswered:
				return causeOfCallback(m.Ending)
			}
		}
	}
}

// causeOfCallback is the record's word for how a callback ended without a talk.
func causeOfCallback(e acd.Ending) Cause {
	switch e {
	case acd.EndCallbackFailed:
		return CauseNoAnswer
	case acd.EndAbandoned:
		return CauseAbandoned
	}
	return CauseClosed
}

// dialCustomer dials for the agent who is reserved. Where that agent has taken
// the offer already, the ringing tone is heard meanwhile.
func (c *Call) dialCustomer(ctx context.Context, m acd.Dial) {
	if !c.opened {
		c.opened = true
		c.open("")
	}
	number := c.card.From.Number
	if !c.desk.MayDial(number) {
		c.log.Warn("dial refused", "err", ErrNotAllowed)
		c.desk.tell(acd.DialFailed{Offer: m.ID, How: acd.DialUnreachable})
		return
	}
	leg, err := c.desk.cfg.Dialer.Dial(ctx, Target{URI: number, Call: c.id, From: c.desk.plan().CallerIDs[m.Queue]})
	if err != nil {
		c.log.Info("customer not dialled", "err", err)
		c.desk.tell(acd.DialFailed{Offer: m.ID, How: acd.DialUnreachable})
		return
	}
	c.log.Info("customer dialled", "queue", m.Queue, "agent", m.Agent, "leg", leg.ID(), "attempt", m.Attempt)
	c.reach = &dialling{id: m.ID, leg: leg, until: c.desk.clock.Now().Add(m.RingTime)}
	c.dialled = leg.Events()
	if r := c.rung[m.ID]; r != nil {
		c.reach.tone = newEar(c.plan.Sounds, r.leg.Port(), c.language)
		c.reach.tone.ringing()
	}
}

// customerDid handles what the dialled leg did; over says that the callback is.
func (c *Call) customerDid(ctx context.Context, event LegEvent) (over bool, cause Cause) {
	switch e := event.(type) {
	case Answered:
		return c.customerAnswered(ctx)
	case Ended:
		how := acd.DialUnreachable
		switch e.Cause {
		case CauseBusy, CauseRefused:
			how = acd.DialBusy
		case CauseNoAnswer:
			how = acd.DialNoAnswer
		}
		c.dialFailed(how)
	}
	return false, ""
}

// customerAnswered: the customer is the caller from now on.
func (c *Call) customerAnswered(ctx context.Context) (over bool, cause Cause) {
	dial := c.reach
	if dial.tone != nil && c.rung[dial.id] == nil { // lost as the customer answered
		c.stopDial(CauseCompleted)
		return false, ""
	}
	if dial.tone != nil {
		dial.tone.stop()
	}
	c.reach, c.dialled = nil, nil
	c.caller = dial.leg
	c.ear = newEar(c.plan.Sounds, c.caller.Port(), c.language)
	c.answered = c.desk.clock.Now()
	c.log.Info("customer answered")
	if r := c.rung[dial.id]; r != nil {
		delete(c.rung, dial.id)
		return c.talkBack(ctx, r)
	}
	c.ear.music()
	c.desk.tell(acd.CustomerReached{Offer: dial.id})
	return false, ""
}

// talkBack is the talk of a callback. Over is false if a machine had answered, so
// that the callback is still to be made.
func (c *Call) talkBack(ctx context.Context, r *ring) (over bool, cause Cause) {
	c.ear.stop()
	cause, back := c.serve(ctx, waited{agent: r})
	for back { // the agent is lost: the customer waits like any caller
		c.card.Kind = acd.KindCall
		w := c.onward(ivr.Enqueue{Queue: string(c.card.Queue)})
		end := c.wait(ctx, w)
		if home, ok := c.homeward(w, end.how); ok && end.agent == nil && ctx.Err() == nil {
			end = c.wait(ctx, home)
		}
		if end.agent == nil {
			return true, c.whyGone(ctx, CauseAbandoned)
		}
		cause, back = c.serve(ctx, end)
	}
	if cause != causeMachine {
		return true, cause
	}
	c.caller.Hangup(CauseCompleted)
	c.caller = absent{c.card.From}
	c.answered, c.bridged = time.Time{}, time.Time{}
	c.card.Bridged, c.card.Ended, c.card.EndedBy = time.Time{}, time.Time{}, ""
	return false, ""
}

// causeMachine ends a talk with a machine, after which the callback goes on.
const causeMachine Cause = "machine"

// dialFailed tells of a dial that came to nothing.
func (c *Call) dialFailed(how acd.DialEnding) {
	id := c.reach.id
	c.stopDial(CauseNoAnswer)
	c.log.Info("customer not reached", "how", how)
	c.desk.tell(acd.DialFailed{Offer: id, How: how})
}

func (c *Call) stopDial(cause Cause) {
	c.reach.stop(cause)
	c.reach, c.dialled = nil, nil
}

// cancelFor: the agent refuses the offer, or ends the dialling.
func (c *Call) cancelFor(agent AgentID) {
	if c.reach != nil && c.reach.tone != nil {
		if r := c.rung[c.reach.id]; r != nil && r.offer.Agent == agent {
			c.dialFailed(acd.DialCancelled)
			return
		}
	}
	c.refuse(agent)
}

// atWork counts the callback as a call while somebody is on the line for it.
func (c *Call) atWork(on bool) {
	if on == c.counted {
		return
	}
	c.counted = on
	if on {
		c.desk.alive.Add(1)
	} else {
		c.desk.alive.Add(-1)
	}
}

// MachineReached says that the agent of a callback talks to a machine: the talk
// ends and counts as a failed attempt. ErrWrongState if the agent talks to nobody
// who was called back.
func (d *Desk) MachineReached(ctx context.Context, agent AgentID) error {
	return d.toCall(ctx, agent, machineWanted{agent}, acd.Talking, acd.OnHold)
}

// machineWanted goes from the agent's page to the call.
type machineWanted struct{ agent AgentID }

// absent stands for the customer of a callback who is not on the line.
type absent struct{ party Party }

func (a absent) ID() LegID                  { return "" }
func (a absent) Remote() Party              { return a.party }
func (absent) SIPCallID() string            { return "" }
func (absent) Ring()                        {}
func (absent) Answer(context.Context) error { return fmt.Errorf("answer nobody: %w", ErrWrongState) }
func (absent) Port() media.Port             { return silent{} }
func (absent) Watch()                       {}
func (absent) Hold(bool)                    {}
func (absent) Events() <-chan LegEvent      { return nil }
func (absent) Hangup(Cause)                 {}

// silent is the port of nobody.
type silent struct{}

func (silent) WriteRTP(*media.Packet) {}
func (silent) Attach(media.Sink)      {}
func (silent) Codec() media.Codec     { return media.PCMU }
