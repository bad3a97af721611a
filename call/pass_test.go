// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"errors"
	"testing"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// lastFlow wants who talked to the caller last.
const lastFlow = `
start: q
nodes:
  q: {queue: {id: support, preferred: {agent: last, for: 20s}}}
`

func TestPassOn(t *testing.T) {
	story(t, "rule 18: passed on, the caller never rings who passed on, and is taken there", func(t *testing.T, fl *floor) {
		caller, ann := fl.talking()
		if err := fl.desk.PassOn(fl.ctx, "ann", "nowhere"); !errors.Is(err, ErrUnknownQueue) {
			t.Fatalf("to nowhere: %v", err)
		}
		if err := fl.desk.PassOn(fl.ctx, "ann", "everybody"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		if _, over := ann.ended(); !over {
			t.Fatal("ann's leg is still up")
		}
		fl.activity("ann", acd.WrapUp)
		fl.pass(15 * time.Second) // the wrap-up is over, and ann is free
		if n := fl.phones.count("ann"); n != 1 {
			t.Fatalf("ann rung %d times", n)
		}
		fl.available("bob")
		bob := fl.phones.last("bob")
		bob.says(Answered{})
		fl.settle()
		if !caller.port.reaches(bob.port) {
			t.Fatal("not bridged with bob")
		}
		caller.leaves()
		if end := fl.ending(CauseCompleted); end.Agent != "bob" {
			t.Fatalf("record %+v", end)
		}
		if v := kept[QueueVisit](fl.ledger); len(v) != 2 || v[1].Queue != "everybody" || v[1].Ending != acd.EndAnswered {
			t.Fatalf("visits %+v", v)
		}
	})
	story(t, "rule 18: whom nobody takes there comes back to who passed on", func(t *testing.T, fl *floor) {
		caller, _ := fl.talking()
		if err := fl.desk.CloseQueue(fl.ctx, "everybody", false, "boss"); err != nil {
			t.Fatal(err)
		}
		fl.available("bob")
		if err := fl.desk.PassOn(fl.ctx, "ann", "everybody"); err != nil {
			t.Fatal(err)
		}
		fl.pass(11 * time.Second)
		if n := fl.phones.count("bob"); n != 0 {
			t.Fatal("bob is asked before ann")
		}
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(fl.phones.last("ann").port) {
			t.Fatal("not bridged with ann")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}

func TestLastAgent(t *testing.T) {
	story(t, "the agent who talked to the caller last is asked first; who is new takes anyone", func(t *testing.T, fl *floor) {
		who := AgentID("bob")
		fl.desk.plan().LastAgent = func(_ context.Context, number string) (AgentID, error) {
			if number != "+49301234" {
				t.Errorf("asked for another number")
			}
			return who, nil
		}
		fl.available("ann", "bob")
		caller := fl.call("caller", "1920")
		fl.activity("bob", acd.Ringing)
		fl.activity("ann", acd.Idle)
		caller.leaves()
		fl.settle()
		who = ""
		caller = fl.call("caller", "1920")
		fl.activity("ann", acd.Ringing)
		caller.leaves()
		fl.settle()
	})
}

func TestWrapUpOfTheQueue(t *testing.T) {
	story(t, "a queue that wants a disposition keeps the agent in wrap-up until there is one", func(t *testing.T, fl *floor) {
		fl.desk.plan().Disposing = map[QueueID]bool{"support": true}
		caller, _ := fl.talking()
		caller.leaves()
		fl.settle()
		if err := fl.desk.FinishWrapUp(fl.ctx, "ann"); !errors.Is(err, ErrNoDisposition) {
			t.Fatalf("finished: %v", err)
		}
		id := ID(fl.agent("ann").Contact)
		if err := fl.desk.Dispose(fl.ctx, "ann", id, "solved", ""); err != nil {
			t.Fatal(err)
		}
		if err := fl.desk.FinishWrapUp(fl.ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		fl.activity("ann", acd.Idle)
	})
}

func TestHours(t *testing.T) {
	story(t, "rule 20: the calendar closes and opens the door, each time by an event", func(t *testing.T, fl *floor) {
		now := time.Now() // the bubble's clock begins at midnight in UTC
		hours := ivr.Opening{Week: map[string]string{"daily": "01:00-02:00"}}.Hours(time.UTC, func(path, problem string) { t.Fatal(path, problem) })
		fl.desk.send(request{do: func() ([]acd.Event, error) {
			fl.desk.plan().Hours = map[QueueID]*ivr.Hours{"everybody": hours}
			fl.desk.newHours()
			fl.desk.keepHours()
			return nil, nil
		}})
		fl.settle()
		closed := func(want bool) {
			t.Helper()
			for _, q := range fl.desk.Snapshot().Queues {
				if q.Queue == "everybody" && q.Closed != want {
					t.Fatalf("after %v: closed %v", time.Since(now), q.Closed)
				}
			}
		}
		closed(true)
		fl.pass(time.Until(now.Add(time.Hour)) + time.Second)
		closed(false)
		fl.pass(time.Hour)
		closed(true)
	})
}
