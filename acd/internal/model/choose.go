// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"
	"time"

	"tandem/acd"
)

// share is an agent's part in one queue.
type share struct {
	queue   acd.QueueID
	since   time.Time // joined, or the queue's midnight after that
	answers []time.Time
	turn    uint64
}

// span is a stretch of time; one that goes on has no end.
type span struct{ from, to time.Time }

func (a *agent) share(q *queue) *share {
	for i := range a.shares {
		if a.shares[i].queue == q.ID {
			return &a.shares[i]
		}
	}
	return nil
}

// keepShares drops those of queues left and begins those of queues joined.
func (f *Floor) keepShares(a *agent) {
	a.shares = slices.DeleteFunc(a.shares, func(s share) bool {
		return !slices.ContainsFunc(a.memberships, func(m acd.Membership) bool { return m.Queue == s.queue })
	})
	for _, m := range a.memberships {
		if a.share(f.queue(m.Queue)) == nil {
			a.shares = append(a.shares, share{queue: m.Queue, since: f.now})
		}
	}
}

func (f *Floor) newDay(q *queue) {
	for _, a := range f.agents {
		if s := a.share(q); s != nil {
			s.since, s.answers = f.now, nil
		}
	}
}

// note keeps in spans that something goes on from now, or no longer.
func (a *agent) note(spans *[]span, now time.Time, on bool) {
	if n := len(*spans); n > 0 && (*spans)[n-1].to.IsZero() {
		(*spans)[n-1].to = now
	}
	if on {
		*spans = append(*spans, span{from: now})
	}
}

// within is how much of spans lies between from and to.
func within(spans []span, from, to time.Time) (sum time.Duration) {
	for _, s := range spans {
		if s.to.IsZero() || s.to.After(to) {
			s.to = to
		}
		if s.from.Before(from) {
			s.from = from
		}
		if s.to.After(s.from) {
			sum += s.to.Sub(s.from)
		}
	}
	return sum
}

// rank is the strategy's order among the agents for one contact.
func (f *Floor) rank(p pair) int64 {
	a, q := p.agent, p.contact.queue
	s := a.share(q)
	switch q.Strategy {
	case acd.FewestToday:
		return int64(len(s.answers))
	case acd.LeastOccupied:
		return acd.Occupancy(within(a.work, s.since, a.idleSince), within(a.signedIn, s.since, a.idleSince))
	case acd.RoundRobin:
		return int64(s.turn)
	case acd.FixedOrder:
		return int64(a.order)
	case acd.Random:
		return acd.Draw(q.Queue, q.turns, a.id)
	}
	return a.idleSince.UnixNano()
}

// wants keeps what c asks for, within the limits.
func (c *contact) wants(r *acd.Require) {
	c.require = nil
	if r == nil || len(r.Always) == 0 && len(r.Steps) == 0 && len(r.Never) == 0 {
		return
	}
	c.require = r
	if len(r.Steps) == 0 {
		c.require = &acd.Require{Always: r.Always, Steps: []acd.Step{{}}, SkipUnavailable: r.SkipUnavailable, Never: r.Never}
	}
}

func suits(c *contact, a *agent) bool {
	if c.require == nil {
		return true
	}
	for _, s := range c.require.Steps[:c.open+1] {
		if meets(c, s, a) {
			return true
		}
	}
	return false
}

func meets(c *contact, s acd.Step, a *agent) bool {
	for _, want := range append(slices.Clone(c.require.Always), s.Skills...) {
		if a.skills[want.Name] < max(want.Level, 1) {
			return false
		}
	}
	if slices.Contains(c.require.Never, a.id) {
		return false
	}
	return len(s.Agents) == 0 || slices.Contains(s.Agents, a.id)
}

// relax opens the steps that time has opened or that nobody could meet.
func (f *Floor) relax() {
	for _, c := range f.contacts {
		if c.state == "talking" || c.state == "scheduled" || c.require == nil {
			continue
		}
		for c.open < len(c.require.Steps)-1 && (f.stepOver(c) || !f.somebodyMeets(c, c.require.Steps[c.open])) {
			c.open++
		}
	}
}

func (f *Floor) stepOver(c *contact) bool {
	wait := time.Duration(0)
	for _, s := range c.require.Steps[:c.open+1] {
		if s.For <= 0 {
			return false
		}
		wait += s.For
	}
	return f.now.Sub(c.entered) >= wait
}

func (f *Floor) somebodyMeets(c *contact, s acd.Step) bool {
	return slices.ContainsFunc(f.agents, func(a *agent) bool {
		there := a.status != acd.Offline && (!c.require.SkipUnavailable || a.status == acd.Available)
		return a.in(c.queue) != nil && there && meets(c, s, a)
	})
}
