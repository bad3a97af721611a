// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"sort"
	"time"
)

// Defaults of Queue's fields.
const (
	DefaultRingTime     = 20 * time.Second
	DefaultServiceLevel = 20 * time.Second
	DefaultRetryDelay   = 5 * time.Second // refused, busy, unreachable, missed
	DefaultMissedLimit  = 1
)

// queue is a line of contacts and the groups of agents who serve it. What each
// event looks at stands first, close together.
type queue struct {
	line   line
	groups []*group
	free   int  // agents in all groups' free
	dirty  bool // touched by the running Apply
	found  bool // best is up to date
	best   pair
	alarms alarms // of the contacts in line
	alarm  alarm  // the first of them, or the end of a membership delay

	conf      Queue // defaults filled in
	closed    bool
	releasing bool // closed in an emergency: nobody comes back into line
	draining  bool // no longer configured; served until it is empty
	staffed   bool // somebody was signed in before the running reconfiguration
	signedIn  int  // members not offline
	pace      pace
	seats     []*seat    // of all members, in no order
	turns     uint64     // offers made
	demanding int        // contacts in line who want somebody in particular
	recheck   bool       // some of their steps may have to be skipped
	later     []*contact // callbacks whose time has not come
	undialled bool       // outside the hours in which customers may be called

	attended   [3]int  // members by presence, each level counting in those below
	peopled    bool    // somebody was there by LeaveCounts when last looked at
	shutting   bool    // AtClose was done
	serveUntil instant // end of serving the line, or never
}

// group holds the members of one membership priority and delay. A queue has
// few groups, so that looking at each costs little; within one, contacts and
// agents have an order each, independent of the other.
type group struct {
	priority int
	delay    time.Duration
	free     heap[*seat]
	signedIn int
	members  int
}

// seat is an agent's membership in a queue.
type seat struct {
	agent *agent
	queue *queue
	group *group
	slot  int     // in group.free
	key   instant // rank, while in there
	tally
}

func (s *seat) heapSlot() *int { return &s.slot }

// heapKey and tieBefore are the order among the agents of one group: by the
// queue's strategy, then by ID (rules 1 and 5).
func (s *seat) heapKey() instant       { return s.key }
func (s *seat) tieBefore(o *seat) bool { return s.agent.id < o.agent.id }

// enter and leave follow whether the agent of s is free.
func (s *seat) enter() {
	s.key = s.rank()
	s.group.free.push(s)
	s.queue.free++
}

func (s *seat) leave() {
	s.group.free.remove(s)
	s.queue.free--
}

func newQueue(conf Queue) *queue {
	q := &queue{conf: withDefaults(conf), closed: conf.Closed, shutting: conf.Closed, serveUntil: never}
	q.alarm = alarm{class: queueAlarm, key: string(conf.ID), owner: q}
	return q
}

func withDefaults(q Queue) Queue {
	orElse := func(d *time.Duration, fallback time.Duration) {
		if *d <= 0 {
			*d = fallback
		}
	}
	orElse(&q.RingTime, DefaultRingTime)
	orElse(&q.ServiceLevel, DefaultServiceLevel)
	orElse(&q.RefusedDelay, DefaultRetryDelay)
	orElse(&q.BusyDelay, DefaultRetryDelay)
	orElse(&q.UnreachableDelay, DefaultRetryDelay)
	orElse(&q.MissedDelay, DefaultRetryDelay)
	orElse(&q.AnnounceFirst, q.AnnounceEvery)
	orElse(&q.RingNext, defaultRingNext)
	if q.WrapUpMode == "" && q.WrapUp > 0 {
		q.WrapUpMode = WrapUpLimited
	}
	if q.AtClose == "" {
		q.AtClose = ServeLine
	}
	for _, p := range []*Presence{&q.JoinCounts, &q.LeaveCounts} {
		if *p == "" {
			*p = PresentSignedIn
		}
	}
	if q.Strategy == "" {
		q.Strategy = LongestIdle
	}
	q.Callbacks = q.Callbacks.withDefaults()
	if q.MissedLimit <= 0 {
		q.MissedLimit = DefaultMissedLimit
	}
	return q
}

