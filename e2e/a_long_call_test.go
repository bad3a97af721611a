// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// The longest story has a file of its own whose name comes first, so that it
// starts first and the others run beside it.

// TestSocketLostForTenSeconds in a call longer than 100 s, across its 45th
// second: the sound never stops, the state is right, and the buttons work
// afterwards.
func TestSocketLostForTenSeconds(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	line := layCable(t, s.setting.Web)
	anna := s.openDeskAt(openBrowser(t), "anna", "http://"+line.address+"/")
	anna.makeAvailable()
	c := s.answered("1003", "+4930800003")
	anna.answer()
	answered := time.Now()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)

	pass(t, 40*time.Second-time.Since(answered))
	line.Cut()
	cut := time.Now()
	pass(t, 10*time.Second)
	// Bursts of 0.4 s in each 0.7 s: well over 200 tone frames in 10 s.
	if n := c.Ear.Tone(agentTone, cut); n < 200 {
		t.Errorf("while the socket was lost the caller heard the agent in %d frames of 500, want at least 200", n)
	}
	if pause := c.Ear.Pause(cut); pause > time.Second {
		t.Errorf("the caller's stream paused for %s", pause)
	}
	anna.bothWays(c)
	if status, does := s.floor(sam).agent("anna"); does != "talking" || status != "available" {
		t.Errorf("while the socket was lost anna was %s %s, want available talking", status, does)
	}
	line.Mend()
	pass(t, 105*time.Second-time.Since(answered))
	anna.see(screen("talking"), 5*time.Second)
	anna.bothWays(c)

	// The buttons have the server's ear again.
	anna.press("Alt+P")
	anna.see(screen("onHold"), 5*time.Second)
	anna.big("resume")
	anna.see(screen("talking"), 5*time.Second)
	anna.hangUp()
	must(t, c.WaitEnded(within(t, 3*time.Second)))
	s.settled(sam, map[string]int{"completed": 1})
}
