// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
	"tandem/acd/explain"
)

type explainRequest struct {
	ID    acd.ContactID `path:"id" maxLength:"64"`
	Agent acd.AgentID   `query:"agent" maxLength:"64" doc:"Why not this agent; agents may ask for themselves only"`
	Zone  string        `query:"zone" maxLength:"64" doc:"Of the times in the sentences, like Europe/Berlin; default the server's"`
}

type explainAnswer struct{ Body explain.Story }

func (s *Server) explainRoute(api huma.API) {
	o := operation(http.MethodGet, "/contacts/{id}/explain", "explain", "Why a contact waited, or waits: what happened to it, who was ahead, and for each agent what kept him or her; in English and Chinese", http.StatusOK)
	o.Errors = append(o.Errors, http.StatusNotFound, http.StatusServiceUnavailable)
	huma.Register(api, o, s.explain)
}

func (s *Server) explain(ctx context.Context, in *explainRequest) (*explainAnswer, error) {
	if who := signedIn(ctx); who.Role != RoleSupervisor && in.Agent != who.ID {
		return nil, huma.Error403Forbidden("ask for yourself: agent=" + string(who.ID))
	}
	zone := time.Local
	if in.Zone != "" {
		var err error
		if zone, err = time.LoadLocation(in.Zone); err != nil {
			return nil, huma.Error422UnprocessableEntity("zone: write one like Europe/Berlin")
		}
	}
	if s.deps.Explain == nil {
		return nil, huma.Error503ServiceUnavailable("this server keeps no journal")
	}
	story, err := s.deps.Explain(ctx, in.ID, in.Agent, zone)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, huma.Error503ServiceUnavailable("the journal is too long to be read for a page; use tandem explain")
	case err != nil:
		return nil, s.refusal(err)
	case !story.Found:
		return nil, huma.Error404NotFound("nothing is known of this contact")
	}
	return &explainAnswer{story}, nil
}
