// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// This file holds the numbered behaviours of call-center.md section 6 that are a
// matter of flows, beside those that stand with their nodes (36 in fetch_test.go)
// or with calls.

// Behaviour 31: an exit key leaves at once; any other key changes nothing, and
// the music and the place go on.
func TestExitKeyBehaviour31(t *testing.T) {
	flow := flowOf(t, "kind: wait\nlanguages: [en]\nexitKey: '*'\n")
	story(t, "another key", flow, "en", moment{0, "start", "loop ~hold~"}, moment{1, "1", ""}, moment{2, "#", ""},
		moment{3, "*", "stop; leave exitKey"})
}

const digitsFlow = `
languages: [en]
start: a
nodes:
  a:
    collect:
      into: number
      prompt: {say: Number.}
      max: 6
      min: 2
      terminator: "#A"
      cancel: "0"
      allowed: "123456789"
      timeout: 5s
      interDigit: 3s
      noInput: {tries: 1, next: silent}
      noMatch: {tries: 1, next: wrong}
      cancelled: left
      next: got
  got: {branch: {cases: [{when: number == "123", next: right}], else: other}}
  right: {hangup: {cause: completed}}
  other: {hangup: {cause: busy}}
  wrong: {hangup: {cause: unreachable}}
  silent: {hangup: {cause: noAnswer}}
  left: {hangup: {cause: closed}}
`

// Behaviour 34, as far as keys have arrived: the first digit in its last tenth of
// a second, too long a gap, the terminator, the clear and the cancel key. What the
// network makes of keys (repeated end packets, no marker, event 16) is
// media/dtmf_test.go.
func TestCollectBehaviour34(t *testing.T) {
	flow := flowOf(t, digitsFlow)
	f := func(name string, steps ...moment) {
		t.Helper()
		steps = append([]moment{{0, "start", "at a; play Number."}, {2, "heard", ""}}, steps...)
		story(t, name, flow, "en", steps...)
	}
	f("the first digit comes at 4.9 s of 5",
		moment{6.9, "1", ""}, moment{7, "2", ""}, moment{8, "3", ""}, moment{9, "#", "at got; at right; hangup completed"})
	f("no digit comes", moment{7, "@tick", "at silent; hangup noAnswer"})
	f("a gap beyond its limit ends the entry",
		moment{3, "1", ""}, moment{4, "2", ""}, moment{5, "3", ""}, moment{8, "@tick", "at got; at right; hangup completed"})
	f("one digit is too few", moment{3, "1", ""}, moment{6, "@tick", "at wrong; hangup unreachable"})
	f("the star clears", moment{3, "9", ""}, moment{4, "*", ""}, moment{5, "1", ""}, moment{6, "2", ""}, moment{7, "3", ""},
		moment{8, "A", "at got; at right; hangup completed"})
	f("two quick keys that are the same are two",
		moment{3, "1", ""}, moment{3.05, "1", ""}, moment{3.1, "#", "at got; at other; hangup busy"})
	f("the cancel key leaves at once", moment{3, "1", ""}, moment{4, "0", "at left; hangup closed"})
	f("keys that do not count are not heard", moment{3, "1", ""}, moment{3.5, "D", ""}, moment{4, "2", ""}, moment{5, "3", ""},
		moment{6, "#", "at got; at right; hangup completed"})
	f("it ends at once when it is full", moment{3, "1", ""}, moment{3, "2", ""}, moment{3, "3", ""}, moment{3, "4", ""}, moment{3, "5", ""},
		moment{3, "6", "at got; at other; hangup busy"})

	unclear := flowOf(t, strings.Replace(digitsFlow, "timeout: 5s", "clear: none", 1))
	story(t, "unless clearing is switched off", unclear, "en",
		moment{0, "start", "at a; play Number."}, moment{1, "1", "stop"}, moment{2, "*", ""}, moment{3, "2", ""}, moment{4, "3", ""},
		moment{5, "#", "at got; at right; hangup completed"})
}

