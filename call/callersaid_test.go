// SPDX-License-Identifier: Apache-2.0

package call

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tandem/acd"
	"tandem/ivr"
	"tandem/media"
)

const sayFlow = `
languages: [en]
start: say
nodes:
  say: {record: {max: 1m, silence: 5s, into: name, next: kept, error: broken}}
  kept: {webhook: {url: "https://desk.example/", json: {name: name}, next: done}}
  done: {hangup: {cause: completed}}
  broken: {hangup: {cause: noAgents}}
`

const surveyFlow = `
languages: [en]
start: line
nodes:
  line: {queue: {id: support, endings: {answered: ask, else: bye}}}
  ask: {survey: {question: satisfaction, prompt: {say: One to five.}, next: bye}}
  bye: {hangup: {}}
`

const directFlow = `
languages: [en]
start: look
nodes:
  look: {queueStatus: {id: support, signedIn: here, next: sort, error: bye}}
  sort: {branch: {cases: [{when: here == 1, next: ann}], else: bye}}
  ann: {transfer: {agent: bob, queue: support, ringTime: 20s, failed: bye}}
  bye: {hangup: {cause: noAnswer}}
`

// speaks sends a tone from the caller for so long.
func (l *testLeg) speaks(d time.Duration) {
	samples := media.Encode(media.PCMU, media.Tone(500, 0.3, 20*time.Millisecond))
	for i := range int(d / (20 * time.Millisecond)) {
		l.port.mu.Lock()
		sink := l.port.sink
		l.port.mu.Unlock()
		if sink != nil {
			sink.WriteRTP(&media.Packet{Codec: media.PCMU, Timestamp: uint32(i * 160), Payload: samples})
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestCallerIsRecorded(t *testing.T) {
	kept1 := func(t *testing.T, fl *floor, want time.Duration, how string) {
		t.Helper()
		rows := kept[CallerRecorded](fl.ledger)
		if len(rows) != 1 || rows[0].How != how || rows[0].Length < want-200*time.Millisecond || rows[0].Length > want+200*time.Millisecond {
			t.Fatalf("recorded %+v, want %v %s", rows, want, how)
		}
		b, err := os.ReadFile(filepath.Join(fl.desk.cfg.Recordings, rows[0].Name))
		if err != nil {
			t.Fatal(err)
		}
		samples, err := media.ReadWAV(b)
		if err != nil || media.Goertzel(samples[media.SampleRate/2:media.SampleRate], 500) < 0.2 {
			t.Fatalf("the file does not hold what was said: %v", err)
		}
	}
	story(t, "until a silence", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "1911")
		fl.pass(time.Second)
		caller.speaks(4 * time.Second)
		fl.pass(6 * time.Second)
		fl.ending(CauseCompleted)
		kept1(t, fl, 4*time.Second+500*time.Millisecond, ivr.RecordSilence)
		notices := kept[NoticeKept](fl.ledger)
		if len(notices) != 1 || notices[0].ID == "" || notices[0].URL != "https://desk.example/" {
			t.Fatalf("notices %+v", notices)
		}
	})
	story(t, "until a key", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "1911")
		fl.pass(time.Second)
		caller.speaks(3 * time.Second)
		caller.presses("#")
		fl.ending(CauseCompleted)
		kept1(t, fl, 3*time.Second+500*time.Millisecond, ivr.RecordStopped)
	})
	story(t, "a caller who hangs up is kept too", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "1911")
		fl.pass(time.Second)
		caller.speaks(3 * time.Second)
		caller.leaves()
		fl.ending(CauseAbandoned)
		kept1(t, fl, 3*time.Second+500*time.Millisecond, ivr.RecordStopped)
	})
}

func TestSurveyAfterTheAgentsGoodbye(t *testing.T) {
	talking := func(t *testing.T, fl *floor) (caller, agent *testLeg) {
		fl.available("ann")
		caller = fl.call("caller", "1921")
		agent = fl.phones.last("ann")
		agent.says(Answered{})
		fl.pass(10 * time.Second)
		fl.activity("ann", acd.Talking)
		return caller, agent
	}
	story(t, "the caller answers, with sound, while the agent is in wrap-up", func(t *testing.T, fl *floor) {
		caller, agent := talking(t, fl)
		before := caller.port.count()
		agent.leaves()
		fl.pass(500 * time.Millisecond)
		fl.activity("ann", acd.WrapUp)
		if n := caller.port.count() - before; n < 20 {
			t.Fatalf("%d packets of the question", n)
		}
		caller.presses("4")
		end := fl.ending(CauseCompleted)
		if end.Agent != "ann" || end.Queue != "support" {
			t.Fatalf("record %+v", end)
		}
		rows := kept[SurveyAnswered](fl.ledger)
		if len(rows) != 1 || rows[0].Call != end.Call || rows[0].Answer != 4 || rows[0].Agent != "ann" || rows[0].Queue != "support" {
			t.Fatalf("answers %+v", rows)
		}
		last := end.Path[len(end.Path)-1]
		if first := end.Path[0]; first.Node != "line" || last.Node != "bye" || !first.At.Before(last.At) {
			t.Fatalf("path %+v", end.Path)
		}
		if v := kept[CallOpened](fl.ledger)[0].Version; v != fl.desk.cfg.Flows["survey"].Version() || v == "" {
			t.Fatalf("version %q", v)
		}
	})
	story(t, "a caller who hangs up first is not asked", func(t *testing.T, fl *floor) {
		caller, _ := talking(t, fl)
		caller.leaves()
		fl.ending(CauseCompleted)
	})
	story(t, "who hangs up at the question has been served", func(t *testing.T, fl *floor) {
		caller, agent := talking(t, fl)
		agent.leaves()
		fl.settle()
		caller.leaves()
		fl.ending(CauseCompleted)
	})
}

func TestTransferToOneAgent(t *testing.T) {
	story(t, "the one named is asked, and nobody else; after the time the flow goes on", func(t *testing.T, fl *floor) {
		fl.available("ann")
		caller := fl.call("caller", "1931")
		fl.pass(19 * time.Second)
		if fl.phones.count("ann") != 0 {
			t.Fatal("another agent was rung")
		}
		if _, over := caller.ended(); over {
			t.Fatal("given up too early")
		}
		fl.pass(2 * time.Second)
		fl.ending(CauseNoAnswer)
		if v := kept[QueueVisit](fl.ledger); len(v) != 1 || v[0].Ending != acd.EndTimedOut {
			t.Fatalf("visits %+v", v)
		}
	})
}
