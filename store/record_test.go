// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"tandem/acd"
	"tandem/call"
	"tandem/ivr"
)

// everyKind has each kind of record with no field zero, so that a field that is
// not kept shows.
var everyKind = []call.Record{
	call.CallOpened{Call: "c1", At: noon, From: call.Party{Number: "+49301234", Name: "李伟", Diverted: "+49301", Verstat: call.VerstatPassed},
		Dialled: "1000", Trunk: "local", Flow: "help", Version: "0123456789abcdef", SIPCallID: "x@y"},
	ended("c1", noon),
	call.CallDisposition{Call: "c1", Agent: "anna", At: noon, Disposition: "fixed", Notes: "第一行\n\"two\""},
	call.QueueEntered{Call: "c1", Contact: "k1", Queue: "support", At: noon},
	call.QueueVisit{Call: "c1", VisitEnded: acd.VisitEnded{Contact: "k1", Kind: acd.KindCallback, Queue: "support", Entered: noon,
		Ended: noon.Add(time.Second), Ending: acd.EndAnswered, Agent: "anna", Offers: 3, To: "billing"}},
	call.OfferMade{Call: "c1", OfferEnded: acd.OfferEnded{ID: 1 << 60, Contact: "k1", Queue: "support", Agent: "anna",
		How: acd.Missed, Began: noon}, Ended: noon.Add(time.Second)},
	status("anna", acd.Available, noon),
	call.Intervention{At: noon, Call: "c1", Intervened: acd.Intervened{Actor: "boss", What: acd.DidMove, Contact: "k1",
		Queue: "support", To: "billing", Agent: "anna", Priority: 4}},
	call.CallbackAsked{Callback: "b1", Call: "c1", At: noon, Queue: "support", Number: "+491", Name: "Ada", Due: noon.Add(time.Hour), By: "boss"},
	call.CallbackTried{Callback: "b1", At: noon, Agent: "anna", Attempt: 1, How: acd.DialBusy, Again: noon.Add(time.Minute)},
	call.CallbackOver{Callback: "b1", At: noon, Ending: acd.EndAnswered, Agent: "anna"},
	call.SurveyAnswered{Call: "c1", At: noon, Question: "satisfaction", Answer: 4, Agent: "anna", Queue: "support"},
	call.CallerRecorded{Call: "c1", At: noon, Name: "2026-03-01/c1-1.wav", Length: time.Second, How: "silence", Node: "say"},
	call.NoticeKept{Call: "c1", At: noon, Notice: call.Notice{ID: "n1", URL: "https://crm.example/", Body: []byte("{}"),
		Headers: []ivr.Header{{Name: "X-Site", Value: "one", Secret: "crm"}}}},
	call.AgentActivity{At: noon, Call: "c1", ActivityChanged: acd.ActivityChanged{Agent: "anna", Activity: acd.WrapUp,
		Contact: "k1", Queue: "support", Until: noon.Add(time.Minute)}},
}

func TestEveryKindSurvivesTheSpool(t *testing.T) {
	kinds := map[string]bool{}
	for _, want := range everyKind {
		if v := reflect.ValueOf(want); hasZero(v) {
			t.Errorf("the sample of %s has a zero field", kind(want))
		}
		line, err := json.Marshal(entry{uid: 7, rec: want})
		if err != nil {
			t.Fatal(err)
		}
		var got entry
		if err := json.Unmarshal(line, &got); err != nil {
			t.Errorf("%s: %v", kind(want), err)
		}
		if got.uid != 7 || !reflect.DeepEqual(got.rec, want) {
			t.Errorf("%s came back as %+v", line, got)
		}
		if !happened(want).Equal(noon) && !happened(want).Equal(noon.Add(time.Second)) {
			t.Errorf("%s happened at %v", kind(want), happened(want))
		}
		kinds[kind(want)] = true
	}
	if len(kinds) != len(everyKind) || kinds["unknown"] {
		t.Errorf("kinds: %v", kinds)
	}
}

func hasZero(v reflect.Value) bool {
	for i := range v.NumField() {
		f := v.Field(i)
		if f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[time.Time]() {
			if hasZero(f) {
				return true
			}
		} else if f.IsZero() {
			return true
		}
	}
	return false
}

// FuzzSpoolLine: whatever stands in a spool file, reading it ends, and what is
// read is written the same again.
func FuzzSpoolLine(f *testing.F) {
	for _, r := range everyKind {
		line, err := json.Marshal(entry{uid: 7, rec: r})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(line)
		f.Add(line[:len(line)/2])
	}
	f.Add([]byte(`{"uid":1,"kind":"agentStatus","record":null}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var e, again entry
		if json.Unmarshal(line, &e) != nil {
			return
		}
		written, err := json.Marshal(e)
		if err != nil {
			return // a time outside the years that JSON has
		}
		if err := json.Unmarshal(written, &again); err != nil || again.uid != e.uid || kind(again.rec) != kind(e.rec) {
			t.Errorf("%s became %s: %v", line, written, err)
		}
	})
}
