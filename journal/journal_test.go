// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/acd"
	"tandem/call"
)

// victim, set in the environment, makes this test binary a desk that journals
// into the named folder until it is killed.
const victim = "TANDEM_JOURNAL_VICTIM"

func TestMain(m *testing.M) {
	if folder := os.Getenv(victim); folder != "" {
		decideUntilKilled(folder)
	}
	os.Exit(m.Run())
}

func open(t *testing.T, folder string) (*Journal, call.Recovered) {
	t.Helper()
	j, r, err := Open(t.Context(), Config{DataFolder: folder, Router: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return j, r
}

// desk decides and journals, as the desk does.
type desk struct {
	acd *acd.Distributor
	j   *Journal
	now time.Time
	n   int
}

func newDesk(j *Journal, r call.Recovered) *desk {
	d := &desk{acd: r.ACD, j: j, now: r.At}
	if d.now.IsZero() {
		d.now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		d.happens(acd.Configured{
			Queues: []acd.Queue{{ID: "q", JoinEmpty: true, WrapUp: 10 * time.Second}},
			Agents: []acd.Agent{{ID: "ann", Queues: []acd.Membership{{Queue: "q"}}}},
		}, nil)
	}
	return d
}

func (d *desk) happens(ev acd.Event, kept func()) {
	d.now = d.now.Add(time.Second)
	d.j.Hand(acd.Decision{At: d.now, Event: ev, Effects: d.acd.Apply(d.now, ev)}, kept)
}

// arrive lets a contact into the line and returns when it is on disk.
func (d *desk) arrive(t *testing.T) acd.ContactID {
	t.Helper()
	d.n++
	id := acd.ContactID(fmt.Sprintf("c%04d", d.n))
	done := make(chan struct{})
	d.happens(acd.ContactArrived{Contact: id, Queue: "q"}, func() { close(done) })
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("never acknowledged")
	}
	return id
}

func TestFloorIsAsItWas(t *testing.T) {
	folder := t.TempDir()
	j, r := open(t, folder)
	d := newDesk(j, r)
	for range 5 {
		d.arrive(t)
	}
	j.Note(call.Kept{Call: "c0001", Place: call.PlaceWaiting})
	j.Note(call.Kept{Call: "c0002", Place: call.PlaceMenu})
	j.Note(call.Kept{Call: "c0002", Place: call.PlaceOver})
	want := d.acd.AppendState(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // from a snapshot, and from one made by a start
		j, r = open(t, folder)
		if got := r.ACD.AppendState(nil); !bytes.Equal(got, want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if len(r.Calls) != 1 || r.Calls[0].Call != "c0001" || !r.At.Equal(d.now) {
			t.Errorf("calls %v at %s, want c0001 at %s", r.Calls, r.At, d.now)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// Without any snapshot: from the first event.
	if err := os.RemoveAll(filepath.Join(folder, Folder, snapshots)); err != nil {
		t.Fatal(err)
	}
	j, r = open(t, folder)
	defer j.Close() //nolint:errcheck // nothing follows
	if got := r.ACD.AppendState(nil); !bytes.Equal(got, want) {
		t.Fatalf("from the first event: got  %s\nwant %s", got, want)
	}
}

func TestSpoiltSnapshotIsNotUsed(t *testing.T) {
	folder := t.TempDir()
	j, r := open(t, folder)
	d := newDesk(j, r)
	d.arrive(t)
	want := d.acd.AppendState(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := j.snapshotFiles()
	if err != nil || len(files) == 0 {
		t.Fatalf("%v %v", files, err)
	}
	if err := os.WriteFile(files[len(files)-1], []byte(`{"seq":1`), 0o600); err != nil {
		t.Fatal(err)
	}
	j, r = open(t, folder)
	defer j.Close() //nolint:errcheck // nothing follows
	if got := r.ACD.AppendState(nil); !bytes.Equal(got, want) {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// TestReadBesideTheServer: tools read what a running server has written.
func TestReadBesideTheServer(t *testing.T) {
	folder := t.TempDir()
	j, r := open(t, folder)
	defer j.Close() //nolint:errcheck // nothing follows
	d := newDesk(j, r)
	d.arrive(t)
	d.arrive(t)
	var kinds []string
	look := func(e Entry) error {
		switch {
		case e.Start != nil:
			kinds = append(kinds, "start by "+e.Start.Router)
		case e.Decision != nil:
			kinds = append(kinds, fmt.Sprintf("%T", e.Decision.Event))
		}
		return nil
	}
	want := "start by test, acd.Configured, acd.ContactArrived, acd.ContactArrived"
	if err := Read(t.Context(), folder, look); err != nil || strings.Join(kinds, ", ") != want {
		t.Errorf("%v %v", err, kinds)
	}
	kinds = nil
	if err := j.Each(t.Context(), look); err != nil || strings.Join(kinds, ", ") != want {
		t.Errorf("%v %v", err, kinds)
	}
	if err := Read(t.Context(), t.TempDir(), look); !errors.Is(err, ErrNone) {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestStaleOwnerIsFenced: a server that was away writes nothing once another
// has taken over.
func TestStaleOwnerIsFenced(t *testing.T) {
	j, r := open(t, t.TempDir())
	d := newDesk(j, r)
	d.arrive(t)
	fenced := make(chan struct{})
	j.cfg.Fenced = func() { close(fenced) }
	second := &Journal{cfg: j.cfg, m: newMetrics(nil), owner: "second", engine: j.engine, last: j.last}
	if err := second.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	acknowledged := false
	d.happens(acd.ContactArrived{Contact: "late", Queue: "q"}, func() { acknowledged = true })
	select {
	case <-fenced:
	case <-time.After(10 * time.Second):
		t.Fatal("the first owner does not notice")
	}
	if err := j.Err(); !errors.Is(err, ErrFenced) || acknowledged {
		t.Errorf("err %v, acknowledged %t", err, acknowledged)
	}
	_, last, err := j.engine.bounds(t.Context())
	if err != nil || last != second.last {
		t.Errorf("%d appends, the new owner made the last as %d: %v", last, second.last, err)
	}
	close(j.done)
	j.wg.Wait()
	j.engine.close()
}

// TestUnknownAppendIsNotRepeated: an append that got to disk though its
// acknowledgement did not come is found, not written again.
func TestUnknownAppendIsNotRepeated(t *testing.T) {
	j, r := open(t, t.TempDir())
	defer j.Close() //nolint:errcheck // nothing follows
	newDesk(j, r).arrive(t)
	j.mu.Lock()
	j.last, j.batches = j.last-1, j.batches-1 // as if the last acknowledgement was lost
	was := j.last
	j.mu.Unlock()
	if err := j.append(t.Context(), []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	_, last, err := j.engine.bounds(t.Context())
	if err != nil || last != was+1 || j.last != last {
		t.Errorf("last is %d, want %d: %v", last, was+1, err)
	}
}

// TestAlarmAndReturn: while the disk takes nothing the alarm is raised, and all
// is on disk when it is back.
func TestAlarmAndReturn(t *testing.T) {
	j, r := open(t, t.TempDir())
	d := newDesk(j, r)
	d.arrive(t)
	j.engine.close()
	began := time.Now()
	var kept sync.WaitGroup
	for i := range 100 {
		kept.Add(1)
		d.happens(acd.ContactArrived{Contact: acd.ContactID(fmt.Sprintf("x%d", i)), Queue: "q"}, kept.Done)
	}
	if on := <-j.Alarms(); !on || time.Since(began) < Late {
		t.Errorf("alarm %t after %s", on, time.Since(began))
	}
	if j.Err() == nil {
		t.Error("nothing is said of it")
	}
	kept.Wait() // the engine was started anew
	if on := <-j.Alarms(); on || j.Err() != nil {
		t.Errorf("alarm %t, err %v", on, j.Err())
	}
	want := d.acd.AppendState(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := j.keeper.floor.acd.AppendState(nil); !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestFullDisk fills a small file system of its own, then makes room.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tandem", folder).CombinedOutput(); err != nil {
		t.Skipf("no file system of our own can be mounted: %s", out)
	}
	t.Cleanup(func() { exec.Command("umount", "-l", folder).Run() }) //nolint:errcheck // a leftover harms nobody
	j, r := open(t, folder)
	d := newDesk(j, r)
	d.arrive(t)
	filler := filepath.Join(folder, "filler")
	if err := os.WriteFile(filler, make([]byte, 1<<20), 0o600); err == nil {
		t.Fatal("the disk is not full")
	}
	done := make(chan struct{})
	for range 200 {
		d.happens(acd.StatusSet{Agent: "ann", Status: "break", Reason: strings.Repeat("x", 500), Actor: "ann"}, nil)
		d.happens(acd.StatusSet{Agent: "ann", Status: acd.Available, Actor: "ann"}, nil)
	}
	d.happens(acd.Tick{}, func() { close(done) })
	if on := <-j.Alarms(); !on {
		t.Error("no alarm")
	}
	select {
	case <-done:
		t.Fatal("acknowledged on a full disk")
	case <-time.After(time.Second):
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(60 * time.Second):
		t.Fatal("it does not heal by itself")
	}
	want := d.acd.AppendState(nil)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, r = open(t, folder)
	if got := r.ACD.AppendState(nil); !bytes.Equal(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// decideUntilKilled prints each contact once it is acknowledged.
func decideUntilKilled(folder string) {
	j, r, err := Open(context.Background(), Config{DataFolder: folder, Router: "test", Log: slog.New(slog.DiscardHandler),
		Options: Options{SnapshotEvery: 50 * time.Millisecond}})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	d := newDesk(j, r)
	var out sync.Mutex
	for d.n = os.Getpid() * 1_000_000; ; d.n++ {
		id := acd.ContactID(fmt.Sprintf("c%d", d.n))
		d.happens(acd.ContactArrived{Contact: id, Queue: "q"}, func() {
			out.Lock()
			defer out.Unlock()
			fmt.Println(id)
		})
		time.Sleep(50 * time.Microsecond)
	}
}

// TestKilledWriterLosesNothingAcknowledged kills a process in the middle of its
// appends and snapshots, again and again.
func TestKilledWriterLosesNothingAcknowledged(t *testing.T) {
	folder := t.TempDir()
	acknowledged := map[acd.ContactID]bool{}
	for round := range 5 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), victim+"="+folder)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(time.Hour, func() { cmd.Process.Kill() }) //nolint:errcheck // it is there
		for n, lines := 0, bufio.NewScanner(out); lines.Scan(); n++ {
			if n == 0 {
				kill.Reset(time.Duration(200+70*round) * time.Millisecond)
			}
			if strings.HasPrefix(lines.Text(), "error") {
				t.Fatal(lines.Text())
			}
			acknowledged[acd.ContactID(lines.Text())] = true
		}
		cmd.Wait() //nolint:errcheck // it was killed
	}
	j, r := open(t, folder)
	defer j.Close() //nolint:errcheck // nothing follows
	waiting := map[acd.ContactID]bool{}
	var last time.Time
	for _, w := range r.ACD.Snapshot(r.At).Queues[0].Waiting {
		if waiting[w.Contact] {
			t.Errorf("%s waits twice", w.Contact)
		}
		if w.Entered.Before(last) {
			t.Errorf("%s is out of order", w.Contact)
		}
		waiting[w.Contact], last = true, w.Entered
	}
	for id := range acknowledged {
		if !waiting[id] {
			t.Errorf("%s was acknowledged and is lost", id)
		}
	}
	if len(acknowledged) < 500 {
		t.Errorf("only %d were acknowledged", len(acknowledged))
	}
}

// BenchmarkHand hands over as fast as it can and waits until all is on disk.
func BenchmarkHand(b *testing.B) {
	folder := b.TempDir()
	j, r, err := Open(b.Context(), Config{DataFolder: folder, Router: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	d := newDesk(j, r)
	var kept sync.WaitGroup
	for b.Loop() {
		kept.Add(1)
		d.happens(acd.StatusSet{Agent: "ann", Status: acd.Available, Actor: "ann"}, kept.Done)
	}
	kept.Wait()
	b.StopTimer()
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}
