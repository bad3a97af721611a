// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// lineLimit is the longest line of `go test -json` that is read; a longer one
// ends the part with an error.
const lineLimit = 8 << 20

// A testEvent is one line of `go test -json` (see `go doc test2json`).
type testEvent struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Elapsed     float64
	Output      string
	FailedBuild string
}

// goTest runs a `go test -json` and adds its tests to the counts. Timings are
// taken of whole packages (kind "package ") or of top-level tests ("story ").
func (g *gate) goTest(cmd *exec.Cmd, kind string) error {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	t := &tally{gate: g, kind: kind, output: make(map[string][]string)}
	readErr := t.read(stdout)
	waitErr := cmd.Wait()
	if len(t.bad) > 0 {
		return errors.New(strings.Join(t.bad, "\n"))
	}
	if waitErr != nil {
		return fmt.Errorf("%s%s: %w", stderr.String(), strings.Join(cmd.Args, " "), waitErr)
	}
	return readErr
}

// tally gathers the events of one run.
type tally struct {
	*gate
	kind   string
	output map[string][]string // by package and test, until it has passed
	bad    []string            // the output of what failed
}

func (t *tally) read(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, lineLimit)
	for lines.Scan() {
		var ev testEvent
		if err := json.Unmarshal(lines.Bytes(), &ev); err != nil {
			t.bad = append(t.bad, lines.Text())
			continue
		}
		t.take(ev)
	}
	return lines.Err()
}

func (t *tally) take(ev testEvent) {
	key := ev.Package + ev.ImportPath + " " + ev.Test
	switch ev.Action {
	case "output", "build-output":
		t.output[key] = append(t.output[key], ev.Output)
		return
	case "pass", "fail", "skip", "build-fail":
	default:
		return
	}
	if ev.Test == "" {
		t.takePackage(key, ev)
		return
	}
	t.takeTest(key, ev)
}

func (t *tally) takeTest(key string, ev testEvent) {
	switch ev.Action {
	case "pass":
		t.passed++
	case "skip":
		t.skipped++
		t.failures = append(t.failures, "skipped: "+key)
		t.bad = append(t.bad, strings.Join(t.output[key], ""))
	case "fail":
		t.fail(key)
		t.bad = append(t.bad, strings.Join(t.output[key], ""))
	}
	delete(t.output, key)
	if t.kind == "story " && !strings.Contains(ev.Test, "/") {
		t.note(ev.Test, ev)
		fmt.Printf("   %s %s (%s)\n", ev.Action, ev.Test, round(elapsed(ev)))
	}
}

// takePackage ends a package. A package without tests says "skip", which is no
// skipped test.
func (t *tally) takePackage(key string, ev testEvent) {
	if t.kind == "package " && ev.Action != "skip" && ev.Package != "" {
		t.note(ev.Package, ev)
		fmt.Printf("   %s %s (%s)\n", ev.Action, ev.Package, round(elapsed(ev)))
	}
	if ev.Action == "fail" || ev.Action == "build-fail" {
		t.bad = append(t.bad, strings.Join(t.output[key], ""))
		t.failures = append(t.failures, strings.TrimSpace(key))
	}
	delete(t.output, key)
}

func (t *tally) note(name string, ev testEvent) {
	t.timed = append(t.timed, timing{t.kind + name, elapsed(ev)})
}

func elapsed(ev testEvent) time.Duration { return time.Duration(ev.Elapsed * float64(time.Second)) }

// vitestReport is the part of vitest's JSON report that is counted.
type vitestReport struct {
	NumPassedTests  int
	NumFailedTests  int
	NumPendingTests int
	NumTodoTests    int
}

// pageTests runs the pages' unit tests and adds them to the counts.
func pageTests(ctx context.Context, g *gate) error {
	folder, err := os.MkdirTemp("", "tandem-vitest-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "report.json")
	runErr := quiet(g.command(ctx, page, "npx", "--no-install", "vitest", "run",
		"--reporter=default", "--reporter=json", "--outputFile.json="+file))
	body, err := os.ReadFile(file)
	if err != nil {
		return errors.Join(runErr, err)
	}
	var report vitestReport
	if err := json.Unmarshal(body, &report); err != nil {
		return errors.Join(runErr, fmt.Errorf("read vitest's report: %w", err))
	}
	g.passed += report.NumPassedTests
	g.failed += report.NumFailedTests
	g.skipped += report.NumPendingTests + report.NumTodoTests
	if report.NumPassedTests == 0 {
		return errors.Join(runErr, errors.New("no page test ran"))
	}
	return runErr
}
