// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"time"

	"tandem/acd"
)

// A visitor is one simulated caller.
type visitor struct {
	id       acd.ContactID
	lot      lot
	patience time.Duration // from arrival; never: endless
	talk     Distribution
	manners  *manners
	answers  []Answer // of the first offers, before manners
	talking  bool
	gone     bool
}

// manners are how agents meet offers.
type manners struct {
	pickUp   Distribution // until the offer is accepted
	ignored  float64      // share of offers that nobody reacts to
	refused  float64      // share of offers that are refused
	comeBack Distribution // from notResponding to available
}

// An Answer is what becomes of one offer.
type Answer struct {
	Does  Act
	After time.Duration // since the offer
}

// Act is what an agent does with an offer.
type Act string

// Every act.
const (
	Take   Act = "take"
	Refuse Act = "refuse"
	Busy   Act = "busy"
	Ignore Act = "ignore"
	Fail   Act = "fail" // the device does not react
)

// player is one run: a distributor, the clock, and what has yet to happen.
type player struct {
	d       *acd.Distributor
	start   time.Time
	now     time.Duration // since start
	pending agenda
	seq     uint64
	callers map[acd.ContactID]*visitor
	manners *manners // of who has none of their own
	onShift map[acd.AgentID]acd.Status
	luck    lot // of the agents

	// sees is told each event with its effects, in order; it may keep neither.
	sees func(at time.Time, ev acd.Event, effects []acd.Effect)
	// more makes the next thing of a source that has no end, after one happened.
	more func(p *player, source int)
	// recorded: the ticks are among the events, so none is made.
	recorded bool
	last     time.Duration // of the last event applied
}

// happening is one thing that will happen.
type happening struct {
	at     time.Duration
	what   happens
	source int
	event  acd.Event
	caller *visitor
	offer  acd.OfferID
	act    Act
	agent  acd.AgentID
}

type happens uint8

const (
	eventHappens happens = iota
	arrivalHappens
	patienceEnds
	talkEnds
	offerMet
	comesBack
)

func newPlayer(d *acd.Distributor, start time.Time) *player {
	return &player{d: d, start: start, callers: map[acd.ContactID]*visitor{}, onShift: map[acd.AgentID]acd.Status{}}
}

// plan lets h happen at h.at.
func (p *player) plan(h happening) {
	p.seq++

	p.pending.push(p.seq, h)
}

// run plays until nothing is left to happen before limit.
func (p *player) run(limit time.Duration) {
	for {
		next, ok := p.next(limit)
		if !ok {
			return
		}
		if next.tick {
			p.now = next.at
			p.apply(acd.Tick{})
			continue
		}
		h := p.pending.pop()
		p.now = h.at
		p.happen(h)
	}
}

type step struct {
	at   time.Duration
	tick bool
}

// next is what happens next: the distributor's own deadline comes before what
// happens at the same moment (rule 4).
func (p *player) next(limit time.Duration) (step, bool) {
	s, ok := step{}, false
	if len(p.pending.heap) > 0 {
		s, ok = step{at: p.pending.heap[0].at}, true
	}
	if deadline := p.d.Deadline(); !deadline.IsZero() && !p.recorded {
		if at := deadline.Sub(p.start); !ok || at <= s.at {
			s, ok = step{at: at, tick: true}, true
		}
	}
	return s, ok && s.at < limit
}

func (p *player) happen(h happening) {
	switch h.what {
	case eventHappens:
		if s, ok := h.event.(acd.StatusSet); ok {
			p.onShift[s.Agent] = s.Status
		}
		p.apply(h.event)
	case arrivalHappens:
		if h.caller != nil {
			p.arrive(h.caller, h.event)
		}
		if p.more != nil {
			p.more(p, h.source)
		}
	case patienceEnds:
		if !h.caller.talking && !h.caller.gone {
			p.hangUp(h.caller.id)
		}
	case talkEnds:
		if !h.caller.gone {
			p.hangUp(h.caller.id)
		}
	case offerMet:
		p.apply(answerOf(h.offer, h.act))
	case comesBack: // unless the shift is over, or a break has begun
		if p.onShift[h.agent] == acd.Available {
			p.apply(acd.StatusSet{Agent: h.agent, Status: acd.Available, Actor: acd.Actor(h.agent)})
		}
	}
}

