// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// play lets something be heard and goes on. A key ends it, and is kept for the
// node that asks.
type play struct {
	prompt *prompt
	next   *node  // nil: the call ends
	cause  string // of that end
}

func (n *play) begin(m *Machine, now time.Time) *node {
	if m.ahead.n > 0 && n.prompt.barge && n.next != nil || !m.play(now, n.prompt) {
		return n.on(m)
	}
	return nil
}

func (n *play) apply(m *Machine, _ time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case PromptDone:
		if m.phase == prompting && !n.prompt.loop {
			return n.on(m)
		}
	case timeUp:
		m.silence()
		return n.on(m)
	case Digit:
		if n.next == nil { // nobody will ask: the key is for nothing
			return nil
		}
		m.ahead.push(ev.Key)
		if n.prompt.barge {
			m.silence()
			return n.on(m)
		}
	}
	return nil
}

func (n *play) on(m *Machine) *node {
	if n.next == nil {
		m.exit(exitEnd, nil)
		m.hangup(n.cause)
		return nil
	}
	return m.exit(exitNext, n.next)
}

// queue gives the caller a place in a queue's line, and goes on when nobody
// answered.
type queue struct {
	enqueue Enqueue
	endings []ending
	other   *node

	transfer bool // as a file calls it
}

// ending is a branch by the word for how something ended.
type ending struct {
	word string
	next *node
}

func (n *queue) begin(m *Machine, _ time.Time) *node {
	e := n.enqueue
	if e.Priority == nil {
		e.Priority = m.priority
	}
	m.rest(e)
	return nil
}

func (n *queue) apply(m *Machine, now time.Time, ev Event) *node {
	left, ok := ev.(QueueLeft)
	if !ok {
		return nil
	}
	m.resume(now)
	for _, e := range n.endings {
		if e.word == left.Ending {
			return m.exit(e.word, e.next)
		}
	}
	if left.Ending == callbackRequested { // all is said, and nothing went wrong
		m.exit(callbackRequested, nil)
		m.hangup(causeEnded)
		return nil
	}
	return m.exit(exitElse, n.other)
}

// dial calls a target, and goes on when it did not answer.
type dial struct {
	target   template
	written  string
	ringTime time.Duration
	endings  []ending
	other    *node
	transfer bool // as a file calls it
}

func (n *dial) begin(m *Machine, _ time.Time) *node {
	m.rest(Dial{Target: n.target.fill(m.value), RingTime: n.ringTime})
	return nil
}

func (n *dial) apply(m *Machine, now time.Time, ev Event) *node {
	failed, ok := ev.(DialFailed)
	if !ok {
		return nil
	}
	m.resume(now)
	return m.branch(n.endings, failed.How, n.other)
}

// echo sends the caller's sound back until time is up or # is pressed.
type echo struct {
	length time.Duration
	next   *node // nil: the call ends
}

func (n *echo) begin(m *Machine, now time.Time) *node {
	m.ahead.clear()
	m.phase, m.deadline = echoing, now.Add(n.length)
	m.effect(Echo{})
	return nil
}

func (n *echo) apply(m *Machine, _ time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case timeUp:
	case Digit:
		if ev.Key != '#' {
			return nil
		}
	default:
		return nil
	}
	m.silence()
	if n.next == nil {
		m.exit(exitEnd, nil)
		m.hangup(causeEnded)
		return nil
	}
	return m.exit(exitNext, n.next)
}

// hangup ends the call.
type hangup struct{ cause string }

func (n *hangup) begin(m *Machine, _ time.Time) *node {
	m.exit(exitEnd, nil)
	m.hangup(n.cause)
	return nil
}

func (n *hangup) apply(*Machine, time.Time, Event) *node { return nil }

// jump goes to another node.
type jump struct{ next *node }

func (n *jump) begin(m *Machine, _ time.Time) *node    { return m.exit(exitNext, n.next) }
func (n *jump) apply(*Machine, time.Time, Event) *node { return nil }
