// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// This file is REFER (RFC 3515) from the telephones of agents: who transfers a
// caller by the telephone's own key is told how it went, to the end.

const (
	fragmentType = "message/sipfrag;version=2.0"
	// referralLife is how long we may take to tell the end of a transfer (RFC
	// 3515, section 2.4.4), in seconds.
	referralLife = 60
)

// referral is a REFER that we have accepted and whose end is not told yet.
type referral struct {
	id uint32 // its CSeq (section 2.4.6)
}

// refer takes a transfer. Callers may transfer nobody: what they ask for would
// be a call that nobody of ours has asked for.
func (l *leg) refer(ctx context.Context, m message) {
	targets := append(m.req.GetHeaders("refer-to"), m.req.GetHeaders("r")...)
	switch {
	case l.agent == "":
		l.answer(m, 603, "Decline", nil)
		return
	case len(targets) != 1: // section 2.4.2
		l.answer(m, 400, "One Refer-To", nil)
		return
	case l.referral != nil || !l.opened:
		l.answer(m, 491, "Request Pending", nil)
		return
	}
	to, ok := referredTo(targets[0].Value())
	if !ok {
		l.answer(m, 603, "Decline", nil)
		return
	}
	l.referral = &referral{id: m.req.CSeq().SeqNo}
	l.answer(m, 202, "Accepted", func(res *sip.Response) { l.addContact(res) })
	l.notifyReferral(ctx, 100, "Trying")
	reports := l.mail.reports
	l.post(call.Referred{To: to, Report: func(done bool) {
		select {
		case reports <- done:
		default: // it was told before
		}
	}})
}

// referredTo is the user part of a Refer-To. One that names a dialog to be
// replaced (RFC 5589, section 7) is not understood.
func referredTo(value string) (string, bool) {
	var uri sip.Uri
	var params sip.HeaderParams
	if _, err := sip.ParseAddressValue(value, &uri, &params); err != nil || uri.User == "" || len(uri.Headers) > 0 {
		return "", false
	}
	if method := uri.UriParams.GetOr("method", "INVITE"); !strings.EqualFold(method, "INVITE") {
		return "", false
	}
	user := userOf(uri)
	return user, len(user) <= maxName
}

// reported tells the telephone how its transfer has ended.
func (l *leg) reported(ctx context.Context, done bool) {
	if l.referral == nil {
		return
	}
	if done {
		l.notifyReferral(ctx, 200, "OK")
	} else {
		l.notifyReferral(ctx, 404, "Not Found")
	}
	l.referral = nil
}

// notifyReferral sends a NOTIFY with a status line as its body (section 2.4.5).
func (l *leg) notifyReferral(ctx context.Context, status int, reason string) {
	if err := l.sendNotify(ctx, status, reason); err != nil {
		l.log.Debug("NOTIFY not sent", "err", err)
	}
}

func (l *leg) sendNotify(ctx context.Context, status int, reason string) error {
	ctx = context.WithoutCancel(ctx)
	f, err := l.server.route(ctx, &l.dialog)
	if err != nil {
		return err
	}
	req, err := l.dialog.request(sip.NOTIFY, 0)
	if err != nil {
		return err
	}
	state := fmt.Sprintf("active;expires=%d", referralLife)
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	if contact := l.server.contact(l.dialog.Flow); contact != nil {
		req.AppendHeader(contact)
	}
	req.AppendHeader(sip.NewHeader("Event", fmt.Sprintf("refer;id=%d", l.referral.id)))
	req.AppendHeader(sip.NewHeader("Subscription-State", state))
	kind := sip.ContentTypeHeader(fragmentType)
	req.AppendHeader(&kind)
	req.SetBody([]byte(fmt.Sprintf("SIP/2.0 %d %s\r\n", status, reason)))
	tx, err := l.server.request(ctx, req, f)
	if err != nil {
		return err
	}
	l.server.forget(tx)
	return nil
}
