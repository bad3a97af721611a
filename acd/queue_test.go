// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"testing"
	"time"
)

func TestDoorAndLimits(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }

	f("nobody signed in: refused at the door, on a break admitted", floor(func(q *Queue) { q.JoinEmpty = false }, "ann"),
		step{0, arrives("c1"), "release c1 joinEmpty; visit c1 joinEmpty after 0s"},
		step{1, status("ann", "break"), "ann is break"},
		step{2, arrives("c1"), ""},
		step{3, status("ann", Offline), "ann is offline"},
		step{4, arrives("c2"), "release c2 joinEmpty; visit c2 joinEmpty after 0s"},
		step{5, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("leaveEmpty: the last one signs out, in order of the line", floor(func(q *Queue) { q.LeaveEmpty = true }, "ann", "bob"),
		step{0, status("ann", "break"), "ann is break"},
		step{0, status("bob", "break"), "bob is break"},
		step{1, arrives("c1"), ""},
		step{2, urgent("c2", "q", 1), ""},
		step{3, status("ann", Offline), "ann is offline"},
		step{4, status("bob", Offline), "bob is offline; release c2 leaveEmpty; visit c2 leaveEmpty after 2s; release c1 leaveEmpty; visit c1 leaveEmpty after 3s"})
	f("leaveEmpty: the last one's connection is lost", floor(func(q *Queue) { q.LeaveEmpty = true }, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, DeviceLost{"ann"}, ""},
		step{2, arrives("c1"), ""},
		step{11, Tick{}, "ann is offline connection; release c1 leaveEmpty; visit c1 leaveEmpty after 9s"})
	f("leaveEmpty: the last one signs out after the call that never was", floor(func(q *Queue) { q.LeaveEmpty = true }, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, status("ann", Offline), `ann next "offline"`},
		step{2, OfferFailed{1, Refused}, `ended1 refused; ann is offline; release c1 leaveEmpty; visit c1 leaveEmpty after 2s; ann next ""; ann idle`})
	f("leaveEmpty: a caller who hangs up as the last one signs out is abandoned", floor(func(q *Queue) { q.LeaveEmpty = true }, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, status("ann", Offline), `ann next "offline"`},
		step{2, hangsUp("c1"), `withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 2s; ann is offline; ann next ""; ann idle`})

	f("rule 19: the maximum length counts ringing contacts", floor(func(q *Queue) { q.MaxLength = 2 }, "ann"),
		slices.Concat([]step{
			{0, available("ann"), "ann is available"},
			{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
			{1, arrives("c2"), ""},
			{2, arrives("c3"), "release c3 full; visit c3 full after 0s"}},
			takes(3, 1, "c1", "ann", "3s"),
			[]step{{4, arrives("c3"), ""}})...)
	f("rule 19: the maximum wait", floor(func(q *Queue) { q.MaxWait = 10 * time.Second }),
		step{0, arrives("c1"), ""},
		step{9.9, Tick{}, ""},
		step{10, Tick{}, "release c1 timedOut; visit c1 timedOut after 10s"})

	f("closed: the door is shut, those in line are served", floor(nil, "ann"),
		step{0, arrives("c1"), ""},
		step{1, QueueClosed{Queue: "q"}, ""},
		step{2, arrives("c2"), "release c2 refusedClosed; visit c2 refusedClosed after 0s"},
		step{3, available("ann"), "ann is available; offer1 c1>ann; ann ringing"},
		step{4, QueueOpened{Queue: "q"}, ""},
		step{5, arrives("c2"), ""})
	f("rule 20: an emergency releases all but who was accepted, and talks go on", floor(nil, "ann", "bob", "cid"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, OfferTaken{1}, "ended1 taken; bridge1"},
		step{1, available("bob"), "bob is available"},
		step{2, arrives("c2"), "offer2 c2>bob; bob ringing"},
		step{3, arrives("c3"), ""},
		step{4, QueueClosed{Queue: "q", Release: true}, "withdraw2 withdrawn; ended2 withdrawn; bob idle; " +
			"release c2 closed; visit c2 closed after 2s; release c3 closed; visit c3 closed after 1s"},
		step{5, Bridged{"c1"}, "visit c1 answered after 5s by ann; ann talking"})
	f("rule 20: who was accepted in an emergency but never bridged is released", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, OfferTaken{1}, "ended1 taken; bridge1"},
		step{2, QueueClosed{Queue: "q", Release: true}, ""},
		step{3, BridgeFailed{"c1", 1}, "ann idle; release c1 closed; visit c1 closed after 3s"})
	f("a contact for a queue that does not exist goes on at once", floor(nil),
		step{0, ContactArrived{Contact: "c1", Queue: "z"}, "release c1 systemError; visit c1 systemError after 0s"})
	f("rule 14: an ending that is none is our error", floor(nil),
		step{0, arrives("c1"), ""},
		step{1, ContactLeft{"c1", EndAnswered}, "visit c1 systemError after 1s"})
}

func TestConfigured(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	with := func(tune func(*Queue), agents ...AgentID) Event { return Configured(floor(tune, agents...)) }
	without := func(agents ...AgentID) Event { // the queue
		ev := Configured(floor(nil, agents...))
		ev.Queues = nil
		for i := range ev.Agents {
			ev.Agents[i].Queues = nil
		}
		return ev
	}

	f("contacts and agents keep what they have", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, arrives("c2"), ""},
		step{2, with(nil, "ann", "bob"), ""},
		step{3, OfferTaken{1}, "ended1 taken; bridge1"},
		step{4, available("bob"), "bob is available; offer2 c2>bob; bob ringing"})
	f("new limits hold at once", floor(nil, "ann"),
		step{0, arrives("c1"), ""},
		step{5, arrives("c2"), ""},
		step{12, with(func(q *Queue) { q.MaxWait = 10 * time.Second }, "ann"), "release c1 timedOut; visit c1 timedOut after 12s"},
		step{15, Tick{}, "release c2 timedOut; visit c2 timedOut after 10s"})
	f("a new guard moves those who are past it", floor(nil, "ann"),
		step{0, urgent("low", "q", -1), ""},
		step{30, arrives("c2"), ""},
		step{31, with(func(q *Queue) { q.Guard = 20 * time.Second }, "ann"), ""},
		step{32, available("ann"), "ann is available; offer1 low>ann; ann ringing"})
	f("a membership that is added serves at once", Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true}}, Agents: []Agent{{ID: "ann"}}},
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), ""},
		step{2, with(nil, "ann"), "offer1 c1>ann; ann ringing"})
	f("a removed agent who is idle is gone; who rings gives the contact back", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, available("bob"), "bob is available"},
		step{2, with(nil, "bob"), "withdraw1 withdrawn; ended1 withdrawn; ann is offline removed; ann idle; offer2 c1>bob; bob ringing"},
		step{3, available("ann"), ""},
		step{4, with(nil, "bob", "ann"), ""},
		step{5, available("ann"), "ann is available"})
	f("a removed agent finishes the talk", floor(func(q *Queue) { q.WrapUp = time.Minute }, "ann"), slices.Concat([]step{
		{0, available("ann"), "ann is available"},
		{0, arrives("c1"), "offer1 c1>ann; ann ringing"}},
		takes(1, 1, "c1", "ann", "1s"), []step{
			{2, with(nil), ""},
			{3, status("ann", "break"), ""},
			{9, ContactCompleted{"c1"}, "ann is offline removed; ann idle"},
			{10, available("ann"), ""}})...)
	f("a removed agent who comes back during the talk stays", floor(nil, "ann"), slices.Concat([]step{
		{0, available("ann"), "ann is available"},
		{0, arrives("c1"), "offer1 c1>ann; ann ringing"}},
		takes(1, 1, "c1", "ann", "1s"), []step{
			{2, with(nil), ""},
			{3, with(nil, "ann"), ""},
			{9, ContactCompleted{"c1"}, "ann idle"},
			{10, arrives("c2"), "offer2 c2>ann; ann ringing"}})...)

	f("a removed queue is served until it is empty, its door shut", floor(nil, "ann"), slices.Concat([]step{
		{0, status("ann", "break"), "ann is break"},
		{0, arrives("c1"), ""},
		{1, without("ann"), ""},
		{2, arrives("c2"), "release c2 refusedClosed; visit c2 refusedClosed after 0s"},
		{3, available("ann"), "ann is available; offer1 c1>ann; ann ringing"}},
		takes(4, 1, "c1", "ann", "4s"), []step{
			{5, arrives("c3"), "release c3 systemError; visit c3 systemError after 0s"},
			{6, ContactCompleted{"c1"}, "ann idle"}})...)
	f("a removed queue releases those in line when nobody is left to serve them", floor(nil, "ann"),
		step{0, status("ann", "break"), "ann is break"},
		step{0, arrives("c1"), ""},
		step{1, without("ann"), ""},
		step{2, status("ann", Offline), "ann is offline; release c1 leaveEmpty; visit c1 leaveEmpty after 2s"})
	f("a removed queue with nobody signed in releases at once", floor(nil, "ann"),
		step{0, arrives("c1"), ""},
		step{1, without("ann"), "release c1 leaveEmpty; visit c1 leaveEmpty after 1s"})
	f("a removed queue that comes back goes on", floor(nil, "ann"),
		step{0, status("ann", "break"), "ann is break"},
		step{0, arrives("c1"), ""},
		step{1, without("ann"), ""},
		step{2, with(nil, "ann"), ""},
		step{3, arrives("c2"), ""},
		step{4, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("removing the last member empties a queue that wants it", floor(func(q *Queue) { q.LeaveEmpty = true }, "ann"),
		step{0, status("ann", "break"), "ann is break"},
		step{0, arrives("c1"), ""},
		step{1, with(func(q *Queue) { q.LeaveEmpty = true }), "ann is offline removed; release c1 leaveEmpty; visit c1 leaveEmpty after 1s"})
	f("a door shut by hand stays shut until its configuration changes", floor(nil, "ann"),
		step{0, QueueClosed{Queue: "q"}, ""},
		step{1, with(func(q *Queue) { q.MaxLength = 9 }, "ann"), ""},
		step{2, arrives("c1"), "release c1 refusedClosed; visit c1 refusedClosed after 0s"},
		step{3, with(func(q *Queue) { q.Closed = true }, "ann"), ""},
		step{4, with(nil, "ann"), ""},
		step{5, arrives("c1"), ""})
}

func TestConfiguredCarelessly(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	twice := floor(nil, "ann", "ann")
	twice.Queues = append(twice.Queues, Queue{ID: "q", Closed: true})
	twice.Agents[0].Queues = []Membership{{Queue: "z"}, {Queue: "q", Delay: -time.Second}, {Queue: "q", Delay: time.Hour}}

	f("what is named twice counts once, unknown queues not at all", twice,
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{0, arrives("c2"), ""},
		step{1, Configured(twice), ""},
		step{2, OfferFailed{1, Refused}, "ended1 refused; ann idle"})
	f("an agent removed in a talk is removed once", floor(nil, "ann"), slices.Concat([]step{
		{0, available("ann"), "ann is available"},
		{0, arrives("c1"), "offer1 c1>ann; ann ringing"}},
		takes(1, 1, "c1", "ann", "1s"), []step{
			{2, Configured(floor(nil)), ""},
			{3, Configured(floor(nil)), ""},
			{4, ContactCompleted{"c1"}, "ann is offline removed; ann idle"}})...)
	f("a limit beyond all time is none", floor(func(q *Queue) { q.MaxWait, q.Guard = 1<<63-1, 1<<63-1 }, "ann"),
		step{0, Tick{}, ""},
		step{1, arrives("c1"), ""},
		step{1e6, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
}
