// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"slices"
	"testing"
	"time"

	"tandem/acd"
)

// TestPausedOffers is rule 24: while nothing can be promised nobody is offered
// anything, an offer that was not yet made to anybody is taken back blamelessly,
// and the line is served in order afterwards.
func TestPausedOffers(t *testing.T) {
	now := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	d := acd.New(acd.Options{
		Queues: []acd.Queue{{ID: "q", JoinEmpty: true}},
		Agents: []acd.Agent{{ID: "ann", Queues: []acd.Membership{{Queue: "q"}}}, {ID: "bob", Queues: []acd.Membership{{Queue: "q"}}}},
	})
	happens := func(ev acd.Event) (asked []acd.ContactID) {
		now = now.Add(time.Second)
		for _, e := range d.Apply(now, ev) {
			switch e := e.(type) {
			case acd.Offer:
				asked = append(asked, e.Contact)
			case acd.OfferEnded:
				if e.How != acd.Withdrawn && e.How != acd.Taken {
					t.Errorf("an offer ended %s", e.How)
				}
			}
		}
		return asked
	}
	happens(acd.StatusSet{Agent: "ann", Status: acd.Available, Actor: "ann"})
	if asked := happens(acd.ContactArrived{Contact: "c1", Queue: "q"}); !slices.Equal(asked, []acd.ContactID{"c1"}) {
		t.Fatalf("asked for %v", asked)
	}
	happens(acd.OffersPaused{Recall: []acd.OfferID{1, 77}})
	happens(acd.StatusSet{Agent: "bob", Status: acd.Available, Actor: "bob"})
	happens(acd.ContactArrived{Contact: "c2", Queue: "q"})
	now = now.Add(time.Hour)
	if asked := happens(acd.Tick{}); asked != nil {
		t.Errorf("asked for %v while paused", asked)
	}
	if asked := happens(acd.OffersResumed{}); !slices.Equal(asked, []acd.ContactID{"c1", "c2"}) {
		t.Errorf("asked for %v afterwards, want c1 and c2", asked)
	}
	for _, a := range d.Snapshot(now).Agents {
		if a.Status != acd.Available {
			t.Errorf("%s is %s", a.Agent, a.Status)
		}
	}
}

// TestRestarted: the place, the talk and the status survive; what rang does not,
// and nobody is to blame.
func TestRestarted(t *testing.T) {
	now := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	d := acd.New(acd.Options{
		Queues: []acd.Queue{{ID: "q", JoinEmpty: true, RingTime: 20 * time.Second}},
		Agents: []acd.Agent{
			{ID: "ann", Queues: []acd.Membership{{Queue: "q"}}}, {ID: "bob", Queues: []acd.Membership{{Queue: "q"}}},
			{ID: "cid", Queues: []acd.Membership{{Queue: "q"}}},
		},
	})
	var last []acd.Effect
	happens := func(after time.Duration, ev acd.Event) {
		now = now.Add(after)
		last = d.Apply(now, ev)
	}
	for _, a := range []acd.AgentID{"ann", "bob", "cid"} {
		happens(time.Second, acd.StatusSet{Agent: a, Status: acd.Available, Actor: acd.Actor(a)})
	}
	for _, c := range []acd.ContactID{"c1", "c2", "c3", "c4"} {
		happens(time.Second, acd.ContactArrived{Contact: c, Queue: "q"})
	}
	happens(time.Second, acd.OfferTaken{Offer: 1}) // ann talks to c1, bob has accepted c2, cid rings for c3
	happens(time.Second, acd.Bridged{Contact: "c1"})
	happens(time.Second, acd.OfferTaken{Offer: 2})
	happens(time.Second, acd.Restarted{})
	s := d.Snapshot(now)
	var line []acd.ContactID
	for _, w := range s.Queues[0].Waiting {
		line = append(line, w.Contact)
		if len(w.Agents) > 0 {
			t.Errorf("%s is still offered to %v", w.Contact, w.Agents)
		}
	}
	if !slices.Equal(line, []acd.ContactID{"c2", "c3", "c4"}) {
		t.Errorf("in line: %v", line)
	}
	for i, activity := range []acd.Activity{acd.Talking, acd.Idle, acd.Idle} {
		if a := s.Agents[i]; a.Status != acd.Available || a.Activity != activity || !a.DeviceLost {
			t.Errorf("%+v", a)
		}
	}
	happens(5*time.Second, acd.DeviceBack{Agent: "cid"})
	if !slices.ContainsFunc(last, func(e acd.Effect) bool { o, is := e.(acd.Offer); return is && o.Contact == "c2" && o.Agent == "cid" }) {
		t.Errorf("cid is back and gets %v", last)
	}
	happens(6*time.Second, acd.Tick{})
	s = d.Snapshot(now)
	if a := s.Agents[1]; a.Status != acd.Offline || a.Reason != acd.ReasonConnection {
		t.Errorf("bob, whose phone stays away: %+v", a)
	}
	if a := s.Agents[0]; a.Activity != acd.Talking {
		t.Errorf("ann's talk: %+v", a)
	}
}
