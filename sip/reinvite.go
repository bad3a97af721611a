// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"

	"github.com/emiago/sipgo/sip"

	"tandem/media"
)

// errNoAnswer says that an ACK or 2xx lacks the session description that it had
// to bear.
var errNoAnswer = errors.New("no session description where one must be")

// reinvite takes a change of the session: hold, resume, another codec or
// address (RFC 3261, section 14.2). Whatever we refuse leaves it as it was.
func (l *leg) reinvite(ctx context.Context, m message) {
	if l.ours != nil && l.ours.method == sip.INVITE {
		l.pendingRequest(m)
		return
	}
	if l.pending != nil {
		if l.pending.lateOffer {
			l.pendingRequest(m)
			return
		}
		l.settle(nil) // a new INVITE says as much as the ACK that was lost
	}
	offer, err := sdpOf(m.req)
	if err != nil {
		l.server.rejectBody(m.req, m.tx, sdpType)
		return
	}
	if l.server.rejectTooShort(m.req, m.tx) {
		return
	}
	local, err := l.describe(ctx, offer)
	if err != nil {
		l.refuseOffer(m, err)
		return
	}
	l.refresh(m)
	res := l.success(m.req, local)
	u := &unacked{tx: m.tx, res: res, seq: m.req.CSeq().SeqNo, lateOffer: offer == nil}
	l.server.metrics.answered(sip.INVITE, 200)
	if err := l.await(u); err != nil {
		l.log.Debug("response not sent", "err", err)
	}
}

// update is a re-INVITE without ACK (RFC 3311, section 5.2).
func (l *leg) update(ctx context.Context, m message) {
	offer, err := sdpOf(m.req)
	if err != nil {
		l.server.rejectBody(m.req, m.tx, sdpType)
		return
	}
	if l.server.rejectTooShort(m.req, m.tx) {
		return
	}
	if offer == nil {
		l.refresh(m)
		l.answer(m, 200, "OK", func(res *sip.Response) {
			l.addContact(res)
			l.timed(m.req, res)
		})
		return
	}
	if l.pending != nil && l.pending.lateOffer || l.ours != nil && l.ours.method == sip.INVITE {
		l.pendingRequest(m)
		return
	}
	local, err := l.describe(ctx, offer)
	if err != nil {
		l.refuseOffer(m, err)
		return
	}
	l.refresh(m)
	l.answer(m, 200, "OK", func(res *sip.Response) {
		l.addContact(res)
		l.timed(m.req, res)
		addSDP(res, local)
	})
}

// pendingRequest refuses an offer that crosses one of ours (RFC 3261, section
// 14.2; RFC 3311, section 5.2).
func (l *leg) pendingRequest(m message) {
	l.answer(m, 491, "Request Pending", nil)
}

// describe answers an offer, or makes one of ours where there is none.
func (l *leg) describe(ctx context.Context, offer []byte) ([]byte, error) {
	if offer == nil {
		local, err := l.endpoint.Offer(ctx)
		if err == nil {
			l.dialog.LocalSDP = local
		}
		return local, err
	}
	local, err := l.endpoint.Answer(ctx, offer)
	if err == nil {
		l.dialog.LocalSDP, l.dialog.RemoteSDP = local, offer
	}
	return local, err
}

func (l *leg) refuseOffer(m message, err error) {
	if errors.Is(err, media.ErrNotAcceptable) {
		l.answer(m, 488, "Not Acceptable Here", nil)
		return
	}
	l.log.Warn("session not changed", "err", err)
	l.answer(m, 500, "Server Internal Error", nil)
}

// refresh follows the far end's Contact, and a flow that is its source.
func (l *leg) refresh(m message) {
	l.dialog.retarget(m.req)
	if l.dialog.Flow.Pinned && l.dialog.Flow.Transport == "udp" {
		l.dialog.Flow.Remote = m.source
	}
}

// success is a 200 to an INVITE with our session description.
func (l *leg) success(req *sip.Request, sdp []byte) *sip.Response {
	res := sip.NewResponseFromRequest(req, 200, "OK", nil)
	l.addContact(res)
	addCapabilities(res)
	l.timed(req, res)
	addSDP(res, sdp)
	return res
}

// addContact adds our tag and Contact (RFC 3261, section 12.1.1).
func (l *leg) addContact(res *sip.Response) {
	res.To().Params.Add("tag", l.tag)
	if contact := l.server.contact(l.dialog.Flow); contact != nil {
		res.AppendHeader(contact)
	}
}

// contact is where in-dialog requests reach us over the flow's transport.
func (s *Server) contact(f flow) *sip.ContactHeader {
	host, port, err := s.advertised(f)
	if err != nil {
		s.log.Warn("no contact address", "err", err)
		return nil
	}
	c := &sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "tandem", Host: host, Port: port}}
	if f.Secure {
		c.Address.Scheme = "sips"
		return c
	}
	if f.Transport != "udp" {
		c.Address.UriParams = sip.HeaderParams{{K: "transport", V: f.Transport}}
	}
	return c
}
