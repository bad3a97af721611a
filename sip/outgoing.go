// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/call"
)

// This file is the only door to the telephone network: what a number must pass
// to be dialled, which trunks take it, in which order, and what is left of the
// day's calls. Whoever reaches it has been let in by the desk or by a flow; no
// message from outside leads here, for we follow no redirection.

// way is one target of one trunk by which a number may go out.
type way struct {
	trunk  *trunk
	flow   flow
	number string // normal
}

// destination is the way as an outbound leg takes it.
func (w way) destination() destination {
	written := w.trunk.Numbers.written(w.number)
	f := w.flow
	f.Pinned = w.trunk.NAT
	return destination{uri: w.trunk.uri(written), flow: f, party: call.Party{Number: w.number}}
}

// dialOut calls a number by the best of some trunks that take it. The leg goes
// on to the next one by itself.
func (s *Server) dialOut(ctx context.Context, to call.Target, among []*trunk) (call.Leg, error) {
	number := s.options().Numbers.normal(to.URI)
	if strings.HasPrefix(number, "+") && (!digits([]byte(number[1:])) || e164(number[1:], "") == "") {
		return nil, fmt.Errorf("dial a number: no international number: %w", call.ErrNotAllowed)
	}
	if err := s.mayDial(number); err != nil {
		return nil, fmt.Errorf("dial a number: %w", err)
	}
	ways := s.ways(ctx, number, among)
	if len(ways) == 0 {
		return nil, fmt.Errorf("dial a number: no trunk takes it: %w", call.ErrNotAllowed)
	}
	release, err := s.spent.take(string(to.By), s.options().Outgoing, time.Now())
	if err != nil {
		s.metrics.refused("outgoingLimit")
		return nil, fmt.Errorf("dial a number: %w: %w", err, call.ErrNotAllowed)
	}
	r := &routed{ways: ways, release: release}
	if !r.advance(time.Now()) {
		r.leave()
		s.metrics.refused("trunkOutLimit")
		return nil, fmt.Errorf("dial a number: the trunks' limits are reached: %w", call.ErrUnreachable)
	}
	leg, err := s.open(ctx, to, r.way.destination(), r)
	if err != nil {
		r.leave()
	}
	return leg, err
}

// mayDial refuses numbers that are denied, and our own, which would come back to
// us without end.
func (s *Server) mayDial(number string) error {
	for _, prefix := range s.options().Outgoing.Deny {
		if strings.HasPrefix(number, prefix) {
			s.metrics.refused("deniedNumber")
			return fmt.Errorf("the number is denied: %w", call.ErrNotAllowed)
		}
	}
	for _, t := range s.trunks() {
		if s.ownNumber(number, t) {
			s.metrics.refused("ownNumber")
			return fmt.Errorf("the number is our own: %w", call.ErrNotAllowed)
		}
	}
	return nil
}

// ownNumber says whether calls to the number, in international form, come in by
// the trunk.
func (s *Server) ownNumber(number string, t *trunk) bool {
	return strings.HasPrefix(number, "+") && s.handlers.Accepts(number, t.Name)
}

// ways are all targets of the trunks that take the number, best first.
func (s *Server) ways(ctx context.Context, number string, among []*trunk) []way {
	var taking []*trunk
	lots := map[*trunk]float64{}
	for _, t := range among {
		if t.takes(number) {
			taking = append(taking, t)
			lots[t] = lot(t.Takes.Weight)
		}
		if t.takes(number) && t.targets.Load() == nil { // not looked up yet
			if err := s.find(ctx, t); err != nil {
				s.log.Info("trunk not found", "trunk", t.Name, "err", err)
			}
		}
	}
	slices.SortStableFunc(taking, func(a, b *trunk) int {
		return cmp.Or(cmp.Compare(a.Takes.Priority, b.Takes.Priority), cmp.Compare(lots[a], lots[b]))
	})
	var up, down []way
	for _, t := range taking {
		for _, to := range t.order() {
			w := way{trunk: t, flow: to.flow, number: number}
			if t.history.down(to.flow.Remote) {
				down = append(down, w)
			} else {
				up = append(up, w)
			}
		}
	}
	return append(up, down...)
}

// takes says whether a number, in normal form, may go out by the trunk.
func (t *trunk) takes(number string) bool {
	if t.Address == "" {
		return false
	}
	return slices.ContainsFunc(t.Takes.Prefixes, func(p string) bool { return strings.HasPrefix(number, p) })
}

// routed is a call out by a trunk: the way it takes now, and those that are
// left. It belongs to one goroutine at a time.
type routed struct {
	way      way
	ways     []way // not tried yet
	admitted *trunk
	release  func()
	answers  int      // to challenges
	proof    []header // our credentials
}

// advance takes the next way whose trunk has room.
func (r *routed) advance(now time.Time) bool {
	for len(r.ways) > 0 {
		next := r.ways[0]
		r.ways = r.ways[1:]
		if next.trunk == r.admitted {
			r.way, r.answers, r.proof = next, 0, nil
			return true
		}
		if !next.trunk.out.admit(now, next.trunk.Takes.Calls, next.trunk.CallsPerSecond, next.trunk.Takes.CallsPerDay) {
			continue
		}
		if r.admitted != nil {
			r.admitted.out.leave()
		}
		r.way, r.admitted, r.answers, r.proof = next, next.trunk, 0, nil
		return true
	}
	return false
}

// leave gives back what the call has taken of limits. Called once.
func (r *routed) leave() {
	if r.admitted != nil {
		r.admitted.out.leave()
	}
	r.release()
}

// spent is what of the outgoing limits over all trunks is used.
type spent struct {
	mu     sync.Mutex // guards the rest; leaf
	day    int64
	today  int
	agents map[string]*spentBy
}

type spentBy struct{ alive, today int }

// take takes one call of an agent ("" for none) into the limits. release gives
// its place back.
func (s *spent) take(agent string, limits Outgoing, now time.Time) (release func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if day := now.Unix() / 86400; day != s.day || s.agents == nil {
		s.day, s.today = day, 0
		kept := map[string]*spentBy{}
		for name, a := range s.agents {
			if a.alive > 0 {
				a.today = 0
				kept[name] = a
			}
		}
		s.agents = kept
	}
	if s.today >= limits.CallsPerDay {
		return nil, fmt.Errorf("%d calls a day have gone out", limits.CallsPerDay)
	}
	if agent == "" {
		s.today++
		return func() {}, nil
	}
	a := s.agents[agent]
	if a == nil {
		a = &spentBy{}
		s.agents[agent] = a
	}
	switch {
	case a.alive >= limits.AgentCalls:
		return nil, fmt.Errorf("the agent has %d calls out", a.alive)
	case a.today >= limits.AgentCallsPerDay:
		return nil, fmt.Errorf("the agent has placed %d calls today", a.today)
	}
	s.today++
	a.alive++
	a.today++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		a.alive--
	}, nil
}
