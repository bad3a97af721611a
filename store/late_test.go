// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestLateCallSurvivesAKill: the database is busy, the caller is answered after
// the time allowed, and the process dies before the commit: the next start has
// the call's row, closed.
func TestLateCallSurvivesAKill(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	busy, free := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- s.act(context.Background(), func(context.Context, *sql.Tx) error {
			close(busy)
			<-free
			return nil
		})
	}()
	<-busy // the writer is in a commit that does not end
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	for _, id := range []string{"c1", "c2"} {
		if err := s.Open(ctx, opened(id, noon)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("open %s: %v, want late", id, err)
		}
	}

	// What a kill would leave, with a line cut in the middle.
	lines, err := os.ReadFile(filepath.Join(s.folder, lateName))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, lateName), append(lines, `{"uid":0,"kind":"callOp`...), 0o600); err != nil {
		t.Fatal(err)
	}
	next := open(t, Options{Folder: folder})
	const closed = `SELECT count(*) FROM calls WHERE cause = 'serverRestart' AND ended >= arrived AND from_number = '+49301234'`
	if got := count(t, next, closed); got != 2 {
		t.Errorf("%d closed rows after the kill, want 2", got)
	}
	if _, err := os.Stat(filepath.Join(folder, lateName)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the late calls are still there: %v", err)
	}

	// Without a kill the rows follow by themselves, once.
	close(free)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	synced(t, s)
	if got := count(t, s, `SELECT count(*) FROM calls`); got != 2 {
		t.Errorf("%d rows, want 2", got)
	}
}

// TestLateCallsHaveALimit and begin anew when the database has all of them.
func TestLateCallsHaveALimit(t *testing.T) {
	idle := false
	l := late{path: latePath(t.TempDir()), idle: func() bool { return idle }}
	if err := l.write(opened("c1", noon)); err != nil {
		t.Fatal(err)
	}
	l.size = lateMost
	if err := l.write(opened("c2", noon)); !errors.Is(err, errLateFull) {
		t.Errorf("write beyond the limit: %v", err)
	}
	idle = true
	if err := l.write(opened("c3", noon)); err != nil {
		t.Fatal(err)
	}
	if got, err := os.Stat(l.path); err != nil || got.Size() != l.size || l.size == 0 {
		t.Errorf("the file begun anew has %v, %v, counted %d", got, err, l.size)
	}
	if err := l.close(); err != nil {
		t.Error(err)
	}
}
