// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// flowOf reads a flow that must be right.
func flowOf(t testing.TB, src string) *Flow {
	t.Helper()
	flow, problems := Read("test.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return flow
}

// noon is when every story begins.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// told writes effects as a story would: "play hello", "enter main (Support)".
func told(effects []Effect) string {
	var out []string
	for _, e := range effects {
		out = append(out, tell(e))
	}
	return strings.Join(out, "; ")
}

func tell(e Effect) string {
	switch e := e.(type) {
	case Play:
		word := "play"
		if e.Prompt.Loop {
			word = "loop"
		}
		return word + " " + heard(e.Prompt)
	case Stop:
		return "stop"
	case Enqueue:
		s := "queue " + e.Queue
		if e.Priority != nil {
			s += fmt.Sprintf(" priority %d", *e.Priority)
		}
		if e.WaitFlow != "" {
			s += " with " + string(e.WaitFlow)
		}
		if e.Limit > 0 {
			s += fmt.Sprintf(" for %s at most %v", e.Require.Steps[0].Agents[0], e.Limit)
		}
		if e.Returns {
			s += " returns"
		}
		return s
	case Dial:
		return fmt.Sprintf("dial %s for %v", e.Target, e.RingTime)
	case Echo:
		return "echo"
	case EchoStop:
		return "echo stop"
	case RequestCallback:
		return "callback " + e.Number
	case Fetch:
		return "fetch " + e.Method
	case AskQueue:
		return "ask " + e.Queue
	case SetPriority:
		return fmt.Sprintf("priority %d", e.Priority)
	case KeepAnswer:
		return fmt.Sprintf("answer %s %d", e.Question, e.Answer)
	case Notify:
		return "tell " + e.URL + " " + string(e.Body)
	case Record:
		return fmt.Sprintf("record %s %v %v %v", e.Label, e.MaxLength, e.Silence, e.Beep)
	case RecordStop:
		return "record stop"
	case HoldOffers:
		if e.On {
			return "hold offers"
		}
		return "take offers"
	case GiveUp:
		return "give up"
	case Leave:
		return "leave " + e.Ending
	case Hangup:
		return "hangup " + e.Cause
	case Entered:
		if e.Label != "" {
			return fmt.Sprintf("at %s (%s)", e.Node, e.Label)
		}
		return "at " + string(e.Node)
	}
	return fmt.Sprintf("%#v", e)
}

func heard(p Prompt) string {
	var out []string
	for _, part := range p.Parts {
		switch {
		case part.Say != "":
			out = append(out, part.Say)
		case part.File != "":
			out = append(out, "<"+part.File+">")
		case part.Music != "":
			out = append(out, "~"+part.Music+"~")
		default:
			out = append(out, part.Pause.String())
		}
	}
	return strings.Join(out, "|")
}

// eventOf reads an event as stories write it: a key, or a word.
func eventOf(word string) Event {
	first, rest, _ := strings.Cut(word, " ")
	switch first {
	case "start":
		return Started{}
	case "tick":
		return Tick{}
	case "heard":
		return PromptDone{}
	case "left":
		return QueueLeft{Ending: rest}
	case "failed":
		return DialFailed{How: rest}
	case "gone":
		return HungUp{}
	case "fetched":
		var status int
		fmt.Sscan(rest, &status) //nolint:errcheck // the story writes a number
		return Fetched{How: FetchAnswered, Status: status, Body: []byte("{}")}
	case "told":
		var q QueueTold
		var seconds int
		fmt.Sscan(rest, &q.Waiting, &seconds) //nolint:errcheck // the story writes numbers
		q.Estimate, q.Open = time.Duration(seconds)*time.Second, true
		return q
	case "recorded":
		var seconds float64
		var how string
		fmt.Sscan(rest, &seconds, &how) //nolint:errcheck // the story writes both
		return Recorded{Name: "r1", Length: time.Duration(seconds * float64(time.Second)), How: how}
	case "kept":
		return CallbackKept{How: rest}
	case "place":
		var position, seconds int
		if n, _ := fmt.Sscan(rest, &position, &seconds); n == 0 {
			panic("place without position")
		}
		return Announced{Position: position, Estimate: time.Duration(seconds) * time.Second}
	}
	return Digit{Key: word[0]}
}

// A moment of a story: at so many seconds this happens, and that is done. At "@"
// the machine must have its deadline at exactly this time.
type moment struct {
	at   float64
	what string
	want string
}

// story plays steps against a machine for flow.
func story(t *testing.T, name string, flow *Flow, lang string, steps ...moment) {
	t.Helper()
	m := NewMachine(flow, lang)
	for i, s := range steps {
		now := noon.Add(time.Duration(s.at * float64(time.Second)))
		what := strings.TrimPrefix(s.what, "@")
		if what != s.what && !m.Deadline().Equal(now) {
			t.Errorf("%s, step %d: deadline %v after noon, want %v", name, i, m.Deadline().Sub(noon), now.Sub(noon))
		}
		if got := told(m.Apply(now, eventOf(what))); got != s.want {
			t.Errorf("%s, step %d (%vs %s):\n got %s\nwant %s", name, i, s.at, s.what, got, s.want)
		}
	}
}

const menuFlow = `
languages: [en]
start: main
nodes:
  main:
    menu:
      prompt: {say: Choose.}
      keys:
        "1": {next: one, label: First}
        "2": {next: two, label: Second}
        "21": {next: three, label: Both}
        "9": main
      noInput: {tries: 3, prompt: {say: Nothing.}, next: silent}
      noMatch: {tries: 3, prompt: {say: Wrong.}, next: lost}
  one: {hangup: {cause: busy}}
  two: {hangup: {cause: closed}}
  three: {hangup: {cause: timedOut}}
  silent: {hangup: {cause: noAnswer}}
  lost: {hangup: {cause: unreachable}}
`

func TestMenu(t *testing.T) {
	flow := flowOf(t, menuFlow)
	f := func(name string, steps ...moment) {
		t.Helper()
		begin := moment{0, "start", "at main; play Choose."}
		story(t, name, flow, "en", append([]moment{begin}, steps...)...)
	}
	f("a key in the prompt barges in, and a choice that no other begins with is taken at once",
		moment{1, "1", "stop; at one (First); hangup busy"})
	f("a key after the prompt",
		moment{2, "heard", ""},
		moment{6.9, "1", "at one (First); hangup busy"})
	f("a choice that a longer one begins with waits for the time between keys",
		moment{1, "2", "stop"},
		moment{4, "@tick", "at two (Second); hangup closed"})
	f("the longer choice",
		moment{1, "2", "stop"},
		moment{3.9, "1", "at three (Both); hangup timedOut"})
	f("the further key comes too late: the timer comes before the event at the same instant",
		moment{1, "2", "stop"},
		moment{4, "1", "at two (Second); hangup closed"})
	f("the third try without a key is the last, and the noInput branch",
		moment{2, "heard", ""},
		moment{7, "@tick", "play Nothing.|Choose."},
		moment{9, "heard", ""},
		moment{14, "@tick", "play Nothing.|Choose."},
		moment{16, "heard", ""},
		moment{21, "@tick", "at silent; hangup noAnswer"})
	f("the third wrong key is the last, and the noMatch branch",
		moment{1, "5", "stop; play Wrong.|Choose."},
		moment{2, "#", "stop; play Wrong.|Choose."},
		moment{3, "5", "stop; at lost; hangup unreachable"})
	f("no input and no match are counted apart",
		moment{1, "5", "stop; play Wrong.|Choose."},
		moment{2, "5", "stop; play Wrong.|Choose."},
		moment{4, "heard", ""},
		moment{9, "@tick", "play Nothing.|Choose."},
		moment{11, "heard", ""},
		moment{16, "@tick", "play Nothing.|Choose."},
		moment{17, "5", "stop; at lost; hangup unreachable"})
	f("keys that begin a choice and end as none are a wrong choice",
		moment{1, "2", "stop"},
		moment{2, "7", "play Wrong.|Choose."})
	f("hearing it again counts the tries anew",
		moment{1, "5", "stop; play Wrong.|Choose."},
		moment{2, "5", "stop; play Wrong.|Choose."},
		moment{3, "9", "stop; at main; play Choose."},
		moment{4, "5", "stop; play Wrong.|Choose."})
	f("a prompt whose end nobody reports ends by itself",
		moment{600, "@tick", "stop"},
		moment{605, "@tick", "play Nothing.|Choose."})
	f("a stale end of a prompt changes nothing",
		moment{1, "2", "stop"},
		moment{1.1, "heard", ""},
		moment{4, "@tick", "at two (Second); hangup closed"})
	f("after the caller is gone nothing is done any more",
		moment{1, "gone", ""},
		moment{2, "1", ""},
		moment{9, "tick", ""})
	f("what is no key is none, but timers that are due come before it all the same",
		moment{1, "x", ""}, moment{600, "x", "stop"})
}

func TestMenuDefaults(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: main
nodes:
  main:
    menu:
      prompt: {say: Choose.}
      keys: {"1": main}
      noInput: {tries: 1}
      noMatch: {tries: 2}
`)
	story(t, "no branch for silence: a goodbye", flow, "en",
		moment{0, "start", "at main; play Choose."},
		moment{1, "heard", ""},
		moment{6, "@tick", "at (goodbye); play Goodbye."},
		moment{7, "1", ""},
		moment{7.5, "heard", "hangup flowEnded"})
	story(t, "no prompt for a wrong key: the built-in one", flow, "en",
		moment{0, "start", "at main; play Choose."},
		moment{1, "2", "stop; play That is not one of the choices.|Choose."},
		moment{2, "2", "stop; at (goodbye); play Goodbye."})
}

const collectFlow = `
languages: [en]
start: ask
nodes:
  ask:
    collect:
      into: account
      prompt: {say: Your number.}
      min: 3
      max: 5
      next: read
      noInput: {tries: 2, next: silent}
      noMatch: {tries: 2, prompt: {say: Too short.}, next: short}
  read:
    say: "You entered {account}."
    next: call
  call:
    dial: {target: "sip:{account}@192.0.2.7", ringTime: 10s}
  silent: {hangup: {cause: noAnswer}}
  short: {hangup: {cause: closed}}
`

func TestCollect(t *testing.T) {
	flow := flowOf(t, collectFlow)
	f := func(name string, steps ...moment) {
		t.Helper()
		begin := moment{0, "start", "at ask; play Your number."}
		story(t, name, flow, "en", append([]moment{begin}, steps...)...)
	}
	const read123 = "at read; play You entered|one|two|three"
	f("the first key at 4.9 s of 5 is in time",
		moment{1, "heard", ""}, moment{5.9, "1", ""}, moment{6, "2", ""}, moment{7, "3", ""},
		moment{10, "@tick", read123})
	f("at 5 s it is not",
		moment{1, "heard", ""}, moment{6, "1", "play Your number.; stop"})
	f("a gap that is too long ends the entry",
		moment{1, "1", "stop"}, moment{2, "2", ""}, moment{3, "3", ""},
		moment{6, "@tick", read123})
	f("the terminator ends it and is not part of it",
		moment{1, "1", "stop"}, moment{1, "2", ""}, moment{1, "3", ""},
		moment{2, "#", read123},
		moment{4, "heard", "at call; dial sip:123@192.0.2.7 for 10s"})
	f("the star begins anew",
		moment{1, "9", "stop"}, moment{1, "9", ""}, moment{2, "*", ""}, moment{2, "1", ""}, moment{2, "2", ""}, moment{2, "3", ""},
		moment{3, "#", read123})
	f("the largest number of digits ends it at once, and the # that people press then is for nothing",
		moment{1, "1", "stop"}, moment{1, "1", ""}, moment{1, "1", ""}, moment{1, "1", ""},
		moment{1, "2", "at read; play You entered|one|one|one|one|two"},
		moment{2, "#", ""},
		moment{3, "heard", "at call; dial sip:11112@192.0.2.7 for 10s"})
	f("the same key twice is two digits",
		moment{1, "7", "stop"}, moment{1.05, "7", ""}, moment{1.1, "7", ""}, moment{2, "#", "at read; play You entered|seven|seven|seven"})
	f("too few digits are a wrong entry",
		moment{1, "1", "stop"}, moment{4, "@tick", "play Too short.|Your number."},
		moment{5, "1", "stop"}, moment{6, "#", "at short; hangup closed"})
	f("nothing entered",
		moment{1, "heard", ""}, moment{6, "@tick", "play Your number."}, moment{7, "heard", ""}, moment{12, "@tick", "at silent; hangup noAnswer"})
	f("a letter key is no digit",
		moment{1, "A", "stop"}, moment{2, "1", ""}, moment{2, "2", ""}, moment{2, "3", ""}, moment{2, "D", ""}, moment{3, "#", read123})
}

func TestKeysPressedAhead(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: hello
nodes:
  hello: {say: Hello., next: law}
  law: {say: Recorded., bargeIn: false, next: first}
  first:
    menu:
      prompt: {say: First.}
      keys: {"1": second, "2": hello}
      noMatch: {tries: 2}
  second:
    collect: {into: code, prompt: {say: Code.}, max: 4, next: end}
  end: {queue: q}
`)
	f := func(name string, steps ...moment) {
		t.Helper()
		begin := moment{0, "start", "at hello; play Hello."}
		story(t, name, flow, "en", append([]moment{begin}, steps...)...)
	}
	f("a key ends what may be ended and is kept for the menu; what may not is heard to its end",
		moment{1, "1", "stop; at law; play Recorded."},
		moment{2, "7", ""}, moment{2, "8", ""},
		moment{4, "heard", "at first; at second"},
		moment{5, "9", ""}, moment{6, "#", "at end; queue q"})
	f("a whole entry ahead",
		moment{1, "1", "stop; at law; play Recorded."},
		moment{2, "4", ""}, moment{2, "3", ""}, moment{2, "2", ""}, moment{2, "1", ""},
		moment{4, "heard", "at first; at second; at end; queue q"})
	f("a wrong key ahead forgets the rest",
		moment{1, "5", "stop; at law; play Recorded."},
		moment{2, "1", ""},
		moment{4, "heard", "at first; play That is not one of the choices.|First."},
		moment{5, "heard", ""})
	long := []moment{{1, "1", "stop; at law; play Recorded."}}
	for range 40 {
		long = append(long, moment{2, "5", ""})
	}
	f("more than 32 keys ahead are dropped", append(long, moment{4, "heard", "at first; at second; at end; queue q"})...)
}

