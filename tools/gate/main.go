// SPDX-License-Identifier: Apache-2.0

// Command gate runs everything that must pass before a change is good, and
// closes with its counts. A part whose tool is missing fails, a test that skips
// itself fails: there is nothing between passed and failed.
//
// It is what `make test` runs. Begin with main, which lists the parts in the
// order in which they run; install.go says what they need.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

// slowestShown is how many parts the closing list names.
const slowestShown = 10

// outputShown bounds the lines of one failing part that are printed, so that a
// flood in one place does not bury the next.
const outputShown = 200

func main() {
	root := flag.String("root", ".", "the checkout")
	only := flag.String("only", "", "run only the parts whose name contains this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	abs, err := filepath.Abs(*root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	g := &gate{root: abs, begun: time.Now()}
	g.run(ctx, *only)
	if !g.close() {
		os.Exit(1)
	}
}

// A part is one thing that must pass.
type part struct {
	name string
	do   func(context.Context, *gate) error
}

// gate counts what passed.
type gate struct {
	root                    string
	begun                   time.Time
	passed, failed, skipped int
	failures                []string
	timed                   []timing
}

type timing struct {
	name string
	took time.Duration
}

func parts() []part {
	return []part{
		{"gofmt", gofmt},
		{"go vet", vet},
		{"build without cgo", build},
		{"page: install", pageInstall},
		{"page: types and rules", pageCheck},
		{"page: tests", pageTests},
		{"page: dist is the sources' build", pageDist},
		{"golangci-lint", lint},
		{"go test -race", race},
		{"end to end", endToEnd},
	}
}

func (g *gate) run(ctx context.Context, only string) {
	missing := g.install(ctx)
	for _, name := range missing {
		g.fail("tool " + name)
	}
	for _, p := range parts() {
		if !strings.Contains(p.name, only) {
			continue
		}
		if ctx.Err() != nil {
			g.fail(p.name + " (interrupted)")
			continue
		}
		g.runPart(ctx, p)
	}
}

func (g *gate) runPart(ctx context.Context, p part) {
	fmt.Printf("== %s\n", p.name)
	begun := time.Now()
	err := p.do(ctx, g)
	took := time.Since(begun)
	g.timed = append(g.timed, timing{p.name, took})
	if err != nil {
		g.fail(p.name)
		fmt.Printf("%s\nFAIL %s (%s)\n", shorten(err.Error()), p.name, round(took))
		return
	}
	g.passed++
	fmt.Printf("ok   %s (%s)\n", p.name, round(took))
}

func (g *gate) fail(what string) {
	g.failed++
	g.failures = append(g.failures, what)
}

// close prints the slowest parts, what failed, and the counts; it reports
// whether all is well.
func (g *gate) close() bool {
	sort.SliceStable(g.timed, func(i, j int) bool { return g.timed[i].took > g.timed[j].took })
	fmt.Printf("\nslowest parts:\n")
	for _, t := range g.timed[:min(slowestShown, len(g.timed))] {
		fmt.Printf("%9s  %s\n", round(t.took), t.name)
	}
	if len(g.failures) > 0 {
		fmt.Printf("\nfailed:\n")
		for _, f := range g.failures {
			fmt.Println("  " + f)
		}
	}
	fmt.Printf("\n%d passed, %d failed, %d skipped in %s\n", g.passed, g.failed, g.skipped, round(time.Since(g.begun)))
	return g.failed == 0 && g.skipped == 0
}

func round(d time.Duration) string { return d.Round(100 * time.Millisecond).String() }

// shorten keeps the last lines, where compilers and test runners sum up.
func shorten(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(lines) <= outputShown {
		return strings.Join(lines, "\n")
	}
	left := len(lines) - outputShown
	return fmt.Sprintf("... %d lines before\n%s", left, strings.Join(lines[left:], "\n"))
}
