// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// This file is the requests by which we refresh a session: UPDATE without an
// offer where the far end knows it (RFC 4028, section 7.4), else a re-INVITE
// that says what was said before.

// exchange is a request of ours within the dialog that has no final answer yet.
type exchange struct {
	tx     *sip.ClientTx
	method sip.RequestMethod
	seq    uint32
	timer  sessionTimer
}

// Waits of RFC 3261, section 14.1, after a 491.
const (
	glareStep       = 10 * time.Millisecond
	glareOwnerLeast = 2100 * time.Millisecond
	glareOwnerMost  = 4 * time.Second
	glareOtherMost  = 2 * time.Second
	// retryLimit is the longest Retry-After that we follow.
	retryLimit = 10 * time.Minute
)

// glareWait is how long whoever made the Call-ID, or else the other end, waits
// before a request that met another one is sent anew.
func glareWait(owner bool) time.Duration {
	if owner {
		return glareOwnerLeast + glareStep*time.Duration(rand.IntN(int((glareOwnerMost-glareOwnerLeast)/glareStep)+1))
	}
	return glareStep * time.Duration(rand.IntN(int(glareOtherMost/glareStep)+1))
}

// refreshSession sends the request.
func (l *leg) refreshSession(ctx context.Context) error {
	method := sip.INVITE
	if l.dialog.Updates {
		method = sip.UPDATE
	}
	f, err := l.server.route(ctx, &l.dialog)
	if err != nil {
		return err
	}
	req, err := l.dialog.request(method, 0)
	if err != nil {
		return err
	}
	if contact := l.server.contact(l.dialog.Flow); contact != nil {
		req.AppendHeader(contact)
	}
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.AppendHeader(sip.NewHeader("Supported", supported))
	for _, h := range l.timerHeaders(l.dialog.Timer) {
		req.AppendHeader(sip.NewHeader(h.name, h.value))
	}
	if method == sip.INVITE {
		kind := sip.ContentTypeHeader(sdpType)
		req.AppendHeader(&kind)
		req.SetBody(l.dialog.LocalSDP)
	}
	tx, err := l.server.request(ctx, req, f)
	if err != nil {
		return fmt.Errorf("refresh the session: %w", err)
	}
	tx.OnRetransmission(l.mail.repeat)
	l.ours = &exchange{tx: tx, method: method, seq: req.CSeq().SeqNo, timer: l.dialog.Timer}
	return nil
}

// repeat leaves a 2xx that came again for the leg's goroutine.
func (b *mailbox) repeat(res *sip.Response) {
	if res.To() == nil || res.CSeq() == nil {
		return
	}
	select {
	case b.repeats <- res:
	default:
	}
}

// underWay are the channels of the request of ours that is under way; nil if
// there is none.
func (l *leg) underWay() (answers <-chan *sip.Response, ended <-chan struct{}) {
	if l.ours == nil {
		return nil, nil
	}
	return l.ours.tx.Responses(), l.ours.tx.Done()
}

// replied takes a response to our request.
func (l *leg) replied(ctx context.Context, res *sip.Response) {
	if res.IsProvisional() || res.CSeq() == nil || res.CSeq().SeqNo != l.ours.seq {
		return
	}
	x := l.ours
	l.ours = nil
	switch {
	case res.IsSuccess():
		l.refreshed(ctx, x, res)
	case l.over:
	case res.StatusCode == 408 || res.StatusCode == 481, l.reviving && res.StatusCode != 491:
		l.log.Info("far end knows the call no more")
		l.finish(ctx, l.lost()) // RFC 3261, section 12.2.1.2
	case res.StatusCode == 491:
		l.refreshAt = time.Now().Add(glareWait(!l.inbound()))
	case res.StatusCode == 422:
		was := l.dialog.Timer.Interval
		l.dialog.Timer.Interval = max(was, min(minSE(res), maxMinSE))
		l.refreshAt = time.Now()
		if l.dialog.Timer.Interval == was { // it wants no more than we asked for: not at once again
			l.refreshAt = l.refreshAt.Add(was / 8)
		}
	case x.method == sip.UPDATE && (res.StatusCode == 405 || res.StatusCode == 501):
		l.dialog.Updates = false
		l.refreshAt = time.Now()
	default: // refused: the session stays as it was, and alive
		l.refreshAt = time.Now().Add(retryAfter(res, l.dialog.Timer.Interval/8))
	}
}

// unanswered says that nothing came to our request, which is as good as 408.
func (l *leg) unanswered(ctx context.Context) {
	select {
	case res := <-l.ours.tx.Responses(): // came together with the end
		l.replied(ctx, res)
	default:
	}
	if l.ours == nil {
		return
	}
	l.ours = nil
	if l.over {
		return
	}
	if l.page { // its socket: audio has its own way
		return
	}
	l.log.Info("far end does not answer")
	l.finish(ctx, l.lost())
}

// refreshed takes a 2xx.
func (l *leg) refreshed(ctx context.Context, x *exchange, res *sip.Response) {
	l.dialog.retarget(res)
	l.dialog.Updates = lists(res, "allow", "UPDATE") || l.dialog.Updates && res.GetHeader("allow") == nil
	if x.method == sip.INVITE {
		ack, err := l.server.acknowledge(ctx, &l.dialog, x.seq)
		if err != nil {
			l.log.Info("ACK not sent", "err", err)
		}
		l.ack = ack
		if l.over {
			return
		}
		if sdp, err := sdpOf(res); err == nil && sdp != nil && string(sdp) != string(l.dialog.RemoteSDP) {
			if err := l.endpoint.Accept(sdp); err != nil {
				l.log.Info("answer to a refresh refused", "err", err)
			} else {
				l.dialog.RemoteSDP = sdp
			}
		}
	}
	if !l.over {
		l.timedBy(res, x.timer)
		l.revived()
	}
}

func retryAfter(res *sip.Response, otherwise time.Duration) time.Duration {
	h := res.GetHeader("retry-after")
	if h == nil {
		return otherwise
	}
	value, _, _ := strings.Cut(h.Value(), ";")
	value, _, _ = strings.Cut(value, "(")
	n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return otherwise
	}
	return min(time.Duration(n)*time.Second, retryLimit)
}
