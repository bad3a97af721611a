// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// t0 is second 0 of every story.
var t0 = time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)

func sec(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }

// step is one event of a story, and the effects expected of it in the words of
// tell, "; " between.
type step struct {
	sec  float64
	ev   Event
	want string
}

// story plays steps against a floor; the story's name names the rule it proves.
func story(t *testing.T, name string, o Options, steps ...step) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		d := New(o)
		for i, s := range steps {
			got := tellAll(d.Apply(sec(s.sec), s.ev))
			if got != s.want {
				t.Fatalf("step %d, second %v, %T%+v\n got %q\nwant %q", i+1, s.sec, s.ev, s.ev, got, s.want)
			}
			if next := d.Deadline(); !next.IsZero() && !next.After(sec(s.sec)) {
				t.Fatalf("step %d: deadline %v is not after %v: the owner would spin", i+1, next, sec(s.sec))
			}
		}
	})
}

func tellAll(effects []Effect) string {
	words := make([]string, len(effects))
	for i, e := range effects {
		words[i] = tell(e)
	}
	return strings.Join(words, "; ")
}

func tell(e Effect) string {
	switch e := e.(type) {
	case Offer:
		return fmt.Sprintf("offer%d %s>%s", e.ID, e.Contact, e.Agent)
	case Withdraw:
		return fmt.Sprintf("withdraw%d %s", e.ID, e.How)
	case OfferEnded:
		return fmt.Sprintf("ended%d %s", e.ID, e.How)
	case Bridge:
		return fmt.Sprintf("bridge%d", e.ID)
	case Release:
		return fmt.Sprintf("release %s %s", e.Contact, e.Ending)
	case Announce:
		return strings.TrimSuffix(fmt.Sprintf("announce %s %d ~%s", e.Contact, e.Position, e.Estimate), " ~0s")
	case VisitEnded:
		s := fmt.Sprintf("visit %s %s after %s", e.Contact, e.Ending, e.Ended.Sub(e.Entered))
		if e.Agent != "" {
			s += " by " + string(e.Agent)
		}
		if e.To != "" {
			s += " to " + string(e.To)
		}
		return s
	case StatusChanged:
		return fmt.Sprintf("%s is %s", e.Agent, strings.TrimSpace(string(e.Status)+" "+e.Reason))
	case NextStatusChanged:
		return fmt.Sprintf("%s next %q", e.Agent, e.Status)
	case Intervened:
		return intervened(e)
	case Dial:
		return fmt.Sprintf("dial%d %s for %s attempt %d", e.ID, e.Contact, e.Agent, e.Attempt)
	case DialEnded:
		s := fmt.Sprintf("dialled%d %s", e.ID, e.How)
		if !e.Again.IsZero() {
			s += fmt.Sprintf(" again at %v", e.Again.Sub(t0).Seconds())
		}
		return s
	case CallbackKept:
		return fmt.Sprintf("kept %s %s", e.Callback, e.How)
	case PlaceResumed:
		return fmt.Sprintf("%s resumes %s", e.Contact, e.Former)
	case ActivityChanged:
		return fmt.Sprintf("%s %s", e.Agent, e.Activity)
	}
	return fmt.Sprintf("%T", e)
}

func available(id AgentID) Event { return status(id, Available) }
func status(id AgentID, s Status) Event {
	return StatusSet{Agent: id, Status: s, Actor: Actor(id)}
}
func force(id AgentID, s Status) Event {
	return StatusSet{Agent: id, Status: s, Actor: "boss", Force: true}
}
func arrives(id ContactID) Event { return ContactArrived{Contact: id, Queue: "q"} }
func urgent(id ContactID, queue QueueID, priority int) Event {
	return ContactArrived{Contact: id, Queue: queue, Priority: &priority}
}
func hangsUp(id ContactID) Event { return ContactLeft{Contact: id, Ending: EndAbandoned} }

// floor is one queue "q" that admits while empty, and agents in it; tune may
// change both.
func floor(tune func(*Queue), agents ...AgentID) Options {
	q := Queue{ID: "q", JoinEmpty: true}
	if tune != nil {
		tune(&q)
	}
	o := Options{Queues: []Queue{q}}
	for _, id := range agents {
		o.Agents = append(o.Agents, Agent{ID: id, Queues: []Membership{{Queue: "q"}}})
	}
	return o
}

// takes are the steps by which agent answers offer n, for contact, at second s.
func takes(s float64, n OfferID, contact ContactID, agent AgentID, wait string) []step {
	return []step{
		{s, OfferTaken{n}, fmt.Sprintf("ended%d taken; bridge%d", n, n)},
		{s, Bridged{contact}, fmt.Sprintf("visit %s answered after %s by %s; %s talking", contact, wait, agent, agent)},
	}
}
