// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const fetchFlow = `
languages: [en]
start: ask
nodes:
  ask:
    fetch:
      url: https://crm.example/c/{caller}
      json: {number: caller, tries: 1 + 1}
      headers: {Authorization: {value: "Bearer ", secret: crm}, X-Site: one}
      timeout: 3s
      filler: {music: hold}
      into:
        name: person.name
        level: {path: "orders[1].level", kind: number}
        due: {path: due, kind: decimal, default: "0"}
        vip: {path: vip, kind: flag, default: "false"}
      status: status
      next: sort
      endings: {notFound: stranger, timedOut: late}
      error: broken
  sort: {branch: {cases: [{when: vip && level > 2 && due < 10, next: rich}], else: poor}}
  rich: {hangup: {cause: completed}}
  poor: {hangup: {cause: closed}}
  stranger: {hangup: {cause: unreachable}}
  late: {hangup: {cause: timedOut}}
  broken: {hangup: {cause: noAgents}}
`

func TestFetchAsks(t *testing.T) {
	m := machineFor(t, fetchFlow, "+49 1/2")
	did := m.Apply(noon, Started{})
	got, is := did[len(did)-1].(Fetch)
	want := Fetch{
		Method: "POST", URL: "https://crm.example/c/%2B49%201%2F2", Body: []byte(`{"number":"+49 1/2","tries":2}`),
		Connect: 2 * time.Second, Timeout: 3 * time.Second, Retries: 0, MaxBody: 65536,
		Headers: []Header{{"Authorization", "Bearer ", "crm"}, {"X-Site", "one", ""}},
	}
	if !is || got.URL != want.URL || string(got.Body) != string(want.Body) || got.Method != want.Method || got.Connect != want.Connect ||
		got.Timeout != want.Timeout || got.Retries != want.Retries || got.MaxBody != want.MaxBody || !slices.Equal(got.Headers, want.Headers) {
		t.Errorf("asked %s", told(did))
	}
	if due := m.Deadline(); !due.Equal(noon.Add(3 * time.Second)) {
		t.Errorf("waits until %v", due)
	}
}

func TestFetchTakesTheAnswer(t *testing.T) {
	f := func(status int, body, want string) {
		t.Helper()
		m := machineFor(t, fetchFlow, "1")
		m.Apply(noon, Started{})
		got := told(m.Apply(noon.Add(time.Second), Fetched{How: FetchAnswered, Status: status, Body: []byte(body)}))
		if !strings.HasPrefix(got, "stop; ") || !strings.HasSuffix(got, "hangup "+want) {
			t.Errorf("%d %s: %s, want %s", status, body, got, want)
		}
	}
	f(200, `{"person": {"name": "Li"}, "orders": [{}, {"level": 3}], "due": 9.5, "vip": true}`, "completed")
	f(200, `{"person": {"name": "Li"}, "orders": [{}, {"level": 3}]}`, "closed")
	f(200, `{"person": {"name": 5}, "orders": [{}, {"level": 2}], "vip": true}`, "closed")
	f(200, `{"person": {"name": "Li"}, "orders": [{"level": 3}], "vip": true}`, "noAgents")       // no such order
	f(200, `{"person": {"name": "Li"}, "orders": [{}, {"level": 3.5}]}`, "noAgents")              // no whole number
	f(200, `{"person": {"name": "Li"}, "orders": [{}, {"level": 3}], "vip": "yes"}`, "noAgents")  // no flag
	f(200, `{"person": ["Li"], "orders": [{}, {"level": 3}]}`, "noAgents")                        // no name there
	f(200, `{"person": {"name": "`+strings.Repeat("x", 300)+`"}, "orders": [1, {}]}`, "noAgents") // too long a text
	f(200, `<html>`, "noAgents")
	f(404, ``, "unreachable")
	f(410, ``, "unreachable")
	f(302, ``, "noAgents")
	f(503, ``, "noAgents")
}

// Behaviour 36 of call-center.md: an upstream that hangs leads to the timeout
// branch at its time, and a caller who leaves is not waited for.
func TestFetchBehaviour36(t *testing.T) {
	flow := flowOf(t, fetchFlow)
	begin := moment{0, "start", "at ask; loop ~hold~; fetch POST"}
	story(t, "upstream hangs", flow, "en", begin,
		moment{1, "1", ""}, // a key is kept
		moment{3, "@tick", "stop; give up; at late; hangup timedOut"})
	story(t, "an answer at the very end is too late", flow, "en", begin,
		moment{3, "fetched 200", "stop; give up; at late; hangup timedOut"})
	story(t, "the caller goes", flow, "en", begin, moment{1, "gone", ""}, moment{3, "tick", ""})
	for how, end := range map[string]string{FetchUnavailable: "noAgents", FetchTooLarge: "noAgents", FetchNotAllowed: "noAgents", FetchTimedOut: "timedOut"} {
		m := machineFor(t, fetchFlow, "1")
		m.Apply(noon, Started{})
		if got := told(m.Apply(noon, Fetched{How: how})); !strings.HasSuffix(got, end) {
			t.Errorf("%s: %s", how, got)
		}
	}
}

func TestFetchKeepsKeysForTheNextQuestion(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: ask
nodes:
  ask: {fetch: {url: "http://a.example", next: menu, error: menu}}
  menu: {menu: {prompt: {say: Choose.}, keys: {"1": one}}}
  one: {hangup: {cause: completed}}
`)
	story(t, "a key pressed while the other system thinks", flow, "en",
		moment{0, "start", "at ask; fetch GET"},
		moment{1, "1", ""},
		moment{2, "fetched 200", "at menu; at one; hangup completed"})
}

func TestFetchRefusesSecretsInTheURL(t *testing.T) {
	got := faultsOf(`
languages: [en]
start: pin
nodes:
  pin: {collect: {into: pin, secret: true, prompt: {say: PIN.}, max: 4, next: ask}}
  ask: {fetch: {url: "ftp://x.example/{pin}", method: POST, retries: 1, json: {pin: pin}, into: {a: "b..c"}, next: pin, error: pin}}
`)
	want := []string{
		`6:22: nodes.ask.fetch.url: "ftp://x.example/{pin}" is no address; write one like https://crm.example/customers/{caller}, without a variable or a password in the host`,
		`6:22: nodes.ask.fetch.url: {pin} is a secret; it may only be compared in expressions`,
		`6:70: nodes.ask.fetch.retries: might do twice what POST does; remove it, or use PUT`,
		`6:101: nodes.ask.fetch.into.a.path: "b..c" is no path; write names and indexes, like orders[0].total`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %s", strings.Join(got, "\n     "))
	}
}
