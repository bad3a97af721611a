// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/acd"
	"tandem/call"
)

// Folder is the journal's folder within the data folder.
const Folder = "journal"

// ErrFenced says that another server has taken the journal over: this one must
// decide nothing any more.
var ErrFenced = errors.New("another server has taken the journal over")

// Config is what a Journal is made of.
type Config struct {
	Options
	DataFolder string
	Router     string                // version of what decides
	Registerer prometheus.Registerer // nil: metrics are not exported
	Log        *slog.Logger
	// Fenced is called once, from the writer's goroutine, when another server
	// has taken over.
	Fenced func()
	Now    func() time.Time // nil: time.Now
}

// Journal is the writer of the one server that decides. Its methods may be
// called from any goroutine.
type Journal struct {
	cfg    Config
	m      *metrics
	owner  string
	alarms chan bool
	wake   chan struct{}
	done   chan struct{} // closed by Close
	wg     sync.WaitGroup

	mu      sync.Mutex // guards the rest
	engine  *engine    // replaced when it has failed
	waiting []handed
	oldest  time.Time // when the first that is not on disk was handed over
	late    bool
	last    uint64 // sequence on disk
	batches uint64 // appends of this owner
	fenced  bool
	keeper  keeper
}

// handed is one entry on its way to disk.
type handed struct {
	entry Entry
	kept  func()
	at    time.Time // when it was handed over
}

var _ call.Journal = (*Journal)(nil)

// Open takes the journal over and returns what it has of the floor. From here
// on any former owner is fenced.
func Open(ctx context.Context, cfg Config) (*Journal, call.Recovered, error) {
	cfg.Options = cfg.withDefaults()
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	folder := filepath.Join(cfg.DataFolder, Folder)
	if err := os.MkdirAll(filepath.Join(folder, snapshots), 0o700); err != nil {
		return nil, call.Recovered{}, fmt.Errorf("make journal folder: %w", err)
	}
	j := &Journal{
		cfg: cfg, m: newMetrics(cfg.Registerer), owner: rand.Text(),
		alarms: make(chan bool, 1), wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	began := time.Now()
	var err error
	if j.engine, err = openEngine(ctx, folder, cfg.Options); err != nil {
		return nil, call.Recovered{}, err
	}
	recovered, err := j.recover(ctx)
	if err == nil {
		err = j.begin(ctx)
	}
	if err != nil {
		j.engine.close()
		return nil, call.Recovered{}, err
	}
	if j.keeper.gap { // the next start shall find one that fits
		if err := j.snapshot(ctx); err != nil {
			j.cfg.Log.Error("snapshot not written", "err", err)
		}
	}
	j.m.backlogOf(j)
	j.cfg.Log.Info("journal open", "appends", j.last, "calls", len(recovered.Calls), "took", time.Since(began).Round(time.Millisecond))
	j.wg.Go(j.write)
	j.wg.Go(j.watch)
	j.wg.Go(j.keep)
	return j, recovered, nil
}

// begin says who decides from here on.
func (j *Journal) begin(ctx context.Context) error {
	text := Entry{Start: &Start{At: j.cfg.Now().UTC(), Router: j.cfg.Router, Owner: j.owner}}.Append(nil)
	if err := j.append(ctx, text); err != nil {
		return fmt.Errorf("take the journal over: %w", err)
	}
	return nil
}

// Hand satisfies call.Journal.
func (j *Journal) Hand(d acd.Decision, kept func()) {
	j.hand(handed{entry: Entry{Decision: &d}, kept: kept})
}

// Note satisfies call.Journal.
func (j *Journal) Note(k call.Kept) { j.hand(handed{entry: Entry{Call: &k}}) }

func (j *Journal) hand(h handed) {
	j.mu.Lock()
	h.at = time.Now()
	if j.oldest.IsZero() {
		j.oldest = h.at
	}
	j.waiting = append(j.waiting, h)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Alarms satisfies call.Journal.
func (j *Journal) Alarms() <-chan bool { return j.alarms }

// Full satisfies call.Journal.
func (j *Journal) Full() bool { return j.backlog() >= MaxBacklog }

// Err says why the journal is not well, or nil.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.fenced:
		return ErrFenced
	case j.late:
		return fmt.Errorf("%d decisions wait for the disk since %s", len(j.waiting), j.oldest.UTC().Format(time.RFC3339))
	}
	return nil
}

func (j *Journal) backlog() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.waiting)
}

// Close writes what waits, and a snapshot.
func (j *Journal) Close() error {
	close(j.done)
	j.wg.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
	defer cancel()
	err := j.snapshot(ctx)
	j.engine.close()
	return err
}

const (
	closeLimit  = 10 * time.Second
	appendLimit = 3 * time.Second        // one attempt; then it is unknown whether it is on disk
	retryPause  = 100 * time.Millisecond // between attempts
	renewAfter  = 2 * time.Second        // without success before the engine is started anew
)

