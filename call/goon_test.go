// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"tandem/acd"
)

// Keep makes a testLeg a Keeper.
func (l *testLeg) Keep() []byte {
	text, _ := json.Marshal(l.id) // a string can always be written
	return text
}

// revivals makes the legs of a former process again.
type revivals struct {
	mu   sync.Mutex
	legs map[LegID]*testLeg
	dead map[LegID]bool // far ends that are gone
}

func (r *revivals) Revive(_ context.Context, kept []byte) (Leg, error) {
	var id LegID
	if err := json.Unmarshal(kept, &id); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	leg := newTestLeg(id, Party{Number: "+49301234"})
	r.legs[id] = leg
	if r.dead[id] {
		leg.events <- Ended{CauseServerRestart}
		close(leg.events)
		leg.over = true
	} else {
		leg.events <- Answered{}
	}
	return leg, nil
}

// crash makes another desk of what the journal has, as a new process would, and
// runs it. Whoever is dead does not answer.
func (fl *floor) crash(j *slowJournal, dead ...LegID) (*floor, *revivals) {
	fl.t.Helper()
	var state []byte
	if err := fl.desk.ask(fl.ctx, func() ([]acd.Event, error) { state = fl.desk.acd.AppendState(nil); return nil, nil }); err != nil {
		fl.t.Fatal(err)
	}
	restored, err := acd.ParseState(state)
	if err != nil {
		fl.t.Fatal(err)
	}
	r := &revivals{legs: map[LegID]*testLeg{}, dead: map[LegID]bool{}}
	for _, id := range dead {
		r.dead[id] = true
	}
	cfg := fl.desk.cfg
	cfg.Journal, cfg.Reviver = newSlowJournal(), r
	cfg.Recovered = Recovered{ACD: restored, At: fl.desk.clock.Now()}
	for _, k := range j.calls {
		text, err := json.Marshal(k) // as it comes from disk
		if err != nil {
			fl.t.Fatal(err)
		}
		var read Kept
		if err := json.Unmarshal(text, &read); err != nil {
			fl.t.Fatal(err)
		}
		cfg.Recovered.Calls = append(cfg.Recovered.Calls, read)
	}
	slices.SortFunc(cfg.Recovered.Calls, func(a, b Kept) int { return a.Card.Arrived.Compare(b.Card.Arrived) })
	next := &floor{t: fl.t, desk: NewDesk(cfg), phones: fl.phones, ledger: fl.ledger, log: fl.log, ctx: fl.ctx, crm: fl.crm}
	ctx, cancel := context.WithCancel(fl.ctx)
	var running sync.WaitGroup
	running.Go(func() { next.desk.Run(ctx) })
	fl.t.Cleanup(func() { cancel(); running.Wait() })
	next.desk.GoOn(ctx)
	next.desk.DeviceBack("ann")
	next.settle()
	return next, r
}

// TestGoOn: the floor after a crash, with each far end there or gone.
func TestGoOn(t *testing.T) {
	// before is a floor with ann talking to one, two who wait and one in the menu.
	before := func(fl *floor) (*slowJournal, []*testLeg) {
		j := fl.journal()
		talking, agent := fl.talking()
		legs := []*testLeg{talking, agent}
		for _, id := range []LegID{"first", "second"} {
			leg := fl.call(id, "1000")
			leg.presses("1")
			fl.settle()
			legs = append(legs, leg)
		}
		return j, append(legs, fl.call("menu", "1000"))
	}
	// over ends both floors.
	over := func(next *floor, legs []*testLeg, r *revivals) {
		for _, leg := range legs {
			leg.leaves()
		}
		for _, leg := range r.legs {
			if _, ended := leg.ended(); !ended {
				leg.leaves()
			}
		}
		next.settle()
		next.pass(time.Minute)
		next.desk.Wait()
	}
	line := func(fl *floor) (ids []acd.ContactID) {
		for _, w := range fl.desk.Snapshot().Queues[0].Waiting {
			ids = append(ids, w.Contact)
		}
		return ids
	}
	story(t, "the talk goes on, the line is as it was, the menu is entered anew", func(t *testing.T, fl *floor) {
		j, legs := before(fl)
		was := line(fl)
		next, r := fl.crash(j)
		next.activity("ann", acd.Talking)
		if !r.legs["caller"].port.reaches(r.legs[legs[1].id].port) {
			t.Error("caller and agent do not hear each other")
		}
		if now := line(next); !slices.Equal(now, was) || len(now) != 2 {
			t.Errorf("line %v, want %v", now, was)
		}
		r.legs["menu"].presses("1")
		next.settle()
		if now := line(next); len(now) != 3 {
			t.Errorf("the caller in the menu cannot go on: %v", now)
		}
		over(next, legs, r)
	})
	story(t, "who is gone is closed as serverRestart, and nobody else", func(t *testing.T, fl *floor) {
		j, legs := before(fl)
		next, r := fl.crash(j, "first")
		ended := kept[CallEnded](fl.ledger)
		if len(ended) != 1 || ended[0].Cause != CauseServerRestart {
			t.Errorf("ended: %+v", ended)
		}
		if now := line(next); len(now) != 1 {
			t.Errorf("line %v", now)
		}
		over(next, legs, r)
	})
	story(t, "an agent whose phone is gone is called back while the caller hears music", func(t *testing.T, fl *floor) {
		j, legs := before(fl)
		next, r := fl.crash(j, legs[1].id)
		again := next.phones.last("ann")
		if again == legs[1] || again.target.Resume == "" {
			t.Fatalf("ann is not called back: %+v", again.target)
		}
		again.says(Answered{})
		next.settle()
		if !r.legs["caller"].port.reaches(again.port) {
			t.Error("caller and agent do not hear each other")
		}
		next.activity("ann", acd.Talking)
		again.leaves()
		over(next, legs, r)
	})
}
