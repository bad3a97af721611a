// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tandem/acd"
)

// randomDay is a day of random traffic as the journal keeps it: the configuration
// first, then what happened, with what was decided.
func randomDay(seed uint64, events int) []acd.Decision {
	dice := rand.New(rand.NewPCG(seed, 7))
	data := make([]byte, events*40)
	for i := range data {
		data[i] = byte(dice.Uint32())
	}
	w := walk{data: data}
	now := time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
	d := acd.New(acd.Options{})
	var decisions []acd.Decision
	happens := func(ev acd.Event) {
		effects := d.Apply(now, ev)
		decisions = append(decisions, acd.Decision{At: now, Event: ev, Effects: effects})
		for _, e := range effects {
			w.note(e)
		}
	}
	happens(acd.Configured(w.options()))
	for range events {
		now = now.Add(time.Duration(dice.IntN(int(24 * time.Hour / time.Duration(events) * 2))))
		for at := d.Deadline(); !at.IsZero() && !at.After(now); at = d.Deadline() {
			later := now
			now = at
			happens(acd.Tick{})
			now = later
		}
		switch dice.IntN(60) {
		case 0:
			happens(acd.Restarted{})
		case 1:
			happens(acd.OffersPaused{Recall: []acd.OfferID{w.offer()}})
			happens(acd.OffersResumed{})
		default:
			happens(w.event())
		}
	}
	return decisions
}

// replay applies what happened to d and returns the text of what is decided.
func replay(d *acd.Distributor, decisions []acd.Decision) []byte {
	var b []byte
	for _, x := range decisions {
		x.Effects = d.Apply(x.At, x.Event)
		b = append(acd.AppendDecision(b, x), '\n')
	}
	return b
}

func text(decisions []acd.Decision) (b []byte) {
	for _, x := range decisions {
		b = append(acd.AppendDecision(b, x), '\n')
	}
	return b
}

// TestReplayIsByteEqual is rule 23: the journal of a day, read back from its
// text, gives the same decisions from the first event and from a snapshot
// anywhere, and the same state to the byte at its end.
func TestReplayIsByteEqual(t *testing.T) {
	for seed := range uint64(2) {
		kept := text(randomDay(seed, 2000))
		var read []acd.Decision
		for line := range bytes.Lines(kept) {
			x, err := acd.ParseDecision(line)
			if err != nil {
				t.Fatal(err)
			}
			read = append(read, x)
		}
		whole := acd.New(acd.Options{})
		if !bytes.Equal(replay(whole, read), kept) {
			t.Fatalf("seed %d: a replay from the first event decides otherwise", seed)
		}
		end := whole.AppendState(nil)
		for cut := 1; cut < len(read); cut += len(read) / 9 {
			first := acd.New(acd.Options{})
			replay(first, read[:cut])
			snapshot := first.AppendState(nil)
			d, err := acd.ParseState(snapshot)
			if err != nil {
				t.Fatalf("seed %d, after %d: %v", seed, cut, err)
			}
			if again := d.AppendState(nil); !bytes.Equal(again, snapshot) {
				t.Fatalf("seed %d, after %d: the restored state differs%s", seed, cut, difference(again, snapshot))
			}
			if !first.Deadline().Equal(d.Deadline()) {
				t.Fatalf("seed %d, after %d: deadline %s, want %s", seed, cut, d.Deadline(), first.Deadline())
			}
			got, want := replay(d, read[cut:]), text(read[cut:])
			if !bytes.Equal(got, want) {
				t.Fatalf("seed %d, after %d: a replay from the snapshot decides otherwise%s", seed, cut, difference(got, want))
			}
			if got := d.AppendState(nil); !bytes.Equal(got, end) {
				t.Fatalf("seed %d, after %d: another state at the end%s", seed, cut, difference(got, end))
			}
		}
	}
}

// difference shows where two texts part.
func difference(got, want []byte) string {
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	around := func(b []byte) []byte { return b[max(0, i-200):min(len(b), i+200)] }
	return fmt.Sprintf("\nat byte %d\ngot  %s\nwant %s", i, around(got), around(want))
}

// replayer, set in the environment, makes this test binary print what it decides.
const replayer = "TANDEM_ACD_REPLAYER"

// TestReplayInFreshProcess: map order is drawn anew in each process.
func TestReplayInFreshProcess(t *testing.T) {
	if os.Getenv(replayer) != "" {
		decisions := randomDay(99, 200)
		d := acd.New(acd.Options{})
		replay(d, decisions[:100])
		d, err := acd.ParseState(d.AppendState(nil))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.New()
		sum.Write(text(decisions))
		sum.Write(replay(d, decisions[100:]))
		sum.Write(d.AppendState(nil))
		fmt.Printf("decided %x\n", sum.Sum(nil))
		return
	}
	processes := 100
	if testing.Short() {
		processes = 5
	}
	var first string
	for range processes {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestReplayInFreshProcess$", "-test.v")
		cmd.Env = append(os.Environ(), replayer+"=1")
		out, err := cmd.Output()
		_, decided, printed := strings.Cut(string(out), "decided ")
		decided, _, _ = strings.Cut(decided, "\n")
		if err != nil || !printed {
			t.Fatalf("%v\n%s", err, out)
		}
		if first == "" {
			first = decided
		}
		if decided != first {
			t.Fatalf("another process decides otherwise: %s, %s", decided, first)
		}
	}
}

func TestParseStateRefuses(t *testing.T) {
	f := func(text, complaint string) {
		t.Helper()
		if _, err := acd.ParseState([]byte(text)); err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("%s: %v", text, err)
		}
	}
	f(`nonsense`, "read state")
	f(`{"schema":999,"graph":[]}`, "later version")
	f(`{"schema":0,"graph":[]}`, "cannot be upgraded")
	f(`{"schema":1,"graph":[]}`, "empty")
	f(`{"schema":1,"graph":[["queue",{}]]}`, "no distributor")
	f(`{"schema":1,"graph":[["burglar",{}]]}`, "no known type")
	f(`{"schema":1,"graph":[["Distributor",{"queueOrder":[7]}]]}`, "points nowhere")
	f(`{"schema":1,"graph":[["Distributor",{"queueOrder":[1]}]]}`, "where a *acd.queue must be")
	f(`{"schema":1,"graph":[["Distributor",{"cellar":1}]]}`, "has no field cellar")
}
