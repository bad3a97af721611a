// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
)

// indexed is a House with its indexes. It never changes; another takes its place.
type indexed struct {
	House
	agents map[acd.AgentID]*Agent
	place  map[acd.AgentID]int // in the configured order
}

func newIndexed(h House) *indexed {
	all := &indexed{House: h, agents: map[acd.AgentID]*Agent{}, place: map[acd.AgentID]int{}}
	for i := range h.Agents {
		all.agents[h.Agents[i].ID], all.place[h.Agents[i].ID] = &h.Agents[i], i
	}
	return all
}

func (h House) check() error {
	seen := map[acd.AgentID]bool{}
	for _, a := range h.Agents {
		if seen[a.ID] {
			return fmt.Errorf("make web server: agent %s is there twice", a.ID)
		}
		seen[a.ID] = true
	}
	return nil
}

func (s *Server) house() *indexed { return s.houses.Load() }

// Reload takes over other queues, agents, reasons and dispositions. Who is no
// longer an agent is refused from the next request on; pages that are open show
// new reasons and dispositions when they are loaded again.
func (s *Server) Reload(h House) { s.houses.Store(newIndexed(h)) }

type reloadRequest struct {
	Body struct {
		MoveTo map[acd.QueueID]acd.QueueID `json:"moveTo,omitempty" doc:"Where those go who wait in a queue that is no longer, by its ID; beside retiredQueues of the configuration"`
	}
}

func (s *Server) reloadRoute(api huma.API) {
	o := operation(http.MethodPost, "/reload", "reload", "Supervisor: read the configuration file again and take it over while calls live; all of it or, if anything is wrong with it, nothing", http.StatusNoContent)
	o.Errors = append(o.Errors, http.StatusConflict)
	huma.Register(api, o, func(ctx context.Context, in *reloadRequest) (*none, error) {
		by, err := supervisor(ctx)
		if err != nil {
			return nil, err
		}
		if s.deps.Reconfigure == nil {
			return nil, huma.Error409Conflict("this server was started without a configuration file")
		}
		if err := s.deps.Reconfigure(ctx, in.Body.MoveTo, acd.Actor(by.ID)); err != nil {
			return nil, huma.Error409Conflict(err.Error())
		}
		return nil, nil
	})
}
