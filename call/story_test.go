// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/acd"
	"tandem/ivr"
	"tandem/media"
)

const helpFlow = `
start: menu
nodes:
  menu:
    menu:
      prompt: {say: {en: Press one., zh: 请按一。}}
      keys:
        "1": {next: support, label: {en: Support, zh: 技术支持}}
  support:
    queue: {id: support, endings: {exitKey: bye, joinEmpty: nobody}}
  bye: {hangup: {cause: closed}}
  nobody: {hangup: {cause: noAgents}}
`

// helpedFlow says what a hang-up means: whoever pressed one was helped.
const helpedFlow = `
start: menu
onHangup: gone
nodes:
  menu: {menu: {prompt: {say: {en: Press one., zh: 请按一。}}, keys: {"1": mark}}}
  mark: {set: {told: "'yes'"}, next: rest}
  rest: {wait: 10s, next: line}
  line: {queue: support}
  gone: {branch: {cases: [{when: told == "yes", next: helped}], else: left}}
  helped: {hangup: {cause: completed}}
  left: {hangup: }
`

const againFlow = `
start: menu
nodes:
  menu: {menu: {prompt: {say: {en: Again nine., zh: 重听请按九。}}, keys: {"9": menu, "8": other}}}
  other: {menu: {prompt: {say: {en: Back eight., zh: 返回请按八。}}, keys: {"8": menu}}}
`

const waitFlow = `
kind: wait
music: hold
exitKey: "*"
announce: {position: {en: "You are caller {position}.", zh: "您是第{position}位。"}}
`

const brokenFlow = `
start: play
nodes: {play: {play: broken.wav}}
`

const doorFlow = `
start: door
nodes:
  door: {dial: {target: "sip:door@192.0.2.7", ringTime: 10s, endings: {else: support}}}
  support: {queue: {id: support, endings: {exitKey: door, else: bye}}}
  bye: {hangup: {cause: closed}}
`

const lineFlow = `
start: support
nodes:
  support: {queue: {id: support, endings: {exitKey: door, else: bye}}}
  door: {dial: {target: "sip:door@192.0.2.7", ringTime: 10s, endings: {else: bye}}}
  bye: {hangup: {cause: closed}}
`

// anySound has a second of silence for whatever is asked, but for one file.
type anySound struct{}

func (anySound) Sentence(_, _ string) (media.Clip, bool) { return media.Silence(time.Second), true }
func (anySound) File(string) (media.Clip, error)         { panic("a fault of ours") }
func (anySound) Music(string) (media.Clip, error)        { return media.Silence(time.Second), nil }

// floor is a desk with agents ann and bob in one queue, in a synctest bubble.
type floor struct {
	t      *testing.T
	desk   *Desk
	phones *phones
	ledger *ledger
	log    *strings.Builder // what an operator sees; read when all is settled
	ctx    context.Context
	crm    *crm
}

