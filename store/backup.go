// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrNotEmpty says that a backup would mix with something else.
var ErrNotEmpty = errors.New("folder is not empty")

// Backup copies the data folder into dest while the server works: records not
// yet taken over first, then a consistent copy of the database, then every
// other file (certificate, rendered prompts). dest is made, or must be empty.
// Restore brings it back.
func (s *Store) Backup(ctx context.Context, dest string) error {
	if err := copyFolder(ctx, s.folder, dest); err != nil {
		return fmt.Errorf("back up to %s: %w", dest, err)
	}
	return nil
}

// Restore copies a backup, whose database is verified first, to where the data
// folder is to be, which must be empty or not there. The backup is only read.
// A data folder of a server that has ended can be copied likewise.
func Restore(ctx context.Context, backup, folder string) (Contents, error) {
	if _, err := Check(ctx, backup); err != nil {
		return Contents{}, fmt.Errorf("restore: %w", err)
	}
	if err := copyFolder(ctx, backup, folder); err != nil {
		return Contents{}, fmt.Errorf("restore to %s: %w", folder, err)
	}
	return Check(ctx, folder)
}

// copyFolder copies a data folder that may be in use.
func copyFolder(ctx context.Context, from, dest string) error {
	if err := os.MkdirAll(dest, 0o700); err != nil {
		return err
	}
	there, err := os.ReadDir(dest)
	if err != nil {
		return err
	}
	if len(there) > 0 {
		return ErrNotEmpty
	}
	// A spool that is taken over between its copy and the database's is known
	// to the copied database by name and offset; the other order could lose it.
	names, err := spoolFiles(from)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := copyFile(filepath.Join(from, name), filepath.Join(dest, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("copy spool: %w", err)
		}
	}
	if err := vacuumInto(ctx, from, filepath.Join(dest, Name)); err != nil {
		return fmt.Errorf("copy database: %w", err)
	}
	if err := copyRest(ctx, from, dest); err != nil {
		return err
	}
	if err := syncFile(filepath.Join(dest, Name)); err != nil {
		return err
	}
	return syncFolder(dest)
}

// vacuumInto writes a consistent copy. It reads beside the writer, over a
// connection of its own because those for queries may write nothing at all.
func vacuumInto(ctx context.Context, folder, to string) error {
	path, err := filepath.Abs(filepath.Join(folder, Name))
	if err != nil {
		return err
	}
	db, err := openDB(path, startBusy, 1, false)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, to)
	return err
}

// copyRest copies what is neither database, spool nor lock.
func copyRest(ctx context.Context, from, dest string) error {
	root, err := filepath.Abs(dest)
	if err != nil {
		return err
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if abs, err := filepath.Abs(path); err != nil || abs == root {
			return errors.Join(err, fs.SkipDir) // a backup inside the data folder holds no other
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dest, rel)
		switch {
		case d.IsDir():
			return os.MkdirAll(to, 0o700)
		case !d.Type().IsRegular(), rel == "lock", strings.HasPrefix(rel, Name), strings.HasPrefix(rel, spoolPrefix):
			return nil
		}
		if err := copyFile(path, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// Contents counts what a data folder or a backup of one holds.
type Contents struct {
	Calls, Visits, Offers, Statuses, Activities, Agents int
	SpoolFiles                                          int // still to be taken over at the next start
}

// Check reads a data folder without changing it, verifies every page of the
// database and counts its rows: run on a backup it says whether the backup can
// be restored.
func Check(ctx context.Context, folder string) (Contents, error) {
	var c Contents
	path, err := filepath.Abs(filepath.Join(folder, Name))
	if err != nil {
		return c, fmt.Errorf("check %s: %w", folder, err)
	}
	if _, err := os.Stat(path); err != nil {
		return c, fmt.Errorf("check %s: %w", folder, err)
	}
	names, err := spoolFiles(folder)
	if err != nil {
		return c, fmt.Errorf("check %s: %w", folder, err)
	}
	c.SpoolFiles = len(names)
	db, err := openDB(path, startBusy, 1, true)
	if err != nil {
		return c, fmt.Errorf("check %s: %w", folder, err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return c, fmt.Errorf("check %s: %w", folder, err)
	}
	if verdict != "ok" {
		return c, fmt.Errorf("check %s: %s", folder, verdict)
	}
	return c, c.count(ctx, db)
}

func (c *Contents) count(ctx context.Context, db *sql.DB) error {
	err := db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM queue_visits),
		(SELECT count(*) FROM offers), (SELECT count(*) FROM agent_status), (SELECT count(*) FROM agent_activity),
		(SELECT count(*) FROM agent_secrets)`).
		Scan(&c.Calls, &c.Visits, &c.Offers, &c.Statuses, &c.Activities, &c.Agents)
	if err != nil {
		return fmt.Errorf("count rows: %w", err)
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
