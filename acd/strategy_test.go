// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"fmt"
	"testing"
)

// round is one contact offered, taken and done with in two seconds of talk; want
// is who is asked.
func round(at float64, n OfferID, agent AgentID) []step {
	c := ContactID(fmt.Sprintf("c%d", n))
	return []step{
		{at, arrives(c), fmt.Sprintf("offer%d %s>%s; %s ringing", n, c, agent, agent)},
		{at, OfferTaken{n}, fmt.Sprintf("ended%d taken; bridge%d", n, n)},
		{at, Bridged{c}, fmt.Sprintf("visit %s answered after 0s by %s; %s talking", c, agent, agent)},
		{at + 2, ContactCompleted{c}, string(agent) + " idle"},
	}
}

func by(s Strategy) func(*Queue) { return func(q *Queue) { q.Strategy = s } }

func join(parts ...[]step) (all []step) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

func TestStrategies(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	bothIn := []step{{0, available("ann"), "ann is available"}, {1, available("bob"), "bob is available"}}
	bobFirst := []step{{0, available("bob"), "bob is available"}, {1, available("ann"), "ann is available"}}

	f("rule 5: fewest today asks who answered least, equals by ID", floor(by(FewestToday), "ann", "bob"), join(bobFirst,
		round(10, 1, "ann"), round(20, 2, "bob"), round(30, 3, "ann"), round(40, 4, "bob"))...)
	f("rule 5: fewest today counts from the queue's midnight", floor(by(FewestToday), "ann", "bob"), join(bothIn,
		round(10, 1, "ann"), round(20, 2, "bob"), round(30, 3, "ann"),
		[]step{{40, DayChanged{"p"}, ""}, {41, DayChanged{"q"}, ""}},
		round(50, 4, "ann"))...)
	f("rule 5: fewest today counts answers, not offers", floor(by(FewestToday), "ann", "bob"), join(bothIn, []step{
		{10, arrives("c1"), "offer1 c1>ann; ann ringing"},
		{11, hangsUp("c1"), "withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 1s; ann idle"},
		{12, arrives("c2"), "offer2 c2>ann; ann ringing"}})...)

	f("rule 5: least occupied asks who worked the smallest part of the time", floor(by(LeastOccupied), "ann", "bob"), join(
		[]step{{0, available("ann"), "ann is available"}},
		round(0, 1, "ann"), // 2 s of 2
		[]step{{90, available("bob"), "bob is available"}},
		round(90, 2, "bob"), // 2 s of 2 as well: by ID
		round(98, 3, "ann"), // 4 s of 100 now
		round(105, 4, "ann"), round(110, 5, "ann"))...)
	f("rule 5: least occupied counts from the queue's midnight", floor(by(LeastOccupied), "ann", "bob"), join(bothIn,
		round(10, 1, "ann"),
		[]step{{20, arrives("c2"), "offer2 c2>bob; bob ringing"},
			{21, hangsUp("c2"), "withdraw2 callerGone; ended2 callerGone; visit c2 abandoned after 1s; bob idle"},
			{30, DayChanged{"q"}, ""}},
		round(40, 3, "ann"))...)

	f("round robin asks who was asked longest ago, refused or not", floor(by(RoundRobin), "ann", "bob"), join(bobFirst,
		round(10, 1, "ann"), []step{
			{20, arrives("c2"), "offer2 c2>bob; bob ringing"},
			{21, hangsUp("c2"), "withdraw2 callerGone; ended2 callerGone; visit c2 abandoned after 1s; bob idle"}},
		round(30, 3, "ann"), round(40, 4, "bob"))...)

	fixed := floor(by(FixedOrder), "cid", "ann", "bob")
	f("fixed order asks as the agents are listed", fixed, join(bothIn,
		[]step{{2, available("cid"), "cid is available"}},
		round(10, 1, "cid"), round(20, 2, "cid"),
		[]step{
			{30, status("cid", "break"), "cid is break"},
			{31, Configured{Queues: fixed.Queues, Agents: []Agent{fixed.Agents[2], fixed.Agents[1], fixed.Agents[0]}}, ""}},
		round(40, 3, "bob"))...)

	f("rule 1: membership priority stands before any strategy", Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true, Strategy: FewestToday}},
		Agents: []Agent{
			{ID: "ann", Queues: []Membership{{Queue: "q"}}},
			{ID: "bob", Queues: []Membership{{Queue: "q", Priority: 1}}}}}, join(bothIn,
		round(10, 1, "bob"), round(20, 2, "bob"))...)
}

