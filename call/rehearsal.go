// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// This file lets the tests of flows ring over real SIP: a rehearsal is told
// beforehand, taken up by the call that bears its token as the caller's name,
// and tells what that call passed.

// Limits of rehearsals.
const (
	maxRehearsals = 512  // that are remembered; the oldest is forgotten
	maxTrail      = 2000 // nodes, and lines, of one
)

// Errors of rehearsals.
var (
	ErrUnknownRehearsal = errors.New("there is no such rehearsal")
	ErrUnknownFlow      = errors.New("there is no such flow")
)

// Script is what one rehearsal is given.
type Script struct {
	Flow     string
	Language string
	Start    time.Time // what the flow's clock shows as it begins; zero: now
	Contact  string    // the call's ID as the flow sees it
	Caller   string
	Dialled  string
}

// Trail is what a rehearsed call passed so far.
type Trail struct {
	Call  ID     // "" until it has come
	Nodes []Step // in their order
	// Lines are what was heard and done, as ivr.Told words it.
	Lines     []string
	Variables map[string]string // secrets are masked
	Keys      int               // key presses that have arrived
	Prompts   int               // prompts begun
	Playing   bool              // one that ends by itself
	Waiting   bool              // in a queue
	Asking    bool              // for something that the story answers
	Over      bool              // the flow, or the call
}

// Step is a node that was passed.
type Step struct {
	Flow ivr.FlowID
	Node ivr.NodeID
}

// Rehearsals are those of one desk. Its methods may be called from anywhere.
type Rehearsals struct {
	mu    sync.Mutex // guards the rest, rehearsals included; leaf
	byKey map[string]*rehearsal
	order []string
}

// rehearsal is one of them. A nil one takes everything and keeps nothing.
type rehearsal struct {
	all    *Rehearsals
	script Script
	trail  Trail
	call   *Call
	answer chan ivr.Event // of the story; one at a time
}

// NewRehearsals makes a place for them.
func NewRehearsals() *Rehearsals { return &Rehearsals{byKey: map[string]*rehearsal{}} }

// Expect makes a rehearsal and gives its token, which the caller must bear as
// their name.
func (r *Rehearsals) Expect(s Script) string {
	token := "rehearsal-" + rand.Text()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.order) == maxRehearsals {
		delete(r.byKey, r.order[0])
		r.order = r.order[1:]
	}
	r.byKey[token] = &rehearsal{all: r, script: s, answer: make(chan ivr.Event, 1)}
	r.order = append(r.order, token)
	return token
}

// Trail is what the call of a token has passed.
func (r *Rehearsals) Trail(token string) (Trail, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byKey[token]
	if h == nil {
		return Trail{}, ErrUnknownRehearsal
	}
	t := h.trail
	t.Nodes, t.Lines, t.Variables = slices.Clone(t.Nodes), slices.Clone(t.Lines), maps.Clone(t.Variables)
	return t, nil
}

// take is the rehearsal that a call with this caller's name takes up; nil for
// all others. Once only.
func (r *Rehearsals) take(name string, c *Call) *rehearsal {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byKey[name]
	if h == nil || h.call != nil {
		return nil
	}
	h.call, h.trail.Call = c, c.id
	return h
}

// Rehearse prepares a call to a flow; the answer is its token and a number to
// dial. ErrUnknownFlow.
func (d *Desk) Rehearse(s Script) (token, dial string, err error) {
	if f := d.plan().Flows[ivr.FlowID(s.Flow)]; f == nil || f.Kind == ivr.WaitFlow {
		return "", "", ErrUnknownFlow
	}
	for _, n := range d.plan().Numbers {
		if n.Number != "" {
			dial = n.Number
			break
		}
	}
	return d.cfg.Rehearsals.Expect(s), dial, nil
}

// RehearsalTrail is what a rehearsed call has passed.
func (d *Desk) RehearsalTrail(token string) (Trail, error) { return d.cfg.Rehearsals.Trail(token) }

