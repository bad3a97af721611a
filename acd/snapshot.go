// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// Snapshot is the state of the floor at one moment, for pages and metrics.
// It shares no memory with the Distributor. Queues and agents stand in the
// order of the configuration, waiting contacts in the order of rule 1.
type Snapshot struct {
	At     time.Time
	Queues []QueueSnapshot
	Agents []AgentSnapshot
}

// QueueSnapshot is one queue.
type QueueSnapshot struct {
	Queue   QueueID
	Closed  bool
	Waiting []WaitingSnapshot // ringing ones included
	Later   []LaterSnapshot   // callbacks wanted at a time that has not come
	// SignedIn counts members not offline, Available those with that status,
	// Free those who could be offered a contact of this queue now.
	SignedIn, Available, Free int
	// Estimate is how long one who came now is likely to wait; 0 if nothing is
	// known.
	Estimate time.Duration
}

// WaitingSnapshot is one contact in line.
type WaitingSnapshot struct {
	Contact  ContactID
	Entered  time.Time // real entry into this queue
	Priority int
	Position int     // 1-based
	Agent    AgentID // being offered to, or ""; of several the first
	// Agents are all of them.
	Agents []AgentID
	// Step is the open step of what the contact requires, from 1; 0 if it takes
	// anyone. Require says it in words.
	Step    int
	Require string

	Kind Kind
	// Dialling says that the customer of a callback is being dialled, after
	// Attempts dials. Resting says that the contact has its place but is not
	// offered until Again (zero: until the door or the dial window opens).
	Dialling bool
	Resting  bool
	Attempts int
	Again    time.Time
}

// LaterSnapshot is a callback whose time has not come.
type LaterSnapshot struct {
	Contact ContactID
	At      time.Time
}

// AgentSnapshot is one agent.
type AgentSnapshot struct {
	Agent         AgentID
	Status        Status
	Reason        string
	Actor         Actor
	StatusSince   time.Time
	NextStatus    Status // "" if none
	Activity      Activity
	ActivitySince time.Time
	Until         time.Time // end of the ringing or of a limited wrap-up
	Contact       ContactID
	Queue         QueueID
	DeviceLost    bool
	Works         []WorkSnapshot // all that the agent does, begun one after another
}

// WorkSnapshot is what an agent does for one contact.
type WorkSnapshot struct {
	Contact  ContactID
	Queue    QueueID
	Activity Activity
	Since    time.Time
	Until    time.Time // as in AgentSnapshot
	// WrapUpWanted says that the agent wants one afterwards.
	WrapUpWanted bool
}

// Snapshot is the floor at now, without changing it. It costs time in
// proportion to all contacts and memberships: for pages, not for decisions.
func (d *Distributor) Snapshot(now time.Time) Snapshot {
	s := Snapshot{
		At:     now,
		Queues: make([]QueueSnapshot, 0, len(d.queueOrder)),
		Agents: make([]AgentSnapshot, 0, len(d.agentOrder)),
	}
	available := make(map[*queue]int, len(d.queueOrder))
	for _, a := range d.agentOrder {
		s.Agents = append(s.Agents, d.agentSnapshot(a))
		if a.status == Available {
			for _, seat := range a.seats {
				available[seat.queue]++
			}
		}
	}
	for _, q := range d.queueOrder {
		qs := d.queueSnapshot(q)
		qs.Estimate = q.newcomer(max(d.now, instant(now.Sub(d.base))))
		qs.Available = available[q]
		s.Queues = append(s.Queues, qs)
	}
	return s
}

func (d *Distributor) queueSnapshot(q *queue) QueueSnapshot {
	s := QueueSnapshot{Queue: q.conf.ID, Closed: q.closed || q.draining, SignedIn: q.signedIn, Free: q.free}
	for i, c := range q.line.all() {
		w := WaitingSnapshot{
			Contact: c.id, Entered: d.time(c.entered), Priority: c.priority, Position: i + 1,
			Kind: c.kind, Dialling: c.phase == dialling, Resting: c.resting,
		}
		if c.cb != nil {
			w.Attempts = c.cb.attempts
		}
		if until := c.restsUntil(); c.resting && until != never {
			w.Again = d.time(until)
		}
		for _, o := range c.offers {
			w.Agents = append(w.Agents, o.agent.id)
		}
		if len(w.Agents) > 0 {
			w.Agent = w.Agents[0]
		}
		if c.need != nil {
			w.Step, w.Require = c.open+1, c.need.asked.String()
		}
		s.Waiting = append(s.Waiting, w)
	}
	for _, c := range q.later {
		s.Later = append(s.Later, LaterSnapshot{Contact: c.id, At: d.time(c.effective)})
	}
	return s
}

func (d *Distributor) agentSnapshot(a *agent) AgentSnapshot {
	s := AgentSnapshot{
		Agent: a.id, Status: a.status, Reason: a.reason, Actor: a.actor,
		Activity: a.shown.activity, Contact: a.shown.contact, Queue: a.shown.queue,
		DeviceLost: a.lost,
	}
	if d.started {
		s.StatusSince, s.ActivitySince = d.time(a.since), d.time(a.shown.since)
		if a.shown.until != never {
			s.Until = d.time(a.shown.until)
		}
		for _, w := range a.works {
			work := WorkSnapshot{Contact: w.contact, Queue: w.queue, Activity: w.activity, Since: d.time(w.since), WrapUpWanted: w.wrapUp}
			if w.until != never {
				work.Until = d.time(w.until)
			}
			s.Works = append(s.Works, work)
		}
	}
	if a.next != nil {
		s.NextStatus = a.next.status
	}
	return s
}
