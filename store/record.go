// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tandem/acd"
	"tandem/call"
)

// entry is one record with its number. The number makes applying it twice
// harmless: after a commit whose outcome is unknown it is simply applied again.
type entry struct {
	uid int64
	rec call.Record
}

// The statements that keep a record. A call's row is written in two halves;
// either half may come first, so that nothing is lost if the other one is.
const (
	sqlCallOpened = `INSERT INTO calls (id, arrived, from_number, from_name, dialled, trunk, flow, sip_call_id, flow_version, verstat, diverted)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET arrived = excluded.arrived, from_number = excluded.from_number,
		from_name = excluded.from_name, dialled = excluded.dialled, trunk = excluded.trunk,
		flow = excluded.flow, sip_call_id = excluded.sip_call_id, flow_version = excluded.flow_version,
		verstat = excluded.verstat, diverted = excluded.diverted`
	sqlCallEnded = `INSERT INTO calls (id, arrived, ended, cause, answered, bridged, agent, queue, menu_path, path)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, cause = excluded.cause,
		answered = excluded.answered, bridged = excluded.bridged, agent = excluded.agent,
		queue = excluded.queue, menu_path = excluded.menu_path, path = excluded.path`
	sqlDisposition = `INSERT OR IGNORE INTO dispositions (uid, call_id, agent, at, disposition, notes)
		VALUES (?, ?, ?, ?, ?, ?)`
	sqlDisposed = `UPDATE calls SET disposition = ?, notes = ? WHERE id = ?`
	sqlVisit    = `INSERT OR IGNORE INTO queue_visits
		(uid, call_id, contact, queue, entered, ended, ending, agent, offers, moved_to, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlDeed = `INSERT OR IGNORE INTO interventions
		(uid, at, actor, what, call_id, queue, moved_to, agent, priority) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlCallback = `INSERT INTO callbacks (id, call_id, asked, queue, number, name, due, actor) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO NOTHING`
	sqlCallbackTried = `UPDATE callbacks SET attempts = ?, tried = ?, how = ?, again = ?, agent = ?, ended = NULL, ending = '' WHERE id = ?`
	sqlCallbackOver  = `UPDATE callbacks SET ended = ?, ending = ?, agent = CASE WHEN ? <> '' THEN ? ELSE agent END WHERE id = ?`
	sqlWait          = `INSERT OR REPLACE INTO queue_waits (call_id, contact, queue, entered) VALUES (?, ?, ?, ?)`
	sqlWaited        = `DELETE FROM queue_waits WHERE call_id = ?`
	sqlOffer         = `INSERT OR IGNORE INTO offers
		(uid, call_id, offer, contact, queue, agent, began, ended, how) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlAnswer = `INSERT OR IGNORE INTO survey_answers (uid, call_id, at, question, answer, agent, queue)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
	sqlSaid = `INSERT OR IGNORE INTO caller_recordings (uid, call_id, at, name, length_us, how, node)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
	sqlNotice      = `INSERT OR IGNORE INTO notices (id, call_id, at, url, headers, body, due) VALUES (?, ?, ?, ?, ?, ?, ?)`
	sqlStatusClose = `UPDATE agent_status SET ended = ? WHERE agent = ? AND ended IS NULL AND uid < ?`
	sqlStatus      = `INSERT OR IGNORE INTO agent_status (uid, agent, began, status, reason, actor)
		VALUES (?, ?, ?, ?, ?, ?)`
	sqlActivityClose = `UPDATE agent_activity SET ended = ? WHERE agent = ? AND ended IS NULL AND uid < ?`
	sqlActivity      = `INSERT OR IGNORE INTO agent_activity (uid, agent, began, activity, call_id, contact, queue)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
)

var errKind = errors.New("record of unknown kind")

// execer runs one prepared statement of the list above.
type execer func(ctx context.Context, query string, args ...any) (sql.Result, error)