func TestBargeInOff(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: main
nodes:
  main:
    menu: {prompt: {say: Listen.}, bargeIn: false, keys: {"1": end}}
  end: {hangup: }
`)
	story(t, "the key waits for the end of the prompt", flow, "en",
		moment{0, "start", "at main; play Listen."},
		moment{1, "1", ""},
		moment{3, "heard", "at end; hangup flowEnded"})
}

func TestQueue(t *testing.T) {
	flow := flowOf(t, `
languages: [en, zh]
start: q
nodes:
  q:
    label: {en: Support, zh: 技术支持}
    queue: {id: support, priority: 7, waitFlow: rain, endings: {exitKey: q2, closed: other}}
  q2: {queue: {id: billing, endings: {else: other, full: q}}}
  other: {hangup: {cause: completed}}
`)
	f := func(ending, want string) {
		t.Helper()
		story(t, ending, flow, "en",
			moment{0, "start", "at q (Support); queue support priority 7 with rain"},
			moment{1, "1", ""}, moment{1, "heard", ""}, moment{9000, "tick", ""},
			moment{9001, "left " + ending, want})
	}
	f("exitKey", "at q2; queue billing")
	f("closed", "at other; hangup completed")
	f("refusedClosed", "at other; hangup completed")
	f("timedOut", "at (timedOut); play We are sorry that nobody could take your call. Please call again later.")
	f("full", "at (full); play All our lines are taken at the moment. Please call again later.")
	f("joinEmpty", "at (nobody); play Nobody is here to take your call at the moment. Please call again later.")
	f("leaveEmpty", "at (nobody); play Nobody is here to take your call at the moment. Please call again later.")
	f("withdrawn", "at (failed); play We are sorry, your call cannot go on. Please call again later.")
	f("systemError", "at (failed); play We are sorry, your call cannot go on. Please call again later.")
	story(t, "else is for all that is not named", flow, "en",
		moment{0, "start", "at q (Support); queue support priority 7 with rain"},
		moment{1, "left exitKey", "at q2; queue billing"},
		moment{2, "left full", "at q (Support); queue support priority 7 with rain"},
		moment{3, "left exitKey", "at q2; queue billing"},
		moment{4, "left whatever", "at other; hangup completed"})
	story(t, "each goodbye has its own cause, in the caller's language", flow, "zh",
		moment{0, "start", "at q (技术支持); queue support priority 7 with rain"},
		moment{1, "left joinEmpty", "at (nobody); play 目前无人值守，请稍后再拨。"},
		moment{5, "heard", "hangup noAgents"})
}

func TestDial(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: d
nodes:
  d: {dial: {target: "sip:desk@192.0.2.7", endings: {busy: b, noAnswer: n}}}
  b: {dial: {target: "sip:b@192.0.2.7", endings: {else: n}}}
  n: {hangup: {cause: noAnswer}}
`)
	f := func(how, want string) {
		t.Helper()
		story(t, how, flow, "en",
			moment{0, "start", "at d; dial sip:desk@192.0.2.7 for 30s"},
			moment{1, "5", ""},
			moment{2, "failed " + how, want})
	}
	f("busy", "at b; dial sip:b@192.0.2.7 for 30s")
	f("noAnswer", "at n; hangup noAnswer")
	f("refused", "at (refused); play Nobody could be reached there. Please call again later.")
	f("unreachable", "at (unreachable); play Nobody could be reached there. Please call again later.")
	f("notAllowed", "at (notAllowed); play We are sorry, your call cannot go on. Please call again later.")
	f("anything", "at (unreachable); play Nobody could be reached there. Please call again later.")
}

