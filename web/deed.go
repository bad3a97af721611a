// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
)

type (
	contactRequest struct {
		ID acd.ContactID `path:"id" maxLength:"64"`
	}
	moveRequest struct {
		ID   acd.ContactID `path:"id" maxLength:"64"`
		Body struct {
			Queue acd.QueueID `json:"queue" minLength:"1" maxLength:"64"`
		}
	}
	priorityRequest struct {
		ID   acd.ContactID `path:"id" maxLength:"64"`
		Body struct {
			Priority int `json:"priority" minimum:"-1000" maximum:"1000" doc:"A larger one is more urgent"`
		}
	}
	assignRequest struct {
		ID   acd.ContactID `path:"id" maxLength:"64"`
		Body struct {
			Agent acd.AgentID `json:"agent" minLength:"1" maxLength:"64"`
		}
	}
	queueRequest struct {
		ID acd.QueueID `path:"id" maxLength:"64"`
	}
	closeRequest struct {
		ID   acd.QueueID `path:"id" maxLength:"64"`
		Body struct {
			Release bool `json:"release" doc:"Emergency: those in line are released too"`
		}
	}
)

// deedRoutes are what supervisors do to queues and to contacts in line. The desk
// logs and records who did what.
func (s *Server) deedRoutes(api huma.API, op func(path, id, summary string) huma.Operation) {
	deed := func(path, id, summary string) huma.Operation {
		o := op(path, id, "Supervisor: "+summary)
		o.Errors = append(o.Errors, http.StatusConflict, http.StatusForbidden)
		return o
	}
	huma.Register(api, deed("/contacts/{id}/withdraw", "withdrawContact", "take a contact out of the line; its flow goes on"),
		func(ctx context.Context, in *contactRequest) (*none, error) {
			return s.deed(ctx, func(by acd.Actor) error { return s.deps.Deeds.Withdraw(ctx, in.ID, by) })
		})
	huma.Register(api, deed("/contacts/{id}/move", "moveContact", "move a contact to another queue; it keeps its age"),
		func(ctx context.Context, in *moveRequest) (*none, error) {
			return s.deed(ctx, func(by acd.Actor) error { return s.deps.Deeds.Move(ctx, in.ID, in.Body.Queue, by) })
		})
	huma.Register(api, deed("/contacts/{id}/priority", "prioritiseContact", "change a contact's priority, at once"),
		func(ctx context.Context, in *priorityRequest) (*none, error) {
			return s.deed(ctx, func(by acd.Actor) error { return s.deps.Deeds.SetPriority(ctx, in.ID, in.Body.Priority, by) })
		})
	huma.Register(api, deed("/contacts/{id}/assign", "assignContact", "offer a contact to an agent who is available and idle, whatever queues and skills"),
		func(ctx context.Context, in *assignRequest) (*none, error) {
			return s.deed(ctx, func(by acd.Actor) error { return s.deps.Deeds.Assign(ctx, in.ID, in.Body.Agent, by) })
		})
	huma.Register(api, deed("/queues/{id}/close", "closeQueue", "close a queue's door"),
		func(ctx context.Context, in *closeRequest) (*none, error) {
			return s.deed(ctx, func(by acd.Actor) error { return s.deps.Deeds.CloseQueue(ctx, in.ID, in.Body.Release, by) })
		})
	huma.Register(api, deed("/queues/{id}/open", "openQueue", "open it again"),
		func(ctx context.Context, in *queueRequest) (*none, error) {
			return s.deed(ctx, func(by acd.Actor) error { return s.deps.Deeds.OpenQueue(ctx, in.ID, by) })
		})
}

// deed does what a supervisor, and nobody else, wants.
func (s *Server) deed(ctx context.Context, do func(by acd.Actor) error) (*none, error) {
	by, err := supervisor(ctx)
	if err != nil {
		return nil, err
	}
	if err := do(acd.Actor(by.ID)); err != nil {
		return nil, s.refusal(err)
	}
	return nil, nil
}
