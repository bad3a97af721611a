// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// record keeps what the caller says, after a tone: until a key, a silence or the
// largest length ends it.
type record struct {
	want    Record
	min     time.Duration
	prompt  *prompt // may be empty
	stopKey byte    // 0: any key
	into    string  // variable for the recording's name; "": none
	length  string  // variable for its seconds; "": none
	next    *node
	short   *node // less than min was said; nil: next
	fail    *node
}

// recordGrace is how much longer than the recording its end may take to be told.
const recordGrace = 5 * time.Second

func (n *record) begin(m *Machine, now time.Time) *node {
	m.ahead.clear()
	if m.play(now, n.prompt) {
		return nil
	}
	n.start(m, now)
	return nil
}

func (n *record) start(m *Machine, now time.Time) {
	m.await(now, n.want, n.want.MaxLength+recordGrace)
	m.recording = true
}

func (n *record) apply(m *Machine, now time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case PromptDone:
		if m.phase == prompting {
			n.start(m, now)
		}
	case Digit:
		switch {
		case m.phase == prompting && n.prompt.barge:
			m.silence()
			n.start(m, now)
		case m.phase == awaiting && m.recording && (n.stopKey == 0 || n.stopKey == ev.Key):
			m.recording = false
			m.effect(RecordStop{})
		}
	case timeUp:
		if m.phase == prompting { // its end was never reported
			m.silence()
			n.start(m, now)
			return nil
		}
		m.silence()
		return m.fail(n.fail)
	case Recorded:
		if m.phase != awaiting {
			return nil
		}
		m.settled()
		return n.take(m, ev)
	}
	return nil
}

func (n *record) take(m *Machine, ev Recorded) *node {
	if ev.How == RecordFailed {
		return m.fail(n.fail)
	}
	if n.into != "" {
		m.set(n.into, ev.Name)
	}
	if n.length != "" {
		m.set(n.length, int(ev.Length/time.Second))
	}
	if ev.Length < n.min && n.short != nil {
		return m.exit(exitShort, n.short)
	}
	return m.exit(exitNext, n.next)
}

const exitShort = "short"

func (n *record) exits() []exit {
	all := []exit{{exitNext, n.next}}
	if n.short != nil {
		all = append(all, exit{exitShort, n.short})
	}
	return append(all, exit{exitError, n.fail})
}
