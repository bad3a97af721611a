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

// NoticeTold notes that the other system has taken a notice.
func (s *Store) NoticeTold(ctx context.Context, id string, at time.Time) error {
	return s.notice(ctx, id, `UPDATE notices SET due = NULL, attempts = attempts + 1, told = ? WHERE id = ?`, at.UnixMicro())
}

// NoticeFailed notes that it has not, and when it is told again; the zero time:
// never.
func (s *Store) NoticeFailed(ctx context.Context, id string, again time.Time) error {
	return s.notice(ctx, id, `UPDATE notices SET due = ?, attempts = attempts + 1 WHERE id = ?`, micros(again))
}

func (s *Store) notice(ctx context.Context, id, query string, at any) error {
	err := s.act(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, at, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("note what became of notice %s: %w", id, err)
	}
	return nil
}
