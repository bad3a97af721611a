// SPDX-License-Identifier: Apache-2.0

package web

import (
	"testing"
	"time"

	"tandem/call"
)

func TestCallFlowIsShownToSupervisors(t *testing.T) {
	h := newHouse(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, r := range []call.Record{
		call.CallOpened{Call: "c1", At: at, Flow: "help", Version: "0123456789abcdef"},
		call.SurveyAnswered{Call: "c1", At: at, Question: "satisfaction", Answer: 4, Agent: "anna", Queue: "support"},
		call.CallerRecorded{Call: "c1", At: at, Name: "2026-03-01/c1-1.wav", Length: 12 * time.Second, How: "silence", Node: "say"},
		call.CallEnded{Call: "c1", At: at, Cause: call.CauseCompleted, Path: []call.Passed{{At: at, Flow: "help", Node: "menu"}}},
	} {
		h.store.Keep(r)
	}
	if err := h.store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	anna, sue := h.signedIn("anna"), h.signedIn("sue")
	contains(t, sue.want(200, "GET", "/api/v1/calls/c1/flow", nil), `"version":"0123456789abcdef"`, `"node":"menu"`, `"answer":4`, `"seconds":12`)
	anna.want(403, "GET", "/api/v1/calls/c1/flow", nil)
	sue.want(404, "GET", "/api/v1/calls/c2/flow", nil)
}
