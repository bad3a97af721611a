// SPDX-License-Identifier: Apache-2.0

package store

import (
	"reflect"
	"testing"
	"time"

	"tandem/call"
)

func TestCallFlowIsWhatTheFlowDid(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	over := ended("c1", noon)
	answer := call.SurveyAnswered{Call: "c1", At: noon, Question: "satisfaction", Answer: 4, Agent: "anna", Queue: "support"}
	said := call.CallerRecorded{Call: "c1", At: noon, Name: "2026-11-23/c1-1.wav", Length: 12 * time.Second, How: "silence", Node: "say"}
	for _, r := range []call.Record{opened("c1", noon), answer, said, over} {
		s.Keep(r)
	}
	synced(t, s)
	got, ok, err := s.CallFlow(t.Context(), "c1")
	want := CallFlow{Flow: "help", Version: "0123456789abcdef", Path: over.Path, Answers: []call.SurveyAnswered{answer}, Said: []call.CallerRecorded{said}}
	if err != nil || !ok || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v, %v\nwant %+v", got, ok, err, want)
	}
	if _, ok, err := s.CallFlow(t.Context(), "c2"); ok || err != nil {
		t.Errorf("a call that is not there: %v, %v", ok, err)
	}
}
