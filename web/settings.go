// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
)

type reasonView struct {
	Named
	LimitSeconds float64 `json:"limitSeconds" doc:"Shown as exceeded after it, 0 if without limit"`
}

type settingsAnswer struct {
	Body struct {
		Version      string       `json:"version"`
		Demo         bool         `json:"demo"`
		Reasons      []reasonView `json:"reasons" nullable:"false"`
		Dispositions []Named      `json:"dispositions" nullable:"false"`
		Queues       []Named      `json:"queues" nullable:"false"`
		SIP          struct {
			URI string `json:"uri"`
		} `json:"sip"`
	}
}

func (s *Server) settingsRoutes(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/settings", "settings", "What pages need to know once", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*settingsAnswer, error) {
			a := &settingsAnswer{}
			a.Body.Version, a.Body.Demo = s.deps.Version, s.deps.DemoCalls != nil
			a.Body.SIP.URI = s.sipURI(signedIn(ctx).ID)
			a.Body.Reasons = make([]reasonView, 0, len(s.house().Reasons))
			for _, r := range s.house().Reasons {
				a.Body.Reasons = append(a.Body.Reasons, reasonView{Named: r.Named, LimitSeconds: seconds(r.Limit)})
			}
			a.Body.Dispositions = append([]Named{}, s.house().Dispositions...)
			a.Body.Queues = make([]Named, 0, len(s.house().Queues))
			for _, q := range s.house().Queues {
				a.Body.Queues = append(a.Body.Queues, Named{ID: string(q.ID), Name: q.Name})
			}
			return a, nil
		})
}

func (s *Server) sipURI(agent acd.AgentID) string {
	return "sip:" + string(agent) + "@" + s.deps.SIPDomain
}
