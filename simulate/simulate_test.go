// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/strictyaml"
)

// blank is a document for scenarios made in Go: its problems have no place.
func blank(t testing.TB) *strictyaml.Document {
	t.Helper()
	return strictyaml.Decode("test.yaml", []byte("{}"), &struct{}{})
}

// floor is a configuration of two queues and two agents.
func floor() Base {
	queues := []acd.Queue{{ID: "support", WrapUp: 10 * time.Second}, {ID: "billing", WrapUp: 10 * time.Second}}
	return Base{
		Queues: queues,
		Agents: []acd.Agent{
			{ID: "ann", Queues: []acd.Membership{{Queue: "support"}, {Queue: "billing"}}, Skills: []acd.Skill{{Name: "german", Level: 7}}},
			{ID: "bob", Queues: []acd.Membership{{Queue: "support"}}},
		},
		Change: func(id acd.QueueID, keys map[string]string) (acd.Queue, error) {
			wrapUp, err := time.ParseDuration(keys["wrapUp"])
			return acd.Queue{ID: id, WrapUp: wrapUp}, err
		},
	}
}

const morning = `
config: tandem.yaml
from: "08:00"
to: "12:00"
interval: 1h
replications: 6
arrivals:
  - {queue: support, perInterval: [20, 30], talk: exponential 2m, patience: exponential 3m}
  - {queue: billing, perInterval: 4, talk: 2m, require: [{skills: {german: 7}, for: 30s}, {}]}
staff:
  - {agents: [ann, bob], times: "07:30-12:00", breaks: "10:00-10:15"}
  - {count: 1, queues: [support], times: ["09:00-10:00"]}
ignored: 0.02
refused: 0.02
variants:
  - name: longer wrap-up
    queues: {support: {wrapUp: 1m}}
  - name: two more
    staff: [{count: 2, queues: [support, {queue: billing, delay: 5s}], skills: {german: 9}, times: "08:00-12:00"}]
  - name: nobody's change
`

// readScenario reads a scenario as a file.
func readScenario(t *testing.T, text string) (*Scenario, *strictyaml.Document, error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "scenario.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(name)
}

func playScenario(t *testing.T, text string) (*Scenario, []Result) {
	t.Helper()
	s, doc, err := readScenario(t, text)
	if err != nil {
		t.Fatal(err)
	}
	days, err := s.Days(floor(), doc)
	if err != nil {
		t.Fatal(err)
	}
	results, err := Play(t.Context(), days, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, results
}

// TestSameSeedSameNumbers: also a variant that changes nothing differs in
// nothing, because it meets the same callers.
func TestSameSeedSameNumbers(t *testing.T) {
	_, first := playScenario(t, morning)
	_, again := playScenario(t, morning)
	_, other := playScenario(t, strings.Replace(morning, "replications: 6", "replications: 6\nseed: 2", 1))
	text := func(r []Result) string {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if text(first) != text(again) {
		t.Error("two runs of one seed differ")
	}
	if text(first) == text(other) {
		t.Error("two seeds give the same numbers")
	}
	base := first[0].queue(QueueResult{Queue: "support"})
	for m := range metricCount {
		if d := first[3].queue(*base).Versus(base, m); d.Mean != 0 && !math.IsNaN(d.Mean) || d.HalfWidth > 0 {
			t.Errorf("%v: %+v without a change", m, d)
		}
	}
}

// TestVariantsShow: what is known to be better or worse is, beyond chance.
func TestVariantsShow(t *testing.T) {
	s, results := playScenario(t, strings.Replace(morning, "replications: 6", "replications: 30", 1))
	base := results[0].queue(QueueResult{Queue: "support"})
	worse := results[1].queue(*base).Versus(base, ServiceLevel)
	better := results[2].queue(*base).Versus(base, ServiceLevel)
	if worse.Mean+worse.HalfWidth >= 0 || better.Mean-better.HalfWidth <= 0 {
		t.Errorf("longer wrap-up %+v, two more agents %+v", worse, better)
	}
	var table, picture strings.Builder
	if err := errors.Join(WriteTable(&table, results[0], s.Clocks()), WriteComparison(&table, results), WriteSVG(&picture, results, s.Clocks())); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"support   service level: within 20s", "08:00 ", "11:00 ", "all queues", "longer wrap-up", "as it is", "█"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("%q is missing of\n%s", want, table.String())
		}
	}
	if err := xml.Unmarshal([]byte(picture.String()), new(struct{ XMLName xml.Name })); err != nil || !strings.Contains(picture.String(), "nobody&#39;s change") {
		t.Errorf("%v\n%s", err, picture.String())
	}
}