// story runs f in a bubble with a running floor, and checks that nothing of it
// is left over.
func story(t *testing.T, name string, f func(t *testing.T, fl *floor)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			flows := map[ivr.FlowID]*ivr.Flow{}
			for id, src := range map[ivr.FlowID]string{"help": helpFlow, "waiting": waitFlow, "broken": brokenFlow, "door": doorFlow, "line": lineFlow, "again": againFlow, "helped": helpedFlow, "every": everyFlow, "choosy": choosyFlow, "back": backFlow, "asking": askingFlow, "later": laterFlow, "last": lastFlow, "dip": dipFlow, "say": sayFlow, "survey": surveyFlow, "direct": directFlow} {
				flow, problems := ivr.Read(string(id)+".yaml", []byte(src))
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				flows[id] = flow
			}
			queues := []acd.Queue{{ID: "support", RingTime: 15 * time.Second, WrapUp: 10 * time.Second},
				{ID: "everybody", RingTime: 15 * time.Second, Strategy: acd.RingAll, JoinEmpty: true},
				{ID: "back", RingTime: 15 * time.Second, JoinEmpty: true,
					Callbacks: acd.Callbacks{Order: acd.AgentFirst, Attempts: 2, Gap: time.Minute, RingTime: 20 * time.Second}},
				{ID: "first", RingTime: 15 * time.Second, JoinEmpty: true, Callbacks: acd.Callbacks{Order: acd.CustomerFirst}}}
			wheel := media.NewWheel(nil)
			fl := &floor{t: t, phones: &phones{off: map[AgentID]bool{}, rings: map[AgentID][]*testLeg{}}, ledger: &ledger{}, log: &strings.Builder{}, crm: &crm{answers: make(chan ivr.Fetched)}}
			fl.desk = NewDesk(Desks{
				Queues: queues,
				Agents: []acd.Agent{
					{ID: "ann", Queues: []acd.Membership{{Queue: "support"}, {Queue: "everybody"}, {Queue: "back"}, {Queue: "first"}}, Skills: []acd.Skill{{Name: "german", Level: 9}}},
					{ID: "bob", Queues: []acd.Membership{{Queue: "support"}, {Queue: "everybody"}}},
				},
				Numbers: []Number{{Number: "1000", Flow: "help", Language: "en"}, {Prefix: "2", Flow: "help", Language: "en", Ringback: 3 * time.Second}, {Number: "1666", Flow: "broken"}, {Number: "1004", Flow: "door"}, {Number: "1005", Flow: "line"}, {Number: "1006", Flow: "again", Language: "en"}, {Number: "1555", Flow: "helped", Language: "en"},
					{Number: "1700", Flow: "every", Language: "en"}, {Number: "1900", Flow: "back", Language: "en"}, {Number: "1910", Flow: "later", Language: "en"}, {Number: "1920", Flow: "last", Language: "en"}, {Number: "1800", Flow: "choosy", Language: "en"}, {Number: "1901", Flow: "dip", Language: "en"}, {Number: "1911", Flow: "say", Language: "en"}, {Number: "1921", Flow: "survey", Language: "en"}, {Number: "1931", Flow: "direct", Language: "en"}},
				Flows:    flows,
				Zones:    map[QueueID]*time.Location{"support": time.FixedZone("east", 5*3600)},
				WaitFlow: "waiting", Statuses: []acd.Status{"break"}, DialAllowed: []string{"sip:door@192.0.2.7", "+49*"}, CallerIDs: map[QueueID]Party{"back": {Number: "+4930999"}},
				Dialer: fl.phones, Fetcher: fl.crm, Recordings: t.TempDir(), Records: fl.ledger, Sounds: Sounds{wheel, anySound{}, "hold"},
				Metrics: NewMetrics(prometheus.NewRegistry(), queues), Log: slog.New(slog.NewTextHandler(fl.log, nil)),
			})
			ctx, cancel := context.WithCancel(t.Context())
			fl.ctx = ctx
			var running sync.WaitGroup
			running.Go(func() { wheel.Run(ctx) })
			running.Go(func() { fl.desk.Run(ctx) })
			f(t, fl)
			fl.desk.Wait()
			cancel()
			running.Wait()
		})
	})
}

// call sends a caller to a number and returns the caller's leg.
func (fl *floor) call(id LegID, number string) *testLeg {
	leg := newTestLeg(id, Party{Number: "+49301234"})
	go fl.desk.Take(fl.ctx, Incoming{Leg: leg, Number: number, Trunk: "trunk", At: time.Now(), Trusted: true})
	fl.settle()
	return leg
}

// settle lets everything happen that can happen now, snapshots included.
func (fl *floor) settle() { fl.pass(2 * publishGap) }

func (fl *floor) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (fl *floor) available(agents ...AgentID) {
	for _, a := range agents {
		if err := fl.desk.SetStatus(fl.ctx, a, acd.Available, "", acd.Actor(a), false); err != nil {
			fl.t.Fatal(err)
		}
	}
	fl.settle()
}

func (fl *floor) agent(id AgentID) acd.AgentSnapshot {
	for _, a := range fl.desk.Snapshot().Agents {
		if a.Agent == id {
			return a
		}
	}
	fl.t.Fatalf("no agent %s", id)
	return acd.AgentSnapshot{}
}

func (fl *floor) activity(id AgentID, want acd.Activity) {
	fl.t.Helper()
	if got := fl.agent(id).Activity; got != want {
		fl.t.Fatalf("%s is %s, want %s", id, got, want)
	}
}

// ending is the cause of the last call's record.
func (fl *floor) ending(want Cause) CallEnded {
	fl.t.Helper()
	fl.settle()
	rows := kept[CallEnded](fl.ledger)
	if len(rows) == 0 {
		fl.t.Fatal("no call has ended")
	}
	last := rows[len(rows)-1]
	if last.Cause != want {
		fl.t.Fatalf("the call ended %s, want %s", last.Cause, want)
	}
	return last
}