func answerOf(offer acd.OfferID, act Act) acd.Event {
	switch act {
	case Take:
		return acd.OfferTaken{Offer: offer}
	case Refuse:
		return acd.OfferFailed{Offer: offer, How: acd.Refused}
	case Busy:
		return acd.OfferFailed{Offer: offer, How: acd.Busy}
	}
	return acd.OfferFailed{Offer: offer, How: acd.Unreachable}
}

func (p *player) arrive(v *visitor, ev acd.Event) {
	p.callers[v.id] = v
	if v.patience != never {
		p.plan(happening{at: p.now + v.patience, what: patienceEnds, caller: v})
	}
	p.apply(ev)
}

// hangUp lets the caller go, from the line or from the talk.
func (p *player) hangUp(id acd.ContactID) {
	if v := p.callers[id]; v != nil {
		v.gone = true
		delete(p.callers, id)
		if v.talking {
			p.apply(acd.ContactCompleted{Contact: id})
			return
		}
	}
	p.apply(acd.ContactLeft{Contact: id, Ending: acd.EndAbandoned})
}

// apply tells the distributor, and does what it says.
func (p *player) apply(ev acd.Event) {
	p.last = p.now
	at := p.start.Add(p.now)
	effects := p.d.Apply(at, ev)
	if p.sees != nil {
		p.sees(at, ev, effects)
	}
	var bridges []acd.Event // of ring-all there may be several in one moment
	for _, e := range effects {
		switch e := e.(type) {
		case acd.Offer:
			p.meet(e)
		case acd.Bridge:
			if p.callers[e.Contact] == nil {
				continue // recorded: what came of it is among the events
			}
			bridges = append(bridges, acd.Bridged{Contact: e.Contact})
		case acd.VisitEnded:
			p.ended(e)
		case acd.StatusChanged:
			p.standing(e)
		}
	}
	for _, b := range bridges {
		p.apply(b)
	}
}

// meet plans what the agent does with an offer.
func (p *player) meet(e acd.Offer) {
	v := p.callers[e.Contact]
	if v == nil {
		return
	}
	if len(v.answers) > 0 {
		a := v.answers[0]
		v.answers = v.answers[1:]
		if a.Does != Ignore {
			p.plan(happening{at: p.now + a.After, what: offerMet, offer: e.ID, act: a.Does})
		}
		return
	}
	m := v.manners
	if m == nil {
		if m = p.manners; m == nil {
			return
		}
	}
	act, x := Take, v.lot.share()
	switch {
	case x < m.ignored:
		return
	case x < m.ignored+m.refused:
		act = Refuse
	}
	after := m.pickUp.Draw(&v.lot)
	if act == Take && after == 0 {
		after = time.Nanosecond // an offer and its answer are two moments
	}
	if after < e.RingTime {
		p.plan(happening{at: p.now + after, what: offerMet, offer: e.ID, act: act})
	}
}

// ended follows a caller out of the line.
func (p *player) ended(e acd.VisitEnded) {
	v := p.callers[e.Contact]
	switch {
	case v == nil || e.To != "":
	case e.Ending == acd.EndAnswered:
		v.talking = true
		if talk := v.talk.Draw(&v.lot); v.talk.kind != unset && talk != never {
			p.plan(happening{at: p.now + talk, what: talkEnds, caller: v})
		}
	default:
		v.gone = true
		delete(p.callers, e.Contact)
	}
}

// standing lets who was found not responding come back.
func (p *player) standing(e acd.StatusChanged) {
	if e.Status != acd.NotResponding || p.manners == nil || p.manners.comeBack.kind == unset {
		return
	}
	if back := p.manners.comeBack.Draw(&p.luck); back != never {
		p.plan(happening{at: p.now + back, what: comesBack, agent: e.Agent})
	}
}