// Behaviour 35: failures and silences are counted apart and each has its branch;
// a digit in the prompt barges in; a choice that no other begins with matches
// without waiting, one that another begins with waits. TestMenu tells the same
// in full.
func TestMenuBehaviour35(t *testing.T) {
	flow := flowOf(t, menuFlow)
	begin := moment{0, "start", "at main; play Choose."}
	story(t, "two failures and two silences are neither", flow, "en", begin,
		moment{1, "5", "stop; play Wrong.|Choose."}, moment{2, "5", "stop; play Wrong.|Choose."},
		moment{4, "heard", ""}, moment{9, "@tick", "play Nothing.|Choose."},
		moment{11, "heard", ""}, moment{16, "@tick", "play Nothing.|Choose."},
		moment{17, "1", "stop; at one (First); hangup busy"})
	story(t, "a prefix waits", flow, "en", begin, moment{1, "2", "stop"}, moment{4, "@tick", "at two (Second); hangup closed"})
}

func TestKeysPressedBeforeAreForgottenWhereTheQuestionSaysSo(t *testing.T) {
	src := `
languages: [en]
start: a
nodes:
  a: {say: Hello., next: b}
  b: {menu: {prompt: {say: Choose.}, typeAhead: false, keys: {"1": c}}}
  c: {collect: {prompt: {say: PIN.}, into: pin, secret: true, exact: 2, next: d}}
  d: {confirm: {prompt: {say: Sure?}, typeAhead: false, next: e, refused: a}}
  e: {hangup: {cause: completed}}
`
	story(t, "a menu and a confirm begin anew, a collect in between does not", flowOf(t, src), "en",
		moment{0, "start", "at a; play Hello."},
		moment{1, "1", "stop; at b; play Choose."},
		moment{2, "1", "stop; at c; play PIN."},
		moment{3, "1", "stop"}, moment{3, "2", "at d; play Sure?"},
		moment{4, "1", "stop; at e; hangup completed"})
}

func TestSpecialKeysAreChecked(t *testing.T) {
	f := func(keys, want string) {
		t.Helper()
		got := strings.Join(faultsOf("languages: [en]\nstart: a\nnodes: {a: {collect: {into: x, prompt: {say: X.}, next: a, "+keys+"}}}\n"), "; ")
		if !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", keys, got, want)
		}
	}
	f("max: 4, cancel: '*', cancelled: a", "")
	f("exact: 4, terminator: none", "")
	f("exact: 4, max: 5", "stands beside min or max")
	f("terminator: none", "is missing; add it, or exact")
	f("max: 4, cancel: '5', cancelled: a", "5 is allowed too")
	f("max: 4, cancel: '#', cancelled: a", "# is terminator too")
	f("max: 4, cancel: '*'", "say where cancel leads")
	f("max: 4, cancelled: a", "means nothing without cancel")
	f("max: 4, allowed: 'x'", "are no keys")
}

