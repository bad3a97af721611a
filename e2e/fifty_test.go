// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"tandem/dialtest"
)

// TestFiftyCallsToFiveAgents: fifty callers at once, one agent in Chromium and
// four on SIP phones; everybody is served once, by somebody, and heard.
func TestFiftyCallsToFiveAgents(t *testing.T) {
	const callers = 50
	s := newServer(t).supervisor("sam").agent("anna")
	s.setting.WrapUp = "1s"
	served := make(chan string, callers)
	var phones sync.WaitGroup
	t.Cleanup(phones.Wait)
	for i := range 4 {
		id := fmt.Sprintf("phone%d", i)
		rings := s.uriAgent(id, dialtest.Agent{After: 200 * time.Millisecond})
		phones.Go(func() {
			for {
				select {
				case <-t.Context().Done():
					return
				case c := <-rings:
					serveOnPhone(t, c, served)
				}
			}
		})
	}
	s.start()
	sam := s.as("sam")
	b := openBrowser(t)
	anna := s.openDesk(b, "anna")
	anna.makeAvailable()
	sam.until("five available", 10*time.Second, func(_ deskState, f floorState) bool { return f.queue("support").Available == 5 })

	calls := make([]*dialtest.Call, callers)
	for i := range calls {
		calls[i] = s.call("1003", fmt.Sprintf("+49307%05d", i))
		calls[i].Mouth.Tone(callerTone, burstOn, burstOff)
	}
	// The browser's agent takes one after another until the line is empty.
	taken := 0
	for end := time.Now().Add(3 * time.Minute); len(served)+taken < callers && time.Now().Before(end); {
		if !anna.takes(2 * time.Second) {
			continue
		}
		anna.hears(callerTone, 8*time.Second)
		anna.hangUp()
		anna.finishWrapUp()
		taken++
	}
	for i, c := range calls {
		must(t, c.WaitEnded(within(t, 30*time.Second)))
		select {
		case <-c.Answered():
		default:
			t.Errorf("caller %d was never answered: %s", i, c.Cause())
		}
	}
	if taken < 3 {
		t.Errorf("the agent in the browser got %d of %d calls", taken, callers)
	}
	s.settled(sam, map[string]int{"completed": callers})
	sam.until("fifty answered", 5*time.Second, func(_ deskState, f floorState) bool {
		n := f.queue("support").Today
		return n.Offered == callers && n.Answered == callers && n.Abandoned == 0
	})
}

// serveOnPhone answers, hears the caller, and hangs up.
func serveOnPhone(t *testing.T, c *dialtest.Call, served chan<- string) {
	if err := c.WaitAnswered(within(t, 10*time.Second)); err != nil {
		t.Errorf("a phone's call: %v", err)
		return
	}
	if err := c.Ear.WaitTone(within(t, 8*time.Second), callerTone); err != nil {
		t.Errorf("a phone does not hear its caller: %v", err)
	}
	c.Hangup()
	served <- c.Remote().Number
}
