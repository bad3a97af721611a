// SPDX-License-Identifier: Apache-2.0

package web

import "testing"

// TestDeedsAreForSupervisors: who may, what is not there, and that a closed
// queue is shown as closed.
func TestDeedsAreForSupervisors(t *testing.T) {
	h := newHouse(t)
	anna, sue := h.signedIn("anna"), h.signedIn("sue")
	shut := map[string]bool{"release": false}
	anna.want(403, "POST", "/api/v1/queues/billing/close", shut)
	if h.desk.Snapshot().Queues[1].Closed {
		t.Fatal("closed by an agent")
	}
	sue.want(404, "POST", "/api/v1/queues/nowhere/close", shut)
	changed := h.desk.Changed()
	sue.want(204, "POST", "/api/v1/queues/billing/close", shut)
	<-changed
	if !h.desk.Snapshot().Queues[1].Closed {
		t.Error("not closed")
	}
	sue.want(204, "POST", "/api/v1/queues/billing/open", nil)
	sue.want(404, "POST", "/api/v1/contacts/nobody/withdraw", nil)
	sue.want(404, "POST", "/api/v1/contacts/nobody/move", map[string]string{"queue": "billing"})
	sue.want(422, "POST", "/api/v1/contacts/nobody/priority", map[string]int{"priority": 1001})
	anna.want(403, "POST", "/api/v1/contacts/nobody/assign", map[string]string{"agent": "anna"})
}
