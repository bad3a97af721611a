// SPDX-License-Identifier: Apache-2.0

package call

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tandem/ivr"
)

func TestRehearsal(t *testing.T) {
	story(t, "a rehearsed call runs the flow, the clock and the caller of its story, and tells what it passed", func(t *testing.T, fl *floor) {
		fl.desk.cfg.Rehearsals = NewRehearsals()
		fl.available("ann")
		token, dial, err := fl.desk.Rehearse(Script{Flow: "help", Language: "zh", Start: time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC), Contact: "c1", Caller: "112"})
		if err != nil || dial != "1000" {
			t.Fatal(dial, err)
		}
		if err := fl.desk.RehearsalLeave(token, "full"); !errors.Is(err, ErrUnknownRehearsal) {
			t.Error("left before it came:", err)
		}
		leg := newTestLeg("caller", Party{Name: token})
		go fl.desk.Take(fl.ctx, Incoming{Leg: leg, Number: "1006", At: time.Now()}) // the flow is the story's, not the number's
		fl.settle()
		if err := fl.desk.RehearsalLeave(token, "full"); !errors.Is(err, ErrNotWaiting) {
			t.Error("left no queue:", err)
		}
		leg.presses("1")
		fl.settle()
		if trail := fl.trail(token); !trail.Waiting || trail.Keys != 1 || !slices.Equal(trail.Lines, []string{"say 请按一。", "queue support"}) {
			t.Errorf("%+v", trail)
		}
		// The distributor takes it out of the line, and ann is free again.
		if err := fl.desk.RehearsalLeave(token, "joinEmpty"); err != nil {
			t.Fatal(err)
		}
		fl.ending("noAgents")
		want := []Step{{"help", "menu"}, {"help", "support"}, {"help", "nobody"}}
		if trail := fl.trail(token); !slices.Equal(trail.Nodes, want) || !trail.Over || trail.Waiting || trail.Lines[2] != "end noAgents" {
			t.Errorf("%+v", trail)
		}
		// A second call that bears the token is a call like any other.
		again := newTestLeg("again", Party{Name: token})
		go fl.desk.Take(fl.ctx, Incoming{Leg: again, Number: "1000", At: time.Now()})
		fl.settle()
		again.leaves()
		fl.ending(CauseAbandoned)
		if trail := fl.trail(token); len(trail.Nodes) != 3 {
			t.Errorf("%+v", trail)
		}
	})
	story(t, "what is not rehearsed is unknown, and old rehearsals are forgotten", func(t *testing.T, fl *floor) {
		fl.desk.cfg.Rehearsals = NewRehearsals()
		for _, id := range []string{"unheard-of", "waiting"} {
			if _, _, err := fl.desk.Rehearse(Script{Flow: id}); !errors.Is(err, ErrUnknownFlow) {
				t.Error(id, err)
			}
		}
		first, _, err := fl.desk.Rehearse(Script{Flow: "help"})
		if err != nil {
			t.Fatal(err)
		}
		for range maxRehearsals {
			if _, _, err := fl.desk.Rehearse(Script{Flow: "help"}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := fl.desk.RehearsalTrail(first); !errors.Is(err, ErrUnknownRehearsal) {
			t.Error(err)
		}
	})
}

// TestRehearsedFetch: the story answers in place of the other system, or lets
// the flow's own timeout pass.
func TestRehearsedFetch(t *testing.T) {
	story(t, "a rehearsed call gets its data from the story", func(t *testing.T, fl *floor) {
		flow, problems := ivr.Read("dip.yaml", []byte(`
start: ask
nodes:
  ask: {fetch: {url: "https://crm.example/x", timeout: 4s, into: {name: name}, next: bye, error: failed}}
  bye: {hangup: {cause: completed}}
  failed: {hangup: {cause: closed}}
`))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		fl.desk.cfg.Flows["dip"] = flow
		fl.desk.cfg.Rehearsals = NewRehearsals()
		ring := func() string {
			token, _, err := fl.desk.Rehearse(Script{Flow: "dip", Language: "en"})
			if err != nil {
				t.Fatal(err)
			}
			go fl.desk.Take(fl.ctx, Incoming{Leg: newTestLeg("caller", Party{Name: token}), Number: "1000", At: time.Now()})
			fl.settle()
			return token
		}
		token := ring()
		if trail := fl.trail(token); !trail.Asking || trail.Lines[0] != "fetch GET https://crm.example/x" {
			t.Errorf("%+v", trail)
		}
		if err := fl.desk.RehearsalAnswer(token, Answer{How: ivr.FetchAnswered, Status: 200, Body: `{"name": "Ann"}`}); err != nil {
			t.Fatal(err)
		}
		fl.ending(CauseCompleted)
		if trail := fl.trail(token); trail.Asking || trail.Variables["name"] != "Ann" {
			t.Errorf("%+v", trail)
		}
		if err := fl.desk.RehearsalAnswer(token, Answer{How: ivr.FetchAnswered, Status: 200}); !errors.Is(err, ErrNotWaiting) {
			t.Error(err)
		}
		ring() // and this one hangs
		fl.pass(4 * time.Second)
		fl.ending("closed")
	})
}

// TestRealCallsKeepNoTrail: without rehearsals every hook is there and does
// nothing.
func TestRealCallsKeepNoTrail(t *testing.T) {
	var none *Rehearsals
	h := none.take("rehearsal-x", nil)
	h.told(nil, ivr.Started{}, []ivr.Effect{ivr.Stop{}})
	h.note(func(*Trail) { t.Error("noted") })
	if h != nil || h.ahead(time.Now()) != 0 {
		t.Error(h)
	}
}

func (fl *floor) trail(token string) Trail {
	fl.t.Helper()
	trail, err := fl.desk.RehearsalTrail(token)
	if err != nil {
		fl.t.Fatal(err)
	}
	return trail
}
