// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// Call is one caller's visit. Its goroutine (Desk.Take) owns everything here
// but mail, which the desk fills, and cancel.
type Call struct {
	id     ID
	desk   *Desk
	plan   *Desks // as it was when the call began: its flows and sounds stay
	log    *slog.Logger
	number Number
	trunk  string
	at     string            // node of the number's flow
	known  map[string]string // variables there, no secrets
	place  Place             // as last noted
	other  Leg               // of the agent or target who talks
	took   OfferID           // by which
	placed bool              // has its place from before a restart
	caller Leg
	ear    *ear
	cancel context.CancelCauseFunc

	mail   chan any          // from the desk
	agents chan agentEvent   // from the legs of agents
	legs   sync.WaitGroup    // the goroutines that fill agents
	over   chan struct{}     // closed when nobody reads agents any more
	rung   map[OfferID]*ring // agents being rung
	asked  *asked            // what the flow waits for an answer to; nil: nothing

	rehearsal  *rehearsal    // nil: a real call
	shift      time.Duration // of the flow's clock before the desk's; 0 in real calls
	recordings int           // begun so far

	language string // that the caller chose last
	card     Card
	path     []Passed
	node     ivr.NodeID // the last one entered
	nodes    int        // how many were
	answered time.Time
	bridged  time.Time
	agent    AgentID // the last one who talked
	sent     *sentOn // by an agent, to another queue; nil: not
	trusted  bool    // the caller's number is what the network vouches for

	// Of a callback.
	reach   *dialling
	dialled <-chan LegEvent // of reach's leg
	opened  bool            // its row is
	counted bool            // among the desk's calls
}

// ending is the context cause by which others end a call.
type ending struct{ cause Cause }

func (e ending) Error() string { return string(e.cause) }

func newCall(d *Desk, in Incoming, number Number, cancel context.CancelCauseFunc) *Call {
	c := &Call{
		id: newID(in.At), desk: d, plan: d.plan(), number: number, trunk: in.Trunk, language: number.Language, caller: in.Leg, cancel: cancel,
		trusted: in.Trusted, opened: true,
		mail:   make(chan any, callMailbox),
		agents: make(chan agentEvent, callMailbox),
		over:   make(chan struct{}),
		rung:   map[OfferID]*ring{},
	}
	c.log = d.log.With("call", c.id)
	c.rehearsal = d.cfg.Rehearsals.take(in.Leg.Remote().Name, c)
	c.ear = newEar(c.plan.Sounds, in.Leg.Port(), number.Language)
	c.card = Card{Call: c.id, From: in.Leg.Remote(), Dialled: in.Number, Arrived: d.clock.At(in.At)}
	if traced, ok := in.Leg.(Traced); ok {
		traced.Belongs(c.id)
	}
	d.cfg.Metrics.callArrived()
	c.log.Info("call arrived", "leg", in.Leg.ID(), "trunk", in.Trunk, "number", in.Number, "sip_call_id", in.Leg.SIPCallID())
	return c
}

// run is the story of one call: answer, run the flow, wait in line, talk, and
// back into the flow if it has more to say. What it returns is why the call
// ended; each undoing stands in a defer beside its doing.
func (c *Call) run(ctx context.Context, trunk string) Cause {
	defer c.ear.stop()
	defer c.giveUp()
	c.open(trunk)
	if cause, gone := c.ringback(ctx); gone {
		return cause
	}
	if cause, ok := c.answer(ctx); !ok {
		return cause
	}
	c.log.Info("answered", "flow", c.number.Flow)

	id, language := c.rehearsal.flow(c.number)
	flow := ivr.NewMachine(c.plan.Flows[id], language).For(c.contact())
	c.shift = c.rehearsal.ahead(c.desk.clock.Now())
	return c.through(ctx, flow, c.hear(ctx, flow, ivr.Started{}))
}

