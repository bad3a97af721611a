// SPDX-License-Identifier: Apache-2.0

package web

import (
	"cmp"
	"time"

	"tandem/acd"
	"tandem/call"
)

// deskOf makes what agent a's page shows from a snapshot. Now is left zero.
func (s *Server) deskOf(a *Agent, snap *call.Snapshot) deskView {
	v := deskView{
		Agent: personOf(a), Page: s.desks.page(a.ID), Device: a.Device,
		Status: acd.Offline, Activity: acd.Idle, Queues: make([]deskQueueView, 0, len(a.Queues)),
	}
	for _, id := range a.Queues {
		if q := s.queueIn(snap, id); q != nil {
			v.Queues = append(v.Queues, deskQueueView{ID: id, Waiting: len(q.Waiting), LongestSince: stamp(oldest(q.Waiting)),
				SignedIn: q.SignedIn, Available: q.Available})
		}
	}
	now := s.agentIn(snap, a.ID)
	if now == nil {
		return v // a supervisor who takes no calls
	}
	v.Status, v.Reason, v.Actor, v.StatusSince = now.Status, now.Reason, now.Actor, stamp(now.StatusSince)
	v.NextStatus, v.Activity, v.ActivitySince = now.NextStatus, now.Activity, stamp(now.ActivitySince)
	v.Until, v.DeviceLost = stamp(now.Until), now.DeviceLost
	if card, ok := snap.Cards[now.Contact]; ok && now.Contact != "" {
		v.Call = callOf(card)
		for i := range s.deps.Queues {
			if q := &s.deps.Queues[i]; q.ID == card.Queue {
				v.Call.WrapUp, v.Call.Dispose = string(q.WrapUp), q.Dispose
			}
		}
		for _, w := range now.Works {
			v.Call.WrapUpWanted = v.Call.WrapUpWanted || w.Contact == now.Contact && w.WrapUpWanted
		}
	}
	desk := snap.Desks[a.ID]
	v.Offer = desk.Offer
	if desk.Last != nil {
		v.Last = &lastView{How: desk.Last.How, Name: desk.Last.Card.From.Name, Number: desk.Last.Card.From.Number,
			Queue: desk.Last.Card.Queue, Began: stamp(desk.Last.Began), Ended: stamp(desk.Last.Ended)}
	}
	return v
}

func personOf(a *Agent) personView { return personView{ID: a.ID, Name: a.Name, Role: a.Role} }

func callOf(c call.Card) *callView {
	path := c.MenuPath
	if path == nil {
		path = []string{}
	}
	return &callView{
		ID: c.Call, Kind: cmp.Or(c.Kind, acd.KindCall), Name: c.From.Name, Number: c.From.Number, Dialled: c.Dialled, Queue: c.Queue,
		Arrived: stamp(c.Arrived), Entered: stamp(c.Entered), Bridged: stamp(c.Bridged),
		HeldSince: stamp(c.HeldSince), HeldSeconds: seconds(c.HeldBefore),
		Ended: stamp(c.Ended), EndedBy: c.EndedBy, Resuming: c.Resuming,
		MenuPath: path, Disposition: c.Disposition, Notes: c.Notes,
	}
}

// agentIn finds an agent in a snapshot, which stands in the configured order.
func (s *Server) agentIn(snap *call.Snapshot, id acd.AgentID) *acd.AgentSnapshot {
	if i, ok := s.house().place[id]; ok && i < len(snap.Agents) && snap.Agents[i].Agent == id {
		return &snap.Agents[i]
	}
	for i := range snap.Agents {
		if snap.Agents[i].Agent == id {
			return &snap.Agents[i]
		}
	}
	return nil
}

func (s *Server) queueIn(snap *call.Snapshot, id acd.QueueID) *acd.QueueSnapshot {
	for i := range snap.Queues {
		if snap.Queues[i].Queue == id {
			return &snap.Queues[i]
		}
	}
	return nil
}

// oldest is the earliest entry of those in line, zero if nobody is. It need not
// be the first one's: priorities go before age.
func oldest(waiting []acd.WaitingSnapshot) (since time.Time) {
	for _, w := range waiting {
		if since.IsZero() || w.Entered.Before(since) {
			since = w.Entered
		}
	}
	return since
}
