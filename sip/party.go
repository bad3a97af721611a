// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// Lengths of what we take from far ends and show to people.
const (
	maxName   = 64 // characters of a display name
	maxNumber = 32 // characters of a number
)

// partyOf reads who calls: P-Asserted-Identity of a trusted trunk (RFC 3325,
// section 9.1), else From. A number that is withheld (RFC 3323, section 4.2;
// RFC 3325, section 7) is "".
func partyOf(req *sip.Request) call.Party {
	if h := req.GetHeader("privacy"); h != nil {
		value := strings.ToLower(h.Value())
		if strings.Contains(value, "id") || strings.Contains(value, "user") || strings.Contains(value, "header") {
			return call.Party{}
		}
	}
	name, uri := req.From().DisplayName, req.From().Address
	if h := req.GetHeader("p-asserted-identity"); h != nil {
		var asserted sip.Uri
		var params sip.HeaderParams
		if n, err := sip.ParseAddressValue(h.Value(), &asserted, &params); err == nil && asserted.User != "" {
			name, uri = n, asserted
		}
	}
	return partyFrom(name, uri)
}

func partyFrom(name string, uri sip.Uri) call.Party {
	p := call.Party{Name: cleanName(name)}
	user := userOf(uri)
	switch {
	case strings.EqualFold(user, "anonymous") || uri.Host == "anonymous.invalid":
		p.Name = ""
	case isNumber(user):
		p.Number = user
	case p.Name == "":
		p.Name = cleanName(user)
	}
	return p
}

// userOf is the user part of a URI as it was dialled: without parameters (RFC
// 3261, section 19.1.6) and escapes, visual separators dropped from numbers
// (RFC 3966, section 5.1.1).
func userOf(uri sip.Uri) string {
	user := uri.User
	if user == "" {
		user = uri.Raw() // tel:
	}
	user, _, _ = strings.Cut(user, ";")
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	if isNumber(user) {
		return user
	}
	if stripped := separators.Replace(user); isNumber(stripped) {
		return stripped
	}
	return user
}

var separators = strings.NewReplacer("-", "", ".", "", "(", "", ")", "")

// isNumber says whether s can be dialled: digits, * and #, with + only in front.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "+")
	if s == "" || len(s) > maxNumber {
		return false
	}
	return strings.Trim(s, "0123456789*#") == ""
}

// cleanName drops what could harm a log, a page or a header and cuts to length.
func cleanName(s string) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > maxName {
		s = string(runes[:maxName])
	}
	return strings.TrimSpace(s)
}
