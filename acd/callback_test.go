// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"testing"
	"time"
)

// callsBack is a queue that calls back in an order: two attempts, a minute
// between, 20 s of ringing, given up after an hour.
func callsBack(order CallbackOrder) func(*Queue) {
	return func(q *Queue) {
		q.Callbacks = Callbacks{Order: order, Attempts: 2, Gap: time.Minute, RingTime: 20 * time.Second, Expiry: time.Hour}
	}
}

func asksBack(contact, callback ContactID) Event {
	return CallbackRequested{Contact: contact, Callback: callback, Queue: "q", From: "555"}
}

func TestCallbacks(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	agentFirst := floor(callsBack(AgentFirst), "ann")
	customerFirst := floor(callsBack(CustomerFirst), "ann", "bob")

	f("rule 15: a callback takes the place of the wait, and its wait runs from confirmation", agentFirst,
		step{0, arrives("c1"), ""},
		step{5, arrives("c2"), ""},
		step{10, asksBack("c1", "b1"), "visit c1 callbackRequested after 10s; kept b1 requested"},
		step{20, available("ann"), "ann is available; offer1 b1>ann; ann ringing"},
		step{22, OfferTaken{1}, "ended1 taken; dial1 b1 for ann attempt 1; ann dialling"},
		step{30, Bridged{"b1"}, "dialled1 reached; visit b1 answered after 20s by ann; ann talking"},
		step{90, ContactCompleted{"b1"}, "ann idle; offer2 c2>ann; ann ringing"})

	f("rule 15: a failed attempt frees the agent blamelessly and blocks nobody during its gap", agentFirst,
		step{0, available("ann"), "ann is available"},
		step{1, asksBack("", "b1"), "kept b1 requested; offer1 b1>ann; ann ringing"},
		step{2, OfferTaken{1}, "ended1 taken; dial1 b1 for ann attempt 1; ann dialling"},
		step{12, DialFailed{1, DialBusy}, "dialled1 busy again at 72; ann idle"},
		step{20, arrives("c1"), "offer2 c1>ann; ann ringing"},
		step{21, hangsUp("c1"), "withdraw2 callerGone; ended2 callerGone; visit c1 abandoned after 1s; ann idle"},
		step{71, Tick{}, ""},
		step{72, Tick{}, "offer3 b1>ann; ann ringing"},
		step{73, OfferTaken{3}, "ended3 taken; dial3 b1 for ann attempt 2; ann dialling"},
		step{93, DialFailed{3, DialNoAnswer}, "dialled3 noAnswer; ann idle; release b1 callbackFailed; visit b1 callbackFailed after 1m32s"})

	f("rule 15: a dial that nobody tells the end of ends", agentFirst,
		step{0, available("ann"), "ann is available"},
		step{1, asksBack("", "b1"), "kept b1 requested; offer1 b1>ann; ann ringing"},
		step{2, OfferTaken{1}, "ended1 taken; dial1 b1 for ann attempt 1; ann dialling"},
		step{31, Tick{}, ""},
		step{32, Tick{}, "withdraw1 unreachable; dialled1 unreachable again at 92; ann idle"})

	f("rule 15: customer first reserves the agent from before the dial, who is asked when the customer is there", customerFirst,
		step{0, available("ann"), "ann is available"},
		step{1, asksBack("", "b1"), "kept b1 requested; dial1 b1 for ann attempt 1; ann dialling"},
		step{2, arrives("c1"), ""},
		step{9, CustomerReached{1}, "dialled1 reached; offer1 b1>ann; ann ringing"},
		step{10, available("bob"), "bob is available; offer2 c1>bob; bob ringing"},
		step{11, OfferFailed{1, Refused}, "ended1 refused; ann idle"},
		step{12, hangsUp("c1"), "withdraw2 callerGone; ended2 callerGone; visit c1 abandoned after 10s; bob idle; offer3 b1>bob; bob ringing"},
		step{13, OfferTaken{3}, "ended3 taken; bridge3"},
		step{13, Bridged{"b1"}, "visit b1 answered after 12s by bob; bob talking"})

	f("rule 15: a customer who hangs up before the agent is there has abandoned", customerFirst,
		step{0, available("ann"), "ann is available"},
		step{1, asksBack("", "b1"), "kept b1 requested; dial1 b1 for ann attempt 1; ann dialling"},
		step{9, CustomerReached{1}, "dialled1 reached; offer1 b1>ann; ann ringing"},
		step{10, hangsUp("b1"), "withdraw1 callerGone; ended1 callerGone; visit b1 abandoned after 9s; ann idle"})

	f("rule 15: a machine counts as an attempt", agentFirst,
		step{0, available("ann"), "ann is available"},
		step{1, asksBack("", "b1"), "kept b1 requested; offer1 b1>ann; ann ringing"},
		step{2, OfferTaken{1}, "ended1 taken; dial1 b1 for ann attempt 1; ann dialling"},
		step{5, Bridged{"b1"}, "dialled1 reached; visit b1 answered after 4s by ann; ann talking"},
		step{9, MachineReached{"b1"}, "dialled1 machine again at 69; ann idle"},
		step{69, Tick{}, "offer2 b1>ann; ann ringing"},
		step{70, OfferTaken{2}, "ended2 taken; dial2 b1 for ann attempt 2; ann dialling"},
		step{75, Bridged{"b1"}, "dialled2 reached; visit b1 answered after 1m6s by ann; ann talking"},
		step{80, MachineReached{"b1"}, "dialled2 machine; ann idle; release b1 callbackFailed; visit b1 callbackFailed after 0s"})

	f("rule 15: one is open per number and queue", agentFirst,
		step{0, arrives("c1"), ""},
		step{1, asksBack("c1", "b1"), "visit c1 callbackRequested after 1s; kept b1 requested"},
		step{2, arrives("c2"), ""},
		step{3, asksBack("c2", "b2"), "kept b2 duplicate"},
		step{4, asksBack("", "b3"), "kept b3 duplicate"})
	f("rule 15: a queue without callbacks takes none", floor(nil, "ann"),
		step{0, arrives("c1"), ""},
		step{1, asksBack("c1", "b1"), "kept b1 closed"})
	f("rule 15: turning into one is never refused as full, and it counts towards the length",
		floor(func(q *Queue) { callsBack(AgentFirst)(q); q.MaxLength = 1 }),
		step{0, arrives("c1"), ""},
		step{1, asksBack("c1", "b1"), "visit c1 callbackRequested after 1s; kept b1 requested"},
		step{2, arrives("c2"), "release c2 full; visit c2 full after 0s"},
		step{3, CallbackRequested{Callback: "b2", Queue: "q", From: "666"}, "kept b2 requested"})

	f("rule 15: who phones in again meets the open callback's place and closes it", agentFirst,
		step{0, arrives("c1"), ""},
		step{1, arrives("c2"), ""},
		step{10, asksBack("c1", "b1"), "visit c1 callbackRequested after 10s; kept b1 requested"},
		step{60, ContactArrived{Contact: "c3", Queue: "q", From: "555"}, "c3 resumes b1; release b1 withdrawn; visit b1 withdrawn after 50s"},
		step{61, available("ann"), "ann is available; offer1 c3>ann; ann ringing"})
	f("rule 15: also while the number is being dialled", agentFirst,
		step{0, available("ann"), "ann is available"},
		step{1, asksBack("", "b1"), "kept b1 requested; offer1 b1>ann; ann ringing"},
		step{2, OfferTaken{1}, "ended1 taken; dial1 b1 for ann attempt 1; ann dialling"},
		step{3, ContactArrived{Contact: "c3", Queue: "q", From: "555"},
			"c3 resumes b1; withdraw1 callerGone; release b1 withdrawn; visit b1 withdrawn after 2s; ann idle; offer2 c3>ann; ann ringing"})

	f("rule 15: it keeps its place until the queue closes; the next day it counts from the opening", agentFirst,
		step{0, asksBack("", "b1"), "kept b1 requested"},
		step{10, QueueClosed{Queue: "q"}, ""},
		step{20, available("ann"), "ann is available"},
		step{100, status("ann", "break"), "ann is break"},
		step{200, QueueOpened{Queue: "q"}, ""},
		step{201, ContactArrived{Contact: "c1", Queue: "q", Credit: 10 * time.Second}, ""},
		step{202, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("rule 15: outside the dial window it waits, and keeps its place", agentFirst,
		step{0, asksBack("", "b1"), "kept b1 requested"},
		step{1, arrives("c1"), ""},
		step{2, DialWindow{Queue: "q"}, ""},
		step{3, available("ann"), "ann is available; offer1 c1>ann; ann ringing"},
		step{4, hangsUp("c1"), "withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 3s; ann idle"},
		step{9, DialWindow{Queue: "q", Open: true}, "offer2 b1>ann; ann ringing"})

	f("rule 15: a scheduled one enters the line at its time", agentFirst,
		step{0, available("ann"), "ann is available"},
		step{1, CallbackRequested{Callback: "b1", Queue: "q", From: "555", At: sec(60)}, "kept b1 requested"},
		step{2, asksBack("", "b2"), "kept b2 duplicate"},
		step{60, Tick{}, "offer1 b1>ann; ann ringing"})
	f("rule 15: given up when it has expired, but not in the middle of a dial", agentFirst,
		step{0, asksBack("", "b1"), "kept b1 requested"},
		step{3590, available("ann"), "ann is available; offer1 b1>ann; ann ringing"},
		step{3595, OfferTaken{1}, "ended1 taken; dial1 b1 for ann attempt 1; ann dialling"},
		step{3605, DialFailed{1, DialBusy}, "dialled1 busy again at 3665; ann idle; release b1 callbackExpired; visit b1 callbackExpired after 1h0m5s"})

	f("rule 15: while the number is entered the place stays and no offer is made, for a minute at most", floor(callsBack(AgentFirst), "ann"),
		step{0, arrives("c1"), ""},
		step{1, ContactPaused{"c1"}, ""},
		step{2, available("ann"), "ann is available"},
		step{3, ContactResumed{"c1"}, "offer1 c1>ann; ann ringing"},
		step{4, ContactPaused{"c1"}, "withdraw1 withdrawn; ended1 withdrawn; ann idle"},
		step{63, Tick{}, ""},
		step{64, Tick{}, "offer2 c1>ann; ann ringing"},
		step{65, OfferTaken{2}, "ended2 taken; bridge2"},
		step{65, asksBack("c1", "b1"), ""}) // too late
	f("rule 15: no callback is told its place, timed out, or sent away", floor(func(q *Queue) {
		callsBack(AgentFirst)(q)
		q.MaxWait, q.AnnounceEvery, q.LeaveEmpty = 30*time.Second, 5*time.Second, true
	}, "ann"),
		step{0, asksBack("", "b1"), "kept b1 requested"},
		step{40, available("ann"), "ann is available; offer1 b1>ann; ann ringing"},
		step{41, force("ann", Offline), "withdraw1 withdrawn; ended1 withdrawn; ann idle; ann is offline"},
		step{50, QueueClosed{Queue: "q", Release: true}, ""},
		step{60, ContactWithdrawn{Contact: "b1", Actor: "boss"}, "boss withdraw b1 q; release b1 withdrawn; visit b1 withdrawn after 1m0s"})
}

func TestKinds(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	kind := func(id ContactID, k Kind) Event { return ContactArrived{Contact: id, Queue: "q", Kind: k} }
	able := func(c Capacity) Options {
		o := floor(nil, "ann")
		o.Agents[0].Capacity = c
		return o
	}

	f("rule 13: by default one contact, and nothing beside it", floor(nil, "ann"), join(
		[]step{{0, available("ann"), "ann is available"}, {1, kind("c1", KindCall), "offer1 c1>ann; ann ringing"}},
		takes(2, 1, "c1", "ann", "1s"),
		[]step{{3, kind("t1", KindChat), ""}, {4, kind("t2", KindTask), ""},
			{5, ContactCompleted{"c1"}, "ann idle; offer2 t1>ann; ann ringing"}})...)
	f("rule 13: several chats, asked one after another, and one call beside two",
		able(Capacity{Chats: 2, Total: 3, BesideCall: 2}), join(
			[]step{{0, available("ann"), "ann is available"}, {1, kind("t1", KindChat), "offer1 t1>ann; ann ringing"},
				{1, kind("t2", KindChat), ""}, {1, kind("t3", KindChat), ""}, {1, kind("c1", KindCall), ""}},
			[]step{{2, OfferTaken{1}, "ended1 taken; bridge1"},
				{2, Bridged{"t1"}, "visit t1 answered after 1s by ann; ann talking; offer2 c1>ann"},
				{3, OfferTaken{2}, "ended2 taken; bridge2"},
				{3, Bridged{"c1"}, "visit c1 answered after 2s by ann; offer3 t2>ann"},
				{4, OfferTaken{3}, "ended3 taken; bridge3"},
				{4, Bridged{"t2"}, "visit t2 answered after 3s by ann"},
				{5, kind("c2", KindCall), ""},
				{6, status("ann", "lunch"), "ann next \"lunch\""},
				{7, ContactCompleted{"t1"}, "ann talking"},
				{8, ContactCompleted{"c1"}, "ann talking"},
				{9, ContactCompleted{"t2"}, "ann is lunch; ann next \"\"; ann idle"}})...)
	f("rule 13: at most one call is heard, whatever the total", able(Capacity{Total: 5, BesideCall: 5}), join(
		[]step{{0, available("ann"), "ann is available"}, {1, arrives("c1"), "offer1 c1>ann; ann ringing"}},
		takes(2, 1, "c1", "ann", "1s"),
		[]step{{3, arrives("c2"), ""}, {3, kind("c3", KindConsult), ""}})...)

	f("rule 16: tasks rank below live contacts", floor(nil, "ann"),
		step{0, kind("t1", KindTask), ""},
		step{9, arrives("c1"), ""},
		step{10, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("rule 16: tasks have no guard", floor(func(q *Queue) { q.Guard = 5 * time.Second }, "ann"),
		step{0, kind("t1", KindTask), ""},
		step{9, arrives("c1"), ""},
		step{10, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("rule 9: the ring time may be the agent's", Options{Queues: []Queue{{ID: "q", JoinEmpty: true}},
		Agents: []Agent{{ID: "ann", RingTime: 7 * time.Second, Queues: []Membership{{Queue: "q"}}}}},
		step{0, available("ann"), "ann is available"},
		step{1, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{8, Tick{}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle"})
}