// TestNobodyIsLost: everybody who was let in came to an end (rule 14).
func TestNobodyIsLost(t *testing.T) {
	_, results := playScenario(t, morning)
	for _, r := range results {
		for i := range r.Queues {
			for _, run := range r.Queues[i].runs {
				for _, s := range run {
					if s[Offered] != s[Answered]+s[Abandoned]+s[FlowOuts]+s[Waiting] {
						t.Errorf("%s %s: %v", r.Name, r.Queues[i].Queue, s)
					}
				}
			}
		}
	}
}

func TestScenarioNamesWhatIsWrong(t *testing.T) {
	f := func(from, to, want string) {
		t.Helper()
		s, doc, err := readScenario(t, strings.Replace(morning, from, to, 1))
		if err == nil {
			_, err = s.Days(floor(), doc)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
	f("interval: 1h", "interval: 10s", "scenario.yaml:5:11: interval: 10s makes no sense here")
	f(`to: "12:00"`, `to: "7:00"`, "to: 07:00 is not after 08:00")
	f("talk: 2m", "talk: gamma 2m", `"gamma 2m" is no distribution; write one like 4m`)
	f("queue: billing, perInterval", "queue: biling, perInterval", `arrivals[1].queue: there is no queue "biling"; did you mean "billing"?`)
	f("agents: [ann, bob]", "agents: [ann, bert]", `staff[0].agents[1]: there is no agent "bert"`)
	f("wrapUp: 1m", "wrapUp: long", "variants[0].queues.support: ")
	f(`times: ["09:00-10:00"]`, `times: ["10:00-09:00"]`, `"10:00-09:00" is no period`)
	f("ignored: 0.02", "ignored: 2", "ignored: 2 is no share; write 0 to 1")
	f("perInterval: 4,", "perInterval: [1, 2, 3, 4, 5],", "holds 5 numbers for 4 intervals")
	f("count: 1, queues: [support],", "count: 1,", "staff[1].queues: is missing")
}

// TestEveryKeyIsExplained in docs/simulate.md.
func TestEveryKeyIsExplained(t *testing.T) {
	page, err := os.ReadFile("../docs/simulate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []reflect.Type{reflect.TypeFor[Scenario](), reflect.TypeFor[Stream](), reflect.TypeFor[Shift](), reflect.TypeFor[Variant]()} {
		for i := range of.NumField() {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
			if key != "" && !strings.Contains(string(page), "`"+key+"`") {
				t.Errorf("%s.%s stands nowhere in docs/simulate.md", of.Name(), key)
			}
		}
	}
}

func TestDistributionsHaveTheirMeans(t *testing.T) {
	f := func(text string, mean time.Duration) {
		t.Helper()
		var d Distribution
		if err := d.UnmarshalText([]byte(text)); err != nil || d.String() != text {
			t.Fatal(err, d)
		}
		l, sum := lotOf(1), time.Duration(0)
		const n = 40000
		for range n {
			sum += d.Draw(&l)
		}
		if got := sum / n; (got - mean).Abs() > mean/40 {
			t.Errorf("%s: %v", text, got)
		}
	}
	f("1m0s", time.Minute)
	f("exponential 1m0s", time.Minute)
	f("lognormal 1m0s 45s", time.Minute)
	f("uniform 30s 1m30s", time.Minute)
}
