// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"time"
)

// callbackFile offers to call the caller back. In a flow of kind wait the place
// in line stays while the number is entered, for at most 60s and with no agent
// rung; when the callback is kept, the queue node goes on at callbackRequested.
type callbackFile struct {
	// Queue is the one that calls back; in a flow of kind wait it is that in which
	// the caller waits.
	Queue string `yaml:"queue"`
	// Into names the variable for the number: {name} in the prompts.
	Into string `yaml:"into,required"`
	// Offer says the number that calls and asks whether it is right; default: the
	// number is always entered. It is left out for callers without a number.
	Offer []partFile `yaml:"offer,orOne"`
	// Enter asks for the number.
	Enter []partFile `yaml:"enter,orOne,required"`
	// Confirm says the number that was entered and asks whether it is right.
	Confirm []partFile `yaml:"confirm,orOne,required"`
	// Yes is the key for a right number; default "1".
	Yes string `yaml:"yes"`
	// No is the key for entering another; default "2".
	No string `yaml:"no"`
	// Country is the code (49) that replaces a leading 0; default: the number is
	// dialled as it was entered.
	Country string `yaml:"country"`
	// Timeout is how long the first key may take after a prompt; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// InterDigit is how long each further digit may take; default 3s.
	InterDigit time.Duration `yaml:"interDigit"`
	// NoInput is for callers who press nothing; counted for each question.
	NoInput missFile `yaml:"noInput"`
	// NoMatch is for callers who press a wrong key or enter what is no number.
	NoMatch missFile `yaml:"noMatch"`
	// Priority is the callback's; default the contact's.
	Priority *int `yaml:"priority"`
	// After is how long from now nobody calls back; default: as soon as it is the
	// caller's turn.
	After time.Duration `yaml:"after"`
	// At is a variable for the time before which nobody calls back, as hours
	// fills until.
	At string `yaml:"at"`
	// Next is where a callback that is kept leads; not in a flow of kind wait.
	Next NodeID `yaml:"next"`
	// Endings say where the flow goes on when it is not kept.
	Endings callbackEndings `yaml:"endings"`
	// Error is where it goes on when nobody answers whether it is kept; default:
	// onError.
	Error NodeID `yaml:"error"`
}

type callbackEndings struct {
	// Duplicate: one for this number is open already.
	Duplicate NodeID `yaml:"duplicate"`
	// NotAllowed: the number may not be dialled.
	NotAllowed NodeID `yaml:"notAllowed"`
	// Closed: the queue takes none now.
	Closed NodeID `yaml:"closed"`
	// Else: each that is not named; default: the end of the call with a goodbye,
	// in a flow of kind wait the music.
	Else NodeID `yaml:"else"`
}

// leaveFile takes the caller out of the line.
type leaveFile struct{}

// maxAfter is how far ahead a callback may be asked for.
const maxAfter = 7 * 24 * time.Hour

// callback makes the nodes of a callback; n is the first of them.
func (r *reader) callback(n *node, path string, f *callbackFile) step {
	waits := r.flow.Kind == WaitFlow
	switch {
	case f.Queue == "" && !waits:
		r.report(path+".queue", "is missing; add it")
	case f.Queue != "" && waits:
		r.report(path+".queue", "is known in a flow of kind wait; remove it")
	}
	switch {
	case f.Next == "" && !waits:
		r.report(path+".next", "is missing; add it")
	case f.Next != "" && waits:
		r.report(path+".next", "means nothing in a flow of kind wait; the queue node goes on at callbackRequested")
	}
	part := func(name string) *node {
		made := &node{id: n.id + NodeID("."+name)}
		r.flow.nodes = append(r.flow.nodes, made)
		return made
	}
	begin := &offering{number: f.Into, country: f.Country}
	enter, confirm, ask := part("enter"), part("confirm"), part("request")
	begin.enter = enter
	if len(f.Offer) > 0 {
		begin.offer = part("offer")
		begin.offer.step = r.yesOrNo(path, "offer", f, f.Offer, ask, enter)
	}
	enter.step = r.enterNumber(path, f, confirm)
	confirm.step = r.yesOrNo(path, "confirm", f, f.Confirm, ask, enter)
	ask.step = r.request(path, f)
	return begin
}