// keep writes one record.
func keep(ctx context.Context, exec execer, e entry) error {
	var err error
	run := func(query string, args ...any) {
		if err == nil {
			_, err = exec(ctx, query, args...)
		}
	}
	switch r := e.rec.(type) {
	case call.CallOpened:
		run(sqlCallOpened, string(r.Call), r.At.UnixMicro(), r.From.Number, r.From.Name, r.Dialled, r.Trunk, r.Flow, r.SIPCallID, r.Version,
			string(r.From.Verstat), r.From.Diverted)
	case call.CallEnded:
		run(sqlCallEnded, string(r.Call), r.At.UnixMicro(), r.At.UnixMicro(), string(r.Cause),
			micros(r.Answered), micros(r.Bridged), string(r.Agent), string(r.Queue), r.MenuPath, written(r.Path))
	case call.CallDisposition:
		run(sqlDisposition, e.uid, string(r.Call), string(r.Agent), r.At.UnixMicro(), r.Disposition, r.Notes)
		run(sqlDisposed, r.Disposition, r.Notes, string(r.Call))
	case call.QueueEntered:
		run(sqlWait, string(r.Call), string(r.Contact), string(r.Queue), r.At.UnixMicro())
	case call.QueueVisit:
		run(sqlWaited, string(r.Call))
		run(sqlVisit, e.uid, string(r.Call), string(r.Contact), string(r.Queue), r.Entered.UnixMicro(),
			r.Ended.UnixMicro(), string(r.Ending), string(r.Agent), r.Offers, string(r.To), cmp.Or(string(r.Kind), string(acd.KindCall)))
	case call.OfferMade:
		run(sqlOffer, e.uid, string(r.Call), int64(r.ID), string(r.Contact), string(r.Queue), string(r.Agent),
			r.Began.UnixMicro(), r.Ended.UnixMicro(), string(r.How))
	case call.AgentStatus:
		run(sqlStatusClose, r.At.UnixMicro(), string(r.Agent), e.uid)
		run(sqlStatus, e.uid, string(r.Agent), r.At.UnixMicro(), string(r.Status), r.Reason, string(r.Actor))
	case call.AgentActivity:
		run(sqlActivityClose, r.At.UnixMicro(), string(r.Agent), e.uid)
		run(sqlActivity, e.uid, string(r.Agent), r.At.UnixMicro(), string(r.Activity), string(r.Call), string(r.Contact), string(r.Queue))
	case call.CallbackAsked:
		run(sqlCallback, string(r.Callback), string(r.Call), r.At.UnixMicro(), string(r.Queue), r.Number, r.Name, micros(r.Due), string(r.By))
	case call.CallbackTried:
		run(sqlCallbackTried, r.Attempt, r.At.UnixMicro(), string(r.How), micros(r.Again), string(r.Agent), string(r.Callback))
	case call.CallbackOver:
		run(sqlCallbackOver, r.At.UnixMicro(), string(r.Ending), string(r.Agent), string(r.Agent), string(r.Callback))
	case call.Intervention:
		run(sqlDeed, e.uid, r.At.UnixMicro(), string(r.Actor), string(r.What), string(r.Call), string(r.Queue),
			string(r.To), string(r.Agent), r.Priority)
	case call.SurveyAnswered:
		run(sqlAnswer, e.uid, string(r.Call), r.At.UnixMicro(), r.Question, r.Answer, string(r.Agent), string(r.Queue))
	case call.CallerRecorded:
		run(sqlSaid, e.uid, string(r.Call), r.At.UnixMicro(), r.Name, r.Length.Microseconds(), r.How, r.Node)
	case call.NoticeKept:
		run(sqlNotice, r.ID, string(r.Call), r.At.UnixMicro(), r.URL, written(r.Headers), string(r.Body), r.At.UnixMicro())
	default:
		return fmt.Errorf("keep %T: %w", e.rec, errKind)
	}
	if err != nil {
		return fmt.Errorf("keep %s: %w", kind(e.rec), err)
	}
	return nil
}

// written is a list as JSON; "[]" for none.
func written[T any](list []T) string {
	if len(list) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(list) //nolint:errcheck // lists of plain fields can all be written
	return string(b)
}