// talking is a caller who has reached ann.
func (fl *floor) talking() (caller, agent *testLeg) {
	fl.available("ann")
	caller = fl.call("caller", "1000")
	caller.presses("1")
	fl.settle()
	agent = fl.phones.last("ann")
	if agent == nil {
		fl.t.Fatal("ann was not rung")
	}
	agent.says(Answered{})
	fl.settle()
	fl.activity("ann", acd.Talking)
	if !caller.port.reaches(agent.port) || !agent.port.reaches(caller.port) {
		fl.t.Fatal("caller and agent do not hear each other")
	}
	return caller, agent
}

func TestCall(t *testing.T) {
	story(t, "the flow says what a hang-up means, but not once the caller has waited for a person", func(t *testing.T, fl *floor) {
		fl.call("one", "1555").leaves()
		fl.ending(CauseAbandoned)
		two := fl.call("two", "1555")
		two.presses("1")
		fl.settle()
		two.leaves()
		fl.ending(CauseCompleted)
		three := fl.call("three", "1555")
		three.presses("1")
		fl.pass(11 * time.Second)
		three.leaves()
		fl.ending(CauseAbandoned)
	})
	story(t, "an unknown number is refused and leaves no record", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "999")
		if cause, over := caller.ended(); !over || cause != CauseUnknownNumber {
			t.Fatalf("ended %v %s", over, cause)
		}
		if n := len(kept[CallOpened](fl.ledger)); n != 0 {
			t.Fatalf("%d records", n)
		}
	})
	story(t, "the row is on disk before the answer", func(t *testing.T, fl *floor) {
		caller := newTestLeg("caller", Party{})
		go fl.desk.Take(fl.ctx, Incoming{Leg: caller, Number: "1000", At: time.Now()})
		synctest.Wait()
		if len(kept[CallOpened](fl.ledger)) != 1 || !caller.answered {
			t.Fatal("not opened and answered")
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
	})
	story(t, "a number with ringback rings first, and a caller who gives up is abandoned unanswered", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "2345")
		if !caller.rang || caller.answered {
			t.Fatal("want ringing, not answered")
		}
		fl.pass(time.Second)
		caller.leaves()
		if end := fl.ending(CauseAbandoned); !end.Answered.IsZero() {
			t.Fatal("recorded as answered")
		}
		second := fl.call("second", "2345")
		fl.pass(3 * time.Second)
		if !second.answered {
			t.Fatal("not answered after the ringback")
		}
		second.leaves()
	})
	story(t, "menu, queue, agent, wrap-up, record", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		if to := agent.target; to.From.Number != "+49301234" || to.Queue != "support" || to.Offer == 0 {
			t.Fatalf("the agent saw %+v", to)
		}
		card := fl.desk.Snapshot().Cards[fl.agent("ann").Contact]
		if !slices.Equal(card.MenuPath, []string{"Support"}) || card.Bridged.IsZero() {
			t.Fatalf("card %+v", card)
		}
		fl.pass(30 * time.Second)
		caller.leaves()
		fl.settle()
		if _, over := agent.ended(); !over {
			t.Fatal("the agent's leg is still up")
		}
		fl.activity("ann", acd.WrapUp)
		end := fl.ending(CauseCompleted)
		if end.Agent != "ann" || end.Queue != "support" || end.Bridged.IsZero() || end.MenuPath != "Support" {
			t.Fatalf("record %+v", end)
		}
		if err := fl.desk.Dispose(fl.ctx, "ann", end.Call, "fixed", "all well"); err != nil {
			t.Fatal(err)
		}
		fl.pass(10 * time.Second)
		fl.activity("ann", acd.Idle)
		if len(fl.desk.Snapshot().Cards) != 0 {
			t.Fatal("the card outlives the wrap-up")
		}
		visits := kept[QueueVisit](fl.ledger)
		if len(visits) != 1 || visits[0].Ending != acd.EndAnswered || visits[0].Agent != "ann" {
			t.Fatalf("visits %+v", visits)
		}
		if d := kept[CallDisposition](fl.ledger); len(d) != 1 || d[0].Disposition != "fixed" {
			t.Fatalf("dispositions %+v", d)
		}
	})
	story(t, "a panic ends the call it happens in and no other", func(t *testing.T, fl *floor) {
		other, _ := fl.talking()
		caller := fl.call("caller", "1666")
		if cause, over := caller.ended(); !over || cause != CauseInternal {
			t.Fatalf("ended %v %s", over, cause)
		}
		fl.ending(CauseInternal)
		fl.activity("ann", acd.Talking)
		other.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "nobody signed in: the flow says so and the record too", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.ending(CauseNoAgents)
		if v := kept[QueueVisit](fl.ledger); len(v) != 1 || v[0].Ending != acd.RefusedJoinEmpty {
			t.Fatalf("visits %+v", v)
		}
	})
}

