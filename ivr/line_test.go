// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strings"
	"testing"
)

func TestQueueStatusAndPriority(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: ask
nodes:
  ask: {queueStatus: {id: support, waiting: waiting, estimate: seconds, open: open, next: rank, error: broken}}
  rank: {priority: waiting + 2, next: long}
  long: {branch: {cases: [{when: seconds > 300, next: warn}], else: line}}
  warn: {say: "{waiting} wait.", next: line}
  line: {queue: support}
  broken: {hangup: {cause: noAgents}}
`)
	begin := moment{0, "start", "at ask; ask support"}
	story(t, "a long line is said, and the priority is that of the queue to come", flow, "en", begin,
		moment{0, "told 3 600", "at rank; at long; at warn; play three|wait."},
		moment{2, "heard", "at line; queue support priority 5"})
	story(t, "a short one is not", flow, "en", begin,
		moment{0, "told 1 20", "at rank; at long; at line; queue support priority 3"})
	story(t, "nobody tells", flow, "en", begin,
		moment{10, "@tick", "give up; at broken; hangup noAgents"})
}

func TestPriorityWhileWaiting(t *testing.T) {
	flow := flowOf(t, `
kind: wait
languages: [en]
keys: {"1": urgent}
nodes: {urgent: {priority: "9", next: thanks}, thanks: {say: Thanks.}}
`)
	story(t, "a caller says it is urgent", flow, "en",
		moment{0, "start", "loop ~hold~"},
		moment{1, "1", "stop; at urgent; priority 9; at thanks; play Thanks."},
		moment{3, "heard", "loop ~hold~"})
}

func TestTransfer(t *testing.T) {
	head := "languages: [en]\nstart: a\nnodes:\n  b: {hangup: {cause: noAnswer}}\n  a: "
	f := func(node, did, ending, then string) {
		t.Helper()
		m := NewMachine(flowOf(t, head+node), "en")
		if got := told(m.Apply(noon, Started{})); got != "at a; "+did {
			t.Errorf("%s: %s, want %s", node, got, did)
		}
		ev := eventOf(ending)
		if got := told(m.Apply(noon, ev)); got != then {
			t.Errorf("%s, %s: %s, want %s", node, ending, got, then)
		}
	}
	f(`{transfer: {number: "sip:door@192.0.2.7", ringTime: 10s, failed: b}}`, "dial sip:door@192.0.2.7 for 10s", "failed busy", "at b; hangup noAnswer")
	f(`{transfer: {queue: billing, priority: 2, failed: b}}`, "queue billing priority 2", "left full", "at b; hangup noAnswer")
	f(`{transfer: {queue: billing, agent: ann, failed: b}}`, "queue billing for ann at most 30s", "left timedOut", "at b; hangup noAnswer")

	for src, want := range map[string]string{
		`{transfer: {failed: b}}`:                        "goes to 0 places",
		`{transfer: {queue: q, number: "1", failed: b}}`: "goes to 2 places",
		`{transfer: {agent: ann, failed: b}}`:            "goes to 0 places",
		`{transfer: {queue: q}}`:                         "say where the flow goes on",
		`{transfer: {flow: x, failed: b}}`:               "takes the call for good",
	} {
		if got := strings.Join(faultsOf(head+src), "; "); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", src, got, want)
		}
	}
}

const surveyFlow = `
languages: [en]
start: line
nodes:
  line: {queue: {id: support, endings: {answered: ask, else: bye}}}
  ask:
    survey:
      question: satisfaction
      prompt: {say: One to five.}
      into: score
      noInput: {tries: 2, next: bye}
      noMatch: {tries: 2, prompt: {say: Again.}, next: bye}
      next: thanks
  thanks: {branch: {cases: [{when: score < 3, next: sorry}], else: bye}}
  sorry: {say: Sorry.}
  bye: {hangup: {}}
`

func TestSurveyBehindTheTalk(t *testing.T) {
	flow := flowOf(t, surveyFlow)
	begin := []moment{{0, "start", "at line; queue support returns"}, {100, "left answered", "at ask; play One to five."}}
	f := func(name string, steps ...moment) {
		t.Helper()
		story(t, name, flow, "en", append(begin, steps...)...)
	}
	f("a good answer", moment{101, "5", "stop; answer satisfaction 5; at thanks; at bye; hangup flowEnded"})
	f("a bad one", moment{101, "2", "stop; answer satisfaction 2; at thanks; at sorry; play Sorry."})
	f("a key beside the scale", moment{101, "9", "stop; play Again.|One to five."}, moment{102, "0", "stop; at bye; hangup flowEnded"})
	f("no answer", moment{102, "heard", ""}, moment{107, "@tick", "play One to five."},
		moment{109, "heard", ""}, moment{114, "@tick", "at bye; hangup flowEnded"})
}

func TestRecord(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: say
nodes:
  say: {record: {prompt: {say: Speak.}, max: 1m, silence: 4s, key: "#", min: 2s, into: name, length: seconds, next: kept, short: again, error: broken}}
  kept: {branch: {cases: [{when: seconds == 12 && name == "r1", next: done}], else: again}}
  done: {hangup: {cause: completed}}
  again: {hangup: {cause: busy}}
  broken: {hangup: {cause: noAgents}}
`)
	f := func(name string, steps ...moment) {
		t.Helper()
		begin := moment{0, "start", "at say; play Speak."}
		story(t, name, flow, "en", append([]moment{begin}, steps...)...)
	}
	f("what is said is kept, and a key ends it",
		moment{2, "heard", "record say 1m0s 4s true"},
		moment{5, "1", ""},
		moment{14, "#", "record stop"},
		moment{14, "#", ""},
		moment{14, "recorded 12 stopped", "at kept; at done; hangup completed"})
	f("a key in the prompt goes straight to the tone",
		moment{1, "5", "stop; record say 1m0s 4s true"},
		moment{20, "recorded 12 silence", "at kept; at done; hangup completed"})
	f("too short a word", moment{2, "heard", "record say 1m0s 4s true"}, moment{7, "recorded 1.9 silence", "at again; hangup busy"})
	f("nothing can be kept", moment{2, "heard", "record say 1m0s 4s true"}, moment{2, "recorded 0 failed", "at broken; hangup noAgents"})
	f("an end that nobody tells", moment{2, "heard", "record say 1m0s 4s true"}, moment{67, "@tick", "give up; at broken; hangup noAgents"})
}