func TestEcho(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: e
nodes:
  e: {echo: {for: 1m}, next: bye}
  bye: {say: Bye.}
`)
	story(t, "until the hash key", flow, "en",
		moment{0, "start", "at e; echo"}, moment{1, "5", ""}, moment{2, "#", "echo stop; at bye; play Bye."}, moment{3, "heard", "hangup flowEnded"})
	story(t, "until time is up", flow, "en",
		moment{0, "start", "at e; echo"}, moment{60, "@tick", "echo stop; at bye; play Bye."})
}

func TestPlayLoopsAndTimeInFlow(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: s
maxTime: 1h
nodes:
  s: {play: sound/minute.wav, loop: true}
`)
	story(t, "over and over, whatever is pressed, until the time in the flow is up", flow, "en",
		moment{0, "start", "at s; loop <sound/minute.wav>"},
		moment{60, "heard", ""}, moment{61, "5", ""}, moment{62, "#", ""},
		moment{3600, "@tick", "stop; hangup flowEnded"},
		moment{3601, "tick", ""})
	flow = flowOf(t, `
languages: [en]
start: s
nodes:
  s: {play: [{say: One.}, {pause: 500ms}, {play: a.wav}, {music: rain}], next: g}
  g: {goto: s}
`)
	story(t, "every kind of part, and goto", flow, "en",
		moment{0, "start", "at s; play One.|500ms|<a.wav>|~rain~"},
		moment{1, "heard", "at g; at s; play One.|500ms|<a.wav>|~rain~"})
}

