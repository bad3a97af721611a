// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"testing"
	"time"
)

func TestStatus(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	// talk is ann talking with c1 since second 1.
	talk := func(then ...step) []step {
		return slices.Concat([]step{
			{0, available("ann"), "ann is available"},
			{0, arrives("c1"), "offer1 c1>ann; ann ringing"}},
			takes(1, 1, "c1", "ann", "1s"), then)
	}
	wrapUp := func(q *Queue) { q.WrapUp = 30 * time.Second }

	f("after the talk idle, and the next one", floor(nil, "ann"), talk(
		step{2, arrives("c2"), ""},
		step{60, ContactCompleted{"c1"}, "ann idle; offer2 c2>ann; ann ringing"})...)
	f("wrap-up ends by itself", floor(wrapUp, "ann"), talk(
		step{2, arrives("c2"), ""},
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{89.9, Tick{}, ""},
		step{90, Tick{}, "ann idle; offer2 c2>ann; ann ringing"})...)
	f("wrap-up can be finished and extended", floor(wrapUp, "ann"), talk(
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{70, WrapUpExtended{Agent: "ann", By: 30 * time.Second}, "ann wrapUp"},
		step{90, Tick{}, ""},
		step{100, WrapUpFinished{Agent: "ann"}, "ann idle"},
		step{101, WrapUpFinished{Agent: "ann"}, ""},
		step{101, WrapUpExtended{Agent: "ann", By: time.Second}, ""})...)
	f("wrap-up is not extended beyond its limit", floor(wrapUp, "ann"), talk(
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{61, WrapUpExtended{Agent: "ann", By: 9 * time.Hour}, "ann wrapUp"},
		step{62, WrapUpExtended{Agent: "ann", By: time.Second}, ""},
		step{60 + 3599, Tick{}, ""},
		step{60 + 3600, Tick{}, "ann idle"})...)
	f("rule 5: idle runs from the end of the wrap-up", floor(wrapUp, "ann", "bob"), talk(
		step{50, available("bob"), "bob is available"},
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{90, Tick{}, "ann idle"},
		step{91, arrives("c2"), "offer2 c2>bob; bob ringing"})...)

	f("rule 12: the next status takes effect with the end of the work, no offer between", floor(wrapUp, "ann"), talk(
		step{2, arrives("c2"), ""},
		step{3, status("ann", "break"), `ann next "break"`},
		step{3, status("ann", "break"), ""},
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{90, Tick{}, `ann is break; ann next ""; ann idle`},
		step{91, available("ann"), "ann is available; offer2 c2>ann; ann ringing"})...)
	f("rule 12: signing out during a call likewise", floor(nil, "ann"), talk(
		step{3, status("ann", Offline), `ann next "offline"`},
		step{60, ContactCompleted{"c1"}, `ann is offline; ann next ""; ann idle`})...)
	f("rule 12: a plan can be changed and taken back", floor(nil, "ann"), talk(
		step{3, status("ann", "break"), `ann next "break"`},
		step{4, status("ann", "lunch"), `ann next "lunch"`},
		step{5, NextStatusCancelled{"ann"}, `ann next ""`},
		step{5, NextStatusCancelled{"ann"}, ""},
		step{6, status("ann", "lunch"), `ann next "lunch"`},
		step{7, available("ann"), `ann next ""`},
		step{60, ContactCompleted{"c1"}, "ann idle"})...)
	f("rule 12: a plan made while it rings waits for the offer, and wins over notResponding", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{5, status("ann", "break"), `ann next "break"`},
		step{20, Tick{}, `withdraw1 missed; ended1 missed; ann is break; ann next ""; ann idle`})

	f("forced in wrap-up: at once", floor(wrapUp, "ann"), talk(
		step{3, status("ann", "break"), `ann next "break"`},
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{61, force("ann", Available), `ann next ""; ann idle`})...)
	f("forced in a talk: the status at once, the talk goes on", floor(nil, "ann"), talk(
		step{3, force("ann", Offline), "ann is offline"},
		step{60, ContactCompleted{"c1"}, "ann idle"},
		step{61, arrives("c2"), ""})...)
	f("forced while it rings: back blamelessly, the next agent at once", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{1, available("bob"), "bob is available"},
		step{2, force("ann", "meeting"), "withdraw1 withdrawn; ended1 withdrawn; ann idle; ann is meeting; offer2 c1>bob; bob ringing"})
	f("forced available while it rings: it rings on", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{2, force("ann", Available), ""})

	f("rule 10: only the server says notResponding", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, status("ann", NotResponding), ""},
		step{2, StatusSet{Agent: "ann", Status: NotResponding, Actor: Server}, "ann is notResponding"})
	f("strangers and empty words change nothing", floor(nil, "ann"),
		step{0, available("eve"), ""},
		step{0, status("ann", ""), ""},
		step{0, DeviceLost{"eve"}, ""},
		step{0, HoldChanged{"eve", true}, ""},
		step{0, OfferTaken{9}, ""},
		step{0, Bridged{"c9"}, ""},
		step{0, ContactCompleted{"c9"}, ""},
		step{0, hangsUp("c9"), ""},
		step{0, QueueClosed{Queue: "z"}, ""})
	f("the same status with another reason is told", floor(nil, "ann"),
		step{0, StatusSet{Agent: "ann", Status: "break", Reason: "coffee", Actor: "ann"}, "ann is break coffee"},
		step{1, StatusSet{Agent: "ann", Status: "break", Reason: "tea", Actor: "ann"}, "ann is break tea"},
		step{2, StatusSet{Agent: "ann", Status: "break", Reason: "tea", Actor: "ann"}, ""})

	f("hold is an activity of its own", floor(nil, "ann"), talk(
		step{5, HoldChanged{"ann", false}, ""},
		step{6, HoldChanged{"ann", true}, "ann onHold"},
		step{7, HoldChanged{"ann", true}, ""},
		step{9, HoldChanged{"ann", false}, "ann talking"},
		step{10, HoldChanged{"ann", true}, "ann onHold"},
		step{11, ContactCompleted{"c1"}, "ann idle"},
		step{12, HoldChanged{"ann", true}, ""})...)

	f("rule 12: a lost device makes offline after 10 s, and nothing is offered meanwhile", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{1, DeviceLost{"ann"}, ""},
		step{2, arrives("c1"), ""},
		step{2, DeviceLost{"ann"}, ""},
		step{10.9, Tick{}, ""},
		step{11, Tick{}, "ann is offline connection"},
		step{12, DeviceBack{"ann"}, ""},
		step{13, available("ann"), "ann is available; offer1 c1>ann; ann ringing"})
	f("rule 12: a device back in time changes nothing", floor(nil, "ann", "bob"),
		step{0, available("ann"), "ann is available"},
		step{1, available("bob"), "bob is available"},
		step{2, DeviceLost{"ann"}, ""},
		step{11, DeviceBack{"ann"}, ""},
		step{12, Tick{}, ""},
		step{13, arrives("c1"), "offer1 c1>ann; ann ringing"})
	f("rule 12: available without a device lasts only for the grace", floor(nil, "ann"),
		step{0, DeviceLost{"ann"}, ""},
		step{30, available("ann"), "ann is available"},
		step{31, arrives("c1"), ""},
		step{40, Tick{}, "ann is offline connection"})
	f("device gone while talking: the talk and its wrap-up go on", floor(wrapUp, "ann"), talk(
		step{5, DeviceLost{"ann"}, ""},
		step{60, ContactCompleted{"c1"}, "ann wrapUp"},
		step{90, Tick{}, "ann is offline connection; ann idle"})...)
	f("device gone while talking, back before the end: nothing happened", floor(nil, "ann"), talk(
		step{5, DeviceLost{"ann"}, ""},
		step{50, DeviceBack{"ann"}, ""},
		step{60, ContactCompleted{"c1"}, "ann idle"},
		step{61, arrives("c2"), "offer2 c2>ann; ann ringing"})...)
	f("device gone just before the end of the talk: the grace still runs", floor(nil, "ann"), talk(
		step{55, DeviceLost{"ann"}, ""},
		step{60, ContactCompleted{"c1"}, "ann idle"},
		step{65, Tick{}, "ann is offline connection"})...)

	f("a talk reported as left is over: nobody stays stuck in it", floor(nil, "ann"), talk(
		step{60, hangsUp("c1"), "ann idle"})...)
	f("completed before it was bridged is abandoned", floor(nil, "ann"),
		step{0, available("ann"), "ann is available"},
		step{0, arrives("c1"), "offer1 c1>ann; ann ringing"},
		step{3, ContactCompleted{"c1"}, "withdraw1 callerGone; ended1 callerGone; visit c1 abandoned after 3s; ann idle"})
	f("rule 13: one at a time", floor(nil, "ann"), talk(
		step{2, arrives("c2"), ""},
		step{3, arrives("c1"), ""})...)
}
