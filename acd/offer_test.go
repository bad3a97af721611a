// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"testing"
	"time"
)

func TestOffers(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	// ringing is ann, alone, being asked to take c1 at second 0.
	ringing := func(then ...step) []step {
		return append([]step{
			{0, available("ann"), "ann is available"},
			{0, arrives("c1"), "offer1 c1>ann; ann ringing"}}, then...)
	}

	f("rules 10, 11: an unanswered offer costs the caller nothing: the place stays", floor(nil, "ann", "bob"), ringing(
		step{1, arrives("c2"), ""},
		step{19.9, Tick{}, ""},
		step{20, Tick{}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle"},
		step{21, available("bob"), "bob is available; offer2 c1>bob; bob ringing"})...)

	f("rule 10: a single agent who never answers: the caller waits on and nothing spins", floor(nil, "ann"), ringing(
		step{20, Tick{}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle"},
		step{3600, Tick{}, ""},
		step{3601, available("ann"), "ann is available; offer2 c1>ann; ann ringing"},
		step{3621, Tick{}, "withdraw2 missed; ended2 missed; ann is notResponding missed; ann idle"})...)

	f("rule 10: with a higher limit a miss delays, and only misses in a row count",
		floor(func(q *Queue) { q.MissedLimit, q.MissedDelay = 2, 7*time.Second }, "ann"), slices.Concat(ringing(
			step{20, Tick{}, "withdraw1 missed; ended1 missed; ann idle"},
			step{26, Tick{}, ""},
			step{27, Tick{}, "offer2 c1>ann; ann ringing"}),
			takes(28, 2, "c1", "ann", "28s"), []step{
				{29, ContactCompleted{"c1"}, "ann idle"},
				{30, arrives("c2"), "offer3 c2>ann; ann ringing"},
				{50, Tick{}, "withdraw3 missed; ended3 missed; ann idle"},
				{57, Tick{}, "offer4 c2>ann; ann ringing"},
				{77, Tick{}, "withdraw4 missed; ended4 missed; ann is notResponding missed; ann idle"}})...)

	for how, delay := range map[OfferEnding]float64{Refused: 3, Busy: 4, Unreachable: 6} {
		f("rule 10: never a miss, an own delay: "+string(how), floor(func(q *Queue) {
			q.RefusedDelay, q.BusyDelay, q.UnreachableDelay = 3*time.Second, 4*time.Second, 6*time.Second
		}, "ann"), ringing(
			step{1, OfferFailed{1, how}, "ended1 " + string(how) + "; ann idle"},
			step{1 + delay - 0.1, Tick{}, ""},
			step{1 + delay, Tick{}, "offer2 c1>ann; ann ringing"},
			step{2 + delay, OfferFailed{2, how}, "ended2 " + string(how) + "; ann idle"})...)
	}
	f("rule 10: the delay is the agent's, over all queues", Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true}, {ID: "r", JoinEmpty: true}},
		Agents: []Agent{{ID: "ann", Queues: []Membership{{Queue: "q"}, {Queue: "r"}}}}}, ringing(
		step{1, OfferFailed{1, Refused}, "ended1 refused; ann idle"},
		step{2, ContactArrived{Contact: "r1", Queue: "r"}, ""},
		step{6, Tick{}, "offer2 c1>ann; ann ringing"})...)
	f("a device that gives up ringing is a miss", floor(nil, "ann"), ringing(
		step{9, OfferFailed{1, Missed}, "ended1 missed; ann is notResponding missed; ann idle"})...)
	f("a word that is no ending counts as unreachable", floor(nil, "ann"), ringing(
		step{9, OfferFailed{1, "melted"}, "ended1 unreachable; ann idle"})...)

	f("rule 11: a failed contact is at the head again", floor(nil, "ann", "bob"), ringing(
		step{1, arrives("c2"), ""},
		step{2, OfferFailed{1, Busy}, "ended1 busy; ann idle"},
		step{3, available("bob"), "bob is available; offer2 c1>bob; bob ringing"})...)

	f("rule 9: abandoned while ringing: agent idle, no wrap-up, no miss",
		floor(func(q *Queue) { q.WrapUp = time.Minute }, "ann"), ringing(
			step{3, hangsUp("c1"), "withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 3s; ann idle"},
			step{3, OfferTaken{1}, ""},
			step{4, arrives("c2"), "offer2 c2>ann; ann ringing"})...)
	f("rule 9: accepted but gone before the bridge is abandoned, and no wrap-up",
		floor(func(q *Queue) { q.WrapUp = time.Minute }, "ann"), ringing(
			step{3, OfferTaken{1}, "ended1 taken; bridge1"},
			step{4, hangsUp("c1"), "withdraw1 callerGone; visit c1 abandoned after 4s; ann idle"},
			step{4, Bridged{"c1"}, ""},
			step{5, arrives("c2"), "offer2 c2>ann; ann ringing"})...)
	f("decision 12: a key pressed after the agent accepted loses", floor(nil, "ann"), ringing(
		step{3, OfferTaken{1}, "ended1 taken; bridge1"},
		step{3, ContactLeft{"c1", EndExitKey}, ""},
		step{3.1, Bridged{"c1"}, "visit c1 answered after 3.1s by ann; ann talking"})...)
	f("leaving by key while it rings ends the offer", floor(nil, "ann"), ringing(
		step{3, ContactLeft{"c1", EndExitKey}, "withdraw1 callerGone; ended1 callerGone; visit c1 exitKey after 3s; ann idle"})...)

	f("rule 8: the agent's leg lost before the bridge: the place stays, no miss", floor(nil, "ann", "bob"), ringing(
		step{1, arrives("c2"), ""},
		step{2, OfferTaken{1}, "ended1 taken; bridge1"},
		step{2.5, BridgeFailed{"c1", 1}, "ann idle"},
		step{3, available("bob"), "bob is available; offer2 c1>bob; bob ringing"},
		step{7.5, Tick{}, "offer3 c2>ann; ann ringing"})...)
	f("a bridge nobody reports frees both", floor(nil, "ann", "bob"), ringing(
		step{2, OfferTaken{1}, "ended1 taken; bridge1"},
		step{3, available("bob"), "bob is available"},
		step{11.9, Tick{}, ""},
		step{12, Tick{}, "withdraw1 unreachable; ann idle; offer2 c1>bob; bob ringing"},
		step{13, Bridged{"c1"}, ""})...)

	f("rule 4: an answer at the very end of the ringing is too late", floor(nil, "ann"), ringing(
		step{20, OfferTaken{1}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle"})...)
	f("an answer to an old offer is not an answer to the new one", floor(nil, "ann"), ringing(
		step{1, OfferFailed{1, Busy}, "ended1 busy; ann idle"},
		step{6, Tick{}, "offer2 c1>ann; ann ringing"},
		step{7, OfferTaken{1}, ""},
		step{7, OfferFailed{1, Refused}, ""},
		step{8, OfferTaken{2}, "ended2 taken; bridge2"},
		step{8, OfferTaken{2}, ""},
		step{8, OfferFailed{2, Busy}, ""})...)

	f("rule 19: the maximum wait never cuts a standing offer", floor(func(q *Queue) { q.MaxWait = 10 * time.Second }, "ann"), ringing(
		step{10, Tick{}, ""},
		step{15, OfferFailed{1, Refused}, "ended1 refused; ann idle; release c1 timedOut; visit c1 timedOut after 15s"})...)
	f("rule 19: and an answer in it counts", floor(func(q *Queue) { q.MaxWait = 10 * time.Second }, "ann"),
		ringing(takes(15, 1, "c1", "ann", "15s")...)...)
	f("rule 4: at its second the maximum wait comes before an agent who gets free",
		floor(func(q *Queue) { q.MaxWait = 10 * time.Second }, "ann"),
		step{0, arrives("c1"), ""},
		step{10, available("ann"), "release c1 timedOut; visit c1 timedOut after 10s; ann is available"})

	f("rule 12: the device goes while it rings: blameless, the next agent at once", floor(nil, "ann", "bob"), ringing(
		step{1, available("bob"), "bob is available"},
		step{2, DeviceLost{"ann"}, "withdraw1 withdrawn; ended1 withdrawn; ann idle; offer2 c1>bob; bob ringing"},
		step{4, DeviceBack{"ann"}, ""},
		step{5, arrives("c2"), "offer3 c2>ann; ann ringing"})...)
}

func TestOfferCarriesWhatItsOwnerNeeds(t *testing.T) {
	d := New(floor(func(q *Queue) { q.RingTime = 15 * time.Second }, "ann"))
	d.Apply(sec(0), available("ann"))
	got := d.Apply(sec(1), arrives("c1"))
	want := []Effect{
		Offer{ID: 1, Contact: "c1", Queue: "q", Agent: "ann", Kind: KindCall, RingTime: 15 * time.Second},
		ActivityChanged{Agent: "ann", Activity: Ringing, Contact: "c1", Queue: "q", Until: sec(16)},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %+v", got)
	}
	if at := d.Deadline(); !at.Equal(sec(16)) {
		t.Fatalf("deadline %v", at)
	}
	got = d.Apply(sec(16), Tick{})
	want = []Effect{
		Withdraw{ID: 1, Contact: "c1", Agent: "ann", How: Missed},
		OfferEnded{ID: 1, Contact: "c1", Queue: "q", Agent: "ann", How: Missed, Began: sec(1)},
		StatusChanged{Agent: "ann", Status: NotResponding, Reason: ReasonMissed, Actor: Server},
		ActivityChanged{Agent: "ann", Activity: Idle},
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got %+v", got)
	}
	got = d.Apply(sec(17), hangsUp("c1"))
	want = []Effect{VisitEnded{Contact: "c1", Kind: KindCall, Queue: "q", Entered: sec(1), Ended: sec(17), Ending: EndAbandoned, Offers: 1}}
	if !slices.Equal(got, want) {
		t.Fatalf("got %+v", got)
	}
	if at := d.Deadline(); !at.IsZero() {
		t.Fatalf("nothing is left to wait for, yet deadline %v", at)
	}
}
