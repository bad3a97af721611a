// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"strings"
	"unicode"
)

const (
	maxText     = 1000 // bytes of one sentence; a minute of speech
	maxVariable = 32   // bytes of a variable's name
)

// Text is something said or shown, by language. A plain string in YAML stands
// for every language of its flow.
type Text map[string]string

// anyLanguage is the key of a text that was written without a language.
const anyLanguage = ""

// UnmarshalText takes a text written without a language.
func (t *Text) UnmarshalText(text []byte) error {
	*t = Text{anyLanguage: string(text)}
	return nil
}

// In is the text in lang.
func (t Text) In(lang string) string {
	if s, ok := t[lang]; ok {
		return s
	}
	return t[anyLanguage]
}

// segment is a piece of a text: something to say as it stands, or the value of
// a variable, spoken as a number, a date and so on.
type segment struct{ text, variable, as string }

// segments cuts "You entered {account}. Thank you." into "You entered",
// {account} and "Thank you.": each spoken piece is a recording of its own.
func segments(text string) ([]segment, error) {
	var out []segment
	for text != "" {
		before, rest, found := strings.Cut(text, "{")
		if spoken := tidy(before); spoken != "" {
			out = append(out, segment{text: spoken})
		}
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			return nil, fmt.Errorf("has a { without its }; close it")
		}
		name, as, _ := strings.Cut(inside, "|")
		name, as = strings.TrimSpace(name), strings.TrimSpace(as)
		if !isName(name) {
			return nil, fmt.Errorf("{%s} is no variable; write a name of letters and digits", name)
		}
		out = append(out, segment{variable: name, as: as})
		text = after
	}
	return out, nil
}

// tidy takes away what cannot be heard at the ends of a piece: spaces, and the
// punctuation that a variable left behind.
func tidy(piece string) string {
	piece = strings.TrimSpace(piece)
	rest := strings.TrimLeftFunc(piece, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".,;:!?。，；：！？、", r)
	})
	return rest
}

func isName(s string) bool {
	if s == "" || len(s) > maxVariable {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c != '-' && c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return true
}
