// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/call"
)

// CallFlow is what a call's flow did.
type CallFlow struct {
	Flow    string
	Version string        // of the flow, by its content
	Path    []call.Passed // every node passed; known when the call is over
	Answers []call.SurveyAnswered
	Said    []call.CallerRecorded
}

// CallFlow returns what a call's flow did; ok is false if there is no such call.
func (s *Store) CallFlow(ctx context.Context, id call.ID) (f CallFlow, ok bool, err error) {
	var path string
	err = s.read.QueryRowContext(ctx, `SELECT flow, flow_version, path FROM calls WHERE id = ?`, string(id)).
		Scan(&f.Flow, &f.Version, &path)
	if errors.Is(err, sql.ErrNoRows) {
		return f, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(path), &f.Path)
	}
	if err == nil {
		err = s.answers(ctx, id, &f)
	}
	if err == nil {
		err = s.said(ctx, id, &f)
	}
	if err != nil {
		return f, false, fmt.Errorf("read flow of call %s: %w", id, err)
	}
	return f, true, nil
}

func (s *Store) answers(ctx context.Context, id call.ID, f *CallFlow) error {
	rows, err := s.read.QueryContext(ctx, `SELECT at, question, answer, agent, queue FROM survey_answers
		WHERE call_id = ? ORDER BY uid`, string(id))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		a := call.SurveyAnswered{Call: id}
		var at int64
		if err := rows.Scan(&at, &a.Question, &a.Answer, &a.Agent, &a.Queue); err != nil {
			return err
		}
		a.At = time.UnixMicro(at).UTC()
		f.Answers = append(f.Answers, a)
	}
	return rows.Err()
}

func (s *Store) said(ctx context.Context, id call.ID, f *CallFlow) error {
	rows, err := s.read.QueryContext(ctx, `SELECT at, name, length_us, how, node FROM caller_recordings
		WHERE call_id = ? ORDER BY uid`, string(id))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := call.CallerRecorded{Call: id}
		var at, length int64
		if err := rows.Scan(&at, &r.Name, &length, &r.How, &r.Node); err != nil {
			return err
		}
		r.At, r.Length = time.UnixMicro(at).UTC(), time.Duration(length)*time.Microsecond
		f.Said = append(f.Said, r)
	}
	return rows.Err()
}
