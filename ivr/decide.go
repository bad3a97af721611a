// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"hash/fnv"
	"time"
)

// This file holds the nodes that decide in silence: branch, set, hours,
// language, split; and wait, which is silence itself.

// switcher goes where the first condition that holds leads.
type switcher struct {
	cases []condition
	other *node
	fail  *node // nil: the flow's handler
}

type condition struct {
	when *expression
	next *node
}

func (n *switcher) begin(m *Machine, now time.Time) *node {
	for i := range n.cases {
		c := &n.cases[i]
		holds, ok := m.eval(now, c.when)
		if !ok {
			return m.fail(n.fail)
		}
		if holds == true {
			return m.exit(c.when.source, c.next)
		}
	}
	return m.exit(exitElse, n.other)
}

func (n *switcher) apply(*Machine, time.Time, Event) *node { return nil }

// setter gives variables their values; all are computed before any is set.
type setter struct {
	values []assignment // by name
	next   *node
	fail   *node
}

type assignment struct {
	name  string
	value *expression
}

func (n *setter) begin(m *Machine, now time.Time) *node {
	var few [8]any
	computed := few[:0]
	for _, a := range n.values {
		value, ok := m.eval(now, a.value)
		if !ok {
			return m.fail(n.fail)
		}
		computed = append(computed, value)
	}
	for i, a := range n.values {
		m.set(a.name, computed[i])
	}
	return m.exit(exitNext, n.next)
}

func (n *setter) apply(*Machine, time.Time, Event) *node { return nil }

// hours goes on by the time of the day.
type hours struct {
	schedule     schedule
	open, closed *node
	until        string // variable for when that changes; "": none
}

func (n *hours) begin(m *Machine, now time.Time) *node {
	open, until := n.schedule.at(now)
	if n.until != "" {
		m.set(n.until, until)
	}
	if open {
		return m.exit("open", n.open)
	}
	return m.exit("closed", n.closed)
}

func (n *hours) apply(*Machine, time.Time, Event) *node { return nil }

// tongue changes the language of the rest of the call.
type tongue struct {
	language string
	next     *node
}

func (n *tongue) begin(m *Machine, _ time.Time) *node {
	m.speak(n.language)
	return m.exit(exitNext, n.next)
}

func (n *tongue) apply(*Machine, time.Time, Event) *node { return nil }

// pause waits in silence; keys are kept for the node that asks.
type pause struct {
	length time.Duration
	next   *node
}

func (n *pause) begin(m *Machine, now time.Time) *node {
	m.phase, m.deadline = listening, now.Add(n.length)
	return nil
}

func (n *pause) apply(m *Machine, _ time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case Digit:
		m.ahead.push(ev.Key)
	case timeUp:
		return m.exit(exitNext, n.next)
	}
	return nil
}

// split sends a share of the callers each way. The same contact always goes the
// same way at the same node.
type split struct{ ways []way }

type way struct {
	name    string
	percent int
	next    *node
}

func (n *split) begin(m *Machine, _ time.Time) *node {
	h := fnv.New32a()
	for _, s := range []string{m.contact.ID, string(m.flow.ID), string(m.node.id)} {
		h.Write([]byte(s)) //nolint:errcheck // a hash takes everything
		h.Write([]byte{0}) //nolint:errcheck // a hash takes everything
	}
	drawn := int(mixed(h.Sum32()) % 100)
	for _, w := range n.ways {
		if drawn -= w.percent; drawn < 0 {
			return m.exit(w.name, w.next)
		}
	}
	return m.fail(nil) // the shares make a hundred: never reached
}

func (n *split) apply(*Machine, time.Time, Event) *node { return nil }

// mixed spreads a hash whose last bytes differ little over all its bits.
func mixed(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
