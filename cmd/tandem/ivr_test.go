// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tandem/ivr"
	"tandem/ivr/flowtest"
)

const shippedFlows = "../../configs/flows"

// ran gives what a verb prints, and its status.
func ran(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	status := run(t.Context(), args, &out, &out)
	return out.String(), status
}

// TestShippedFlows: each keeps what its tests promise, they pass every node and
// every branch, and no caller who presses random keys gets stuck.
func TestShippedFlows(t *testing.T) {
	if out, status := ran(t, "ivr", "check", shippedFlows); status != 0 {
		t.Errorf("check: %d\n%s", status, out)
	}
	flows, problems := ivr.Load(os.DirFS(shippedFlows), shippedFlows)
	cases, faults := flowtest.Load(os.DirFS(shippedFlows), shippedFlows, flows)
	if len(problems)+len(faults) > 0 {
		t.Fatal(problems, faults)
	}
	coverage := flowtest.NewCoverage()
	for i := range cases {
		if fault := cases[i].Run(coverage); fault != "" {
			t.Errorf("%s:%d: %s\n%s", cases[i].File, cases[i].Line, cases[i].Name, fault)
		}
	}
	random := flowtest.Random{Seed: 1, Calls: 300}
	for id, flow := range flows {
		if found := random.Try(flow, cases, nil); found != nil {
			t.Error(found)
		}
		if s := coverage.Of(flow); !s.Complete() {
			t.Errorf("%s: not passed: %s", id, strings.Join(s.Missing, "; "))
		}
	}
}

func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestIVRTestTellsWhatDiffers(t *testing.T) {
	folder := folderOf(t, map[string]string{
		"f.yaml":      "languages: [en]\nstart: a\nnodes:\n  a: {menu: {prompt: {say: Choose.}, keys: {'1': b, '2': c}}}\n  b: {hangup: {cause: busy}}\n  c: {queue: support}\n",
		"f.test.yaml": "cases:\n  - name: one is busy\n    when: [presses 1]\n    then: [say Choose., end busy]\n  - name: two is not\n    when: [presses 2]\n    then: [say Choose., queue billing]\n",
	})
	report := filepath.Join(t.TempDir(), "report.xml")
	out, status := ran(t, "ivr", "test", "-junit", report, folder)
	for _, want := range []string{
		"f.test.yaml:5: two is not", "- queue billing", "+ queue support", "2 cases, 1 failed", "not passed: a: noInput", "not passed: c: full",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing of\n%s", want, out)
		}
	}
	xml, err := os.ReadFile(report)
	if err != nil || status != 1 {
		t.Fatal(status, err)
	}
	for _, want := range []string{`tests="2" failures="1"`, `name="one is busy"`, "queue billing"} {
		if !strings.Contains(string(xml), want) {
			t.Errorf("%q is missing of\n%s", want, xml)
		}
	}
}

func TestIVRTestFuzzes(t *testing.T) {
	folder := folderOf(t, map[string]string{
		"good.yaml": "languages: [en]\nstart: a\nnodes: {a: {hangup: }}\n",
		"bad.yaml":  "languages: [en]\nstart: a\nnodes:\n  a: {menu: {prompt: {say: Choose.}, keys: {'1': b}, noInput: {next: c}}}\n  b: {branch: {cases: [{when: 'caller == dialled', next: c}], else: b}}\n  c: {hangup: }\n",
	})
	out, status := ran(t, "ivr", "test", "-fuzz", "200", "-seed", "3", folder)
	for _, want := range []string{"FAIL bad: spins", `- "presses 1"`, "good                 nodes 100.0 %", "2 flows, 200 random calls each from seed 3, 1 flows failed"} {
		if status != 1 || !strings.Contains(out, want) {
			t.Errorf("%d, %q is missing of\n%s", status, want, out)
		}
	}
}

func TestIVRCheckNamesWhatIsOdd(t *testing.T) {
	folder := folderOf(t, map[string]string{"f.yaml": `languages: [en]
start: a
nodes:
  a: {menu: {prompt: {say: Welcome to the help line.}, keys: {"1": b, "12": c, "3": e, "4": {next: g}}}}
  b: {say: Goodbye., next: b2}
  b2: {goto: b}
  c: {say: "{n}"}
  d: {hangup: }
  e: {collect: {into: n, prompt: {say: Nobody recorded this.}, max: 4, next: c}}
  g: {menu: {prompt: {say: Goodbye.}, keys: {"1": g}, noInput: {next: g}, noMatch: {next: g}}}
`})
	out, status := ran(t, "ivr", "check", folder)
	for _, want := range []string{
		`nodes.a.menu.keys.1: is held up by "12"`, "nodes.b: runs in a circle", "nodes.c: n may be read here before",
		"nodes.d: is reached from nowhere", "nodes.g: leads to no end", `no recording of the en sentence "Nobody recorded this."`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing of\n%s", want, out)
		}
	}
	if status != 1 {
		t.Error(status)
	}
}

func TestIVRDraw(t *testing.T) {
	out, status := ran(t, "ivr", "draw", "-format", "mermaid", "-counts", shippedFlows+"/echo.yaml")
	for _, want := range []string{"flowchart TD", `"echo<br/>echo"`, `-->|"next (2)"|`} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("%q is missing of\n%s", want, out)
		}
	}
	out, status = ran(t, "ivr", "draw", shippedFlows+"/retail.yaml")
	if status != 0 || !strings.HasPrefix(out, "<svg ") || strings.Count(out, "rx=\"7\"") != 36 || !strings.Contains(out, "hasPrefix(order, &#34;9&#34;)") {
		t.Errorf("%d %d boxes", status, strings.Count(out, "rx=\"7\""))
	}
	if out, status := ran(t, "ivr", "paint"); status != 2 || !strings.Contains(out, "tandem ivr draw") {
		t.Error(status, out)
	}
}

// TestTutorial: the flow and the tests of docs/flows.md do what the page says.
func TestTutorial(t *testing.T) {
	page, err := os.ReadFile("../../docs/flows.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, 2)
	folder := folderOf(t, map[string]string{"hello.yaml": string(blocks[0][1]), "hello.test.yaml": string(blocks[1][1])})
	_, told, _ := strings.Cut(string(page), "$ tandem ivr run flows/hello.yaml\n")
	told, _, _ = strings.Cut(told, "```")
	var typed, want strings.Builder // as a terminal shows it, what is typed stands behind the mark
	for line := range strings.Lines(told) {
		if keys, is := strings.CutPrefix(line, ">"); is {
			typed.WriteString(strings.TrimPrefix(keys, " "))
			line = "> "
		}
		want.WriteString(line)
	}
	keyboard := filepath.Join(t.TempDir(), "typed")
	if err := os.WriteFile(keyboard, []byte(typed.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	terminal, err := os.Open(keyboard)
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	before := os.Stdin
	os.Stdin = terminal
	defer func() { os.Stdin = before }()
	if out, status := ran(t, "ivr", "run", filepath.Join(folder, "hello.yaml")); status != 0 || out != want.String() {
		t.Errorf("run: %d\n%s\nwant\n%s", status, out, want.String())
	}
	if out, status := ran(t, "ivr", "check", folder); status != 0 || !strings.Contains(string(page), out) {
		t.Errorf("check: %d\n%s", status, out)
	}
	out, status := ran(t, "ivr", "test", folder)
	first, _, _ := strings.Cut(out, "\n")
	if status != 0 || !strings.HasSuffix(out, "3 cases, 0 failed\n") || !strings.Contains(string(page), first) {
		t.Errorf("test: %d\n%s", status, out)
	}
}