// RehearsalLeave takes a rehearsed call out of its queue; the flow learns that
// it ended as said. ErrUnknownRehearsal, ErrNotWaiting.
func (d *Desk) RehearsalLeave(token, ending string) error {
	contact, err := d.cfg.Rehearsals.waiting(token)
	if err != nil {
		return err
	}
	d.send(request{do: func() ([]acd.Event, error) {
		d.mail(contact, leaveRehearsed{acd.Ending(ending)})
		return nil, nil
	}})
	return nil
}

// waiting is the contact of a rehearsed call that is in a queue.
func (r *Rehearsals) waiting(token string) (acd.ContactID, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byKey[token]
	switch {
	case h == nil || h.call == nil:
		return "", ErrUnknownRehearsal
	case !h.trail.Waiting:
		return "", ErrNotWaiting
	}
	return acd.ContactID(h.call.id), nil
}

// Answer is what a story answers to a fetch (How, Status, Body) or, in place of
// the queue, to a wish to be called back (Callback).
type Answer struct {
	How      string
	Status   int
	Body     string
	Callback string
}

func (a Answer) event() ivr.Event {
	if a.Callback != "" {
		return ivr.CallbackKept{How: a.Callback}
	}
	return ivr.Fetched{How: a.How, Status: a.Status, Body: []byte(a.Body)}
}

// RehearsalAnswer answers what a rehearsed call asks for, so that no story
// reaches another system or has somebody called back. ErrUnknownRehearsal,
// ErrNotWaiting.
func (d *Desk) RehearsalAnswer(token string, a Answer) error {
	r := d.cfg.Rehearsals
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.byKey[token]
	switch {
	case h == nil || h.call == nil:
		return ErrUnknownRehearsal
	case !h.trail.Asking:
		return ErrNotWaiting
	}
	select {
	case h.answer <- a.event():
		h.trail.Asking = false
		return nil
	default:
		return ErrNotWaiting
	}
}

// answered waits for the story's answer.
func (h *rehearsal) answered(ctx context.Context) ivr.Event {
	h.note(func(t *Trail) { t.Asking = true })
	defer h.note(func(t *Trail) { t.Asking = false })
	select {
	case got := <-h.answer:
		return got
	case <-ctx.Done():
		return ivr.Fetched{How: ivr.FetchTimedOut}
	}
}

// leaveRehearsed tells a call that its stay in the queue shall end.
type leaveRehearsed struct{ how acd.Ending }

// flow is what runs a call, and in which language: the number's, or the story's.
func (h *rehearsal) flow(n Number) (ivr.FlowID, string) {
	if h == nil {
		return n.Flow, n.Language
	}
	return ivr.FlowID(h.script.Flow), h.script.Language
}

// contact is who calls: who really does, or the story's caller.
func (h *rehearsal) contact(real ivr.Contact) ivr.Contact {
	if h == nil {
		return real
	}
	return ivr.Contact{ID: h.script.Contact, Caller: h.script.Caller, Dialled: h.script.Dialled}
}

// ahead is how far the flow's clock stands before the desk's.
func (h *rehearsal) ahead(now time.Time) time.Duration {
	if h == nil || h.script.Start.IsZero() {
		return 0
	}
	return h.script.Start.Sub(now)
}

// told notes what a flow wanted done when event had happened.
func (h *rehearsal) told(flow *ivr.Machine, event ivr.Event, effects []ivr.Effect) {
	if h == nil {
		return
	}
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	t := &h.trail
	if _, heard := event.(ivr.PromptDone); heard {
		t.Playing = false
	}
	for _, effect := range effects {
		switch e := effect.(type) {
		case ivr.Entered:
			if len(t.Nodes) < maxTrail {
				t.Nodes = append(t.Nodes, Step{e.Flow, e.Node})
			}
		case ivr.Play:
			t.Prompts, t.Playing = t.Prompts+1, !e.Prompt.Loop
		case ivr.Stop:
			t.Playing = false
		}
		if line := ivr.Told(effect); line != "" && len(t.Lines) < maxTrail {
			t.Lines = append(t.Lines, line)
		}
	}
	t.Variables, t.Over = flow.Variables(), flow.Over()
	t.Playing = t.Playing && !t.Over
}

// note changes the trail.
func (h *rehearsal) note(change func(*Trail)) {
	if h == nil {
		return
	}
	h.all.mu.Lock()
	defer h.all.mu.Unlock()
	change(&h.trail)
}
