// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	spoolPrefix = "spool-"
	spoolSuffix = ".jsonl"
	// spoolLine bounds one line read back; notes are the longest thing in a
	// record and the pages limit them far below this.
	spoolLine = 1 << 20
	// spoolChunk is how many lines one transaction takes over, so that records
	// that come meanwhile wait for some milliseconds only.
	spoolChunk = 2000
)

// spool is the file that takes records while the database does not. Only the
// writer touches it. Lines are appended and synced; how far they have been
// taken over stands in the database itself, in the same transaction as the
// rows, so that no line is taken twice. Readers resume at that offset.
type spool struct {
	folder string
	file   *os.File // nil: nothing is spooled
	name   string
	size   int64 // what is whole and synced
	done   int64 // what the database has
	torn   bool  // the last append may have left half a line
}

// spoolFiles lists the spool files in a folder, oldest first.
func spoolFiles(folder string) ([]string, error) {
	found, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list spool in %s: %w", folder, err)
	}
	var names []string
	for _, f := range found {
		if strings.HasPrefix(f.Name(), spoolPrefix) && strings.HasSuffix(f.Name(), spoolSuffix) {
			names = append(names, f.Name())
		}
	}
	slices.Sort(names) // the number in the name has a fixed width
	return names, nil
}

// adopt goes on with a file that an earlier run left.
func (s *spool) adopt(name string, done int64) error {
	f, err := os.OpenFile(filepath.Join(s.folder, name), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("open spool: %w", err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return errors.Join(fmt.Errorf("measure spool %s: %w", name, err), f.Close())
	}
	// The kill may have cut the last line: it is ended here and refused when read.
	s.file, s.name, s.size, s.done, s.torn = f, name, size, done, true
	return nil
}

// append writes the entries and returns when they are on disk.
func (s *spool) append(entries []entry) error {
	if s.file == nil {
		name := fmt.Sprintf("%s%020d%s", spoolPrefix, entries[0].uid, spoolSuffix)
		f, err := os.OpenFile(filepath.Join(s.folder, name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("create spool: %w", err)
		}
		s.file, s.name, s.size, s.done, s.torn = f, name, 0, 0, false
		if err := syncFolder(s.folder); err != nil {
			return err
		}
	}
	var lines []byte
	if s.torn {
		lines = append(lines, '\n')
	}
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("spool: %w", err)
		}
		lines = append(append(lines, line...), '\n')
	}
	if _, err := s.file.WriteAt(lines, s.size); err != nil {
		s.torn = s.file.Truncate(s.size) != nil
		return fmt.Errorf("append to spool %s: %w", s.name, err)
	}
	if err := s.file.Sync(); err != nil {
		s.torn = s.file.Truncate(s.size) != nil
		return fmt.Errorf("sync spool %s: %w", s.name, err)
	}
	s.size += int64(len(lines))
	s.torn = false
	return nil
}

// pending says whether lines wait to be taken over.
func (s *spool) pending() bool { return s.file != nil && s.done < s.size }

// next reads at most spoolChunk entries after done. bad are lines that are no
// entry. upTo is where the next read begins.
func (s *spool) next() (entries []entry, bad []string, upTo int64, err error) {
	r := bufio.NewReaderSize(io.NewSectionReader(s.file, s.done, s.size-s.done), spoolLine)
	upTo = s.done
	for range spoolChunk {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, nil, 0, fmt.Errorf("read spool %s: line at %d is longer than %d bytes", s.name, upTo, spoolLine)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, 0, fmt.Errorf("read spool %s: %w", s.name, err)
		}
		upTo += int64(len(line))
		if text := strings.TrimSpace(string(line)); text != "" {
			var e entry
			if json.Unmarshal([]byte(text), &e) == nil {
				entries = append(entries, e)
			} else {
				bad = append(bad, text)
			}
		}
		if err != nil {
			break
		}
	}
	return entries, bad, upTo, nil
}

// drop removes the file when the database has all of it.
func (s *spool) drop() error {
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Close(), os.Remove(filepath.Join(s.folder, s.name)))
	s.file, s.name, s.size, s.done = nil, "", 0, 0
	if err != nil {
		return fmt.Errorf("remove spool: %w", err)
	}
	return nil
}

// close leaves the file for the next run.
func (s *spool) close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// syncFolder makes a new file's name survive power loss.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("sync folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync folder %s: %w", folder, err)
	}
	return nil
}
