// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"testing"
	"time"
)

const callbackFlow = `
languages: [en]
timeZone: UTC
start: hours
nodes:
  hours: {hours: {week: {daily: "13:00-14:00"}, until: opens, open: ask, closed: ask}}
  ask:
    callback:
      queue: support
      into: number
      country: "49"
      priority: 4
      after: 1m
      at: opens
      offer: {say: "{number}?"}
      enter: {say: Number.}
      confirm: {say: "{number} right?"}
      noInput: {tries: 1, next: silent}
      next: kept
      endings: {duplicate: twice, notAllowed: barred, closed: shut, else: other}
      error: broken
  kept: {hangup: {cause: completed}}
  twice: {hangup: {cause: busy}}
  barred: {hangup: {cause: unreachable}}
  shut: {hangup: {cause: closed}}
  other: {hangup: {cause: timedOut}}
  broken: {hangup: {cause: noAgents}}
  silent: {hangup: {cause: noAnswer}}
`

// machineFor is one that a caller of that number meets.
func machineFor(t *testing.T, src, caller string) *Machine {
	t.Helper()
	return NewMachine(flowOf(t, src), "en").For(Contact{ID: "c1", Caller: caller})
}

// last lets a machine hear of events, 0.2 s apart, and gives what it did about
// the last.
func last(m *Machine, events ...Event) []Effect {
	var did []Effect
	for i, ev := range events {
		did = m.Apply(noon.Add(time.Duration(i)*200*time.Millisecond), ev)
	}
	return did
}

func pressed(keys string) []Event {
	out := []Event{Started{}}
	for i := range len(keys) {
		out = append(out, Digit{keys[i]})
	}
	return out
}

func TestCallback(t *testing.T) {
	opens := noon.Add(time.Hour)
	want := func(caller, keys, number string) {
		t.Helper()
		m := machineFor(t, callbackFlow, caller)
		did := last(m, pressed(keys)...)
		if len(did) == 0 {
			t.Fatalf("%q pressed %s: nothing done", caller, keys)
		}
		got, is := did[len(did)-1].(RequestCallback)
		if !is || got.Number != number || got.Queue != "support" || *got.Priority != 4 || got.After != time.Minute || !got.At.Equal(opens) {
			t.Errorf("%q pressed %s: asked %+v", caller, keys, did)
		}
	}
	want("+4930123456", "1", "+4930123456")
	want("030123456", "1", "+4930123456")
	want("+4930123456", "20401234567#1", "+49401234567")
	want("", "0401234567#1", "+49401234567")
	want("anonymous", "00331234567#1", "+331234567")
	want("", "0401234567#20409999999#1", "+49409999999")

	for how, cause := range map[string]string{
		"requested": "completed", "duplicate": "busy", "notAllowed": "unreachable", "closed": "closed", "full": "timedOut",
	} {
		m := machineFor(t, callbackFlow, "+4930123456")
		last(m, pressed("1")...)
		if got := told(m.Apply(noon.Add(2*time.Second), CallbackKept{How: how})); got == "" || !m.Over() || got[len(got)-len(cause):] != cause {
			t.Errorf("kept %s: %s, want the end %s", how, got, cause)
		}
	}

	m := machineFor(t, callbackFlow, "+4930123456")
	last(m, pressed("1")...)
	if due := m.Deadline(); due.Sub(noon) > answerLimit+time.Second || due.IsZero() {
		t.Errorf("an answer is waited for until %v", due)
	}
	if did := told(m.Apply(m.Deadline(), Tick{})); did != "give up; at broken; hangup noAgents" {
		t.Errorf("nobody answers: %s", did)
	}
}

const asideFlow = `
kind: wait
languages: [en]
exitKey: "*"
keys: {"1": again, "2": more, "3": {label: Back, next: ask}, "4": out}
after: [{time: 30s, next: sorry}, {time: 90s, next: sorry}]
announce: {position: "You are {position}."}
nodes:
  again: {say: Long., next: more}
  more: {menu: {prompt: {say: More.}, keys: {"1": again, "9": out}, noInput: {tries: 1}, noMatch: {tries: 1}}}
  out: {leave: }
  sorry: {say: Sorry.}
  ask:
    callback: {into: number, offer: {say: "{number}?"}, enter: {say: Number.}, confirm: {say: Right?}}
`