// group finds or makes the group of m; groups stand by priority, then delay.
func (q *queue) group(m Membership) *group {
	delay := max(m.Delay, 0)
	i := sort.Search(len(q.groups), func(i int) bool {
		g := q.groups[i]
		return g.priority < m.Priority || g.priority == m.Priority && g.delay >= delay
	})
	if i < len(q.groups) && q.groups[i].priority == m.Priority && q.groups[i].delay == delay {
		return q.groups[i]
	}
	q.groups = append(q.groups, nil)
	copy(q.groups[i+1:], q.groups[i:])
	q.groups[i] = &group{priority: m.Priority, delay: delay}
	return q.groups[i]
}

// touch notes that the queue's line or its free agents have changed.
func (d *Distributor) touch(q *queue) {
	q.found = false
	if !q.dirty {
		q.dirty = true
		d.dirty = append(d.dirty, q)
	}
}

// wake: a contact has reached a limit, or somebody in line has waited for a
// membership delay.
func (q *queue) wake(d *Distributor) {
	if q.serveUntil <= d.now {
		d.releaseLine(q)
	}
	q.alarms.ring(d)
	d.alarms.set(&q.alarm, min(q.alarms.next(), q.serveUntil)) // settle adds the next membership delay
	d.touch(q)
}

// rearmQueue sets q's alarm, given that no pair of q stands together.
func (d *Distributor) rearmQueue(q *queue) {
	d.alarms.set(&q.alarm, min(q.alarms.next(), q.nextDelayEnd(d.now), q.serveUntil))
}

// setContact sets c's alarm, and its queue's where that must ring earlier; where
// it may ring later, settle sees to it.
func (d *Distributor) setContact(c *contact, at instant) {
	q := c.queue
	q.alarms.set(&c.alarm, at)
	if next := q.alarms.next(); next < never && (q.alarm.slot == 0 || next < q.alarm.at) {
		d.alarms.set(&q.alarm, next)
	}
	d.touch(q)
}

// nextDelayEnd is when the next free agent becomes eligible by the end of a
// membership delay (rule 6). After matching, a free agent of a group stands
// only beside contacts who have waited less than its delay, so the longest
// waiting one is the first to reach it; or who want somebody else.
func (q *queue) nextDelayEnd(now instant) instant {
	earliest, next := q.line.earliest(), never
	if earliest == never || q.free == 0 {
		return never
	}
	for _, g := range q.groups {
		if g.free.len() > 0 {
			end := earliest.add(g.delay)
			if end <= now {
				end = q.line.earliestAfter(now - instant(g.delay)).add(g.delay)
			}
			next = min(next, end)
		}
	}
	return next
}

// closeQueue closes the door; in an emergency those in line go too, except who
// was accepted by an agent already (rule 20).
func (d *Distributor) closeQueue(ev QueueClosed) {
	q := d.queues[ev.Queue]
	if q == nil {
		return
	}
	q.closed = true
	d.closedBy(ev)
	d.doorMoved(q)
	if !ev.Release {
		d.shut(q)
		return
	}
	q.releasing, q.shutting, q.serveUntil = true, true, never
	for _, c := range q.line.all() {
		switch {
		case !c.awaited():
		case c.phase == ringing:
			for _, o := range slices.Clone(c.offers) {
				d.endOffer(o, Withdrawn) // the last finds the queue releasing
			}
		case c.phase == waiting:
			d.release(c, EndClosed)
		}
	}
}

func (d *Distributor) openQueue(ev QueueOpened) {
	if q := d.queues[ev.Queue]; q != nil && !q.draining {
		q.reopen()
		d.doorMoved(q)
		if ev.Actor != "" {
			d.emit(Intervened{Actor: ev.Actor, What: DidOpen, Queue: ev.Queue})
		}
	}
}

// emptied releases those in line when the last member has signed out, if the
// queue wants that; always in a queue that is no longer configured, where
// nobody else will ever come.
func (d *Distributor) emptied(q *queue) {
	if q.signedIn > 0 || q.releasing && !q.draining {
		return
	}
	for _, c := range q.line.all() {
		if c.phase == waiting && q.deserts(c) {
			d.release(c, EndLeaveEmpty)
		}
	}
}

// deserts says whether nobody will come for c. Who is not on the line has time.
func (q *queue) deserts(c *contact) bool {
	return q.conf.LeaveEmpty && c.awaited() && q.there(q.conf.LeaveCounts) == 0 || q.draining && q.signedIn == 0
}
