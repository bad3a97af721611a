// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"tandem/acd"
	"tandem/call"
)

// Callback is a callback that was kept.
type Callback struct {
	ID       acd.ContactID
	Call     call.ID // it was asked in; "" if in none
	Asked    time.Time
	Queue    acd.QueueID
	Number   string
	Name     string
	Due      time.Time // wanted not before; zero: at once
	By       acd.Actor // the supervisor who asked, or ""
	Attempts int
	Tried    time.Time // the end of the last attempt; zero: none yet
	How      acd.DialEnding
	Again    time.Time // the next attempt not before; zero: none is planned
	Ended    time.Time // zero: open
	Ending   acd.Ending
	Agent    acd.AgentID // of the last attempt
}

const sqlCallbacks = `SELECT id, call_id, asked, queue, number, name, due, actor, attempts, tried, how, again,
	ended, ending, agent FROM callbacks `

// Callbacks returns those that are open, and those that ended at or after since,
// the newest first, at most limit of them (and never more than 1000).
func (s *Store) Callbacks(ctx context.Context, since time.Time, limit int) ([]Callback, error) {
	return s.callbacks(ctx, sqlCallbacks+`WHERE ended IS NULL OR ended >= ? ORDER BY asked DESC, id DESC LIMIT ?`,
		since.UnixMicro(), min(limit, callsMost))
}

// OpenCallbacks are those that are still to be made, the oldest first.
func (s *Store) OpenCallbacks(ctx context.Context) ([]Callback, error) {
	return s.callbacks(ctx, sqlCallbacks+`WHERE ended IS NULL ORDER BY asked, id`)
}

func (s *Store) callbacks(ctx context.Context, query string, args ...any) ([]Callback, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read callbacks: %w", err)
	}
	defer rows.Close()
	var all []Callback
	for rows.Next() {
		var c Callback
		var asked int64
		var due, tried, again, ended sql.NullInt64
		if err := rows.Scan(&c.ID, &c.Call, &asked, &c.Queue, &c.Number, &c.Name, &due, &c.By, &c.Attempts, &tried,
			&c.How, &again, &ended, &c.Ending, &c.Agent); err != nil {
			return nil, fmt.Errorf("read callbacks: %w", err)
		}
		c.Asked = time.UnixMicro(asked).UTC()
		c.Due, c.Tried, c.Again, c.Ended = moment(due), moment(tried), moment(again), moment(ended)
		all = append(all, c)
	}
	return all, rows.Err()
}

// Abandoned is somebody who hung up while waiting, and has not been talked to
// since.
type Abandoned struct {
	Call    call.ID
	Queue   acd.QueueID
	Number  string // "" if withheld
	Name    string
	Entered time.Time
	Waited  time.Duration
	// Callback is the state of the newest callback asked for the number since:
	// "open", how it ended, or "" if none was.
	Callback string
}

// AbandonedSince returns those who hung up while waiting since a time and whose
// number has not reached anybody afterwards, the newest first: one row for each
// number and queue.
func (s *Store) AbandonedSince(ctx context.Context, since time.Time, limit int) ([]Abandoned, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT v.call_id, v.queue, c.from_number, c.from_name, max(v.entered), v.ended - v.entered,
		coalesce((SELECT CASE WHEN b.ended IS NULL THEN 'open' ELSE b.ending END FROM callbacks b
			WHERE b.number = c.from_number AND b.asked >= v.entered ORDER BY b.asked DESC LIMIT 1), '')
		FROM queue_visits v JOIN calls c ON c.id = v.call_id
		WHERE v.ending = ? AND v.entered >= ? AND NOT EXISTS (
			SELECT 1 FROM queue_visits a JOIN calls k ON k.id = a.call_id
			WHERE a.ending = ? AND a.entered >= v.entered AND k.from_number = c.from_number AND c.from_number <> '')
		GROUP BY CASE WHEN c.from_number = '' THEN v.call_id ELSE c.from_number END, v.queue
		ORDER BY max(v.entered) DESC LIMIT ?`, string(acd.EndAbandoned), since.UnixMicro(), string(acd.EndAnswered), min(limit, callsMost))
	if err != nil {
		return nil, fmt.Errorf("read the abandoned: %w", err)
	}
	defer rows.Close()
	var all []Abandoned
	for rows.Next() {
		var a Abandoned
		var entered, waited int64
		if err := rows.Scan(&a.Call, &a.Queue, &a.Number, &a.Name, &entered, &waited, &a.Callback); err != nil {
			return nil, fmt.Errorf("read the abandoned: %w", err)
		}
		a.Entered, a.Waited = time.UnixMicro(entered).UTC(), time.Duration(waited)*time.Microsecond
		all = append(all, a)
	}
	return all, rows.Err()
}
