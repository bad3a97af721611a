// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"tandem/dialtest"
	"tandem/store"
)

// chaos is how much of it there is; `make chaos` asks for the long form.
func chaos(t *testing.T) (rounds, waiting, talking int) {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("CHAOS")); err == nil && n > 0 {
		return n, 50, 20
	}
	return 2, 8, 3
}

// TestChaos kills the server again and again at random moments, while people
// wait, talk and arrive: each time the line is what it was, in order, every talk
// goes on, and in the end each call has one row.
func TestChaos(t *testing.T) {
	t.Parallel()
	rounds, waiting, talking := chaos(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d rounds, %d waiting, %d talking", seed, rounds, waiting, talking)
	dice := rand.New(rand.NewPCG(seed, 1))
	s := newServer(t).supervisor("sam")
	for i := range talking {
		s.uriAgent(fmt.Sprintf("a%02d", i), dialtest.Agent{After: 100 * time.Millisecond})
	}
	s.start()
	sam := s.as("sam") // whose page comes back by itself
	talks := func(f floorState) (n int) {
		for _, a := range f.Agents {
			if a.Activity == "talking" {
				n++
			}
		}
		return n
	}
	var calls []*dialtest.Call
	for i := range talking {
		calls = append(calls, s.answered("1003", fmt.Sprintf("+49303%04d", i)))
	}
	sam.until("all agents talk", 20*time.Second, func(_ deskState, f floorState) bool { return talks(f) == talking })
	for i := range waiting {
		calls = append(calls, s.answered("1003", fmt.Sprintf("+49304%04d", i)))
	}
	var line []string
	sam.until("all others wait", 20*time.Second, func(_ deskState, f floorState) bool {
		line = f.line("support")
		return len(line) == waiting
	})
	extra := 0
	for round := range rounds {
		arrives, err := s.phones.Call("1003", dialtest.Caller{Number: fmt.Sprintf("+49305%04d", round)})
		if err != nil {
			t.Fatal(err)
		}
		extra++
		time.Sleep(time.Duration(dice.IntN(int(150 * time.Millisecond)))) // the moment is what is random here
		s.kill()
		began := time.Now()
		s.boot("serve")
		booted := time.Now()
		sam.until("the line and the talks as they were", 15*time.Second, func(_ deskState, f floorState) bool {
			now := f.line("support")
			return f.Now.After(booted) && len(now) >= len(line) && slices.Equal(now[:len(line)], line) && talks(f) == talking
		})
		if took := time.Since(booted); took > 5*time.Second {
			t.Errorf("round %d: as it was %s after the restart, want 5 s", round, took)
		}
		t.Logf("round %d: ready %s after the kill, as it was %s later", round, booted.Sub(began).Round(time.Millisecond), time.Since(booted).Round(time.Millisecond))
		for i, c := range calls {
			select {
			case <-c.Ended():
				t.Errorf("round %d: call %d was ended: %s", round, i, c.Cause())
			default:
			}
		}
		arrives.Hangup()
		sam.until("the newcomer gone", 40*time.Second, func(_ deskState, f floorState) bool { return slices.Equal(f.line("support"), line) })
		if t.Failed() {
			return
		}
	}
	for _, c := range slices.Backward(calls) {
		c.Hangup()
	}
	sam.until("nobody left", 20*time.Second, func(_ deskState, f floorState) bool { return len(f.line("support")) == 0 && talks(f) == 0 })
	s.eventually("every row closed", 10*time.Second, func() bool {
		return !slices.ContainsFunc(s.rows(), func(r store.Call) bool { return r.Ended.IsZero() })
	})
	rows, seen, restarts := s.rows(), map[string]bool{}, 0
	for _, r := range rows {
		if seen[string(r.ID)] {
			t.Errorf("call %s has two rows", r.ID)
		}
		seen[string(r.ID)] = true
		if r.Cause == "serverRestart" {
			restarts++
		}
	}
	if lost := len(calls) - (len(rows) - extra); lost > extra || restarts > extra {
		t.Errorf("%d rows for %d calls and %d newcomers, %d ended by a restart", len(rows), len(calls), extra, restarts)
	}
	answered := 0
	for _, r := range rows {
		if !r.Bridged.IsZero() {
			answered++
		}
	}
	if answered < talking {
		t.Errorf("%d rows of talks, want %d", answered, talking)
	}
}
