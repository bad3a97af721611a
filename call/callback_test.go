// SPDX-License-Identifier: Apache-2.0

package call

import (
	"errors"
	"testing"
	"time"

	"tandem/acd"
)

// backFlow leads into a queue that calls back, agent first; a caller who is to be
// called back hears no more.
const backFlow = `
start: q
nodes:
  q: {queue: {id: back, waitFlow: asking, endings: {callbackRequested: bye, else: bye}}}
  bye: {hangup: {cause: closed}}
`

// askingFlow is heard while waiting: 1 asks for a callback.
const askingFlow = `
kind: wait
languages: [en]
music: hold
keys: {"1": ask}
nodes:
  ask:
    callback:
      into: number
      offer: {say: {en: "We call {number}. Press one."}}
      enter: {say: {en: Enter your number.}}
      confirm: {say: {en: "We call {number}. Press one."}}
`

// laterFlow asks for a callback without waiting.
const laterFlow = `
start: ask
languages: [en]
nodes:
  ask: {callback: {queue: first, into: number, offer: {say: {en: "We call {number}. Press one."}}, enter: {say: {en: Enter your number.}}, confirm: {say: {en: "We call {number}. Press one."}}, next: bye}}
  bye: {hangup: {cause: completed}}
`

// callback is the state of the only callback's record.
func (fl *floor) over() CallbackOver {
	fl.t.Helper()
	fl.settle()
	all := kept[CallbackOver](fl.ledger)
	if len(all) == 0 {
		fl.t.Fatal("no callback is over")
	}
	return all[len(all)-1]
}

// asksBack is a caller who waits and then wants to be called back.
func (fl *floor) asksBack() {
	fl.t.Helper()
	caller := fl.call("caller", "1900")
	fl.pass(time.Minute)
	caller.presses("1")
	fl.pass(3 * time.Second)
	caller.presses("1")
	fl.pass(10 * time.Second)
	if _, over := caller.ended(); !over {
		fl.t.Fatal("the caller is still on the line")
	}
	visits := kept[QueueVisit](fl.ledger)
	if len(visits) != 1 || visits[0].Ending != acd.EndCallbackRequested {
		fl.t.Fatalf("visits %+v", visits)
	}
}

