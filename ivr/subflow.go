// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"time"
)

// maxFrames is how deep flows may call each other. Link refuses flows that call
// themselves; the limit holds whatever was linked.
const maxFrames = 8

// frame is a flow that waits for one it called.
type frame struct {
	flow      *Flow
	node      *node // its sub node
	variables []variable
}

// sub runs another flow and goes on by the word it returns.
type sub struct {
	id      FlowID
	flow    *Flow // set by link
	with    []assignment
	into    []output
	endings []ending
	other   *node
	fail    *node
}

// output takes a variable of the called flow into one of ours.
type output struct{ name, from string }

func (n *sub) begin(m *Machine, now time.Time) *node {
	inputs, ok := m.inputs(now, n.with)
	if !ok || n.flow == nil || len(m.frames) == maxFrames {
		return m.fail(n.fail)
	}
	m.frames = append(m.frames, frame{m.flow, m.node, m.variables})
	m.run(n.flow, inputs)
	return n.flow.start
}

func (n *sub) apply(*Machine, time.Time, Event) *node { return nil }

// goBack ends a called flow with a word.
type goBack struct{ word string }

func (n *goBack) begin(m *Machine, _ time.Time) *node {
	m.exit(exitReturn, nil)
	if len(m.frames) == 0 { // the flow of a number has nobody to go back to
		m.hangup(causeEnded)
		return nil
	}
	values, caller := m.variables, m.frames[len(m.frames)-1]
	m.frames = m.frames[:len(m.frames)-1]
	m.flow, m.node, m.variables = caller.flow, caller.node, caller.variables
	m.speak(m.wanted)
	called := caller.node.step.(*sub)
	for _, o := range called.into {
		for _, v := range values {
			if v.name == o.from {
				m.set(o.name, textOf(v.value))
			}
		}
	}
	return m.branch(called.endings, n.word, called.other)
}

func (n *goBack) apply(*Machine, time.Time, Event) *node { return nil }

// leap goes on in another flow and never comes back.
type leap struct {
	id   FlowID
	flow *Flow // set by link
	with []assignment
	fail *node
}

func (n *leap) begin(m *Machine, now time.Time) *node {
	inputs, ok := m.inputs(now, n.with)
	if !ok || n.flow == nil {
		return m.fail(n.fail)
	}
	m.exit("jump", nil)
	m.frames = nil
	m.run(n.flow, inputs)
	return n.flow.start
}

func (n *leap) apply(*Machine, time.Time, Event) *node { return nil }

func (m *Machine) inputs(now time.Time, with []assignment) ([]variable, bool) {
	var out []variable
	for _, a := range with {
		value, ok := m.eval(now, a.value)
		if !ok {
			return nil, false
		}
		out = append(out, variable{a.name, textOf(value)})
	}
	return out, true
}

// run makes f the present flow.
func (m *Machine) run(f *Flow, variables []variable) {
	m.flow, m.variables = f, variables
	m.speak(m.wanted)
}

// speak sets the language of the rest of the call, as far as its flows have it.
func (m *Machine) speak(lang string) {
	m.wanted, m.language, m.env = lang, m.flow.language(lang), nil
}

// link lets flows that call or jump to others find them, and reports those that
// cannot.
func link(flows Flows) Problems {
	var problems Problems
	for _, f := range flows.sorted() {
		for _, n := range f.nodes {
			at := "nodes." + string(n.id)
			switch s := n.step.(type) {
			case *sub:
				s.flow = flows[s.id]
				f.linked(at+".sub", s.id, s.flow, SubFlow, s.with)
				f.returns(at+".sub", s)
			case *leap:
				s.flow = flows[s.id]
				f.linked(at+".jump", s.id, s.flow, CallFlow, s.with)
			}
		}
	}
	for _, f := range flows {
		f.version = versionOf(f)
	}
	for _, f := range flows.sorted() {
		if f.calls(f, map[*Flow]bool{}) {
			f.Report("", "calls itself by its sub nodes; break the circle")
		}
	}
	for _, f := range flows.sorted() {
		if faults := f.Problems(); len(faults) > 0 {
			problems = append(problems, faults...)
			delete(flows, f.ID)
		}
	}
	return problems
}

func (flows Flows) sorted() []*Flow {
	var all []*Flow
	for _, f := range flows {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *Flow) int { return compareIDs(a.ID, b.ID) })
	return all
}

// calls says whether of is reached from f by sub nodes.
func (f *Flow) calls(of *Flow, seen map[*Flow]bool) bool {
	if seen[f] {
		return false
	}
	seen[f] = true
	for _, n := range f.nodes {
		if s, is := n.step.(*sub); is && s.flow != nil && (s.flow == of || s.flow.calls(of, seen)) {
			return true
		}
	}
	return false
}
