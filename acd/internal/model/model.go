// SPDX-License-Identifier: Apache-2.0

// Package model is a second, slow floor that is meant to be obviously right: it
// imports only the nouns of acd, keeps plain lists, looks at everything at every
// event and sorts all pairs anew for each offer. Tests hold acd.Distributor
// against it. Its contract: after the same events at the same times, with a
// Tick at each deadline, both have the same effects, offers in the same order;
// only the estimates in Announce are left out.
//
// Begin with Apply.
package model

import (
	"slices"
	"sort"
	"strings"
	"time"

	"tandem/acd"
)

// Floor is the state.
type Floor struct {
	now      time.Time
	queues   []*queue
	agents   []*agent
	contacts []*contact
	offers   acd.OfferID
	out      []acd.Effect
}

type queue struct {
	acd.Queue
	shut      bool
	emergency bool
	removed   bool
	staffed   bool
	turns     uint64
}

type agent struct {
	id          acd.AgentID
	memberships []acd.Membership
	status      acd.Status
	reason      string
	next        *acd.StatusSet
	activity    acd.Activity
	wrapUp      *contact // the finished one
	wrapUpBegan time.Time
	wrapUpEnds  time.Time
	idleSince   time.Time
	notBefore   time.Time
	misses      int
	deviceAway  bool
	awayUntil   time.Time
	removed     bool
	order       int
	skills      map[string]int
	shares      []share
	work        []span
	signedIn    []span
}

type contact struct {
	id        acd.ContactID
	queue     *queue
	priority  int
	entered   time.Time
	effective time.Time
	state     string // waiting, ringing, accepted, talking
	agent     *agent // while talking
	asks      []*ask // while ringing; the one taken while accepted
	calling   bool   // more may be asked at this moment: the queue rings all
	offers    int
	retryAt   time.Time // no overflow before it
	tellAt    time.Time
	told      int
	require   *acd.Require // nil: anyone
	open      int          // steps that are, beyond the first
}

// ask is one agent asked to take one contact.
type ask struct {
	id     acd.OfferID
	agent  *agent
	began  time.Time
	ends   time.Time // while accepted: when the bridge must be reported
	shared bool      // others were asked too
}

// New is the floor that acd.New makes of the same options.
func New(o acd.Options) *Floor {
	f := &Floor{}
	f.configure(acd.Configured(o))
	return f
}

// Apply is acd.Distributor.Apply.
func (f *Floor) Apply(now time.Time, ev acd.Event) []acd.Effect {
	f.now, f.out = now, nil
	f.limits()
	f.event(ev)
	f.limits()
	f.relax()
	f.match()
	f.forgetEmptied()
	return f.out
}

// forgetEmptied drops the removed queues that nobody is in any more.
func (f *Floor) forgetEmptied() {
	f.queues = slices.DeleteFunc(f.queues, func(q *queue) bool { return q.removed && len(f.line(q)) == 0 })
	for _, a := range f.agents {
		a.memberships = slices.DeleteFunc(a.memberships, func(m acd.Membership) bool { return f.queue(m.Queue) == nil })
	}
}

func (f *Floor) emit(e acd.Effect)            { f.out = append(f.out, e) }
func (f *Floor) reached(t time.Time) bool     { return !t.IsZero() && !t.After(f.now) }
func (f *Floor) in(d time.Duration) time.Time { return f.now.Add(d) }

// limits: what is reached at t = now.
func (f *Floor) limits() {
	for _, c := range f.byQueueAndID() {
		switch {
		case c.state == "waiting" && f.tooLong(c):
			f.release(c, acd.EndTimedOut)
		case c.state == "waiting":
			f.overflow(c)
		}
	}
	for _, a := range f.byAgentID() {
		f.agentLimits(a)
	}
	for _, c := range f.byContactID() {
		f.tell(c)
	}
}

func (f *Floor) tooLong(c *contact) bool {
	return c.queue.MaxWait > 0 && f.now.Sub(c.entered) >= c.queue.MaxWait
}

func (f *Floor) agentLimits(a *agent) {
	c := f.contactOf(a)
	switch k := c.asking(a); {
	case k != nil && c.state == "ringing" && f.reached(k.ends):
		f.emit(acd.Withdraw{ID: k.id, Contact: c.id, Agent: a.id, How: acd.Missed})
		f.failed(c, k, acd.Missed)
	case k != nil && c.state == "accepted" && f.reached(k.ends):
		f.emit(acd.Withdraw{ID: k.id, Contact: c.id, Agent: a.id, How: acd.Unreachable})
		f.failed(c, k, acd.Unreachable)
	case a.activity == acd.WrapUp && f.reached(a.wrapUpEnds):
		f.workDone(a)
	}
	if a.activity == acd.Idle && a.deviceAway && a.status != acd.Offline && f.reached(a.awayUntil) {
		f.become(a, acd.Offline, acd.ReasonConnection, acd.Server)
	}
}

func (f *Floor) tell(c *contact) {
	every := c.queue.AnnounceEvery
	if c.state == "talking" || every <= 0 || !f.reached(c.tellAt) {
		return
	}
	for f.reached(c.tellAt) {
		c.tellAt = c.tellAt.Add(every)
	}
	place := slices.Index(f.line(c.queue), c) + 1
	if c.state != "accepted" && (c.told == 0 || place <= c.told) {
		c.told = place
		f.emit(acd.Announce{Contact: c.id, Position: place})
	}
}

// line is everybody in q not yet answered, in order.
func (f *Floor) line(q *queue) []*contact {
	var in []*contact
	for _, c := range f.contacts {
		if c.queue == q && c.state != "talking" {
			in = append(in, c)
		}
	}
	sort.Slice(in, func(i, j int) bool { return f.sooner(in[i], in[j]) })
	return in
}

