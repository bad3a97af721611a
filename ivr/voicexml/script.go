// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"regexp"
	"strconv"
	"strings"
)

// tokens are what expressions that can be carried over are made of.
var tokens = regexp.MustCompile(`'[^']*'|"[^"]*"|[A-Za-z_][A-Za-z0-9_.$]*|[0-9]+(?:\.[0-9]+)?|===|!==|==|!=|<=|>=|&&|\|\||[!<>()+*-]|\s+|.`)

// script writes an ECMAScript expression as one of ours; false if it uses what
// we cannot compute.
func (i *importer) script(source string) (string, bool) {
	all := tokens.FindAllString(strings.TrimSpace(source), -1)
	var out []string
	for k, t := range all {
		switch {
		case strings.TrimSpace(t) == "":
			out = append(out, " ")
		case t == "===", t == "!==":
			out = append(out, t[:2])
		case t == "true", t == "false":
			out = append(out, t)
		case t == "'" || t == `"`: // without its other half
			return "", false
		case t[0] == '\'' || t[0] == '"':
			out = append(out, strconv.Quote(t[1:len(t)-1]))
		case '0' <= t[0] && t[0] <= '9':
			if i.kinds[i.comparedWith(all, k)] == "text" && i.equality(all, k) {
				t = strconv.Quote(t)
			}
			out = append(out, t)
		case t[0] == '_' || 'a' <= t[0]|0x20 && t[0]|0x20 <= 'z':
			word, ok := i.identifier(t)
			if !ok {
				return "", false
			}
			if i.kinds[t] == "text" && i.ordering(all, k) {
				word, i.fallible = "int("+word+")", true
			}
			out = append(out, word)
		case strings.Contains("== != <= >= && || ! < > ( ) - *", t):
			out = append(out, t)
		default: // + adds or joins; we cannot tell which was meant
			return "", false
		}
	}
	text := strings.TrimSpace(strings.Join(out, ""))
	return text, text != ""
}

// identifier is a variable of ours, also with the scope or shadow that names it.
func (i *importer) identifier(t string) (string, bool) {
	for _, scope := range []string{"application.", "document.", "dialog.", "session."} {
		t = strings.TrimPrefix(t, scope)
	}
	switch {
	case strings.HasSuffix(t, ".length") && i.kinds[strings.TrimSuffix(t, ".length")] == "text":
		return "len(" + strings.TrimSuffix(t, ".length") + ")", true
	case t == "connection.remote.uri" || t == "connection.callerid" || t == "telephone.ani":
		return "caller", true
	case t == "connection.local.uri" || t == "telephone.dnis":
		return "dialled", true
	}
	return t, i.kinds[t] != "" && !strings.Contains(t, ".")
}

// beside are the tokens before and behind one, without spaces.
func beside(all []string, k int) (before, behind int) {
	for before = k - 1; before >= 0 && strings.TrimSpace(all[before]) == ""; before-- {
	}
	for behind = k + 1; behind < len(all) && strings.TrimSpace(all[behind]) == ""; behind++ {
	}
	return before, behind
}

func at(all []string, k int) string {
	if k < 0 || k >= len(all) {
		return ""
	}
	return all[k]
}

// comparedWith is what stands at the other side of the comparison of token k.
func (i *importer) comparedWith(all []string, k int) string {
	before, behind := beside(all, k)
	if comparison(at(all, before)) {
		left, _ := beside(all, before)
		return at(all, left)
	}
	if comparison(at(all, behind)) {
		_, right := beside(all, behind)
		return at(all, right)
	}
	return ""
}

func (i *importer) equality(all []string, k int) bool {
	before, behind := beside(all, k)
	return strings.ContainsAny(at(all, before)+at(all, behind), "=") && !i.ordering(all, k)
}

func (i *importer) ordering(all []string, k int) bool {
	before, behind := beside(all, k)
	return strings.HasPrefix(at(all, before), "<") || strings.HasPrefix(at(all, before), ">") ||
		strings.HasPrefix(at(all, behind), "<") || strings.HasPrefix(at(all, behind), ">")
}

func comparison(t string) bool {
	switch t {
	case "==", "===", "!=", "!==", "<", ">", "<=", ">=":
		return true
	}
	return false
}

// kindOf is what a literal, or a known variable, holds; "" if that cannot be
// told.
func (i *importer) kindOf(source string) string {
	source = strings.TrimSpace(source)
	switch {
	case source == "true" || source == "false":
		return "flag"
	case source != "" && (source[0] == '\'' || source[0] == '"'):
		return "text"
	case i.kinds[source] != "":
		return i.kinds[source]
	}
	if _, err := strconv.Atoi(source); err == nil {
		return "number"
	}
	return ""
}
