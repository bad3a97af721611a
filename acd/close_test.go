// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"testing"
	"time"
)

func TestAtClose(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	closes := QueueClosed{Queue: "q"}

	f("rule 20: those in line are served for so long, and then released; an offer that stands is not cut",
		floor(func(q *Queue) { q.ServeFor = 30 * time.Second }, "ann"),
		step{0, arrives("c1"), ""},
		step{1, arrives("c2"), ""},
		step{10, closes, ""},
		step{11, arrives("c3"), "release c3 refusedClosed; visit c3 refusedClosed after 0s"},
		step{30, available("ann"), "ann is available; offer1 c1>ann; ann ringing"},
		step{39, Tick{}, ""},
		step{40, Tick{}, "release c2 closed; visit c2 closed after 39s"},
		step{41, OfferFailed{1, Refused}, "ended1 refused; ann idle; release c1 closed; visit c1 closed after 41s"})
	f("rule 20: released at once, but who rings has the chance", floor(func(q *Queue) { q.AtClose = ReleaseLine }, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, arrives("c2"), ""},
		step{3, closes, "release c2 closed; visit c2 closed after 1s"},
		step{4, OfferFailed{1, Refused}, "ended1 refused; ann idle; release c1 closed; visit c1 closed after 3s"})
	two := floor(func(q *Queue) { q.AtClose, q.OverflowTo = OverflowLine, "night" }, "ann")
	two.Queues = append(two.Queues, Queue{ID: "night", JoinEmpty: true, MaxLength: 1})
	f("rule 20: overflow keeps the age; who finds no room stays and tries again", two,
		step{0, arrives("c1"), ""},
		step{1, arrives("c2"), ""},
		step{5, closes, "visit c1 overflowed after 5s to night"},
		step{5.5, hangsUp("c1"), "visit c1 abandoned after 500ms"},
		step{6, Tick{}, "visit c2 overflowed after 5s to night"})
	f("rule 20: an emergency releases also who rings, and talks go on", floor(nil, "ann", "bob"), join(
		[]step{{0, available("ann"), "ann is available"}, {1, arrives("c1"), "offer1 c1>ann; ann ringing"}},
		takes(2, 1, "c1", "ann", "1s"),
		[]step{{3, available("bob"), "bob is available"}, {4, arrives("c2"), "offer2 c2>bob; bob ringing"},
			{5, QueueClosed{Queue: "q", Release: true}, "withdraw2 withdrawn; ended2 withdrawn; bob idle; release c2 closed; visit c2 closed after 1s"},
			{9, ContactCompleted{"c1"}, "ann idle"}})...)
}

func TestRedialGrace(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	from := func(id ContactID, number string) Event { return ContactArrived{Contact: id, Queue: "q", From: number} }
	grace := floor(func(q *Queue) { q.RedialGrace = time.Minute }, "ann")

	f("rule 17: who was cut off has the place back, once, and the first visit stays abandoned", grace,
		step{0, from("c1", "555"), ""},
		step{5, arrives("c2"), ""},
		step{10, hangsUp("c1"), "visit c1 abandoned after 10s"},
		step{30, from("c3", "555"), "c3 resumes c1"},
		step{31, hangsUp("c3"), "visit c3 abandoned after 1s"},
		step{32, from("c4", "555"), ""},
		step{40, available("ann"), "ann is available; offer1 c2>ann; ann ringing"})
	f("rule 17: time away counts for order only", grace,
		step{0, from("c1", "555"), ""},
		step{5, arrives("c2"), ""},
		step{10, hangsUp("c1"), "visit c1 abandoned after 10s"},
		step{69, from("c3", "555"), "c3 resumes c1"},
		step{70, available("ann"), "ann is available; offer1 c3>ann; ann ringing"},
		step{71, hangsUp("c3"), "withdraw1 callerGone; ended1 callerGone; visit c3 abandoned after 2s; ann idle; offer2 c2>ann; ann ringing"})
	f("rule 17: too late, anonymous, or a second call at the same time: to the tail", grace,
		step{0, from("c1", "555"), ""},
		step{5, arrives("c2"), ""},
		step{6, from("c9", "555"), ""}, // while the first still waits
		step{10, hangsUp("c1"), "visit c1 abandoned after 10s"},
		step{11, from("c3", ""), ""},
		step{70, from("c4", "555"), ""},
		step{80, available("ann"), "ann is available; offer1 c2>ann; ann ringing"})
	f("rule 17: our own crash counts, a key does not", grace,
		step{0, from("c1", "555"), ""},
		step{1, ContactLeft{Contact: "c1", Ending: EndSystemError}, "visit c1 systemError after 1s"},
		step{2, from("c2", "555"), "c2 resumes c1"},
		step{3, from("c3", "666"), ""},
		step{4, ContactLeft{Contact: "c3", Ending: EndExitKey}, "visit c3 exitKey after 1s"},
		step{5, from("c4", "666"), ""})
}