// TestRandomStrategyIsSeeded: every agent gets a fair part, the same each time,
// and another seed draws otherwise.
func TestRandomStrategyIsSeeded(t *testing.T) {
	draw := func(seed uint64) (order string, count map[AgentID]int) {
		d, count := New(floor(func(q *Queue) { q.Strategy, q.Seed = Random, seed }, "ann", "bob", "cid")), map[AgentID]int{}
		for _, id := range []AgentID{"ann", "bob", "cid"} {
			d.Apply(sec(0), available(id))
		}
		for n := range 300 {
			c := ContactID(fmt.Sprint(n))
			for _, e := range d.Apply(sec(float64(n)), arrives(c)) {
				if o, ok := e.(Offer); ok {
					order += string(o.Agent)
					count[o.Agent]++
				}
			}
			d.Apply(sec(float64(n)), hangsUp(c))
		}
		return order, count
	}
	first, count := draw(7)
	if again, _ := draw(7); again != first {
		t.Error("the same seed draws otherwise")
	}
	if other, _ := draw(8); other == first {
		t.Error("another seed draws the same")
	}
	for id, n := range count {
		if n < 70 || n > 130 {
			t.Errorf("%s is asked %d times of 300", id, n)
		}
	}
}

func TestRingAll(t *testing.T) {
	f := func(name string, steps ...step) {
		t.Helper()
		story(t, name, floor(by(RingAll), "ann", "bob", "cid"), join([]step{
			{0, available("ann"), "ann is available"},
			{0, available("bob"), "bob is available"},
			{1, arrives("c1"), "offer1 c1>ann; ann ringing; offer2 c1>bob; bob ringing"}}, steps)...)
	}
	f("rule 8: one wins, the others are withdrawn as elsewhere and stay as idle as they were",
		step{3, OfferTaken{2}, "withdraw1 elsewhere; ended1 elsewhere; ann idle; ended2 taken; bridge2"},
		step{3, OfferTaken{1}, ""},
		step{4, Bridged{"c1"}, "visit c1 answered after 3s by bob; bob talking"},
		step{5, available("cid"), "cid is available"},
		step{6, arrives("c2"), "offer3 c2>ann; ann ringing; offer4 c2>cid; cid ringing"})
	f("rule 8: the next contact rings those still free",
		step{2, arrives("c2"), ""},
		step{3, available("cid"), "cid is available; offer3 c2>cid; cid ringing"})
	f("rule 8: a loser's late answer and dead leg touch nothing",
		step{3, OfferTaken{1}, "withdraw2 elsewhere; ended2 elsewhere; bob idle; ended1 taken; bridge1"},
		step{3, OfferTaken{2}, ""},
		step{3, BridgeFailed{"c1", 2}, ""},
		step{4, Bridged{"c1"}, "visit c1 answered after 3s by ann; ann talking"})
	f("rule 8: the winner's leg dies before the bridge: it rings again at the head",
		step{2, arrives("c2"), ""},
		step{3, OfferTaken{1}, "withdraw2 elsewhere; ended2 elsewhere; bob idle; ended1 taken; bridge1; offer3 c2>bob; bob ringing"},
		step{4, hangsUp("c2"), "withdraw3 callerGone; ended3 callerGone; visit c2 abandoned after 2s; bob idle"},
		step{5, BridgeFailed{"c1", 1}, "ann idle; offer4 c1>bob; bob ringing"},
		step{6, OfferTaken{4}, "ended4 taken; bridge4"},
		step{6, Bridged{"c1"}, "visit c1 answered after 5s by bob; bob talking"})
	f("rule 8: nobody answers: no miss and no status, it rings again",
		step{21, Tick{}, "withdraw1 missed; ended1 missed; ann idle; withdraw2 missed; ended2 missed; bob idle; " +
			"offer3 c1>ann; ann ringing; offer4 c1>bob; bob ringing"})
	f("rule 8: one refuses, the others ring on",
		step{3, OfferFailed{1, Refused}, "ended1 refused; ann idle"},
		step{4, OfferTaken{2}, "ended2 taken; bridge2"})
	f("A-2: the caller hangs up while several ring: each is told",
		step{3, hangsUp("c1"), "withdraw1 callerGone; ended1 callerGone; withdraw2 callerGone; ended2 callerGone; " +
			"visit c1 abandoned after 2s; ann idle; bob idle"})
	story(t, "rule 10: rung alone, a miss is a miss", floor(by(RingAll), "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{21, Tick{}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle"})
}
