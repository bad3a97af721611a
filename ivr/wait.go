// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// wait is a flow of kind wait: music, now and then the caller's place, and a
// key to leave.
type wait struct {
	greeting *prompt // may be empty
	music    *prompt
	next     *prompt // position 1
	position *prompt // {position}
	estimate *prompt // {minutes}
	soon     *prompt // a minute or less
	exitKey  byte    // 0: none
}

// waitState is what a machine remembers in a wait flow.
type waitState struct {
	speaking bool       // greeting or announcement; else music
	pending  *Announced // came while speaking; the newest
}

func (m *Machine) applyWait(now time.Time, ev Event) {
	w := m.flow.wait
	if m.phase == unborn {
		if _, ok := ev.(Started); !ok {
			return
		}
		m.waiting.speaking = m.play(now, w.greeting)
		if !m.waiting.speaking {
			m.play(now, w.music)
		}
		return
	}
	if !m.deadline.IsZero() && !now.Before(m.deadline) { // an end that was never reported
		m.spoken(now)
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
			m.seen("exitKey")
			m.effect(Leave{Ending: "exitKey"})
			m.end()
		}
	}
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
