// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strings"
	"testing"
)

func TestCheckNamesWhatIsOdd(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		flow := flowOf(t, "languages: [en]\n"+src)
		var got []string
		for _, p := range flow.Check() {
			got = append(got, p.Path+": "+p.Text)
		}
		text := strings.Join(got, "\n")
		if want == "" && text != "" || !strings.Contains(text, want) {
			t.Errorf("%s\ngot  %q\nwant %q", src, text, want)
		}
	}
	const zone = "timeZone: UTC\n"
	f("start: a\nnodes: {a: {say: A., next: b}, b: {hangup: }}", "")
	f("start: a\nnodes: {a: {hangup: }, b: {hangup: }}", "nodes.b: is reached from nowhere")
	f("start: a\nnodes: {a: {say: A., next: a}}", "nodes.a: runs in a circle that asks nothing")
	f("start: a\nnodes: {a: {menu: {prompt: {say: A.}, keys: {\"1\": a}, noInput: {next: a}, noMatch: {next: a}}}}", "nodes.a: leads to no end")
	f("start: a\nnodes: {a: {menu: {prompt: {say: A.}, keys: {\"1\": b, \"12\": b}}}, b: {hangup: }}", `nodes.a.menu.keys.1: is held up by "12"`)
	f("start: a\nnodes: {a: {branch: {cases: [{when: 'x == \"1\"', next: b}], else: c}}, b: {hangup: }, c: {collect: {into: x, prompt: {say: X.}, max: 1, next: b}}}", "nodes.a: x may be read here before")

	// Circles in which nothing changes, though there is another way out.
	f(zone+"start: a\nnodes: {a: {hours: {week: {mon: closed}, open: b, closed: a}}, b: {hangup: }}", "nodes.a: may lead back to itself")
	f(zone+"start: a\nnodes: {a: {hours: {week: {mon: closed}, open: b, closed: c}}, c: {branch: {cases: [{when: 'caller == \"1\"', next: b}], else: a}}, b: {hangup: }}", "nodes.c: may lead back to itself")
	f(zone+"start: a\nnodes: {a: {hours: {week: {mon: closed}, open: b, closed: c}}, c: {wait: 1m, next: a}, b: {hangup: }}", "")
	f("start: z\nnodes: {z: {set: {n: 0}, next: c}, a: {set: {n: n * 2}, next: c}, c: {branch: {cases: [{when: n > 4, next: b}], else: a}}, b: {hangup: }}", "")

	// Ends in the middle of a flow that others call.
	f("kind: sub\nstart: a\nnodes: {a: {say: A.}}", "nodes.a: is a dead end")
	f("kind: sub\nstart: a\nnodes: {a: {hangup: }}", "start: leads to no return")
	f("kind: sub\nstart: a\nnodes: {a: {say: A., next: b}, b: {return: done}}", "")

	// Errors that nothing handles.
	f("start: a\nnodes: {a: {set: {n: int(caller)}, next: b}, b: {hangup: }}", "nodes.a: can fail, and nothing says")
	f("start: a\nnodes: {a: {set: {n: int(caller)}, next: b, error: b}, b: {hangup: }}", "")
	f("start: a\nonError: b\nnodes: {a: {set: {n: int(caller)}, next: b}, b: {hangup: }}", "")
}
