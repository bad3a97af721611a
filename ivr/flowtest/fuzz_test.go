// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"reflect"
	"strings"
	"testing"

	"tandem/ivr"
)

func flowOf(t *testing.T, src string) *ivr.Flow {
	t.Helper()
	flow, problems := ivr.Read("f.yaml", []byte("languages: [en]\n"+src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return flow
}

func TestRandomCallsFindWhatGoesWrong(t *testing.T) {
	f := func(src, fault string, when ...string) {
		t.Helper()
		flow := flowOf(t, src)
		r := Random{Seed: 7, Calls: 500}
		found := r.Try(flow, nil, NewCoverage())
		switch {
		case fault == "" && found != nil:
			t.Errorf("%s\n%v", src, found)
		case fault == "":
		case found == nil:
			t.Errorf("%s: nothing found", src)
		case !strings.Contains(found.Fault, fault) || len(when) > 0 && !reflect.DeepEqual(found.When, when):
			t.Errorf("%s\n%v", src, found)
		}
		if again := r.Try(flow, nil, nil); !reflect.DeepEqual(found, again) {
			t.Errorf("%s\nonce more: %v", src, again)
		}
	}
	const menu = "start: a\nnodes: {a: {menu: {prompt: {say: A.}, keys: {\"7\": b}, noInput: {next: d}}}, d: {hangup: }, "
	f(menu+"b: {say: B.}}", "")
	// Only who presses 7 runs in the circle; the rest of what they did is left out.
	f("timeZone: UTC\n"+menu+"b: {branch: {cases: [{when: 'caller == \"1\"', next: d}], else: b}}}", "spins: one event led through", "presses 7")
	f("start: a\nnodes: {a: {say: A., next: a}}", "goes on for ever: a silent caller is still in a")
	f("start: a\nnodes: {a: {queue: {id: q, endings: {timedOut: a}}}}", "goes on for ever")
}
