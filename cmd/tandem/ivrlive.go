// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/call"
	"tandem/dialtest"
	"tandem/ivr"
	"tandem/ivr/flowtest"
)

// This file runs the tests of flows by real calls to a running server: every
// case rings, presses its keys and hears its prompts, and must pass the very
// nodes, prompts and variables that it passes on the virtual clock.

// Limits of a live run.
const (
	liveLook    = 50 * time.Millisecond // between two looks at a call's trail
	liveSettle  = 5 * time.Second       // for the last nodes, and for a key to arrive
	livePrompt  = 90 * time.Second      // for a prompt to end
	liveAnswer  = 10 * time.Second
	liveSounds  = 8 // frames of 20 ms that are not silent: something was heard
	liveAtOnce  = 16
	liveLongest = 20 * time.Second
)

// liveOptions say where the server is.
type liveOptions struct {
	server  string // host:port of its SIP listener
	web     string // where its pages are
	longest time.Duration
	atOnce  int
}

// liveRun is one run of the cases against a server.
type liveRun struct {
	liveOptions
	phones *dialtest.Phones
	http   *http.Client
}

// errSkipped says why a case cannot be run by a call.
type errSkipped string

func (e errSkipped) Error() string { return string(e) }

// testLive runs cases by calls to a running server.
func (v *invocation) testLive(ctx context.Context, o liveOptions, cases []flowtest.Case) ([]flowtest.Result, error) {
	if o.web == "" {
		host, _, err := net.SplitHostPort(o.server)
		if err != nil {
			return nil, fmt.Errorf("read -live: %w", err)
		}
		o.web = "http://" + net.JoinHostPort(host, "8080")
	}
	l := &liveRun{liveOptions: o, http: &http.Client{Timeout: liveSettle}}
	if err := l.rehearses(ctx); err != nil {
		return nil, err
	}
	phones, err := dialtest.Open(dialtest.Options{Server: o.server})
	if err != nil {
		return nil, err
	}
	defer phones.Close()
	l.phones = phones
	faults := make([]error, len(cases))
	turn := make(chan struct{}, max(1, o.atOnce))
	var running sync.WaitGroup
	for i := range cases {
		running.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			faults[i] = l.play(ctx, &cases[i])
		})
	}
	running.Wait()
	var results []flowtest.Result
	for i, fault := range faults {
		var skipped errSkipped
		switch {
		case errors.As(fault, &skipped):
			fmt.Fprintf(v.stdout, "skipped %s:%d: %s: %s\n", cases[i].File, cases[i].Line, cases[i].Name, skipped)
		case fault != nil:
			results = append(results, flowtest.Result{Case: &cases[i], Fault: fault.Error()})
		default:
			results = append(results, flowtest.Result{Case: &cases[i]})
		}
	}
	return results, nil
}

// rehearses asks for a rehearsal that cannot be, to learn whether the server
// takes any.
func (l *liveRun) rehearses(ctx context.Context) error {
	err := l.ask(ctx, http.MethodGet, "/rehearsals/none", nil, nil)
	var answer errAnswer
	switch {
	case errors.As(err, &answer) && answer.known:
		return nil
	case errors.As(err, &answer):
		return fmt.Errorf("the server at %s takes no rehearsals; write rehearsal: true into its configuration, or say by -web where its pages are", l.web)
	}
	return err
}

// errAnswer is a refusal; known if it is one of a door for rehearsals.
type errAnswer struct {
	detail string
	known  bool
}

func (e errAnswer) Error() string { return "the server says: " + e.detail }

// play runs one case; nil: as on the virtual clock.
func (l *liveRun) play(ctx context.Context, c *flowtest.Case) error {
	if why := l.cannot(c); why != "" {
		return errSkipped(why)
	}
	want := c.Play(nil)
	r, err := l.ring(ctx, c)
	if r != nil {
		defer r.hangUp()
	}
	if err != nil {
		return err
	}
	hears := false
	for _, a := range c.Acts() {
		if err := r.do(ctx, a); err != nil {
			return fmt.Errorf("%s %s: %w\n%s", a.Verb, a.Text, err, want.Difference(r.played()))
		}
		hears = hears || a.Verb == "hears"
	}
	if fault := r.settles(ctx, want); fault != "" {
		return errors.New(fault)
	}
	if said := slices.ContainsFunc(want.Lines, func(line string) bool { return strings.HasPrefix(line, "say ") }); said && hears &&
		r.phone.Ear.Sound(r.begun) < liveSounds {
		return fmt.Errorf("the prompts were played, and nothing was heard: %+v", r.phone.Ear.Stream())
	}
	return nil
}

