// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"tandem/strictyaml"
)

// A Kind says what a flow is for.
type Kind string

// The kinds of flows.
const (
	CallFlow Kind = "call" // answers a number
	WaitFlow Kind = "wait" // is heard while waiting in a queue
	SubFlow  Kind = "sub"  // is called by others, and returns to them
)

// A Flow is what a flow file means: checked, in every language, ready to run.
// It never changes, so that any number of machines may run it at once.
type Flow struct {
	ID        FlowID
	Kind      Kind
	Languages []string // at least one

	maxTime  time.Duration
	zone     *time.Location
	inputs   []string // variables that a caller of this flow gives
	outputs  []string // variables that a caller may take
	onError  *node    // nil: that of the flow that called, else failed
	onHangup *node    // nil: none
	failed   *node    // a sentence and the end; nil if nothing here can fail

	variables map[string]*variableKind
	start     *node
	nodes     []*node // by ID; the built-in goodbyes last
	wait      *wait
	wants     []WantUse
	secrets   []SecretUse

	sentences []Sentence
	files     []string
	music     []string

	source   [sha256.Size]byte    // of its file
	version  string               // see Version
	document *strictyaml.Document // where each thing stood
}

// Version names what f is made of, its own file and those of all flows that it
// can run: the same text always has the same version, and another one another.
func (f *Flow) Version() string { return f.version }

// versionOf is the version of f, whose other flows are linked.
func versionOf(f *Flow) string {
	seen := map[*Flow]bool{}
	var all [][sha256.Size]byte
	for work := []*Flow{f}; len(work) > 0; work = work[1:] {
		if seen[work[0]] {
			continue
		}
		seen[work[0]] = true
		all = append(all, work[0].source)
		for _, n := range work[0].nodes {
			switch s := n.step.(type) {
			case *sub:
				if s.flow != nil {
					work = append(work, s.flow)
				}
			case *leap:
				if s.flow != nil {
					work = append(work, s.flow)
				}
			}
		}
	}
	whole := sha256.New()
	for _, source := range all {
		whole.Write(source[:]) //nolint:errcheck // a hash takes everything
	}
	return hex.EncodeToString(whole.Sum(nil))[:versionDigits]
}

// versionDigits tells a thousand versions apart a thousand million times over.
const versionDigits = 16

// node is one step of a flow.
type node struct {
	id    NodeID
	label Text
	step  step
}

// step is what a node does. Both doors return the node to enter next, or nil
// to stay.
type step interface {
	begin(m *Machine, now time.Time) *node
	// apply takes an event, timeUp included, while the node is the present one.
	apply(m *Machine, now time.Time, ev Event) *node
	exits() []exit
}

// Sentence is something that must exist as a recording before the flow is run.
type Sentence struct{ Language, Text string }

// Sentences are all sentences and spoken numerals that f can let hear, sorted,
// each once.
func (f *Flow) Sentences() []Sentence { return slices.Clone(f.sentences) }

// Files are the sound files that f plays, sorted, each once.
func (f *Flow) Files() []string { return slices.Clone(f.files) }

// Music are the names of the pieces of music that f plays, sorted, each once.
func (f *Flow) Music() []string { return slices.Clone(f.music) }

// A QueueUse is a place where a flow sends callers into a queue.
type QueueUse struct {
	Queue    string
	WaitFlow FlowID   // "" is the configured one
	Require  *Require // whom the callers want; nil: anyone
	Path     string   // for Report
}

// A DialUse is a place where a flow dials.
type DialUse struct {
	Target string // as written, with its {variables}
	Path   string // for Report
}

// Queues are the places where f sends callers into queues, by node.
func (f *Flow) Queues() []QueueUse {
	var uses []QueueUse
	for _, n := range f.nodes {
		if q, ok := n.step.(*queue); ok {
			uses = append(uses, QueueUse{
				Queue: q.enqueue.Queue, WaitFlow: q.enqueue.WaitFlow, Require: q.enqueue.Require,
				Path: "nodes." + string(n.id) + "." + kindOf(q),
			})
		}
		if l, ok := n.step.(*look); ok {
			uses = append(uses, QueueUse{Queue: l.queue, Path: "nodes." + string(n.id) + ".queueStatus"})
		}
		if c, ok := n.step.(*request); ok && c.queue != "" {
			uses = append(uses, QueueUse{Queue: c.queue, Path: "nodes." + strings.TrimSuffix(string(n.id), ".request") + ".callback.queue"})
		}
	}
	return uses
}

// Dials are the places where f dials, by node.
func (f *Flow) Dials() []DialUse {
	var uses []DialUse
	for _, n := range f.nodes {
		if d, ok := n.step.(*dial); ok {
			uses = append(uses, DialUse{Target: d.written, Path: "nodes." + string(n.id) + "." + kindOf(d)})
		}
	}
	return uses
}

// Calls are the other flows that f runs or jumps to, by node.
func (f *Flow) Calls() []FlowID {
	var ids []FlowID
	for _, n := range f.nodes {
		switch s := n.step.(type) {
		case *sub:
			ids = append(ids, s.id)
		case *leap:
			ids = append(ids, s.id)
		}
	}
	return ids
}

// Zone is where the flow's clock hangs.
func (f *Flow) Zone() *time.Location { return f.zone }

// Report adds a fault that only the whole configuration shows (there is no such
// queue) at its place in the flow's file.
func (f *Flow) Report(path, problem string) { f.document.Report(path, problem) }

// Problems are the faults reported by Report, with their places.
func (f *Flow) Problems() Problems { return f.document.Problems() }

// language is the index of lang in f.Languages, or that of the first one.
func (f *Flow) language(lang string) int {
	return max(0, slices.Index(f.Languages, lang))
}

func sortSentences(all []Sentence) []Sentence {
	slices.SortFunc(all, func(a, b Sentence) int {
		return cmp.Or(cmp.Compare(a.Language, b.Language), cmp.Compare(a.Text, b.Text))
	})
	return slices.Compact(all)
}

// Sentences are those of all flows, sorted, each once.
func Sentences(flows []*Flow) []Sentence {
	var all []Sentence
	for _, f := range flows {
		all = append(all, f.sentences...)
	}
	return sortSentences(all)
}
