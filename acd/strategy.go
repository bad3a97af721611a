// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"hash/fnv"
	"time"
)

// Strategy is how a queue chooses among agents of one membership priority who
// may all take a contact (rules 1 and 5). Equals go by agent ID.
type Strategy string

// Every strategy there is.
const (
	// LongestIdle asks who has been idle longest.
	LongestIdle Strategy = "longestIdle"
	// FewestToday asks who has answered the fewest contacts of this queue since
	// the queue's midnight, or since joining the queue if that was later.
	FewestToday Strategy = "fewestToday"
	// LeastOccupied asks who has spent the smallest part of the time signed in
	// with work (talking, on hold, wrap-up; of any queue), both counted from the
	// queue's midnight, or from joining the queue if that was later, until the
	// agent became idle. It stands still while the agent is idle.
	LeastOccupied Strategy = "leastOccupied"
	// RoundRobin asks who was asked for this queue longest ago.
	RoundRobin Strategy = "roundRobin"
	// FixedOrder asks in the order in which the agents are configured.
	FixedOrder Strategy = "fixedOrder"
	// Random draws anew for each offer, from the queue's Seed.
	Random Strategy = "random"
	// RingProgressively asks who has been idle longest, and after each RingNext one
	// agent more beside those who are rung, until somebody accepts.
	RingProgressively Strategy = "ringProgressively"
	// RingAll asks all of them at once, of every membership priority (rule 8).
	RingAll Strategy = "ringAll"
)

// Strategies are all strategies.
func Strategies() []Strategy {
	return []Strategy{LongestIdle, FewestToday, LeastOccupied, RoundRobin, FixedOrder, Random, RingProgressively, RingAll}
}

// occupancyUnit is a whole of LeastOccupied: parts per million.
const occupancyUnit = 1_000_000

// Occupancy is the part of signedIn that was work, in millionths, of whole
// milliseconds each.
func Occupancy(work, signedIn time.Duration) int64 {
	if work <= 0 || signedIn < time.Millisecond {
		return 0
	}
	return work.Milliseconds() * occupancyUnit / signedIn.Milliseconds()
}

// Draw is the lot of an agent for the offer after the queue's first turns
// offers; the smallest wins.
func Draw(q Queue, turns uint64, agent AgentID) int64 {
	h := fnv.New64a()
	h.Write([]byte(q.ID))
	h.Write([]byte{0})
	h.Write([]byte(agent))
	x := h.Sum64() ^ q.Seed + (turns+1)*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // splitmix64
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int64((x ^ x>>31) >> 1)
}

// tally is what strategies count of one agent in one queue.
type tally struct {
	answered   int           // FewestToday
	turn       uint64        // RoundRobin: of the last offer; 0: none yet
	workBase   time.Duration // the agent's totals when the day began
	signedBase time.Duration
}

// beginDay forgets what was counted; whose turn it is stays.
func (s *seat) beginDay(now instant) {
	s.answered = 0
	s.workBase, s.signedBase = s.agent.workUntil(now), s.agent.signedUntil(now)
}

// rank is the key of s among the free agents of its group, smallest first.
func (s *seat) rank() instant {
	a := s.agent
	switch s.queue.conf.Strategy {
	case FewestToday:
		return instant(s.answered)
	case LeastOccupied:
		return instant(Occupancy(a.idleWork-s.workBase, a.signedUntil(a.idleSince)-s.signedBase))
	case RoundRobin:
		return instant(s.turn)
	case FixedOrder:
		return instant(a.order)
	case Random:
		return 0
	}
	return a.idleSince
}

// rerank follows a change of what rank depends on.
func (s *seat) rerank() {
	if s.slot != 0 && s.group.free.nodes[s.slot-1].key != s.rank() {
		s.group.free.remove(s)
		s.key = s.rank()
		s.group.free.push(s)
	}
}

// first is the agent of g, free for a channel, who is asked first of those whom c
// admits, or nil.
func (g *group) first(q *queue, c *class, ch channel) *seat {
	if c == nil && q.conf.Strategy != Random {
		if s := g.free.first(); s.agent.free.has(ch) {
			return s
		}
	}
	var best *seat
	for i := range g.free.nodes {
		s := g.free.nodes[i].item
		if !s.agent.free.has(ch) || !c.admits(s.agent) {
			continue
		}
		if q.conf.Strategy == Random {
			s.key = instant(Draw(q.conf, q.turns, s.agent.id))
		}
		if best == nil || s.key < best.key || s.key == best.key && s.tieBefore(best) {
			best = s
		}
	}
	return best
}

// asked takes note that a is asked for a contact of q.
func (q *queue) asked(a *agent) {
	q.turns++
	if s := a.seat(q); s != nil {
		s.turn = q.turns
	}
}

// dayChanged begins the day of a queue.
func (d *Distributor) dayChanged(id QueueID) {
	q := d.queues[id]
	if q == nil {
		return
	}
	for _, s := range q.seats {
		s.beginDay(d.now)
		s.rerank()
	}
	d.touch(q)
}

// seat is a's membership in q, or nil.
func (a *agent) seat(q *queue) *seat {
	for _, s := range a.seats {
		if s.queue == q {
			return s
		}
	}
	return nil
}

// workUntil is how long a has worked in all until now.
func (a *agent) workUntil(now instant) time.Duration {
	if a.working {
		return a.worked + now.since(a.workSince)
	}
	return a.worked
}

// signedUntil is how long a was signed in in all until t, which is not before
// the last change.
func (a *agent) signedUntil(t instant) time.Duration {
	if a.signedIn() {
		return a.signed + t.since(a.signedSince)
	}
	return a.signed
}
