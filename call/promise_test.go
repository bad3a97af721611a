// SPDX-License-Identifier: Apache-2.0

package call

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/acd"
)

// slowJournal keeps what it is handed until the test says that it is on disk.
type slowJournal struct {
	mu      sync.Mutex
	waiting []func()
	events  []acd.Event
	calls   map[ID]Kept
	alarm   chan bool
	stuck   bool
	full    bool
}

func newSlowJournal() *slowJournal {
	return &slowJournal{alarm: make(chan bool, 1), calls: map[ID]Kept{}}
}

func (j *slowJournal) Hand(d acd.Decision, kept func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.events = append(j.events, d.Event)
	j.waiting = append(j.waiting, kept)
	if !j.stuck {
		j.flush()
	}
}

func (j *slowJournal) Note(k Kept) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls[k.Call] = k
	if k.Place == PlaceOver {
		delete(j.calls, k.Call)
	}
}

func (j *slowJournal) Alarms() <-chan bool { return j.alarm }
func (j *slowJournal) Full() bool          { return j.full }

func (j *slowJournal) flush() {
	for _, kept := range j.waiting {
		kept()
	}
	j.waiting = nil
}

// stick makes the disk take nothing, or everything again.
func (j *slowJournal) stick(on bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stuck = on; !on {
		j.flush()
	}
}

// TestPromises is rule 24.
func TestPromises(t *testing.T) {
	story(t, "an offer and an answer to a page wait for the disk, a hang-up does not", func(t *testing.T, fl *floor) {
		j := fl.journal()
		fl.available("ann")
		j.stick(true)
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.settle()
		if fl.phones.last("ann") != nil {
			t.Fatal("ann is rung before the offer is kept")
		}
		answered := make(chan error, 1)
		go func() { answered <- fl.desk.SetStatus(fl.ctx, "bob", acd.Available, "", "bob", false) }()
		fl.settle()
		if len(answered) > 0 {
			t.Fatal("bob is told before it is kept")
		}
		j.stick(false)
		fl.settle()
		if fl.phones.last("ann") == nil || len(answered) != 1 {
			t.Fatal("kept, and yet not done")
		}
		j.stick(true)
		agent := fl.phones.last("ann")
		caller.leaves()
		fl.settle()
		if _, over := agent.ended(); !over {
			t.Fatal("ann rings on while the disk is slow")
		}
		j.stick(false)
		fl.ending(CauseAbandoned)
	})
	story(t, "an offer that nobody heard of is taken back blamelessly when the alarm is raised", func(t *testing.T, fl *floor) {
		j := fl.journal()
		fl.available("ann")
		j.stick(true)
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.settle()
		j.alarm <- true
		fl.pass(time.Minute) // longer than ann's ring time
		if fl.phones.last("ann") != nil {
			t.Fatal("ann was rung")
		}
		if a := fl.agent("ann"); a.Status != acd.Available {
			t.Fatalf("ann is %s for a call that she never heard of", a.Status)
		}
		j.stick(false)
		fl.settle()
		if fl.phones.last("ann") != nil {
			t.Fatal("an offer that was taken back is made")
		}
		j.alarm <- false
		fl.settle()
		agent := fl.phones.last("ann")
		if agent == nil {
			t.Fatal("ann is not rung when all is kept again")
		}
		agent.says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "nobody is queued while too much waits for the disk", func(t *testing.T, fl *floor) {
		fl.available("ann")
		fl.journal().full = true
		caller := fl.call("caller", "1005") // its flow says goodbye to whom the queue did not take
		fl.ending(CauseClosed)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is held")
		}
	})
}

// journal puts a journal under a floor on which nothing has happened yet.
func (fl *floor) journal() *slowJournal {
	synctest.Wait()
	j := newSlowJournal()
	if err := fl.desk.ask(fl.ctx, func() ([]acd.Event, error) { fl.desk.cfg.Journal = j; return nil, nil }); err != nil {
		fl.t.Fatal(err)
	}
	return j
}

// TestRestartedFloor: a desk made of what the journal has.
func TestRestartedFloor(t *testing.T) {
	story(t, "wrap-up, statuses and counters go on, contacts without a call do not", func(t *testing.T, fl *floor) {
		j := fl.journal()
		caller, agent := fl.talking()
		agent.leaves()
		fl.settle()
		_ = caller
		fl.activity("ann", acd.WrapUp)
		until := fl.agent("ann").Until
		waiting := fl.call("waiting", "1000")
		waiting.presses("1")
		fl.settle()
		var state []byte
		if err := fl.desk.ask(fl.ctx, func() ([]acd.Event, error) { state = fl.desk.acd.AppendState(nil); return nil, nil }); err != nil {
			t.Fatal(err)
		}
		restored, err := acd.ParseState(state)
		if err != nil {
			t.Fatal(err)
		}
		cfg := fl.desk.cfg
		cfg.Metrics = fl.desk.cfg.Metrics
		cfg.Recovered = Recovered{ACD: restored, At: fl.desk.clock.Now().Add(time.Second)}
		for _, k := range j.calls {
			if k.Place == PlaceWrapUp {
				cfg.Recovered.Calls = append(cfg.Recovered.Calls, k)
			}
		}
		next := NewDesk(cfg)
		s := next.Snapshot()
		if s.At.Before(cfg.Recovered.At) {
			t.Error("the clock went back")
		}
		for _, a := range s.Agents {
			if a.Agent == "ann" && (a.Activity != acd.WrapUp || !a.Until.Equal(until)) {
				t.Errorf("ann: %+v, want her wrap-up until %s", a, until)
			}
		}
		if i := slices.IndexFunc(s.Queues, func(q acd.QueueSnapshot) bool { return len(q.Waiting) > 0 }); i >= 0 {
			t.Errorf("somebody without a call waits: %+v", s.Queues[i])
		}
		if len(cfg.Recovered.Calls) != 1 || s.Cards[acd.ContactID(cfg.Recovered.Calls[0].Call)].From.Number == "" {
			t.Errorf("ann has no card of the call that she wraps up: %v", s.Cards)
		}
		waiting.leaves()
		fl.ending(CauseAbandoned)
	})
}
