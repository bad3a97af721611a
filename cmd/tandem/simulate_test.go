// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/journal"
)

// TestSimulateSample: the scenario that ships plays with the configuration that
// ships, and a change made on the spot is checked as the file would be.
func TestSimulateSample(t *testing.T) {
	const sample = "../../configs/scenarios/monday.yaml"
	picture := filepath.Join(t.TempDir(), "day.svg")
	out, status := ran(t, "simulate", sample, "-replications", "2", "-svg", picture)
	for _, want := range []string{"support   service level: within 20s", "one more at noon", "seed 1 · 2 days of each"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Fatalf("%d: %q is missing of\n%s", status, want, out)
		}
	}
	if svg, err := os.ReadFile(picture); err != nil || !strings.HasPrefix(string(svg), "<svg ") {
		t.Errorf("%v %.40s", err, svg)
	}
	f := func(variant, want string, wantStatus int) {
		t.Helper()
		out, status := ran(t, "simulate", sample, "-replications", "2", "-variant", variant)
		if status != wantStatus || !strings.Contains(out, want) {
			t.Errorf("%s: %d\n%s", variant, status, out)
		}
	}
	f("support.ringTime=10s", "support.ringTime=10s", 0)
	f("support.ringTime=500ms", "ringTime: 500ms is below 1s", 1)
	f("support.colour=red", "colour: is unknown", 1)
	f("nonsense", `there is no variant "nonsense"`, 1)
	out, status = ran(t, "simulate", sample, "-replications", "2", "-json")
	if status != 0 || !strings.HasPrefix(out, `[{"contacts":`) {
		t.Errorf("%d %.80s", status, out)
	}
}

// TestSimulateRecordedDay takes the day from a journal beside the scenario.
func TestSimulateRecordedDay(t *testing.T) {
	folder := t.TempDir()
	j, _, err := journal.Open(t.Context(), journal.Config{DataFolder: filepath.Join(folder, "data"), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	cfg := filepath.Join(folder, "tandem.yaml")
	if err := os.WriteFile(cfg, []byte(smallConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	d, at := acd.New(acd.Options{}), time.Date(2026, 3, 2, 8, 59, 0, 0, time.UTC)
	hand := func(after time.Duration, ev acd.Event) {
		now := at.Add(after)
		j.Hand(acd.Decision{At: now, Event: ev, Effects: d.Apply(now, ev)}, nil)
	}
	hand(0, acd.Configured{Queues: []acd.Queue{{ID: "support"}}, Agents: []acd.Agent{{ID: "anna", Queues: []acd.Membership{{Queue: "support"}}}}})
	hand(time.Second, acd.StatusSet{Agent: "anna", Status: acd.Available, Actor: "anna"})
	for i := range 10 {
		from := time.Duration(i+1) * 2 * time.Minute
		contact := acd.ContactID(rune('a' + i))
		hand(from, acd.ContactArrived{Contact: contact, Queue: "support"})
		hand(from+3*time.Second, acd.OfferTaken{Offer: acd.OfferID(i + 1)})
		hand(from+3*time.Second, acd.Bridged{Contact: contact})
		hand(from+time.Minute, acd.ContactCompleted{Contact: contact})
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	scenario := filepath.Join(folder, "yesterday.yaml")
	text := "config: tandem.yaml\nrecorded: data\ndate: 2026-03-02\nfrom: \"09:00\"\nto: \"10:00\"\nreplications: 3\nvariants:\n  - {name: wrap-up, queues: {support: {wrapUp: 1m}}}\n"
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, status := ran(t, "simulate", scenario)
	for _, want := range []string{"day           10        10     0.0 %        100.0 %", "played again", "10 callers come at the moments at which they came", "Kaplan-Meier"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("%d: %q is missing of\n%s", status, want, out)
		}
	}
	if err := os.WriteFile(scenario, []byte(strings.Replace(text, "03-02", "03-03", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := ran(t, "simulate", scenario); status != 1 || !strings.Contains(out, "the journal has nothing of that day: 2026-03-03, 09:00 to 10:00") {
		t.Errorf("%d %s", status, out)
	}
}
