// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"time"
)

// question is what menu and collect share: a prompt, then keys, each with its
// time, and what becomes of callers who press nothing or the wrong thing. The
// two are counted apart.
type question struct {
	prompt     *prompt
	again      *prompt // the short way to ask; nil: prompt
	timeout    time.Duration
	interDigit time.Duration
	noInput    miss
	noMatch    miss
	fresh      bool // keys pressed before it are forgotten
}

// miss is the branch of callers who pressed nothing, or the wrong thing.
type miss struct {
	name    string
	tries   int
	prompts []*prompt // the question again, after what is said about each miss; the last holds
	next    *node
}

// asker is a node that asks a question.
type asker interface {
	step
	// press takes one key. It returns the node it leads to, or nil.
	press(m *Machine, now time.Time, key byte) *node
	// late is called when the next key took too long; some key had come.
	late(m *Machine, now time.Time) *node
}

// ask lets the question be heard, unless keys pressed ahead answer it.
func (q *question) ask(m *Machine, now time.Time, a asker) *node {
	p := q.prompt
	if q.again != nil && m.asked(m.node) {
		p = q.again
	}
	if q.fresh {
		m.ahead.clear()
	}
	if m.ahead.n > 0 {
		return q.drain(m, now, a)
	}
	if !m.play(now, p) {
		q.listen(m, now)
	}
	return nil
}

// asked says whether the question of n was put before in this call.
func (m *Machine) asked(n *node) bool {
	if slices.Contains(m.visited, n) {
		return true
	}
	if len(m.visited) < maxVisited {
		m.visited = append(m.visited, n)
	}
	return false
}

// maxVisited is how many questions a machine remembers to have put.
const maxVisited = 64

// drain takes the keys pressed ahead, as far as this question wants them.
func (q *question) drain(m *Machine, now time.Time, a asker) *node {
	q.listen(m, now)
	for here := m.node; m.node == here && m.phase == listening; {
		key, ok := m.ahead.shift()
		if !ok {
			return nil
		}
		if next := a.press(m, now, key); next != nil {
			return next
		}
	}
	return nil
}

func (q *question) listen(m *Machine, now time.Time) {
	m.phase, m.deadline = listening, now.Add(q.timeout)
}

func (q *question) apply(m *Machine, now time.Time, ev Event, a asker) *node {
	switch ev := ev.(type) {
	case PromptDone:
		if m.phase == prompting {
			return q.drain(m, now, a)
		}
	case Digit:
		if m.phase == prompting {
			if !q.prompt.barge {
				m.ahead.push(ev.Key)
				return nil
			}
			m.silence()
		}
		return a.press(m, now, ev.Key)
	case timeUp:
		switch {
		case m.phase == prompting: // its end was never reported
			m.silence()
			q.listen(m, now)
		case m.typed.n > 0:
			return a.late(m, now)
		default:
			return q.missed(m, now, &m.noInputs, &q.noInput)
		}
	}
	return nil
}

// more awaits a further key.
func (q *question) more(m *Machine, now time.Time) *node {
	m.phase, m.deadline = listening, now.Add(q.interDigit)
	return nil
}

func (q *question) wrong(m *Machine, now time.Time) *node {
	return q.missed(m, now, &m.noMatches, &q.noMatch)
}

// missed counts one miss: the question again, or the branch for it. Keys still
// pressed ahead were meant for another question than this has become.
func (q *question) missed(m *Machine, now time.Time, count *int, branch *miss) *node {
	m.typed.clear()
	m.ahead.clear()
	m.deadline = time.Time{}
	if *count++; *count >= branch.tries {
		return m.exit(branch.name, branch.next)
	}
	if !m.play(now, branch.prompts[min(*count, len(branch.prompts))-1]) {
		q.listen(m, now)
	}
	return nil
}
