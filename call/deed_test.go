// SPDX-License-Identifier: Apache-2.0

package call

import (
	"errors"
	"testing"
	"time"

	"tandem/acd"
)

// everyFlow leads straight into the queue that rings all.
const everyFlow = `
start: q
nodes:
  q: {queue: {id: everybody, endings: {else: bye}}}
  bye: {hangup: {cause: closed}}
`

// choosyFlow wants somebody who speaks german well, after 30 s anyone.
const choosyFlow = `
start: q
nodes:
  q: {queue: {id: support, require: [{skills: {german: 7}, for: 30s}, {}]}}
`

func TestRingAll(t *testing.T) {
	story(t, "rule 8: two agents answer at once: one bridge, the loser's leg ends as elsewhere", func(t *testing.T, fl *floor) {
		fl.available("ann", "bob")
		caller := fl.call("caller", "1700")
		ann, bob := fl.phones.last("ann"), fl.phones.last("bob")
		if ann == nil || bob == nil {
			t.Fatal("not both are rung")
		}
		bob.says(Answered{})
		ann.says(Answered{})
		fl.settle()
		winner, loser, lost := bob, ann, AgentID("ann")
		if fl.agent("ann").Activity == acd.Talking {
			winner, loser, lost = ann, bob, "bob"
		}
		if !caller.port.reaches(winner.port) || caller.port.reaches(loser.port) {
			t.Fatal("the caller does not hear the winner alone")
		}
		if cause, over := loser.ended(); !over || cause != CauseElsewhere {
			t.Fatalf("the loser's leg: ended %v %s", over, cause)
		}
		if a := fl.agent(lost); a.Status != acd.Available || a.Activity != acd.Idle {
			t.Fatalf("the loser is %+v", a)
		}
		fl.pass(time.Minute)
		if !caller.port.reaches(winner.port) {
			t.Fatal("the bridge did not last")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
		hows := map[acd.OfferEnding]int{}
		for _, o := range kept[OfferMade](fl.ledger) {
			hows[o.How]++
		}
		if hows[acd.Taken] != 1 || hows[acd.Elsewhere] != 1 || len(hows) != 2 {
			t.Fatalf("offers %v", hows)
		}
	})
	story(t, "rule 8: a loser's leg that dies meanwhile does not harm the winner", func(t *testing.T, fl *floor) {
		fl.available("ann", "bob")
		caller := fl.call("caller", "1700")
		ann, bob := fl.phones.last("ann"), fl.phones.last("bob")
		ann.says(Answered{})
		bob.close(CauseRefused)
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(ann.port) {
			t.Fatal("the caller does not hear ann")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}

func TestRequireOfAFlow(t *testing.T) {
	story(t, "rule 7: the flow's steps reach the floor and relax", func(t *testing.T, fl *floor) {
		fl.available("bob")
		if err := fl.desk.SetStatus(fl.ctx, "ann", "break", "", "ann", false); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		caller := fl.call("caller", "1800")
		fl.pass(29 * time.Second)
		if fl.phones.count("bob") != 0 {
			t.Fatal("bob is rung, who speaks no german")
		}
		if w := fl.desk.Snapshot().Queues[0].Waiting[0]; w.Step != 1 || w.Require != "german>=7 for 30s, then anyone" {
			t.Fatalf("shown as %+v", w)
		}
		fl.pass(2 * time.Second)
		if fl.phones.count("bob") != 1 {
			t.Fatal("bob is not rung after 30 s")
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
	})
}

func TestSupervisorsDeeds(t *testing.T) {
	story(t, "a caller is moved, waits on, is answered there; each visit has its row and the deed too", func(t *testing.T, fl *floor) {
		fl.available("bob")
		caller := fl.call("caller", "1000")
		bob := fl.phones.last("bob")
		if bob != nil {
			t.Fatal("rung in the menu")
		}
		caller.presses("1")
		fl.settle()
		contact := fl.agent("bob").Contact
		if err := fl.desk.Move(fl.ctx, contact, "everybody", "boss"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		if card := fl.desk.Snapshot().Cards[contact]; card.Queue != "everybody" {
			t.Fatalf("card %+v", card)
		}
		fl.phones.last("bob").says(Answered{})
		fl.settle()
		fl.activity("bob", acd.Talking)
		caller.leaves()
		if end := fl.ending(CauseCompleted); end.Queue != "everybody" {
			t.Fatalf("record %+v", end)
		}
		visits := kept[QueueVisit](fl.ledger)
		if len(visits) != 2 || visits[0].Ending != acd.EndTransferred || visits[0].To != "everybody" ||
			visits[1].Ending != acd.EndAnswered || visits[1].Queue != "everybody" {
			t.Fatalf("visits %+v", visits)
		}
		entered := kept[QueueEntered](fl.ledger)
		if len(entered) != 2 || entered[1].Queue != "everybody" {
			t.Fatalf("entered %+v", entered)
		}
		deeds := kept[Intervention](fl.ledger)
		if len(deeds) != 1 || deeds[0].What != acd.DidMove || deeds[0].Actor != "boss" || deeds[0].To != "everybody" {
			t.Fatalf("deeds %+v", deeds)
		}
	})
	story(t, "a withdrawn caller goes on in the flow", func(t *testing.T, fl *floor) {
		fl.available("ann")
		fl.call("caller", "1700")
		ann, contact := fl.phones.last("ann"), fl.agent("ann").Contact
		if err := fl.desk.Withdraw(fl.ctx, contact, "boss"); err != nil {
			t.Fatal(err)
		}
		fl.ending(CauseClosed)
		if _, over := ann.ended(); !over {
			t.Fatal("ann is still rung")
		}
		fl.activity("ann", acd.Idle)
		if err := fl.desk.Withdraw(fl.ctx, contact, "boss"); !errors.Is(err, ErrNotWaiting) {
			t.Fatalf("again: %v", err)
		}
	})
	story(t, "deeds on what is not there are refused and leave no record", func(t *testing.T, fl *floor) {
		caller, _ := fl.talking()
		contact := fl.agent("ann").Contact
		for _, f := range []struct {
			name string
			err  error
			want error
		}{
			{"a contact that talks", fl.desk.SetPriority(fl.ctx, contact, 9, "boss"), ErrWrongState},
			{"no contact", fl.desk.SetPriority(fl.ctx, "none", 9, "boss"), ErrNotWaiting},
			{"no queue", fl.desk.CloseQueue(fl.ctx, "none", false, "boss"), ErrUnknownQueue},
			{"no agent", fl.desk.Assign(fl.ctx, contact, "none", "boss"), ErrUnknownAgent},
		} {
			if !errors.Is(f.err, f.want) {
				t.Errorf("%s: %v, want %v", f.name, f.err, f.want)
			}
		}
		if n := len(kept[Intervention](fl.ledger)); n != 0 {
			t.Errorf("%d records", n)
		}
		caller.leaves()
	})
}

func TestDays(t *testing.T) {
	story(t, "rule 5: a day begins at the queue's own midnight", func(t *testing.T, fl *floor) {
		began, zone := time.Now(), fl.desk.cfg.Zones["support"]
		_, _, today := began.In(zone).Date()
		wait := fl.desk.untilMidnight()
		if wait <= 0 || wait > longestDay {
			t.Fatalf("%v until midnight", wait)
		}
		if _, _, before := began.Add(wait - time.Second).In(zone).Date(); before != today {
			t.Fatal("too late")
		}
		if _, _, after := began.Add(wait).In(zone).Date(); after == today {
			t.Fatal("too early")
		}
	})
}
