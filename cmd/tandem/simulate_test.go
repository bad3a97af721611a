// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
