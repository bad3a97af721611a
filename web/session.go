// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
)

// cookieName has the prefix that makes browsers insist on Secure and no domain,
// where there is TLS.
func (s *Server) cookieName() string {
	if s.cert != nil {
		return "__Host-tandem"
	}
	return "tandem"
}

// cookie makes the session's cookie; without a token it takes it away.
func (s *Server) cookie(token string) http.Cookie {
	life := int(s.o.SessionLife.Seconds())
	if token == "" {
		life = -1
	}
	return http.Cookie{Name: s.cookieName(), Value: token, Path: "/", MaxAge: life, HttpOnly: true,
		Secure: s.cert != nil, SameSite: http.SameSiteStrictMode}
}

type sessionAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      struct {
		Agent personView `json:"agent"`
	}
}

type signIn struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"128" doc:"The agent's ID or name"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
}

func (s *Server) sessionRoutes(api huma.API) {
	start := operation(http.MethodPost, "/session", "signIn", "Sign in", http.StatusOK)
	start.Security = nil
	start.Errors = append(start.Errors, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	huma.Register(api, start, s.signIn)
	huma.Register(api, operation(http.MethodGet, "/session", "whoAmI", "Who is signed in", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*struct {
			Body struct {
				Agent personView `json:"agent"`
			}
		}, error) {
			answer := &struct {
				Body struct {
					Agent personView `json:"agent"`
				}
			}{}
			answer.Body.Agent = personOf(signedIn(ctx))
			return answer, nil
		})
	huma.Register(api, operation(http.MethodDelete, "/session", "signOut",
		"Sign out; while busy it takes effect when the work ends (202)", http.StatusNoContent), s.signOut)
}

// signIn checks name and password. Wrong name and wrong password take the same
// time and get the same answer.
func (s *Server) signIn(ctx context.Context, in *signIn) (*sessionAnswer, error) {
	source := visitorOf(ctx).source
	agent := s.named(in.Body.Name)
	name := strings.ToLower(in.Body.Name)
	var id acd.AgentID
	if agent != nil {
		id = agent.ID
		name = string(id)
	}
	pass, wait := s.gate.enter(source, name)
	if pass == nil {
		s.m.signIns.WithLabelValues("limited").Inc()
		retry := fmt.Sprintf("%.0f", math.Ceil(wait.Seconds()))
		return nil, huma.ErrorWithHeaders(huma.NewError(http.StatusTooManyRequests, "too many attempts; wait "+retry+" s"),
			http.Header{"Retry-After": {retry}})
	}
	ok, err := s.deps.Secrets.CheckPassword(ctx, id, in.Body.Password)
	if err != nil {
		pass(false)
		s.log.Error("password not checked", "agent", string(id), "err", err)
		return nil, huma.Error503ServiceUnavailable("sign-ins cannot be checked now; try again")
	}
	pass(ok && agent != nil)
	if !ok || agent == nil {
		s.m.signIns.WithLabelValues("wrong").Inc()
		s.log.Info("sign-in refused", "agent", string(id), "remote", source)
		return nil, huma.Error401Unauthorized("wrong name or password")
	}
	token, err := s.deps.Sessions.StartSession(ctx, id, s.o.SessionLife)
	if err != nil {
		s.log.Error("session not started", "agent", string(id), "err", err)
		return nil, huma.Error503ServiceUnavailable("sign-ins cannot be kept now; try again")
	}
	s.m.signIns.WithLabelValues("ok").Inc()
	s.leaving.remove(id)
	s.log.Info("signed in", "agent", string(id), "remote", source)
	answer := &sessionAnswer{SetCookie: s.cookie(token)}
	answer.Body.Agent = personOf(agent)
	return answer, nil
}

// named finds an agent by ID, else by name in any letter case.
func (s *Server) named(name string) *Agent {
	if a := s.house().agents[acd.AgentID(name)]; a != nil {
		return a
	}
	all := s.house().Agents
	for i := range all {
		if a := &all[i]; strings.EqualFold(a.Name, name) || strings.EqualFold(string(a.ID), name) {
			return a
		}
	}
	return nil
}

type signOutAnswer struct {
	Status    int
	SetCookie []http.Cookie `header:"Set-Cookie"`
}

// signOut makes the agent offline and ends all its sessions: now, or when the
// work in hand is over, since a talk needs its page to the end.
func (s *Server) signOut(ctx context.Context, _ *struct{}) (*signOutAnswer, error) {
	agent := signedIn(ctx)
	over, err := s.leave(ctx, agent, "", acd.Actor(agent.ID), false)
	if err != nil {
		return nil, s.refusal(err)
	}
	if !over {
		return &signOutAnswer{Status: http.StatusAccepted}, nil
	}
	return &signOutAnswer{Status: http.StatusNoContent, SetCookie: []http.Cookie{s.cookie("")}}, nil
}