// cannot says why a case cannot be run by a call; "" if it can.
func (l *liveRun) cannot(c *flowtest.Case) string {
	if c.Flow().Kind == ivr.WaitFlow {
		return "is of a wait flow, which is heard in a queue only"
	}
	for _, a := range c.Acts() {
		switch {
		case a.Verb == "waits" && a.Span > l.longest:
			return fmt.Sprintf("waits %v, more than -longest %v", a.Span, l.longest)
		case a.Verb == "fails":
			return "says how a dial fails, which the far end decides"
		}
	}
	return ""
}

// rehearsed is one call of ours, with its trail at the server.
type rehearsed struct {
	run   *liveRun
	phone *dialtest.Call
	token string
	begun time.Time
	keys  int // pressed
	trail call.Trail
	gone  bool // we have hung up
}

// ring tells the server what is coming, and calls.
func (l *liveRun) ring(ctx context.Context, c *flowtest.Case) (*rehearsed, error) {
	r := &rehearsed{run: l, begun: time.Now()}
	who := c.Contact()
	var answer struct{ Token, Dial string }
	if err := l.ask(ctx, http.MethodPost, "/rehearsals/", call.Script{
		Flow: string(c.Flow().ID), Language: c.Language(), Start: c.Start(),
		Contact: who.ID, Caller: who.Caller, Dialled: who.Dialled,
	}, &answer); err != nil {
		return nil, err
	}
	r.token = answer.Token
	phone, err := l.phones.Call(answer.Dial, dialtest.Caller{Number: "rehearsal", Name: answer.Token})
	if err != nil {
		return nil, err
	}
	r.phone = phone
	answered, cancel := context.WithTimeout(ctx, liveAnswer)
	defer cancel()
	if err := r.phone.WaitAnswered(answered); err != nil {
		return r, err
	}
	return r, r.until(ctx, liveSettle, "the first node", func(t call.Trail) bool { return len(t.Nodes) > 0 })
}

// ask speaks with the server's door for rehearsals.
func (l *liveRun) ask(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write rehearsal: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, l.web+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("ask %s: %w", l.web, err)
	}
	request.Header.Set("X-Requested-By", "tandem")
	answer, err := l.http.Do(request)
	if err != nil {
		return fmt.Errorf("ask %s (the server's pages; -web says where they are): %w", l.web, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var problem struct{ Detail string }
		if err := json.NewDecoder(answer.Body).Decode(&problem); err != nil {
			return errAnswer{detail: answer.Status}
		}
		return errAnswer{problem.Detail, strings.Contains(problem.Detail, "rehearsal")}
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", l.web, err)
	}
	return nil
}

// look reads the trail.
func (r *rehearsed) look(ctx context.Context) error {
	var fresh call.Trail
	err := r.run.ask(ctx, http.MethodGet, "/rehearsals/"+url.PathEscape(r.token), nil, &fresh)
	r.trail = fresh
	return err
}

