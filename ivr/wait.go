// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// wait is a flow of kind wait: music, now and then the caller's place, and keys
// that lead aside or out of the line.
type wait struct {
	greeting *prompt // may be empty
	music    *prompt
	next     *prompt // position 1
	position *prompt // {position}
	estimate *prompt // {minutes}
	soon     *prompt // a minute or less
	exitKey  byte    // 0: none
	keys     []choice
	after    []timed // by time
}

// timed is a node that the flow goes to by itself.
type timed struct {
	span time.Duration // since the contact has its place
	name string
	next *node
}

// waitState is what a machine remembers in a wait flow.
type waitState struct {
	speaking bool       // greeting or announcement; else music
	pending  *Announced // came while speaking; the newest
	aside    bool       // nodes are run; no music
	held     bool       // no offers meanwhile
	began    time.Time
	passed   int // of wait.after
}

// asideLimit is how long nodes beside the music may take.
const asideLimit = 10 * time.Minute

func (m *Machine) applyWait(now time.Time, ev Event) {
	w := m.flow.wait
	if m.phase == unborn {
		if _, ok := ev.(Started); !ok {
			return
		}
		m.waiting.began = now
		m.waiting.speaking = m.play(now, w.greeting)
		if !m.waiting.speaking {
			m.play(now, w.music)
		}
		return
	}
	if m.waiting.aside {
		if a, is := ev.(Announced); is {
			m.waiting.pending = &a
			ev = Tick{}
		}
		m.applyCall(now, ev)
		m.back(now)
		return
	}
	if !m.deadline.IsZero() && !now.Before(m.deadline) { // an end that was never reported
		m.spoken(now)
	}
	if m.due(now) {
		return
	}
	switch ev := ev.(type) {
	case PromptDone:
		if m.waiting.speaking {
			m.spoken(now)
		}
	case Announced:
		if m.waiting.speaking {
			m.waiting.pending = &ev
			return
		}
		m.announce(now, ev)
	case Digit: // any other key changes nothing
		if w.exitKey != 0 && ev.Key == w.exitKey {
			m.silence()
			m.seen(exitKeyWord)
			m.leave(exitKeyWord)
			return
		}
		for _, c := range w.keys {
			if c.keys == string(ev.Key) {
				m.seen(c.keys)
				m.label = c.label
				m.goAside(now, c.next)
				return
			}
		}
	}
}

// exitKeyWord is how a contact leaves by the wait flow's key.
const exitKeyWord = "exitKey"

// leave takes the contact out of the line.
func (m *Machine) leave(word string) {
	if m.waiting.held {
		m.effect(HoldOffers{})
	}
	m.effect(Leave{Ending: word})
	m.end()
}

// due goes to the node whose time has come.
func (m *Machine) due(now time.Time) bool {
	w := m.flow.wait
	if m.waiting.passed == len(w.after) {
		return false
	}
	next := w.after[m.waiting.passed]
	if now.Before(m.waiting.began.Add(next.span)) {
		return false
	}
	m.waiting.passed++
	m.seen(next.name)
	m.goAside(now, next.next)
	return true
}

// waitDeadline is when the next node's time comes.
func (m *Machine) waitDeadline() time.Time {
	w := m.flow.wait
	if m.phase == unborn || m.phase == over || m.waiting.aside || m.waiting.passed == len(w.after) {
		return time.Time{}
	}
	return m.waiting.began.Add(w.after[m.waiting.passed].span)
}

// goAside runs nodes in place of the music.
func (m *Machine) goAside(now time.Time, n *node) {
	m.silence()
	m.ahead.clear()
	m.waiting.aside, m.waiting.speaking = true, false
	m.phase, m.endsAt = listening, now.Add(asideLimit)
	m.enter(now, n)
	m.back(now)
}

// hold keeps agents away while a number is entered.
func (m *Machine) hold(now time.Time) {
	m.endsAt = now.Add(holdLimit)
	if !m.waiting.held {
		m.waiting.held = true
		m.effect(HoldOffers{On: true})
	}
}

// back lets the music go on when the nodes beside it are over.
func (m *Machine) back(now time.Time) {
	if m.waiting.aside || m.phase == over {
		return
	}
	if m.waiting.held {
		m.waiting.held = false
		m.effect(HoldOffers{})
	}
	m.node = nil
	m.spoken(now)
}

// waitNode stands for a whole wait flow in coverage and drawings.
const waitNode NodeID = "wait"

func (m *Machine) seen(exit string) {
	if m.trace != nil {
		m.trace(m.flow.ID, waitNode, exit)
	}
}

// spoken goes on after a greeting or an announcement: with the next one, or
// with the music.
func (m *Machine) spoken(now time.Time) {
	m.waiting.speaking = false
	if next := m.waiting.pending; next != nil {
		m.waiting.pending = nil
		if m.announce(now, *next); m.waiting.speaking {
			return
		}
	}
	m.play(now, m.flow.wait.music)
}

// announce says the caller's place, and the time it will take if that is known.
// A place that cannot be spoken is not announced.
func (m *Machine) announce(now time.Time, a Announced) {
	w := m.flow.wait
	lang := m.Language()
	place, length := w.position, (*prompt)(nil)
	if a.Position == 1 && !w.next.empty() {
		place = w.next
	}
	if place.empty() || a.Position < 1 || a.Position > MaxSpokenNumber {
		return
	}
	minutes := int((a.Estimate + time.Minute - 1) / time.Minute)
	switch {
	case a.Estimate <= 0 || minutes > MaxSpokenNumber:
	case minutes == 1:
		length = w.soon
	default:
		length = w.estimate
	}
	spell := func(variable, _ string) []string {
		if variable == varMinutes {
			return SpokenNumber(lang, minutes)
		}
		return SpokenNumber(lang, a.Position)
	}
	parts := place.by[m.language].fill(spell)
	if length != nil && !length.empty() {
		parts = append(parts[:len(parts):len(parts)], length.by[m.language].fill(spell)...)
	}
	if place == w.next {
		m.seen("next")
	} else {
		m.seen("position")
	}
	if length != nil && !length.empty() && length == w.soon {
		m.seen("soon")
	} else if length != nil && !length.empty() {
		m.seen("estimate")
	}
	m.phase, m.deadline, m.waiting.speaking = prompting, now.Add(promptLimit), true
	m.effect(Play{Prompt: Prompt{Parts: parts, Language: lang}})
}

// The variables of announcements.
const (
	varPosition = "position"
	varMinutes  = "minutes"
)
