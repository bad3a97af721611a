// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"cmp"
	"slices"
	"strings"
)

// GraphNode is a node as drawings, checks and coverage see it.
type GraphNode struct {
	ID    NodeID
	Kind  string // as in the file
	Label Text   // may be nil
	Says  string // the beginning of what is heard, in the first language
	Exits []GraphExit
}

// GraphExit is one way out of a node.
type GraphExit struct {
	Name string
	To   NodeID // "" where the flow ends, returns or jumps
}

// Graph lists the nodes of f by ID, the start first, goodbyes last. A wait flow
// begins with a node of its own: the music.
func (f *Flow) Graph() []GraphNode {
	out := make([]GraphNode, 0, 1+len(f.nodes))
	if f.wait != nil {
		out = append(out, f.wait.graph())
	}
	for _, n := range f.nodes {
		g := GraphNode{ID: n.id, Kind: kindOf(n.step), Label: n.label, Says: saysOf(n.step)}
		for _, e := range n.step.exits() {
			to := GraphExit{Name: e.name}
			if e.to != nil {
				to.To = e.to.id
			}
			g.Exits = append(g.Exits, to)
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b GraphNode) int {
		return cmp.Compare(f.order(a.ID), f.order(b.ID))
	})
	return out
}

func (f *Flow) order(id NodeID) int {
	switch {
	case f.start == nil && id == waitNode, f.start != nil && id == f.start.id:
		return 0
	case strings.HasPrefix(string(id), "("):
		return 2
	}
	return 1
}

func compareIDs[T ~string](a, b T) int { return cmp.Compare(a, b) }

// exit is a way out of a node; to is nil where the flow ends.
type exit struct {
	name string
	to   *node
}

// onwards is the exit of a node that ends the call when it has no next.
func onwards(next *node) []exit {
	if next == nil {
		return []exit{{exitEnd, nil}}
	}
	return []exit{{exitNext, next}}
}

func (n *play) exits() []exit {
	if n.prompt.loop && n.next == nil { // ends with the time in the flow, or the caller
		return nil
	}
	return onwards(n.next)
}
func (n *echo) exits() []exit   { return onwards(n.next) }
func (n *hangup) exits() []exit { return []exit{{exitEnd, nil}} }
func (n *jump) exits() []exit   { return onwards(n.next) }
func (n *tongue) exits() []exit { return onwards(n.next) }
func (n *pause) exits() []exit  { return onwards(n.next) }
func (n *goBack) exits() []exit { return []exit{{exitReturn, nil}} }

func (n *offering) exits() []exit {
	if n.offer == nil {
		return []exit{{exitEnter, n.enter}}
	}
	return []exit{{exitOffer, n.offer}, {exitEnter, n.enter}}
}

func (n *request) exits() []exit {
	return append(endingExits(n.endings, n.other), exit{exitError, n.fail})
}

func (n *resumption) exits() []exit { return []exit{{exitMusic, nil}} }
func (n *leaving) exits() []exit    { return []exit{{exitEnd, nil}} }

func (n *queue) exits() []exit { return endingExits(n.endings, n.other) }
func (n *dial) exits() []exit  { return endingExits(n.endings, n.other) }

func (n *sub) exits() []exit {
	all := endingExits(n.endings, n.other)
	if n.flow != nil && len(n.endings) == len(n.flow.words()) {
		all = all[:len(all)-1] // every word has its own
	}
	return withError(all, n.fail, values(n.with)...)
}

func (n *leap) exits() []exit {
	return withError([]exit{{"jump", nil}}, n.fail, values(n.with)...)
}

func endingExits(endings []ending, other *node) []exit {
	var out []exit
	for _, e := range endings {
		out = append(out, exit{e.word, e.next})
	}
	return append(out, exit{exitElse, other})
}

func values(all []assignment) []*expression {
	var out []*expression
	for _, a := range all {
		out = append(out, a.value)
	}
	return out
}

// withError adds the error branch if one of the expressions can fail.
func withError(all []exit, fail *node, what ...*expression) []exit {
	if slices.ContainsFunc(what, func(e *expression) bool { return e.fallible }) {
		all = append(all, exit{exitError, fail})
	}
	return all
}

func (q *question) exits() []exit {
	return []exit{{exitNoInput, q.noInput.next}, {exitNoMatch, q.noMatch.next}}
}

