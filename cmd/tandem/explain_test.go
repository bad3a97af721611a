// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
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
	if out, status := ran(t, "explain", "c1"); status != 1 || !strings.Contains(out, "tandem explain CONTACT") {
		t.Errorf("%d %s", status, out)
	}
}
