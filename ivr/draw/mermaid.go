// SPDX-License-Identifier: Apache-2.0

// Package draw writes a flow as a picture: Mermaid for documents that render
// it, SVG for everything else.
//
// Its contract: the same flow gives the same bytes. Begin with Mermaid or SVG;
// Counts puts numbers on the arrows, such as the coverage of tests.
package draw

import (
	"fmt"
	"strings"

	"tandem/ivr"
)

// Counts says how often an exit was taken; nil where nothing was counted.
type Counts func(node ivr.NodeID, exit string) int

// maxShown is how many letters of a sentence are shown.
const maxShown = 34

// Mermaid writes flow as a Mermaid flowchart.
func Mermaid(flow *ivr.Flow, counts Counts) string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	nodes := flow.Graph()
	names := map[ivr.NodeID]string{}
	for i, n := range nodes {
		names[n.ID] = fmt.Sprintf("n%d", i)
		fmt.Fprintf(&b, "  n%d[\"%s\"]\n", i, quoted(string(n.ID)+"<br/>"+caption(n)))
	}
	for _, n := range nodes {
		for i, e := range n.Exits {
			to := names[e.To]
			if e.To == "" {
				to = fmt.Sprintf("%sx%d", names[n.ID], i)
				fmt.Fprintf(&b, "  %s((\" \"))\n", to)
			}
			fmt.Fprintf(&b, "  %s -->|\"%s\"| %s\n", names[n.ID], quoted(exitLabel(n.ID, e, counts)), to)
		}
	}
	return b.String()
}

func exitLabel(node ivr.NodeID, e ivr.GraphExit, counts Counts) string {
	if counts == nil {
		return short(e.Name)
	}
	return fmt.Sprintf("%s (%d)", short(e.Name), counts(node, e.Name))
}

func caption(n ivr.GraphNode) string {
	if n.Says == "" {
		return n.Kind
	}
	return short(n.Kind + ": " + n.Says)
}

func short(s string) string {
	letters := []rune(s)
	if len(letters) <= maxShown {
		return s
	}
	return string(letters[:maxShown-1]) + "…"
}

func quoted(s string) string {
	return strings.NewReplacer(`"`, "#quot;", "\n", " ").Replace(s)
}
