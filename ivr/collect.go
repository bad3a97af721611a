// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strings"
	"time"
)

// digits are the keys that count by default.
const digits = "0123456789"

const exitCancel = "cancel"

// collect takes digits into a variable. A terminator ends the entry and is not
// part of it; the cancel key leaves it; the clear key begins it anew; the largest number of digits
// ends it at once; a pause that is too long ends it too. What is not valid is a
// wrong entry. A PIN is an entry that must be a certain one and is not kept.
type collect struct {
	question
	into          string
	valid         validation
	is            *expression // of a PIN; nil: any entry
	fail          *node
	min, max      int
	allowed       string // keys that count
	terminators   string // keys; "": none
	clear, cancel byte   // 0: none
	cancelled     *node
	next          *node
}

func (n *collect) begin(m *Machine, now time.Time) *node { return n.ask(m, now, n) }

func (n *collect) apply(m *Machine, now time.Time, ev Event) *node {
	return n.question.apply(m, now, ev, n)
}

func (n *collect) press(m *Machine, now time.Time, key byte) *node {
	switch {
	case strings.IndexByte(n.terminators, key) >= 0:
		return n.late(m, now)
	case key == n.cancel:
		return m.exit(exitCancel, n.cancelled)
	case key == n.clear:
		m.typed.clear()
		n.listen(m, now)
		return nil
	case strings.IndexByte(n.allowed, key) < 0:
		if m.typed.n == 0 {
			n.listen(m, now)
			return nil
		}
		return n.more(m, now)
	}
	m.typed.push(key)
	if m.typed.n < n.max {
		return n.more(m, now)
	}
	m.swallow, m.swallowBy = n.terminators, now.Add(n.interDigit)
	return n.take(m, now)
}

// late ends the entry as it is: enough digits, or a miss.
func (n *collect) late(m *Machine, now time.Time) *node {
	if m.typed.n < n.min {
		return n.wrong(m, now)
	}
	return n.take(m, now)
}

func (n *collect) take(m *Machine, now time.Time) *node {
	entry, ok := n.valid.take(m.typed.String())
	if n.is != nil {
		code, computed := m.eval(now, n.is)
		if !computed {
			return m.fail(n.fail)
		}
		ok = sameSecret(entry, textOf(code))
	}
	if !ok {
		return n.wrong(m, now)
	}
	if n.into != "" {
		m.set(n.into, entry)
	}
	return m.exit(exitNext, n.next)
}
