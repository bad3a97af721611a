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

	"tandem/call"
)

// This file is reliable provisional responses (RFC 3262). We send them only to
// those who require it; whatever comes reliably is acknowledged.

// maxEarly is how many branches of a fork may ring reliably.
const maxEarly = 8

// reliable is a provisional response of ours that waits for its PRACK.
type reliable struct {
	res         *sip.Response
	rseq, cseq  uint32
	interval    time.Duration
	next, limit time.Time
}

// ringReliably makes the 180 one that is repeated until its PRACK (section 3).
func (in *inbound) ringReliably() {
	r := &reliable{res: in.rang, rseq: rand.Uint32()>>1 | 1, cseq: in.req.CSeq().SeqNo, interval: sip.T1}
	in.rang.AppendHeader(sip.NewHeader("Require", "100rel"))
	in.rang.AppendHeader(sip.NewHeader("RSeq", strconv.FormatUint(uint64(r.rseq), 10)))
	now := time.Now()
	r.next, r.limit = now.Add(r.interval), now.Add(ackLimit*sip.T1)
	in.unpracked = r
}

// untilRepeat is when the reliable 180 is due again; for ever if none is.
func (in *inbound) untilRepeat() time.Duration {
	if in.unpracked == nil {
		return ringAgain
	}
	return max(time.Until(in.unpracked.next), time.Millisecond)
}

// repeatReliably sends it again, or says that nobody has acknowledged it for
// 64*T1: the call is then refused.
func (in *inbound) repeatReliably(now time.Time) (refused bool) {
	r := in.unpracked
	if r == nil || now.Before(r.next) {
		return false
	}
	if !now.Before(r.limit) {
		in.log.Info("no PRACK for our 180")
		in.refuse(call.CauseNoACK)
		return true
	}
	in.ringOn()
	r.interval *= 2
	r.next = now.Add(r.interval)
	return false
}

// prack takes the acknowledgement of a provisional response.
func (l *leg) prack(m message) {
	rseq, cseq, ok := rackOf(m.req)
	r := l.unpracked
	if !ok || r == nil || r.rseq != rseq || r.cseq != cseq {
		l.server.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	l.unpracked = nil
	l.answer(m, 200, "OK", nil)
}

// rackOf reads RAck: "776656 1 INVITE" (section 7.2).
func rackOf(req *sip.Request) (rseq, cseq uint32, ok bool) {
	h := req.GetHeader("rack")
	if h == nil {
		return 0, 0, false
	}
	field := strings.Fields(h.Value())
	if len(field) != 3 || field[2] != string(sip.INVITE) {
		return 0, 0, false
	}
	a, err1 := strconv.ParseUint(field[0], 10, 32)
	b, err2 := strconv.ParseUint(field[1], 10, 32)
	return uint32(a), uint32(b), err1 == nil && err2 == nil
}

// early is a branch of our INVITE that has answered provisionally.
type early struct {
	dialog dialog
	rseq   uint32
}

// acknowledgeEarly sends the PRACK for a reliable provisional response and says
// whether the response is news: copies, and such as come before their turn, are
// not (section 4).
func (o *outbound) acknowledgeEarly(ctx context.Context, res *sip.Response) (news bool) {
	h := res.GetHeader("rseq")
	tag, tagged := res.To().Params.Get("tag")
	if h == nil || !lists(res, "require", "100rel") || !tagged {
		return true
	}
	n, err := strconv.ParseUint(strings.TrimSpace(h.Value()), 10, 32)
	if err != nil || n == 0 {
		return false
	}
	e := o.earlies[tag]
	switch {
	case e == nil && len(o.earlies) >= maxEarly:
		return false
	case e == nil:
		e = &early{dialog: o.dialog}
		o.earlies[tag] = e
	case uint32(n) != e.rseq+1:
		return false
	}
	e.rseq = uint32(n)
	e.dialog.confirm(res)
	if err := o.sendPrack(ctx, e); err != nil {
		o.log.Debug("PRACK not sent", "err", err)
	}
	return true
}

func (o *outbound) sendPrack(ctx context.Context, e *early) error {
	f, err := o.server.route(ctx, &e.dialog)
	if err != nil {
		return err
	}
	req, err := e.dialog.request(sip.PRACK, 0)
	if err != nil {
		return err
	}
	req.AppendHeader(sip.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", e.rseq, o.invite.CSeq().SeqNo)))
	tx, err := o.server.request(ctx, req, f)
	if err != nil {
		return err
	}
	o.server.forget(tx)
	return nil
}
