// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// faultsOf are the problems of a flow, without the file's name.
func faultsOf(src string) []string {
	_, problems := Read("test.yaml", []byte(src))
	var out []string
	for _, p := range problems {
		out = append(out, strings.TrimPrefix(p.String(), "test.yaml:"))
	}
	return out
}

func TestReadNamesEveryFault(t *testing.T) {
	f := func(src string, want ...string) {
		t.Helper()
		if got := faultsOf(src); !slices.Equal(got, want) {
			t.Errorf("%s\ngot  %s\nwant %s", src, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	// The flow as a whole.
	f("", "1:1: nodes: is missing; add it")
	f("nodes: {}\n", "1:1: nodes: is empty; write at least one node")
	f("kind: loop\n", `1:7: kind: "loop" is no kind of flow; write call, sub or wait`)
	f("languages: [en, fr, en]\nstart: a\nnodes: {a: {hangup: {}}}\n",
		`1:17: languages[1]: "fr" is no language of flows; known here: en, zh`,
		`1:21: languages[2]: "en" stands here twice; keep one`)
	f("nodes: {a: {hangup: {}}}\n", "1:1: start: is missing; name the first node, like start: a")
	f("start: b\nmaxTime: 48h\nnodes: {a: {hangup: {}}}\n",
		`1:8: start: there is no node "b"; known here: a`,
		`2:10: maxTime: 48h0m0s is too long; write at most 24h0m0s`)
	f("start: a\nmusic: hold\nnodes: {a: {hangup: {}}}\n", "2:8: music: belongs to a flow of kind wait; remove it")
	f("kind: wait\nstart: a\n", "2:8: start: belongs to a flow of kind call; remove it")
	f("start: a\nnodes: {a: {goto: b}, b: {goto: a}, 'c d': {hangup: }}\n",
		`2:19: nodes.a.goto: leads back to itself without a sound; lead it elsewhere`,
		`2:33: nodes.b.goto: leads back to itself without a sound; lead it elsewhere`,
		`2:37: nodes.c d: "c d" is no name for a node; write letters, digits, - and _`)

	// Nodes.
	f("start: a\nnodes: {a: {}}\n", "2:9: nodes.a: does nothing; give it one of "+strings.Join(nodeKinds, ", "))
	f("start: a\nnodes: {a: {goto: a, hangup: {}, next: b, loop: true}}\n",
		"2:9: nodes.a: is hangup and goto at once; make a node of each",
		"2:19: nodes.a.goto: leads back to itself without a sound; lead it elsewhere")
	f("start: a\nnodes: {a: {queue: q, next: b, loop: true}}\n",
		"2:29: nodes.a.next: means nothing for queue; remove it or write it inside queue",
		"2:38: nodes.a.loop: means nothing for queue; remove it or write it inside queue")
	f("start: a\nnodes: {a: {hangup: {cause: bsuy}}}\n", `2:29: nodes.a.hangup.cause: "bsuy" is no cause a flow may name; did you mean "busy"?`)
	f("start: a\nnodes: {a: {queue: {endings: {ful: a}}}}\n",
		"2:13: nodes.a.queue.id: is missing; add it",
		`2:31: nodes.a.queue.endings.ful: is unknown; did you mean "full"?`)
	f("start: a\nnodes: {a: {queue: {id: q, endings: {full: b, else: c}}}}\n",
		`2:44: nodes.a.queue.endings.full: there is no node "b"; known here: a`,
		`2:53: nodes.a.queue.endings.else: there is no node "c"; known here: a`)
	f("start: a\nnodes: {a: {echo: {for: 2h}}}\n", "2:25: nodes.a.echo.for: 2h0m0s is too long; write at most 1h0m0s")
	f("start: a\nnodes: {a: {dial: 'sip:{who}@x'}, b: {dial: {target: 'sip:{who', ringTime: -1s}}}\n",
		"2:19: nodes.a.dial.target: {who} is filled by nothing in this flow; remove it",
		`2:54: nodes.b.dial.target: "sip:{who" has a { that begins no variable; write {name}`,
		"2:76: nodes.b.dial.ringTime: -1s is not above 0; write a time like 30s")

	// Prompts.
	f("start: a\nnodes: {a: {say: Hello.}}\n",
		"2:18: nodes.a.say: is in one language only; write {en: ..., zh: ...}, or give the flow languages: [en]")
	f("start: a\nnodes: {a: {say: {en: Hello., fr: Salut.}}}\n",
		"2:13: nodes.a.say: is not said in zh; add zh: ..., or give the flow other languages",
		`2:35: nodes.a.say.fr: "fr" is no language of this flow; known here: en, zh`)
	f("languages: [en]\nstart: a\nnodes: {a: {say: ' '}, b: {say: {en: 'You {}'}}, c: {say: 'x {acount'}}\n",
		"3:18: nodes.a.say: is empty; write what is said",
		"3:38: nodes.b.say.en: {} is no variable; write a name of letters and digits",
		"3:59: nodes.c.say.en: has a { without its }; close it")
	f("languages: [en]\nstart: a\nnodes:\n  a: {collect: {into: account, prompt: {say: N.}, max: 3, next: b}}\n  b: {say: 'You entered {acount}.'}\n",
		`5:12: nodes.b.say.en: {acount} is filled by nothing in this flow; did you mean "account"?`)
	f("languages: [en]\nstart: a\nnodes: {a: {play: [../x.wav, {say: A., music: m}, {}, {music: 'a b'}, {pause: 11m}, x.mp3]}}\n",
		`3:20: nodes.a.play[0]: "../x.wav" is no sound file; write a .wav below the prompts folder, like sound/minute.wav`,
		"3:30: nodes.a.play[1]: must be exactly one of say, play, music, pause",
		"3:51: nodes.a.play[2]: must be exactly one of say, play, music, pause",
		`3:63: nodes.a.play[3].music: "a b" is no name of music; write letters and digits, like hold`,
		"3:79: nodes.a.play[4].pause: 11m0s is out of range; write a time up to 10m0s",
		`3:85: nodes.a.play[5]: "x.mp3" is no sound file; write a .wav below the prompts folder, like sound/minute.wav`)

	// Questions.
	f("languages: [en]\nstart: a\nnodes:\n  a:\n    menu:\n      prompt: {say: P.}\n      keys: {1x: a, '2': {label: {de: D}, next: b}}\n      timeout: 0s\n      noInput: {tries: 11, next: c}\n",
		`7:18: nodes.a.menu.keys.1x: "1x" cannot be pressed; write up to 8 of 0-9, * and # in quotes`,
		`7:39: nodes.a.menu.keys.2.label.de: "de" is no language of this flow; known here: en`,
		`7:49: nodes.a.menu.keys.2.next: there is no node "b"; known here: a`,
		"8:16: nodes.a.menu.timeout: 0s is not above 0; write a time like 5s",
		"9:24: nodes.a.menu.noInput.tries: 11 is out of range; write 1 to 10",
		`9:34: nodes.a.menu.noInput.next: there is no node "c"; known here: a`)
	f("languages: [en]\nstart: a\nnodes: {a: {menu: {keys: {}}}}\n",
		"3:13: nodes.a.menu.prompt: is missing; add it",
		"3:20: nodes.a.menu.keys: holds 0 choices; write 1 to 50")
	f("languages: [en]\nstart: a\nnodes:\n  a:\n    collect: {into: 9, prompt: {say: P.}, min: 5, max: 4, terminator: '##', clear: '#', next: a}\n",
		`5:21: nodes.a.collect.into: "9" is no name for a variable; write letters and digits`,
		"5:56: nodes.a.collect.max: 4 is out of range; write 5 to 32",
		`5:84: nodes.a.collect.clear: # is terminator too; choose another key or none`)
	f("languages: [en]\nstart: a\nnodes:\n  a:\n    collect: {into: x, prompt: {say: P.}, max: 4, clear: '#', next: a}\n",
		"5:58: nodes.a.collect.clear: # is terminator too; choose another key or none")

	// Wait flows.
	f("kind: wait\nlanguages: [en]\nexitKey: 12\nannounce: {next: N., estimate: '{minute} minutes'}\n",
		`3:10: exitKey: "12" is no key; write one of 0-9, * and # in quotes, or none`,
		"4:1: announce.position: is missing; the rest of announce is said only with it",
		"4:32: announce.estimate.en: {minute} is not known here; did you mean {minutes}?")
}

func TestFlowListsAllItSays(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: ask
nodes:
  ask:
    collect:
      into: account
      prompt: [{say: Your number.}, {play: a.wav}]
      max: 4
      next: read
      noMatch: {tries: 1}
  read: {say: "You entered {account}. Thank you.", next: q}
  q: {queue: {id: support, waitFlow: w, endings: {else: call}}}
  call: {dial: {target: "sip:{account}@x", endings: {else: rain}}}
  rain: {play: {music: rain}, loop: true}
`)
	want := []string{"Goodbye.", "Thank you.", "That is not one of the choices.", "You entered", "Your number."}
	want = slices.Concat(want, digitPieces("en"))
	slices.Sort(want)
	want = slices.DeleteFunc(want, func(s string) bool { return s == "That is not one of the choices." }) // one try: never said
	var got []string
	for _, s := range flow.Sentences() {
		if s.Language != "en" {
			t.Errorf("%+v", s)
		}
		got = append(got, s.Text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("sentences\n%q, want\n%q", got, want)
	}
	if f, m := flow.Files(), flow.Music(); !slices.Equal(f, []string{"a.wav"}) || !slices.Equal(m, []string{"rain"}) {
		t.Errorf("files %q, music %q", f, m)
	}
	if q := flow.Queues(); !slices.Equal(q, []QueueUse{{"support", "w", nil, "nodes.q.queue"}}) {
		t.Errorf("queues %+v", q)
	}
	if d := flow.Dials(); !slices.Equal(d, []DialUse{{"sip:{account}@x", "nodes.call.dial"}}) {
		t.Errorf("dials %+v", d)
	}
}

func TestSentenceIsOneLine(t *testing.T) {
	flow := flowOf(t, "languages: [en]\nstart: a\nnodes:\n  a:\n    say: |\n      One\n      two.\n")
	if got := flow.Sentences(); !slices.Equal(got, []Sentence{{"en", "One two."}}) {
		t.Errorf("%q", got)
	}
}

func TestLoad(t *testing.T) {
	files := fstest.MapFS{
		"good.yaml":   {Data: []byte("start: a\nnodes: {a: {hangup: }}\n")},
		"bad.yaml":    {Data: []byte("start: b\nnodes: {a: {hangup: }}\n")},
		"notes.txt":   {Data: []byte("no flow")},
		"2nd go.yaml": {Data: []byte("start: a\nnodes: {a: {hangup: }}\n")},
	}
	flows, problems := Load(files, "shop/flows")
	if len(flows) != 1 || flows["good"] == nil || flows["good"].ID != "good" || flows["good"].Kind != CallFlow {
		t.Errorf("flows %v", flows)
	}
	want := "shop/flows/2nd go.yaml:1:1: \"2nd go\" is no name for a flow; name the file with letters, digits, - and _\n" +
		"shop/flows/bad.yaml:1:8: start: there is no node \"b\"; known here: a"
	if problems.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", problems.Error(), want)
	}
	if _, problems := Load(fstest.MapFS{}, "none"); len(problems) != 1 {
		t.Errorf("an empty folder: %v", problems)
	}
}

func TestSegments(t *testing.T) {
	f := func(text string, want ...segment) {
		t.Helper()
		got, err := segments(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
	}
	f("Hello.", segment{text: "Hello."})
	f("You entered {a}.", segment{text: "You entered"}, segment{variable: "a"})
	f("{a}, {b}! Right?", segment{variable: "a"}, segment{variable: "b"}, segment{text: "Right?"})
	f("您排在第{position}位。", segment{text: "您排在第"}, segment{variable: "position"}, segment{text: "位。"})
	f("号码是{a}。谢谢。", segment{text: "号码是"}, segment{variable: "a"}, segment{text: "谢谢。"})
}

// everything is a flow with every kind of node, for the fuzzers.
const everything = `
languages: [en, zh]
start: hello
maxTime: 1h
onError: oops
onHangup: gone
nodes:
  hello: {say: {en: Hello., zh: 您好。}, next: law}
  law: {say: {en: Law., zh: 法。}, bargeIn: false, next: main}
  main:
    menu:
      prompt: {play: a.wav}
      keys: {"1": ask, "12": echo, "2": {label: {en: L, zh: 标}, next: q}, "#": main, "3": dial, "0": loop, "9": turn, "4": sure, "5": set, "6": hours}
      noInput: {tries: 2, next: q}
      noMatch: {tries: 2}
  ask: {collect: {into: n, prompt: {say: {en: "N {n}.", zh: "号{n}"}}, min: 0, max: 4, next: say}}
  say: {say: {en: "{n}", zh: "{n}"}, next: turn}
  turn: {goto: back}
  back: {say: {en: "{n}", zh: "{n}"}, next: main}
  q: {queue: {id: q, endings: {exitKey: main, full: dial}}}
  dial: {dial: {target: "sip:{n}@x", endings: {busy: main}}}
  echo: {echo: {for: 10s}, next: main}
  loop: {play: {music: hold}, loop: true}
  sure: {confirm: {prompt: {say: {en: "{n|number}?", zh: "{n|number}？"}}, next: pin, refused: set}}
  pin: {pin: {is: n, prompt: {say: {en: Pin., zh: 密码。}}, next: still, noMatch: {tries: 2, next: hours}}}
  still: {wait: 2s, next: zh}
  zh: {language: zh, next: set}
  set: {set: {count: "int(n) + 1", long: "n + n"}, next: branch}
  branch: {branch: {cases: [{when: count % 3 == 0, next: hours}, {when: len(long) > 6 || time.hour < 3, next: split}], else: main}}
  hours: {hours: {zone: Europe/Berlin, week: {daily: "09:00-12:05, 22:00-02:00"}, until: then, open: main, closed: opens}}
  opens: {say: {en: "{then|time}{then|date}{count|money EUR}", zh: "{then|time}{then|date}{count|money CNY}"}, next: main}
  split: {split: {ways: [{percent: 50, next: set}, {percent: 50, next: main}]}}
  oops: {say: {en: Oops., zh: 错。}, next: main}
  gone: {branch: {cases: [{when: count > 1, next: over}], else: over}}
  over: {hangup: {cause: completed}}
`

const everythingWaiting = `
kind: wait
greeting: [{say: {en: Wait., zh: 请稍候。}}]
announce:
  next: {en: Next., zh: 下一位。}
  position: {en: "Number {position}", zh: "第{position}位"}
  estimate: {en: "{minutes} minutes", zh: "{minutes}分钟"}
exitKey: "*"
`

// FuzzMachine: whatever happens, in whatever order, a machine either is over, or
// rests in a queue or a dial, or plays music without end, or has a deadline; and
// what it does stays within bounds and the rules of effects.
func FuzzMachine(f *testing.F) {
	for _, seed := range []string{"sp423#1p", "sp41234#", "sp5p6p", "sp4p1", "sp1p1234#p5p4h", "s", "sp1p1234#", "s1p2l", "s9999999999", "s11h", "ss12tttt", "s1##pppp", "sp3fp", "s0tT", "s****#", "sppttttttttt", "\xfbpsppttlllllllpspplllllpslllllllttttt"} {
		f.Add([]byte(seed), true, false)
		f.Add([]byte(seed), false, true)
	}
	call, faults := Read("e.yaml", []byte(everything))
	waiting, _ := Read("w.yaml", []byte(everythingWaiting))
	if call == nil || waiting == nil {
		f.Fatal("the flows of this test are wrong: ", faults)
	}
	f.Fuzz(func(t *testing.T, happened []byte, english, wait bool) {
		flow, lang := call, "zh"
		if wait {
			flow = waiting
		}
		if english {
			lang = "en"
		}
		m, again := NewMachine(flow, lang), NewMachine(flow, lang)
		now, resting, looping := noon, false, false
		for i, b := range happened {
			ev, later := fuzzed(b)
			now = now.Add(later)
			if b == 'T' && !m.Deadline().IsZero() {
				now = m.Deadline()
			}
			effects := m.Apply(now, ev)
			if got := told(again.Apply(now, ev)); got != told(effects) {
				t.Fatalf("%q, event %d: %s, and once more: %s", happened, i, told(effects), got)
			}
			if len(effects) > 4*maxSteps {
				t.Fatalf("%q, event %d: %d effects", happened, i, len(effects))
			}
			for j, e := range effects {
				resting, looping = false, false
				switch e := e.(type) {
				case Enqueue, Dial:
					resting = true
				case Play:
					looping = e.Prompt.Loop
					if len(e.Prompt.Parts) == 0 || e.Prompt.Language != lang {
						t.Fatalf("%q, event %d: %+v", happened, i, e)
					}
					continue
				case Hangup, Leave:
					if !m.Over() {
						t.Fatalf("%q, event %d: %s, and not over", happened, i, tell(e))
					}
				default:
					continue
				}
				if j != len(effects)-1 {
					t.Fatalf("%q, event %d: %s is not the last of %s", happened, i, tell(e), told(effects))
				}
			}
			alive := m.phase != unborn && !m.Over()
			endless := resting || wait && looping
			if alive && !endless && m.Deadline().IsZero() {
				t.Fatalf("%q, event %d: stuck in %d", happened, i, m.phase)
			}
			if alive && !m.Deadline().IsZero() && m.Deadline().Before(now) {
				t.Fatalf("%q, event %d: a deadline in the past", happened, i)
			}
		}
	})
}

// fuzzed reads a byte as an event, and how long after the last one it comes.
func fuzzed(b byte) (Event, time.Duration) {
	later := time.Duration(b>>5) * 700 * time.Millisecond
	switch b {
	case 's':
		return Started{}, 0
	case 'p':
		return PromptDone{}, time.Second
	case 't', 'T':
		return Tick{}, 5 * time.Second
	case 'l':
		return QueueLeft{Ending: "exitKey"}, time.Second
	case 'L':
		return QueueLeft{Ending: "timedOut"}, time.Hour
	case 'f':
		return DialFailed{How: "busy"}, time.Second
	case 'F':
		return DialFailed{How: "refused"}, time.Second
	case 'a':
		return Announced{Position: 3}, time.Second
	case 'n':
		return Announced{Position: 1, Estimate: 90 * time.Second}, 0
	case 'h':
		return HungUp{}, 0
	}
	return Digit{Key: "0123456789*#ABCDx"[int(b)%17]}, later
}

// FuzzRead: whatever the file, Read returns a flow or problems, never both and
// never neither; and every flow runs.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{everything, everythingWaiting, menuFlow, collectFlow, "kind: wait\n", "nodes:\n  a:\n    say:\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		flow, problems := Read("f.yaml", src)
		if (flow == nil) != (len(problems) > 0) {
			t.Fatalf("%q: %v, %v", src, flow, problems)
		}
		if flow == nil {
			return
		}
		m := NewMachine(flow, "en")
		now := noon
		for _, e := range []Event{Started{}, Digit{'1'}, Digit{'#'}, PromptDone{}, Tick{}, QueueLeft{"full"}, DialFailed{"busy"}, Announced{2, time.Hour}} {
			m.Apply(now, e)
			if at := m.Deadline(); at.After(now) {
				now = at
			}
		}
	})
}