// kind names a record in spool lines, logs and metrics.
func kind(r call.Record) string {
	switch r.(type) {
	case call.CallOpened:
		return "callOpened"
	case call.CallEnded:
		return "callEnded"
	case call.CallDisposition:
		return "callDisposition"
	case call.QueueEntered:
		return "queueEntered"
	case call.QueueVisit:
		return "queueVisit"
	case call.OfferMade:
		return "offerMade"
	case call.AgentStatus:
		return "agentStatus"
	case call.AgentActivity:
		return "agentActivity"
	case call.Intervention:
		return "intervention"
	case call.CallbackAsked:
		return "callbackAsked"
	case call.CallbackTried:
		return "callbackTried"
	case call.CallbackOver:
		return "callbackOver"
	case call.SurveyAnswered:
		return "surveyAnswered"
	case call.CallerRecorded:
		return "callerRecorded"
	case call.NoticeKept:
		return "noticeKept"
	}
	return "unknown"
}

// happened is when a record's fact became known.
func happened(r call.Record) time.Time {
	switch r := r.(type) {
	case call.CallOpened:
		return r.At
	case call.CallEnded:
		return r.At
	case call.CallDisposition:
		return r.At
	case call.QueueEntered:
		return r.At
	case call.QueueVisit:
		return r.Ended
	case call.OfferMade:
		return r.Ended
	case call.AgentStatus:
		return r.At
	case call.AgentActivity:
		return r.At
	case call.Intervention:
		return r.At
	case call.CallbackAsked:
		return r.At
	case call.CallbackTried:
		return r.At
	case call.CallbackOver:
		return r.At
	case call.SurveyAnswered:
		return r.At
	case call.CallerRecorded:
		return r.At
	case call.NoticeKept:
		return r.At
	}
	return time.Time{}
}

// spooled is an entry as a line of the spool file.
type spooled struct {
	UID    int64           `json:"uid"`
	Kind   string          `json:"kind"`
	Record json.RawMessage `json:"record"`
}

func (e entry) MarshalJSON() ([]byte, error) {
	body, err := json.Marshal(e.rec)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", kind(e.rec), err)
	}
	return json.Marshal(spooled{UID: e.uid, Kind: kind(e.rec), Record: body})
}

func (e *entry) UnmarshalJSON(line []byte) error {
	var s spooled
	if err := json.Unmarshal(line, &s); err != nil {
		return err
	}
	var err error
	switch s.Kind {
	case "callOpened":
		e.rec, err = read[call.CallOpened](s.Record)
	case "callEnded":
		e.rec, err = read[call.CallEnded](s.Record)
	case "callDisposition":
		e.rec, err = read[call.CallDisposition](s.Record)
	case "queueEntered":
		e.rec, err = read[call.QueueEntered](s.Record)
	case "queueVisit":
		e.rec, err = read[call.QueueVisit](s.Record)
	case "offerMade":
		e.rec, err = read[call.OfferMade](s.Record)
	case "agentStatus":
		e.rec, err = read[call.AgentStatus](s.Record)
	case "agentActivity":
		e.rec, err = read[call.AgentActivity](s.Record)
	case "intervention":
		e.rec, err = read[call.Intervention](s.Record)
	case "callbackAsked":
		e.rec, err = read[call.CallbackAsked](s.Record)
	case "callbackTried":
		e.rec, err = read[call.CallbackTried](s.Record)
	case "callbackOver":
		e.rec, err = read[call.CallbackOver](s.Record)
	case "surveyAnswered":
		e.rec, err = read[call.SurveyAnswered](s.Record)
	case "callerRecorded":
		e.rec, err = read[call.CallerRecorded](s.Record)
	case "noticeKept":
		e.rec, err = read[call.NoticeKept](s.Record)
	default:
		err = fmt.Errorf("read %q: %w", s.Kind, errKind)
	}
	e.uid = s.UID
	return err
}

func read[T call.Record](body []byte) (call.Record, error) {
	var r T
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	return r, nil
}
