// SPDX-License-Identifier: Apache-2.0

package sip

import "bytes"

// This file takes the white space out that RFC 3261, section 25.1, allows around
// the marks of an address (SEMI, EQUAL, COMMA), because sipgo takes it for a part
// of the parameter's name: a caller whose tag cannot be read would get 400.

// marks are those that white space may surround.
func mark(c byte) bool { return c == ';' || c == '=' || c == ',' }

// loose says whether white space surrounds a mark outside of quotes and brackets.
func loose(value []byte) bool {
	if bytes.IndexByte(value, ' ') < 0 && bytes.IndexByte(value, '\t') < 0 {
		return false
	}
	for i, c := range bare(value) {
		if mark(c) && (i > 0 && blank(value[i-1]) || i+1 < len(value) && blank(value[i+1]) && c != ',') {
			return true
		}
	}
	return false
}

// addressed are the headers whose values are addresses or hops.
func addressed(name []byte) bool {
	if len(name) == 1 {
		name = expand(name)
	}
	for _, known := range []string{"via", "from", "to", "contact", "route", "record-route"} {
		if equalName(name, known) {
			return true
		}
	}
	return false
}

// tidy returns the message, which is unfolded, with its addresses in the plain
// form; end is that of its headers.
func tidy(b []byte, end int) ([]byte, int) {
	body := b[end:]
	out := make([]byte, 0, len(b))
	for rest := b[:end-2]; len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		i := bytes.IndexByte(line, ':')
		if i > 0 && addressed(bytes.TrimRight(line[:i], " \t")) && loose(line[i+1:]) {
			out = append(out, line[:i+1]...)
			out = append(out, ' ')
			out = appendTight(out, bytes.Trim(line[i+1:], " \t"))
		} else {
			out = append(out, line...)
		}
		out = append(out, "\r\n"...)
	}
	out = append(out, "\r\n"...)
	end = len(out)
	return append(out, body...), end
}

func appendTight(out, value []byte) []byte {
	quoted, inside := false, false
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case quoted && c == '\\' && i+1 < len(value):
			out = append(out, c)
			i++
			c = value[i]
		case c == '"' && !inside:
			quoted = !quoted
		case quoted:
		case c == '<':
			inside = true
		case c == '>':
			inside = false
		case mark(c) && !inside:
			out = bytes.TrimRight(out, " \t")
			out = append(out, c)
			for i+1 < len(value) && blank(value[i+1]) {
				i++
			}
			continue
		}
		out = append(out, c)
	}
	return out
}
