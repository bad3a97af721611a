// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tandem/strictyaml"
)

// Limits of flow files.
const (
	maxFlows   = 1000
	maxNodes   = 500 // of one flow
	maxParts   = 50  // of one prompt
	maxChoices = 50  // of one menu
	maxKeys    = 8   // of one choice
	maxTries   = 10
	maxPause   = 10 * time.Minute
	maxWait    = 10 * time.Minute // for a key
	maxEcho    = time.Hour
	maxRing    = 5 * time.Minute
	maxInFlow  = 24 * time.Hour

	defaultTimeout    = 5 * time.Second
	defaultInterDigit = 3 * time.Second
	defaultTries      = 3
	defaultRing       = 30 * time.Second
	defaultEcho       = 5 * time.Minute
	defaultInFlow     = 2 * time.Hour
	defaultMusic      = "hold"
)

// Flows are flows by their ID.
type Flows map[FlowID]*Flow

// Load reads every *.yaml file at the root of files; a flow's ID is its file's
// name without the ending. folder is how problems call that root. Flows with
// problems are left out.
func Load(files fs.FS, folder string) (Flows, Problems) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil || len(names) == 0 {
		return Flows{}, Problems{{File: folder, Text: "holds no flows; put at least one *.yaml file there"}}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, testEnding) })
	if len(names) > maxFlows {
		return Flows{}, Problems{{File: folder, Text: fmt.Sprintf("holds more than %d flows", maxFlows)}}
	}
	flows := Flows{}
	var problems Problems
	for _, name := range names {
		shown := path.Join(folder, name)
		src, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, strictyaml.Problem{File: shown, Text: "cannot be read: " + err.Error()})
			continue
		}
		flow, faults := read(shown, src, files)
		problems = append(problems, faults...)
		if flow != nil {
			flows[flow.ID] = flow
		}
	}
	return flows, append(problems, link(flows)...)
}

// testEnding ends the name of a file of tests that stands beside its flow.
const testEnding = ".test.yaml"

// Read reads one flow from src, which is called name in problems; the flow's ID
// is the last element of name without its ending. With any problem the flow is
// nil. A flow that calls or jumps to others, or has files beside it, runs only
// when Load has read it.
func Read(name string, src []byte) (*Flow, Problems) { return read(name, src, nil) }

func read(name string, src []byte, files fs.FS) (*Flow, Problems) {
	r := &reader{
		files: files, source: sha256.New(),
		nodes: map[NodeID]*node{},
		byes:  map[NodeID]*node{},
		told:  map[string]bool{},
	}
	r.doc = strictyaml.Decode(name, src, &r.file)
	id := strings.TrimSuffix(path.Base(name), path.Ext(name))
	r.flow = &Flow{ID: FlowID(id), Kind: Kind(r.file.Kind), Languages: r.file.Languages, document: r.doc, variables: map[string]*variableKind{}}
	if !isName(id) {
		r.doc.Report("", fmt.Sprintf("%q is no name for a flow; name the file with letters, digits, - and _", id))
	}
	r.languages()
	switch r.flow.Kind {
	case "", CallFlow:
		r.flow.Kind = CallFlow
		r.call()
	case SubFlow:
		r.call()
	case WaitFlow:
		r.waitFlow()
	default:
		r.doc.Report("kind", fmt.Sprintf("%q is no kind of flow; write call, sub or wait", r.file.Kind))
	}
	if problems := r.doc.Problems(); len(problems) > 0 {
		return nil, problems
	}
	r.source.Write(src) //nolint:errcheck // a hash takes everything
	r.source.Sum(r.flow.source[:0])
	r.flow.version = versionOf(r.flow)
	r.flow.sentences = sortSentences(r.flow.sentences)
	slices.Sort(r.flow.files)
	r.flow.files = slices.Compact(r.flow.files)
	slices.Sort(r.flow.music)
	r.flow.music = slices.Compact(r.flow.music)
	return r.flow, nil
}

// reader turns a flow file into a flow.
type reader struct {
	doc   *strictyaml.Document
	file  flowFile
	flow  *Flow
	nodes map[NodeID]*node // of the file
	byes  map[NodeID]*node // built in
	files fs.FS            // where the file stands; nil: nowhere
	// source gathers what the flow is made of.
	source hash.Hash
	told   map[string]bool // problems reported: one key may serve several nodes
}

func (r *reader) report(path, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if r.told[path+text] {
		return
	}
	r.told[path+text] = true
	r.doc.Report(path, text)
}

