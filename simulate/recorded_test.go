// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"tandem/acd"
)

// recordedScenario is the recorded form of the scenario of the tests.
const recordedScenario = `
config: tandem.yaml
date: 2026-03-02
from: "08:00"
to: "12:00"
interval: 1h
replications: 20
recorded: data
variants:
  - name: two more
    staff: [{count: 2, queues: [support, billing], skills: {german: 9}, times: "08:00-12:00"}]
  - name: longer wrap-up
    queues: {support: {wrapUp: 2m}}
`

// playedDay are the decisions of one day of the scenario, as a journal would
// have them, and its own count.
func playedDay(t *testing.T) ([]acd.Decision, *Tally) {
	t.Helper()
	s, doc, err := readScenario(t, morning)
	if err != nil {
		t.Fatal(err)
	}
	days, err := s.Days(floor(), doc)
	if err != nil {
		t.Fatal(err)
	}
	d := days[0]
	decisions := []acd.Decision{{At: s.start().Add(-time.Hour), Event: acd.Configured{Queues: d.Queues, Agents: d.Agents}}}
	tally := newTally(s.start(), s.Interval, s.intervals(), d.Queues)
	d.watch = func(at time.Time, ev acd.Event, effects []acd.Effect) {
		decisions = append(decisions, acd.Decision{At: at, Event: ev, Effects: effects})
	}
	d.play(0, tally, nil)
	return decisions, tally
}

// TestRecordedDayGivesItsOwnFigures exactly, and changes of it are seen.
func TestRecordedDayGivesItsOwnFigures(t *testing.T) {
	decisions, tally := playedDay(t)
	s, doc, err := readScenario(t, recordedScenario)
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecording(s)
	for _, d := range decisions {
		if err := r.See(d); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Finish(); err != nil {
		t.Fatal(err)
	}
	text := func(r Result) string {
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got, want := text(r.Result()), text(collect("as recorded", []*Tally{tally}, 0)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	days, err := s.Days(floor(), doc)
	if err != nil {
		t.Fatal(err)
	}
	results, err := Play(t.Context(), r.Days(floor(), days), nil)
	if err != nil {
		t.Fatal(err)
	}
	all := QueueResult{Queue: ""}
	base, own := results[0].queue(all), r.Result()
	if math.Abs(base.Total(Offered).Mean+base.Total(Refused).Mean-own.queue(all).Total(Offered).Mean-own.queue(all).Total(Refused).Mean) > 1e-9 {
		t.Errorf("%v callers are played, not %v", base.Total(Offered), own.queue(all).Total(Offered))
	}
	if d := results[1].queue(all).Versus(base, ServiceLevel); d.Mean <= d.HalfWidth {
		t.Errorf("two more agents: %+v", d)
	}
	if d := results[2].queue(all).Versus(base, ServiceLevel); d.Mean >= -d.HalfWidth {
		t.Errorf("longer wrap-up: %+v", d)
	}
	var said strings.Builder
	if err := r.WriteEstimates(&said); err != nil || !strings.Contains(said.String(), "Kaplan-Meier") {
		t.Errorf("%v %s", err, said.String())
	}
	if err := NewRecording(s).Finish(); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("an empty journal: %v", err)
	}
}

// TestKaplanMeierRespectsCensoring: who was answered at 10 s says nothing about
// patience beyond.
func TestKaplanMeierRespectsCensoring(t *testing.T) {
	s := time.Second
	d := kaplanMeier([]observed{{5 * s, true}, {10 * s, false}, {20 * s, true}, {30 * s, false}})
	// 1 of 4 at 5 s; at 20 s 1 of the 2 still at risk: 3/4 x 1/2 outlast it.
	if len(d.times) != 2 || d.times[1] != 20*s || math.Abs(d.over[0]-0.25) > 1e-9 || math.Abs(d.over[1]-0.625) > 1e-9 {
		t.Fatalf("%v %v", d.times, d.over)
	}
	l, beyond := lotOf(1), map[time.Duration]int{}
	for range 10000 {
		beyond[d.drawBeyond(&l, 10*s)]++
	}
	if share := float64(beyond[20*s]) / 10000; len(beyond) != 2 || math.Abs(share-0.5) > 0.02 {
		t.Errorf("%v", beyond)
	}
	// An exponential patience of 60 s, cut off at a mean of 60 s, is found again.
	var all []observed
	patience, cut := Distribution{kind: exponential, a: time.Minute}, Distribution{kind: exponential, a: time.Minute}
	for range 20000 {
		p, c := patience.Draw(&l), cut.Draw(&l)
		all = append(all, observed{min(p, c), p <= c})
	}
	d = kaplanMeier(all)
	for i, at := range d.times {
		if want := 1 - math.Exp(-at.Seconds()/60); at < 2*time.Minute && math.Abs(d.over[i]-want) > 0.02 {
			t.Fatalf("by %v %.3f, not %.3f", at, d.over[i], want)
		}
	}
}
