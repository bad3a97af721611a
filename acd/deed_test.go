// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"fmt"
	"testing"
	"time"
)

// twoQueues are q and r; ann serves q, bob r.
func twoQueues(tune func(q, r *Queue)) Options {
	q, r := Queue{ID: "q", JoinEmpty: true}, Queue{ID: "r", JoinEmpty: true}
	if tune != nil {
		tune(&q, &r)
	}
	return Options{Queues: []Queue{q, r}, Agents: []Agent{
		{ID: "ann", Queues: []Membership{{Queue: "q"}}},
		{ID: "bob", Queues: []Membership{{Queue: "r"}}}}}
}

func TestDeeds(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }

	f("a contact is withdrawn; what rings is taken back blamelessly", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, ContactWithdrawn{"c1", "boss"}, "boss withdraw c1 q; withdraw1 withdrawn; ended1 withdrawn; ann idle; " +
			"release c1 withdrawn; visit c1 withdrawn after 1s"})
	f("a deed comes too late once an agent has accepted", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, OfferTaken{1}, "ended1 taken; bridge1"},
		step{2, ContactWithdrawn{"c1", "boss"}, ""},
		step{2, ContactMoved{"c1", "q", "boss"}, ""},
		step{2, PrioritySet{"c1", 9, "boss"}, ""})
	f("rule 3: a moved contact keeps its age, its timers begin anew",
		twoQueues(func(_, r *Queue) { r.MaxWait = 10 * time.Second }),
		step{0, arrives("c1"), ""},
		step{5, ContactArrived{Contact: "r1", Queue: "r"}, ""},
		step{8, ContactMoved{"c1", "r", "boss"}, "boss move c1 q; visit c1 transferred after 8s to r"},
		step{9, available("bob"), "bob is available; offer1 c1>bob; bob ringing"},
		step{10, OfferFailed{1, Refused}, "ended1 refused; bob idle"},
		step{14.9, status("bob", "break"), "bob is break"},
		step{15, Tick{}, "release r1 timedOut; visit r1 timedOut after 10s"},
		step{18, Tick{}, "release c1 timedOut; visit c1 timedOut after 10s"})
	f("rule 18: a queue that refuses takes nobody", twoQueues(func(_, r *Queue) { r.Closed = true }),
		step{0, arrives("c1"), ""},
		step{1, ContactMoved{"c1", "r", "boss"}, ""},
		step{2, ContactMoved{"c1", "nowhere", "boss"}, ""},
		step{3, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("a changed priority holds at once", floor(nil, "ann"),
		step{0, arrives("c1"), ""},
		step{1, arrives("c2"), ""},
		step{2, PrioritySet{"c2", 1, "boss"}, "boss prioritise c2 q"},
		step{3, available("ann"), "ann is available; offer1 c2>ann; ann ringing"})
	f("a contact is assigned to whom the supervisor names", twoQueues(nil),
		step{0, available("ann"), "ann is available"},
		step{0, available("bob"), "bob is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, ContactAssigned{"c1", "bob", "boss"}, "boss assign c1 q; withdraw1 withdrawn; ended1 withdrawn; ann idle; offer2 c1>bob; bob ringing"},
		step{3, OfferTaken{2}, "ended2 taken; bridge2"},
		step{3, Bridged{"c1"}, "visit c1 answered after 2s by bob; bob talking"})
	f("A-1: nobody is assigned to who is busy", twoQueues(nil),
		step{0, arrives("c1"), ""},
		step{1, ContactAssigned{"c1", "bob", "boss"}, ""},
		step{1, ContactAssigned{"c1", "nobody", "boss"}, ""})
	f("who closes and opens a queue is told", floor(nil),
		step{0, arrives("c1"), ""},
		step{1, QueueClosed{Queue: "q", Actor: "boss"}, "boss close q"},
		step{2, arrives("c2"), "release c2 refusedClosed; visit c2 refusedClosed after 0s"},
		step{3, QueueClosed{Queue: "q", Release: true, Actor: "boss"}, "boss emergencyClose q; release c1 closed; visit c1 closed after 3s"},
		step{4, QueueOpened{Queue: "q", Actor: "boss"}, "boss open q"},
		step{5, arrives("c3"), ""})
}

func TestOverflow(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	over := func(more func(q, r *Queue)) Options {
		return twoQueues(func(q, r *Queue) {
			q.OverflowAfter, q.OverflowTo = 10*time.Second, "r"
			if more != nil {
				more(q, r)
			}
		})
	}
	f("rule 18: overflow keeps the effective time", over(nil),
		step{0, arrives("c1"), ""},
		step{1, ContactArrived{Contact: "r1", Queue: "r"}, ""},
		step{10, Tick{}, "visit c1 overflowed after 10s to r"},
		step{11, available("bob"), "bob is available; offer1 c1>bob; bob ringing"})
	f("rule 18: or not", over(func(q, _ *Queue) { q.OverflowFresh = true }),
		step{0, arrives("c1"), ""},
		step{1, ContactArrived{Contact: "r1", Queue: "r"}, ""},
		step{10, Tick{}, "visit c1 overflowed after 10s to r"},
		step{11, available("bob"), "bob is available; offer1 r1>bob; bob ringing"})
	f("rule 18: while there is no room the place stays", over(func(_, r *Queue) { r.MaxLength = 1 }),
		step{0, arrives("c1"), ""},
		step{1, ContactArrived{Contact: "r1", Queue: "r"}, ""},
		step{10, Tick{}, ""},
		step{11, Tick{}, ""},
		step{11.5, hangsUp("r1"), "visit r1 abandoned after 10.5s"},
		step{12, Tick{}, "visit c1 overflowed after 12s to r"})
	f("rule 19: an offer that stands is not cut", over(nil),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{15, Tick{}, ""},
		step{16, OfferFailed{1, Refused}, "ended1 refused; ann idle; visit c1 overflowed after 15s to r"})
	f("rule 3: what a contact requires begins anew in the next queue", func() Options {
		o := over(nil)
		o.Agents[1].Skills = []Skill{{"german", 5}}
		o.Agents = append(o.Agents, Agent{ID: "cid", Queues: []Membership{{Queue: "r"}}, Skills: []Skill{{"german", 9}}})
		return o
	}(),
		step{0, status("cid", "break"), "cid is break"},
		step{0, wants("c1", nil), ""},
		step{9, available("bob"), "bob is available"},
		step{10, Tick{}, "visit c1 overflowed after 10s to r"},
		step{39.9, Tick{}, ""},
		step{40, Tick{}, "offer1 c1>bob; bob ringing"})
}

// intervened is a deed in the words of stories.
func intervened(e Intervened) string {
	s := fmt.Sprintf("%s %s", e.Actor, e.What)
	if e.Contact != "" {
		s += " " + string(e.Contact)
	}
	return s + " " + string(e.Queue)
}
