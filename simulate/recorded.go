// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	"tandem/acd"
)

// A Recording is a day as the journal has it: its own figures, and what is known
// of its callers and agents, so that it can be played with changes.
type Recording struct {
	scenario *Scenario
	start    time.Time
	d        *acd.Distributor
	began    bool
	last     time.Time
	tally    *Tally
	contacts map[acd.ContactID]*came

	floor    acd.Snapshot // at the start
	options  acd.Options  // likewise
	events   []recordedEvent
	arrivals []*came
	accepted []observed
}

type recordedEvent struct {
	at    time.Duration
	event acd.Event
}

// came is a caller of the recorded day.
type came struct {
	at      time.Duration
	event   acd.ContactArrived
	waited  observed // of the patience
	over    bool
	bridged time.Time
	talked  observed
}

// NewRecording reads the day of a scenario; give it every decision of the
// journal, in order, then call Finish.
func NewRecording(s *Scenario) *Recording {
	return &Recording{
		scenario: s, start: s.start(), d: acd.New(acd.Options{}),
		contacts: map[acd.ContactID]*came{},
	}
}

// See takes the next decision.
func (r *Recording) See(d acd.Decision) error {
	end := r.start.Add(r.scenario.length() + overtime)
	if !r.began && !d.At.Before(r.start) {
		r.begin()
	}
	if r.began && !d.At.Before(end) {
		return nil
	}
	effects := r.d.Apply(d.At, d.Event)
	r.last = d.At
	if c, ok := d.Event.(acd.Configured); ok && !r.began {
		r.options = acd.Options(c)
	}
	if !r.began {
		return nil
	}
	r.tally.see(d.At, d.Event, effects)
	r.note(d.At, d.Event)
	for _, e := range effects {
		r.follow(d.At, e)
	}
	return nil
}

// begin: the day's first caller may come now.
func (r *Recording) begin() {
	r.began = true
	r.floor = r.d.Snapshot(r.start)
	r.tally = newTally(r.start, r.scenario.Interval, r.scenario.intervals(), r.options.Queues)
	for _, a := range r.floor.Agents {
		r.tally.agents[a.Agent] = &busyness{signed: a.Status != acd.Offline,
			works: a.Activity == acd.Talking || a.Activity == acd.OnHold || a.Activity == acd.WrapUp}
	}
}

// note keeps what people and the calendar did, which is done again.
func (r *Recording) note(at time.Time, ev acd.Event) {
	since := at.Sub(r.start)
	again := false
	switch ev := ev.(type) {
	case acd.ContactArrived:
		if since < r.scenario.length() && r.contacts[ev.Contact] == nil {
			c := &came{at: since, event: ev}
			r.contacts[ev.Contact] = c
			r.arrivals = append(r.arrivals, c)
		}
	case acd.ContactCompleted:
		if c := r.contacts[ev.Contact]; c != nil && !c.bridged.IsZero() && !c.talked.ended {
			c.talked = observed{at.Sub(c.bridged), true}
		}
	case acd.StatusSet, acd.NextStatusCancelled, acd.DeviceLost, acd.DeviceBack, acd.QueueClosed, acd.QueueOpened,
		acd.DayChanged, acd.Configured, acd.ContactMoved, acd.ContactWithdrawn, acd.PrioritySet:
		again = true
	}
	if again {
		r.events = append(r.events, recordedEvent{since, ev})
	}
}

func (r *Recording) follow(at time.Time, e acd.Effect) {
	switch e := e.(type) {
	case acd.OfferEnded:
		r.accepted = append(r.accepted, observed{at.Sub(e.Began), e.How == acd.Taken})
	case acd.VisitEnded:
		c := r.contacts[e.Contact]
		if c == nil || e.To != "" {
			return
		}
		c.over = true
		c.waited = observed{at.Sub(r.start) - c.at, e.Ending == acd.EndAbandoned}
		if e.Ending == acd.EndAnswered {
			c.bridged = at
		}
	}
}

// ErrNotRecorded says that a journal has nothing of the day.
var ErrNotRecorded = errors.New("the journal has nothing of that day")

// Finish ends the reading.
func (r *Recording) Finish() error {
	if !r.began || len(r.arrivals) == 0 {
		return fmt.Errorf("%w: %s, %v to %v", ErrNotRecorded, r.scenario.Date, r.scenario.From, r.scenario.To)
	}
	end := r.last
	r.tally.finish(end, r.d.Snapshot(end))
	for _, c := range r.arrivals {
		if !c.over {
			c.waited = observed{end.Sub(r.start) - c.at, false}
		}
		if !c.bridged.IsZero() && !c.talked.ended {
			c.talked = observed{end.Sub(c.bridged), false}
		}
	}
	return nil
}

// Result are the recorded day's own figures, exactly.
func (r *Recording) Result() Result {
	return collect("as recorded", []*Tally{r.tally}, int(r.scenario.WarmUp/r.scenario.Interval))
}

