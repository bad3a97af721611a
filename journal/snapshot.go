// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tandem/acd"
	"tandem/call"
)

const (
	snapshots     = "snapshots" // folder within the journal's
	snapshotsKept = 2           // the newest; an older one serves when it cannot be read
)

// floor is what a replay has come to.
type floor struct {
	acd    *acd.Distributor
	calls  map[call.ID]call.Kept
	seq    uint64 // of the last append in it
	at     time.Time
	router string // that decided what was read last
	fault  error  // an append could not be applied: the floor is of no use any more
	// What a replay decided otherwise than the journal says.
	differences int
	first       string
}

// snapshotText is a snapshot's file. The state bears its own schema number.
type snapshotText struct {
	Seq    uint64          `json:"seq"`
	At     time.Time       `json:"at"`
	Router string          `json:"router"`
	State  json.RawMessage `json:"state"`
	Calls  []call.Kept     `json:"calls"`
}

func newFloor() *floor {
	return &floor{acd: acd.New(acd.Options{}), calls: map[call.ID]call.Kept{}}
}

// take applies one entry. What was decided is compared with what is decided now.
func (f *floor) take(e Entry) {
	switch {
	case e.Start != nil:
		f.router = e.Start.Router
	case e.Call != nil && e.Call.Place == call.PlaceOver:
		delete(f.calls, e.Call.Call)
	case e.Call != nil:
		f.calls[e.Call.Call] = *e.Call
	case e.Decision != nil:
		f.decide(*e.Decision)
	}
}

func (f *floor) decide(kept acd.Decision) {
	now := kept
	now.Effects = f.acd.Apply(kept.At, kept.Event)
	f.at = kept.At
	a, b := acd.AppendDecision(nil, kept), acd.AppendDecision(nil, now)
	if bytes.Equal(a, b) {
		return
	}
	if f.differences++; f.differences == 1 {
		f.first = fmt.Sprintf("the journal says %.300s, the replay %.300s", a, b)
	}
}

// report logs what a replay decided otherwise: a fault if the same version
// decides, to be expected of another.
func (f *floor) report(log *slog.Logger, router string, m *metrics) {
	if f.differences == 0 {
		return
	}
	if f.router == router {
		m.differences.Add(float64(f.differences))
		log.Error("replay differs", "decisions", f.differences, "first", f.first)
	} else {
		log.Warn("replay of another version differs", "version", f.router, "decisions", f.differences, "first", f.first)
	}
	f.differences, f.first = 0, ""
}

// callsInOrder lists the calls by ID, which is by arrival.
func (f *floor) callsInOrder() []call.Kept {
	all := make([]call.Kept, 0, len(f.calls))
	for _, k := range f.calls {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b call.Kept) int { return cmp.Compare(a.Call, b.Call) })
	return all
}

func (f *floor) text() ([]byte, error) {
	return json.Marshal(snapshotText{Seq: f.seq, At: f.at, Router: f.router, State: f.acd.AppendState(nil), Calls: f.callsInOrder()})
}

func parseFloor(text []byte) (*floor, error) {
	var s snapshotText
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	d, err := acd.ParseState(s.State)
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	f := &floor{acd: d, calls: map[call.ID]call.Kept{}, seq: s.Seq, at: s.At, router: s.Router}
	for _, k := range s.Calls {
		f.calls[k.Call] = k
	}
	return f, nil
}

// keeper is the floor a second time, made by replaying what was appended: it is
// where snapshots come from, so that the desk never stops for one, and it finds
// out whether a replay decides the same.
type keeper struct {
	floor *floor
	gap   bool // the start went on without events that are not kept any more
}

// recover reads the newest snapshot and replays what follows it.
func (j *Journal) recover(ctx context.Context) (call.Recovered, error) {
	first, last, err := j.engine.bounds(ctx)
	if err != nil {
		return call.Recovered{}, err
	}
	f, gap, err := j.newest(first, last)
	if err != nil {
		return call.Recovered{}, err
	}
	if err := f.follow(ctx, j.engine, last); err != nil {
		return call.Recovered{}, err
	}
	j.last, j.keeper.gap = last, gap
	if gap {
		f.differences, f.first = 0, "" // that it decides otherwise is no surprise
	}
	f.report(j.cfg.Log, j.cfg.Router, j.m)
	// The desk goes on with one, the keeper with its twin.
	text, err := f.text()
	if err != nil {
		return call.Recovered{}, err
	}
	if j.keeper.floor, err = parseFloor(text); err != nil {
		return call.Recovered{}, err
	}
	return call.Recovered{ACD: f.acd, At: f.at, Calls: f.callsInOrder()}, nil
}

