// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"slices"
	"time"

	"tandem/acd"
)

// Limits of a story; beyond them it says that it was cut.
const (
	maxMoments = 2000
	maxSpans   = 200 // of one agent
)

// Text is one sentence in the languages of the pages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// A Moment is one thing that happened to the contact.
type Moment struct {
	At time.Time `json:"at"`
	// What is a stable word for programs: entered, refused, ahead, step, guard,
	// priority, moved, offer, offerEnded, instead, door, ended, ...
	What  string      `json:"what"`
	Agent acd.AgentID `json:"agent,omitempty"`
	Queue acd.QueueID `json:"queue,omitempty"`
	Text
}

// A Span is a stretch of the wait in which the same things kept an agent from
// the contact.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"` // equal to From where it lasted no time
	// Because are the stable words of what kept the agent; empty: the agent was
	// asked.
	Because []acd.Because `json:"because"`
	Text
	key string
}

// An AgentStory is the wait as seen from one agent.
type AgentStory struct {
	Agent acd.AgentID `json:"agent"`
	Spans []Span      `json:"spans"`
}

// A Story is the whole wait of one contact, over all queues it came to.
type Story struct {
	Contact acd.ContactID `json:"contact"`
	Found   bool          `json:"found"` // it was seen at all
	Waiting bool          `json:"waiting"`
	Moments []Moment      `json:"moments"`
	Agents  []AgentStory  `json:"agents"`
	Cut     bool          `json:"cut,omitempty"` // it was too long to be told whole
}

// A Teller follows the events of routing and tells the story of one contact.
type Teller struct {
	d     *acd.Distributor
	words words
	also  []acd.AgentID

	story   Story
	view    acd.Consideration // as of the last event, while in line
	inLine  bool
	lastAt  time.Time
	holders map[acd.AgentID]int // index in story.Agents
}

// Options say how a story is told.
type Options struct {
	Contact acd.ContactID
	// Agent is told of even if it is no member of the queue, and alone; "": all
	// members.
	Agent acd.AgentID
	// Zone of the times; default time.UTC.
	Zone *time.Location
	// Name is what an agent is called; default the ID.
	Name func(acd.AgentID) string
}

// NewTeller begins where d stands, which it owns from now on.
func NewTeller(d *acd.Distributor, o Options) *Teller {
	t := &Teller{d: d, words: words{o.Zone, o.Name}, story: Story{Contact: o.Contact}, holders: map[acd.AgentID]int{}}
	if o.Zone == nil {
		t.words.zone = time.UTC
	}
	if o.Name == nil {
		t.words.name = func(id acd.AgentID) string { return string(id) }
	}
	if o.Agent != "" {
		t.also = []acd.AgentID{o.Agent}
	}
	return t
}

// See takes the next event and returns what was decided about it.
func (t *Teller) See(at time.Time, ev acd.Event) []acd.Effect {
	effects := t.d.Apply(at, ev)
	if t.lastAt.Before(at) {
		t.lastAt = at
	}
	id := t.story.Contact
	before, was := t.view, t.inLine
	t.view, t.inLine = t.d.Consider(id, t.also...)
	if t.inLine && !was {
		t.entered(ev)
	}
	if t.inLine && was && before.Queue == t.view.Queue {
		t.changed(&before, ev)
	}
	t.decided(effects)
	switch {
	case t.inLine:
		t.story.Found = true
		t.consider(effects)
	case was:
		t.close(at)
	}
	return effects
}

// Story is what was seen so far.
func (t *Teller) Story() Story {
	s := t.story
	s.Waiting = t.inLine
	s.Agents = slices.Clone(s.Agents)
	for i := range s.Agents {
		a := &s.Agents[i]
		a.Spans = slices.Clone(a.Spans)
		if n := len(a.Spans); n > 0 && a.Spans[n-1].To.IsZero() {
			a.Spans[n-1].To = t.lastAt
		}
	}
	if len(t.also) > 0 {
		s.Agents = slices.DeleteFunc(s.Agents, func(a AgentStory) bool { return a.Agent != t.also[0] })
	}
	return s
}

func (t *Teller) tell(what string, text Text, agent acd.AgentID) {
	if len(t.story.Moments) >= maxMoments {
		t.story.Cut = true
		return
	}
	m := Moment{At: t.lastAt, What: what, Text: text, Agent: agent, Queue: t.view.Queue}
	t.story.Moments = append(t.story.Moments, m)
}

