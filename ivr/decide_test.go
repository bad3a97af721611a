// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// loaded are flows that must be right, by the names of their files.
func loaded(t *testing.T, files map[string]string) Flows {
	t.Helper()
	all := fstest.MapFS{}
	for name, src := range files {
		all[name+".yaml"] = &fstest.MapFile{Data: []byte(src)}
	}
	flows, problems := Load(all, "flows")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return flows
}

const decideFlow = `
languages: [en]
timeZone: Europe/Berlin
start: ask
onError: broken
nodes:
  ask: {collect: {into: n, prompt: {say: N.}, min: 0, max: 4, next: count}}
  count: {set: {tries: "tries + 1", double: "int(n) * 2"}, next: look}
  look:
    branch:
      cases:
        - {when: double > 100, next: big}
        - {when: "double > 10 && caller startsWith '+49'", next: home}
        - {when: "time.hour == 13 && time.weekday == 'sun'", next: noon}
      else: ask
  big: {hangup: {cause: busy}}
  home: {say: "{double} and {tries}"}
  noon: {hangup: {cause: closed}}
  broken: {hangup: {cause: unreachable}}
`

func TestBranchAndSet(t *testing.T) {
	flow := flowOf(t, strings.ReplaceAll(decideFlow, `"tries + 1"`, `"1"`))
	f := func(typed, caller, want string) {
		t.Helper()
		m := NewMachine(flow, "en").For(Contact{ID: "c", Caller: caller})
		m.Apply(noon, Started{})
		var got string
		for i := range len(typed) {
			got = told(m.Apply(noon, Digit{typed[i]}))
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", typed, got, want)
		}
	}
	f("51#", "", "at count; at look; at big; hangup busy")
	f("6#", "+4930", "at count; at look; at home; play twelve|and|one")
	f("6#", "", "at count; at look; at noon; hangup closed") // noon UTC is one in Berlin
}

func TestExpressionThatFails(t *testing.T) {
	flow := flowOf(t, strings.ReplaceAll(decideFlow, `"tries + 1"`, `"1"`))
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	if got := told(m.Apply(noon, Digit{'#'})); got != "stop; at count; at broken; hangup unreachable" { // int("")
		t.Error(got)
	}
	flow = flowOf(t, "languages: [en]\nstart: a\nnodes:\n  a: {set: {x: \"int(caller)\"}, next: a}\n")
	m = NewMachine(flow, "en")
	if got := told(m.Apply(noon, Started{})); got != "at a; at (failed); play We are sorry, your call cannot go on. Please call again later." {
		t.Error(got)
	}
}

func TestTextCannotGrowWithoutEnd(t *testing.T) {
	flow := flowOf(t, "languages: [en]\nstart: a\nonError: b\nnodes:\n  a: {set: {x: \"'seven--' \"}, next: more}\n  more: {set: {x: x + x}, next: more}\n  b: {hangup: {cause: busy}}\n")
	if got := told(NewMachine(flow, "en").Apply(noon, Started{})); !strings.HasSuffix(got, "at b; hangup busy") || strings.Count(got, "more") > 8 {
		t.Error(got)
	}
}

