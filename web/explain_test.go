// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"testing"
	"time"

	"tandem/acd"
	"tandem/acd/explain"
)

func TestExplainIsToldToWhomItConcerns(t *testing.T) {
	h := newHouse(t, func(_ *Options, d *Deps) {
		d.Explain = func(_ context.Context, contact acd.ContactID, agent acd.AgentID, zone *time.Location) (explain.Story, error) {
			return explain.Story{Contact: contact, Found: contact == "c1", Moments: []explain.Moment{{What: "entered", Agent: agent, Text: explain.Text{En: zone.String()}}}}, nil
		}
	})
	anna, sue := h.signedIn("anna"), h.signedIn("sue")
	contains(t, sue.want(200, "GET", "/api/v1/contacts/c1/explain?zone=Europe/Berlin", nil), `"contact":"c1"`, "Europe/Berlin")
	contains(t, anna.want(200, "GET", "/api/v1/contacts/c1/explain?agent=anna", nil), `"agent":"anna"`)
	anna.want(403, "GET", "/api/v1/contacts/c1/explain", nil)
	anna.want(403, "GET", "/api/v1/contacts/c1/explain?agent=bob", nil)
	sue.want(404, "GET", "/api/v1/contacts/c2/explain", nil)
	sue.want(422, "GET", "/api/v1/contacts/c1/explain?zone=nowhere", nil)
}
