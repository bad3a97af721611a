// SPDX-License-Identifier: Apache-2.0

package call

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tandem/acd"
)

// This file tells the stories in which things happen in an odd order: a device
// lost on hold, keys and hang-ups that come too late, faults in the line.

// hears tells how many packets the caller hears within a second.
func (fl *floor) hears(caller *testLeg) int {
	before := caller.port.count()
	fl.pass(time.Second)
	return caller.port.count() - before
}

func TestOddHold(t *testing.T) {
	story(t, "a reload on hold: the caller hears music all along and is still on hold", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		if err := fl.desk.Hold(fl.ctx, "ann", true); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		agent.close(CauseReplaced)
		fl.settle()
		again := fl.phones.last("ann")
		again.says(Answered{})
		fl.settle()
		if n := fl.hears(caller); n < 45 {
			t.Fatalf("on hold after the reload the caller hears %d packets in a second", n)
		}
		fl.activity("ann", acd.OnHold)
		if len(again.holds) == 0 || !again.holds[0] {
			t.Fatal("the new leg does not know that it is on hold")
		}
		if err := fl.desk.Hold(fl.ctx, "ann", false); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(again.port) || !again.port.reaches(caller.port) {
			t.Fatal("not bridged after hold")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "a phone that held is lost and answers anew: nobody is on hold", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.says(Held{})
		fl.settle()
		agent.close(CauseMediaLost)
		fl.settle()
		again := fl.phones.last("ann")
		again.says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(again.port) {
			t.Fatal("not bridged with the phone that answered")
		}
		again.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "lost on hold and never back: the caller waits again, no longer on hold", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		fl.available("bob")
		if err := fl.desk.Hold(fl.ctx, "ann", true); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		fl.phones.unplug("ann", true)
		fl.desk.DeviceLost("ann")
		agent.close(CauseMediaLost)
		fl.pass(31 * time.Second)
		fl.phones.last("bob").says(Answered{})
		fl.settle()
		fl.activity("bob", acd.Talking)
		if last := caller.holds[len(caller.holds)-1]; last {
			t.Fatal("the caller's leg still believes it is on hold")
		}
		card := fl.desk.Snapshot().Cards[fl.agent("bob").Contact]
		if !card.HeldSince.IsZero() || card.Resuming {
			t.Fatalf("bob's page shows %+v", card)
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "hold, hold, resume, resume: the second of each changes nothing", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		for _, on := range []bool{true, true, false, false} {
			if err := fl.desk.Hold(fl.ctx, "ann", on); err != nil {
				t.Fatal(err)
			}
			fl.settle()
		}
		if len(caller.holds) != 2 || !caller.port.reaches(agent.port) {
			t.Fatalf("holds %v", caller.holds)
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}

func TestOddReturn(t *testing.T) {
	story(t, "hang-up from the page while the device is called back", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.close(CauseReplaced)
		fl.settle()
		if err := fl.desk.Hold(fl.ctx, "ann", true); !errors.Is(err, ErrWrongState) {
			t.Fatalf("hold without a device: %v", err)
		}
		if err := fl.desk.Hangup(fl.ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		fl.ending(CauseCompleted)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still up")
		}
		if _, over := fl.phones.last("ann").ended(); !over {
			t.Fatal("the page is still rung")
		}
		fl.activity("ann", acd.WrapUp)
	})
	story(t, "the caller hangs up while the device is called back", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.close(CauseReplaced)
		fl.settle()
		caller.leaves()
		fl.ending(CauseCompleted)
		if _, over := fl.phones.last("ann").ended(); !over {
			t.Fatal("the page is still rung")
		}
		fl.activity("ann", acd.WrapUp)
	})
	story(t, "a caller's keys do not ring a page that refuses over and over", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.close(CauseReplaced)
		fl.settle()
		fl.phones.last("ann").close(CauseBusy)
		caller.presses("123456")
		fl.settle()
		if n := fl.phones.count("ann"); n != 2 {
			t.Fatalf("ann rung %d times", n)
		}
		fl.pass(resumePause) // and one refusal is not the end
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		if !caller.port.reaches(fl.phones.last("ann").port) {
			t.Fatal("not bridged again")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "the device comes back while its dead forerunner is dialled", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.close(CauseMediaLost)
		fl.settle()
		fl.desk.DeviceBack("ann")
		fl.settle()
		fl.phones.last("ann").close(CauseUnreachable)
		fl.settle()
		if n := fl.phones.count("ann"); n != 3 {
			t.Fatalf("ann rung %d times", n)
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "one who was rung before refuses too late: the talk of another goes on", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		contact := fl.agent("ann").Contact
		fl.desk.send(request{do: func() ([]acd.Event, error) {
			fl.desk.mail(contact, hangupWanted{"bob"})
			return nil, nil
		}})
		fl.settle()
		fl.activity("ann", acd.Talking)
		if _, over := agent.ended(); over {
			t.Fatal("bob ended ann's talk")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "a bridge that the desk gave up: the caller waits and is counted once", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		contact, offer := fl.agent("ann").Contact, agent.target.Offer
		fl.desk.send(request{do: func() ([]acd.Event, error) {
			fl.desk.mail(contact, acd.Withdraw{ID: offer, Contact: contact, Agent: "ann", How: acd.Unreachable})
			return nil, nil
		}})
		fl.settle()
		if cause, over := agent.ended(); !over {
			t.Fatalf("the agent's leg is still up, %s", cause)
		}
		if n := fl.hears(caller); n < 45 {
			t.Fatalf("the caller hears %d packets in a second", n)
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
	})
}

func TestOddDial(t *testing.T) {
	story(t, "while a target rings the caller hears it ring", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "1004")
		if n := fl.hears(caller); n < 45 {
			t.Fatalf("the caller hears %d packets in a second", n)
		}
		door := fl.phones.last("")
		door.says(Answered{})
		fl.settle()
		if !caller.port.reaches(door.port) {
			t.Fatal("not bridged")
		}
		door.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "a caller who leaves while a target rings is abandoned, whatever the flow had next", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1004")
		caller.leaves()
		fl.ending(CauseAbandoned)
		if v := kept[QueueVisit](fl.ledger); len(v) != 0 || fl.phones.count("ann") != 0 {
			t.Fatalf("a caller who was gone was queued: %+v", v)
		}
		if cause, over := fl.phones.last("").ended(); !over || cause != CauseCallerGone {
			t.Fatalf("the target's leg: %v %s", over, cause)
		}
	})
	story(t, "a caller who leaves the line is abandoned, whatever the flow had next", func(t *testing.T, fl *floor) {
		fl.available("ann")
		busy := fl.call("busy", "1005")
		caller := fl.call("caller", "1005")
		caller.leaves()
		fl.ending(CauseAbandoned)
		busy.leaves()
		fl.ending(CauseAbandoned)
	})
	story(t, "an agent's leg that ends late is not the target's", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1005")
		agent := fl.phones.last("ann")
		caller.presses("*") // the agent is withdrawn, and the target dialled at once
		fl.settle()
		if _, over := agent.ended(); !over {
			t.Fatal("ann is still rung")
		}
		door := fl.phones.last("")
		if _, over := door.ended(); over {
			t.Fatal("the target is no longer rung")
		}
		door.says(Answered{})
		fl.settle()
		if !caller.port.reaches(door.port) {
			t.Fatal("not bridged")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}

func TestLog(t *testing.T) {
	story(t, "one call is about ten lines of the log, without digits", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		fl.pass(time.Minute)
		agent.leaves()
		fl.ending(CauseCompleted)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still up")
		}
		var told []string
		for line := range strings.Lines(fl.log.String()) {
			if strings.Contains(line, " call=") {
				told = append(told, line)
			}
		}
		if len(told) < 7 || len(told) > 10 {
			t.Errorf("%d lines:\n%s", len(told), strings.Join(told, ""))
		}
	})
	story(t, "a caller who presses keys without end does not fill the log", func(t *testing.T, fl *floor) {
		f := func(keys string, most int) {
			t.Helper()
			fl.log.Reset()
			caller := fl.call("caller", "1006")
			for range 100 {
				caller.presses(keys)
				fl.settle()
			}
			caller.leaves()
			fl.settle()
			if n := strings.Count(fl.log.String(), "\n"); n < 4 || n > most {
				t.Errorf("keys %s: %d lines", keys, n)
			}
		}
		f("9", 6)
		f("88", nodesLogged+5)
	})
}

func TestOddEnd(t *testing.T) {
	story(t, "a fault while a caller waits leaves nobody in the line", func(t *testing.T, fl *floor) {
		fl.available("ann")
		fl.phones.fault("ann", true)
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.ending(CauseInternal)
		if s := fl.desk.Snapshot(); len(s.Queues[0].Waiting) != 0 || len(s.Cards) != 0 {
			t.Fatalf("still in line: %+v", s.Queues[0].Waiting)
		}
		fl.activity("ann", acd.Idle)
		if a := fl.agent("ann"); a.Status != acd.Available {
			t.Fatalf("ann is %s for a fault of ours", a.Status)
		}
		if v := kept[QueueVisit](fl.ledger); len(v) != 1 || v[0].Ending != acd.EndSystemError {
			t.Fatalf("visits %+v", v)
		}
		fl.phones.fault("ann", false)
		next := fl.call("next", "1000")
		next.presses("1")
		fl.settle()
		fl.activity("ann", acd.Ringing)
		next.leaves()
	})
	story(t, "a fault before the answer ends the call, with its record if there is one", func(t *testing.T, fl *floor) {
		fl.ledger.broken = true
		caller := fl.call("caller", "1000")
		if cause, over := caller.ended(); !over || cause != CauseInternal {
			t.Fatalf("ended %v %s", over, cause)
		}
		fl.ledger.broken = false
		fl.ending(CauseInternal)
	})
	story(t, "a call with a full mailbox ends, and its place with it", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.settle()
		contact := fl.agent("ann").Contact
		fl.desk.send(request{do: func() ([]acd.Event, error) {
			for range 4 * callMailbox { // more than the call can read meanwhile
				fl.desk.mail(contact, deviceIsBack{"ann"})
			}
			if l := fl.desk.lines[contact]; l != nil {
				l.call.end(CauseInternal)
			}
			return nil, nil
		}})
		fl.ending(CauseInternal)
		fl.activity("ann", acd.Idle)
		if s := fl.desk.Snapshot(); len(s.Queues[0].Waiting) != 0 {
			t.Fatal("still in line")
		}
		if v := kept[QueueVisit](fl.ledger); len(v) != 1 || v[0].Ending != acd.EndSystemError {
			t.Fatalf("visits %+v", v)
		}
	})
	story(t, "shutting down says that the server ended the talk", func(t *testing.T, fl *floor) {
		caller, _ := fl.talking()
		contact := fl.agent("ann").Contact
		fl.desk.send(request{do: func() ([]acd.Event, error) {
			fl.desk.lines[contact].call.end(CauseDrainForced)
			return nil, nil
		}})
		fl.ending(CauseDrainForced)
		if card := fl.desk.Snapshot().Cards[contact]; card.EndedBy != "server" {
			t.Fatalf("ended by %q", card.EndedBy)
		}
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still up")
		}
	})
	story(t, "who leaves between our 200 and the ACK was answered, says the record", func(t *testing.T, fl *floor) {
		leg := newTestLeg("caller", Party{})
		leg.unheard = true
		fl.desk.Take(fl.ctx, Incoming{Leg: leg, Number: "1000", At: time.Now()})
		if end := fl.ending(CauseAbandoned); end.Answered.IsZero() {
			t.Fatal("recorded as never answered")
		}
	})
	story(t, "no call is taken that could not be recorded", func(t *testing.T, fl *floor) {
		fl.ledger.full = true
		if cause, over := fl.call("caller", "1000").ended(); !over || cause != CauseOverload {
			t.Fatalf("ended %v %s", over, cause)
		}
		fl.ledger.full = false
		caller := fl.call("caller", "1000")
		if !caller.answered {
			t.Fatal("not answered")
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
		if n := len(kept[CallEnded](fl.ledger)); n != 1 {
			t.Fatalf("%d records", n)
		}
	})
	story(t, "an agent's phone that goes on pressing keys does not keep a call alive", func(t *testing.T, fl *floor) {
		fl.available("ann")
		fl.phones.deaf = true // its BYE is not answered yet
		caller, agent := fl.talking()
		caller.leaves()
		fl.ending(CauseCompleted)
		for range 3 * callMailbox {
			agent.says(Digit{'1'})
			fl.pass(time.Millisecond)
		}
		agent.finish()
		fl.settle()
		if n := fl.desk.Alive(); n != 0 {
			t.Fatalf("%d calls alive", n)
		}
	})
	story(t, "times come from the steady clock: a call that seems to come from the future lasts no negative time", func(t *testing.T, fl *floor) {
		leg := newTestLeg("caller", Party{})
		go fl.desk.Take(fl.ctx, Incoming{Leg: leg, Number: "1000", At: time.Now().Add(time.Hour)})
		fl.settle()
		leg.leaves()
		end := fl.ending(CauseAbandoned)
		if opened := kept[CallOpened](fl.ledger)[0]; end.At.Before(opened.At) {
			t.Fatalf("opened %s, ended %s", opened.At, end.At)
		}
	})
}
