// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"fmt"
	"testing"
	"time"
)

func TestAnnounce(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	every := func(q *Queue) { q.AnnounceFirst, q.AnnounceEvery = 5*time.Second, 20*time.Second }

	f("first, then every", floor(every),
		step{0, arrives("c1"), ""},
		step{1, arrives("c2"), ""},
		step{4.9, Tick{}, ""},
		step{5, Tick{}, "announce c1 1"},
		step{6, Tick{}, "announce c2 2"},
		step{25, Tick{}, "announce c1 1"},
		step{26, Tick{}, "announce c2 2"})
	f("first defaults to every; without every there is none", floor(func(q *Queue) { q.AnnounceEvery = 7 * time.Second }),
		step{0, arrives("c1"), ""},
		step{7, Tick{}, "announce c1 1"})
	f("none", floor(func(q *Queue) { q.AnnounceFirst = 7 * time.Second }),
		step{0, arrives("c1"), ""},
		step{7, Tick{}, ""})
	f("a worse place than last told is not told, a better one is", floor(every),
		step{0, arrives("c1"), ""},
		step{1, arrives("c2"), ""},
		step{5, Tick{}, "announce c1 1"},
		step{6, Tick{}, "announce c2 2"},
		step{7, urgent("vip", "q", 9), ""},
		step{12, Tick{}, "announce vip 1"},
		step{25, Tick{}, ""},
		step{26, Tick{}, ""},
		step{27, hangsUp("vip"), "visit vip abandoned after 20s"},
		step{28, hangsUp("c1"), "visit c1 abandoned after 28s"},
		step{46, Tick{}, "announce c2 1"})
	f("the ringing stand in line; who was accepted is told nothing", floor(every, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, arrives("c2"), ""},
		step{5, Tick{}, "announce c1 1"},
		step{6, Tick{}, "announce c2 2"},
		step{19, OfferTaken{1}, "ended1 taken; bridge1"},
		step{25, Tick{}, ""},
		step{26, Tick{}, "announce c2 2"})
	f("an announcement that was missed is not made up for", floor(every),
		step{0, arrives("c1"), ""},
		step{64, Tick{}, "announce c1 1"},
		step{65, Tick{}, "announce c1 1"})
	f("a changed interval holds from the entry on", floor(nil),
		step{0, arrives("c1"), ""},
		step{12, Configured(floor(every)), ""},
		step{24, Tick{}, ""},
		step{25, Tick{}, "announce c1 1"})
}

func TestEstimateInAnnouncement(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	every := func(q *Queue) { q.AnnounceFirst, q.AnnounceEvery = time.Second, 30*time.Second }

	f("rule 27: the wait of the last one answered who had waited, less what one has waited", floor(every, "ann"),
		step{0, arrives("c1"), ""},
		step{1, Tick{}, "announce c1 1"}, // silence without data
		step{31, Tick{}, "announce c1 1"},
		step{60, available("ann"), "ann is available; offer1 c1>ann; ann ringing"},
		step{60, OfferTaken{1}, "ended1 taken; bridge1"},
		step{60, Bridged{"c1"}, "visit c1 answered after 1m0s by ann; ann talking"},
		step{70, arrives("c2"), ""},
		step{71, Tick{}, "announce c2 1 ~59s"},
		step{101, Tick{}, "announce c2 1 ~29s"})
	f("rule 27: else the age of the head, above a minimum", floor(every),
		step{0, arrives("c1"), ""},
		step{1, Tick{}, "announce c1 1"},
		step{28, arrives("c2"), ""},
		step{29, Tick{}, "announce c2 2"}, // the head has waited 29 s
		step{31, Tick{}, "announce c1 1"}, // nothing to say of itself
		step{50, arrives("c3"), ""},
		step{51, Tick{}, "announce c3 3 ~50s"})
	f("rule 27: who found an agent at once says nothing of waits", floor(every, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{0.5, OfferTaken{1}, "ended1 taken; bridge1"},
		step{0.5, Bridged{"c1"}, "visit c1 answered after 500ms by ann; ann talking"},
		step{5, arrives("c2"), ""},
		step{6, Tick{}, "announce c2 1"})
	f("rule 27: not less than the first step that a signed-in agent meets", Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true, AnnounceFirst: time.Second, AnnounceEvery: 100 * time.Second}},
		Agents: []Agent{
			{ID: "ann", Queues: []Membership{{Queue: "q"}}},
			{ID: "bob", Queues: []Membership{{Queue: "q", Delay: 90 * time.Second}}}}},
		step{0, arrives("c1"), ""},
		step{1, Tick{}, "announce c1 1"},
		step{30, status("bob", "break"), "bob is break"},
		step{32, arrives("c2"), ""},
		step{33, Tick{}, "announce c2 2 ~1m29s"},
		step{34, status("ann", "break"), "ann is break"},
		step{35, arrives("c3"), ""},
		step{36, Tick{}, "announce c3 3 ~35s"})
}

