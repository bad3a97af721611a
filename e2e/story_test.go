// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"
)

// TestCallerReachesAgent is the product's main job: a phone dials in, hears a
// menu, presses a key, waits with music, and talks with an agent in a real
// browser, both hearing each other at once, after 30 s, and after hold; a
// supervisor sees it live and the record is on disk.
func TestCallerReachesAgent(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	b := openBrowser(t)
	board := s.openBoard(b, "sam")
	anna := s.openDesk(b, "anna")

	// The menu, and a key into the queue, where nobody is available yet.
	c := s.answered("1000", "+493012345678")
	must(t, c.Ear.WaitSound(within(t, 5*time.Second)))
	must(t, c.Mouth.Press("1"))
	sam.until("one who waits", 5*time.Second, waiting("support", 1))
	board.shows("queue-support-waiting", "1", 2*time.Second)
	must(t, c.Ear.WaitSound(within(t, 10*time.Second))) // greeting and music

	// The agent becomes available and is asked at once; the page shows who and
	// how the caller came.
	anna.passReadyCheck()
	anna.see(screen("ringing"), 10*time.Second)
	number := strings.ReplaceAll(anna.text(byTestID("who")), " ", "")
	if !strings.Contains(number, "+493012345678") || !strings.Contains(anna.text(byTestID("card")), "Support") {
		t.Errorf("the ringing card shows %q", anna.text(byTestID("card")))
	}
	sam.until("anna ringing", 2*time.Second, busy("anna", "ringing"))
	anna.answer()
	sam.until("anna talking", 2*time.Second, busy("anna", "talking"))

	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)
	pass(t, 30*time.Second)
	anna.bothWays(c)

	// Hold: the caller hears music and not the agent, the agent not the caller.
	anna.press("Alt+P")
	anna.see(screen("onHold"), 5*time.Second)
	sam.until("anna holding", 2*time.Second, busy("anna", "onHold"))
	pass(t, time.Second)
	held := time.Now()
	anna.deaf(callerTone, 3*time.Second)
	if n := c.Ear.Tone(agentTone, held); n >= 8 {
		t.Errorf("the caller on hold hears the agent in %d frames", n)
	}
	if n := c.Ear.Sound(held); n < 50 {
		t.Errorf("the caller on hold hears music in %d frames of 3 s", n)
	}
	anna.big("resume")
	anna.see(screen("talking"), 5*time.Second)
	anna.bothWays(c)

	// Mute acts at once; the keypad's tones reach the caller as events.
	pass(t, 700*time.Millisecond)
	anna.press("F8")
	anna.see(`[data-testid="big"][data-muted="true"]`, 2*time.Second)
	pass(t, time.Second)
	muted := time.Now()
	pass(t, 3*time.Second)
	if n := c.Ear.Tone(agentTone, muted); n >= 8 {
		t.Errorf("the caller hears the muted agent in %d frames", n)
	}
	anna.press("F8")
	anna.bothWays(c)
	anna.press("Alt+K")
	anna.click(byTestID("key-5"))
	anna.click(byTestID("key-#"))
	s.eventually("the caller gets the keys", 5*time.Second, func() bool { return c.Digits() == "5#" })
	anna.press("Escape")

	if stream := c.Ear.Stream(); stream.Sources != 1 || stream.Jumps != 0 {
		t.Errorf("menu, music, agent, hold, agent: the caller saw %+v, want one continuous stream", stream)
	}

	// The agent ends it; wrap-up with disposition and notes; the record.
	anna.hangUp()
	must(t, c.WaitEnded(within(t, 3*time.Second)))
	sam.until("anna idle again", 15*time.Second, idle("anna", "available"))
	s.settled(sam, map[string]int{"completed": 1})
	row := s.rows()[0]
	if row.From.Number != "+493012345678" || row.Agent != "anna" || row.Queue != "support" || row.Dialled != "1000" ||
		row.MenuPath == "" || row.Bridged.Before(row.Answered) || row.Ended.Sub(row.Bridged) < 30*time.Second {
		t.Errorf("the record is %+v", row)
	}
	if n := s.log.count("level=INFO", "call="+string(row.ID)); n < 6 || n > 16 {
		t.Errorf("the log tells the call in %d lines, want about ten", n)
	}
	board.shows("queue-support-answered", "1", 2*time.Second)
	sam.until("one answered", 3*time.Second, func(_ deskState, f floorState) bool {
		n := f.queue("support").Today
		return n.Offered == 1 && n.Answered == 1 && n.Abandoned == 0
	})
}

// TestCallerHangsUpOnTheBrowsersAgent, while it rings, while talking and on
// hold: the page agrees each time, blames nobody, and says who ended it.
func TestCallerHangsUpOnTheBrowsersAgent(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	anna := s.openDesk(openBrowser(t), "anna")
	anna.makeAvailable()

	c := s.answered("1003", "+4930700001")
	anna.see(screen("ringing"), 5*time.Second)
	c.Hangup()
	anna.see(screen("idle"), 2*time.Second)
	anna.see(byTestID("passing"), 2*time.Second) // "caller hung up, not counted"
	sam.until("anna idle and not blamed", 2*time.Second, idle("anna", "available"))

	for _, hold := range []bool{false, true} {
		c = s.answered("1003", "+4930700002")
		anna.answer()
		c.Mouth.Tone(callerTone, burstOn, burstOff)
		anna.hearsCaller()
		if hold {
			anna.press("Alt+P")
			anna.see(screen("onHold"), 5*time.Second)
		}
		c.Hangup()
		anna.see(screen("wrapUp"), 3*time.Second)
		sam.until("anna in wrap-up", 2*time.Second, busy("anna", "wrapUp"))
		anna.see(screen("idle"), 10*time.Second)
	}
	s.settled(sam, map[string]int{"abandoned": 1, "completed": 2})
}
