// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// The numbers of rule 27.
const (
	estimateWindow = 30 * time.Minute
	estimateSlot   = 30 * time.Second
	estimateSlots  = int64(estimateWindow / estimateSlot)
	// estimateDepartures make the line's own speed worth believing.
	estimateDepartures = 20
	// estimateHead is the age of the head of the line from which it says
	// something about those behind.
	estimateHead = 30 * time.Second
	// estimateRise is by how much an estimate must have risen to be told again.
	estimateRise = time.Minute
)

// pace is how fast a queue's line has moved within the last half hour, in slots
// of half a minute: the seconds in which someone had to wait, and the
// departures of those who had. Who found an agent at once counts in neither.
type pace struct {
	slots      [estimateSlots]paceSlot
	newest     int64 // number of the slot that d.now lies in
	sum        paceSlot
	waiting    int     // in line now, having had to wait
	counted    instant // the time until here is in the slots
	lastWait   time.Duration
	lastAnswer instant
	answered   bool // lastWait is known
}

type paceSlot struct {
	waited     time.Duration
	departures int
}

// join: somebody has to wait from now on.
func (p *pace) join(now instant) {
	p.advance(now)
	p.waiting++
}

// part: c leaves the line.
func (p *pace) part(now instant, c *contact, ending Ending) {
	if !c.waited {
		return
	}
	p.advance(now)
	p.waiting--
	p.slots[p.newest%estimateSlots].departures++
	p.sum.departures++
	if ending == EndAnswered {
		p.lastWait, p.lastAnswer, p.answered = now.since(c.entered), now, true
	}
}

// advance brings the slots up to now. It steps at most once around the window.
func (p *pace) advance(now instant) {
	target := int64(now) / int64(estimateSlot)
	if target-p.newest > estimateSlots {
		p.counted = max(p.counted, instant((target-estimateSlots)*int64(estimateSlot)))
		p.slots, p.sum = [estimateSlots]paceSlot{}, paceSlot{}
		p.newest = target - estimateSlots
	}
	for p.newest < target {
		end := instant((p.newest + 1) * int64(estimateSlot))
		p.count(end)
		p.newest++
		s := &p.slots[p.newest%estimateSlots]
		p.sum.waited -= s.waited
		p.sum.departures -= s.departures
		*s = paceSlot{}
	}
	p.count(now)
}

// count adds the time up to until, which lies in the newest slot or at its end.
func (p *pace) count(until instant) {
	if until <= p.counted {
		return
	}
	if p.waiting > 0 {
		p.slots[p.newest%estimateSlots].waited += until.since(p.counted)
		p.sum.waited += until.since(p.counted)
	}
	p.counted = until
}

// estimate is how much longer c, at the given position, is likely to wait; 0 if
// nothing is known. Where an estimate is of a whole wait, what c has waited
// already is taken off.
func (q *queue) estimate(now instant, c *contact, position int) time.Duration {
	q.pace.advance(now)
	waited := now.since(c.entered)
	left := q.pace.left(waited, position)
	if head := q.line.earliest(); left == 0 && head != never && now.since(head) >= estimateHead {
		left = max(now.since(head)-waited, 0)
	}
	if left == 0 {
		return 0
	}
	return max(left, q.firstStep(waited), c.untilMet(waited))
}

// newcomer is the estimate for one who would join the line now, without changing
// it.
func (q *queue) newcomer(now instant) time.Duration {
	p := q.pace
	p.advance(now)
	left := p.left(0, q.line.len()+1)
	if head := q.line.earliest(); left == 0 && head != never && now.since(head) >= estimateHead {
		left = now.since(head)
	}
	if left == 0 || q.line.len() == 0 && q.free > 0 {
		return 0
	}
	return max(left, q.firstStep(0))
}

// left is what the line's own speed, or else the last one answered, says.
func (p *pace) left(waited time.Duration, position int) time.Duration {
	switch {
	case p.sum.departures >= estimateDepartures:
		return time.Duration(position) * (p.sum.waited / time.Duration(p.sum.departures))
	case p.answered && time.Duration(p.counted-p.lastAnswer) < estimateWindow:
		return max(p.lastWait-waited, 0)
	}
	return 0
}

// firstStep is the time until the first signed-in member becomes eligible by
// the end of a membership delay, for one who has waited so long.
func (q *queue) firstStep(waited time.Duration) time.Duration {
	first, any := time.Duration(0), false
	for _, g := range q.groups {
		if g.signedIn > 0 && (!any || g.delay < first) {
			first, any = g.delay, true
		}
	}
	return max(first-waited, 0)
}

// estimateRange is an estimate as it is told: a quarter less and a quarter more,
// in whole minutes, never the same two. It is 0, 0 for an unknown estimate.
func estimateRange(estimate time.Duration) (low, high time.Duration) {
	if estimate <= 0 {
		return 0, 0
	}
	low = (estimate * 3 / 4).Truncate(time.Minute)
	high = (estimate*5/4 + time.Minute - 1).Truncate(time.Minute)
	return low, max(high, low+time.Minute)
}