func TestExpressionsAreBounded(t *testing.T) {
	f := func(source, want string) {
		t.Helper()
		_, err := compile(source, map[string]*variableKind{"s": {zero: ""}, "n": {zero: 0}})
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
	f("n + 1", "")
	f(`s in ["a", "b"] and s matches "^[0-9]+$"`, "")
	f("1..9", "a range")
	f("len(1..n)", "a range")
	f("map([1], # + 1)", "uses ")
	f("sum([1, 2])", "uses sum")
	f("any([1], true)", "uses ")
	f("sortBy([1], #)", "uses ")
	f("reduce([1], #acc + #)", "uses ")
	f("fromJSON(s)", "no expression")
	f("now().Hour()", "no expression")
	f("repeat(s, 1000)", "no expression")
	f("let x = 1; x", "let")
	f("s.foo()", "no expression")
	f("time.foo", "no expression")
	f("x", "no expression")
	f("n + s", "no expression")
	f("", "is empty")
	f(strings.Repeat("n + ", 90)+"n", "no expression")
	f(strings.Repeat("1", 501), "longer than")
}

func TestHoursOverTheYear(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
timeZone: Europe/Berlin
start: h
nodes:
  h:
    hours:
      week:
        mon-thu: "09:00-12:30, 13:30-18:00"
        fri: "22:00-06:00"
        sun: "01:30-02:30, 02:30-03:30"
      dates:
        "12-24": "09:00-11:00"
        "2026-12-24": "10:00-12:00"
        12-24..01-02: closed
        2027-01-01..2027-01-04: "12:00-13:00"
      until: u
      open: o
      closed: c
  o: {say: "{u|time}"}
  c: {say: "{u|time} {u|date}"}
`)
	berlin, _ := time.LoadLocation("Europe/Berlin")
	f := func(at string, open bool, until string) {
		t.Helper()
		now, err := time.ParseInLocation("2006-01-02 15:04:05", at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		is, change := flow.nodes[1].step.(*hours).schedule.at(now)
		if got := change.Format("2006-01-02 15:04 MST"); is != open || got != until {
			t.Errorf("%s: %v until %s, want %v until %s", at, is, got, open, until)
		}
	}
	f("2026-03-02 09:00:00", true, "2026-03-02 12:30 CET")
	f("2026-03-02 12:30:00", false, "2026-03-02 13:30 CET")
	f("2026-03-02 08:59:59", false, "2026-03-02 09:00 CET")
	f("2026-03-05 18:00:00", false, "2026-03-06 22:00 CET") // over night
	f("2026-03-07 05:59:59", true, "2026-03-07 06:00 CET")
	f("2026-03-07 06:00:00", false, "2026-03-08 01:30 CET")
	f("2026-03-08 01:30:00", true, "2026-03-08 03:30 CET")  // two spans without a break
	f("2026-03-29 01:40:00", true, "2026-03-29 03:30 CEST") // 02:30 does not exist: no gap either
	f("2026-10-25 01:40:00", true, "2026-10-25 03:30 CET")  // 02:30 comes twice
	f("2026-12-24 09:30:00", false, "2026-12-24 10:00 CET") // a certain year before every year
	f("2025-12-24 09:30:00", true, "2025-12-24 11:00 CET")  // one day before several
	f("2025-12-30 10:00:00", false, "2026-01-04 01:30 CET") // closed over the turn of the year
	f("2027-01-01 12:15:00", true, "2027-01-01 13:00 CET")  // several of a year before every year
	f("2026-12-28 10:00:00", false, "2027-01-01 12:00 CET")
}

func TestHoursThatNeverChange(t *testing.T) {
	always := schedule{zone: time.UTC}
	for i := range always.week {
		always.week[i], _ = readSpans("00:00-24:00")
	}
	if open, until := always.at(noon); !open || !until.IsZero() {
		t.Error(open, until)
	}
	never := schedule{zone: time.UTC}
	if open, until := never.at(noon); open || !until.IsZero() {
		t.Error(open, until)
	}
}

func TestClockThatSkipsAndRepeats(t *testing.T) {
	berlin, _ := time.LoadLocation("Europe/Berlin")
	s := schedule{zone: berlin}
	f := func(day string, minute int, late bool, want string) {
		t.Helper()
		d, _ := time.Parse(time.DateOnly, day)
		if got := s.instant(d, minute, late).UTC().Format("15:04"); got != want {
			t.Errorf("%s %d: %s, want %s", day, minute, got, want)
		}
	}
	f("2026-03-29", 150, false, "01:00") // 02:30 is skipped: the moment of the jump
	f("2026-03-29", 150, true, "01:00")
	f("2026-10-25", 150, false, "00:30") // 02:30 comes twice
	f("2026-10-25", 150, true, "01:30")
	f("2026-07-01", 150, true, "00:30")
}

func TestLanguageWaitAndKeysMeanwhile(t *testing.T) {
	flow := flowOf(t, `
start: a
nodes:
  a: {language: zh, next: b}
  b: {wait: 2s, next: c}
  c: {menu: {prompt: {say: {en: Choose., zh: 请选择。}}, keys: {"1": d}}}
  d: {say: {en: Done., zh: 好。}}
`)
	story(t, "keys pressed in the silence answer the menu", flow, "en",
		moment{0, "start", "at a; at b"}, moment{1, "1", ""}, moment{2, "@tick", "at c; at d; play 好。"})
}

func TestSplitIsSeededByContact(t *testing.T) {
	flow := flowOf(t, "languages: [en]\nstart: a\nnodes:\n  a: {split: {ways: [{percent: 30, next: x}, {percent: 70, next: y}]}}\n  x: {hangup: {cause: busy}}\n  y: {hangup: }\n")
	few := 0
	for i := range 2000 {
		id := Contact{ID: "call-" + textOf(i)}
		first := told(NewMachine(flow, "en").For(id).Apply(noon, Started{}))
		if again := told(NewMachine(flow, "en").For(id).Apply(noon.Add(time.Hour), Started{})); again != first {
			t.Fatalf("%s: %s, then %s", id.ID, first, again)
		}
		if strings.Contains(first, "at x") {
			few++
		}
	}
	if few < 540 || few > 660 {
		t.Errorf("%d of 2000 went the way of 30 percent", few)
	}
}

func TestShortOnRepeatsAndAPromptForEachTry(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: m
nodes:
  m:
    menu:
      prompt: {say: The long story.}
      again: {say: In short.}
      keys: {"1": back}
      noInput: {tries: 4, each: [{prompt: {say: One.}}, {prompt: {say: Two.}}]}
  back: {goto: m}
`)
	story(t, "menu", flow, "en",
		moment{0, "start", "at m; play The long story."}, moment{1, "heard", ""},
		moment{6, "@tick", "play One.|In short."}, moment{7, "heard", ""},
		moment{12, "@tick", "play Two.|In short."}, moment{13, "heard", ""},
		moment{18, "@tick", "play Two.|In short."},
		moment{19, "1", "stop; at back; at m; play In short."})
}

