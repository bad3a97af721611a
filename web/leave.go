// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tandem/acd"
	"tandem/call"
)

// leaving are agents who have signed out while busy: their sessions end when
// they are offline.
type leaving struct {
	mu     sync.Mutex // guards agents; leaf
	agents map[acd.AgentID]bool
	added  chan struct{}
}

func newLeaving() *leaving {
	return &leaving{agents: map[acd.AgentID]bool{}, added: make(chan struct{}, 1)}
}

func (l *leaving) add(agent acd.AgentID) {
	l.mu.Lock()
	l.agents[agent] = true
	l.mu.Unlock()
	select {
	case l.added <- struct{}{}:
	default:
	}
}

// remove says that the agent stays after all.
func (l *leaving) remove(agent acd.AgentID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.agents, agent)
}

func (l *leaving) list() (all []acd.AgentID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a := range l.agents {
		all = append(all, a)
	}
	return all
}

// leave makes an agent offline for actor's reason. over says that the sessions
// have ended; else they will when the work does.
func (s *Server) leave(ctx context.Context, a *Agent, reason string, actor acd.Actor, force bool) (over bool, err error) {
	err = s.deps.Intents.SetStatus(ctx, a.ID, acd.Offline, reason, actor, force)
	if errors.Is(err, call.ErrUnknownAgent) {
		err = nil // a supervisor who takes no calls
	}
	if err != nil {
		return false, err
	}
	if busy(s.agentIn(s.deps.Floor.Snapshot(), a.ID)) {
		s.leaving.add(a.ID)
		return false, nil
	}
	return true, s.end(ctx, a)
}

// busy says whether an agent has work that a sign-out waits for.
func busy(a *acd.AgentSnapshot) bool { return a != nil && a.Activity != acd.Idle }

// end ends an agent's sessions, tickets, live events and SIP sockets.
func (s *Server) end(ctx context.Context, a *Agent) error {
	if err := s.deps.Sessions.EndSessions(ctx, a.ID); err != nil {
		return fmt.Errorf("sign out %s: %w", a.ID, err)
	}
	s.leaving.remove(a.ID)
	s.tickets.revoke(a.ID)
	s.desks.leave(a.ID)
	if a.Device == DeviceBrowser {
		s.deps.Phones.SignOut(a.ID) // a desk phone stays registered beside the page
	}
	s.log.Info("signed out", "agent", string(a.ID))
	return nil
}

// seeOff ends the sessions of leaving agents as soon as they are offline.
func (s *Server) seeOff(ctx context.Context) {
	for {
		changed := s.deps.Floor.Changed()
		waiting := s.leaving.list()
		if len(waiting) == 0 {
			changed = nil
		}
		snap := s.deps.Floor.Snapshot()
		again := (<-chan time.Time)(nil)
		for _, id := range waiting {
			n := s.agentIn(snap, id)
			if busy(n) || (n != nil && n.Status != acd.Offline) {
				continue
			}
			a := s.house().agents[id]
			if a == nil {
				a = &Agent{ID: id} // taken out of the configuration meanwhile
			}
			if err := s.end(ctx, a); err != nil {
				s.log.Error("sign-out not finished", "agent", string(id), "err", err)
				again = time.After(endAgain)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-s.leaving.added:
		case <-again:
		}
	}
}

// endAgain is the pause after a sign-out that the store refused.
const endAgain = time.Second