func TestTimeInFlowIsNotTimeInQueue(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: q
maxTime: 1m
nodes:
  q: {queue: {id: support, endings: {else: s}}}
  s: {say: Sorry.}
`)
	story(t, "an hour in line", flow, "en",
		moment{0, "start", "at q; queue support"},
		moment{3600, "tick", ""},
		moment{3600, "left timedOut", "at s; play Sorry."})
}

func TestFlowThatRunsInCircles(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: ask
nodes:
  ask: {collect: {into: x, prompt: {say: X.}, min: 0, max: 3, next: a}}
  a: {say: "{x}", next: b}
  b: {goto: a}
`)
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	effects := m.Apply(noon, Digit{'#'}) // {x} is empty: nothing to be heard, for ever
	if last := effects[len(effects)-1]; last != (Hangup{Cause: "internalError"}) || !m.Over() || len(effects) > maxSteps+3 {
		t.Errorf("%d effects, the last %v", len(effects), last)
	}
}

func TestWait(t *testing.T) {
	flow := flowOf(t, `
kind: wait
greeting: {say: {en: Please wait., zh: 请稍候。}}
music: rain
exitKey: "*"
announce:
  next: {en: You are next., zh: 您是下一位。}
  position: {en: "You are number {position}.", zh: "您排在第{position}位。"}
  estimate: {en: "About {minutes} minutes.", zh: "大约{minutes}分钟。"}
  soon: {en: About a minute., zh: 大约一分钟。}
`)
	f := func(name, lang string, steps ...moment) { t.Helper(); story(t, name, flow, lang, steps...) }
	f("greeting, music, place, music", "en",
		moment{0, "start", "play Please wait."},
		moment{3, "heard", "loop ~rain~"},
		moment{20, "place 21", "play You are number|twenty|one"},
		moment{23, "heard", "loop ~rain~"},
		moment{60, "place 1", "play You are next."},
		moment{63, "heard", "loop ~rain~"})
	f("numbers and estimate in Chinese", "zh",
		moment{0, "start", "play 请稍候。"}, moment{1, "heard", "loop ~rain~"},
		moment{2, "place 13 125", "play 您排在第|十|三|位。|大约|三|分钟。"},
		moment{4, "heard", "loop ~rain~"})
	f("a minute or less, and no estimate that cannot be spoken", "en",
		moment{0, "start", "play Please wait."}, moment{1, "heard", "loop ~rain~"},
		moment{2, "place 2 60", "play You are number|two|About a minute."},
		moment{3, "heard", "loop ~rain~"},
		moment{4, "place 2 61", "play You are number|two|About|two|minutes."},
		moment{5, "heard", "loop ~rain~"},
		moment{6, "place 2 6000", "play You are number|two"},
		moment{7, "heard", "loop ~rain~"},
		moment{8, "place 100", ""},
		moment{9, "place 0", ""})
	f("a place that comes while something is said follows it; the newest counts", "en",
		moment{0, "start", "play Please wait."},
		moment{1, "place 5", ""}, moment{2, "place 4", ""},
		moment{3, "heard", "play You are number|four"},
		moment{5, "heard", "loop ~rain~"})
	f("wrong keys change nothing; the exit key leaves at once, in the music", "en",
		moment{0, "start", "play Please wait."}, moment{1, "heard", "loop ~rain~"},
		moment{2, "1", ""}, moment{2, "#", ""},
		moment{3, "*", "stop; leave exitKey"},
		moment{4, "heard", ""}, moment{4, "place 1", ""})
	f("and in an announcement, which wrong keys do not end", "en",
		moment{0, "start", "play Please wait."}, moment{1, "7", ""},
		moment{2, "*", "stop; leave exitKey"})
	f("the end of the music, if it ever comes, changes nothing", "en",
		moment{0, "start", "play Please wait."}, moment{1, "heard", "loop ~rain~"}, moment{2, "heard", ""})
	f("a greeting whose end nobody reports gives way to the music", "en",
		moment{0, "start", "play Please wait."}, moment{600, "@tick", "loop ~rain~"})
}

