// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"testing"

	"tandem/acd"
)

func TestReloadIsForSupervisors(t *testing.T) {
	var asked map[acd.QueueID]acd.QueueID
	var by acd.Actor
	fault := error(nil)
	h := newHouse(t, func(_ *Options, d *Deps) {
		d.Reconfigure = func(_ context.Context, moveTo map[acd.QueueID]acd.QueueID, actor acd.Actor) error {
			asked, by = moveTo, actor
			return fault
		}
	})
	body := map[string]any{"moveTo": map[string]string{"billing": "support"}}
	h.signedIn("anna").want(403, "POST", "/api/v1/reload", body)
	sue := h.signedIn("sue")
	sue.want(204, "POST", "/api/v1/reload", body)
	if by != "sue" || asked["billing"] != "support" {
		t.Errorf("%v by %s", asked, by)
	}
	fault = errors.New("tandem.yaml:3:1: nonsense: is unknown")
	contains(t, sue.want(409, "POST", "/api/v1/reload", map[string]any{}), fault.Error())
}

// TestWhoIsNoLongerConfiguredIsRefused, and who is new may sign in.
func TestWhoIsNoLongerConfiguredIsRefused(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	anna.want(200, "GET", "/api/v1/settings", nil)
	next := h.server.house().House
	next.Agents = next.Agents[1:]
	h.server.Reload(next)
	anna.want(401, "GET", "/api/v1/settings", nil)
}
