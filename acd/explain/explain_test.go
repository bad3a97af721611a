// SPDX-License-Identifier: Apache-2.0

package explain_test

import (
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/acd/explain"
)

var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// floor has a queue and its members; german is chen's level.
func floor(german int) acd.Options {
	member := []acd.Membership{{Queue: "support"}}
	return acd.Options{
		Queues: []acd.Queue{{ID: "support", RingTime: 20 * time.Second}, {ID: "billing", Priority: 5}},
		Agents: []acd.Agent{
			{ID: "ann", Queues: member, Skills: []acd.Skill{{Name: "german", Level: 9}}},
			{ID: "bob", Queues: []acd.Membership{{Queue: "support"}, {Queue: "billing"}}, Skills: []acd.Skill{{Name: "german", Level: 8}}},
			{ID: "chen", Queues: member, Skills: []acd.Skill{{Name: "german", Level: german}}},
			{ID: "dora", Queues: []acd.Membership{{Queue: "support", Delay: 45 * time.Second}}},
			{ID: "emil", Queues: []acd.Membership{{Queue: "billing"}}},
		},
	}
}

type happened struct {
	after time.Duration
	event acd.Event
}

func available(id acd.AgentID) acd.Event {
	return acd.StatusSet{Agent: id, Status: acd.Available, Actor: acd.Actor(id)}
}

// morning is what happens around c1.
func morning() []happened {
	s := time.Second
	german := &acd.Require{Steps: []acd.Step{{Skills: []acd.Skill{{Name: "german", Level: 7}}, For: 30 * s}, {Skills: []acd.Skill{{Name: "german", Level: 4}}, For: 60 * s}, {}}}
	return []happened{
		{0, available("ann")},
		{0, available("bob")},
		{1 * s, acd.StatusSet{Agent: "ann", Status: "break", Actor: "ann"}},
		{2 * s, acd.ContactArrived{Contact: "b1", Queue: "billing"}},
		{4 * s, acd.OfferTaken{Offer: 1}},
		{4 * s, acd.Bridged{Contact: "b1"}},
		{5 * s, available("chen")},
		{5 * s, available("dora")},
		{10 * s, acd.ContactArrived{Contact: "c0", Queue: "support", Require: german}},
		{20 * s, acd.ContactArrived{Contact: "c1", Queue: "support", Require: german}},
		{25 * s, acd.ContactArrived{Contact: "b2", Queue: "billing"}},
		{30 * s, acd.ContactCompleted{Contact: "b1"}},
		{31 * s, acd.OfferTaken{Offer: 2}},
		{31 * s, acd.Bridged{Contact: "b2"}},
		{40 * s, acd.ContactLeft{Contact: "c0", Ending: acd.EndAbandoned}},
		{50 * s, acd.Tick{}},
		{70 * s, acd.Tick{}},
		{110 * s, acd.Tick{}},
		{112 * s, acd.OfferTaken{Offer: 3}},
		{113 * s, acd.Bridged{Contact: "c1"}},
	}
}

func tell(o acd.Options, happened []happened, options explain.Options) explain.Story {
	t := explain.NewTeller(acd.New(o), options)
	for _, h := range happened {
		t.See(nine.Add(h.after), h.event)
	}
	return t.Story()
}

func text(t *testing.T, s explain.Story, zh bool) string {
	t.Helper()
	var b strings.Builder
	if err := s.Write(&b, time.UTC, zh); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestStoryOfAWait holds the whole text: a person at the desk reads it.
func TestStoryOfAWait(t *testing.T) {
	got := text(t, tell(floor(3), morning(), explain.Options{Contact: "c1"}), false)
	const want = `09:00:20  entered the queue support as number 2; wants german>=7 for 30s, then german>=4 for 1m0s, then anyone
09:00:20  ahead in line: c0 (waits since 09:00:10)
09:00:30  bob was free and was asked to take b2, which goes first: more urgent: priority 5, not 0
09:00:50  from now also content with: german>=4
09:01:50  from now also content with: anyone
09:01:50  rings at chen for at most 20s
09:01:52  accepted by chen
09:01:53  answered by chen after 1m33s

Why nobody took it earlier:
  ann          09:00:20 - 09:01:53  on break since 09:00:01
  bob          09:00:20 - 09:00:30  talking with b1 since 09:00:04
               09:00:30 - 09:00:31  being asked to take b2 since 09:00:30
               09:00:31 - 09:01:53  talking with b2 since 09:00:31
  chen         09:00:20 - 09:00:50  german 3, wanted at least 7 until 09:01:50
               09:00:50 - 09:01:50  german 3, wanted at least 4 until 09:01:50
               09:01:50 - 09:01:53  was asked
  dora         09:00:20 - 09:00:50  comes in only after a delay, until 09:01:05; lacks german, wanted at level 7 until 09:01:50
               09:00:50 - 09:01:10  comes in only after a delay, until 09:01:05; lacks german, wanted at level 4 until 09:01:50
               09:01:10 - 09:01:50  lacks german, wanted at level 4 until 09:01:50
               09:01:50 - 09:01:53  free, but it rang at chen, who was idle longer
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

// TestAlteredSkillAltersTheReason, and what follows from it: with german 5 chen
// is asked when 4 is enough.
func TestAlteredSkillAltersTheReason(t *testing.T) {
	before := tell(floor(3), morning(), explain.Options{Contact: "c1"})
	after := tell(floor(5), morning(), explain.Options{Contact: "c1"})
	f := func(s explain.Story, want string) {
		t.Helper()
		for _, a := range s.Agents {
			if a.Agent == "chen" && a.Spans[0].En != want {
				t.Errorf("got %q", a.Spans[0].En)
			}
		}
	}
	f(before, "german 3, wanted at least 7 until 09:01:50")
	f(after, "german 5, wanted at least 7 until 09:00:50")
	if got := text(t, after, false); !strings.Contains(got, "09:00:50  rings at chen") {
		t.Errorf("got\n%s", got)
	}
}

// TestWhyNotMe is asked also by who does not serve the queue.
func TestWhyNotMe(t *testing.T) {
	s := tell(floor(3), morning(), explain.Options{Contact: "c1", Agent: "emil"})
	if len(s.Agents) != 1 || !strings.HasPrefix(s.Agents[0].Spans[0].En, "does not serve this queue; not signed in") {
		t.Errorf("%+v", s.Agents)
	}
}

func TestStoryInChinese(t *testing.T) {
	got := text(t, tell(floor(3), morning(), explain.Options{Contact: "c1", Name: func(id acd.AgentID) string {
		return map[acd.AgentID]string{"chen": "陈"}[id]
	}}), true)
	for _, want := range []string{"进入队列 support，排在第 2 位", "更紧急：优先级 5，而非 0", "1m33s 后由 陈 接通", "german 3 级，要求至少 7 级，直到 09:01:50", "为何没有更早接听"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing of\n%s", want, got)
		}
	}
}

func TestStoryOfSomebodyUnknown(t *testing.T) {
	s := tell(floor(3), morning(), explain.Options{Contact: "x"})
	if got := text(t, s, false); s.Found || got != "nothing is known of x\n" {
		t.Errorf("%q", got)
	}
}
