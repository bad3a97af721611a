// SPDX-License-Identifier: Apache-2.0

package ivr

import "strings"

// prompt is what a node lets hear, ready in each language of its flow.
type prompt struct {
	by    []spokenPrompt // as Flow.Languages
	barge bool           // a key ends it
	loop  bool
}

// spokenPrompt is a prompt in one language.
type spokenPrompt struct {
	parts []PromptPart // when nothing varies: played as they stand
	// pieces are the same with their variables; nil when nothing varies.
	pieces []piece
}

// piece is a fixed part, or the place of a variable.
type piece struct {
	part     PromptPart
	variable string
	as       string // how its value is spoken
}

func (p *prompt) empty() bool {
	return len(p.by) == 0 || len(p.by[0].parts) == 0 && len(p.by[0].pieces) == 0
}

// then is p with q behind it.
func (p *prompt) then(q *prompt) *prompt {
	if p.empty() {
		return q
	}
	joined := &prompt{barge: q.barge, loop: q.loop, by: make([]spokenPrompt, len(q.by))}
	for i := range q.by {
		pieces := append(p.by[i].all(), q.by[i].all()...)
		joined.by[i] = settle(pieces)
	}
	return joined
}

func (s *spokenPrompt) all() []piece {
	if s.pieces != nil {
		return append([]piece{}, s.pieces...)
	}
	var out []piece
	for _, p := range s.parts {
		out = append(out, piece{part: p})
	}
	return out
}

// settle keeps plain parts where nothing varies.
func settle(pieces []piece) spokenPrompt {
	var parts []PromptPart
	for _, p := range pieces {
		if p.variable != "" {
			return spokenPrompt{pieces: pieces}
		}
		parts = append(parts, p.part)
	}
	return spokenPrompt{parts: parts}
}

// fill puts the values of variables in their places; spell gives the spoken
// pieces of one.
func (s *spokenPrompt) fill(spell func(variable, as string) []string) []PromptPart {
	if s.pieces == nil {
		return s.parts
	}
	parts := make([]PromptPart, 0, len(s.pieces)+maxTyped)
	for _, p := range s.pieces {
		if p.variable == "" {
			parts = append(parts, p.part)
			continue
		}
		for _, word := range spell(p.variable, p.as) {
			parts = append(parts, PromptPart{Say: word})
		}
	}
	return parts
}

// template is a dial target with its {variables}.
type template []segment

func (t template) fill(value func(variable string) string) string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.text)
		if s.variable != "" {
			b.WriteString(value(s.variable))
		}
	}
	return b.String()
}
