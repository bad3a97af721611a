// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"time"

	"tandem/acd"
)

// Withdraw takes a contact out of the line; its flow goes on with the ending
// withdrawn. Like all deeds it returns ErrNotWaiting if the contact is not in
// line, and ErrWrongState if the deed is not possible, or no longer.
func (d *Desk) Withdraw(ctx context.Context, contact acd.ContactID, by acd.Actor) error {
	return d.deed(ctx, contact, "", "", acd.ContactWithdrawn{Contact: contact, Actor: by})
}

// Move takes a contact to another queue, where it keeps its effective enqueue
// time; ErrWrongState also if that queue refuses it.
func (d *Desk) Move(ctx context.Context, contact acd.ContactID, to QueueID, by acd.Actor) error {
	return d.deed(ctx, contact, to, "", acd.ContactMoved{Contact: contact, Queue: to, Actor: by})
}

// SetPriority changes a contact's priority, with immediate effect.
func (d *Desk) SetPriority(ctx context.Context, contact acd.ContactID, priority int, by acd.Actor) error {
	return d.deed(ctx, contact, "", "", acd.PrioritySet{Contact: contact, Priority: priority, Actor: by})
}

// Assign offers a contact to an agent whatever queues and skills the agent has;
// ErrWrongState if the agent is not available and idle.
func (d *Desk) Assign(ctx context.Context, contact acd.ContactID, agent AgentID, by acd.Actor) error {
	return d.deed(ctx, contact, "", agent, acd.ContactAssigned{Contact: contact, Agent: agent, Actor: by})
}

// CloseQueue closes a queue's door; with release those in line are released too.
func (d *Desk) CloseQueue(ctx context.Context, queue QueueID, release bool, by acd.Actor) error {
	return d.deed(ctx, "", queue, "", acd.QueueClosed{Queue: queue, Release: release, Actor: by})
}

// OpenQueue opens it again.
func (d *Desk) OpenQueue(ctx context.Context, queue QueueID, by acd.Actor) error {
	return d.deed(ctx, "", queue, "", acd.QueueOpened{Queue: queue, Actor: by})
}

// deed applies event, whose contact, queue and agent must exist where named.
func (d *Desk) deed(ctx context.Context, contact acd.ContactID, queue QueueID, agent AgentID, event acd.Event) error {
	return d.ask(ctx, func() ([]acd.Event, error) {
		switch {
		case contact != "" && d.lines[contact] == nil:
			return nil, ErrNotWaiting
		case queue != "" && !d.hasQueue(queue):
			return nil, ErrUnknownQueue
		case agent != "" && d.seats[agent] == nil:
			return nil, ErrUnknownAgent
		}
		for _, effect := range d.apply(event) {
			if _, did := effect.(acd.Intervened); did {
				return nil, nil
			}
		}
		return nil, ErrWrongState
	})
}

func (d *Desk) hasQueue(id QueueID) bool {
	for _, q := range d.plan().Queues {
		if q.ID == id {
			return true
		}
	}
	return false
}

// intervened keeps who did what.
func (d *Desk) intervened(now time.Time, e acd.Intervened) {
	d.cfg.Records.Keep(Intervention{At: now, Call: ID(e.Contact), Intervened: e})
	d.cfg.Metrics.intervened(e)
	log := d.log.With("actor", e.Actor, "what", e.What, "queue", e.Queue)
	if e.Contact != "" {
		log = log.With("call", e.Contact)
	}
	switch e.What {
	case acd.DidMove:
		log = log.With("to", e.To)
	case acd.DidAssign:
		log = log.With("agent", e.Agent)
	case acd.DidPrioritise:
		log = log.With("priority", e.Priority)
	}
	log.Info("intervened")
}