// through goes through the flow from its first wish to the end of the call.
func (c *Call) through(ctx context.Context, flow *ivr.Machine, wish any) Cause {
	talked := false // with an agent, before the flow went on
	for {
		switch w := wish.(type) {
		case ivr.Enqueue:
			c.language = flow.Language()
			end := c.wait(ctx, w)
			if end.agent == nil {
				if ctx.Err() != nil { // the flow has no say in it any more
					return c.whyGone(ctx, CauseAbandoned)
				}
				if home, ok := c.homeward(w, end.how); ok {
					wish = home
					continue
				}
				wish = c.hear(ctx, flow, ivr.QueueLeft{Ending: string(end.how)})
				continue
			}
			cause, back := c.serve(ctx, end)
			switch {
			case back:
				wish = c.onward(w) // the agent is lost, or has passed the caller on
			case w.Returns && c.card.EndedBy == "agent" && ctx.Err() == nil:
				c.log.Info("agent has ended it, the flow goes on")
				wish, talked = c.hear(ctx, flow, ivr.QueueLeft{Ending: string(acd.EndAnswered)}), true
			default:
				return cause
			}
		case ivr.Dial:
			leg, how := c.dial(ctx, w)
			if leg == nil {
				if ctx.Err() != nil {
					return c.whyGone(ctx, CauseAbandoned)
				}
				wish = c.hear(ctx, flow, ivr.DialFailed{How: how})
				continue
			}
			return c.talkOutside(ctx, leg)
		case ivr.Hangup:
			if talked && Cause(w.Cause) == CauseFlowEnded {
				return CauseCompleted
			}
			return Cause(w.Cause)
		case gone: // the caller or the server ended it
			if talked {
				return c.whyGone(ctx, CauseCompleted)
			}
			if w.cause != "" && c.card.Queue == "" { // the flow says what a hang-up here means
				return c.whyGone(ctx, w.cause)
			}
			return c.whyGone(ctx, CauseAbandoned)
		}
	}
}

// contact is who calls, for the flows.
func (c *Call) contact() ivr.Contact {
	return c.rehearsal.contact(ivr.Contact{ID: string(c.id), Caller: c.card.From.Number, Dialled: c.card.Dialled})
}

// hear runs a flow at the caller's ear until it wants something that is not
// sound: Enqueue, Dial, Hangup, or gone{}.
func (c *Call) hear(ctx context.Context, flow *ivr.Machine, event ivr.Event) any {
	for {
		var answer ivr.Event
		effects := flow.Apply(c.desk.clock.Now().Add(c.shift), event)
		c.keepWay(flow, effects)
		c.rehearsal.told(flow, event, effects)
		for _, effect := range effects {
			switch e := effect.(type) {
			case ivr.Enqueue, ivr.Dial, ivr.Hangup:
				return e
			default:
				c.sound(e)
				answer = c.answerTo(ctx, e, answer)
			}
		}
		if event = answer; event != nil {
			continue
		}
		for event == nil {
			switch happened := c.next(ctx, c.due(flow)).(type) {
			case gone:
				return c.cleanUp(flow)
			case Digit:
				event = ivr.Digit{Key: happened.Key}
			case promptDone:
				event = ivr.PromptDone{}
			case timeUp:
				event = ivr.Tick{}
			case ivr.Event:
				event = happened
			}
		}
	}
}

// due is when the flow must next be told the time, by the desk's clock.
func (c *Call) due(flow *ivr.Machine) time.Time {
	at := flow.Deadline()
	if at.IsZero() {
		return at
	}
	return at.Add(-c.shift)
}

// cleanUp lets the flow know that the caller is gone.
func (c *Call) cleanUp(flow *ivr.Machine) gone {
	var left gone
	effects := flow.Apply(c.desk.clock.Now().Add(c.shift), ivr.HungUp{})
	c.rehearsal.told(flow, ivr.HungUp{}, effects)
	for _, effect := range effects {
		if end, is := effect.(ivr.Hangup); is {
			if left.cause = Cause(end.Cause); left.cause == CauseFlowEnded { // no cause named
				left.cause = ""
			}
			continue
		}
		c.sound(effect)
		c.answerTo(context.Background(), effect, nil)
	}
	return left
}

