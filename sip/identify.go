// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/netip"
	"slices"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// This file says who sent a request outside of any dialog.

// sender is who that is.
type sender struct {
	trunk *trunk // nil: a device of an agent, or nobody we know
	known bool
	login login // what of the trunk's login is missing
}

type login int

const (
	loginNone  login = iota // none is asked for, or it was right
	loginAsked              // for the first time, or with a new nonce
	loginStale              // what came was for a nonce that has aged
	loginWrong
)

// senderOf finds the trunk or device that a request comes from. Only an INVITE
// is asked for a login: nothing else costs anybody anything.
func (s *Server) senderOf(req *sip.Request, source netip.AddrPort) sender {
	if s.fromBrowser(req) { // a page on a trunk's address is still a page
		_, ok := s.identityOf(source)
		return sender{known: ok}
	}
	names := s.certified.behind(req, source)
	candidates := s.trunks().from(source.Addr(), names)
	if len(candidates) > 0 && candidates[0].Login.User == "" {
		return sender{trunk: candidates[0], known: true}
	}
	if s.registrar.hasFlow(source) {
		return sender{known: true}
	}
	known := slices.ContainsFunc(candidates, func(t *trunk) bool { return t.identified(source.Addr(), names) })
	if len(candidates) == 0 || req.Method != sip.INVITE {
		return sender{known: known}
	}
	h := req.GetHeader("authorization")
	if h == nil {
		return sender{known: known, login: loginAsked}
	}
	_, name, verdict := s.logins().verify(h.Value(), string(req.Method), source.Addr(), nobodyKnown, s.admission.now())
	t := s.trunks().named(string(name))
	switch {
	case verdict == stale:
		return sender{known: known, login: loginStale}
	case verdict != granted || !slices.Contains(candidates, t):
		return sender{known: known, login: loginWrong}
	}
	if !known {
		s.admission.forgive(source.Addr())
	}
	return sender{trunk: t, known: true}
}

// nobodyKnown: no source is known beforehand.
func nobodyKnown(call.AgentID) bool { return false }

// identified says whether address or certificate tell the trunk, with no login.
func (t *trunk) identified(addr netip.Addr, names []string) bool {
	return (len(t.sources) > 0 || len(t.Certificate) > 0 || t.Login.User == "") && t.sends(addr, names)
}

// askLogin challenges an INVITE (RFC 3261, section 22.1). Somebody we do not
// know is answered once and counted, as any stranger is; who then proves to be a
// trunk is forgiven.
func (s *Server) askLogin(req *sip.Request, tx *sip.ServerTx, source netip.AddrPort, from sender) {
	challenge := func(res *sip.Response) {
		res.AppendHeader(sip.NewHeader("WWW-Authenticate",
			s.logins().challenge(source.Addr(), from.login == loginStale, s.admission.now())))
	}
	if from.login == loginWrong {
		s.metrics.refused("credentials")
	}
	if from.known {
		s.rejectWith(req, tx, 401, "Unauthorized", challenge)
		return
	}
	s.metrics.refused("source")
	s.admission.struck(source.Addr())
	s.dismissWith(req, tx, 401, "Unauthorized", challenge)
}

// stranger says whether a request comes from neither a trunk, nor a registered
// device, nor an authenticated page.
func (s *Server) stranger(req *sip.Request, source netip.AddrPort) bool {
	if s.fromBrowser(req) {
		_, ok := s.identityOf(source)
		return !ok
	}
	names := s.certified.behind(req, source)
	return !slices.ContainsFunc(s.trunks(), func(t *trunk) bool { return t.identified(source.Addr(), names) }) &&
		!s.registrar.hasFlow(source)
}
