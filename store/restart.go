// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/acd"
	"tandem/call"
)

// GoOn is what survived the end of the last run.
type GoOn struct {
	Calls  []call.ID // they are not closed
	Agents bool      // their statuses and activities are as they were
}

// restart puts right what the end of the last run left, however it ended: the
// spool and the late calls are taken over, what was open is closed at the time the server was last
// seen alive, and the book of visits is read. It runs before the writer does.
func (s *Store) restart(ctx context.Context, on GoOn) error {
	seen, err := s.takeSpools(ctx)
	if err != nil {
		return err
	}
	late, err := s.takeLate()
	if err != nil {
		return err
	}
	if late.After(seen) {
		seen = late
	}
	if err := s.number(ctx); err != nil {
		return err
	}
	if err := s.closeOpen(ctx, seen, on); err != nil {
		return err
	}
	return s.loadBook(ctx)
}

// takeSpools takes over every spool file and returns the time of the latest
// record in them.
func (s *Store) takeSpools(ctx context.Context) (seen time.Time, err error) {
	names, err := spoolFiles(s.folder)
	if err != nil {
		return seen, err
	}
	var known string
	var done int64
	err = s.read.QueryRowContext(ctx, `SELECT file, done FROM spool`).Scan(&known, &done)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return seen, fmt.Errorf("read spool state: %w", err)
	}
	for _, name := range names {
		from := int64(0)
		if name == known {
			from = done
		}
		if err := s.w.spool.adopt(name, from); err != nil {
			return seen, err
		}
		for s.w.spool.pending() {
			entries, _, _, err := s.w.spool.next()
			if err != nil {
				return seen, err
			}
			for _, e := range entries {
				if at := happened(e.rec); at.After(seen) {
					seen = at
				}
			}
			if !s.w.takeOver() {
				return seen, fmt.Errorf("take over spool %s: %w", name, s.w.err)
			}
		}
		if err := s.w.spool.drop(); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// number finds where this run's numbers of records begin: after all that are
// there, whatever the clock says.
func (s *Store) number(ctx context.Context) error {
	var last sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT max(uid) FROM (
		SELECT max(uid) AS uid FROM queue_visits UNION ALL SELECT max(uid) FROM interventions UNION ALL SELECT max(uid) FROM offers
		UNION ALL SELECT max(uid) FROM agent_status UNION ALL SELECT max(uid) FROM agent_activity
		UNION ALL SELECT max(uid) FROM dispositions)`).Scan(&last)
	if err != nil {
		return fmt.Errorf("read last record: %w", err)
	}
	s.w.nextUID = max(last.Int64+1, s.now().UnixMicro())
	return nil
}

// closeOpen closes every call with serverRestart and every open row of an
// agent, at the later of its beginning and when the server was last seen.
func (s *Store) closeOpen(ctx context.Context, spooled time.Time, on GoOn) error {
	alive, err := json.Marshal(append([]call.ID{}, on.Calls...)) // never null
	if err != nil {
		return err
	}
	var beat sql.NullInt64
	err = s.read.QueryRowContext(ctx, `SELECT at FROM heartbeat`).Scan(&beat)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read heartbeat: %w", err)
	}
	seen := moment(beat)
	if spooled.After(seen) {
		seen = spooled
	}
	var calls int64
	err = s.w.transact(func(ctx context.Context, tx *sql.Tx, _ execer) error {
		at := seen.UnixMicro()
		done, err := tx.ExecContext(ctx, `UPDATE calls SET ended = max(?, arrived, coalesce(answered, 0),
			coalesce(bridged, 0)), cause = ? WHERE ended IS NULL AND id NOT IN (SELECT value FROM json_each(?))`,
			at, string(call.CauseServerRestart), string(alive))
		if err != nil {
			return err
		}
		if calls, err = done.RowsAffected(); err != nil {
			return err
		}
		if err := s.closeWaits(ctx, tx, at, string(alive)); err != nil {
			return err
		}
		if on.Agents {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE agent_status SET ended = max(?, began) WHERE ended IS NULL`, at); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE agent_activity SET ended = max(?, began) WHERE ended IS NULL`, at)
		return err
	})
	if err != nil {
		return fmt.Errorf("close what was open: %w", err)
	}
	if calls > 0 {
		s.log.Warn("calls closed that the last run left open", "calls", calls, "cause", string(call.CauseServerRestart))
	}
	return nil
}

// closeWaits makes visits of those who were in line: the day's numbers have
// them as ended by us.
func (s *Store) closeWaits(ctx context.Context, tx *sql.Tx, at int64, alive string) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO queue_visits (uid, call_id, contact, queue, entered, ended, ending)
		SELECT ? + row_number() OVER (ORDER BY entered, call_id), call_id, contact, queue, entered, max(?, entered), ?
		FROM queue_waits WHERE call_id NOT IN (SELECT value FROM json_each(?))`, s.w.nextUID, at, string(acd.EndSystemError), alive)
	if err != nil {
		return err
	}
	waits, err := done.RowsAffected()
	if err != nil {
		return err
	}
	s.w.nextUID += waits + 1
	_, err = tx.ExecContext(ctx, `DELETE FROM queue_waits WHERE call_id NOT IN (SELECT value FROM json_each(?))`, alive)
	return err
}

// LastStatus is an agent's status as it was last recorded.
type LastStatus struct {
	Agent  acd.AgentID
	Status acd.Status
	Reason string
	Actor  acd.Actor
	Since  time.Time
}

// LastStatuses returns the last recorded status of each agent, in the order of
// their IDs, so that a start can give it back to them.
func (s *Store) LastStatuses(ctx context.Context) ([]LastStatus, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT agent, status, reason, actor, began FROM agent_status
		WHERE uid IN (SELECT max(uid) FROM agent_status GROUP BY agent) ORDER BY agent`)
	if err != nil {
		return nil, fmt.Errorf("read last statuses: %w", err)
	}
	defer rows.Close()
	var all []LastStatus
	for rows.Next() {
		var l LastStatus
		var began int64
		if err := rows.Scan(&l.Agent, &l.Status, &l.Reason, &l.Actor, &began); err != nil {
			return nil, fmt.Errorf("read last statuses: %w", err)
		}
		l.Since = time.UnixMicro(began).UTC()
		all = append(all, l)
	}
	return all, rows.Err()
}
