// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tandem/ivr"
)

// waitNode is how a wait flow's only node is called.
const waitNode ivr.NodeID = "wait"

// Coverage counts how often nodes were entered and exits taken.
type Coverage struct {
	nodes map[spot]int
	exits map[spot]int
}

type spot struct {
	flow ivr.FlowID
	node ivr.NodeID
	exit string
}

// NewCoverage is one that has seen nothing.
func NewCoverage() *Coverage {
	return &Coverage{nodes: map[spot]int{}, exits: map[spot]int{}}
}

func (c *Coverage) entered(flow ivr.FlowID, node ivr.NodeID) { c.nodes[spot{flow: flow, node: node}]++ }
func (c *Coverage) left(flow ivr.FlowID, node ivr.NodeID, exit string) {
	c.exits[spot{flow, node, exit}]++
}

// A Share is how much of a flow was passed.
type Share struct {
	Flow                   ivr.FlowID
	Nodes, NodesSeen       int
	Branches, BranchesSeen int
	Missing                []string // nodes, and branches as "node: exit"
}

// Complete says that every node and branch was passed.
func (s Share) Complete() bool { return len(s.Missing) == 0 }

// Of is how much of flow was passed.
func (c *Coverage) Of(flow *ivr.Flow) Share {
	s := Share{Flow: flow.ID}
	for _, n := range flow.Graph() {
		s.Nodes++
		if c.nodes[spot{flow: flow.ID, node: n.ID}] > 0 {
			s.NodesSeen++
		} else {
			s.Missing = append(s.Missing, string(n.ID))
		}
		for _, e := range n.Exits {
			s.Branches++
			if c.exits[spot{flow.ID, n.ID, e.Name}] > 0 {
				s.BranchesSeen++
			} else {
				s.Missing = append(s.Missing, string(n.ID)+": "+e.Name)
			}
		}
	}
	return s
}

// Taken is how often an exit was taken.
func (c *Coverage) Taken(flow ivr.FlowID, node ivr.NodeID, exit string) int {
	return c.exits[spot{flow, node, exit}]
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

// Write tells the coverage of flows, and what was not passed.
func (c *Coverage) Write(w io.Writer, flows ivr.Flows) error {
	var b strings.Builder
	for _, id := range sorted(flows) {
		s := c.Of(flows[id])
		fmt.Fprintf(&b, "%-20s nodes %5.1f %%  branches %5.1f %% (%d of %d)\n", id,
			percent(s.NodesSeen, s.Nodes), percent(s.BranchesSeen, s.Branches), s.BranchesSeen, s.Branches)
		for _, m := range slices.Compact(s.Missing) {
			fmt.Fprintf(&b, "    not passed: %s\n", m)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