// until looks at the trail until it is as wanted, for a time at most.
func (r *rehearsed) until(ctx context.Context, most time.Duration, what string, is func(call.Trail) bool) error {
	tick := time.NewTicker(liveLook)
	defer tick.Stop()
	for begun := time.Now(); ; {
		if err := r.look(ctx); err != nil {
			return err
		}
		if is(r.trail) {
			return nil
		}
		if time.Since(begun) > most {
			return fmt.Errorf("%s did not come in %v", what, most)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// do lets one thing happen, and returns when the server knows it.
func (r *rehearsed) do(ctx context.Context, a flowtest.Act) error {
	switch a.Verb {
	case "hears":
		for range a.Count {
			if err := r.hear(ctx); err != nil {
				return err
			}
		}
	case "presses":
		r.keys += len(a.Text)
		if err := r.phone.Mouth.Press(a.Text); err != nil {
			return err
		}
		return r.until(ctx, liveSettle+time.Duration(len(a.Text))*time.Second/4, "the last key",
			func(t call.Trail) bool { return t.Keys >= r.keys || t.Over })
	case "says":
		return r.saysNothing(ctx)
	case "waits":
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(a.Span):
		}
	case "hangs":
		r.hangUp()
		return r.until(ctx, liveSettle, "the end", func(t call.Trail) bool { return t.Over })
	case "leaves":
		return r.tell(ctx, "the queue", "/leave/"+url.PathEscape(a.Text), nil,
			func(t call.Trail) bool { return t.Waiting })
	case "answers":
		answer := call.Answer{How: ivr.FetchAnswered, Status: a.Count, Body: a.Text}
		if a.Count == 0 {
			answer = call.Answer{How: a.Text}
		}
		return r.tell(ctx, "the request for data", "/answer", answer, func(t call.Trail) bool { return t.Asking })
	case "callback":
		return r.tell(ctx, "the wish to be called back", "/answer", call.Answer{Callback: a.Text}, func(t call.Trail) bool { return t.Asking })
	case "upstream": // hangs: the flow's own timeout ends it
		return r.until(ctx, r.run.longest, "the end of the request", func(t call.Trail) bool { return !t.Asking })
	}
	return nil
}

// tell waits until the call rests as wanted, tells the server how that ends, and
// waits for the end.
func (r *rehearsed) tell(ctx context.Context, what, path string, how any, rests func(call.Trail) bool) error {
	if err := r.until(ctx, liveSettle, what, func(t call.Trail) bool { return rests(t) || t.Over }); err != nil {
		return err
	}
	var nothing struct{}
	if err := r.run.ask(ctx, http.MethodPost, "/rehearsals/"+url.PathEscape(r.token)+path, how, &nothing); err != nil {
		return err
	}
	return r.until(ctx, liveSettle, "the end of "+what, func(t call.Trail) bool { return !rests(t) })
}

// hear waits for the end of the prompt that plays.
func (r *rehearsed) hear(ctx context.Context) error {
	if err := r.look(ctx); err != nil || !r.trail.Playing {
		return err
	}
	prompts := r.trail.Prompts
	return r.until(ctx, livePrompt, "the end of the prompt", func(t call.Trail) bool { return !t.Playing || t.Prompts > prompts })
}

// saysNothing hears the prompt to its end and lets the time for a key pass.
func (r *rehearsed) saysNothing(ctx context.Context) error {
	if err := r.hear(ctx); err != nil || r.trail.Playing || r.trail.Waiting || r.trail.Over {
		return err
	}
	nodes, prompts := len(r.trail.Nodes), r.trail.Prompts
	return r.until(ctx, r.run.longest, "what follows on silence",
		func(t call.Trail) bool { return len(t.Nodes) > nodes || t.Prompts > prompts || t.Over })
}

func (r *rehearsed) hangUp() {
	r.gone = true
	r.phone.Hangup()
	<-r.phone.Ended()
}

// played is the trail so far, as the virtual clock tells it.
func (r *rehearsed) played() flowtest.Played {
	p := flowtest.Played{Lines: slices.Clone(r.trail.Lines), Variables: r.trail.Variables}
	for _, n := range r.trail.Nodes {
		p.Nodes = append(p.Nodes, flowtest.Step(n))
	}
	if r.gone {
		p.Lines = append(p.Lines, "gone")
	}
	if p.Variables == nil {
		p.Variables = map[string]string{}
	}
	return p
}

// settles waits until the call has passed all that it should; what differs is
// the answer.
func (r *rehearsed) settles(ctx context.Context, want flowtest.Played) (fault string) {
	err := r.until(ctx, liveSettle, "the last step", func(call.Trail) bool {
		fault = want.Difference(r.played())
		return fault == ""
	})
	if err != nil && fault == "" {
		return err.Error()
	}
	return fault
}
