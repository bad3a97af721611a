// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"testing"
	"time"
)

// TestSupervisorActsOnTheWallboard: sees an agent's change within a second,
// sets the agent's status with a reason, and signs the agent out.
func TestSupervisorActsOnTheWallboard(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	b := openBrowser(t)
	board := s.openBoard(b, "sam")
	anna := s.openDesk(b, "anna")
	anna.makeAvailable()
	board.seesAgent("anna", "available", 2*time.Second)

	board.click(byTestID("actions-anna"))
	board.click(byTestID("set-status-anna"))
	board.do(command{"do": "choose", "selector": byTestID("deed-status"), "text": "break"})
	board.fill(byTestID("deed-reason"), "team talk at three")
	board.click(byTestID("deed-apply"))
	anna.see(screen("reason"), 3*time.Second)
	board.seesAgent("anna", "break", time.Second)
	sam.until("who set it, and why", 2*time.Second, func(_ deskState, f floorState) bool {
		for _, a := range f.Agents {
			if a.ID == "anna" {
				return a.Status == "break" && a.Reason == "team talk at three"
			}
		}
		return false
	})
	anna.big("back")
	anna.see(screen("idle"), 5*time.Second)
	board.seesAgent("anna", "available", time.Second)

	board.click(byTestID("actions-anna"))
	board.click(byTestID("sign-out-anna"))
	board.fill(byTestID("deed-reason"), "end of shift")
	board.click(byTestID("deed-apply"))
	anna.see(byTestID("sign-in"), 5*time.Second)
	board.seesAgent("anna", "offline", 2*time.Second)
}

// TestSupervisorActsOnCallersInLine: moves a waiting caller to another queue,
// puts the caller back by Undo, withdraws one by name, and closes the queue.
func TestSupervisorActsOnCallersInLine(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam := s.as("sam")
	board := s.openBoard(openBrowser(t), "sam")
	caller := s.answered("1003", "+4930800007")
	waits := func(queue string) string {
		var contact string
		sam.until("the caller in "+queue, 10*time.Second, func(_ deskState, f floorState) bool {
			for _, c := range f.queue(queue).Contacts {
				contact = c.ID
			}
			return contact != ""
		})
		return contact
	}
	contact := waits("support")
	board.click(byTestID("contact-" + contact))
	board.click(byTestID("move"))
	board.click(byTestID("move-billing"))
	waits("billing")
	board.click(byTestID("undo"))
	contact = waits("support")
	board.click(byTestID("contact-" + contact))
	board.click(byTestID("withdraw"))
	board.click(byTestID("deed-apply"))
	must(t, caller.WaitEnded(within(t, 30*time.Second)))
	sam.until("the withdrawal counted", 5*time.Second, func(_ deskState, f floorState) bool {
		return f.queue("support").Today.FlowOuts["withdrawn"] == 1 && f.queue("support").Waiting == 0
	})
	board.click(byTestID("close-queue"))
	board.click(byTestID("deed-apply"))
	board.see(byTestID("open-queue"), 5*time.Second)
	board.click(byTestID("open-queue"))
	board.see(byTestID("close-queue"), 5*time.Second)
}

// TestWallboardFeedCut: the data says its age; late at 3 s, stale at 10 s.
func TestWallboardFeedCut(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").start()
	line := layCable(t, s.setting.Web)
	b := openBrowser(t)
	board := &boardPage{b.open("board", "sam", "http://"+line.address+"/wallboard")}
	board.signIn("sam", s.secrets["sam"])
	board.see(`[data-testid="data-age"][data-state="live"]`, 5*time.Second)
	line.Cut()
	board.see(`[data-testid="data-age"][data-state="late"]`, 6*time.Second)
	board.see(`[data-testid="data-age"][data-state="stale"]`, 12*time.Second)
	board.see(byTestID("stale"), 2*time.Second)
	line.Mend()
	board.see(`[data-testid="data-age"][data-state="live"]`, 15*time.Second)
}

// seesAgent waits until the wallboard shows an agent's status.
func (b *boardPage) seesAgent(id, status string, limit time.Duration) {
	b.t.Helper()
	b.see(fmt.Sprintf(`[data-testid="agent-%s"][data-status=%q]`, id, status), limit)
}