func TestWebhook(t *testing.T) {
	src := `
languages: [en]
start: ticket
onHangup: late
nodes:
  ticket: {webhook: {url: "https://desk.example/{caller}", json: {from: caller, urgent: 1 == 1}, into: id, next: rest}}
  rest: {wait: 10s, next: end}
  end: {hangup: {}}
  late: {webhook: {url: "https://desk.example/gone", json: {id: id}, next: end}}
`
	m := NewMachine(flowOf(t, src), "en").For(Contact{ID: "c1", Caller: "+49"})
	did := m.Apply(noon, Started{})
	first, is := did[1].(Notify)
	if !is || first.URL != "https://desk.example/%2B49" || string(first.Body) != `{"from":"+49","urgent":true}` || !strings.HasPrefix(first.ID, "c1-") {
		t.Fatalf("told %+v", did)
	}
	did = m.Apply(noon, HungUp{})
	second, is := did[1].(Notify)
	if !is || string(second.Body) != `{"id":"`+first.ID+`"}` || second.ID == first.ID {
		t.Fatalf("on the hang-up told %+v", did)
	}
	again := NewMachine(flowOf(t, src), "en").For(Contact{ID: "c1", Caller: "+49"}).Apply(noon, Started{})
	if got := again[1].(Notify); got.ID != first.ID {
		t.Errorf("the same step of the same call is %s, then %s", first.ID, got.ID)
	}
}

func TestVersion(t *testing.T) {
	a, b := flowOf(t, surveyFlow), flowOf(t, surveyFlow+"# a comment\n")
	if a.Version() != flowOf(t, surveyFlow).Version() || len(a.Version()) != versionDigits {
		t.Errorf("the same text is %s, then %s", a.Version(), flowOf(t, surveyFlow).Version())
	}
	if a.Version() == b.Version() {
		t.Error("another text has the same version")
	}
}
