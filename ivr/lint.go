// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"strings"
)

// Check names what is odd in a flow that runs: nodes that no caller reaches,
// circles that nobody leaves, dead ends, nodes that can fail with nowhere to go,
// keys that another choice holds up, variables that are read where nothing has
// filled them yet.
func (f *Flow) Check() Problems {
	doc := f.document.Blank() // what is odd is no fault of the file: keep it apart
	c := checker{flow: f, report: doc.Report}
	begins := f.begins()
	c.reached = reachedFrom(append(begins, f.onError, f.onHangup)...)
	c.unreached()
	if f.wait == nil { // whose callers may always wait on
		c.circles()
	}
	c.spins()
	c.deadEnds()
	c.unhandled()
	c.menus()
	c.unset()
	return doc.Problems()
}

// begins are the nodes that a call enters first.
func (f *Flow) begins() []*node {
	if f.wait == nil {
		return []*node{f.start}
	}
	var all []*node
	for _, c := range f.wait.keys {
		all = append(all, c.next)
	}
	for _, t := range f.wait.after {
		all = append(all, t.next)
	}
	return all
}

// checker looks at one flow as a whole.
type checker struct {
	flow    *Flow
	reached []*node
	report  func(at, problem string)
}

func place(n *node) string { return "nodes." + string(n.id) }

func builtIn(n *node) bool { return strings.HasPrefix(string(n.id), "(") }

// reachedFrom are the nodes that can be reached from some, those included.
func reachedFrom(from ...*node) []*node {
	var all []*node
	for len(from) > 0 {
		n := from[0]
		from = from[1:]
		if n == nil || slices.Contains(all, n) {
			continue
		}
		all = append(all, n)
		if n.step == nil {
			continue
		}
		for _, e := range n.step.exits() {
			from = append(from, e.to)
		}
	}
	return all
}

func (c *checker) unreached() {
	for _, n := range c.flow.nodes {
		if !slices.Contains(c.reached, n) && !builtIn(n) {
			c.report(place(n), "is reached from nowhere; lead to it or remove it")
		}
	}
}

// circles reports nodes from which the call never ends by itself, and never
// asks the caller anything.
func (c *checker) circles() {
	for _, n := range c.reached {
		ends, asks := false, false
		for _, m := range reachedFrom(n) {
			switch s := m.step.(type) {
			case *menu, *collect, *survey:
				asks = true
			case *queue, *dial, *goBack, *leap, *hangup:
				ends = true
			case *play:
				ends = ends || s.next == nil
			case *echo:
				ends = ends || s.next == nil
			}
		}
		switch {
		case ends:
		case asks:
			c.report(place(n), "leads to no end: whatever is pressed, the call goes on for ever; add a way out")
		default:
			c.report(place(n), "runs in a circle that asks nothing and never ends; add a menu or an end")
		}
	}
}

// menus reports choices that wait for a further key because a longer one begins
// with them.
func (c *checker) menus() {
	for _, n := range c.reached {
		m, is := n.step.(*menu)
		if !is {
			continue
		}
		for _, short := range m.choices {
			for _, long := range m.choices {
				if short.keys != long.keys && strings.HasPrefix(long.keys, short.keys) {
					c.report(place(n)+".menu.keys."+short.keys, `is held up by "`+long.keys+`": it is taken only after `+m.interDigit.String()+"; choose other keys")
				}
			}
		}
	}
}

// unset reports variables that are read on some way on which nothing has filled
// them.
func (c *checker) unset() {
	filled := map[*node][]string{} // surely filled when the node is entered
	work := c.flow.begins()
	for _, n := range work {
		filled[n] = c.flow.inputs
	}
	for len(work) > 0 {
		n := work[0]
		work = work[1:]
		for _, e := range n.step.exits() {
			if e.to == nil {
				continue
			}
			after := filled[n]
			if fills := fillsBy(n.step, e.name); len(fills) > 0 {
				after = slices.Concat(after, fills)
			}
			old, seen := filled[e.to]
			both := after
			if seen {
				both = slices.DeleteFunc(slices.Clone(old), func(name string) bool { return !slices.Contains(after, name) })
			}
			if !seen || len(both) < len(old) {
				filled[e.to] = both
				work = append(work, e.to)
			}
		}
	}
	for _, n := range c.reached {
		have, onWay := filled[n]
		if !onWay { // of a handler, which anything may lead to
			continue
		}
		for _, name := range readBy(n.step) {
			if c.flow.variables[name] != nil && !slices.Contains(have, name) {
				c.report(place(n), name+" may be read here before anything has filled it; set it first")
			}
		}
	}
}

// fillsBy are the variables that are filled when a node is left by an exit.
func fillsBy(s step, by string) []string {
	var out []string
	switch s := s.(type) {
	case *collect:
		if by == exitNext && s.into != "" {
			out = append(out, s.into)
		}
	case *setter:
		if by == exitNext {
			for _, a := range s.values {
				out = append(out, a.name)
			}
		}
	case *fetch:
		if s.status != "" {
			out = append(out, s.status)
		}
		if by == exitNext {
			for _, f := range s.into {
				out = append(out, f.name)
			}
		}
	case *look:
		if by == exitNext {
			out = append(out, s.waiting, s.estimate, s.signedIn, s.available, s.open)
		}
	case *survey:
		if by == exitNext {
			out = append(out, s.into)
		}
	case *record:
		if by != exitError {
			out = append(out, s.into, s.length)
		}
	case *webhook:
		if by == exitNext {
			out = append(out, s.into)
		}
	case *offering:
		if by == exitOffer {
			out = append(out, s.number)
		}
	case *hours:
		if s.until != "" {
			out = append(out, s.until)
		}
	case *sub:
		if by != exitError {
			for _, o := range s.into {
				out = append(out, o.name)
			}
		}
	}
	return out
}

// readBy are the variables that a node reads.
func readBy(s step) []string {
	var out []string
	expressions := func(all ...*expression) {
		for _, e := range all {
			out = append(out, e.reads...)
		}
	}
	prompts := func(all ...*prompt) {
		for _, p := range all {
			if p == nil || len(p.by) == 0 {
				continue
			}
			for _, piece := range p.by[0].pieces {
				if piece.variable != "" {
					out = append(out, piece.variable)
				}
			}
		}
	}
	question := func(q question) {
		prompts(q.prompt, q.again)
		prompts(q.noInput.prompts...)
		prompts(q.noMatch.prompts...)
	}
	switch s := s.(type) {
	case *play:
		prompts(s.prompt)
	case *menu:
		question(s.question)
	case *collect:
		question(s.question)
		if s.is != nil {
			expressions(s.is)
		}
	case *dial:
		for _, seg := range s.target {
			out = append(out, seg.variable)
		}
	case *switcher:
		for _, cs := range s.cases {
			expressions(cs.when)
		}
	case *setter:
		expressions(values(s.values)...)
	case *fetch:
		for _, seg := range s.url {
			out = append(out, seg.variable)
		}
		expressions(values(s.json)...)
		prompts(s.filler)
	case *rank:
		expressions(s.priority)
	case *survey:
		question(s.question)
	case *record:
		prompts(s.prompt)
	case *webhook:
		for _, seg := range s.url {
			out = append(out, seg.variable)
		}
		expressions(values(s.json)...)
	case *request:
		out = append(out, s.number, s.at)
	case *sub:
		expressions(values(s.with)...)
	case *leap:
		expressions(values(s.with)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