func (r *reader) languages() {
	if r.doc.Has("languages") && len(r.file.Languages) == 0 {
		r.report("languages", "is empty; write some of %s", strings.Join(Languages, ", "))
	}
	for i, l := range r.flow.Languages {
		at := fmt.Sprintf("languages[%d]", i)
		if !slices.Contains(Languages, l) {
			r.report(at, "%q is no language of flows; %s", l, strictyaml.Known(l, Languages))
		} else if slices.Contains(r.flow.Languages[:i], l) {
			r.report(at, "%q stands here twice; keep one", l)
		}
	}
	if len(r.flow.Languages) == 0 {
		r.flow.Languages = Languages
	}
}

// only reports keys that belong to the other kind of flow.
func (r *reader) only(kind Kind, keys ...string) {
	for _, key := range keys {
		if r.doc.Has(key) {
			r.report(key, "belongs to a flow of kind %s; remove it", kind)
		}
	}
}

func (r *reader) call() {
	r.only(WaitFlow, "greeting", "music", "announce", "exitKey", "keys", "after")
	r.flow.maxTime = r.span("maxTime", r.file.MaxTime, defaultInFlow, maxInFlow)
	ids := r.nodeIDs()
	r.zone()
	r.declare(ids)
	for _, id := range ids {
		n := r.nodes[id]
		r.flow.nodes = append(r.flow.nodes, n)
		r.node(n, r.file.Nodes[id], "nodes."+string(id))
	}
	switch {
	case len(ids) == 0:
		if !r.doc.Has("nodes") {
			r.report("nodes", "is missing; add it")
		} else {
			r.report("nodes", "is empty; write at least one node")
		}
	case r.file.Start == "":
		r.report("start", "is missing; name the first node, like start: %s", ids[0])
	default:
		r.flow.start = r.to("start", r.file.Start)
	}
	r.handlers()
	r.circles(ids)
	for _, bye := range r.byeIDs() {
		r.flow.nodes = append(r.flow.nodes, r.byes[bye])
	}
}

func (r *reader) nodeIDs() []NodeID {
	var ids []NodeID
	for id := range r.file.Nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(ids) > maxNodes {
		r.report("nodes", "holds more than %d nodes; split the flow", maxNodes)
		ids = ids[:maxNodes]
	}
	for _, id := range ids {
		if !isName(string(id)) {
			r.report("nodes."+string(id), "%q is no name for a node; write letters, digits, - and _", id)
		}
		r.nodes[id] = &node{id: id}
	}
	return ids
}

func (r *reader) byeIDs() []NodeID {
	var ids []NodeID
	for id := range r.byes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// to finds the node that the key at path names.
func (r *reader) to(path string, id NodeID) *node {
	if n := r.nodes[id]; n != nil {
		return n
	}
	var known []string
	for other := range r.nodes {
		known = append(known, string(other))
	}
	slices.Sort(known)
	r.report(path, "there is no node %q; %s", id, strictyaml.Known(string(id), known))
	return nil
}

// toOr is to, or a built-in goodbye where the file names no node.
func (r *reader) toOr(path string, id NodeID, other builtin) *node {
	if id != "" {
		return r.to(path, id)
	}
	if r.flow.Kind == WaitFlow {
		other = backToMusic
	}
	if n := r.byes[other.name]; n != nil {
		return n
	}
	if other.text == nil {
		n := &node{id: other.name, step: &resumption{}}
		r.byes[other.name] = n
		return n
	}
	said := r.prompt("", []partFile{{Say: other.text}})
	n := &node{id: other.name, step: &play{prompt: said, cause: other.cause}}
	r.byes[other.name] = n
	return n
}

// circles reports nodes that only ever lead to each other: nothing would be
// heard, and the call would end as broken.
func (r *reader) circles(ids []NodeID) {
	for _, id := range ids {
		at := id
		for range ids {
			at = r.file.Nodes[at].Goto
			if at == id {
				r.report("nodes."+string(id)+".goto", "leads back to itself without a sound; lead it elsewhere")
			}
			if at == "" || at == id {
				break
			}
		}
	}
}

// span checks a duration that has a default: more than 0, at most limit.
func (r *reader) span(path string, given, byDefault, limit time.Duration) time.Duration {
	switch {
	case given == 0 && !r.doc.Has(path):
		return byDefault
	case given <= 0:
		r.report(path, "%v is not above 0; write a time like %v", given, byDefault)
	case given > limit:
		r.report(path, "%v is too long; write at most %v", given, limit)
	}
	return given
}

// whole checks a number that has a default.
func (r *reader) whole(path string, given, byDefault, least, most int) int {
	if given == 0 && !r.doc.Has(path) {
		return byDefault
	}
	if given < least || given > most {
		r.report(path, "%d is out of range; write %d to %d", given, least, most)
	}
	return given
}
