// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// A Because is why an agent is not asked to take a contact.
type Because string

// Every reason, in the order in which they are told.
const (
	BecauseNotMember   Because = "notMember"
	BecauseSignedOut   Because = "signedOut"
	BecauseStatus      Because = "status"  // not available: a break, not responding
	BecauseLeaving     Because = "leaving" // no longer configured
	BecauseNoDevice    Because = "noDevice"
	BecausePlanned     Because = "planned" // another status takes effect when the work ends
	BecauseBusy        Because = "busy"    // with another contact
	BecauseFailedOffer Because = "failedOffer"
	BecauseDelayed     Because = "delayed" // the membership is
	BecauseSkill       Because = "skill"
	BecauseNotNamed    Because = "notNamed" // an open step names others
	BecauseExcluded    Because = "excluded" // the contact is not to reach this agent: it was passed on
	BecauseResting     Because = "resting"  // the contact is not offered to anybody now
	BecauseOther       Because = "other"    // it rings at another agent already
)

// A Hindrance is one reason why one agent is not asked to take one contact, with
// the facts that belong to it.
type Hindrance struct {
	Because Because
	Since   time.Time // zero: since before what is known
	Until   time.Time // when it ends by itself; zero: not by itself
	// Status and Reason of BecauseStatus and BecausePlanned.
	Status Status
	Reason string
	// Activity and Contact of BecauseBusy. While the agent is rung for Contact,
	// Before says why that one went before; First and Own are what was compared.
	Activity Activity
	Contact  ContactID
	Before   Precedence
	First    int // the priority, of the contact or of the membership, of the other
	Own      int // and of this one
	// Agent of BecauseOther, who went first by ByMembership (First and Own are the
	// priorities) or else by the queue's Strategy.
	Agent    AgentID
	Strategy Strategy
	// Skill of BecauseSkill, the least level asked for, and the agent's.
	Skill       string
	Least, Have int
}

// A Precedence is why one contact goes before another for an agent (rule 1).
type Precedence string

// Every precedence, in the order of rule 1; "" where there is none.
const (
	ByGuard      Precedence = "guard"      // past its queue's guard
	ByPriority   Precedence = "priority"   // more urgent
	ByMembership Precedence = "membership" // the agent prefers its queue
	ByTime       Precedence = "time"       // earlier effective enqueue time
	ByID         Precedence = "id"         // of the same moment
)

// Considered is one agent in view of one contact. No hindrance: the agent may
// take it now, which is only while it is asked.
type Considered struct {
	Agent      AgentID
	Asked      bool // rings for it, or has accepted
	Hindrances []Hindrance
}

// Ahead is a contact that stands before another in its line.
type Ahead struct {
	Contact   ContactID
	Before    Precedence
	Priority  int
	Effective time.Time
	Entered   time.Time
}

// maxAhead is how many of those ahead are named.
const maxAhead = 20

// A Consideration is how a contact in line stands at one moment.
type Consideration struct {
	At        time.Time
	Contact   ContactID
	Queue     QueueID
	Entered   time.Time
	Effective time.Time
	Priority  int
	Guarded   bool
	Position  int // 1-based
	// Step is the open step of Require, from 1; 0 if it takes anyone.
	Step    int
	Require *Require // must not be changed
	Ahead   []Ahead  // at most 20, the nearest to the head first
	// Agents are the members of the queue in the order of the configuration, and
	// whom else was asked for.
	Agents []Considered
}

// Consider says how a contact in line stands now, without changing anything,
// and for each member of its queue and each agent of also why it is not asked
// to take it. It is for explanations: it costs time in proportion to the
// members and the line. False if the contact is not in line.
func (d *Distributor) Consider(id ContactID, also ...AgentID) (Consideration, bool) {
	c := d.contacts[id]
	if c == nil || c.phase == talking || c.phase == gone || c.phase == scheduled {
		return Consideration{}, false
	}
	v := Consideration{
		At: d.time(d.now), Contact: id, Queue: c.queue.conf.ID, Entered: d.time(c.entered), Effective: d.time(c.effective),
		Priority: c.priority, Guarded: c.guarded, Position: c.queue.line.position(c),
	}
	if c.need != nil {
		v.Step, v.Require = c.open+1, &c.need.asked
	}
	for i, o := range c.queue.line.all() {
		if o == c || i == maxAhead {
			break
		}
		v.Ahead = append(v.Ahead, Ahead{
			Contact: o.id, Before: precedence(o, c, nil, nil), Priority: o.priority, Effective: d.time(o.effective), Entered: d.time(o.entered),
		})
	}
	for _, a := range d.agentOrder {
		if a.seat(c.queue) != nil || contains(also, a.id) {
			v.Agents = append(v.Agents, d.consider(c, a))
		}
	}
	return v, true
}

func contains(list []AgentID, id AgentID) bool {
	for _, other := range list {
		if other == id {
			return true
		}
	}
	return false
}

