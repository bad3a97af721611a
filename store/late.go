// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"tandem/call"
)

const (
	lateName = "late-calls.jsonl"
	// lateMost bounds the file: some 50,000 calls. It begins anew when the
	// database has all that is in it.
	lateMost = 16 << 20
)

// errLateFull says that the file of late calls has no room.
var errLateFull = errors.New("store: too many calls wait for their row")

// late is the file of calls whose answer may leave before the database has
// their row, because a commit takes longer than a caller should wait. A line is
// handed to the kernel before Open returns: it outlives the process, and the
// next start makes a row of it. It is not synced, since the disk that is slow
// now would be waited for again; only a power cut in that moment loses it.
type late struct {
	path string
	idle func() bool // whether the database has everything

	mu   sync.Mutex // guards what follows
	file *os.File
	size int64
}

// write appends a call.
func (l *late) write(r call.CallOpened) error {
	line, err := json.Marshal(entry{rec: r})
	if err != nil {
		return fmt.Errorf("write late call: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.room(); err != nil {
		return err
	}
	n, err := l.file.Write(append(line, '\n'))
	l.size += int64(n)
	if err != nil {
		return fmt.Errorf("write late call: %w", err)
	}
	return nil
}

// room opens the file, or begins it anew.
func (l *late) room() error {
	if l.file == nil {
		file, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return fmt.Errorf("open late calls: %w", err)
		}
		l.file = file
	}
	if l.size < lateMost {
		return nil
	}
	if !l.idle() {
		return errLateFull
	}
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("begin late calls anew: %w", err)
	}
	l.size = 0
	return nil
}

// close closes the file and leaves it for the next start, to which lines that
// have their row are harmless.
func (l *late) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// takeLate gives each call in the file its row, unless it has one, and removes
// the file. It returns when the latest of them arrived. The last line may be
// cut; what is no call is left out.
func (s *Store) takeLate() (seen time.Time, err error) {
	file, err := os.Open(s.late.path)
	if errors.Is(err, fs.ErrNotExist) {
		return seen, nil
	}
	if err != nil {
		return seen, fmt.Errorf("open late calls: %w", err)
	}
	lines := bufio.NewScanner(io.LimitReader(file, 2*lateMost))
	lines.Buffer(nil, spoolLine)
	err = s.w.transact(func(ctx context.Context, _ *sql.Tx, exec execer) error {
		for lines.Scan() {
			var e entry
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				continue
			}
			if err := keep(ctx, exec, e); err != nil {
				return err
			}
			if at := happened(e.rec); at.After(seen) {
				seen = at
			}
		}
		return lines.Err()
	})
	if err := errors.Join(err, file.Close()); err != nil {
		return seen, fmt.Errorf("take over late calls: %w", err)
	}
	if err := os.Remove(s.late.path); err != nil {
		return seen, fmt.Errorf("remove late calls: %w", err)
	}
	return seen, nil
}

func latePath(folder string) string { return filepath.Join(folder, lateName) }
