// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"math"
	"testing"
	"time"

	"tandem/dialtest"
)

// counted is what the callers of a story saw of one queue.
type counted struct {
	offered, answered, within, abandoned, short, timedOut int
	waited                                                time.Duration
}

// answer counts a caller who was answered after a wait.
func (c *counted) answer(wait time.Duration, threshold time.Duration) {
	c.offered++
	c.answered++
	c.waited += wait
	if wait <= threshold {
		c.within++
	}
}

// TestWallboardNumbersAreTheCallersOwn: each number of the wallboard is counted
// again from what the callers saw, also after a restart.
func TestWallboardNumbersAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	s.setting.WrapUp = "1s"
	rings := s.uriAgent("cara", dialtest.Agent{After: 300 * time.Millisecond})
	s.start()
	sam := s.as("sam")
	sam.until("cara available", 5*time.Second, idle("cara", "available"))
	var want counted
	const threshold = 3 * time.Second // of the queue "quick" in testdata/story.yaml

	// Two answered at once.
	for range 2 {
		c := s.answered("1004", "+4930500001")
		begun := time.Now()
		leg := next(t, rings, 5*time.Second)
		must(t, leg.WaitAnswered(within(t, 5*time.Second)))
		want.answer(time.Since(begun), threshold)
		s.talk(c, leg)
		c.Hangup()
		sam.until("cara idle", 10*time.Second, idle("cara", "available"))
	}
	// One answered late.
	sam.force("cara", "break")
	sam.until("cara on a break", 5*time.Second, idle("cara", "break"))
	c := s.answered("1004", "+4930500002")
	begun := time.Now()
	pass(t, threshold+time.Second)
	sam.force("cara", "available")
	leg := next(t, rings, 5*time.Second)
	must(t, leg.WaitAnswered(within(t, 5*time.Second)))
	want.answer(time.Since(begun), threshold)
	s.talk(c, leg) // who hangs up before the bridge has abandoned
	c.Hangup()
	sam.until("cara idle", 10*time.Second, idle("cara", "available"))
	// One short abandon, one long one, one who waited for the maximum.
	sam.force("cara", "break")
	sam.until("cara on a break", 5*time.Second, idle("cara", "break"))
	c = s.answered("1004", "+4930500003")
	sam.until("one who waits", 5*time.Second, waiting("quick", 1))
	c.Hangup()
	want.offered++
	want.abandoned++
	want.short++
	sam.until("nobody waiting", 5*time.Second, waiting("quick", 0))
	c = s.answered("1004", "+4930500004")
	pass(t, 6*time.Second)
	c.Hangup()
	want.offered++
	want.abandoned++
	c = s.answered("1004", "+4930500005")
	must(t, c.WaitEnded(within(t, 30*time.Second))) // maxWait of the queue
	want.offered++
	want.timedOut++

	sam.until("the callers' own numbers", 5*time.Second, want.shown)
	s.kill()
	s.boot("serve")
	sam = s.as("sam")
	sam.until("the same numbers after a restart", 10*time.Second, want.shown)
}

// shown reports whether the wallboard shows these numbers, for today and for
// the last 30 minutes, which here are the same.
func (c *counted) shown(_ deskState, f floorState) bool {
	q := f.queue("quick")
	return c.same(q.Today) && c.same(q.Last30)
}

func (c *counted) same(n numbers) bool {
	// SL-negative: answered within T of all who were answered or abandoned, short
	// abandons among them; flow-outs stand outside.
	level := 100 * float64(c.within) / float64(c.answered+c.abandoned)
	if n.ServiceLevel == nil || n.AverageAnswerSeconds == nil {
		return false
	}
	average := c.waited.Seconds() / float64(c.answered)
	return n.Offered == c.offered && n.Answered == c.answered && n.Abandoned == c.abandoned &&
		n.ShortAbandoned == c.short && n.AnsweredWithin == c.within && n.FlowOuts["timedOut"] == c.timedOut &&
		math.Abs(*n.ServiceLevel-level) < 0.5 && math.Abs(*n.AverageAnswerSeconds-average) < 0.5
}
