// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"time"

	"tandem/acd"
	"tandem/call"
	"tandem/store"
)

const (
	// floorFresh is how long one rendering of the wallboard serves all who ask.
	floorFresh = 100 * time.Millisecond
	// lastWindow is the wallboard's short window.
	lastWindow = 30 * time.Minute
	// defaultThreshold is the service level's T (routing-rules 26).
	defaultThreshold = 20 * time.Second
)

// floorOf makes the wallboard from a snapshot. Callers are named only to whom
// may see them. Now is left zero.
func (s *Server) floorOf(snap *call.Snapshot, now time.Time, callers bool) floorView {
	house := s.house()
	v := floorView{Formulas: store.Formulas, Queues: make([]floorQueueView, 0, len(house.Queues)),
		Agents: make([]floorAgentView, 0, len(house.Agents))}
	for i := range house.Queues {
		if q := s.queueIn(snap, house.Queues[i].ID); q != nil {
			v.Queues = append(v.Queues, s.floorQueue(&house.Queues[i], q, snap, now, callers))
		}
	}
	for i := range house.Agents {
		a := &house.Agents[i]
		n := s.agentIn(snap, a.ID)
		if n == nil {
			continue // takes no calls
		}
		v.Agents = append(v.Agents, floorAgentView{ID: a.ID, Name: a.Name, Device: a.Device,
			Status: n.Status, Reason: n.Reason, Actor: n.Actor, StatusSince: stamp(n.StatusSince), NextStatus: n.NextStatus,
			Activity: n.Activity, ActivitySince: stamp(n.ActivitySince), Until: stamp(n.Until), Queue: n.Queue})
	}
	return v
}

func (s *Server) floorQueue(c *Queue, q *acd.QueueSnapshot, snap *call.Snapshot, now time.Time, callers bool) floorQueueView {
	threshold := c.Threshold
	if threshold == 0 {
		threshold = defaultThreshold
	}
	v := floorQueueView{ID: c.ID, Name: c.Name, Closed: q.Closed, Goal: c.Goal, ThresholdSeconds: seconds(threshold),
		Waiting: len(q.Waiting), LongestSince: stamp(oldest(q.Waiting)),
		SignedIn: q.SignedIn, Available: q.Available, Free: q.Free, Later: len(q.Later), Contacts: make([]contactView, 0, len(q.Waiting))}
	with := func(n store.Numbers, from time.Time) numbersView {
		for _, w := range q.Waiting {
			if !w.Entered.Before(from) {
				n.AddWaiting(1)
			}
		}
		return numbersOf(n)
	}
	today, last30 := midnight(now, c.Zone), now.Add(-lastWindow)
	v.Today = with(s.deps.Tally.Today(c.ID, threshold, today), today)
	v.Last30 = with(s.deps.Tally.Numbers(c.ID, threshold, last30), last30)
	for _, w := range q.Waiting {
		row := contactView{ID: w.Contact, Position: w.Position, Since: stamp(w.Entered), Agent: w.Agent,
			Priority: w.Priority, Require: w.Require, Step: w.Step,
			Kind: w.Kind, Dialling: w.Dialling, Resting: w.Resting, Attempts: w.Attempts, Again: stamp(w.Again)}
		if callers {
			from := snap.Cards[w.Contact].From
			row.Name, row.Number = from.Name, from.Number
		}
		v.Contacts = append(v.Contacts, row)
	}
	return v
}

// midnight is when today began in zone.
func midnight(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.Local
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

func numbersOf(n store.Numbers) numbersView {
	v := numbersView{Offered: n.Offered, Answered: n.Answered, Abandoned: n.Abandoned, ShortAbandoned: n.ShortAbandoned,
		AnsweredWithin: n.AnsweredWithin, Waiting: n.Waiting, FlowOuts: n.FlowOuts, Refused: n.Refused}
	if level, ok := n.ServiceLevel(); ok {
		level = math.Round(level*100) / 100
		v.ServiceLevel = &level
	}
	if wait, ok := n.AverageAnswer(); ok {
		average := seconds(wait)
		v.AverageAnswerSeconds = &average
	}
	return v
}

// rendering keeps the last rendered wallboard, so that its cost does not grow
// with the number of pages that show it.
type rendering struct {
	mu   sync.Mutex // guards the rest; leaf but for what floorOf reads
	at   time.Time
	body []byte
}

// floorBody is the wallboard as JSON without now.
func (s *Server) floorBody(callers bool) ([]byte, error) {
	r := &s.floors[0]
	if callers {
		r = &s.floors[1]
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := s.deps.Now()
	if age := now.Sub(r.at); r.body != nil && age >= 0 && age < floorFresh {
		return r.body, nil
	}
	body, err := json.Marshal(s.floorOf(s.deps.Floor.Snapshot(), now, callers))
	if err != nil {
		return nil, fmt.Errorf("render wallboard: %w", err)
	}
	r.at, r.body = now, body
	return body, nil
}
