// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

func playTrace(text string) (string, error) {
	var out strings.Builder
	err := PlayTrace("case.jsonl", strings.NewReader(text), Base{}, &out)
	return out.String(), err
}

// documented is the trace of docs/simulate.md.
func documented(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/simulate.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)[1])
}

// TestTracePlaysTheDocumentedCase: ann lets it ring, bob takes it four seconds
// later; the second caller loses patience.
func TestTracePlaysTheDocumentedCase(t *testing.T) {
	out, err := playTrace(documented(t))
	if err != nil {
		t.Fatal(err)
	}
	rest := out
	for _, want := range []string{
		`{"trace":1,"recorded":true}`,
		`"at":"2026-03-02T09:00:01Z","event":{"type":"contactArrived"`, `{"type":"offer","id":1,"contact":"c1",`, `"agent":"ann"`,
		`"at":"2026-03-02T09:00:16Z","event":{"type":"tick"}`, `"how":"missed"`, `{"type":"offer","id":2,`, `"agent":"bob"`,
		`"at":"2026-03-02T09:00:20Z","event":{"type":"offerTaken","offer":2}`, `{"type":"bridged","contact":"c1"}`,
		`"at":"2026-03-02T09:01:30Z","event":{"type":"contactLeft","contact":"c2","ending":"abandoned"}`,
		`"at":"2026-03-02T09:02:20Z","event":{"type":"contactCompleted","contact":"c1"}`,
		`{"metrics":{`, `"answered":1`, `"waitMean":19`,
	} {
		at := strings.Index(rest, want)
		if at < 0 {
			t.Fatalf("%s is missing of\n%s\nin\n%s", want, rest, out)
		}
		rest = rest[at:]
	}
}

// TestTraceOfATraceIsTheSame: what is printed is a recorded trace of itself.
func TestTraceOfATraceIsTheSame(t *testing.T) {
	first, err := playTrace(documented(t))
	if err != nil {
		t.Fatal(err)
	}
	again, err := playTrace(first)
	if err != nil || again != first {
		t.Fatalf("%v\n%s\ninstead of\n%s", err, again, first)
	}
	_, err = playTrace(strings.Replace(first, `"how":"missed"`, `"how":"busy"`, 1))
	if !errors.Is(err, ErrDiffers) || !strings.Contains(err.Error(), `case.jsonl:6: the decisions differ`) || !strings.Contains(err.Error(), `"how":"missed"`) {
		t.Fatalf("a changed record: %v", err)
	}
}

func TestTraceActs(t *testing.T) {
	const floor = `{"at":"+0s","event":{"type":"configured","queues":[{"id":"q"}],"agents":[{"id":"ann","queues":[{"queue":"q"}]}]}}
{"at":"+0s","event":{"type":"statusSet","agent":"ann","status":"available"}}
{"at":"+1s","event":{"type":"contactArrived","contact":"c1","queue":"q"}}
`
	f := func(lines, want string) {
		t.Helper()
		out, err := playTrace(floor + lines)
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing of\n%s", want, out)
		}
	}
	f(`{"at":"+3s","agent":"ann","does":"take"}
{"at":"+9s","contact":"c1","does":"hangUp"}`, `"at":"2026-03-02T09:00:09Z","event":{"type":"contactCompleted","contact":"c1"}`)
	f(`{"at":"+3s","agent":"ann","does":"refuse"}`, `"how":"refused"`)
	f(`{"at":"+3s","contact":"c1","does":"hangUp"}`, `"ending":"abandoned"`)
	f(`{"at":"+3s","event":{"type":"contactWithdrawn","contact":"c1","actor":"boss"}}`, `"what":"withdraw"`)
	f(`{"at":"+3s","agent":"bob","does":"take"}`, `case.jsonl:4: nothing rings at agent "bob" then`)
	f(`{"at":"+0.5s","agent":"ann","does":"take"}`, `case.jsonl:4: at: +0.5s is before the line above`)
	f(`{"at":"+3s","agent":"ann","does":"dance"}`, `"dance" is unknown; write take, refuse, busy, fail or ignore`)
	f(`{"at":"+3s","event":{"type":"contactWithdrawn"},"talk":"1m"}`, "patience, talk and answers belong to a contactArrived")
	f(`{"at":"noon","event":{"type":"tick"}}`, `"noon" is no time`)
	f(`{"at":"+3s","event":{"type":"tock"}}`, `no "tock" is known`)
	f(`{"at":"+3s","effect":{}}`, `unknown field "effect"`)
	f(`{"at":"+3s"}`, "holds nothing that happens")
	f(`{"trace":2}`, "is a trace of version 2")
	f("", `"waiting":1`)
}
