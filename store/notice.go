// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"tandem/call"
)

const (
	// noticeKept is how long the row of a notice that is over stays: its ID tells
	// the same one, kept again by a call that went on after a crash, from a new
	// one. It is longer than a notice is worth telling.
	noticeKept = 7 * 24 * time.Hour
	// noticeSweep is how many older ones are deleted with each that is over, so
	// that no commit is a long one.
	noticeSweep = 100
)

// DueNotices are what other systems are to be told by now, the oldest first, at
// most so many.
func (s *Store) DueNotices(ctx context.Context, now time.Time, most int) ([]call.DueNotice, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, url, headers, body, at, attempts FROM notices
		WHERE due <= ? ORDER BY due LIMIT ?`, now.UnixMicro(), most)
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	defer rows.Close()
	var all []call.DueNotice
	for rows.Next() {
		var n call.DueNotice
		var headers string
		var at int64
		if err := rows.Scan(&n.ID, &n.URL, &headers, &n.Body, &at, &n.Attempts); err != nil {
			return nil, fmt.Errorf("read notices: %w", err)
		}
		if err := json.Unmarshal([]byte(headers), &n.Headers); err != nil {
			return nil, fmt.Errorf("read headers of notice %s: %w", n.ID, err)
		}
		n.At = time.UnixMicro(at).UTC()
		all = append(all, n)
	}
	return all, rows.Err()
}

// NoticeTold notes that the other system has taken a notice. What it said is
// deleted.
func (s *Store) NoticeTold(ctx context.Context, id string, at time.Time) error {
	return s.noticeOver(ctx, id, at.UnixMicro())
}

// NoticeFailed notes that it has not, and when it is told again; the zero time:
// never, and what it said is deleted.
func (s *Store) NoticeFailed(ctx context.Context, id string, again time.Time) error {
	if again.IsZero() {
		return s.noticeOver(ctx, id, nil)
	}
	return s.notice(ctx, id, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE notices SET due = ?, attempts = attempts + 1 WHERE id = ?`, again.UnixMicro(), id)
		return err
	})
}

// noticeOver ends a notice, told or given up (nil), and deletes some that were
// over long ago.
func (s *Store) noticeOver(ctx context.Context, id string, told any) error {
	oldest := s.now().Add(-noticeKept).UnixMicro()
	return s.notice(ctx, id, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE notices SET due = NULL, attempts = attempts + 1, told = ?,
			headers = '[]', body = '' WHERE id = ?`, told, id)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM notices WHERE id IN
			(SELECT id FROM notices WHERE due IS NULL AND at < ? ORDER BY at LIMIT ?)`, oldest, noticeSweep)
		return err
	})
}

func (s *Store) notice(ctx context.Context, id string, act func(context.Context, *sql.Tx) error) error {
	if err := s.act(ctx, act); err != nil {
		return fmt.Errorf("note what became of notice %s: %w", id, err)
	}
	return nil
}
