// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// This file holds the nodes that look at a queue's line, or change a contact's
// place in it.

// look asks how a queue is, and fills variables with the answer.
type look struct {
	queue string
	// Variables, "" for none.
	waiting, estimate, signedIn, available, open string
	next, fail                                   *node
}

func (n *look) begin(m *Machine, now time.Time) *node {
	m.await(now, AskQueue{Queue: n.queue}, answerLimit)
	return nil
}

func (n *look) apply(m *Machine, _ time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case Digit:
		m.ahead.push(ev.Key)
	case timeUp:
		m.silence()
		return m.fail(n.fail)
	case QueueTold:
		m.settled()
		for _, v := range []struct {
			name  string
			value any
		}{
			{n.waiting, ev.Waiting}, {n.estimate, int(ev.Estimate / time.Second)},
			{n.signedIn, ev.SignedIn}, {n.available, ev.Available}, {n.open, ev.Open},
		} {
			if v.name != "" {
				m.set(v.name, v.value)
			}
		}
		return m.exit(exitNext, n.next)
	}
	return nil
}

func (n *look) exits() []exit { return []exit{{exitNext, n.next}, {exitError, n.fail}} }

// rank changes the contact's priority: at once for one in line, else for the
// queues to come.
type rank struct {
	priority *expression
	next     *node
	fail     *node
}

func (n *rank) begin(m *Machine, now time.Time) *node {
	value, ok := m.eval(now, n.priority)
	if !ok {
		return m.fail(n.fail)
	}
	priority := min(max(value.(int), -maxPriority), maxPriority)
	if m.flow.wait != nil {
		m.effect(SetPriority{Priority: priority})
	} else {
		m.priority = &priority
	}
	return m.exit(exitNext, n.next)
}

func (n *rank) apply(*Machine, time.Time, Event) *node { return nil }

func (n *rank) exits() []exit { return withError([]exit{{exitNext, n.next}}, n.fail, n.priority) }

// maxPriority bounds what an expression may make of a priority.
const maxPriority = 1000
