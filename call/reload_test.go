// SPDX-License-Identifier: Apache-2.0

package call

import (
	"errors"
	"testing"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// changed is the plan of fl with change made to a copy.
func (fl *floor) changed(change func(next *Desks)) Desks {
	next := *fl.desk.plan()
	change(&next)
	return next
}

func TestReload(t *testing.T) {
	story(t, "rule 22: a caller in line keeps the place and meets the new agents; a new number answers", func(t *testing.T, fl *floor) {
		fl.available("ann")
		if err := fl.desk.SetStatus(fl.ctx, "ann", "break", "", "ann", false); err != nil {
			t.Fatal(err)
		}
		caller := fl.call("caller", "1005")
		fl.pass(20 * time.Second)
		before := fl.desk.Snapshot().Queues[0].Waiting[0]
		err := fl.desk.Reload(fl.ctx, fl.changed(func(next *Desks) {
			next.Agents = append(next.Agents[:len(next.Agents):len(next.Agents)], acd.Agent{ID: "cleo", Queues: []acd.Membership{{Queue: "support"}}})
			next.Numbers = []Number{{Number: "4711", Flow: "line", Language: "en"}}
		}), nil, "boss")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := fl.desk.Route("4711", ""); !ok {
			t.Error("the new number is not known")
		}
		if _, ok := fl.desk.Route("1005", ""); ok {
			t.Error("the old number still is")
		}
		if after := fl.desk.Snapshot().Queues[0].Waiting[0]; after.Entered != before.Entered || after.Position != before.Position {
			t.Errorf("the place was %+v and is %+v", before, after)
		}
		if err := fl.desk.SetStatus(fl.ctx, "cleo", acd.Available, "", "cleo", false); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		cleo := fl.phones.last("cleo")
		if cleo == nil {
			t.Fatal("the new agent is not rung")
		}
		cleo.says(Answered{})
		fl.settle()
		fl.activity("cleo", acd.Talking)
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "a call keeps the flow it began with", func(t *testing.T, fl *floor) {
		fl.available("bob")
		caller := fl.call("caller", "1000")
		err := fl.desk.Reload(fl.ctx, fl.changed(func(next *Desks) { next.Flows = map[ivr.FlowID]*ivr.Flow{} }), nil, "boss")
		if err != nil {
			t.Fatal(err)
		}
		caller.presses("1")
		fl.settle()
		if fl.phones.last("bob") == nil {
			t.Fatal("the menu no longer leads to the queue")
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
	})
	story(t, "a queue cannot go while somebody waits, unless it is said where to", func(t *testing.T, fl *floor) {
		fl.available("ann")
		if err := fl.desk.SetStatus(fl.ctx, "ann", "break", "", "ann", false); err != nil {
			t.Fatal(err)
		}
		caller := fl.call("caller", "1005")
		entered := fl.desk.Snapshot().Queues[0].Waiting[0].Entered
		next := fl.changed(func(next *Desks) { next.Queues = next.Queues[1:] })
		var waiting WaitingError
		if err := fl.desk.Reload(fl.ctx, next, nil, "boss"); !errors.As(err, &waiting) || waiting.Queues[0] != "support" {
			t.Fatalf("got %v", err)
		}
		if fl.desk.Snapshot().Queues[0].Queue != "support" || !fl.desk.hasQueue("support") {
			t.Fatal("the refused configuration changed something")
		}
		if err := fl.desk.Reload(fl.ctx, next, map[QueueID]QueueID{"support": "everybody"}, "boss"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		queues := fl.desk.Snapshot().Queues
		if len(queues[0].Waiting) != 1 || queues[0].Queue != "everybody" || queues[0].Waiting[0].Entered.Before(entered) {
			t.Fatalf("%+v", queues)
		}
		fl.available("bob")
		fl.phones.last("bob").says(Answered{})
		fl.settle()
		fl.activity("bob", acd.Talking)
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}
