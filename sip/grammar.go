// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"iter"
	"strconv"
)

// This file is the grammar of RFC 3261, section 25.1, as far as admission looks.

// checkURI takes a Request-URI apart far enough to refuse what sipgo would
// misread (RFC 3261, section 19.1; RFC 4475, sections 3.1.2.6 to 3.1.2.11).
func checkURI(uri []byte) *flaw {
	if len(uri) == 0 || bytes.ContainsAny(uri, " \t<>\"\\") || !printable(uri) {
		return flawSyntax
	}
	i := bytes.IndexByte(uri, ':')
	if i <= 0 || !token(uri[:i]) {
		return flawSyntax
	}
	if scheme := uri[:i]; !bytes.EqualFold(scheme, []byte("sip")) && !bytes.EqualFold(scheme, []byte("sips")) && !bytes.EqualFold(scheme, []byte("tel")) {
		return flawScheme
	}
	rest := uri[i+1:]
	if bytes.EqualFold(uri[:i], []byte("tel")) {
		return nil
	}
	if _, after, ok := bytes.Cut(rest, []byte("@")); ok {
		rest = after
	}
	if bytes.ContainsAny(rest, "?@") {
		return flawSyntax // headers have no place in a Request-URI
	}
	host, _, _ := bytes.Cut(rest, []byte(";"))
	return checkHost(host)
}

// checkHost checks host, host:port or [v6]:port.
func checkHost(host []byte) *flaw {
	var port []byte
	if len(host) > 0 && host[0] == '[' {
		end := bytes.IndexByte(host, ']')
		if end < 3 {
			return flawSyntax
		}
		after := host[end+1:]
		if len(after) == 0 {
			return nil
		}
		if after[0] != ':' {
			return flawSyntax
		}
		host, port = host[1:end], after[1:]
	} else if i := bytes.IndexByte(host, ':'); i >= 0 {
		host, port = host[:i], host[i+1:]
		if len(port) == 0 {
			return flawSyntax
		}
	}
	if len(host) == 0 {
		return flawSyntax
	}
	if n, err := strconv.Atoi(string(port)); len(port) > 0 && (err != nil || !digits(port) || n > 65535) {
		return flawSyntax
	}
	return nil
}

// expand gives the long name of a compact one (RFC 3261, section 7.3.3).
func expand(name []byte) []byte {
	switch name[0] | 0x20 {
	case 'v':
		return longVia
	case 'f':
		return longFrom
	case 't':
		return longTo
	case 'i':
		return longCallID
	case 'l':
		return longLength
	case 'm':
		return longContact
	case 'c':
		return longType
	}
	return name
}

var (
	longVia, longFrom, longTo = []byte("via"), []byte("from"), []byte("to")
	longCallID, longLength    = []byte("call-id"), []byte("content-length")
	longContact, longType     = []byte("contact"), []byte("content-type")
)

func equalName(name []byte, want string) bool {
	if len(name) != len(want) {
		return false
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != want[i] {
			return false
		}
	}
	return true
}

// checkContact refuses a Contact whose parameters cannot be told from its
// URI's: it must not become a binding (RFC 4475, section 3.1.2.13).
func checkContact(value []byte) *flaw {
	if bytes.IndexByte(value, '<') < 0 && bytes.IndexByte(value, '?') >= 0 {
		return flawSyntax
	}
	return nil
}

// nameAddr says whether quotes and brackets of a From or To close, and whether
// there is neither white space in the brackets nor a comma in a name without
// quotes (RFC 4475, sections 3.1.2.14 and 3.1.2.15).
func nameAddr(value []byte) bool {
	quoted, inside, any := false, false, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !inside:
			quoted = !quoted
		case quoted:
		case c == '<':
			if inside {
				return false
			}
			inside = true
		case c == '>':
			if !inside {
				return false
			}
			inside = false
		case inside && blank(c):
			return false
		case c == ',' && !inside && !any:
			return false
		case c == ':':
			any = true
		}
	}
	return any && !quoted && !inside
}

// hasTag says whether a From or To has a tag parameter, which stands behind the
// brackets and outside of quotes.
func hasTag(value []byte) bool {
	for i, c := range bare(value) {
		if c != ';' {
			continue
		}
		name, _, _ := bytes.Cut(value[i+1:], []byte("="))
		if bytes.EqualFold(bytes.TrimSpace(name), []byte("tag")) {
			return true
		}
	}
	return false
}

// bare yields what stands outside of quotes and of brackets, with its place.
func bare(value []byte) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		quoted, inside := false, false
		for i := 0; i < len(value); i++ {
			switch c := value[i]; {
			case quoted && c == '\\':
				i++
			case c == '"' && !inside:
				quoted = !quoted
			case quoted:
			case c == '<':
				inside = true
			case c == '>':
				inside = false
			case !inside && !yield(i, c):
				return
			}
		}
	}
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// token is RFC 3261, section 25.1.
func token(b []byte) bool {
	for _, c := range b {
		if !isTokenByte[c] {
			return false
		}
	}
	return len(b) > 0
}

var isTokenByte = func() (table [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~") {
		table[c] = true
	}
	return table
}()

// text is what a header's value may hold: never a lone CR or LF, and another
// control character but the tab only behind a backslash (RFC 3261, section 25.1,
// quoted-pair).
func text(b []byte) bool {
	for i, c := range b {
		if c >= ' ' && c != 0x7f || c == '\t' {
			continue
		}
		if c == '\r' || c == '\n' || i == 0 || b[i-1] != '\\' {
			return false
		}
	}
	return true
}

func printable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
