// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// comeBack is how soon a page has sound both ways again.
const comeBack = 5 * time.Second

// TestReloadInACall: the caller hears music for a moment and then the same
// agent again, without a press.
//
// It measures time, so no other story runs beside it.
func TestReloadInACall(t *testing.T) {
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	anna := s.openDesk(openBrowser(t), "anna")
	anna.makeAvailable()
	c := s.answered("1003", "+4930800001")
	anna.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)

	begun := time.Now()
	anna.do(command{"do": "reload"})
	anna.see(screen("talking"), comeBack+5*time.Second)
	must(t, c.Ear.WaitTone(within(t, 2*comeBack), agentTone))
	if took := time.Since(begun); took > comeBack {
		t.Errorf("sound both ways %s after the reload, want at most %s", took.Round(100*time.Millisecond), comeBack)
	}
	anna.bothWays(c)
	if _, does := s.floor(sam).agent("anna"); does != "talking" {
		t.Errorf("after the reload anna's activity is %s, want talking", does)
	}

	// On hold across a reload: still held.
	pass(t, time.Second)
	anna.press("Alt+P")
	anna.see(screen("onHold"), 5*time.Second)
	anna.do(command{"do": "reload"})
	anna.see(screen("onHold"), 2*comeBack)
	anna.deaf(callerTone, 2*time.Second)
	anna.big("resume")
	anna.see(screen("talking"), 5*time.Second)
	anna.bothWays(c)

	c.Hangup()
	// In wrap-up too.
	anna.see(screen("wrapUp"), 5*time.Second)
	anna.do(command{"do": "reload"})
	anna.see(screen("wrapUp")+","+screen("idle"), 5*time.Second)
	s.settled(sam, map[string]int{"completed": 1})
	if c.Ear.Stream().Sources != 1 {
		t.Errorf("the caller saw %+v, want one continuous stream", c.Ear.Stream())
	}
}

// TestReloadWhileRinging rings on with what is left of the time.
func TestReloadWhileRinging(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna")
	s.setting.RingTime = "20s"
	s.start()
	sam := s.as("sam")
	anna := s.openDesk(openBrowser(t), "anna")
	anna.makeAvailable()
	c := s.answered("1003", "+4930800002")
	anna.see(screen("ringing"), 5*time.Second)
	anna.do(command{"do": "reload"})
	anna.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)
	c.Hangup()
	s.settled(sam, map[string]int{"completed": 1})
}

// TestSocketLostWhileIdle: after 10 s the agent is offline for the connection,
// and back with one press.
func TestSocketLostWhileIdle(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	line := layCable(t, s.setting.Web)
	anna := s.openDeskAt(openBrowser(t), "anna", "http://"+line.address+"/")
	anna.makeAvailable()
	sam.until("anna available", 5*time.Second, idle("anna", "available")) // before, she was offline too
	line.Cut()
	anna.see(screen("reconnecting"), 5*time.Second)
	sam.until("anna offline", 15*time.Second, idle("anna", "offline"))
	line.Mend()
	anna.see(screen("offline"), 15*time.Second)
	anna.big("back")
	anna.see(screen("idle"), 10*time.Second)
	sam.until("anna available", 3*time.Second, idle("anna", "available"))
}

// TestServerKilledUnderADesk: the desk says within two seconds that the line is
// lost, and is back by itself, idle or in the talk that goes on, with no button
// left asking (desk.md, section 8, check 14).
//
// It measures time, so no other story runs beside it.
func TestServerKilledUnderADesk(t *testing.T) {
	s := newServer(t).supervisor("sam").agent("anna").start()
	anna := s.openDesk(openBrowser(t), "anna")
	anna.makeAvailable()
	s.kill()
	anna.see(screen("reconnecting"), 2*time.Second)
	s.boot("serve")
	anna.see(screen("idle"), 2*comeBack)
	s.as("sam").until("anna available", comeBack, idle("anna", "available"))

	c := s.answered("1003", "+4930800009")
	anna.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)
	s.kill()
	s.boot("serve")
	anna.see(screen("talking"), 4*comeBack)
	anna.bothWays(c)
	anna.press("F8") // a button that asks nobody, then one that asks the server
	anna.press("F8")
	anna.press("Alt+P")
	anna.see(screen("onHold"), comeBack)
	anna.big("resume")
	anna.see(screen("talking"), comeBack)
	c.Hangup()
	s.settled(s.as("sam"), map[string]int{"completed": 1})
}

// TestSecondTabTakesOver: the desk and the live call move to the tab loaded
// last; the first says so and is mute; it can take the desk back.
func TestSecondTabTakesOver(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	b := openBrowser(t)
	first := s.openDesk(b, "anna")
	first.makeAvailable()
	c := s.answered("1003", "+4930800004")
	first.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	first.bothWays(c)

	second := &deskPage{tab: b.open("anna again", "anna", s.url("/")), s: s}
	first.see(screen("elsewhere"), 5*time.Second)
	second.see(screen("talking"), 2*comeBack)
	second.bothWays(c)
	first.deaf(callerTone, 2*time.Second)
	if status, does := s.floor(sam).agent("anna"); status != "available" || does != "talking" {
		t.Errorf("after the move anna is %s %s, want available talking", status, does)
	}

	first.big("useHere")
	first.see(screen("talking"), 2*comeBack)
	second.see(screen("elsewhere"), 5*time.Second)
	first.bothWays(c)
	c.Hangup()
	s.settled(sam, map[string]int{"completed": 1})
}

// TestMissedOfferAndOnePressBack: who does not answer is told so, and is back
// with one press.
func TestMissedOfferAndOnePressBack(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna")
	s.setting.RingTime = "3s"
	s.start()
	sam := s.as("sam")
	anna := s.openDesk(openBrowser(t), "anna")
	anna.makeAvailable()
	c := s.answered("1003", "+4930800005")
	anna.see(screen("ringing"), 5*time.Second)
	anna.see(screen("notResponding"), 5*time.Second)
	sam.until("anna not responding, the caller still in line", 2*time.Second, func(d deskState, f floorState) bool {
		return idle("anna", "notResponding")(d, f) && waiting("support", 1)(d, f)
	})
	anna.see(byTestID("missed"), 2*time.Second)
	anna.big("back")
	anna.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)
	c.Hangup()
	s.settled(sam, map[string]int{"completed": 1})
}

// TestMediaDies: the browser's path is cut under a live call (its peer
// connection closes); the caller hears music and the agent is called back.
func TestMediaDies(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	anna := s.openDesk(openBrowser(t), "anna")
	anna.makeAvailable()
	c := s.answered("1003", "+4930800006")
	anna.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	anna.bothWays(c)
	anna.do(command{"do": "eval", "expression": "window.__breakMedia()"})
	anna.bothWays(c)
	anna.see(screen("talking"), 2*time.Second)
	if n := s.log.count("agent is back", "anna"); n != 1 {
		t.Errorf("the agent came back %d times, want once", n)
	}
	c.Hangup()
	s.settled(sam, map[string]int{"completed": 1})
}

// floor is what a person sees of the floor now.
func (s *server) floor(p *person) floorState {
	_, floor, _ := p.picture()
	return floor
}
