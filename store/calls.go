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

// callsMost bounds the rows of one answer.
const callsMost = 1000

// Call is the row of one call.
type Call struct {
	ID          call.ID
	Arrived     time.Time
	From        call.Party
	Dialled     string
	Trunk       string
	Flow        string
	Answered    time.Time // zero: never
	Bridged     time.Time // zero: never
	Ended       time.Time // zero: still alive
	Cause       call.Cause
	Agent       acd.AgentID
	Queue       acd.QueueID
	MenuPath    string
	Disposition string
	Notes       string
}

const sqlCalls = `SELECT id, arrived, from_number, from_name, dialled, trunk, flow, answered, bridged, ended,
	coalesce(cause, ''), agent, queue, menu_path, disposition, notes, verstat, diverted FROM calls `

// Calls returns the calls that arrived within [from, to), the newest first, at
// most limit of them (and never more than 1000).
func (s *Store) Calls(ctx context.Context, from, to time.Time, limit int) ([]Call, error) {
	return s.calls(ctx, sqlCalls+`WHERE arrived >= ? AND arrived < ? ORDER BY arrived DESC LIMIT ?`,
		from.UnixMicro(), to.UnixMicro(), min(limit, callsMost))
}

// RecentCalls returns the last calls an agent talked in, the newest first. A
// call appears when it is over.
func (s *Store) RecentCalls(ctx context.Context, agent acd.AgentID, limit int) ([]Call, error) {
	return s.calls(ctx, sqlCalls+`WHERE agent = ? AND agent <> '' ORDER BY arrived DESC LIMIT ?`,
		string(agent), min(limit, callsMost))
}

func (s *Store) calls(ctx context.Context, query string, args ...any) ([]Call, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("read calls: %w", err)
	}
	defer rows.Close()
	var all []Call
	for rows.Next() {
		var c Call
		var arrived int64
		var answered, bridged, ended sql.NullInt64
		if err := rows.Scan(&c.ID, &arrived, &c.From.Number, &c.From.Name, &c.Dialled, &c.Trunk, &c.Flow,
			&answered, &bridged, &ended, &c.Cause, &c.Agent, &c.Queue, &c.MenuPath, &c.Disposition, &c.Notes, &c.From.Verstat, &c.From.Diverted); err != nil {
			return nil, fmt.Errorf("read calls: %w", err)
		}
		c.Arrived = time.UnixMicro(arrived).UTC()
		c.Answered, c.Bridged, c.Ended = moment(answered), moment(bridged), moment(ended)
		all = append(all, c)
	}
	return all, rows.Err()
}

// Talked says whether the agent was the one who talked in a call that is over.
func (s *Store) Talked(ctx context.Context, agent acd.AgentID, id call.ID) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM calls WHERE id = ? AND agent = ?`,
		string(id), string(agent)).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read call %s: %w", id, err)
	}
	return n > 0, nil
}