func TestNodesBesideTheMusic(t *testing.T) {
	flow := flowOf(t, asideFlow)
	f := func(name string, steps ...moment) {
		t.Helper()
		begin := moment{0, "start", "loop ~hold~"}
		story(t, name, flow, "en", append([]moment{begin}, steps...)...)
	}
	f("a key leads aside, and where that ends the music goes on",
		moment{1, "1", "stop; at again; play Long."},
		moment{3, "heard", "at more; play More."},
		moment{5, "heard", ""},
		moment{10, "@tick", "at (music); loop ~hold~"})
	f("what comes meanwhile is said behind it",
		moment{1, "2", "stop; at more; play More."},
		moment{2, "place 3", ""},
		moment{3, "7", "stop; at (music); play You are|three"},
		moment{4, "heard", "loop ~hold~"})
	f("a node may leave the line as the exit key does",
		moment{1, "2", "stop; at more; play More."},
		moment{2, "9", "stop; at out; leave exitKey"})
	f("times come by themselves, in their order, and each once",
		moment{30, "@tick", "stop; at sorry; play Sorry."},
		moment{32, "heard", "loop ~hold~"},
		moment{90, "@tick", "stop; at sorry; play Sorry."},
		moment{92, "heard", "loop ~hold~"},
		moment{300, "tick", ""})
	f("a time that comes while nodes are run waits for their end",
		moment{29, "2", "stop; at more; play More."},
		moment{31, "7", "stop; at (music); loop ~hold~"},
		moment{31, "tick", "stop; at sorry; play Sorry."})

	// Routing rule 15: while the number is entered, for at most 60 s, the place
	// stays and no offer is made.
	f("a number is entered for at most a minute, with offers held",
		moment{1, "3", "stop; at ask (Back); hold offers; at ask.enter; play Number."},
		moment{2, "0", "stop"},
		moment{4, "4", ""}, moment{6, "4", ""}, moment{8, "4", ""}, moment{10, "*", ""},
		moment{14.9, "0", ""}, moment{17, "4", ""}, moment{19, "4", ""}, moment{21, "4", ""}, moment{23, "*", ""},
		moment{27, "0", ""}, moment{29, "4", ""}, moment{31, "4", ""}, moment{33, "*", ""},
		moment{37, "0", ""}, moment{39, "4", ""}, moment{41, "4", ""}, moment{43, "*", ""},
		moment{47, "0", ""}, moment{49, "4", ""}, moment{51, "4", ""}, moment{53, "*", ""},
		moment{57, "0", ""}, moment{59, "4", ""}, moment{60.9, "4", ""},
		moment{61, "@tick", "take offers; loop ~hold~"})
	f("who enters one leaves the line, but not by the flow",
		moment{1, "3", "stop; at ask (Back); hold offers; at ask.enter; play Number."},
		moment{2, "0", "stop"}, moment{2, "4", ""}, moment{2, "0", ""}, moment{2, "1", ""}, moment{2, "2", ""}, moment{2, "3", ""}, moment{2, "4", ""},
		moment{3, "#", "at ask.confirm; play Right?"},
		moment{4, "1", "stop; at ask.request; callback 0401234"},
		moment{4, "kept requested", ""},
		moment{5, "*", ""})
	f("who may not be called back waits on",
		moment{1, "3", "stop; at ask (Back); hold offers; at ask.enter; play Number."},
		moment{2, "0", "stop"}, moment{2, "4", ""}, moment{2, "0", ""}, moment{2, "1", ""}, moment{2, "2", ""}, moment{2, "3", ""}, moment{2, "4", ""},
		moment{3, "#", "at ask.confirm; play Right?"},
		moment{4, "1", "stop; at ask.request; callback 0401234"},
		moment{4, "kept notAllowed", "at (music); take offers; loop ~hold~"})
}