func (f *Floor) sooner(c, o *contact) bool {
	if x, y := f.pastGuard(c), f.pastGuard(o); x != y {
		return x
	} else if !x && c.priority != o.priority {
		return c.priority > o.priority
	}
	return older(c, o)
}

func older(c, o *contact) bool {
	if !c.effective.Equal(o.effective) {
		return c.effective.Before(o.effective)
	}
	return c.id < o.id
}

func (f *Floor) pastGuard(c *contact) bool {
	return c.queue.Guard > 0 && f.now.Sub(c.entered) >= c.queue.Guard
}

// match: while there is a pair, offer the first of all.
func (f *Floor) match() {
	for {
		pairs := f.pairs()
		if len(pairs) == 0 {
			break
		}
		sort.Slice(pairs, func(i, j int) bool { return f.first(pairs[i], pairs[j]) })
		c := pairs[0].contact
		c.calling = c.queue.Strategy == acd.RingAll
		f.offer(c, pairs[0].agent)
	}
	for _, c := range f.contacts {
		for _, k := range c.asks {
			k.shared = k.shared || c.calling && len(c.asks) > 1
		}
		c.calling = false
	}
}

type pair struct {
	contact    *contact
	agent      *agent
	membership acd.Membership
}

func (f *Floor) pairs() []pair {
	var all []pair
	for _, c := range f.contacts {
		for _, a := range f.agents {
			m := a.in(c.queue)
			if (c.state == "waiting" || c.calling) && m != nil && f.free(a) && f.now.Sub(c.entered) >= m.Delay && suits(c, a) {
				all = append(all, pair{c, a, *m})
			}
		}
	}
	return all
}

func (f *Floor) free(a *agent) bool {
	return a.status == acd.Available && a.activity == acd.Idle &&
		!a.deviceAway && !a.removed && !a.notBefore.After(f.now)
}

func (f *Floor) first(p, o pair) bool {
	guard, otherGuard := f.pastGuard(p.contact), f.pastGuard(o.contact)
	switch {
	case guard != otherGuard:
		return guard
	case !guard && p.contact.priority != o.contact.priority:
		return p.contact.priority > o.contact.priority
	case p.membership.Priority != o.membership.Priority:
		return p.membership.Priority > o.membership.Priority
	case p.contact != o.contact:
		return older(p.contact, o.contact)
	}
	if x, y := f.rank(p), f.rank(o); x != y {
		return x < y
	}
	return p.agent.id < o.agent.id
}

func (f *Floor) offer(c *contact, a *agent) {
	f.offers++
	k := &ask{id: f.offers, agent: a, began: f.now, ends: f.in(c.queue.RingTime)}
	c.state, c.asks = "ringing", append(c.asks, k)
	c.offers++
	c.queue.turns++
	if s := a.share(c.queue); s != nil {
		s.turn = c.queue.turns
	}
	f.emit(acd.Offer{ID: k.id, Contact: c.id, Queue: c.queue.ID, Agent: a.id, RingTime: c.queue.RingTime})
	f.does(a, acd.Ringing, c, k.ends)
}

func (f *Floor) does(a *agent, activity acd.Activity, c *contact, until time.Time) {
	a.activity = activity
	a.note(&a.work, f.now, slices.Contains([]acd.Activity{acd.Talking, acd.OnHold, acd.WrapUp}, activity))
	ev := acd.ActivityChanged{Agent: a.id, Activity: activity, Until: until}
	if c != nil {
		ev.Contact, ev.Queue = c.id, c.queue.ID
	}
	f.emit(ev)
}

func (a *agent) in(q *queue) *acd.Membership {
	for i, m := range a.memberships {
		if m.Queue == q.ID {
			return &a.memberships[i]
		}
	}
	return nil
}

func (f *Floor) contactOf(a *agent) *contact {
	for _, c := range f.contacts {
		if c.agent == a || c.asking(a) != nil {
			return c
		}
	}
	return nil
}

// asking is the ask of a to take c; nil if there is none.
func (c *contact) asking(a *agent) *ask {
	if c != nil {
		for _, k := range c.asks {
			if k.agent == a {
				return k
			}
		}
	}
	return nil
}

func (f *Floor) contact(id acd.ContactID) *contact {
	i := slices.IndexFunc(f.contacts, func(c *contact) bool { return c.id == id })
	if i < 0 {
		return nil
	}
	return f.contacts[i]
}

func (f *Floor) agent(id acd.AgentID) *agent {
	i := slices.IndexFunc(f.agents, func(a *agent) bool { return a.id == id })
	if i < 0 {
		return nil
	}
	return f.agents[i]
}

func (f *Floor) queue(id acd.QueueID) *queue {
	i := slices.IndexFunc(f.queues, func(q *queue) bool { return q.ID == id })
	if i < 0 {
		return nil
	}
	return f.queues[i]
}

func (f *Floor) byContactID() []*contact {
	all := slices.Clone(f.contacts)
	slices.SortFunc(all, func(a, b *contact) int { return strings.Compare(string(a.id), string(b.id)) })
	return all
}

// byQueueAndID is everybody, queue by queue.
func (f *Floor) byQueueAndID() []*contact {
	all := f.byContactID()
	slices.SortStableFunc(all, func(a, b *contact) int { return strings.Compare(string(a.queue.ID), string(b.queue.ID)) })
	return all
}

func (f *Floor) byAgentID() []*agent {
	all := slices.Clone(f.agents)
	slices.SortFunc(all, func(a, b *agent) int { return strings.Compare(string(a.id), string(b.id)) })
	return all
}