// newest is the newest snapshot that can be read and that the events that are
// kept go on from; else the empty floor, if they go back to the beginning. When
// the events in between are not kept any more, as after a long rest, the newest
// before the gap serves, or the empty floor: a server that takes calls with an
// old floor is better than none.
func (j *Journal) newest(first, last uint64) (f *floor, gap bool, err error) {
	files, err := j.snapshotFiles()
	if err != nil {
		return nil, false, err
	}
	var old *floor
	for _, file := range slices.Backward(files) {
		text, err := os.ReadFile(file)
		var f *floor
		if err == nil {
			f, err = parseFloor(text)
		}
		switch {
		case err != nil:
			j.cfg.Log.Error("snapshot not used", "err", err)
		case f.seq > last || f.seq+1 < first:
			j.cfg.Log.Warn("snapshot does not fit the journal", "snapshot", f.seq, "first", first, "last", last)
			if old == nil && f.seq < first {
				old = f
			}
		default:
			return f, false, nil
		}
	}
	if first <= 1 {
		return newFloor(), false, nil
	}
	if old == nil {
		old = newFloor()
	}
	j.cfg.Log.Error("events are missing, the floor is an old one", "snapshot", old.seq, "first", first, "last", last,
		"next", "see who is signed in and waits; or put a backup back")
	old.seq = first - 1
	return old, true, nil
}

// follow applies the appends after f's up to last. One that cannot be applied
// may have been so in part: then f follows no further.
func (f *floor) follow(ctx context.Context, e *engine, last uint64) error {
	if f.fault != nil {
		return f.fault
	}
	return e.read(ctx, f.seq+1, last, func(seq uint64, batch []byte) error {
		if f.fault = lines(batch, func(e Entry) error { f.take(e); return nil }); f.fault != nil {
			return f.fault
		}
		f.seq = seq
		return nil
	})
}

// keep makes the snapshots.
func (j *Journal) keep() {
	every := time.NewTicker(j.cfg.SnapshotEvery)
	defer every.Stop()
	for {
		select {
		case <-j.done:
			return
		case <-every.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), j.cfg.SnapshotEvery+startLimit)
		if err := j.snapshot(ctx); err != nil {
			j.cfg.Log.Error("snapshot not written", "err", err)
		}
		cancel()
		if j.keeper.floor.fault != nil {
			j.cfg.Log.Error("no more snapshots are made", "next", "keep the journal for who looks into it, then restart")
			return
		}
	}
}

// snapshot brings the keeper up to date and writes its floor.
func (j *Journal) snapshot(ctx context.Context) error {
	began := time.Now()
	j.mu.Lock()
	last, f, from := j.last, j.keeper.floor, j.keeper.floor.seq
	e := j.engine
	j.mu.Unlock()
	if err := f.follow(ctx, e, last); err != nil {
		return fmt.Errorf("bring snapshot up to date: %w", err)
	}
	f.report(j.cfg.Log, j.cfg.Router, j.m)
	if f.seq == from {
		return nil
	}
	text, err := f.text()
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if err := writeFile(j.snapshotFile(f.seq), text); err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	j.m.snapshots.Observe(time.Since(began).Seconds())
	return j.dropSnapshots()
}

func (j *Journal) snapshotFile(seq uint64) string {
	return filepath.Join(j.cfg.DataFolder, Folder, snapshots, fmt.Sprintf("%020d.json", seq))
}

// snapshotFiles lists them, the oldest first.
func (j *Journal) snapshotFiles() ([]string, error) {
	folder := filepath.Join(j.cfg.DataFolder, Folder, snapshots)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var files []string
	for _, e := range entries { // by name
		if strings.HasSuffix(e.Name(), ".json") {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	return files, nil
}

func (j *Journal) dropSnapshots() error {
	files, err := j.snapshotFiles()
	if err != nil {
		return err
	}
	for _, file := range files[:max(0, len(files)-snapshotsKept)] {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("drop old snapshot: %w", err)
		}
	}
	return nil
}

// writeFile writes a file that is there whole or not at all.
func writeFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // gone once renamed
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