func TestConfirmAndPin(t *testing.T) {
	flows := loaded(t, map[string]string{
		"main": `
languages: [en]
start: ask
nodes:
  ask: {collect: {into: code, secret: true, prompt: {say: Code.}, min: 4, max: 4, next: pin}}
  pin:
    sub: {flow: guard, with: {right: code}, into: {seen: note}, endings: {ok: fine, no: ask}, else: ask}
  fine: {say: "Fine {seen}."}
`,
		"guard": `
kind: sub
languages: [en]
inputs: [right]
secrets: [right]
outputs: [note]
start: pin
nodes:
  pin: {pin: {is: right, prompt: {say: PIN.}, noMatch: {tries: 2, next: no}, next: sure}}
  sure: {confirm: {prompt: {say: Sure?}, yes: "5", no: "6", next: mark, refused: no}}
  mark: {set: {note: "'7'"}, next: ok}
  ok: {return: ok}
  no: {return: no}
`})
	m := NewMachine(flows["main"], "en")
	f := func(keys, want string) {
		t.Helper()
		var got string
		for i := range len(keys) {
			got = told(m.Apply(noon, Digit{keys[i]}))
		}
		if got != want {
			t.Errorf("%s: got %s\nwant %s", keys, got, want)
		}
	}
	m.Apply(noon, Started{})
	f("1234", "at pin; at pin; play PIN.")
	if known := m.Variables(); known["right"] != masked {
		t.Errorf("the secret shows: %v", known)
	}
	f("9999", "play That is not one of the choices.|PIN.")
	f("9999", "at no; at ask; play Code.") // two tries
	f("4321", "at pin; at pin; play PIN.")
	f("4321", "at sure; play Sure?")
	f("5", "stop; at mark; at ok; at fine; play Fine|seven")
	if known := m.Variables(); known["code"] != masked || known["seen"] != "7" {
		t.Errorf("%v", known)
	}
}

func TestJumpAndHandlers(t *testing.T) {
	flows := loaded(t, map[string]string{
		"one": `
languages: [en]
start: a
onHangup: gone
nodes:
  a: {menu: {prompt: {say: Go?}, keys: {"1": j}}}
  j: {jump: {flow: two, with: {who: "caller + '!'"}, error: gone}}
  gone: {hangup: {cause: completed}}
`,
		"two": "languages: [en]\ninputs: [who]\nstart: a\nnodes:\n  a: {branch: {cases: [{when: who == '+49!', next: b}], else: c}}\n  b: {say: Right.}\n  c: {say: Wrong.}\n",
	})
	story(t, "a hang-up has its cause", flows["one"], "en",
		moment{0, "start", "at a; play Go?"}, moment{1, "gone", "at gone; hangup completed"}, moment{2, "1", ""})
	m := NewMachine(flows["one"], "en").For(Contact{Caller: "+49"})
	m.Apply(noon, Started{})
	if got := told(m.Apply(noon, Digit{'1'})); got != "stop; at j; at a; at b; play Right." {
		t.Error(got)
	}
	if got := told(m.Apply(noon, HungUp{})); got != "" || !m.Over() { // the other flow has no handler
		t.Error(got)
	}
}

