// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// survey asks one question whose answer is kept with the call: a digit within a
// scale.
type survey struct {
	question
	name        string // of the question, in the record
	into        string // variable; "": none
	least, most byte
	next        *node
}

func (n *survey) begin(m *Machine, now time.Time) *node { return n.ask(m, now, n) }

func (n *survey) apply(m *Machine, now time.Time, ev Event) *node {
	return n.question.apply(m, now, ev, n)
}

func (n *survey) press(m *Machine, now time.Time, key byte) *node {
	if key < n.least || key > n.most {
		return n.wrong(m, now)
	}
	answer := int(key - '0')
	if n.into != "" {
		m.set(n.into, answer)
	}
	m.effect(KeepAnswer{Question: n.name, Answer: answer})
	return m.exit(exitNext, n.next)
}

func (n *survey) late(m *Machine, now time.Time) *node { return n.wrong(m, now) }

func (n *survey) exits() []exit {
	return append([]exit{{exitNext, n.next}}, n.question.exits()...)
}
