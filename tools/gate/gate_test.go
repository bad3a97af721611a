// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTallyCounts holds the counts: a skipped test is never a passed one, a
// package without tests is not a skipped test, a build that fails is a failure.
func TestTallyCounts(t *testing.T) {
	g := &gate{}
	run := &tally{gate: g, kind: "package ", output: make(map[string][]string)}
	err := run.read(strings.NewReader(`{"Action":"run","Package":"a","Test":"TestX"}
{"Action":"output","Package":"a","Test":"TestX","Output":"nonsense said X\n"}
{"Action":"fail","Package":"a","Test":"TestX","Elapsed":0.1}
{"Action":"pass","Package":"a","Test":"TestY","Elapsed":0.1}
{"Action":"skip","Package":"a","Test":"TestZ","Elapsed":0}
{"Action":"fail","Package":"a","Elapsed":0.3}
{"Action":"skip","Package":"empty","Elapsed":0}
{"ImportPath":"b","Action":"build-output","Output":"b.go:1: oh\n"}
{"ImportPath":"b","Action":"build-fail"}
`))
	if err != nil {
		t.Fatal(err)
	}
	if g.passed != 1 || g.failed != 1 || g.skipped != 1 {
		t.Errorf("counts %d %d %d, want 1 passed, 1 failed, 1 skipped", g.passed, g.failed, g.skipped)
	}
	all := strings.Join(run.bad, "")
	for _, want := range []string{"nonsense said X", "b.go:1: oh"} {
		if !strings.Contains(all, want) {
			t.Errorf("output %q lacks %q", all, want)
		}
	}
	if g.close() {
		t.Error("a run with failures and skips must not pass")
	}
}

// TestASkipAloneFailsTheRun because nothing is ever skipped.
func TestASkipAloneFailsTheRun(t *testing.T) {
	g := &gate{passed: 5, skipped: 1}
	if g.close() {
		t.Error("a skipped test passed the run")
	}
}

func TestSameTreeFindsEachKindOfDifference(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write := func(folder, name, body string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(a, "same", "x")
	write(b, "same", "x")
	if err := sameTree(a, b); err != nil {
		t.Fatalf("equal folders differ: %v", err)
	}
	write(a, "changed", "x")
	write(b, "changed", "y")
	write(a, "old", "x")
	write(b, "new", "x")
	err := sameTree(a, b)
	for _, want := range []string{"changed differs", "old is committed but not built", "new is built but not committed"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
}

func TestForbidServicesKeepsARuleThatStands(t *testing.T) {
	rule := filepath.Join(t.TempDir(), "policy-rc.d")
	restore, err := forbidServices(rule)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := os.ReadFile(rule); err != nil || !strings.Contains(string(body), "exit 101") {
		t.Fatalf("rule %q, %v", body, err)
	}
	second, err := forbidServices(rule)
	if err != nil {
		t.Fatal(err)
	}
	second()
	if _, err := os.Stat(rule); err != nil {
		t.Fatal("the rule of somebody else was removed")
	}
	restore()
	if _, err := os.Stat(rule); err == nil {
		t.Fatal("our own rule is still there")
	}
}
