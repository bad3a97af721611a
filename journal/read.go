// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNone says that a data folder has no journal.
var ErrNone = errors.New("no journal there")

// Read calls f for every entry that the journal of a data folder keeps, in
// order. A server may be running there: Read works on a copy of its own, in
// the folder for temporary files, and only reads.
func Read(ctx context.Context, dataFolder string, f func(Entry) error) error {
	from := filepath.Join(dataFolder, Folder)
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("read journal of %s: %w", dataFolder, ErrNone)
	}
	copied, err := os.MkdirTemp("", "tandem-journal-")
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	defer os.RemoveAll(copied) //nolint:errcheck // a folder for temporary files
	if err := copyTree(ctx, from, copied); err != nil {
		return fmt.Errorf("copy journal: %w", err)
	}
	// Whatever was kept is read: it must not be dropped for its age meanwhile.
	e, err := openEngine(ctx, copied, Options{MaxMegabytes: 1 << 24})
	if err != nil {
		return fmt.Errorf("read journal of %s: %w", dataFolder, err)
	}
	defer e.close()
	return e.all(ctx, f)
}

// Each calls f for every entry that is on disk now, in order.
func (j *Journal) Each(ctx context.Context, f func(Entry) error) error {
	j.mu.Lock()
	e := j.engine
	j.mu.Unlock()
	return e.all(ctx, f)
}

func (e *engine) all(ctx context.Context, f func(Entry) error) error {
	first, last, err := e.bounds(ctx)
	if err != nil {
		return err
	}
	return e.read(ctx, first, last, func(_ uint64, batch []byte) error { return lines(batch, f) })
}

// copyTree copies regular files; one that vanishes meanwhile is of the past.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		err = copyOne(path, filepath.Join(to, rel))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func copyOne(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
