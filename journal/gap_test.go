// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// end ends a journal as a kill does: no snapshot is written.
func end(j *Journal) {
	close(j.done)
	j.wg.Wait()
	j.engine.close()
}

// TestStartGoesOnWithoutAgedEvents: all events outlived their time while the
// server was down and the snapshot is older than the last of them.
func TestStartGoesOnWithoutAgedEvents(t *testing.T) {
	folder := t.TempDir()
	j, r := open(t, folder)
	d := newDesk(j, r)
	d.arrive(t)
	want := d.acd.AppendState(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	age := func() {
		t.Helper()
		if err := j.engine.stream.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		end(j)
	}
	j, r = open(t, folder)
	d = &desk{acd: r.ACD, j: j, now: r.At, n: 100}
	d.arrive(t)
	age()
	j, r = open(t, folder)
	if got := r.ACD.AppendState(nil); !bytes.Equal(got, want) {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
	d = &desk{acd: r.ACD, j: j, now: r.At, n: 200}
	d.arrive(t)
	want = d.acd.AppendState(nil)
	end(j)
	j, r = open(t, folder) // from the snapshot that was written at once
	if got := r.ACD.AppendState(nil); !bytes.Equal(got, want) || j.keeper.gap {
		t.Fatalf("gap %t, got  %s\nwant %s", j.keeper.gap, got, want)
	}
	// Without any snapshot: from nothing.
	if err := os.RemoveAll(filepath.Join(folder, Folder, snapshots)); err != nil {
		t.Fatal(err)
	}
	age()
	j, r = open(t, folder)
	defer end(j)
	if got, none := r.ACD.AppendState(nil), newFloor().acd.AppendState(nil); !bytes.Equal(got, none) {
		t.Errorf("got  %s\nwant %s", got, none)
	}
}

// TestKeeperStopsAtAFault: an append that cannot be read is not passed over,
// nor applied again in part.
func TestKeeperStopsAtAFault(t *testing.T) {
	j, r := open(t, t.TempDir())
	defer end(j)
	newDesk(j, r).arrive(t)
	if err := j.snapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	was := j.keeper.floor.seq
	if err := j.append(t.Context(), []byte("{}\nno entry\n")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := j.snapshot(t.Context()); err == nil || j.keeper.floor.fault == nil || j.keeper.floor.seq != was {
			t.Errorf("err %v, fault %v, at %d, was at %d", err, j.keeper.floor.fault, j.keeper.floor.seq, was)
		}
	}
}

// TestAlarmEndsUnderSteadyTraffic: something always waits when a batch is on
// disk; how long it has waited counts.
func TestAlarmEndsUnderSteadyTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &Journal{cfg: Config{Log: slog.New(slog.DiscardHandler)}, m: newMetrics(nil), alarms: make(chan bool, 1),
			wake: make(chan struct{}, 1), late: true}
		j.hand(handed{})
		handedAt := time.Now()
		time.Sleep(Late / 2)
		j.settle()
		if !j.late || !j.oldest.Equal(handedAt) {
			t.Fatalf("late %t, oldest %s, want %s", j.late, j.oldest, handedAt)
		}
		j.waiting = nil // taken
		j.hand(handed{})
		time.Sleep(Late/2 - 1)
		j.settle()
		if j.late || len(j.alarms) != 1 || <-j.alarms {
			t.Fatal("the alarm stays on though nothing waits for long")
		}
	})
}