// precedence is why o goes before c at an agent with these seats (nil: whatever
// the agent prefers), "" where it does not.
func precedence(o, c *contact, its, mine *seat) Precedence {
	order := func(before bool, by Precedence) Precedence {
		if before {
			return by
		}
		return ""
	}
	switch {
	case o.guarded != c.guarded:
		return order(o.guarded, ByGuard)
	case !o.guarded && o.priority != c.priority:
		return order(o.priority > c.priority, ByPriority)
	case its != nil && mine != nil && its.group.priority != mine.group.priority:
		return order(its.group.priority > mine.group.priority, ByMembership)
	case o.effective != c.effective:
		return order(o.effective < c.effective, ByTime)
	}
	return order(o.id < c.id, ByID)
}

// consider says what keeps a from c.
func (d *Distributor) consider(c *contact, a *agent) Considered {
	v := Considered{Agent: a.id}
	for _, o := range c.offers {
		v.Asked = v.Asked || o.agent == a
	}
	if v.Asked {
		return v
	}
	say := func(h Hindrance) { v.Hindrances = append(v.Hindrances, h) }
	at := func(t instant) time.Time {
		if t == never || t == 0 {
			return time.Time{}
		}
		return d.time(t)
	}
	s := a.seat(c.queue)
	if s == nil {
		say(Hindrance{Because: BecauseNotMember})
	}
	switch {
	case a.leaving:
		say(Hindrance{Because: BecauseLeaving})
	case !a.signedIn():
		say(Hindrance{Because: BecauseSignedOut, Since: at(a.since), Reason: a.reason})
	case a.status != Available:
		say(Hindrance{Because: BecauseStatus, Since: at(a.since), Status: a.status, Reason: a.reason})
	}
	if a.lost && a.signedIn() {
		say(Hindrance{Because: BecauseNoDevice})
	}
	if a.next != nil && a.status == Available {
		say(Hindrance{Because: BecausePlanned, Status: a.next.status})
	}
	if a.offer != nil || !a.capacity.left(a.load()).has(c.kind.channel()) {
		for i := range a.works {
			say(d.busy(c, a, &a.works[i]))
		}
	}
	if a.notBefore > d.now {
		say(Hindrance{Because: BecauseFailedOffer, Until: at(a.notBefore)})
	}
	if s != nil && c.entered.add(s.group.delay) > d.now {
		say(Hindrance{Because: BecauseDelayed, Until: at(c.entered.add(s.group.delay))})
	}
	if c.need != nil && !c.class.admits(a) {
		say(d.unfit(c, a))
	}
	if c.resting {
		say(Hindrance{Because: BecauseResting, Until: at(c.restsUntil())})
	}
	if len(v.Hindrances) == 0 && len(c.offers) > 0 {
		say(chosen(c, s))
	}
	return v
}

// chosen is why another agent was asked before that of s, who could take c too.
func chosen(c *contact, s *seat) Hindrance {
	other := c.offers[0].agent
	h := Hindrance{Because: BecauseOther, Agent: other.id, Strategy: c.queue.conf.Strategy}
	if its := other.seat(c.queue); its != nil && s != nil && its.group.priority > s.group.priority {
		h.Before, h.First, h.Own, h.Strategy = ByMembership, its.group.priority, s.group.priority, ""
	}
	return h
}

// busy is what a does for another contact, and while it rings why that one went
// before.
func (d *Distributor) busy(c *contact, a *agent, w *work) Hindrance {
	h := Hindrance{Because: BecauseBusy, Since: d.time(w.since), Activity: w.activity, Contact: w.contact}
	if w.until != never {
		h.Until = d.time(w.until)
	}
	o := d.contacts[w.contact]
	if w.activity != Ringing || o == nil {
		return h
	}
	its, mine := a.seat(o.queue), a.seat(c.queue)
	h.Before, h.First, h.Own = precedence(o, c, its, mine), o.priority, c.priority
	if h.Before == ByMembership {
		h.First, h.Own = its.group.priority, mine.group.priority
	}
	return h
}

// unfit is the first demand of c's latest open step that a does not meet, and
// when a step opens that a does.
func (d *Distributor) unfit(c *contact, a *agent) Hindrance {
	h := Hindrance{Because: BecauseNotNamed}
	if contains(c.need.asked.Never, a.id) {
		return Hindrance{Because: BecauseExcluded}
	}
	step := &c.need.steps[c.open]
	lacking := func(demands []demand, asked []Skill) bool {
		for i, dm := range demands {
			if !a.meets(demands[i : i+1]) {
				h.Because, h.Skill, h.Least = BecauseSkill, asked[i].Name, dm.least
				if dm.skill >= 0 && dm.skill < len(a.levels) {
					h.Have = int(a.levels[dm.skill])
				}
				return true
			}
		}
		return false
	}
	if lacking(c.need.always, c.need.asked.Always) {
		return h
	}
	lacking(step.demands, c.need.asked.Steps[c.open].Skills)
	for i := c.open + 1; i < len(c.need.steps); i++ {
		opens := c.need.steps[i-1].until
		if opens == forever {
			break
		}
		if c.need.steps[i].metBy(a) {
			h.Until = d.time(c.entered.add(opens))
			break
		}
	}
	return h
}