// sound carries out the effects of a flow that concern the caller's ear alone.
func (c *Call) sound(effect ivr.Effect) {
	switch e := effect.(type) {
	case ivr.Play:
		if err := c.ear.play(e.Prompt); err != nil {
			c.log.Error("prompt cannot be played", "err", err)
		}
	case ivr.Stop:
		c.ear.stop()
	case ivr.Echo:
		c.ear.stop()
		c.caller.Port().Attach(c.caller.Port())
	case ivr.EchoStop:
		c.caller.Port().Attach(nil)
	case ivr.Entered:
		c.passed(e)
		if e.Label != "" && len(c.card.MenuPath) < menuPathLimit {
			c.card.MenuPath = append(c.card.MenuPath[:len(c.card.MenuPath):len(c.card.MenuPath)], e.Label)
		}
	}
}

// passed logs the way through the flow: each node once in a row and not without
// end, whatever keys a caller presses.
func (c *Call) passed(e ivr.Entered) {
	level := slog.LevelInfo
	if e.Node == c.node || c.nodes >= nodesLogged {
		level = slog.LevelDebug
	}
	c.node, c.nodes = e.Node, c.nodes+1
	if len(c.path) < nodesKept {
		c.path = append(c.path, Passed{At: c.desk.clock.Now(), Flow: string(e.Flow), Node: string(e.Node)})
	}
	c.log.Log(context.Background(), level, "entered", "flow", e.Flow, "node", e.Node)
}

// nodesLogged is how many nodes of a call an operator sees.
const nodesLogged = 20

// nodesKept is how many nodes the record of a call holds.
const nodesKept = 200

// menuPathLimit is how many menu choices a card remembers.
const menuPathLimit = 16

// ringback lets the caller hear ringing before the answer where the number asks
// for it.
func (c *Call) ringback(ctx context.Context) (Cause, bool) {
	if c.number.Ringback == 0 {
		return "", false
	}
	c.caller.Ring()
	until := c.desk.clock.Now().Add(c.number.Ringback)
	for {
		switch c.next(ctx, until).(type) {
		case gone:
			return c.whyGone(ctx, CauseAbandoned), true
		case timeUp:
			return "", false
		}
	}
}

// answer sends the 200 and waits for its ACK. When that fails the leg's own end,
// which follows at once, says why.
func (c *Call) answer(ctx context.Context) (Cause, bool) {
	now := c.desk.clock.Now()
	err := c.caller.Answer(ctx)
	if err == nil {
		c.answered = now
		return "", true
	}
	if errors.Is(err, ErrUnacknowledged) {
		c.answered = now
	}
	c.log.Info("not answered", "err", err)
	until := c.desk.clock.Now().Add(endsWithin)
	for {
		switch c.next(ctx, until).(type) {
		case gone, timeUp:
			return c.whyGone(ctx, CauseAbandoned), false
		}
	}
}

// endsWithin is how long a leg may take to say why it could not be answered.
const endsWithin = time.Second

// What can happen to a call, beside the messages of the desk and the events of
// legs.
type (
	gone       struct{ cause Cause } // the caller hung up, or the server ends the call; what it means, or ""
	promptDone struct{}
	timeUp     struct{}
	// customerEvent is what the leg did on which a customer is dialled.
	customerEvent struct{ event LegEvent }
)

// next waits for the next thing to happen, until a time (zero: for ever).
func (c *Call) next(ctx context.Context, until time.Time) any {
	var expired <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(max(0, until.Sub(c.desk.clock.Now())))
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-ctx.Done():
		return gone{}
	case event, open := <-c.caller.Events():
		if ended, is := event.(Ended); is || !open {
			c.end(ended.Cause)
			return gone{}
		}
		if _, is := event.(Changed); is {
			c.note(c.place)
		}
		if _, is := event.(Digit); is {
			c.rehearsal.note(func(t *Trail) { t.Keys++ })
		}
		return event
	case m := <-c.mail:
		return m
	case e := <-c.agents:
		if _, is := e.event.(Changed); is {
			c.note(c.place)
		}
		return e
	case answer := <-c.answers():
		c.giveUp()
		return answer
	case event := <-c.dialled:
		return customerEvent{event}
	case <-c.ear.done:
		c.ear.done = nil
		return promptDone{}
	case <-expired:
		return timeUp{}
	}
}

