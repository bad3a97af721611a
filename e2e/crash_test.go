// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"tandem/call"
	"tandem/dialtest"
	"tandem/store"
)

// TestKilledInTheMiddle: without a journal, kill -9 with calls in the menu, in the queue and
// talking. Every call that got a 200 has exactly one row, those alive at the
// kill are closed with serverRestart, and the wallboard shows the whole day.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	s.setting.NoJournal = true
	rings := s.uriAgent("cara", dialtest.Agent{After: 200 * time.Millisecond})
	s.start()
	sam := s.as("sam")

	// One whole call before.
	c := s.answered("1003", "+4930300001")
	leg := next(t, rings, 5*time.Second)
	s.talk(c, leg)
	c.Hangup()
	sam.until("cara idle again", 10*time.Second, idle("cara", "available"))
	s.settled(sam, map[string]int{"completed": 1})

	talking := s.answered("1003", "+4930300002")
	s.talk(talking, next(t, rings, 5*time.Second))
	for range 5 {
		s.answered("1003", "+4930300003") // they wait
		s.answered("1000", "+4930300004") // they hear the menu
	}
	sam.until("five who wait", 5*time.Second, waiting("support", 5))
	killed := time.Now()
	s.kill()
	s.boot("serve")

	rows := s.rows()
	causes := map[string]int{}
	seen := map[string]bool{}
	for _, row := range rows {
		causes[string(row.Cause)]++
		if seen[string(row.ID)] {
			t.Errorf("call %s has two rows", row.ID)
		}
		seen[string(row.ID)] = true
		if row.Ended.IsZero() {
			t.Errorf("call %s is still open after the restart", row.ID)
		}
		if row.Cause == "serverRestart" {
			if off := row.Ended.Sub(killed).Abs(); off > 10*time.Second {
				t.Errorf("call %s ended %s away from the kill, want at most 10 s", row.ID, off)
			}
		}
	}
	if causes["completed"] != 1 || causes["serverRestart"] != 11 || len(rows) != 12 {
		t.Errorf("rows after the restart: %v, want 1 completed and 11 serverRestart", causes)
	}

	// The whole day is there, and the agent is at work again.
	sam = s.as("sam")
	sam.until("the day before the kill, and cara available", 10*time.Second, func(_ deskState, f floorState) bool {
		status, activity := f.agent("cara")
		return f.queue("support").Today.Answered == 2 && status == "available" && activity == "idle"
	})
	c = s.answered("1003", "+4930300005")
	s.talk(c, next(t, rings, 10*time.Second))
	c.Hangup()
}

// TestAgentsAreAsTheyWereAfterAKill: status and reason survive.
func TestAgentsAreAsTheyWereAfterAKill(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").phoneAgent("ben")
	s.start()
	ben, sam := s.as("ben"), s.as("sam")
	ben.status("break")
	sam.until("ben on a break", 5*time.Second, idle("ben", "break"))
	s.kill()
	s.boot("serve")
	sam = s.as("sam")
	sam.until("ben still on a break", 5*time.Second, idle("ben", "break"))
}

// TestDrain: SIGTERM refuses new calls with 503, lets the old ones go on, and
// ends well when the last is over.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	rings := s.uriAgent("cara", dialtest.Agent{After: 200 * time.Millisecond})
	s.start()
	c := s.answered("1003", "+4930300006")
	leg := next(t, rings, 5*time.Second)
	s.talk(c, leg)
	s.terminate()
	s.eventually("not ready any more", 3*time.Second, func() bool { return s.status("/readyz") != 200 })
	sippRun{scenario: "full", number: "1001", calls: 3, remote: s.setting.SIP}.mustAll(t, 10*time.Second)
	s.talk(c, leg) // untouched
	c.Hangup()
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		t.Fatal("the server does not end after its last call")
	}
	if s.exit != nil {
		t.Errorf("drained server ended with %v", s.exit)
	}
	for _, row := range s.rows() {
		if row.Cause != "completed" {
			t.Errorf("call %s ended %s, want completed", row.ID, row.Cause)
		}
	}
}

// TestBackupWhileRunning: a backup taken during calls restores into an empty
// folder with every row that was closed.
func TestBackupWhileRunning(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").start()
	sippRun{scenario: "call", number: "1001", calls: 10, rate: 10, stay: 500 * time.Millisecond, remote: s.setting.SIP}.mustAll(t, 20*time.Second)
	alive := s.answered("1001", "+4930300007")
	file := filepath.Join(t.TempDir(), "backup")
	s.tandem("backup", "-config", s.config, file)
	if len(s.rows()) != 11 {
		t.Fatalf("%d rows, want 11", len(s.rows()))
	}

	copied := newServer(t).supervisor("sam")
	copied.writeConfig()
	copied.tandem("restore", "-config", copied.config, file)
	restored := rowsOf(t, copied.setting.Data)
	if !sameCalls(s.rows(), restored) {
		t.Errorf("restored %d rows, they differ from the %d of the original", len(restored), len(s.rows()))
	}
	alive.Hangup()
	copied.secrets = s.secrets
	copied.boot("serve")
	t.Cleanup(copied.kill)
	copied.as("sam") // the password came along
}

func sameCalls(a, b []store.Call) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// TestEveryAnsweredCallHasItsRow: kill -9 while calls come in as fast as they
// can, at three moments. Whoever got a 200 has exactly one row, closed.
func TestEveryAnsweredCallHasItsRow(t *testing.T) {
	t.Parallel()
	const callers = 190
	s := newServer(t).supervisor("sam").start()
	total := 0
	for round, moment := range []time.Duration{8 * time.Millisecond, 25 * time.Millisecond, 60 * time.Millisecond} {
		calls := make(map[string]*dialtest.Call)
		begun := time.Now()
		for i := 0; i < callers && time.Since(begun) < moment; i++ {
			number := fmt.Sprintf("+49309%d%04d", round, i)
			calls[number] = s.call("1001", number)
		}
		pass(t, moment-time.Since(begun))
		killed := time.Now()
		s.kill()
		answered := make(map[string]bool)
		for number, c := range calls {
			select {
			case <-c.Answered():
				answered[number] = true
			default:
			}
			c.Hangup()
		}
		s.boot("serve")
		rows, open := s.rowsBefore(killed)
		for limit := time.Now().Add(10 * time.Second); len(open) > 0 && time.Now().Before(limit); {
			pass(t, pollEvery) // the far ends are asked, and have hung up
			rows, open = s.rowsBefore(killed)
		}
		if len(open) > 0 {
			t.Errorf("round %d: calls %v are open after the restart", round, open)
		}
		for number := range calls {
			if n := rows[number]; n > 1 || answered[number] && n != 1 {
				t.Errorf("round %d: caller %s (answered: %v) has %d rows", round, number, answered[number], n)
			}
		}
		total += len(answered)
		t.Logf("round %d: %d placed, %d answered, killed after %s", round, len(calls), len(answered), moment)
	}
	if total == 0 {
		t.Error("nobody was answered before any of the kills")
	}
}

// rowsBefore counts the rows of calls that arrived before a time, by caller, and
// names those that are open.
func (s *server) rowsBefore(killed time.Time) (rows map[string]int, open []call.ID) {
	s.t.Helper()
	rows = make(map[string]int)
	for _, row := range s.rows() {
		if row.Arrived.After(killed) {
			continue // an INVITE that is repeated until somebody answers
		}
		rows[row.From.Number]++
		if row.Ended.IsZero() {
			open = append(open, row.ID)
		}
	}
	return rows, open
}
