// SPDX-License-Identifier: Apache-2.0

//go:build e2e && screens

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tandem/dialtest"
)

// TestScreens takes the pictures of the README: a desk in a call and the
// wallboard of a floor at work, in both languages. `make screens` runs it.
func TestScreens(t *testing.T) {
	s := newServer(t).supervisor("sam").agent("anna").agent("wei").phoneAgent("ben")
	s.setting.WrapUp = "1s"
	for _, id := range []string{"cara", "dan", "eva"} {
		s.uriAgent(id, dialtest.Agent{After: time.Second})
	}
	for i, name := range []string{"Sam Okafor", "Anna Berg", "陈伟", "Ben Ortiz", "Cara Lind", "Dan Novak", "Eva Rossi"} {
		s.setting.Agents[i].Name = name
	}
	s.start()
	sam := s.as("sam")
	s.as("ben").status("break")
	b := openBrowser(t)
	board := s.openBoard(b, "sam")
	anna := s.openDesk(b, "anna")
	anna.passReadyCheck()
	anna.see(screen("idle"), 10*time.Second)

	// Some callers before, so that the day has numbers.
	sam.until("four available", 10*time.Second, func(_ deskState, f floorState) bool { return f.queue("support").Available >= 4 })
	sam.force("anna", "break")
	for i := range 6 {
		c := s.answered("1003", fmt.Sprintf("+1202555010%d", i))
		sam.until("somebody talking", 10*time.Second, func(_ deskState, f floorState) bool {
			return busy("cara", "talking")(deskState{}, f) || busy("dan", "talking")(deskState{}, f) || busy("eva", "talking")(deskState{}, f)
		})
		pass(t, 2*time.Second)
		c.Hangup()
		sam.until("all idle", 10*time.Second, func(_ deskState, f floorState) bool {
			return busy("cara", "idle")(deskState{}, f) && busy("dan", "idle")(deskState{}, f) && busy("eva", "idle")(deskState{}, f)
		})
	}

	// Now everybody talks, and three wait.
	c := s.answered("1000", "+442079460958")
	must(t, c.Ear.WaitSound(within(t, 5*time.Second)))
	for _, id := range []string{"cara", "dan", "eva"} {
		sam.force(id, "break")
	}
	sam.force("anna", "available")
	must(t, c.Mouth.Press("1"))
	anna.answer()
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	for _, id := range []string{"cara", "dan"} {
		sam.force(id, "available")
		s.answered("1003", "+12025550187")
		sam.until(id+" talking", 10*time.Second, busy(id, "talking"))
	}
	for i := range 3 {
		s.answered("1003", fmt.Sprintf("+1202555014%d", i))
		pass(t, 3*time.Second)
	}
	anna.fill(byTestID("notes"), "Invoice 2207 is paid twice; refund promised by Friday.")
	pass(t, 22*time.Second)

	folder := filepath.Join(root(), "docs", "images")
	must(t, os.MkdirAll(folder, 0o755))
	shoot := func(p *tab, name string, width, height int) {
		p.do(command{"do": "resize", "width": width, "height": height})
		pass(t, time.Second)
		p.do(command{"do": "screenshot", "path": filepath.Join(folder, name+".png")})
	}
	shoot(anna.tab, "desk", 1440, 860)
	shoot(board.tab, "wallboard", 1440, 760)
	anna.click(byTestID("language-zh"))
	board.click(byTestID("language-zh"))
	shoot(anna.tab, "desk-zh", 1440, 860)
	shoot(board.tab, "wallboard-zh", 1440, 760)
}