func TestWaiting(t *testing.T) {
	story(t, "no answer: the agent is notResponding and the next one rings", func(t *testing.T, fl *floor) {
		fl.available("ann", "bob")
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.settle()
		fl.activity("ann", acd.Ringing)
		fl.pass(15 * time.Second)
		if a := fl.agent("ann"); a.Status != acd.NotResponding {
			t.Fatalf("ann is %s", a.Status)
		}
		if cause, over := fl.phones.last("ann").ended(); !over || cause != CauseNoAnswer {
			t.Fatalf("ann's leg: %v %s", over, cause)
		}
		view := fl.desk.Snapshot().Desks["ann"]
		if view.Last == nil || view.Last.How != acd.Missed || view.Last.Card.From.Number != "+49301234" {
			t.Fatalf("ann's page shows %+v", view.Last)
		}
		bob := fl.phones.last("bob")
		if bob == nil {
			t.Fatal("bob was not rung")
		}
		bob.says(Answered{})
		fl.settle()
		fl.activity("bob", acd.Talking)
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "the only agent never answers: the caller waits on and nothing spins", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.pass(5 * time.Minute)
		if n := fl.phones.count("ann"); n != 1 {
			t.Fatalf("ann rung %d times", n)
		}
		fl.available("ann")
		if n := fl.phones.count("ann"); n != 2 {
			t.Fatalf("after coming back ann was rung %d times", n)
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
	})
	story(t, "hang-up while ringing: the agent's leg ends, no wrap-up, no miss", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.settle()
		leg := fl.phones.last("ann")
		caller.leaves()
		fl.settle()
		if cause, over := leg.ended(); !over || cause != CauseCallerGone {
			t.Fatalf("ann's leg: %v %s", over, cause)
		}
		fl.activity("ann", acd.Idle)
		if a := fl.agent("ann"); a.Status != acd.Available {
			t.Fatalf("ann is %s", a.Status)
		}
		fl.ending(CauseAbandoned)
	})
	story(t, "the exit key leaves the line and the flow goes on there", func(t *testing.T, fl *floor) {
		fl.available("ann")
		busy := fl.call("busy", "1000")
		busy.presses("1")
		fl.settle()
		caller := fl.call("caller", "1000")
		caller.presses("1")
		fl.pass(time.Second)
		caller.presses("*")
		fl.ending(CauseClosed)
		busy.leaves()
	})
	story(t, "refused, busy and unreachable never count as missed", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1000")
		caller.presses("1")
		for range 3 {
			fl.settle()
			fl.phones.last("ann").close(CauseBusy)
			fl.pass(5 * time.Second)
		}
		if a := fl.agent("ann"); a.Status != acd.Available || fl.phones.count("ann") != 4 {
			t.Fatalf("ann is %s after %d rings", a.Status, fl.phones.count("ann"))
		}
		fl.phones.unplug("ann", true)
		fl.phones.last("ann").close(CauseRefused)
		fl.pass(time.Minute)
		if a := fl.agent("ann"); a.Status != acd.Available {
			t.Fatalf("ann is %s", a.Status)
		}
		caller.leaves()
		fl.ending(CauseAbandoned)
	})
}