// PINs and the digits of cards are kept in memory alone: nothing that leaves the
// machine shows them, whatever becomes of the call.
func TestSecretsLeaveNoTrace(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: card
nodes:
  card: {collect: {into: card, secret: true, format: luhn, prompt: {say: Card.}, exact: 16, next: check}}
  check: {branch: {cases: [{when: 'hasPrefix(card, "4")', next: pay}], else: end}}
  pay: {fetch: {url: "https://pay.example/{caller}", json: {card: card}, next: pin, error: end}}
  pin: {pin: {is: '"4711"', prompt: {say: PIN.}, next: end}}
  end: {say: Bye.}
`)
	m := NewMachine(flow, "en").For(Contact{ID: "c1", Caller: "1"})
	var out strings.Builder
	now := noon
	hear := func(ev Event) {
		now = now.Add(100 * time.Millisecond)
		for _, e := range m.Apply(now, ev) {
			out.WriteString(Told(e) + "\n")
		}
		for name, value := range m.Variables() {
			out.WriteString(name + "=" + value + "\n")
		}
	}
	hear(Started{})
	for _, c := range "4111111111111111" {
		hear(Digit{byte(c)})
	}
	hear(Fetched{How: FetchAnswered, Status: 200})
	for _, c := range "4711" {
		hear(Digit{byte(c)})
	}
	if got := out.String(); strings.Contains(got, "4111") || strings.Contains(got, "4711") || !strings.Contains(got, masked) {
		t.Errorf("told:\n%s", got)
	}
	for _, lacking := range []string{"{say: '{card}', next: pay}", "{webhook: {url: 'https://x.example', json: {c: card}, next: end}}", "{dial: '{card}'}"} {
		src := "languages: [en]\nstart: card\nnodes:\n  card: {collect: {into: card, secret: true, prompt: {say: C.}, exact: 16, next: pay}}\n  end: {say: Bye.}\n  pay: " + lacking + "\n"
		if got := strings.Join(faultsOf(src), "; "); !strings.Contains(got, "secret") {
			t.Errorf("%s: %q", lacking, got)
		}
	}
}

const holidays = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260403\r\nDTEND;VALUE=DATE:20260404\r\nSUMMARY:Good Fri\r\n day\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201225\r\nDURATION:P2D\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260501\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261224\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// Behaviour 37: gaps and overlaps of the clock and overnight spans are
// TestHoursOverTheYear and TestClockThatSkipsAndRepeats; here are holidays and
// what goes before them.
func TestHoursBehaviour37(t *testing.T) {
	src := `
languages: [en]
timeZone: Europe/Berlin
start: h
nodes:
  h:
    hours:
      week: {daily: "09:00-18:00"}
      dates: {"12-24": "09:00-12:00"}
      holidays: free.ics
      open: o
      closed: c
  o: {say: Open.}
  c: {say: Closed.}
`
	load := func(src, calendar string) (*Flow, string) {
		flows, problems := Load(fstest.MapFS{"f.yaml": {Data: []byte(src)}, "free.ics": {Data: []byte(calendar)}}, "flows")
		if len(problems) > 0 {
			return nil, problems[0].String()
		}
		return flows["f"], ""
	}
	flow, problem := load(src, holidays)
	if problem != "" {
		t.Fatal(problem)
	}
	berlin, _ := time.LoadLocation("Europe/Berlin")
	f := func(flow *Flow, at string, open bool) {
		t.Helper()
		now, err := time.ParseInLocation("2006-01-02 15:04", at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if is, _ := flow.start.step.(*hours).schedule.at(now); is != open {
			t.Errorf("%s: open %v", at, is)
		}
	}
	f(flow, "2026-04-02 10:00", true)
	f(flow, "2026-04-03 10:00", false) // the day itself; its end is the day after
	f(flow, "2026-04-04 10:00", true)
	f(flow, "2027-04-03 10:00", true)  // once only
	f(flow, "2031-12-25 10:00", false) // every year, two days
	f(flow, "2031-12-26 10:00", false)
	f(flow, "2031-12-27 10:00", true)
	f(flow, "2026-05-01 10:00", true) // cancelled
	f(flow, "2026-12-24 10:00", true) // a date of the flow's own goes before
	f(flow, "2026-12-24 13:00", false)

	short, problem := load(strings.Replace(src, "free.ics", "free.ics\n      holidayHours: \"10:00-12:00\"", 1), holidays)
	if problem != "" {
		t.Fatal(problem)
	}
	f(short, "2026-04-03 11:00", true)
	f(short, "2026-04-03 12:00", false)
	if other, _ := load(src, strings.Replace(holidays, "20260403", "20260402", 1)); other.Version() == flow.Version() {
		t.Error("another calendar leaves the version as it was")
	}

	for calendar, want := range map[string]string{
		"hello": "is no iCalendar file",
		strings.Replace(holidays, "RRULE:FREQ=YEARLY", "RRULE:FREQ=WEEKLY", 1):                                  "line 12: the rule FREQ=WEEKLY is not taken",
		strings.Replace(holidays, "DTSTART;VALUE=DATE:20260403", "DTSTART:20260403T100000Z", 1):                 "line 4: 20260403T100000Z is no whole day",
		strings.Replace(holidays, "DURATION:P2D", "DURATION:PT2H", 1):                                           "line 11: a duration of PT2H is not taken",
		strings.Replace(holidays, "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;BYDAY=4TH", 1):                        "BYDAY=4TH is not taken",
		strings.Replace(holidays, "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20261225", 1):                         "EXDATE is not taken",
		strings.Replace(holidays, "RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;WKST=MO", 1): "",
	} {
		if _, got := load(src, calendar); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, got := load(strings.Replace(src, "free.ics", "no.ics", 1), holidays); !strings.Contains(got, "cannot be read") {
		t.Error(got)
	}
	if _, problems := Read("f.yaml", []byte(src)); len(problems) != 1 {
		t.Error(problems)
	}
}

func FuzzCalendar(f *testing.F) {
	f.Add([]byte(holidays))
	f.Fuzz(func(t *testing.T, src []byte) {
		days, err := readCalendar(src)
		if err != nil {
			return
		}
		for _, d := range days {
			if !isDate(d.first) || !isDate(d.last) {
				t.Errorf("%q gives %+v", src, d)
			}
		}
	})
}
