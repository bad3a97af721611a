// SPDX-License-Identifier: Apache-2.0

package ivr

import "slices"

// This file holds the checks for ways that lead nowhere: circles in which
// nothing changes, ends in the middle of a flow that others call, and errors
// that nothing handles.

// still is a step that leads on at once, with nothing heard, asked or set.
func still(s step) bool {
	switch s.(type) {
	case *jump, *switcher, *hours, *tongue, *split, *offering, *rank:
		return true
	}
	return false
}

// spins reports circles of still nodes: nobody hears anything or is asked, no
// time passes and no variable changes, so that there is no way out.
func (c *checker) spins() {
	for _, n := range c.reached {
		if slices.Contains(stillFrom(n), n) {
			c.report(place(n), "may lead back to itself with nothing heard, asked or set on the way; add a menu, a wait or a set")
		}
	}
}

// stillFrom are the nodes that follow n with nothing but still nodes between; n
// is among them only if it lies in such a circle.
func stillFrom(n *node) []*node {
	var all []*node
	for work := []*node{n}; len(work) > 0; work = work[1:] {
		if !still(work[0].step) {
			continue
		}
		for _, e := range work[0].step.exits() {
			if e.to != nil && !slices.Contains(all, e.to) {
				all, work = append(all, e.to), append(work, e.to)
			}
		}
	}
	return all
}

// deadEnds reports nodes of a flow that others call at which the call ends only
// because nobody said where it goes on: the flow that called never learns.
func (c *checker) deadEnds() {
	if c.flow.Kind != SubFlow {
		return
	}
	back := false
	for _, n := range c.reached {
		if _, is := n.step.(*goBack); is {
			back = true
		}
		for _, e := range n.step.exits() {
			if _, meant := n.step.(*hangup); e.name == exitEnd && !meant && !builtIn(n) {
				c.report(place(n), "is a dead end: the call ends here and the flow that called never goes on; add next, or lead it to a hangup")
			}
		}
	}
	if !back {
		c.report("start", "leads to no return: the flow that called never goes on; add one, or make this a flow of kind call and jump to it")
	}
}

// unhandled reports nodes that can fail where neither they nor the flow say what
// then: the caller would hear a sentence and lose the call.
func (c *checker) unhandled() {
	if c.flow.onError != nil || c.flow.Kind == SubFlow { // a flow that calls handles it
		return
	}
	for _, n := range c.reached {
		for _, e := range n.step.exits() {
			if e.name == exitError && e.to == nil {
				c.report(place(n), "can fail, and nothing says where the call goes on; add error here, or onError for the whole flow")
			}
		}
	}
}
