// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/acd"
)

// plan is what the desk works by now; it changes whole, with Reload.
func (d *Desk) plan() *Desks { return d.plans.Load() }

// A WaitingError says that queues cannot go while contacts wait in them.
type WaitingError struct{ Queues []QueueID }

// Error names the queues and the remedy.
func (e WaitingError) Error() string {
	var names []string
	for _, q := range e.Queues {
		names = append(names, string(q))
	}
	return fmt.Sprintf("contacts wait in %s, which the new configuration no longer has; say with moveTo where they go, or let them be served first", strings.Join(names, ", "))
}

// Reload takes over the queues, agents, numbers, flows and all else of next that
// a Desks says, but not its Dialer, Records, Fetcher, Metrics and Log, which
// stay. It is one event to the distributor. Calls that live keep the flow and
// the sounds they began with; everybody in line keeps the place.
//
// Who waits in a queue that is gone moves to moveTo's queue for it, with the
// effective enqueue time; if that refuses somebody, the former members serve them
// to the end. Where moveTo names none and somebody waits, nothing changes and
// the error is a WaitingError.
func (d *Desk) Reload(ctx context.Context, next Desks, moveTo map[QueueID]QueueID, by acd.Actor) error {
	if next.ResumeGrace == 0 {
		next.ResumeGrace = 30 * time.Second
	}
	return d.ask(ctx, func() ([]acd.Event, error) {
		moves, err := d.movesFrom(next.Queues, moveTo, by)
		if err != nil {
			return nil, err
		}
		for _, a := range next.Agents {
			if d.seats[a.ID] == nil {
				d.seats[a.ID] = &seat{activity: acd.Idle}
			}
		}
		for _, event := range moves {
			d.apply(event)
		}
		d.apply(acd.Configured{Queues: next.Queues, Agents: next.Agents})
		d.beginDays() // those of the old plan that are due
		d.plans.Store(&next)
		d.daysAfter(d.clock.Now())
		d.newHours()
		d.newDays = true
		d.log.Info("configuration reloaded", "actor", by, "queues", len(next.Queues), "agents", len(next.Agents),
			"numbers", len(next.Numbers), "flows", len(next.Flows))
		return nil, nil
	})
}

// movesFrom are the moves of those who wait in queues that are no longer.
func (d *Desk) movesFrom(queues []acd.Queue, moveTo map[QueueID]QueueID, by acd.Actor) ([]acd.Event, error) {
	known := func(id QueueID) bool {
		return slices.ContainsFunc(queues, func(q acd.Queue) bool { return q.ID == id })
	}
	var moves []acd.Event
	var stuck WaitingError
	for _, q := range d.acd.Snapshot(d.clock.Now()).Queues {
		if known(q.Queue) || len(q.Waiting)+len(q.Later) == 0 {
			continue
		}
		to := moveTo[q.Queue]
		if !known(to) {
			if d.hasQueue(q.Queue) { // else it is being emptied since an earlier reload
				stuck.Queues = append(stuck.Queues, q.Queue)
			}
			continue
		}
		for _, w := range q.Waiting {
			moves = append(moves, acd.ContactMoved{Contact: w.Contact, Queue: to, Actor: by})
		}
	}
	if len(stuck.Queues) > 0 {
		return nil, stuck
	}
	return moves, nil
}
