// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"time"
)

// watchSessions looks every sessionGap whether the session by which a page has
// a desk is still one. It ends behind our back when a tool sets a new password,
// and when its life is over; whoever bears it must then not be rung any more.
func (s *Server) watchSessions(ctx context.Context) {
	look := time.NewTicker(sessionGap)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		for _, a := range s.house().agents {
			s.revoke(ctx, a, "")
		}
	}
}

// revoke takes the desk, the tickets and the SIP sockets from an agent's page
// whose session is over. A talk goes on to its end. The session that asks, if
// any, is known to be good.
func (s *Server) revoke(ctx context.Context, a *Agent, asking string) {
	token := s.desks.bearer(a.ID)
	if token == "" || token == asking {
		return
	}
	agent, ok, err := s.deps.Sessions.Session(ctx, token)
	if err != nil || ok && agent == a.ID {
		return // a store that cannot be read takes nobody's desk
	}
	s.tickets.revoke(a.ID)
	s.desks.leave(a.ID)
	s.deps.Phones.SignOut(a.ID)
	s.log.Info("session over", "agent", string(a.ID))
}
