// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"strings"
	"testing"
)

// TestGaps: callers are expected when nobody who could serve them is there.
func TestGaps(t *testing.T) {
	f := func(from, to string, want ...string) {
		t.Helper()
		s, doc, err := readScenario(t, strings.Replace(morning, from, to, 1))
		if err != nil {
			t.Fatal(err)
		}
		days, err := s.Days(floor(), doc)
		if err != nil {
			t.Fatal(err)
		}
		got := days[0].Gaps(doc.Blank())
		if len(got) != len(want) {
			t.Fatalf("got %v", got)
		}
		for i := range want {
			if !strings.Contains(got[i].String(), want[i]) {
				t.Errorf("got %v", got[i])
			}
		}
	}
	f("", "")
	f(`times: "07:30-12:00"`, `times: "07:30-11:00"`,
		"arrivals[0]: nobody who may serve these callers of support is there from 11:00 to 12:00",
		"arrivals[1]: nobody who may serve these callers of billing is there from 11:00 to 12:00")
	f("agents: [ann, bob]", "agents: [bob]", "arrivals[1]: nobody who may serve these callers of billing is there from 08:00 to 12:00")
	f("{skills: {german: 7}, for: 30s}, {}", "{skills: {german: 8}, for: 30s}", "arrivals[1]: nobody of the staff may ever serve these callers of billing")
}
