// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tandem/ivr"
)

// Remark is something that was not carried over as it stood.
type Remark struct {
	Line int
	Text string
}

func (r Remark) String() string { return fmt.Sprintf("line %d: %s", r.Line, r.Text) }

// made is a node of the flow as it is written; leads are the nodes that it names.
type made struct {
	name  string
	line  int
	body  []string // lines of YAML, without indentation of the node
	leads []string
}

// importer turns one document into a flow.
type importer struct {
	language string
	nodes    []*made
	taken    map[string]bool
	dialogs  map[string]string // node by a dialog's or a form item's id
	kinds    map[string]string // of variables: text, number, flag
	outputs  []string
	sub      bool     // the document returns
	fallible bool     // something in it can fail
	unset    []string // variables that are read before anything fills them
	remarks  []Remark
}

// Import turns a document, called name in the flow's comment, into a flow.
func Import(name string, src []byte) (flow string, remarks []Remark, err error) {
	doc, err := parse(src)
	if err != nil {
		return "", nil, err
	}
	flow, i := once(name, doc, nil)
	read, problems := ivr.Read("flow.yaml", []byte(flow))
	if read != nil {
		if unset := unsetOf(read.Check()); len(unset) > 0 { // in VoiceXML they are undefined, here empty
			flow, i = once(name, doc, unset)
			read, problems = ivr.Read("flow.yaml", []byte(flow))
		}
	}
	if read != nil {
		problems = read.Check()
	}
	for _, p := range problems {
		i.remarks = append(i.remarks, Remark{0, fmt.Sprintf("the flow needs a hand at its line %d: %s %s", p.Line, p.Path, p.Text)})
	}
	slices.SortStableFunc(i.remarks, func(a, b Remark) int { return cmp.Compare(a.Line, b.Line) })
	return flow, slices.Compact(i.remarks), nil
}

// once imports a document whose variables unset begin empty.
func once(name string, doc *element, unset []string) (string, *importer) {
	i := &importer{language: "en", taken: map[string]bool{"end": true, "failed": true},
		dialogs: map[string]string{}, kinds: map[string]string{}, unset: unset}
	start := i.document(doc)
	return i.write(name, start), i
}

// unsetOf are the variables that a check says may be read too early.
func unsetOf(odd ivr.Problems) []string {
	var out []string
	for _, p := range odd {
		if name, _, found := strings.Cut(p.Text, " may be read here before"); found && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (i *importer) remark(e *element, format string, args ...any) {
	i.remarks = append(i.remarks, Remark{e.line, fmt.Sprintf(format, args...)})
}

// name makes a name for a node that no other has.
func (i *importer) name(wanted string) string {
	var b strings.Builder
	for _, c := range wanted {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		switch {
		case letter || b.Len() > 0 && (c == '-' || c == '_' || '0' <= c && c <= '9'):
			b.WriteRune(c)
		case b.Len() > 0:
			b.WriteByte('_')
		}
	}
	base := cmp.Or(b.String(), "node")
	base = base[:min(len(base), 26)]
	out := base
	for n := 2; i.taken[out]; n++ {
		out = base + strconv.Itoa(n)
	}
	i.taken[out] = true
	return out
}

// add makes a node.
func (i *importer) add(name string, e *element, leads []string, body ...string) string {
	i.nodes = append(i.nodes, &made{name: name, line: e.line, body: body, leads: leads})
	return name
}

// write writes the nodes that are reached, the start first.
func (i *importer) write(name, start string) string {
	byName := map[string]*made{}
	for _, n := range i.nodes {
		byName[n.name] = n
	}
	reached := map[string]bool{}
	order := []string{start}
	if i.fallible {
		order = append(order, "failed")
	}
	for k := 0; k < len(order); k++ {
		if reached[order[k]] {
			order = slices.Delete(order, k, k+1)
			k--
			continue
		}
		reached[order[k]] = true
		if n := byName[order[k]]; n != nil {
			order = append(order, n.leads...)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Imported from %s by `tandem ivr import`.\n", name)
	if i.sub {
		fmt.Fprintf(&b, "kind: sub\n")
		if len(i.outputs) > 0 {
			fmt.Fprintf(&b, "outputs: [%s]\n", strings.Join(i.outputs, ", "))
		}
	}
	fmt.Fprintf(&b, "languages: [%s]\nstart: %s\n", i.language, start)
	if i.fallible {
		b.WriteString("onError: failed\n")
	}
	b.WriteString("\nnodes:\n")
	for _, id := range order {
		switch n := byName[id]; {
		case n != nil:
			fmt.Fprintf(&b, "  %s:", id)
			if n.line > 0 {
				fmt.Fprintf(&b, " # line %d", n.line)
			}
			b.WriteString("\n")
			for _, line := range n.body {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
	}
	for _, n := range i.nodes {
		if !reached[n.name] && n.line > 0 {
			i.remarks = append(i.remarks, Remark{n.line, "is reached from nowhere; left out"})
		}
	}
	return b.String()
}

// shortened is a label that fits on an agent's screen.
func shortened(label string) string { return strings.ToValidUTF8(label[:min(len(label), 60)], "") }
