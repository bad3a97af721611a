// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/journal"
)

// TestExplainTrace tells the case of docs/simulate.md.
func TestExplainTrace(t *testing.T) {
	page, err := os.ReadFile("../../docs/simulate.md")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "case.jsonl")
	if err := os.WriteFile(file, regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)[1], 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(want string, args ...string) {
		t.Helper()
		out, status := ran(t, append([]string{"explain", "c1", "-trace", file, "-zone", "UTC"}, args...)...)
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("%d: %q is missing of\n%s", status, want, out)
		}
	}
	f("09:00:16  ann did not answer; back to the same place")
	f("  bob          09:00:01 - 09:00:10  not signed in")
	f("  ann          09:00:01 - 09:00:16  was asked\n               09:00:16 - 09:00:20  not responding after a missed call since 09:00:16\n", "-agent", "ann")
	f("19s 后由 bob 接通", "-lang", "zh")
	f(`"what":"offerEnded","agent":"ann"`, "-json")
	if out, status := ran(t, "explain"); status != 1 || !strings.Contains(out, "tandem explain CONTACT") {
		t.Errorf("%d %s", status, out)
	}
}

// TestExplainFromTheJournalAlone: what a server has kept tells the story, and
// what is exported of it tells the same elsewhere.
func TestExplainFromTheJournalAlone(t *testing.T) {
	folder := t.TempDir()
	j, _, err := journal.Open(t.Context(), journal.Config{DataFolder: folder, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d := acd.New(acd.Options{})
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for after, event := range []acd.Event{
		acd.Configured{
			Queues: []acd.Queue{{ID: "support"}},
			Agents: []acd.Agent{{ID: "ann", Queues: []acd.Membership{{Queue: "support"}}}, {ID: "bob", Queues: []acd.Membership{{Queue: "support", Delay: 4 * time.Second}}}},
		},
		acd.StatusSet{Agent: "ann", Status: acd.Available, Actor: "ann"},
		acd.StatusSet{Agent: "ann", Status: "lunch", Actor: "ann"},
		acd.StatusSet{Agent: "bob", Status: acd.Available, Actor: "bob"},
		acd.ContactArrived{Contact: "c1", Queue: "support"},
		acd.Tick{}, acd.Tick{}, acd.Tick{}, acd.Tick{},
		acd.OfferTaken{Offer: 1},
		acd.Bridged{Contact: "c1"},
		acd.ContactCompleted{Contact: "c1"},
	} {
		now := at.Add(time.Duration(after) * time.Second)
		j.Hand(acd.Decision{At: now, Event: event, Effects: d.Apply(now, event)}, nil)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	export := filepath.Join(t.TempDir(), "case.jsonl")
	told, status := ran(t, "explain", "c1", "-data", folder, "-zone", "UTC", "-export", export)
	if status != 0 || !strings.Contains(told, "comes in only after a delay, until 09:00:08") || !strings.Contains(told, "on lunch since 09:00:02") ||
		!strings.Contains(told, "09:00:10  answered by bob after 6s") {
		t.Fatalf("%d\n%s", status, told)
	}
	if elsewhere, status := ran(t, "explain", "c1", "-trace", export, "-zone", "UTC"); status != 0 || elsewhere != told {
		t.Errorf("%d elsewhere\n%s\ninstead of\n%s", status, elsewhere, told)
	}
	if out, status := ran(t, "simulate", "-trace", export); status != 0 || !strings.Contains(out, `"ending":"answered"`) {
		t.Errorf("%d\n%s", status, out)
	}
	if out, status := ran(t, "explain", "c2", "-data", folder); status != 0 || out != "nothing is known of c2\n" {
		t.Errorf("%d %s", status, out)
	}
}
