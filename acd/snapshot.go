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
	// SignedIn counts members not offline, Available those with that status,
	// Free those who could be offered a contact of this queue now.
	SignedIn, Available, Free int
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
	return s
}

func (d *Distributor) agentSnapshot(a *agent) AgentSnapshot {
	s := AgentSnapshot{
		Agent: a.id, Status: a.status, Reason: a.reason, Actor: a.actor,
		Activity: a.work.activity, Contact: a.work.contact, Queue: a.work.queue,
		DeviceLost: a.lost,
	}
	if d.started {
		s.StatusSince, s.ActivitySince = d.time(a.since), d.time(a.work.since)
		if a.work.until != never {
			s.Until = d.time(a.work.until)
		}
	}
	if a.next != nil {
		s.NextStatus = a.next.status
	}
	return s
}