func (r *reader) yesOrNo(path, key string, f *callbackFile, prompt []partFile, yes, no *node) *menu {
	m := r.confirmation(path, path+"."+key, confirmFile{Prompt: prompt, Yes: f.Yes, No: f.No, Timeout: f.Timeout, NoInput: f.NoInput, NoMatch: f.NoMatch})
	m.choices[0].next, m.choices[1].next = yes, no
	return m
}

func (r *reader) enterNumber(path string, f *callbackFile, next *node) *collect {
	p := r.prompt(path+".enter", f.Enter)
	n := &collect{question: r.question(path, p, nil, f.NoInput, f.NoMatch), into: f.Into, next: next}
	n.timeout = r.span(path+".timeout", f.Timeout, defaultTimeout, maxWait)
	n.interDigit = r.span(path+".interDigit", f.InterDigit, defaultInterDigit, maxWait)
	n.min, n.max, n.allowed, n.terminators, n.clear = leastPhone, maxDialled, digits, "#", '*'
	if f.Country != "" {
		n.valid = validation{format: formatPhone, country: f.Country}
	}
	return n
}

// maxDialled is the longest number as it is dialled, with its prefixes.
const maxDialled = mostPhone + 5

func (r *reader) request(path string, f *callbackFile) *request {
	n := &request{
		number: f.Into, queue: f.Queue, priority: f.Priority, at: f.At,
		after: r.span(path+".after", f.After, 0, maxAfter), fail: r.failing(path, f.Error),
	}
	if f.At != "" && !r.isMoment(f.At) {
		r.report(path+".at", "%q is filled by no hours node of this flow; name the variable of its until", f.At)
	}
	if f.Next != "" {
		n.endings = append(n.endings, ending{requested, r.to(path+".next", f.Next)})
	} else if r.flow.Kind == WaitFlow {
		n.endings = append(n.endings, ending{requested, nil})
	}
	e := f.Endings
	for _, b := range []struct {
		key   string
		given NodeID
	}{{"duplicate", e.Duplicate}, {"notAllowed", e.NotAllowed}, {"closed", e.Closed}} {
		n.endings = append(n.endings, ending{b.key, r.ending(path, b.key, b.given, e.Else, goodbye)})
	}
	n.other = r.ending(path, "else", e.Else, "", goodbye)
	if f.Country != "" && !isCountry(f.Country) {
		r.report(path+".country", "%q is no country's code of a phone number; write one like 49", f.Country)
	}
	return n
}

// isMoment says whether a variable of the flow holds a time.
func (r *reader) isMoment(name string) bool {
	kind := r.flow.variables[name]
	if kind == nil {
		return false
	}
	_, is := kind.zero.(time.Time)
	return is
}

// waitNodes are the kinds of nodes that a flow of kind wait may have.
var waitNodes = []string{"say", "play", "menu", "collect", "confirm", "pin", "goto", "branch", "set", "hours",
	"language", "wait", "split", "callback", "leave", "fetch", "queueStatus", "priority", "survey", "webhook"}

// asides reads what the keys of a wait flow and its times lead to.
func (r *reader) asides(w *wait) {
	ids := r.nodeIDs()
	r.zone()
	r.declare(ids)
	for _, id := range ids {
		n := r.nodes[id]
		r.flow.nodes = append(r.flow.nodes, n)
		r.node(n, r.file.Nodes[id], "nodes."+string(id))
	}
	for _, keys := range sortedKeys(r.file.Keys) {
		at, c := "keys."+keys, r.file.Keys[keys]
		if len(keys) != 1 || !isKey(keys[0]) || keys[0] == w.exitKey {
			r.report(at, "%q is no key, or the exitKey too; write one of 0-9, * and # in quotes", keys)
		}
		made := choice{keys: keys, label: r.label(at+".label", c.Label)}
		if c.Next != "" {
			made.next = r.to(at+".next", c.Next)
		}
		w.keys = append(w.keys, made)
	}
	last := time.Duration(0)
	for i, a := range r.file.After {
		at := fmt.Sprintf("after[%d]", i)
		t := timed{span: r.span(at+".time", a.Time, 0, maxInFlow), name: "after " + a.Time.String()}
		if a.Time <= last && a.Time > 0 {
			r.report(at+".time", "%v is not after the one before it; write them in their order", a.Time)
		}
		last = a.Time
		if a.Next != "" {
			t.next = r.to(at+".next", a.Next)
		}
		w.after = append(w.after, t)
	}
	r.circles(ids)
	for _, bye := range r.byeIDs() {
		r.flow.nodes = append(r.flow.nodes, r.byes[bye])
	}
}
