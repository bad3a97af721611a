// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"

	"tandem/dialtest"
)

// callerTone is what simulated callers send; agents at fixed URIs answer with
// phoneTone.
const (
	callerTone = 1000.0
	phoneTone  = 620.0
)

// TestCallerHangsUpInEachState: in the menu, in the queue, while an agent
// rings, while talking and on hold. Each time every screen, row and counter
// agrees, and nobody is left behind.
func TestCallerHangsUpInEachState(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	s.uriAgent("cara", dialtest.Agent{After: 500 * time.Millisecond})
	s.phoneAgent("ben").start()
	sam := s.as("sam")
	sam.until("cara available", 5*time.Second, idle("cara", "available"))
	want := map[string]int{} // endings by cause, as the callers of this story know them

	// In the menu.
	c := s.answered("1000", "+4930100001")
	must(t, c.Ear.WaitSound(within(t, 5*time.Second)))
	c.Hangup()
	want["abandoned"]++
	s.settled(sam, want)

	// In the queue: nobody can take it.
	sam.force("cara", "break")
	sam.until("cara on a break", 5*time.Second, idle("cara", "break"))
	c = s.answered("1003", "+4930100002")
	sam.until("one who waits", 5*time.Second, waiting("support", 1))
	must(t, c.Ear.WaitSound(within(t, 5*time.Second)))
	c.Hangup()
	want["abandoned"]++
	sam.until("the place empty again", 2*time.Second, waiting("support", 0))
	s.settled(sam, want)

	// While an agent rings.
	silent := s.phones.Answer("cara", dialtest.Agent{Never: true})
	c = s.answered("1003", "+4930100003")
	sam.until("one who waits", 5*time.Second, waiting("support", 1))
	sam.force("cara", "available")
	ringing := next(t, silent, 5*time.Second)
	sam.until("cara ringing", 2*time.Second, busy("cara", "ringing"))
	began := time.Now()
	c.Hangup()
	must(t, ringing.WaitEnded(within(t, 5*time.Second)))
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("the agent's phone went on ringing for %s after the caller had gone, want at most 500 ms (A-2)", took)
	}
	want["abandoned"]++
	sam.until("cara idle and not blamed", 2*time.Second, idle("cara", "available"))
	s.settled(sam, want)

	// While talking.
	rings := s.phones.Answer("cara", dialtest.Agent{After: 300 * time.Millisecond})
	c = s.answered("1003", "+4930100004")
	leg := next(t, rings, 5*time.Second)
	s.talk(c, leg)
	sam.until("cara talking", 2*time.Second, busy("cara", "talking"))
	c.Hangup()
	must(t, leg.WaitEnded(within(t, 2*time.Second)))
	want["completed"]++
	sam.until("cara in wrap-up", 2*time.Second, busy("cara", "wrapUp"))
	sam.until("cara idle again", 5*time.Second, idle("cara", "available"))
	s.settled(sam, want)

	// On hold, by the agent's own phone.
	sam.force("cara", "break")
	phone := openBaresip(t, s.setting.SIP, "ben", s.secrets["ben phone"])
	ben := s.as("ben")
	ben.status("available")
	c = s.answered("1003", "+4930100005")
	phone.wait("CALL_INCOMING", 5*time.Second)
	phone.do("accept")
	must(t, c.Ear.WaitTone(within(t, 8*time.Second), baresipTone))
	ben.call("POST", "/api/v1/desk/hold", map[string]bool{"on": true}, 204)
	sam.until("ben holding", 2*time.Second, busy("ben", "onHold"))
	c.Hangup()
	phone.wait("CALL_CLOSED", 3*time.Second)
	want["completed"]++
	sam.until("ben idle again", 5*time.Second, idle("ben", "available"))
	s.settled(sam, want)

	sam.until("the day's numbers", 5*time.Second, func(_ deskState, f floorState) bool {
		q := f.queue("support")
		return q.Today.Answered == 2 && q.Today.Abandoned == 2 && q.Today.Offered == 4
	})
}

// idle, busy and waiting are what a story waits to see on the floor.
func idle(agent, status string) func(deskState, floorState) bool {
	return func(_ deskState, f floorState) bool {
		is, does := f.agent(agent)
		return is == status && does == "idle"
	}
}

func busy(agent, activity string) func(deskState, floorState) bool {
	return func(_ deskState, f floorState) bool {
		_, does := f.agent(agent)
		return does == activity
	}
}

func waiting(queue string, n int) func(deskState, floorState) bool {
	return func(_ deskState, f floorState) bool { return len(f.Queues) > 0 && f.queue(queue).Waiting == n }
}

// talk proves that caller and phone hear each other.
func (s *server) talk(caller, phone *dialtest.Call) {
	s.t.Helper()
	must(s.t, phone.WaitAnswered(within(s.t, 10*time.Second)))
	caller.Mouth.Tone(callerTone, burstOn, burstOff)
	phone.Mouth.Tone(phoneTone, burstOn, burstOff)
	must(s.t, phone.Ear.WaitTone(within(s.t, 8*time.Second), callerTone))
	must(s.t, caller.Ear.WaitTone(within(s.t, 8*time.Second), phoneTone))
}

// settled waits until no call is alive and counters, rows and the caller's own
// count of endings agree.
func (s *server) settled(sam *person, want map[string]int) {
	s.t.Helper()
	s.eventually("no call alive and every ending counted", 5*time.Second, func() bool {
		m := s.metrics()
		if m["call_alive"] != 0 {
			return false
		}
		for cause, n := range want {
			if int(m[fmt.Sprintf("call_endings_total{cause=%q}", cause)]) != n {
				return false
			}
		}
		return true
	})
	s.eventually("each call with one closed row", 5*time.Second, func() bool {
		got := map[string]int{}
		for _, row := range s.rows() {
			got[string(row.Cause)]++
		}
		total := 0
		for cause, n := range want {
			total += n
			if got[cause] != n {
				return false
			}
		}
		return len(s.rows()) == total
	})
	sam.until("nobody waiting", 2*time.Second, waiting("support", 0))
}
