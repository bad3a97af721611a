// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"

	"tandem/call"
)

// refused notes that the database does not take records now.
func (w *writer) refused(err error) {
	w.retryIn = min(max(2*w.retryIn, retryFirst), retryMost)
	w.retryAt = w.now().Add(w.retryIn)
	w.m.failing.Set(1)
	w.mu.Lock()
	first := w.err == nil
	w.err = err
	w.mu.Unlock()
	if first {
		w.log.Error("database refuses records", "err", err)
	}
}

// accepted notes that it does.
func (w *writer) accepted(now time.Time) {
	w.lastBeat, w.retryAt, w.retryIn = now, time.Time{}, 0
	w.m.failing.Set(0)
	w.mu.Lock()
	was := w.err
	w.err = nil
	w.mu.Unlock()
	if was != nil {
		w.log.Info("database takes records again")
	}
}

// commit writes a batch and the heartbeat in one transaction. Jobs that wait
// are answered when it is on disk.
func (w *writer) commit(batch []job, now time.Time) (err error) {
	began := time.Now()
	results := make([]error, len(batch))
	err = w.transact(func(ctx context.Context, tx *sql.Tx, exec execer) error {
		for i, j := range batch {
			if j.act != nil {
				results[i], err = w.guarded(ctx, tx, func() error { return j.act(ctx, tx) })
			} else if err = keep(ctx, exec, j.entry); invalid(err) {
				// What the database calls invalid must not stop what follows.
				w.lose(lostRefused, j.entry.rec, err)
				results[i], err = err, nil
			}
			if err != nil {
				return err
			}
		}
		if !w.heart {
			return nil
		}
		_, err := exec(ctx, sqlBeat, now.UnixMicro())
		return err
	})
	if err != nil {
		return err
	}
	w.m.commit.Observe(time.Since(began).Seconds())
	for i, j := range batch {
		if j.act == nil && results[i] == nil {
			w.m.committed.Inc()
		}
		j.answer(results[i])
	}
	return nil
}

const sqlBeat = `INSERT INTO heartbeat (one, at) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET at = excluded.at`

// transact runs f in one transaction.
func (w *writer) transact(f func(context.Context, *sql.Tx, execer) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("commit: panic: %v\n%s", p, debug.Stack())
		}
	}()
	ctx := context.Background() // a commit under way is never abandoned
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit it has nothing to do
	exec := func(ctx context.Context, query string, args ...any) (sql.Result, error) {
		if st, ok := w.stmts[query]; ok {
			return tx.StmtContext(ctx, st).ExecContext(ctx, args...)
		}
		return tx.ExecContext(ctx, query, args...)
	}
	if err := f(ctx, tx, exec); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// guarded runs an act inside a savepoint, so that its failure undoes only it.
// A failure of the database itself is the second result.
func (w *writer) guarded(ctx context.Context, tx *sql.Tx, act func() error) (own, all error) {
	if _, err := tx.ExecContext(ctx, "SAVEPOINT act"); err != nil {
		return nil, err
	}
	own = act()
	if own != nil {
		if broken(own) {
			return nil, own
		}
		if _, err := tx.ExecContext(ctx, "ROLLBACK TO act"); err != nil {
			return nil, err
		}
	}
	_, err := tx.ExecContext(ctx, "RELEASE act")
	return own, err
}

// takeOver moves one chunk of the spool into the database and says whether it
// could.
func (w *writer) takeOver() bool {
	entries, bad, upTo, err := w.spool.next()
	if err != nil {
		w.refused(err)
		return false
	}
	err = w.transact(func(ctx context.Context, _ *sql.Tx, exec execer) error {
		for _, e := range entries {
			err := keep(ctx, exec, e)
			if invalid(err) {
				w.lose(lostRefused, e.rec, err)
			} else if err != nil {
				return err
			}
		}
		_, err := exec(ctx, sqlSpool, w.spool.name, upTo)
		return err
	})
	if err != nil {
		w.refused(err)
		return false
	}
	for _, line := range bad {
		w.m.lost.WithLabelValues(lostUnreadable).Inc()
		w.log.Error("spool line unreadable", "bytes", len(line))
	}
	w.m.committed.Add(float64(len(entries)))
	w.spool.done = upTo
	w.m.spoolSize.Set(float64(w.spool.size - w.spool.done))
	if !w.spool.pending() {
		w.log.Info("spool taken over")
		if err := w.spool.drop(); err != nil {
			w.log.Error("spool stays", "err", err)
		}
		w.accepted(w.now())
	}
	return true
}

const sqlSpool = `INSERT INTO spool (one, file, done) VALUES (1, ?, ?)
	ON CONFLICT (one) DO UPDATE SET file = excluded.file, done = excluded.done`

// toSpool puts the records of a batch into the spool and answers them; acts
// are answered that the database refuses. What the spool does not take either
// is held in memory.
func (w *writer) toSpool(batch []job) {
	w.mu.Lock()
	reason := w.err
	w.mu.Unlock()
	if reason == nil {
		reason = errors.New("spool is being taken over")
	}
	var records []job
	var entries []entry
	for _, j := range batch {
		if j.act != nil {
			j.answer(fmt.Errorf("database refuses: %w", reason))
			continue
		}
		records = append(records, j)
		entries = append(entries, j.entry)
	}
	if len(entries) == 0 {
		return
	}
	if err := w.spool.append(entries); err != nil {
		w.hold(records)
		w.refused(err)
		return
	}
	w.m.spooled.Add(float64(len(entries)))
	w.m.spoolSize.Set(float64(w.spool.size - w.spool.done))
	for _, j := range records {
		j.answer(nil)
	}
}

// finish is the last thing the writer does.
func (w *writer) finish() {
	w.mu.Lock()
	left := append(w.held, w.waiting...)
	w.held, w.waiting = nil, nil
	w.mu.Unlock()
	for _, j := range left {
		if j.act == nil {
			w.lose(lostFull, j.entry.rec, errors.New("closed while nothing took records"))
		}
		j.answer(ErrClosed)
	}
	if w.heart && w.spool.file == nil {
		if err := w.commit(nil, w.now()); err != nil {
			w.log.Warn("last heartbeat not written", "err", err)
		}
	}
	if err := w.spool.close(); err != nil {
		w.log.Warn("spool not closed", "err", err)
	}
}

var errPanic = errors.New("store: our fault; it is in the log")

// lose counts a record that is gone and logs it whole, so that it can be put
// back by hand; only what an agent wrote stays out.
func (w *writer) lose(reason string, r call.Record, err error) {
	w.m.lost.WithLabelValues(reason).Inc()
	if d, ok := r.(call.CallDisposition); ok {
		d.Notes = ""
		r = d
	}
	body, bad := json.Marshal(r)
	if bad != nil {
		body = nil
	}
	w.log.Error("record lost", "kind", kind(r), "record", string(body), "err", err)
}

// answer tells who waits, once.
func (j job) answer(err error) {
	if j.done == nil {
		return
	}
	select {
	case j.done <- err: // has room for one
	default:
	}
}

// invalid tells a record that the database will never take from a database
// that takes nothing now.
func invalid(err error) bool {
	if errors.Is(err, errKind) {
		return true
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() & 0xff {
	case sqlitelib.SQLITE_CONSTRAINT, sqlitelib.SQLITE_MISMATCH, sqlitelib.SQLITE_TOOBIG, sqlitelib.SQLITE_RANGE:
		return true
	}
	return false
}

// broken says that a transaction cannot go on after err.
func broken(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && !invalid(err)
}
