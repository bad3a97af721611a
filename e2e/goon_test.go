// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tandem/dialtest"
)

// line is who waits in a queue, in order.
func (f floorState) line(queue string) (ids []string) {
	for _, c := range f.queue(queue).Contacts {
		ids = append(ids, c.ID)
	}
	return ids
}

// TestCallsGoOnAfterAKill: kill -9 with people waiting, talking and in the menu.
// Within five seconds of the restart the line is what it was, in order, the talk
// goes on, the agent on a break still is on one; a caller who is gone meanwhile
// is closed as serverRestart; and each call has one row.
func TestCallsGoOnAfterAKill(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").phoneAgent("ben")
	rings := s.uriAgent("cara", dialtest.Agent{After: 200 * time.Millisecond})
	s.start()
	sam, ben := s.as("sam"), s.as("ben")
	ben.status("break")
	talking := s.answered("1003", "+4930300001")
	agent := next(t, rings, 5*time.Second)
	s.talk(talking, agent)
	var waiting []*dialtest.Call
	for i := range 5 {
		waiting = append(waiting, s.answered("1003", fmt.Sprintf("+493030001%d", i)))
		sam.until("one more who waits", 5*time.Second, func(_ deskState, f floorState) bool { return f.queue("support").Waiting == i+1 })
	}
	menu := s.answered("1000", "+4930300020")
	gone := s.answered("1003", "+4930300030")
	strict := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	go func() { // who takes nothing but what it must be asked
		result, err := sippRun{scenario: "goon", number: "1003", calls: 1, remote: s.setting.SIP}.run(ctx, t)
		if err == nil && result.bad > 0 {
			err = fmt.Errorf("%d calls failed: %s", result.bad, tail(result.output, 2000))
		}
		strict <- err
	}()
	var line []string
	sam.until("seven who wait", 5*time.Second, func(_ deskState, f floorState) bool {
		line = f.line("support")
		return len(line) == 7
	})
	s.kill()
	gone.Hangup() // nobody is there to hear it
	s.boot("serve")
	back := time.Now()
	lost := line[5]
	want := slices.DeleteFunc(slices.Clone(line), func(id string) bool { return id == lost })
	sam = s.as("sam")
	sam.until("the line as it was, without the one who left", 10*time.Second, func(_ deskState, f floorState) bool {
		return slices.Equal(f.line("support"), want)
	})
	if took := time.Since(back); took > 5*time.Second {
		t.Errorf("the line was back after %s, want 5 s", took)
	}
	sam.until("ben on his break, cara talking", 5*time.Second, func(_ deskState, f floorState) bool {
		status, _ := f.agent("ben")
		_, activity := f.agent("cara")
		return status == "break" && activity == "talking"
	})
	s.talk(talking, agent)
	agent.Hangup()
	second := next(t, rings, 20*time.Second) // the first in line
	s.talk(waiting[0], second)
	second.Hangup()
	menu.Hangup()
	for _, c := range waiting[1:] {
		c.Hangup()
	}
	sam.until("one who waits", 5*time.Second, func(_ deskState, f floorState) bool { return f.queue("support").Waiting <= 1 })
	last := next(t, rings, 20*time.Second) // the strict one
	sam.until("cara talking to the last", 5*time.Second, func(_ deskState, f floorState) bool {
		_, activity := f.agent("cara")
		return activity == "talking"
	})
	last.Hangup()
	if err := <-strict; err != nil {
		t.Error(err)
	}
	s.eventually("all rows closed", 10*time.Second, func() bool {
		for _, row := range s.rows() {
			if row.Ended.IsZero() {
				return false
			}
		}
		return true
	})
	seen, restarts := map[string]bool{}, 0
	for _, row := range s.rows() {
		if seen[string(row.ID)] {
			t.Errorf("call %s has two rows", row.ID)
		}
		seen[string(row.ID)] = true
		if row.Cause == "serverRestart" {
			restarts++
			if string(row.ID) != lost {
				t.Errorf("call %s ended serverRestart, only %s had left", row.ID, lost)
			}
		}
	}
	if len(seen) != 9 || restarts != 1 {
		t.Errorf("%d rows, %d of them serverRestart; want 9 and 1", len(seen), restarts)
	}
}