func (n *menu) exits() []exit {
	var out []exit
	for _, c := range n.choices {
		out = append(out, exit{c.keys, c.next})
	}
	return append(out, n.question.exits()...)
}

func (n *collect) exits() []exit {
	all := append([]exit{{exitNext, n.next}}, n.question.exits()...)
	if n.cancel != 0 {
		all = append(all, exit{exitCancel, n.cancelled})
	}
	if n.is != nil {
		return withError(all, n.fail, n.is)
	}
	return all
}

func (n *switcher) exits() []exit {
	var out []exit
	var what []*expression
	for _, c := range n.cases {
		out = append(out, exit{c.when.source, c.next})
		what = append(what, c.when)
	}
	return withError(append(out, exit{exitElse, n.other}), n.fail, what...)
}

func (n *setter) exits() []exit {
	return withError([]exit{{exitNext, n.next}}, n.fail, values(n.values)...)
}

func (n *hours) exits() []exit { return []exit{{"open", n.open}, {"closed", n.closed}} }

func (n *split) exits() []exit {
	var out []exit
	for _, w := range n.ways {
		out = append(out, exit{w.name, w.next})
	}
	return out
}

func (w *wait) graph() GraphNode {
	g := GraphNode{ID: waitNode, Kind: "wait flow", Says: w.greeting.beginning()}
	for _, e := range []struct {
		name string
		has  bool
	}{
		{"next", !w.next.empty()}, {"position", !w.position.empty()},
		{"estimate", !w.estimate.empty()}, {"soon", !w.soon.empty()}, {"exitKey", w.exitKey != 0},
	} {
		if e.has {
			g.Exits = append(g.Exits, GraphExit{Name: e.name})
		}
	}
	for _, c := range w.keys {
		g.Exits = append(g.Exits, GraphExit{Name: c.keys, To: c.next.id})
	}
	for _, t := range w.after {
		g.Exits = append(g.Exits, GraphExit{Name: t.name, To: t.next.id})
	}
	return g
}

func kindOf(s step) string {
	switch s := s.(type) {
	case *play:
		return "say"
	case *menu:
		return "menu"
	case *collect:
		if s.is != nil {
			return "pin"
		}
		return "collect"
	case *queue:
		if s.transfer {
			return "transfer"
		}
		return "queue"
	case *dial:
		if s.transfer {
			return "transfer"
		}
		return "dial"
	case *look:
		return "queueStatus"
	case *rank:
		return "priority"
	case *survey:
		return "survey"
	case *record:
		return "record"
	case *webhook:
		return "webhook"
	case *echo:
		return "echo"
	case *hangup:
		return "hangup"
	case *jump:
		return "goto"
	case *switcher:
		return "branch"
	case *setter:
		return "set"
	case *hours:
		return "hours"
	case *tongue:
		return "language"
	case *pause:
		return "wait"
	case *split:
		return "split"
	case *sub:
		return "sub"
	case *goBack:
		return "return"
	case *offering, *request:
		return "callback"
	case *fetch:
		return "fetch"
	case *resumption:
		return "music"
	case *leaving:
		return "leave"
	}
	return "jump"
}

func saysOf(s step) string {
	switch s := s.(type) {
	case *play:
		return s.prompt.beginning()
	case *menu:
		return s.prompt.beginning()
	case *collect:
		return s.prompt.beginning()
	case *queue:
		return s.enqueue.Queue
	case *dial:
		return s.written
	case *hangup:
		return s.cause
	case *tongue:
		return s.language
	case *pause:
		return s.length.String()
	case *sub:
		return string(s.id)
	case *leap:
		return string(s.id)
	case *goBack:
		return s.word
	case *request:
		return s.queue
	case *look:
		return s.queue
	case *rank:
		return s.priority.source
	case *survey:
		return s.prompt.beginning()
	case *record:
		return s.prompt.beginning()
	case *webhook:
		return s.written
	case *fetch:
		return s.want.Method + " " + s.written
	case *setter:
		var names []string
		for _, a := range s.values {
			names = append(names, a.name+" = "+a.value.source)
		}
		return strings.Join(names, ", ")
	}
	return ""
}

// beginning is the first thing heard, in the first language.
func (p *prompt) beginning() string {
	if p.empty() {
		return ""
	}
	for _, piece := range p.by[0].all() {
		switch part := piece.part; {
		case part.Say != "":
			return part.Say
		case part.File != "":
			return part.File
		case part.Music != "":
			return part.Music
		}
	}
	return ""
}