func TestValidation(t *testing.T) {
	f := func(collect, entry, want string) {
		t.Helper()
		flow := flowOf(t, "languages: [en]\nstart: a\nnodes:\n  a: {collect: {into: x, prompt: {say: X.}, max: 16, "+collect+", next: b, noMatch: {tries: 1, next: c}}}\n  b: {hangup: }\n  c: {hangup: {cause: busy}}\n")
		m := NewMachine(flow, "en")
		m.Apply(noon, Started{})
		for i := range len(entry) {
			m.Apply(noon, Digit{entry[i]})
		}
		m.Apply(noon, Digit{'#'})
		if got := m.Variables()["x"]; got != want || !m.Over() {
			t.Errorf("%s %s: %q, want %q", collect, entry, got, want)
		}
	}
	f("pattern: '4[0-9]{2}'", "412", "412")
	f("pattern: '4[0-9]{2}|5'", "4123", "")
	f("range: 10-500", "010", "010")
	f("range: 10-500", "501", "")
	f("format: luhn", "79927398713", "79927398713")
	f("format: luhn", "79927398710", "")
	f("format: date-dmy", "29022028", "2028-02-29")
	f("format: date-dmy", "29022026", "")
	f("format: date-ymd", "20261231", "2026-12-31")
	f("format: phone", "004930123456", "+4930123456")
	f("format: phone", "030123456", "")
	f("format: phone, country: '49'", "030123456", "+4930123456")
	f("format: phone", "00493", "")
}

func TestSpokenValues(t *testing.T) {
	moment := time.Date(2026, 3, 1, 14, 5, 0, 0, time.UTC)
	f := func(lang, as string, value any, want string) {
		t.Helper()
		pieces := spell(lang, as, value, time.UTC)
		if got := strings.Join(pieces, " "); got != want {
			t.Errorf("%s %s %v: %s, want %s", lang, as, value, got, want)
		}
		for _, p := range pieces {
			if !slices.Contains(piecesOf(lang, as), p) && !slices.Contains(digitPieces(lang), p) {
				t.Errorf("%s %s: %q is not among the pieces that are recorded", lang, as, p)
			}
		}
	}
	f("en", "digits", "0420", "zero four two zero")
	f("en", "number", 0, "zero")
	f("en", "number", "1234567", "one million two hundred thirty four thousand five hundred sixty seven")
	f("en", "number", -12.5, "minus twelve point five")
	f("en", "number", "99999999999", "nine nine nine nine nine nine nine nine nine nine nine")
	f("en", "money EUR", "12.5", "twelve euros and fifty cents")
	f("en", "money USD", 0.05, "five cents")
	f("en", "money GBP", 0, "zero pounds")
	f("en", "date", "2026-03-01", "Sunday March first twenty twenty six")
	f("en", "date", "1905-12-31", "Sunday December thirty-first nineteen oh five")
	f("en", "date", "2000-01-01", "Saturday January first two thousand")
	f("en", "date", "1900-01-01", "Monday January first nineteen hundred")
	f("en", "time", moment, "two oh five p.m.")
	f("en", "time", "00:30", "twelve thirty a.m.")
	f("en", "time", "12:00", "noon")
	f("en", "time", "00:00", "midnight")
	f("en", "time", "25:99", "two five nine nine")
	f("zh", "number", 10, "十")
	f("zh", "number", 110, "一 百 一 十")
	f("zh", "number", 2005, "两 千 零 五")
	f("zh", "number", 10010, "一 万 零 一 十")
	f("zh", "number", 120345, "十 二 万 零 三 百 四十 五")
	f("zh", "number", 200000000, "两 亿")
	f("zh", "money CNY", "12.55", "十 二 元 五 角 五 分")
	f("zh", "money CNY", "2.05", "两 元 零 五 分")
	f("zh", "money EUR", "4.90", "四 欧元 九十 欧分")
	f("zh", "date", moment, "二 零 二 六 年 三 月 一 日 星期日")
	f("zh", "time", moment, "下午 两 点 零 五 分")
	f("zh", "time", "00:00", "凌晨 十 二 点")
	for _, lang := range Languages { // all numbers have their pieces
		for n := 1; n < maxSpoken; n = n*3 + 1 {
			if spellNumber(lang, textOf(n)) == nil {
				t.Errorf("%s %d is not spoken", lang, n)
			}
			for _, p := range spellNumber(lang, textOf(n)) {
				if !slices.Contains(piecesOf(lang, asNumber), p) {
					t.Errorf("%s %d: %q", lang, n, p)
				}
			}
		}
	}
}

func BenchmarkBranch(b *testing.B) {
	flow := flowOf(b, strings.ReplaceAll(decideFlow, `"tries + 1"`, `"1"`))
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	key, end := Event(Digit{'3'}), Event(Digit{'#'})
	b.ReportAllocs()
	for b.Loop() { // collect, set two, three conditions, collect again
		m.Apply(noon.Add(-time.Hour), key)
		m.Apply(noon.Add(-time.Hour), end)
	}
}