// end ends the call from anywhere; the first cause holds.
func (c *Call) end(cause Cause) { c.cancel(ending{cause}) }

// whyGone tells why ctx ended; a caller's plain hang-up counts as what it means
// at this point of the story.
func (c *Call) whyGone(ctx context.Context, hungUp Cause) Cause {
	var e ending
	if errors.As(context.Cause(ctx), &e) && e.cause != CauseHangup && e.cause != "" {
		return e.cause
	}
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return CauseDrainForced
	}
	return hungUp
}

// byUs tells an ending that is neither the caller's doing nor the agent's.
func byUs(cause Cause) bool { return cause == CauseDrainForced || cause == CauseInternal }

// open commits the call's row before the 200 can leave.
func (c *Call) open(trunk string) {
	ctx, cancel := context.WithTimeout(context.Background(), openBudget)
	defer cancel()
	err := c.desk.cfg.Records.Open(ctx, CallOpened{
		Call: c.id, At: c.card.Arrived, From: c.card.From, Dialled: c.card.Dialled,
		Trunk: trunk, Flow: string(c.number.Flow), Version: c.version(), SIPCallID: c.caller.SIPCallID(),
	})
	if err != nil {
		c.log.Warn("record late", "err", err)
	}
}

// version is that of the call's flow; "" for one without.
func (c *Call) version() string {
	if f := c.plan.Flows[c.number.Flow]; f != nil {
		return f.Version()
	}
	return ""
}

// finish hangs up, closes the record and leaves the desk.
func (c *Call) finish(cause Cause) {
	now := c.desk.clock.Now()
	c.rehearsal.note(func(t *Trail) { t.Over, t.Playing, t.Waiting = true, false, false })
	c.caller.Hangup(cause)
	c.stopRinging(CauseCallerGone)
	c.card.Ended = now
	if c.opened {
		c.desk.cfg.Records.Keep(CallEnded{
			Call: c.id, At: now, Cause: cause, Answered: c.answered, Bridged: c.bridged,
			Agent: c.agent, Queue: c.card.Queue, MenuPath: strings.Join(c.card.MenuPath, " > "),
			Path: c.path,
		})
	}
	c.desk.cfg.Metrics.callEnded(cause, now.Sub(c.card.Arrived))
	c.log.Info("call ended", "cause", cause, "lasted", now.Sub(c.card.Arrived).Round(time.Second))
	card, contact := c.card, acd.ContactID(c.id)
	c.desk.send(request{do: func() ([]acd.Event, error) {
		if l := c.desk.lines[contact]; l != nil {
			card.Disposition, card.Notes = l.card.Disposition, l.card.Notes
			l.call, l.card = nil, card
			c.note(PlaceWrapUp)
			c.desk.forget(contact)
			c.desk.dirty = true
		} else {
			c.note(PlaceOver)
		}
		// Nothing is left to leave, but for a call that a fault ended.
		return []acd.Event{acd.ContactLeft{Contact: contact, Ending: acd.EndSystemError}}, nil
	}})
}

// show gives the desk the card as it is now, with an event that goes with it;
// event may be nil.
func (c *Call) show(event acd.Event) {
	card, contact, language := c.card, acd.ContactID(c.id), c.language
	c.desk.send(request{do: func() ([]acd.Event, error) {
		l := c.desk.lines[contact]
		if l == nil {
			l = &line{}
			c.desk.lines[contact] = l
		}
		card.Disposition, card.Notes = l.card.Disposition, l.card.Notes
		l.call, l.card, l.language = c, card, language
		c.desk.dirty = true
		if event == nil {
			return nil, nil
		}
		return []acd.Event{event}, nil
	}})
}

// newID makes a call ID: 48 bits of milliseconds, then 72 random bits, in
// letters and digits that sort by time.
func newID(now time.Time) ID {
	var b [15]byte
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	rand.Read(b[6:]) //nolint:errcheck // crypto/rand.Read never fails
	return ID(idEncoding.EncodeToString(b[:]))
}

var idEncoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)