func TestTalk(t *testing.T) {
	story(t, "hold from the page: the caller hears music, then the agent again", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		before := caller.port.count()
		if err := fl.desk.Hold(fl.ctx, "ann", true); err != nil {
			t.Fatal(err)
		}
		fl.pass(time.Second)
		fl.activity("ann", acd.OnHold)
		if caller.port.reaches(agent.port) || agent.port.reaches(caller.port) {
			t.Fatal("still bridged on hold")
		}
		if caller.port.count()-before < 45 {
			t.Fatalf("heard %d packets of music in a second", caller.port.count()-before)
		}
		if err := fl.desk.Hold(fl.ctx, "ann", false); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(agent.port) || !agent.port.reaches(caller.port) {
			t.Fatal("not bridged after hold")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "hold by re-INVITE from a phone does the same", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.says(Held{})
		fl.settle()
		fl.activity("ann", acd.OnHold)
		agent.says(Resumed{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		agent.leaves()
		fl.ending(CauseCompleted)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still up")
		}
	})
	story(t, "the caller hangs up on hold", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		if err := fl.desk.Hold(fl.ctx, "ann", true); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		caller.leaves()
		fl.ending(CauseCompleted)
		fl.activity("ann", acd.WrapUp)
		if _, over := agent.ended(); !over {
			t.Fatal("the agent's leg is still up")
		}
	})
	story(t, "hang up from the page", func(t *testing.T, fl *floor) {
		caller, _ := fl.talking()
		if err := fl.desk.Hangup(fl.ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		fl.ending(CauseCompleted)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still up")
		}
		if err := fl.desk.Hangup(fl.ctx, "ann"); !errors.Is(err, ErrWrongState) {
			t.Fatalf("a second hang-up: %v", err)
		}
	})
	story(t, "a reload: the caller hears music and the page is rung anew with the resume token", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		agent.close(CauseReplaced)
		fl.settle()
		again := fl.phones.last("ann")
		if again == agent || again.target.Resume == "" {
			t.Fatal("not rung anew with a token")
		}
		again.says(Answered{})
		fl.settle()
		fl.activity("ann", acd.Talking)
		if !caller.port.reaches(again.port) || !again.port.reaches(caller.port) {
			t.Fatal("not bridged with the new page")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
		if v := kept[QueueVisit](fl.ledger); len(v) != 1 {
			t.Fatalf("%d visits for one call", len(v))
		}
	})
	story(t, "dead media while the page is away: rung when it is back", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		fl.phones.unplug("ann", true)
		fl.desk.DeviceLost("ann")
		agent.close(CauseMediaLost)
		fl.pass(12 * time.Second)
		fl.activity("ann", acd.Talking)
		fl.phones.unplug("ann", false)
		fl.desk.DeviceBack("ann")
		fl.settle()
		fl.phones.last("ann").says(Answered{})
		fl.settle()
		if !caller.port.reaches(fl.phones.last("ann").port) {
			t.Fatal("not bridged again")
		}
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "the agent never comes back: the caller goes back into the line", func(t *testing.T, fl *floor) {
		caller, agent := fl.talking()
		fl.available("bob")
		fl.phones.unplug("ann", true)
		fl.desk.DeviceLost("ann")
		agent.close(CauseMediaLost)
		fl.pass(31 * time.Second)
		bob := fl.phones.last("bob")
		if bob == nil {
			t.Fatal("nobody else is rung")
		}
		bob.says(Answered{})
		fl.settle()
		fl.activity("bob", acd.Talking)
		if a := fl.agent("ann"); a.Status == acd.Available && a.Activity == acd.Idle {
			t.Fatal("ann is still offered calls")
		}
		caller.leaves()
		if end := fl.ending(CauseCompleted); end.Agent != "bob" {
			t.Fatalf("record %+v", end)
		}
	})
	story(t, "a status chosen while talking waits for the wrap-up", func(t *testing.T, fl *floor) {
		caller, _ := fl.talking()
		if err := fl.desk.SetStatus(fl.ctx, "ann", "break", "", "ann", false); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		if a := fl.agent("ann"); a.Status != acd.Available || a.NextStatus != "break" {
			t.Fatalf("ann is %s, then %s", a.Status, a.NextStatus)
		}
		caller.leaves()
		fl.settle()
		if err := fl.desk.FinishWrapUp(fl.ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		fl.settle()
		if a := fl.agent("ann"); a.Status != "break" {
			t.Fatalf("ann is %s", a.Status)
		}
	})
	story(t, "shutting down ends every call with its record", func(t *testing.T, fl *floor) {
		ctx, cancel := context.WithCancel(fl.ctx)
		fl.ctx = ctx
		caller, _ := fl.talking()
		cancel()
		fl.ctx = t.Context()
		fl.ending(CauseDrainForced)
		if _, over := caller.ended(); !over {
			t.Fatal("the caller is still up")
		}
	})
}
