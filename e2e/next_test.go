// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"testing"
	"time"

	"tandem/dialtest"
)

// TestNoAnswerGoesToTheNextAgent: a registered phone of foreign make rings and
// nobody takes it; the caller keeps place and music and reaches the next agent,
// and the one who missed is not responding until they come back.
func TestNoAnswerGoesToTheNextAgent(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").phoneAgent("ben")
	s.setting.Agents[1].Priority = 5 // ben is asked first
	rings := s.uriAgent("cara", dialtest.Agent{After: 500 * time.Millisecond})
	s.start()
	sam, ben := s.as("sam"), s.as("ben")
	phone := openBaresip(t, s.setting.SIP, "ben", s.secrets["ben phone"])
	ben.status("available")
	sam.until("ben available", 5*time.Second, idle("ben", "available"))

	c := s.answered("1003", "+4930200001")
	phone.wait("CALL_INCOMING", 5*time.Second)
	sam.until("ben ringing", 2*time.Second, busy("ben", "ringing"))
	must(t, c.Ear.WaitSound(within(t, 5*time.Second)))

	leg := next(t, rings, 15*time.Second) // after ben's ring time of 6 s
	sam.until("ben not responding", 2*time.Second, idle("ben", "notResponding"))
	phone.wait("CALL_CLOSED", 3*time.Second)
	s.talk(c, leg)
	leg.Hangup()
	must(t, c.WaitEnded(within(t, 3*time.Second)))
	if stream := c.Ear.Stream(); stream.Sources != 1 || stream.Jumps != 0 {
		t.Errorf("music, then an agent: the caller saw %+v, want one continuous stream", stream)
	}
	sam.until("one answered, after two offers", 5*time.Second, func(_ deskState, f floorState) bool {
		return f.queue("support").Today.Answered == 1
	})

	// One press, and the phone is asked again; this time it is answered.
	ben.status("available")
	sam.until("ben available again", 2*time.Second, idle("ben", "available"))
	c = s.answered("1003", "+4930200002")
	phone.wait("CALL_INCOMING", 5*time.Second)
	phone.do("accept")
	must(t, c.Ear.WaitTone(within(t, 8*time.Second), baresipTone))
	sam.until("ben talking", 2*time.Second, busy("ben", "talking"))

	// The phone holds by its own key: the caller hears music.
	phone.do("hold")
	sam.until("ben holding", 3*time.Second, busy("ben", "onHold"))
	held := time.Now()
	s.eventually("music in place of the phone's tone", 5*time.Second, func() bool {
		return c.Ear.Sound(held.Add(time.Second)) >= 20 && c.Ear.Tone(baresipTone, held.Add(time.Second)) == 0
	})
	phone.do("resume")
	must(t, c.Ear.WaitTone(within(t, 5*time.Second), baresipTone))
	sam.until("ben talking again", 3*time.Second, busy("ben", "talking"))
	phone.do("hangup")
	must(t, c.WaitEnded(within(t, 3*time.Second)))
	s.settled(sam, map[string]int{"completed": 2})
}

// TestTheOnlyAgentNeverAnswers: the caller waits on and nothing spins.
func TestTheOnlyAgentNeverAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	s.setting.RingTime = "2s"
	rings := s.uriAgent("cara", dialtest.Agent{Never: true})
	s.start()
	sam := s.as("sam")
	c := s.answered("1003", "+4930200003")
	next(t, rings, 5*time.Second)
	sam.until("cara not responding", 6*time.Second, idle("cara", "notResponding"))
	pass(t, 8*time.Second)
	sam.until("the caller still waiting", time.Second, waiting("support", 1))
	select {
	case <-rings:
		t.Error("an agent who is not responding was rung again")
	case <-c.Ended():
		t.Errorf("the caller was sent away: %s", c.Cause())
	default:
	}
	if n := s.metrics()[`acd_offers_total{how="missed",queue="support"}`]; n != 1 {
		t.Errorf("%v offers were missed, want 1", n)
	}
	c.Hangup()
	s.settled(sam, map[string]int{"abandoned": 1})
}