// write appends whatever has gathered while the append before was under way.
func (j *Journal) write() {
	for {
		batch, more := j.take()
		if len(batch) == 0 {
			if !more {
				return
			}
			continue
		}
		text := make([]byte, 0, 512*len(batch))
		rest := batch
		for len(rest) > 0 {
			n := 0
			for text = text[:0]; n < len(rest) && len(text) < maxBatch; n++ {
				text = rest[n].entry.Append(text)
			}
			if !j.insist(text) {
				return
			}
			for _, h := range rest[:n] {
				if h.kept != nil {
					h.kept()
				}
			}
			rest = rest[n:]
		}
		j.settle()
	}
}

// take waits for something to write; more is false when the journal is closing
// and nothing is left.
func (j *Journal) take() (batch []handed, more bool) {
	closing := false
	select {
	case <-j.wake:
	case <-j.done:
		closing = true
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	batch, j.waiting = j.waiting, nil
	return batch, !closing || len(batch) > 0
}

// settle: all that was taken is on disk. Under steady traffic something always
// waits: the alarm ends when that is young.
func (j *Journal) settle() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.oldest = time.Time{}
	if len(j.waiting) > 0 {
		j.oldest = j.waiting[0].at
	}
	if j.late && (j.oldest.IsZero() || time.Since(j.oldest) < Late/2) {
		j.late = false
		j.m.late.Set(0)
		j.alarm(false)
		j.cfg.Log.Info("journal is on disk again")
	}
}

// watch raises the alarm.
func (j *Journal) watch() {
	look := time.NewTicker(Late / 5)
	defer look.Stop()
	for {
		select {
		case <-j.done:
			return
		case <-look.C:
		}
		j.mu.Lock()
		if !j.late && !j.oldest.IsZero() && time.Since(j.oldest) > Late {
			j.late = true
			j.m.late.Set(1)
			j.alarm(true)
			j.cfg.Log.Error("journal is late, no new offers are made", "limit", Late, "next", "look at the data folder's disk")
		}
		j.mu.Unlock()
	}
}

// alarm leaves the newest state for the desk; the caller holds mu.
func (j *Journal) alarm(on bool) {
	select {
	case <-j.alarms:
	default:
	}
	j.alarms <- on
}

// insist appends until it is done; false if this server may write no more, or
// if it is closing and the disk does not come back.
func (j *Journal) insist(text []byte) bool {
	failing := time.Now()
	for failed := 0; ; {
		ctx, cancel := context.WithTimeout(context.Background(), appendLimit)
		err := j.append(ctx, text)
		cancel()
		if err == nil {
			return true
		}
		if errors.Is(err, ErrFenced) {
			j.mu.Lock()
			j.fenced = true
			j.mu.Unlock()
			j.cfg.Log.Error("journal lost", "err", err)
			if j.cfg.Fenced != nil {
				j.cfg.Fenced()
			}
			return false
		}
		if failed++; failed == 1 {
			j.cfg.Log.Error("journal not written", "err", err)
		}
		j.m.failures.Inc()
		select {
		case <-time.After(retryPause):
		case <-j.done:
			if failed > 1 {
				return false
			}
		}
		if time.Since(failing) > renewAfter {
			j.renew()
			failing = time.Now()
		}
	}
}

// renew starts the engine anew: a full disk stops JetStream for good.
func (j *Journal) renew() {
	j.engine.close()
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	e, err := openEngine(ctx, filepath.Join(j.cfg.DataFolder, Folder), j.cfg.Options)
	if err != nil {
		j.cfg.Log.Debug("journal not opened again", "err", err)
		return // the old one is closed: the next attempts fail until another renewal
	}
	j.mu.Lock()
	j.engine = e
	j.mu.Unlock()
}

const ownerHeader, batchHeader = "Tandem-Owner", "Tandem-Batch"

// append writes one message, if nobody else has written since our last one. An
// attempt whose end was unknown and that did get to disk is found to be ours.
func (j *Journal) append(ctx context.Context, text []byte) error {
	m := nats.NewMsg(subject)
	m.Data = text
	m.Header.Set(ownerHeader, j.owner)
	m.Header.Set(batchHeader, strconv.FormatUint(j.batches+1, 10))
	began := time.Now()
	ack, err := j.engine.js.PublishMsg(ctx, m, jetstream.WithExpectLastSequence(j.last), jetstream.WithRetryAttempts(0))
	sequence := uint64(0)
	var refused *jetstream.APIError
	switch {
	case err == nil:
		sequence = ack.Sequence
	case errors.As(err, &refused) && refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence:
		if sequence, err = j.ours(ctx); err != nil {
			return err
		}
	default:
		return fmt.Errorf("append: %w", err)
	}
	j.m.append.Observe(time.Since(began).Seconds())
	j.m.appended.Add(float64(len(text)))
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last, j.batches = sequence, j.batches+1
	return nil
}

// ours looks whether the last message is the one we are trying to append.
func (j *Journal) ours(ctx context.Context) (uint64, error) {
	m, err := j.engine.stream.GetLastMsgForSubject(ctx, subject)
	if err != nil {
		return 0, fmt.Errorf("look at the last append: %w", err)
	}
	if m.Header.Get(ownerHeader) == j.owner && m.Header.Get(batchHeader) == strconv.FormatUint(j.batches+1, 10) {
		return m.Sequence, nil
	}
	return 0, ErrFenced
}