func TestWaitPlain(t *testing.T) {
	flow := flowOf(t, "kind: wait\n")
	story(t, "music and nothing else", flow, "en",
		moment{0, "start", "loop ~hold~"}, moment{1, "*", ""}, moment{2, "place 3 60", ""}, moment{3, "tick", ""})
}

func TestLanguageFallsBackToTheFlowsFirst(t *testing.T) {
	flow := flowOf(t, "languages: [zh]\nstart: a\nnodes: {a: {say: 你好。}}\n")
	m := NewMachine(flow, "en")
	play := m.Apply(noon, Started{})[1].(Play)
	if m.Language() != "zh" || play.Prompt.Language != "zh" || play.Prompt.Parts[0].Say != "你好。" {
		t.Errorf("%s: %+v", m.Language(), play)
	}
}

func TestSpokenNumber(t *testing.T) {
	f := func(lang string, n int, want ...string) {
		t.Helper()
		if got := SpokenNumber(lang, n); !slices.Equal(got, want) {
			t.Errorf("%s %d: %q, want %q", lang, n, got, want)
		}
	}
	f("en", 0, "zero")
	f("en", 10, "ten")
	f("en", 19, "nineteen")
	f("en", 20, "twenty")
	f("en", 21, "twenty", "one")
	f("en", 99, "ninety", "nine")
	f("zh", 0, "零")
	f("zh", 10, "十")
	f("zh", 11, "十", "一")
	f("zh", 20, "二十")
	f("zh", 42, "四十", "二")
	f("zh", 99, "九十", "九")
	f("en", 100)
	f("en", -1)
	f("fr", 1)
	for _, lang := range Languages {
		pieces := NumberPieces(lang)
		for n := range MaxSpokenNumber + 1 {
			for _, word := range SpokenNumber(lang, n) {
				if !slices.Contains(pieces, word) {
					t.Errorf("%s %d: %q is not among the pieces", lang, n, word)
				}
			}
		}
	}
}

func TestIgnoredDigitsCostNothing(t *testing.T) {
	waiting := NewMachine(flowOf(t, "kind: wait\nexitKey: \"*\"\n"), "en")
	waiting.Apply(noon, Started{})
	queued := NewMachine(flowOf(t, "start: q\nnodes: {q: {queue: x}}\n"), "en")
	queued.Apply(noon, Started{})
	var key Event = Digit{'5'}
	for name, m := range map[string]*Machine{"wait": waiting, "queue": queued} {
		if n := testing.AllocsPerRun(100, func() { m.Apply(noon, key) }); n != 0 {
			t.Errorf("%s: %v allocations for an ignored digit", name, n)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	flow := flowOf(b, menuFlow)
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	var wrong, again Event = Digit{'5'}, Digit{'9'}
	b.ReportAllocs()
	for b.Loop() {
		m.Apply(noon, wrong)
		m.Apply(noon, again)
	}
}
