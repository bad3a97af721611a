// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"testing"
	"time"

	"tandem/dialtest"
)

// TestAbandonedIsCalledBack: a caller who gave up stands on the wallboard; the
// supervisor has a number called back, the agent's page rings, shows whom it
// dials, and both talk. A second customer is a machine, which one press says.
func TestAbandonedIsCalledBack(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	customer := s.phones.Answer("customer", dialtest.Agent{After: 2 * time.Second})
	b := openBrowser(t)
	board := s.openBoard(b, "sam")

	gaveUp := s.answered("1003", "+4930800009")
	sam.until("the caller in line", 5*time.Second, waiting("support", 1))
	gaveUp.Hangup()
	sam.until("nobody in line", 5*time.Second, waiting("support", 0))
	board.click(byTestID("list-abandoned"))
	board.see(byTestID("abandoned")+" tbody tr", 10*time.Second)

	anna := s.openDesk(b, "anna")
	anna.makeAvailable()
	ask := func() *dialtest.Call {
		board.click(byTestID("list-callbacks"))
		board.fill(byTestID("callback-number"), "sip:customer@"+s.phones.Address())
		board.fill(byTestID("callback-name"), "Ada")
		board.click(byTestID("callback-ask"))
		anna.see(screen("ringing"), 10*time.Second)
		anna.see(byTestID("caller-kind"), 2*time.Second)
		anna.big("answer")
		anna.see(screen("dialling"), 10*time.Second)
		c := next(t, customer, 10*time.Second)
		anna.see(screen("talking"), 10*time.Second)
		return c
	}
	c := ask()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)
	anna.hangUp()
	must(t, c.WaitEnded(within(t, 5*time.Second)))
	anna.finishWrapUp()
	board.see(`tr[data-state="answered"]`, 10*time.Second)

	c = ask()
	anna.click(byTestID("machine"))
	must(t, c.WaitEnded(within(t, 5*time.Second)))
	anna.see(screen("idle"), 10*time.Second)
	board.see(`tr[data-state="open"]`, 10*time.Second)
	board.click(`tr[data-state="open"] button`)
	board.click(byTestID("deed-apply"))
	board.see(`tr[data-state="withdrawn"]`, 10*time.Second)
}
