// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"time"

	"github.com/expr-lang/expr"
)

// queueStatusFile asks how a queue is, for a branch or to be said: {waiting},
// {estimate|duration}.
type queueStatusFile struct {
	// ID is the queue's.
	ID string `yaml:"id,required"`
	// Waiting names a variable for how many are in line.
	Waiting string `yaml:"waiting"`
	// Estimate names a variable for how many seconds one who comes now is likely
	// to wait; 0 if nothing is known.
	Estimate string `yaml:"estimate"`
	// SignedIn names a variable for how many agents are signed in.
	SignedIn string `yaml:"signedIn"`
	// Available names a variable for how many of them have that status.
	Available string `yaml:"available"`
	// Open names a variable that is true while the queue takes callers.
	Open string `yaml:"open"`
	// Next is where it goes on.
	Next NodeID `yaml:"next,required"`
	// Error is where it goes on when nobody tells; default: onError.
	Error NodeID `yaml:"error"`
}

func (r *reader) queueStatus(path string, f *queueStatusFile) *look {
	n := &look{
		queue: f.ID, waiting: f.Waiting, estimate: f.Estimate, signedIn: f.SignedIn,
		available: f.Available, open: f.Open, fail: r.failing(path, f.Error),
	}
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

func (r *reader) declareStatus(at string, f *queueStatusFile) {
	for _, v := range []struct {
		key, name string
		zero      any
	}{
		{"waiting", f.Waiting, 0}, {"estimate", f.Estimate, 0}, {"signedIn", f.SignedIn, 0},
		{"available", f.Available, 0}, {"open", f.Open, false},
	} {
		if v.name != "" {
			r.variable(at+"."+v.key, v.name, v.zero, false)
		}
	}
}

func (r *reader) rank(path string, f nodeFile) *rank {
	return &rank{
		priority: r.expression(path+".priority", f.Priority, expr.AsInt()),
		next:     r.onward(path, f.Next), fail: r.failing(path, f.Error),
	}
}

// transferFile hands the call to somebody else: exactly one of number, queue,
// agent with queue, and flow. Where it comes to nothing the flow goes on at
// failed.
type transferFile struct {
	// Number is called, as dial does: a number that a trunk takes or a SIP
	// address, which may hold {variables}. It must be allowed (dial.allow).
	Number string `yaml:"number"`
	// Queue is one whose line the caller joins.
	Queue string `yaml:"queue"`
	// Agent is the only one of the queue who is asked; the caller waits for at
	// most ringTime in all.
	Agent string `yaml:"agent"`
	// Flow goes on in another flow for good, as jump does.
	Flow FlowID `yaml:"flow"`
	// RingTime is how long number or agent may take to answer; default 30s.
	RingTime time.Duration `yaml:"ringTime"`
	// Priority is the contact's in the queue; default that of priority nodes, else
	// the queue's.
	Priority *int `yaml:"priority"`
	// WaitFlow is what is heard while waiting; default the configured one.
	WaitFlow FlowID `yaml:"waitFlow"`
	// With gives inputs of the flow: expressions, by input.
	With map[string]exprFile `yaml:"with"`
	// Failed is where it goes on when nobody took the call.
	Failed NodeID `yaml:"failed"`
}

// transfer makes the step that a transfer comes down to.
func (r *reader) transfer(path string, f *transferFile) step {
	given := 0
	for _, has := range []bool{f.Number != "", f.Queue != "", f.Flow != ""} {
		if has {
			given++
		}
	}
	switch {
	case given != 1:
		r.report(path, "goes to %d places; write one of number, queue and flow, and agent beside queue", given)
		return &resumption{}
	case f.Agent != "" && f.Queue == "":
		r.report(path+".queue", "is missing; name the queue whose line the caller waits in for the agent")
	case f.Flow == "" && f.Failed == "":
		r.report(path+".failed", "is missing; say where the flow goes on when nobody takes the call")
	case f.Flow != "" && f.Failed != "":
		r.report(path+".failed", "means nothing for a flow, which takes the call for good; remove it")
	}
	if f.Flow != "" {
		return &leap{id: f.Flow, with: r.with(path, f.With), fail: r.failing(path, "")}
	}
	var failed *node
	if f.Failed != "" {
		failed = r.to(path+".failed", f.Failed)
	}
	ringTime := r.span(path+".ringTime", f.RingTime, defaultRing, maxRing)
	if f.Number != "" {
		return &dial{written: f.Number, target: r.target(path+".number", f.Number), ringTime: ringTime, other: failed, transfer: true}
	}
	n := &queue{enqueue: Enqueue{Queue: f.Queue, Priority: f.Priority, WaitFlow: f.WaitFlow}, other: failed, transfer: true}
	if f.Agent != "" {
		r.flow.wants = append(r.flow.wants, WantUse{Agent: f.Agent, Path: path + ".agent"})
		n.enqueue.Require = &Require{Steps: []Step{{Agents: []string{f.Agent}}}}
		n.enqueue.Limit = ringTime
	}
	return n
}