// entered: the contact has come into line.
func (t *Teller) entered(ev acd.Event) {
	v := &t.view
	t.tell("entered", t.words.entered(v, ev), "")
	if len(v.Ahead) > 0 {
		t.tell("ahead", t.words.ahead(v), "")
	}
}

// changed tells what is otherwise with the contact itself.
func (t *Teller) changed(was *acd.Consideration, ev acd.Event) {
	v := &t.view
	for step := was.Step + 1; step <= v.Step; step++ {
		inTime := v.At.Sub(v.Entered) >= opens(v.Require, step)
		t.tell("step", t.words.step(v.Require, step, inTime), "")
	}
	if v.Guarded && !was.Guarded {
		t.tell("guard", t.words.guard(), "")
	}
	if v.Priority != was.Priority {
		t.tell("priority", t.words.priority(was.Priority, v.Priority), "")
	}
	if _, ok := ev.(acd.Configured); ok {
		t.tell("configured", t.words.configured(), "")
	}
}

// opens is the wait at which a step (from 1) opens by time.
func opens(r *acd.Require, step int) (wait time.Duration) {
	for _, s := range r.Steps[:min(step-1, len(r.Steps))] {
		if s.For <= 0 {
			return 1 << 62
		}
		wait += s.For
	}
	return wait
}

// decided tells what was decided about the contact.
func (t *Teller) decided(effects []acd.Effect) {
	id := t.story.Contact
	for _, e := range effects {
		switch e := e.(type) {
		case acd.Offer:
			if e.Contact == id {
				t.tell("offer", t.words.offer(e), e.Agent)
			}
		case acd.OfferEnded:
			if e.Contact == id {
				t.tell("offerEnded", t.words.offerEnded(e), e.Agent)
			}
		case acd.Intervened:
			if e.Contact == id {
				t.tell("intervened", t.words.intervened(e), e.Agent)
			}
		case acd.Announce:
			if e.Contact == id {
				t.tell("announce", t.words.announce(e), "")
			}
		case acd.VisitEnded:
			if e.Contact == id {
				t.story.Found = true
				t.tell("ended", t.words.ended(e), e.Agent)
				t.close(e.Ended)
			}
		}
	}
}

// consider follows what keeps each agent from the contact.
func (t *Teller) consider(effects []acd.Effect) {
	for i := range t.view.Agents {
		a := &t.view.Agents[i]
		text := t.words.hindrances(a)
		h, known := t.holders[a.Agent]
		if !known {
			h = len(t.story.Agents)
			t.holders[a.Agent] = h
			t.story.Agents = append(t.story.Agents, AgentStory{Agent: a.Agent})
		}
		t.instead(a, effects)
		spans := &t.story.Agents[h].Spans
		if n := len(*spans); n > 0 && (*spans)[n-1].To.IsZero() {
			if (*spans)[n-1].key == text.En {
				continue
			}
			(*spans)[n-1].To = t.lastAt
			if (*spans)[n-1].From.Equal(t.lastAt) {
				*spans = (*spans)[:n-1] // lasted no time
			}
		}
		if len(*spans) >= maxSpans {
			t.story.Cut = true
			continue
		}
		s := Span{From: t.lastAt, Text: text, key: text.En, Because: []acd.Because{}}
		for _, h := range a.Hindrances {
			s.Because = append(s.Because, h.Because)
		}
		*spans = append(*spans, s)
	}
}

// instead tells of an agent who could have taken the contact and was asked to
// take another.
func (t *Teller) instead(a *acd.Considered, effects []acd.Effect) {
	if len(a.Hindrances) != 1 || a.Hindrances[0].Before == "" {
		return
	}
	for _, e := range effects {
		if o, ok := e.(acd.Offer); ok && o.Agent == a.Agent {
			t.tell("instead", t.words.instead(a.Agent, &a.Hindrances[0]), a.Agent)
		}
	}
}

// close ends what keeps agents from the contact: it is no longer in line.
func (t *Teller) close(at time.Time) {
	for i := range t.story.Agents {
		spans := t.story.Agents[i].Spans
		if n := len(spans); n > 0 && spans[n-1].To.IsZero() {
			spans[n-1].To = at
		}
	}
}
