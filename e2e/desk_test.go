// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"time"

	"tandem/dialtest"
)

// deskPage is an agent's desk in the browser, used as a person uses it.
type deskPage struct {
	*tab
	s *server
}

// byTestID is how the stories find things on a page.
func byTestID(id string) string { return fmt.Sprintf("[data-testid=%q]", id) }

// screen matches the card while it shows a state.
func screen(state string) string {
	return fmt.Sprintf(`[data-testid="card"][data-state=%q]`, state)
}

// openDesk signs an agent in on a new tab.
func (s *server) openDesk(b *browser, id string) *deskPage {
	s.t.Helper()
	return s.openDeskAt(b, id, s.url("/"))
}

func (s *server) openDeskAt(b *browser, id, url string) *deskPage {
	s.t.Helper()
	d := &deskPage{tab: b.open(id, id, url), s: s}
	d.see(byTestID("name"), 10*time.Second)
	d.fill(byTestID("name"), id)
	d.fill(byTestID("password"), s.secrets[id])
	d.click(byTestID("sign-in"))
	d.see(byTestID("card"), 10*time.Second)
	return d
}

// makeAvailable passes the ready check: the microphone hears, the ring was
// heard, the path is good.
func (d *deskPage) makeAvailable() {
	d.t.Helper()
	d.passReadyCheck()
	d.see(screen("idle"), 10*time.Second)
}

// passReadyCheck does so where somebody may ring at once.
func (d *deskPage) passReadyCheck() {
	d.t.Helper()
	d.see(screen("readyCheck"), 10*time.Second)
	d.see(step("microphone", "ok"), 15*time.Second)
	d.click(byTestID("repair-sound"))
	d.see(step("sound", "ok"), 10*time.Second)
	d.see(step("path", "ok"), 15*time.Second)
	d.big("makeAvailable")
}

func step(id, state string) string {
	return fmt.Sprintf(`[data-testid="step-%s"][data-state=%q]`, id, state)
}

// big waits until the big button offers an action, and presses F2 once it is
// alive (it ignores presses for 600 ms after each change).
func (d *deskPage) big(action string) {
	d.t.Helper()
	d.see(fmt.Sprintf(`[data-testid="big"][data-action=%q]:not([aria-disabled="true"])`, action), 15*time.Second)
	pass(d.t, 700*time.Millisecond)
	d.press("F2")
}

// answer takes the call that rings.
func (d *deskPage) answer() {
	d.t.Helper()
	d.see(screen("ringing"), 15*time.Second)
	d.big("answer")
	d.see(screen("talking"), 10*time.Second)
}

// takes answers if something rings within limit.
func (d *deskPage) takes(limit time.Duration) bool {
	d.t.Helper()
	if _, err := d.try(command{"do": "wait", "tab": d.name, "selector": screen("ringing"), "limit": limit.Milliseconds()}); err != nil {
		return false
	}
	d.answer()
	return true
}

// hangUp ends the call by its key, which is dead for 1.5 s after the connect.
func (d *deskPage) hangUp() {
	d.t.Helper()
	pass(d.t, 1600*time.Millisecond)
	d.press("Alt+End")
	d.see(screen("wrapUp"), 10*time.Second)
}

// finishWrapUp ends the wrap-up early, if it is not over by itself.
func (d *deskPage) finishWrapUp() {
	d.t.Helper()
	d.see(screen("wrapUp")+","+screen("idle")+","+screen("ringing"), 10*time.Second)
	d.press("F2")
	d.see(screen("idle")+","+screen("ringing"), 15*time.Second)
}

// hearsCaller proves the way from the caller to the page.
func (d *deskPage) hearsCaller() {
	d.t.Helper()
	d.hears(callerTone, 10*time.Second)
}

// bothWays proves it from the page's microphone to the caller too.
func (d *deskPage) bothWays(c *dialtest.Call) {
	d.t.Helper()
	d.hearsCaller()
	must(d.t, c.Ear.WaitTone(within(d.t, 10*time.Second), agentTone))
}

// boardPage is a supervisor's wallboard.
type boardPage struct{ *tab }

// openBoard signs a supervisor in on the wallboard.
func (s *server) openBoard(b *browser, id string) *boardPage {
	s.t.Helper()
	board := &boardPage{b.open("board of "+id, id, s.url("/wallboard"))}
	board.signIn(id, s.secrets[id])
	return board
}

func (b *boardPage) signIn(id, password string) {
	b.t.Helper()
	b.see(byTestID("name"), 10*time.Second)
	b.fill(byTestID("name"), id)
	b.fill(byTestID("password"), password)
	b.click(byTestID("sign-in"))
	b.see(byTestID("board"), 10*time.Second)
}

// shows waits until a place on the wallboard holds a text.
func (b *boardPage) shows(place, text string, limit time.Duration) {
	b.t.Helper()
	b.see(fmt.Sprintf(`%s:text-is(%q)`, byTestID(place), text), limit)
}
