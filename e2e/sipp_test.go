// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// sippRun is one run of a SIPp scenario of the folder sipp.
type sippRun struct {
	scenario string
	number   string
	calls    int           // default 1
	rate     int           // new calls a second; default 10
	stay     time.Duration // for the scenarios that stay
	tcp      bool
	remote   string // host:port
	in       []string
}

// sippResult is what SIPp counted.
type sippResult struct {
	good, bad int
	output    string
}

// run starts SIPp and waits for its end; ctx is its limit.
func (r sippRun) run(ctx context.Context, t *testing.T) (sippResult, error) {
	t.Helper()
	folder := t.TempDir()
	stats := filepath.Join(folder, "stat.csv")
	scenario, err := filepath.Abs(filepath.Join("sipp", r.scenario+".xml"))
	if err != nil {
		return sippResult{}, err
	}
	calls, rate := max(r.calls, 1), max(r.rate, 1)
	if r.rate == 0 {
		rate = 10
	}
	transport := "u1"
	if r.tcp {
		transport = "t1"
	}
	args := append(append([]string{}, r.in...), "sipp", r.remote, "-sf", scenario, "-s", r.number,
		"-i", hostOf(r.remote), "-m", strconv.Itoa(calls), "-r", strconv.Itoa(rate), "-l", strconv.Itoa(calls),
		"-d", strconv.FormatInt(r.stay.Milliseconds(), 10), "-t", transport,
		"-mp", strconv.Itoa(freeMediaPort()), "-nostdin",
		"-trace_stat", "-stf", stats, "-fd", "1", "-trace_err", "-error_file", filepath.Join(folder, "errors.log"))
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = folder
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	// SIPp ends with 1 if a call failed: the counts say so better.
	runErr := cmd.Run()
	result := sippResult{output: output.String()}
	if errors, err := os.ReadFile(filepath.Join(folder, "errors.log")); err == nil {
		result.output += string(errors)
	}
	if err := result.count(stats); err != nil {
		return result, fmt.Errorf("%w (%w)\n%s", err, runErr, result.output)
	}
	return result, nil
}

// count reads the last line of SIPp's statistics.
func (r *sippResult) count(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read what SIPp counted: %w", err)
	}
	defer file.Close()
	lines := csv.NewReader(file)
	lines.Comma, lines.FieldsPerRecord, lines.LazyQuotes = ';', -1, true
	rows, err := lines.ReadAll()
	if err != nil || len(rows) < 2 {
		return fmt.Errorf("SIPp counted nothing: %w", err)
	}
	last := rows[len(rows)-1]
	for i, name := range rows[0] {
		if i >= len(last) {
			break
		}
		switch name {
		case "SuccessfulCall(C)":
			r.good, err = strconv.Atoi(last[i])
		case "FailedCall(C)":
			r.bad, err = strconv.Atoi(last[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// mustAll fails the story unless every call of the run succeeded.
func (r sippRun) mustAll(t *testing.T, limit time.Duration) {
	t.Helper()
	got, err := r.run(within(t, limit), t)
	if err != nil {
		t.Fatal(err)
	}
	if want := max(r.calls, 1); got.good != want || got.bad != 0 {
		t.Fatalf("sipp %s to %s: %d good, %d bad, want %d good\n%s", r.scenario, r.number, got.good, got.bad, want, tail(got.output, 60))
	}
}

func hostOf(address string) string {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return address
	}
	return strings.Trim(address[:i], "[]")
}

// tail keeps the last n lines.
func tail(s string, n int) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// sippMedia hands out media ports: SIPp takes a few from -mp on.
var sippMedia atomic.Int32

const (
	firstSIPpPort = 16000
	sippPorts     = 16
	sippRanges    = 200
)

func freeMediaPort() int {
	return firstSIPpPort + int(sippMedia.Add(1)%sippRanges)*sippPorts
}
