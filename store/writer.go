// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// maxWaiting is how many records may be in memory: some minutes of a busy
	// day while neither database nor spool takes any (300 bytes each).
	maxWaiting = 200_000
	// At 1/fullShare of it no new call is taken, so that the records of those
	// that exist still find room.
	fullShare = 2
	// maxBatch bounds one transaction, so that who waits for it waits for some
	// milliseconds only.
	maxBatch = 1000
	// beat is how often the server writes that it is alive: the error of the
	// ending of a call that a kill cut off is at most this and a commit.
	beat = 3 * time.Second
	// After a refusal the database is asked again after retryFirst, then after
	// twice as long, up to retryMost.
	retryFirst = 200 * time.Millisecond
	retryMost  = 5 * time.Second
	// closeLimit is how long Close waits for a disk that takes nothing.
	closeLimit = 5 * time.Second
	// toolPause is how long a writer without a heart sleeps if nobody wakes it.
	toolPause = time.Hour
)

// ErrClosed says that the store has been closed.
var ErrClosed = errors.New("store is closed")

// job is what waits for the writer: a record, or an act that needs its answer
// (sessions, secrets). done is nil for a record that nobody waits for.
type job struct {
	entry entry
	act   func(context.Context, *sql.Tx) error
	done  chan error
}

// writer is the only goroutine that writes to the database and to the spool.
type writer struct {
	db    *sql.DB
	spool spool
	log   *slog.Logger
	m     *metrics
	now   func() time.Time

	mu      sync.Mutex // guards what follows, for Keep's sake a leaf
	waiting []job
	most    int // maxWaiting
	closed  bool
	nextUID int64
	err     error // why the database refuses now; nil if it does not
	full    bool  // was so when asked last
	wake    chan struct{}

	stmts    map[string]*sql.Stmt
	held     []job // records that nothing took yet, before all that waits
	retryAt  time.Time
	retryIn  time.Duration
	heart    bool // this is the server, whose life the heartbeat shows
	lastBeat time.Time
}

// put hands a job over. It never blocks.
func (w *writer) put(j job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	if len(w.waiting) >= w.most {
		return errFull
	}
	if j.entry.rec != nil {
		j.entry.uid = w.nextUID
		w.nextUID++
	}
	w.waiting = append(w.waiting, j)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return nil
}

var errFull = errors.New("store: too many records wait")

// count is how many records are in memory.
func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting) + len(w.held)
}

// isFull says whether so many records wait that no new call may be taken, and
// logs when that changes.
func (w *writer) isFull() bool {
	w.mu.Lock()
	n := len(w.waiting)
	was := w.full
	w.full = n >= w.most/fullShare
	is := w.full
	w.mu.Unlock()
	switch {
	case is && !was:
		w.log.Error("too many records wait, new calls are refused", "records", n)
	case was && !is:
		w.log.Info("records find room again, new calls are taken")
	}
	return is
}

// take moves at most maxBatch jobs from the line behind those held.
func (w *writer) take() (batch []job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(max(maxBatch-len(w.held), 0), len(w.waiting))
	batch = append(w.held, w.waiting[:n]...)
	w.held = nil
	w.waiting = w.waiting[n:]
	if len(w.waiting) == 0 {
		w.waiting = nil // lets go of the array
	}
	return batch
}

// hold keeps records that neither database nor spool took.
func (w *writer) hold(records []job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held = records
}

// run writes until close and then until nothing waits any more.
func (w *writer) run() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var giveUp time.Time
	for {
		select {
		case <-w.wake:
		case <-timer.C:
		}
		for w.round() {
		}
		pause := w.pause()
		if w.ending() {
			if giveUp.IsZero() {
				giveUp = time.Now().Add(closeLimit)
			}
			if left := time.Until(giveUp); w.count() == 0 || left <= 0 {
				w.finish()
				return
			}
			pause = min(pause, retryFirst)
		}
		timer.Reset(pause)
	}
}

// pause is how long the writer may sleep if nothing comes.
func (w *writer) pause() time.Duration {
	if w.retryAt.IsZero() && !w.heart {
		return toolPause
	}
	if w.retryAt.IsZero() {
		return max(w.lastBeat.Add(beat).Sub(w.now()), time.Millisecond)
	}
	return max(w.retryAt.Sub(w.now()), time.Millisecond)
}

// round writes one batch, or one chunk of the spool, and says whether there is
// more that can be done now. A fault of ours costs one batch, which is logged,
// and not the records of every call after it.
func (w *writer) round() (more bool) {
	if len(w.held) > 0 && w.now().Before(w.retryAt) && !w.ending() {
		return false // neither database nor spool takes anything: not before retryAt
	}
	batch := w.take()
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		w.log.Error("writer panicked", "err", fmt.Sprint(p), "stack", string(debug.Stack()))
		for _, j := range batch {
			if j.act == nil {
				w.lose(lostRefused, j.entry.rec, errPanic)
			}
			j.answer(errPanic)
		}
	}()
	now := w.now()
	due := w.heart && (now.Sub(w.lastBeat) >= beat || now.Before(w.lastBeat))
	refusing := now.Before(w.retryAt)
	if w.spool.pending() || refusing {
		w.toSpool(batch)
		if refusing || !w.takeOver() {
			return len(batch) > 0 && w.more()
		}
		return true
	}
	if len(batch) == 0 && !due {
		return false
	}
	if err := w.commit(batch, now); err != nil {
		w.refused(err)
		w.toSpool(batch)
		return w.more() && len(batch) > 0
	}
	w.accepted(now)
	return w.more()
}

func (w *writer) ending() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

func (w *writer) more() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting) > 0 && len(w.held) == 0
}