func TestCallback(t *testing.T) {
	story(t, "rule 15: agent first: the agent hears ringing while the customer is dialled, then both talk", func(t *testing.T, fl *floor) {
		fl.asksBack()
		asked := kept[CallbackAsked](fl.ledger)
		if len(asked) != 1 || asked[0].Number != "+49301234" || asked[0].Call == "" {
			t.Fatalf("asked %+v", asked)
		}
		fl.available("ann")
		ann := fl.phones.last("ann")
		if ann == nil || ann.target.From.Number != "+49301234" {
			t.Fatal("ann is not rung for the customer")
		}
		fl.activity("ann", acd.Ringing)
		ann.says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Dialling)
		customer := fl.phones.last("")
		if customer == nil || customer.target.URI != "+49301234" || customer.target.From.Number != "+4930999" {
			t.Fatalf("dialled %+v", customer)
		}
		heard := ann.port.count()
		fl.pass(4 * time.Second)
		if ann.port.count() == heard {
			t.Fatal("ann does not hear it ring")
		}
		customer.says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !customer.port.reaches(ann.port) || !ann.port.reaches(customer.port) {
			t.Fatal("they do not hear each other")
		}
		customer.leaves()
		if o := fl.over(); o.Ending != acd.EndAnswered || o.Agent != "ann" {
			t.Fatalf("over %+v", o)
		}
		fl.ending(CauseCompleted)
	})
	story(t, "rule 15: busy frees the agent blamelessly; the last attempt fails the callback", func(t *testing.T, fl *floor) {
		fl.asksBack()
		fl.available("ann")
		for attempt := range 2 {
			fl.phones.last("ann").says(Answered{})
			fl.settle()
			fl.phones.last("").close(CauseBusy)
			fl.settle()
			fl.activity("ann", acd.Idle)
			if a := fl.agent("ann"); a.Status != acd.Available {
				t.Fatalf("ann is %s", a.Status)
			}
			if _, over := fl.phones.last("ann").ended(); !over {
				t.Fatal("ann's leg is still up")
			}
			if attempt == 0 {
				fl.pass(time.Minute)
			}
		}
		if o := fl.over(); o.Ending != acd.EndCallbackFailed {
			t.Fatalf("over %+v", o)
		}
		if n := len(kept[CallbackTried](fl.ledger)); n != 2 {
			t.Fatalf("%d attempts", n)
		}
	})
	story(t, "the agent who hears it ring may end the dialling, blamelessly", func(t *testing.T, fl *floor) {
		fl.asksBack()
		fl.available("ann")
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Dialling)
		if err := fl.desk.Hangup(fl.ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		fl.activity("ann", acd.Idle)
		if _, over := fl.phones.last("").ended(); !over || fl.agent("ann").Status != acd.Available {
			t.Fatalf("the customer is still dialled, or ann is %s", fl.agent("ann").Status)
		}
		if tried := kept[CallbackTried](fl.ledger); len(tried) != 1 || tried[0].How != acd.DialCancelled {
			t.Fatalf("tried %+v", tried)
		}
	})
	story(t, "the agent's line is lost while the customer's phone rings: it stops", func(t *testing.T, fl *floor) {
		fl.asksBack()
		fl.available("ann")
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Dialling)
		customer := fl.phones.last("")
		fl.phones.last("ann").close(CauseMediaLost)
		fl.settle()
		if _, over := customer.ended(); !over {
			t.Fatal("the customer's phone rings for nobody")
		}
		if tried := kept[CallbackTried](fl.ledger); len(tried) != 1 || tried[0].How != acd.DialCancelled {
			t.Fatalf("tried %+v", tried)
		}
	})
	story(t, "rule 15: the customer does not answer in time", func(t *testing.T, fl *floor) {
		fl.asksBack()
		fl.available("ann")
		fl.phones.last("ann").says(Answered{})
		fl.pass(21 * time.Second)
		if cause, over := fl.phones.last("").ended(); !over || cause != CauseNoAnswer {
			t.Fatalf("customer's leg %v %s", over, cause)
		}
		if tried := kept[CallbackTried](fl.ledger); len(tried) != 1 || tried[0].How != acd.DialNoAnswer || tried[0].Again.IsZero() {
			t.Fatalf("tried %+v", tried)
		}
		fl.activity("ann", acd.Idle)
	})
	story(t, "rule 15: the agent reports a machine, and the customer is tried again", func(t *testing.T, fl *floor) {
		fl.asksBack()
		fl.available("ann")
		if err := fl.desk.MachineReached(fl.ctx, "ann"); !errors.Is(err, ErrWrongState) {
			t.Fatalf("while ringing: %v", err)
		}
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		first := fl.phones.last("")
		first.says(Answered{})
		fl.settle()
		if err := fl.desk.MachineReached(fl.ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		fl.activity("ann", acd.Idle)
		if _, over := first.ended(); !over {
			t.Fatal("the machine is still on the line")
		}
		fl.pass(time.Minute)
		fl.activity("ann", acd.Ringing)
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		fl.phones.last("").says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		fl.phones.last("ann").leaves()
		if o := fl.over(); o.Ending != acd.EndAnswered {
			t.Fatalf("over %+v", o)
		}
		fl.ending(CauseCompleted)
	})
	story(t, "rule 15: customer first: the agent is kept free, and rung when the customer is there", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1910")
		caller.presses("1")
		fl.pass(3 * time.Second)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still on the line")
		}
		fl.activity("ann", acd.Dialling)
		if fl.phones.count("ann") != 0 {
			t.Fatal("ann is rung before the customer is there")
		}
		customer := fl.phones.last("")
		customer.says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Ringing)
		heard := customer.port.count()
		fl.pass(time.Second)
		if customer.port.count() == heard {
			t.Fatal("the customer hears nothing")
		}
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		if !customer.port.reaches(fl.phones.last("ann").port) {
			t.Fatal("they do not hear each other")
		}
		customer.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "rule 15: the customer gives up before the agent is there", func(t *testing.T, fl *floor) {
		fl.available("ann")
		fl.call("caller", "1910").presses("1")
		fl.pass(3 * time.Second)
		customer := fl.phones.last("")
		customer.says(Answered{})
		fl.settle()
		customer.leaves()
		fl.settle()
		fl.activity("ann", acd.Idle)
		if o := fl.over(); o.Ending != acd.EndAbandoned {
			t.Fatalf("over %+v", o)
		}
	})
	story(t, "rule 15: who phones in again takes the place, and nobody is called back", func(t *testing.T, fl *floor) {
		fl.asksBack()
		again := fl.call("again", "1900")
		fl.settle()
		if o := fl.over(); o.Ending != acd.EndWithdrawn {
			t.Fatalf("over %+v", o)
		}
		again.leaves()
		fl.settle()
	})
	story(t, "rule 15: the allow list holds, and one is open per number and queue", func(t *testing.T, fl *floor) {
		want := func(number string, how acd.Kept) {
			t.Helper()
			got, err := fl.desk.RequestCallback(fl.ctx, CallbackWish{Number: number, Queue: "back", By: "boss"})
			if err != nil || got != how {
				t.Fatalf("%s: %s %v", number, got, err)
			}
		}
		want("0900123", keptNotAllowed)
		want("+49305555", acd.KeptRequested)
		want("+49305555", acd.KeptDuplicate)
		fl.settle()
		for _, q := range fl.desk.Snapshot().Queues {
			if q.Queue == "back" && (len(q.Waiting) != 1 || q.Waiting[0].Kind != acd.KindCallback) {
				t.Fatalf("line %+v", q.Waiting)
			}
		}
		if err := fl.desk.Withdraw(fl.ctx, kept[CallbackAsked](fl.ledger)[0].Callback, "boss"); err != nil {
			t.Fatal(err)
		}
		if o := fl.over(); o.Ending != acd.EndWithdrawn {
			t.Fatalf("over %+v", o)
		}
	})
}

func TestAcceptKey(t *testing.T) {
	story(t, "a phone with an accept key is only bridged when the key is pressed: a voicemail presses none", func(t *testing.T, fl *floor) {
		fl.desk.cfg.AcceptKeys = map[AgentID]byte{"ann": '1'}
		fl.available("ann")
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.settle()
		voicemail := fl.phones.last("ann")
		heard := voicemail.port.count()
		voicemail.says(Answered{})
		fl.pass(2 * time.Second)
		if voicemail.port.count() == heard {
			t.Fatal("no beeps")
		}
		fl.pass(14 * time.Second)
		if a := fl.agent("ann"); a.Status != acd.NotResponding {
			t.Fatalf("ann is %s", a.Status)
		}
		fl.available("ann")
		ann := fl.phones.last("ann")
		ann.says(Answered{})
		fl.settle()
		ann.presses("3")
		fl.settle()
		fl.activity("ann", acd.Ringing)
		ann.presses("1")
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(ann.port) {
			t.Fatal("not bridged")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}