func TestPassedOn(t *testing.T) {
	o := floor(nil, "ann", "bob")
	story(t, "rule 18: a contact that was passed on never rings who passed it on", o,
		step{0, available("ann"), "ann is available"},
		step{1, ContactArrived{Contact: "c1", Queue: "q", Require: &Require{Never: []AgentID{"ann"}}}, ""},
		step{9, available("bob"), "bob is available; offer1 c1>bob; bob ringing"},
		step{10, OfferFailed{1, Refused}, "ended1 refused; bob idle"},
		step{15, Tick{}, "offer2 c1>bob; bob ringing"})
}

func TestWrapUpModes(t *testing.T) {
	f := func(mode WrapUpMode, limit time.Duration, end string, more ...step) {
		t.Helper()
		o := floor(func(q *Queue) { q.WrapUpMode, q.WrapUp = mode, limit }, "ann")
		story(t, "after the contact: "+string(mode), o, join(
			[]step{{0, available("ann"), "ann is available"}, {1, arrives("c1"), "offer1 c1>ann; ann ringing"}},
			takes(2, 1, "c1", "ann", "1s"),
			[]step{{9, ContactCompleted{"c1"}, end}}, more)...)
	}
	f(WrapUpNone, time.Minute, "ann idle")
	f(WrapUpLimited, 10*time.Second, "ann wrapUp", step{19, Tick{}, "ann idle"})
	f(WrapUpDismissed, 10*time.Second, "ann wrapUp", step{3600, Tick{}, ""}, step{3601, WrapUpFinished{Agent: "ann"}, "ann idle"})
	f(WrapUpOptional, 0, "ann idle")
	o := floor(func(q *Queue) { q.WrapUpMode = WrapUpOptional }, "ann")
	story(t, "after the contact: optional, and wanted", o, join(
		[]step{{0, available("ann"), "ann is available"}, {1, arrives("c1"), "offer1 c1>ann; ann ringing"}},
		takes(2, 1, "c1", "ann", "1s"),
		[]step{{5, WrapUpWanted{Agent: "ann", On: true}, ""}, {9, ContactCompleted{"c1"}, "ann wrapUp"},
			{10, WrapUpFinished{Agent: "ann"}, "ann idle"}})...)
}

func TestRingProgressively(t *testing.T) {
	o := floor(func(q *Queue) { q.Strategy, q.RingNext, q.RingTime = RingProgressively, 5*time.Second, 12*time.Second }, "ann", "bob", "cid")
	story(t, "rule 8: one after another joins in; one wins, and nobody has missed", o,
		step{0, available("bob"), "bob is available"},
		step{1, available("ann"), "ann is available"},
		step{2, arrives("c1"), "offer1 c1>bob; bob ringing"},
		step{7, Tick{}, "offer2 c1>ann; ann ringing"},
		step{12, Tick{}, ""},
		step{13, available("cid"), "cid is available; offer3 c1>cid; cid ringing"},
		step{14, Tick{}, "withdraw1 missed; ended1 missed; bob idle"},
		step{15, OfferTaken{3}, "withdraw2 elsewhere; ended2 elsewhere; ann idle; ended3 taken; bridge3"})
}

func TestPresence(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	f("the door: nobody available", floor(func(q *Queue) { q.JoinEmpty, q.JoinCounts = false, PresentAvailable }, "ann"),
		step{0, status("ann", "break"), "ann is break"},
		step{1, arrives("c1"), "release c1 joinEmpty; visit c1 joinEmpty after 0s"},
		step{2, available("ann"), "ann is available"},
		step{3, arrives("c2"), "offer1 c2>ann; ann ringing"},
		step{4, arrives("c3"), ""})
	f("the door: nobody idle", floor(func(q *Queue) { q.JoinEmpty, q.JoinCounts = false, PresentIdle }, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, arrives("c2"), "release c2 joinEmpty; visit c2 joinEmpty after 0s"})
	f("the line: the last available one goes", floor(func(q *Queue) { q.LeaveEmpty, q.LeaveCounts = true, PresentAvailable }, "ann"),
		step{0, arrives("c0"), ""},
		step{1, force("ann", "break"), "ann is break"},
		step{2, hangsUp("c0"), "visit c0 abandoned after 2s"},
		step{3, available("ann"), "ann is available"},
		step{4, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{5, arrives("c2"), ""},
		step{24, Tick{}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle; release c1 leaveEmpty; visit c1 leaveEmpty after 20s; release c2 leaveEmpty; visit c2 leaveEmpty after 19s"})
}