// TestEstimateOfMovingLine: one leaves every 40 s while others wait; the next
// one at place n is told n times 40 s.
func TestEstimateOfMovingLine(t *testing.T) {
	d := New(floor(func(q *Queue) { q.AnnounceFirst, q.AnnounceEvery = 3*time.Second, time.Hour }))
	now := 0.0
	announced := map[ContactID]Announce{}
	apply := func(ev Event) {
		for _, e := range d.Apply(sec(now), ev) {
			if a, ok := e.(Announce); ok {
				announced[a.Contact] = a
			}
		}
	}
	id := func(n int) ContactID { return ContactID(fmt.Sprintf("c%03d", n)) }
	for n := range 4 {
		apply(arrives(id(n)))
	}
	for n := 4; n < 30; n++ {
		now += 40
		apply(hangsUp(id(n - 4)))
		apply(arrives(id(n)))
		now += 3
		apply(Tick{})
		now -= 3
	}
	got := announced[id(29)]
	if got.Position != 4 || got.Estimate < 158*time.Second || got.Estimate > 162*time.Second {
		t.Errorf("place %d, estimate %v, want 4 and about 160 s", got.Position, got.Estimate)
	}
	if got.Low != 2*time.Minute || got.High != 4*time.Minute {
		t.Errorf("told as %v to %v", got.Low, got.High)
	}
	if early := announced[id(10)]; early.Estimate > 2*time.Minute {
		t.Errorf("after 7 departures the line's speed was believed: %v", early.Estimate)
	}

	now += 2 * 3600 // everything above is out of the window
	apply(hangsUp(id(27)))
	apply(hangsUp(id(28)))
	apply(hangsUp(id(29)))
	apply(hangsUp(id(26)))
	now += 1801
	apply(arrives("late"))
	now += 3
	apply(Tick{})
	if got := announced["late"]; got.Position != 1 || got.Estimate != 0 {
		t.Errorf("after the window: %+v, want silence", got)
	}
}

func TestEstimateRisesOnlyByMuch(t *testing.T) {
	f := func(told, now time.Duration, want time.Duration) {
		t.Helper()
		d := New(floor(func(q *Queue) { q.AnnounceEvery = 10 * time.Second }))
		d.Apply(t0, arrives("c1"))
		c := d.contacts["c1"]
		c.told.estimate = told
		p := &c.queue.pace
		p.lastWait, p.answered = now+10*time.Second, true
		a := d.Apply(sec(10), Tick{})[0].(Announce)
		if a.Estimate != want {
			t.Errorf("told %v, now %v: announced %v, want %v", told, now, a.Estimate, want)
		}
	}
	f(0, 5*time.Minute, 5*time.Minute)
	f(5*time.Minute, 4*time.Minute, 4*time.Minute)
	f(5*time.Minute, 6*time.Minute, 0)
	f(5*time.Minute, 6*time.Minute+1, 6*time.Minute+1)
}

func TestEstimateRange(t *testing.T) {
	f := func(estimate, low, high time.Duration) {
		t.Helper()
		if l, h := estimateRange(estimate); l != low || h != high {
			t.Errorf("%v: %v to %v, want %v to %v", estimate, l, h, low, high)
		}
	}
	f(0, 0, 0)
	f(20*time.Second, 0, time.Minute)
	f(80*time.Second, time.Minute, 2*time.Minute)
	f(4*time.Minute, 3*time.Minute, 5*time.Minute)
	f(10*time.Minute, 7*time.Minute, 13*time.Minute)
}

// TestPaceAgainstCounting compares the half hour's sums with plain counting.
func TestPaceAgainstCounting(t *testing.T) {
	var p pace
	type span struct{ from, to int } // seconds in which someone waited
	var spans []span
	var departures []int
	now, since := 0, 0
	for i := range 400 {
		now += 7 + i*13%31
		if p.waiting == 0 {
			p.join(instant(now) * instant(time.Second))
			since = now
			continue
		}
		c := &contact{waited: true}
		p.part(instant(now)*instant(time.Second), c, EndAbandoned)
		departures = append(departures, now)
		spans = append(spans, span{since, now})

		first := now/30*30 - 59*30 // the window is 60 slots, this one included
		waited, left := 0, 0
		for _, s := range spans {
			waited += max(0, s.to-max(s.from, first))
		}
		for _, at := range departures {
			if at >= first {
				left++
			}
		}
		if p.sum.waited != time.Duration(waited)*time.Second || p.sum.departures != left {
			t.Fatalf("second %d: %v and %d departures, want %d s and %d", now, p.sum.waited, p.sum.departures, waited, left)
		}
	}
}
