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
	lapses   []lapse
}

type queue struct {
	acd.Queue
	shut      bool
	emergency bool
	removed   bool
	staffed   bool

	wasRemoved bool // before the running reconfiguration
	changed    bool // by it
	turns      uint64
	undialled  bool

	peopled    bool // somebody was there at the last look
	wasShut    bool // at-close is done
	serveUntil time.Time
}

type agent struct {
	id          acd.AgentID
	memberships []acd.Membership
	status      acd.Status
	reason      string
	next        *acd.StatusSet
	jobs        []*job
	shown       job // what was last said of them
	capacity    acd.Capacity
	ringTime    time.Duration
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

// job is what an agent does for one contact.
type job struct {
	contact  *contact
	activity acd.Activity
	began    time.Time
	ends     time.Time // zero: by an event only
	wrapUp   bool      // wanted afterwards
}

type contact struct {
	id        acd.ContactID
	kind      acd.Kind
	from      string
	queue     *queue
	priority  int
	entered   time.Time
	effective time.Time
	state     string // waiting, ringing, dialling, accepted, talking, scheduled
	agent     *agent // while talking
	asks      []*ask // while ringing; the one taken while accepted
	calling   bool   // more may be asked at this moment: the queue rings all
	offers    int
	retryAt   time.Time // no overflow before it
	tellAt    time.Time
	told      int
	require   *acd.Require // nil: anyone
	open      int          // steps that are, beyond the first

	pausedUntil time.Time
	nextRing    time.Time // while it rings progressively
	wantsMore   bool      // that time has come
	redialled   bool
	callback    bool
	attempts    int
	lastOffer   acd.OfferID
	expires     time.Time
	again       time.Time
	failed      bool // the last attempt has
	reached     bool // the customer is on the line
	parked      bool
}

// ask is one agent asked to take one contact.
type ask struct {
	id     acd.OfferID
	agent  *agent
	began  time.Time
	asked  bool // the agent was rung, not only reserved
	shared bool // others were asked too
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
	f.desert()
	f.forgetEmptied()
	return f.out
}

// forgetEmptied drops the removed queues that nobody is in any more.
func (f *Floor) forgetEmptied() {
	f.queues = slices.DeleteFunc(f.queues, func(q *queue) bool { return q.removed && len(f.line(q)) == 0 })
	for _, a := range f.agents {
		a.memberships = slices.DeleteFunc(a.memberships, func(m acd.Membership) bool { return f.queue(m.Queue) == nil })
		a.shares = slices.DeleteFunc(a.shares, func(s share) bool { return f.queue(s.queue) == nil })
	}
}

func (f *Floor) emit(e acd.Effect)            { f.out = append(f.out, e) }
func (f *Floor) reached(t time.Time) bool     { return !t.IsZero() && !t.After(f.now) }
func (f *Floor) in(d time.Duration) time.Time { return f.now.Add(d) }

// limits: what is reached at t = now.
func (f *Floor) limits() {
	for _, q := range f.queues {
		if f.reached(q.serveUntil) {
			f.releaseLine(q)
		}
	}
	for _, c := range f.byQueueAndID() {
		switch {
		case c.state == "scheduled" && f.reached(c.effective):
			f.due(c)
		case c.state == "waiting" && f.tooLong(c):
			f.release(c, acd.EndTimedOut)
		case c.state == "waiting" && f.expired(c):
			f.release(c, acd.EndCallbackExpired)
		case c.state == "waiting":
			f.overflow(c)
		case c.state == "ringing" && !c.callback && c.queue.Strategy == acd.RingProgressively && f.reached(c.nextRing):
			c.wantsMore = true
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
	return awaited(c.kind) && c.queue.MaxWait > 0 && f.now.Sub(c.entered) >= c.queue.MaxWait
}

func (f *Floor) agentLimits(a *agent) {
	for _, j := range slices.Clone(a.jobs) {
		c := j.contact
		switch k := c.asking(a); {
		case !f.reached(j.ends):
		case j.activity == acd.WrapUp:
			f.workDone(a, c)
		case c.state == "ringing":
			f.emit(acd.Withdraw{ID: k.id, Contact: c.id, Agent: a.id, How: acd.Missed})
			f.failed(c, k, acd.Missed)
		case c.state == "dialling":
			f.emit(acd.Withdraw{ID: k.id, Contact: c.id, Agent: a.id, How: acd.Unreachable})
			f.dialOver(c, k, acd.DialUnreachable, acd.CallerGone)
		case c.state == "accepted":
			f.emit(acd.Withdraw{ID: k.id, Contact: c.id, Agent: a.id, How: acd.Unreachable})
			f.failed(c, k, acd.Unreachable)
		}
	}
	if len(a.jobs) == 0 && a.deviceAway && a.status != acd.Offline && f.reached(a.awayUntil) {
		f.become(a, acd.Offline, acd.ReasonConnection, acd.Server)
	}
}

func (f *Floor) tell(c *contact) {
	every := c.queue.AnnounceEvery
	if c.state == "talking" || !awaited(c.kind) || every <= 0 || !f.reached(c.tellAt) {
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
		if c.queue == q && c.state != "talking" && c.state != "scheduled" {
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
	return c.kind != acd.KindTask && c.queue.Guard > 0 && f.now.Sub(c.entered) >= c.queue.Guard
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
		c.calling = c.queue.Strategy == acd.RingAll && !c.callback
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
			if (c.state == "waiting" && !f.recess(c) || c.calling || c.wantsMore && c.state == "ringing") && m != nil && f.free(a) && fits(a, c.kind) && f.now.Sub(c.entered) >= m.Delay && suits(c, a) {
				all = append(all, pair{c, a, *m})
			}
		}
	}
	return all
}

func (f *Floor) free(a *agent) bool {
	asked := slices.ContainsFunc(a.jobs, func(j *job) bool { return j.activity == acd.Ringing || j.activity == acd.Dialling })
	return a.status == acd.Available && !asked && a.next == nil &&
		!a.deviceAway && !a.removed && !a.notBefore.After(f.now)
}

// fits says whether a may have one more of a kind.
func fits(a *agent, kind acd.Kind) bool {
	calls, chats, tasks := 0, 0, 0
	count := func(k acd.Kind) {
		switch k {
		case acd.KindChat:
			chats++
		case acd.KindTask:
			tasks++
		default:
			calls++
		}
	}
	count(kind)
	for _, j := range a.jobs {
		count(j.contact.kind)
	}
	most := func(n int) int {
		if n == 0 {
			return 1
		}
		return n
	}
	if calls+chats+tasks > max(most(a.capacity.Total), 1) || calls > 0 && chats+tasks > a.capacity.BesideCall {
		return false
	}
	switch kind { // of what there is more than a new configuration allows, only itself gets no more
	case acd.KindChat:
		return chats <= most(a.capacity.Chats)
	case acd.KindTask:
		return tasks <= most(a.capacity.Tasks)
	}
	return calls <= 1
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
	k := &ask{id: f.offers, agent: a}
	c.asks = append(c.asks, k)
	c.queue.turns++
	if s := a.share(c.queue); s != nil {
		s.turn = c.queue.turns
	}
	if c.callback && !c.reached && c.queue.Callbacks.Order == acd.CustomerFirst {
		f.dial(c, k)
		return
	}
	f.present(c, k)
}

// present rings the agent.
func (f *Floor) present(c *contact, k *ask) {
	c.state = "ringing"
	k.began, k.asked = f.now, true
	c.nextRing, c.wantsMore = f.in(c.queue.RingNext), false
	for _, o := range c.asks {
		o.shared = o.shared || c.queue.Strategy == acd.RingProgressively && len(c.asks) > 1
	}
	c.offers++
	ring := c.queue.RingTime
	if k.agent.ringTime > 0 {
		ring = k.agent.ringTime
	}
	f.emit(acd.Offer{ID: k.id, Contact: c.id, Queue: c.queue.ID, Agent: k.agent.id, Kind: c.kind, RingTime: ring})
	f.does(k.agent, acd.Ringing, c, f.in(ring))
}

// does changes what a does for c; Idle: nothing any more.
func (f *Floor) does(a *agent, activity acd.Activity, c *contact, until time.Time) {
	j := a.jobFor(c)
	switch {
	case activity == acd.Idle:
		a.jobs = slices.DeleteFunc(a.jobs, func(o *job) bool { return o == j })
	case j == nil:
		a.jobs = append(a.jobs, &job{contact: c, activity: activity, began: f.now, ends: until})
	default:
		*j = job{contact: c, activity: activity, began: f.now, ends: until, wrapUp: j.wrapUp && activity != acd.Ringing}
	}
	a.note(&a.work, f.now, a.doing(acd.Talking) || a.doing(acd.OnHold) || a.doing(acd.WrapUp))
	f.show(a)
}

func (a *agent) jobFor(c *contact) *job {
	for _, j := range a.jobs {
		if c != nil && j.contact.id == c.id {
			return j
		}
	}
	return nil
}

func (a *agent) doing(activity acd.Activity) bool {
	return slices.ContainsFunc(a.jobs, func(j *job) bool { return j.activity == activity })
}

// show says what a does, foremost, if that has changed.
func (f *Floor) show(a *agent) {
	now := job{activity: acd.Idle}
	for _, activity := range []acd.Activity{acd.WrapUp, acd.Ringing, acd.Dialling, acd.OnHold, acd.Talking} {
		if i := slices.IndexFunc(a.jobs, func(j *job) bool { return j.activity == activity }); i >= 0 {
			now = *a.jobs[i]
		}
	}
	was := a.shown
	sameContact := was.contact == nil && now.contact == nil || was.contact != nil && now.contact != nil && was.contact.id == now.contact.id
	if was.activity == now.activity && sameContact && was.ends.Equal(now.ends) {
		return
	}
	a.shown = now
	ev := acd.ActivityChanged{Agent: a.id, Activity: now.activity}
	if now.contact != nil {
		ev.Contact, ev.Queue = now.contact.id, now.contact.queue.ID
	}
	if now.activity == acd.Ringing || now.activity == acd.WrapUp {
		ev.Until = now.ends
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

// askedOf is the contact that a is asked to take, or for which it is reserved.
func (f *Floor) askedOf(a *agent) *contact {
	for _, c := range f.contacts {
		if c.asking(a) != nil {
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
