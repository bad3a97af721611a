// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/call"
)

// Name is the database's file name in the data folder.
const Name = "tandem.db"

// Options say where and with what a Store works.
type Options struct {
	Folder     string                // the data folder; made if it is not there
	Registerer prometheus.Registerer // nil: metrics are not exported
	Log        *slog.Logger          // nil: slog.Default()
	Now        func() time.Time      // nil: time.Now
	// GoOn, if set, is called once the folder is ours and before what the last run
	// left open is closed. It says what goes on.
	GoOn func(ctx context.Context) (GoOn, error)
}

// Store is an open data folder. All methods may be called by any goroutine.
type Store struct {
	w      *writer
	read   *sql.DB
	book   book
	folder string
	now    func() time.Time
	log    *slog.Logger
	lock   *os.File
	late   late
	hashes chan struct{}
	wg     sync.WaitGroup
}

var _ call.Records = (*Store)(nil)

// Open opens the data folder for the one server that works on it, puts right
// what a kill left (restart.go), and begins to write. A second server on the
// same folder is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := attach(ctx, o, writeBusy)
	if err != nil {
		return nil, err
	}
	if s.lock, err = lockFolder(o.Folder); err != nil {
		return nil, errors.Join(err, s.closeDBs())
	}
	var on GoOn
	if o.GoOn != nil {
		if on, err = o.GoOn(ctx); err != nil {
			return nil, errors.Join(err, s.closeDBs(), s.lock.Close())
		}
	}
	if err := s.restart(ctx, on); err != nil {
		return nil, errors.Join(err, s.closeDBs(), s.lock.Close())
	}
	s.w.heart = true
	s.wg.Go(s.w.run)
	return s, nil
}

// Attach opens the data folder beside a running server, for tools: secrets,
// queries, backup. Nothing is put right and no record may be handed over.
func Attach(ctx context.Context, o Options) (*Store, error) {
	s, err := attach(ctx, o, startBusy)
	if err != nil {
		return nil, err
	}
	s.wg.Go(s.w.run)
	return s, nil
}

func attach(ctx context.Context, o Options, busy time.Duration) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := os.MkdirAll(o.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	path, err := filepath.Abs(filepath.Join(o.Folder, Name))
	if err != nil {
		return nil, fmt.Errorf("find data folder: %w", err)
	}
	if err := migrate(ctx, path); err != nil {
		return nil, err
	}
	s := &Store{folder: o.Folder, now: o.Now, log: o.Log, hashes: make(chan struct{}, hashesAtOnce)}
	s.w = &writer{most: maxWaiting, spool: spool{folder: o.Folder}, log: o.Log, now: o.Now, wake: make(chan struct{}, 1)}
	s.late = late{path: latePath(o.Folder), idle: func() bool { return s.w.count() == 0 }}
	s.w.m = newMetrics(o.Registerer, func() float64 { return float64(s.w.count()) })
	if s.w.db, err = openDB(path, busy, 1, false); err != nil {
		return nil, err
	}
	if s.read, err = openDB(path, startBusy, readers, true); err != nil {
		return nil, errors.Join(err, s.w.db.Close())
	}
	if err := s.w.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.closeDBs())
	}
	return s, nil
}

// prepare compiles what the writer runs all day.
func (w *writer) prepare(ctx context.Context) error {
	w.stmts = map[string]*sql.Stmt{}
	for _, query := range []string{sqlCallOpened, sqlCallEnded, sqlDisposition, sqlDisposed, sqlVisit, sqlDeed, sqlCallback, sqlCallbackTried, sqlCallbackOver, sqlWait, sqlWaited, sqlOffer,
		sqlStatusClose, sqlStatus, sqlActivityClose, sqlActivity, sqlBeat, sqlSpool} {
		st, err := w.db.PrepareContext(ctx, query)
		if err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		w.stmts[query] = st
	}
	return nil
}

// Open commits the row of a call and returns when it is on disk, be it in the
// database or in the spool. When ctx ends before that it returns an error that
// wraps ctx's; the row follows all the same, also when the process is killed
// before (late.go). Satisfies call.Records.
func (s *Store) Open(ctx context.Context, r call.CallOpened) error {
	j := job{entry: entry{rec: r}, done: make(chan error, 1)}
	if err := s.w.put(j); err != nil {
		s.w.lose(lostFull, r, err)
		return fmt.Errorf("open call %s: %w", r.Call, err)
	}
	select {
	case err := <-j.done:
		if err != nil {
			return fmt.Errorf("open call %s: %w", r.Call, err)
		}
		return nil
	case <-ctx.Done():
		s.w.m.openLate.Inc()
		return errors.Join(fmt.Errorf("open call %s: row not yet on disk: %w", r.Call, ctx.Err()), s.late.write(r))
	}
}

// Full says whether so many records wait in memory, because neither database
// nor spool takes any, that no new call may be taken. Satisfies call.Records.
func (s *Store) Full() bool { return s.w.isFull() }

// Keep hands over a record. It never blocks; records reach the disk in the
// order of the calls of Keep and Open. Satisfies call.Records.
func (s *Store) Keep(r call.Record) {
	if v, ok := r.(call.QueueVisit); ok {
		s.book.add(v)
	}
	if err := s.w.put(job{entry: entry{rec: r}}); err != nil {
		s.w.lose(lostFull, r, err)
	}
}

// Err says why the database refuses records now, nil if it does not. Records
// are then spooled; an operator should know, callers need not.
func (s *Store) Err() error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	return s.w.err
}

// Sync returns when every record handed over before it is in the database, not
// only in the spool.
func (s *Store) Sync(ctx context.Context) error {
	for {
		if err := s.act(ctx, func(context.Context, *sql.Tx) error { return nil }); err == nil {
			return nil
		} else if errors.Is(err, ErrClosed) {
			return fmt.Errorf("sync store: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("sync store: %w", ctx.Err())
		case <-time.After(retryFirst):
		}
	}
}

// act runs f in the writer's transaction and returns when it is on disk.
func (s *Store) act(ctx context.Context, f func(context.Context, *sql.Tx) error) error {
	j := job{act: f, done: make(chan error, 1)}
	if err := s.w.put(j); err != nil {
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close writes what waits and closes the folder. Records handed over
// afterwards are lost and logged.
func (s *Store) Close() error {
	s.w.mu.Lock()
	s.w.closed = true
	s.w.mu.Unlock()
	select {
	case s.w.wake <- struct{}{}:
	default:
	}
	s.wg.Wait()
	err := errors.Join(s.closeDBs(), s.late.close())
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

func (s *Store) closeDBs() error {
	for _, st := range s.w.stmts {
		st.Close() //nolint:errcheck // closing the pool closes it too
	}
	if err := errors.Join(s.read.Close(), s.w.db.Close()); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}
