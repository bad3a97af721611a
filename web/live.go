// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tandem/acd"
	"tandem/call"
)

const eventStream = "text/event-stream"

// How often and how much is pushed.
const (
	floorGap     = 250 * time.Millisecond // least time between two wallboards
	floorMost    = time.Second            // most time between two wallboards
	pingGap      = 2 * time.Second
	sessionGap   = 5 * time.Second // how often a stream's session is read anew
	streamWrite  = 5 * time.Second // a browser that takes nothing for this long is dropped
	streamsMost  = 4096            // in all
	streamsAgent = 16              // of one agent
)

// floorAnswer is the wallboard, asked for once.
type floorAnswer struct{ Body floorView }

func (s *Server) floorRoutes(api huma.API) {
	huma.Register(api, operation(http.MethodGet, "/floor", "floor",
		"The wallboard as it is now; the event floor of /live pushes it", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*floorAnswer, error) {
			now := s.deps.Now()
			v := s.floorOf(s.deps.Floor.Snapshot(), now, signedIn(ctx).Role == RoleSupervisor)
			v.Now = stamp(now)
			return &floorAnswer{Body: v}, nil
		})
}

// liveRoute registers the live events. They are no huma operation because they
// outlive every time limit, but stand in the description like one.
func (s *Server) liveRoute(mux *http.ServeMux, api huma.API) {
	op := operation(http.MethodGet, "/live", "live", "Server-sent events: desk, floor, ping", http.StatusOK)
	op.Description = "Event desk: the whole desk (as GET /desk) on each change. Event floor: the whole wallboard (as GET /floor) " +
		"at most 4 times a second, at least once; callers are named to supervisors only. Event ping: every 2 s, {now}."
	op.Parameters = []*huma.Param{
		{Name: "page", In: "query", Description: "The page load that listens", Schema: &huma.Schema{Type: huma.TypeString}},
		{Name: "floor", In: "query", Description: "off: no event floor", Schema: &huma.Schema{Type: huma.TypeString}},
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "The events",
		Content: map[string]*huma.MediaType{eventStream: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("GET /api/v1/live", s.live)
}

// stream is one open page.
type stream struct {
	s     *Server
	w     http.ResponseWriter
	out   *http.ResponseController
	agent *Agent
	token string
	floor bool

	desk     []byte // last sent
	floorAt  time.Time
	pingAt   time.Time
	readAt   time.Time
	lastSeen *call.Snapshot
	dirty    bool // the floor has changed since floorAt
}

func (s *Server) live(w http.ResponseWriter, r *http.Request) {
	v := visitorOf(r.Context())
	if !s.m.openStream(v.agent.ID) {
		problem(w, http.StatusTooManyRequests, "too many pages are open; close some")
		return
	}
	defer s.m.closeStream(v.agent.ID)
	st := &stream{s: s, w: w, out: http.NewResponseController(w), agent: v.agent, token: v.token,
		floor: r.URL.Query().Get("floor") != "off"}
	// The limits of the listener are for answers that end.
	if err := st.out.SetReadDeadline(time.Time{}); err != nil {
		s.log.Debug("stream keeps its deadline", "err", err)
	}
	w.Header().Set("Content-Type", eventStream)
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if err := st.run(r.Context()); err != nil {
		s.log.Debug("stream ended", "agent", string(v.agent.ID), "err", err)
	}
}

// run pushes until the page, the session or the server is gone.
func (st *stream) run(ctx context.Context) error {
	_, born := st.s.desks.watch(st.agent.ID)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		// Taken before looking, so that nothing between is missed.
		changed := st.s.deps.Floor.Changed()
		moved, gone := st.s.desks.watch(st.agent.ID)
		if gone != born {
			return nil
		}
		if err := st.push(ctx, st.s.deps.Now()); err != nil {
			return err
		}
		timer.Reset(st.next(st.s.deps.Now()))
		select {
		case <-ctx.Done():
			return nil
		case <-st.s.over:
			return nil
		case <-changed:
		case <-moved:
		case <-timer.C:
		}
	}
}

// next is the time until something is due though nothing changes.
func (st *stream) next(now time.Time) time.Duration {
	due := st.pingAt.Add(pingGap)
	if at := st.readAt.Add(sessionGap); at.Before(due) {
		due = at
	}
	if st.floor {
		gap := floorMost
		if st.dirty {
			gap = floorGap
		}
		if at := st.floorAt.Add(gap); at.Before(due) {
			due = at
		}
	}
	return max(due.Sub(now), time.Millisecond)
}

// push sends what is due.
func (st *stream) push(ctx context.Context, now time.Time) error {
	if now.Sub(st.readAt) >= sessionGap {
		agent, ok, err := st.s.deps.Sessions.Session(ctx, st.token)
		if err == nil && (!ok || agent != st.agent.ID) {
			return fmt.Errorf("session of %s is over", st.agent.ID)
		}
		st.readAt = now
	}
	snap := st.s.deps.Floor.Snapshot()
	st.dirty = st.dirty || snap != st.lastSeen
	st.lastSeen = snap
	if err := st.pushDesk(snap, now); err != nil {
		return err
	}
	if since := now.Sub(st.floorAt); st.floor && (since >= floorMost || st.dirty && since >= floorGap) {
		body, err := st.s.floorBody(st.agent.Role == RoleSupervisor)
		if err != nil {
			return err
		}
		if err := st.send("floor", body, now); err != nil {
			return err
		}
		st.floorAt, st.dirty = now, false
	}
	if now.Sub(st.pingAt) >= pingGap {
		st.pingAt = now
		return st.send("ping", []byte("{}"), now)
	}
	return nil
}

func (st *stream) pushDesk(snap *call.Snapshot, now time.Time) error {
	body, err := json.Marshal(st.s.deskOf(st.agent, snap))
	if err != nil {
		return fmt.Errorf("render desk: %w", err)
	}
	if bytes.Equal(body, st.desk) {
		return nil
	}
	st.desk = body
	return st.send("desk", body, now)
}

// send writes one event; body is a JSON object, into which now is put first.
func (st *stream) send(event string, body []byte, now time.Time) error {
	stamped, err := stamp(now).MarshalJSON()
	if err != nil {
		return err
	}
	text := make([]byte, 0, len(body)+64)
	text = fmt.Appendf(text, "event: %s\ndata: {\"now\":%s", event, stamped)
	if rest := body[1:]; len(rest) > 1 {
		text = append(append(text, ','), rest...)
	} else {
		text = append(text, rest...)
	}
	text = append(text, "\n\n"...)
	if err := st.out.SetWriteDeadline(time.Now().Add(streamWrite)); err != nil {
		return fmt.Errorf("limit write of %s: %w", event, err)
	}
	if _, err := st.w.Write(text); err != nil {
		return fmt.Errorf("write %s: %w", event, err)
	}
	if err := st.out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", event, err)
	}
	return nil
}

// openStream counts a page in, unless there are too many.
func (m *metrics) openStream(agent acd.AgentID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open >= streamsMost || m.streams[agent] >= streamsAgent {
		m.refused.Inc()
		return false
	}
	m.open++
	m.streams[agent]++
	m.live.Set(float64(m.open))
	return true
}

func (m *metrics) closeStream(agent acd.AgentID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open--
	if m.streams[agent]--; m.streams[agent] == 0 {
		delete(m.streams, agent)
	}
	m.live.Set(float64(m.open))
}
