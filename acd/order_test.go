// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"testing"
	"time"
)

func TestOrder(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }

	f("rule 1: the older contact first, then by ID", floor(nil, "ann"),
		step{0, arrives("c2"), ""},
		step{0, arrives("c1"), ""},
		step{1, arrives("c0"), ""},
		step{5, available("ann"), "ann is available; offer1 c1>ann; ann ringing"},
		step{6, hangsUp("c1"), "withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 6s; ann idle; offer2 c2>ann; ann ringing"},
		step{7, hangsUp("c2"), "withdraw2 callerGone; ended2 callerGone; visit c2 abandoned after 7s; ann idle; offer3 c0>ann; ann ringing"})

	f("rule 1: larger priority before older", floor(nil, "ann"),
		step{0, arrives("old"), ""},
		step{1, urgent("vip", "q", 5), ""},
		step{2, available("ann"), "ann is available; offer1 vip>ann; ann ringing"})

	f("rule 1: a queue's priority is only its contacts' default", Options{
		Queues: []Queue{{ID: "p", Priority: 3, JoinEmpty: true}, {ID: "q", JoinEmpty: true}},
		Agents: []Agent{{ID: "ann", Queues: []Membership{{Queue: "q"}, {Queue: "p"}}}}},
		step{0, arrives("plain"), ""},
		step{1, ContactArrived{Contact: "p1", Queue: "p"}, ""},
		step{2, urgent("q9", "q", 9), ""},
		step{3, available("ann"), "ann is available; offer1 q9>ann; ann ringing"},
		step{4, hangsUp("q9"), "withdraw1 callerGone; ended1 callerGone; visit q9 abandoned after 2s; ann idle; offer2 p1>ann; ann ringing"})

	two := Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true}, {ID: "r", JoinEmpty: true}},
		Agents: []Agent{
			{ID: "ann", Queues: []Membership{{Queue: "q", Priority: 1}, {Queue: "r", Priority: 2}}},
			{ID: "bob", Queues: []Membership{{Queue: "q", Priority: 2}}}}}
	f("rule 1: membership priority before age", two,
		step{0, arrives("old"), ""},
		step{9, ContactArrived{Contact: "new", Queue: "r"}, ""},
		step{10, available("ann"), "ann is available; offer1 new>ann; ann ringing"})
	f("rule 6: lower membership priority only while nobody higher is free", two,
		step{0, available("ann"), "ann is available"},
		step{5, available("bob"), "bob is available"},
		step{6, arrives("c1"), "offer1 c1>bob; bob ringing"},
		step{7, arrives("c2"), "offer2 c2>ann; ann ringing"})

	f("rule 5: longest idle first, then by ID", floor(nil, "ann", "bob", "cid"),
		step{0, available("cid"), "cid is available"},
		step{1, available("bob"), "bob is available"},
		step{1, available("ann"), "ann is available"},
		step{2, arrives("c1"), "offer1 c1>cid; cid ringing"},
		step{2, arrives("c2"), "offer2 c2>ann; ann ringing"},
		step{2, arrives("c3"), "offer3 c3>bob; bob ringing"})

	f("rule 5: a caller who left leaves the idle time, a refusal resets it", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{1, available("bob"), "bob is available"},
		step{2, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{3, hangsUp("c1"), "withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 1s; ann idle"},
		step{4, arrives("c2"), "offer2 c2>ann; ann ringing"},
		step{5, OfferFailed{2, Refused}, "ended2 refused; ann idle; offer3 c2>bob; bob ringing"},
		step{6, hangsUp("c2"), "withdraw3 callerGone; ended3 callerGone; visit c2 abandoned after 2s; bob idle"},
		step{20, arrives("c3"), "offer4 c3>bob; bob ringing"})

	f("rule 5: saying available again does not restart the idle time", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{1, available("bob"), "bob is available"},
		step{2, available("ann"), ""},
		step{3, arrives("c1"), "offer1 c1>ann; ann ringing"})

	f("rule 2: past the guard before any priority, and oldest first among those",
		floor(func(q *Queue) { q.Guard = 30 * time.Second }, "ann"),
		step{0, urgent("low", "q", -5), ""},
		step{10, urgent("vip", "q", 9), ""},
		step{29.9, Tick{}, ""},
		step{30, available("ann"), "ann is available; offer1 low>ann; ann ringing"},
		step{31, hangsUp("low"), "withdraw1 callerGone; ended1 callerGone; visit low abandoned after 31s; ann idle; offer2 vip>ann; ann ringing"})
	f("rule 2: one second before the guard priority still rules",
		floor(func(q *Queue) { q.Guard = 30 * time.Second }, "ann"),
		step{0, urgent("low", "q", -5), ""},
		step{10, urgent("vip", "q", 9), ""},
		step{29, available("ann"), "ann is available; offer1 vip>ann; ann ringing"})
	f("rule 2: among contacts past the guard priority is ignored",
		floor(func(q *Queue) { q.Guard = 30 * time.Second }, "ann"),
		step{0, urgent("low", "q", -5), ""},
		step{1, urgent("vip", "q", 9), ""},
		step{60, available("ann"), "ann is available; offer1 low>ann; ann ringing"})

	f("rule 3: credit moves the place", floor(nil, "ann"),
		step{0, arrives("c1"), ""},
		step{5, ContactArrived{Contact: "c2", Queue: "q", Credit: 6 * time.Second}, ""},
		step{6, available("ann"), "ann is available; offer1 c2>ann; ann ringing"})
	f("rule 3: credit moves no timer and no number", floor(func(q *Queue) { q.MaxWait = 10 * time.Second }),
		step{0, ContactArrived{Contact: "c1", Queue: "q", Credit: 8 * time.Second}, ""},
		step{9, Tick{}, ""},
		step{10, Tick{}, "release c1 timedOut; visit c1 timedOut after 10s"})

	delayed := Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true}},
		Agents: []Agent{
			{ID: "ann", Queues: []Membership{{Queue: "q", Priority: 9, Delay: 30 * time.Second}}},
			{ID: "bob", Queues: []Membership{{Queue: "q"}}}}}
	f("rule 6: a membership delay ends at its second, for the longest waiting first", delayed,
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), ""},
		step{2, urgent("c2", "q", 5), ""},
		step{30.9, Tick{}, ""},
		step{31, Tick{}, "offer1 c1>ann; ann ringing"})
	f("rule 6: delay 0 is offered at once; no tier waits for an empty one", delayed,
		step{0, available("bob"), "bob is available"},
		step{1, arrives("c1"), "offer1 c1>bob; bob ringing"})
	f("rule 6: credit does not shorten a membership delay", delayed,
		step{0, available("ann"), "ann is available"},
		step{0, ContactArrived{Contact: "c1", Queue: "q", Credit: time.Minute}, ""},
		step{29, Tick{}, ""},
		step{30, Tick{}, "offer1 c1>ann; ann ringing"})

	f("rule 1: a standing offer is not withdrawn for a better match", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, urgent("vip", "q", 9), ""},
		step{3, available("bob"), "bob is available; offer2 vip>bob; bob ringing"})

	f("rule 1: a contact nobody free can serve blocks no one", Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true}, {ID: "r", Priority: 9, JoinEmpty: true}},
		Agents: []Agent{{ID: "ann", Queues: []Membership{{Queue: "q"}}}}},
		step{0, ContactArrived{Contact: "r1", Queue: "r"}, ""},
		step{1, arrives("c1"), ""},
		step{2, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
}
