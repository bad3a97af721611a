// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
)

type (
	forceRequest struct {
		ID   acd.AgentID `path:"id" maxLength:"64"`
		Body struct {
			Status acd.Status `json:"status" minLength:"1" maxLength:"64"`
			Reason string     `json:"reason" maxLength:"200" doc:"Shown to the agent and kept"`
		}
	}
	forceOutRequest struct {
		ID   acd.AgentID `path:"id" maxLength:"64"`
		Body struct {
			Reason string `json:"reason" maxLength:"200" doc:"Shown to the agent and kept"`
		}
	}
	statusAnswer struct{ Status int }
	demoRequest  struct {
		Body struct {
			Count int `json:"count" minimum:"1" maximum:"20"`
		}
	}
)

func (s *Server) supervisorRoutes(api huma.API) {
	op := func(path, id, summary string) huma.Operation {
		o := operation(http.MethodPost, path, id, summary, http.StatusNoContent)
		o.Errors = append(o.Errors, http.StatusNotFound)
		return o
	}
	huma.Register(api, op("/agents/{id}/status", "forceStatus", "Supervisor: set an agent's status; a talk is never ended by it"), s.forceStatus)
	huma.Register(api, op("/agents/{id}/sign-out", "forceSignOut", "Supervisor: sign an agent out; after the talk (202) if there is one"), s.forceSignOut)
	s.deedRoutes(api, op)
	s.reloadRoute(api)
	s.explainRoute(api)
	s.callFlowRoute(api)
	huma.Register(api, op("/demo/calls", "demoCalls", "Place test calls (demo mode only)"),
		func(ctx context.Context, in *demoRequest) (*none, error) {
			if s.deps.DemoCalls == nil {
				return nil, huma.Error404NotFound("test calls are placed in demo mode only")
			}
			return nil, s.refusal(s.deps.DemoCalls(ctx, in.Body.Count))
		})
}

// supervisor is who is signed in, if that is one.
func supervisor(ctx context.Context) (*Agent, error) {
	a := signedIn(ctx)
	if a.Role != RoleSupervisor {
		return nil, huma.Error403Forbidden("supervisors only")
	}
	return a, nil
}

func (s *Server) forceStatus(ctx context.Context, in *forceRequest) (*none, error) {
	by, err := supervisor(ctx)
	if err != nil {
		return nil, err
	}
	a := s.house().agents[in.ID]
	if a == nil {
		return nil, huma.Error404NotFound("no such agent")
	}
	if err := s.deps.Intents.SetStatus(ctx, a.ID, in.Body.Status, in.Body.Reason, acd.Actor(by.ID), true); err != nil {
		return nil, s.refusal(err)
	}
	s.log.Debug("status set by supervisor", "agent", string(a.ID), "actor", string(by.ID), "status", string(in.Body.Status))
	return nil, nil
}

func (s *Server) forceSignOut(ctx context.Context, in *forceOutRequest) (*statusAnswer, error) {
	by, err := supervisor(ctx)
	if err != nil {
		return nil, err
	}
	a := s.house().agents[in.ID]
	if a == nil {
		return nil, huma.Error404NotFound("no such agent")
	}
	over, err := s.leave(ctx, a, in.Body.Reason, acd.Actor(by.ID), true)
	if err != nil {
		return nil, s.refusal(err)
	}
	s.log.Debug("signed out by supervisor", "agent", string(a.ID), "actor", string(by.ID))
	if !over {
		return &statusAnswer{Status: http.StatusAccepted}, nil
	}
	return &statusAnswer{Status: http.StatusNoContent}, nil
}
