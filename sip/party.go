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

// partyOf reads who calls by t: P-Asserted-Identity or Remote-Party-ID of a
// trusted trunk (RFC 3325, section 9.1), else From. A number that is withheld
// (RFC 3323, section 4.2; RFC 3325, section 7) is "", whoever asks for that.
func partyOf(req *sip.Request, t *trunk) call.Party {
	p := call.Party{Diverted: t.divertedFrom(req)}
	if withheld(req) {
		return p
	}
	name, uri := req.From().DisplayName, req.From().Address
	for _, asserted := range []string{"p-asserted-identity", "remote-party-id"} {
		if n, u, params, ok := addressIn(req.GetHeader(asserted)); ok && t.Identity.Trust {
			if privacy, _ := params.Get("privacy"); privacy == "full" || privacy == "uri" {
				return p
			}
			name, uri = n, u
			p.Verstat = verstatOf(u, params)
			break
		}
	}
	who := partyFrom(name, uri)
	p.Name, p.Number = who.Name, t.Numbers.normal(who.Number)
	return p
}

// verstatOf is what a trusted trunk has found out by itself (3GPP TS 24.229,
// section 7.2A.20: a parameter of the number).
func verstatOf(uri sip.Uri, params sip.HeaderParams) call.Verstat {
	said, _ := params.Get("verstat")
	if said == "" {
		said, _ = uri.UriParams.Get("verstat")
	}
	for _, part := range strings.Split(uri.User, ";")[1:] {
		if value, ok := strings.CutPrefix(part, "verstat="); ok {
			said = value
		}
	}
	switch v := call.Verstat(said); v {
	case call.VerstatPassed, call.VerstatFailed, call.VerstatNone:
		return v
	}
	return ""
}

func withheld(req *sip.Request) bool {
	for _, h := range req.GetHeaders("privacy") {
		for value := range strings.FieldsFuncSeq(h.Value(), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			switch strings.ToLower(value) {
			case "id", "user", "header":
				return true
			}
		}
	}
	return false
}

// addressIn reads an address header that names somebody.
func addressIn(h sip.Header) (name string, uri sip.Uri, params sip.HeaderParams, ok bool) {
	if h == nil {
		return "", uri, nil, false
	}
	name, err := sip.ParseAddressValue(h.Value(), &uri, &params)
	return name, uri, params, err == nil && userOf(uri) != ""
}

// divertedFrom is the number that was dialled first, of a call that was
// forwarded to us, by a trusted trunk: the last Diversion (RFC 5806, section 4),
// or the first History-Info (RFC 7044, section 5).
func (t *trunk) divertedFrom(req *sip.Request) string {
	if !t.Identity.Trust {
		return ""
	}
	uri := sip.Uri{}
	if all := req.GetHeaders("diversion"); len(all) > 0 {
		_, uri, _, _ = addressIn(all[len(all)-1])
	} else if all := req.GetHeaders("history-info"); len(all) > 1 { // one entry is the call itself
		_, uri, _, _ = addressIn(all[0])
	}
	if user := userOf(uri); isNumber(user) {
		return t.Numbers.normal(user)
	}
	return ""
}

// maxForwardings is how often a call may have been forwarded; more look like a
// loop that goes through systems that count no hops.
const maxForwardings = 5

// forwardings counts how often the request says it was forwarded. Anybody is
// believed who says so: it only makes us refuse.
func forwardings(req *sip.Request) int {
	return max(len(req.GetHeaders("diversion")), len(req.GetHeaders("history-info"))-1)
}

// dialled is the number that the caller wants, in normal form: the user of the
// Request-URI, or that of To where the trunk calls the contact that we have
// registered.
func (t *trunk) dialled(req *sip.Request) string {
	user := userOf(req.Recipient)
	if t.Account.User != "" && user == t.Account.User {
		if to := userOf(req.To().Address); isNumber(to) {
			user = to
		}
	}
	if !isNumber(user) {
		return user
	}
	return t.Numbers.normal(user)
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
