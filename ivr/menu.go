// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strings"
	"time"
)

// menu lets a prompt be heard and goes where the caller's key leads. A choice
// that no longer one begins with is taken at once; "1" beside "12" waits for
// the time between keys.
type menu struct {
	question
	choices []choice // sorted by keys
}

type choice struct {
	keys  string
	label Text
	next  *node
}

func (n *menu) begin(m *Machine, now time.Time) *node { return n.ask(m, now, n) }

func (n *menu) apply(m *Machine, now time.Time, ev Event) *node {
	return n.question.apply(m, now, ev, n)
}

func (n *menu) press(m *Machine, now time.Time, key byte) *node {
	m.typed.push(key)
	switch exact, longer := n.find(&m.typed); {
	case longer:
		return n.more(m, now)
	case exact != nil:
		return n.choose(m, exact)
	}
	return n.wrong(m, now)
}

func (n *menu) late(m *Machine, now time.Time) *node {
	if exact, _ := n.find(&m.typed); exact != nil {
		return n.choose(m, exact)
	}
	return n.wrong(m, now)
}

func (n *menu) choose(m *Machine, c *choice) *node {
	m.label = c.label
	return m.exit(c.keys, c.next)
}

// find gives the choice of the typed keys, and whether a longer one begins with
// them.
func (n *menu) find(typed *keys) (exact *choice, longer bool) {
	pressed := typed.pressed[:typed.n]
	for i := range n.choices {
		c := &n.choices[i]
		switch {
		case c.keys == string(pressed):
			exact = c
		case strings.HasPrefix(c.keys, string(pressed)):
			longer = true
		}
	}
	return exact, longer
}