// Days are the recorded day played again without a change, and its variants.
func (r *Recording) Days(base Base, days []*Day) []*Day {
	patience, talk := r.estimates()
	for i, d := range days {
		if i == 0 {
			d.Name = "played again"
		}
		d.again = &again{recording: r, change: changeOf(base.Queues, d.Queues), patience: patience, talk: talk,
			extra: slices.Clone(d.Agents[len(base.Agents):])}
		d.manners = &manners{pickUp: kaplanMeier(r.accepted), comeBack: Distribution{kind: endless}}
		d.Queues = r.options.Queues
	}
	return days
}

// estimates are the patience and the talk of each queue's callers.
func (r *Recording) estimates() (patience, talk map[acd.QueueID]Distribution) {
	waits, talks := map[acd.QueueID][]observed{}, map[acd.QueueID][]observed{}
	for _, c := range r.arrivals {
		q := c.event.Queue
		waits[q] = append(waits[q], c.waited)
		if !c.bridged.IsZero() {
			talks[q] = append(talks[q], c.talked)
		}
	}
	patience, talk = map[acd.QueueID]Distribution{}, map[acd.QueueID]Distribution{}
	for q := range waits {
		patience[q], talk[q] = kaplanMeier(waits[q]), kaplanMeier(talks[q])
	}
	return patience, talk
}

// WriteEstimates says in words what is drawn in a played day and from what.
func (r *Recording) WriteEstimates(w io.Writer) error {
	abandoned, answered := 0, 0
	for _, c := range r.arrivals {
		if c.waited.ended {
			abandoned++
		}
		if !c.bridged.IsZero() {
			answered++
		}
	}
	_, err := fmt.Fprintf(w, `
"as recorded" are the day's own figures, exactly. In a played day %d callers come at the moments at which they came, and agents choose the statuses that they chose.
Drawn: the patience of the %d who did not hang up, beyond what they waited, and the talk of the %d who were not answered, from the Kaplan-Meier estimates of their queue, in which a wait that ended otherwise counts as "at least so long"; how long an agent takes to accept, likewise from all offers. Known and kept: the patience of the %d who hung up, the talk of the %d who were answered. Wrap-up lasts as configured; callbacks, and who was in line before the day, are not played.
`, len(r.arrivals), len(r.arrivals)-abandoned, len(r.arrivals)-answered, abandoned, answered)
	return err
}

// again is how a recorded day is played.
type again struct {
	recording      *Recording
	change         func(acd.Queue) acd.Queue
	extra          []acd.Agent
	patience, talk map[acd.QueueID]Distribution
}

// changeOf gives queues the fields in which changed differs from base.
func changeOf(base, changed []acd.Queue) func(acd.Queue) acd.Queue {
	return func(q acd.Queue) acd.Queue {
		i := slices.IndexFunc(base, func(b acd.Queue) bool { return b.ID == q.ID })
		if i < 0 {
			return q
		}
		from, to, into := reflect.ValueOf(base[i]), reflect.ValueOf(changed[i]), reflect.ValueOf(&q).Elem()
		for k := range from.NumField() {
			if !reflect.DeepEqual(from.Field(k).Interface(), to.Field(k).Interface()) {
				into.Field(k).Set(to.Field(k))
			}
		}
		return q
	}
}

func (a *again) options(c acd.Options) acd.Options {
	out := acd.Options{Agents: append(slices.Clone(c.Agents), a.extra...)}
	for _, q := range c.Queues {
		out.Queues = append(out.Queues, a.change(q))
	}
	return out
}

// plan plans the recorded day, with its changes.
func (a *again) plan(p *player, d *Day, replication int, without []acd.AgentID) {
	r := a.recording
	do := func(at time.Duration, ev acd.Event) { p.plan(happening{at: at, what: eventHappens, event: ev}) }
	for _, n := range r.floor.Agents {
		if n.Status != acd.Offline && !slices.Contains(without, n.Agent) {
			do(0, acd.StatusSet{Agent: n.Agent, Status: n.Status, Reason: n.Reason, Actor: n.Actor})
		}
		if n.DeviceLost {
			do(0, acd.DeviceLost{Agent: n.Agent})
		}
	}
	for _, q := range r.floor.Queues {
		if q.Closed {
			do(0, acd.QueueClosed{Queue: q.Queue})
		}
	}
	for _, e := range r.events {
		switch ev := e.event.(type) {
		case acd.Configured:
			do(e.at, acd.Configured(a.options(acd.Options(ev))))
		case acd.StatusSet:
			if !slices.Contains(without, ev.Agent) {
				do(e.at, ev)
			}
		default:
			do(e.at, ev)
		}
	}
	for i, c := range r.arrivals {
		v := &visitor{id: c.event.Contact, lot: lotOf(d.scenario.Seed, uint64(replication), uint64(i))}
		if v.patience = c.waited.lasted; !c.waited.ended {
			v.patience = a.patience[c.event.Queue].drawBeyond(&v.lot, c.waited.lasted)
		}
		talk := c.talked.lasted
		if !c.talked.ended {
			talk = max(talk, min(a.talk[c.event.Queue].drawBeyond(&v.lot, talk), a.talk[c.event.Queue].longest()))
		}
		v.talk = Distribution{kind: constant, a: stretch(talk, d.talk)}
		p.plan(happening{at: c.at, what: arrivalHappens, caller: v, event: c.event})
	}
}
