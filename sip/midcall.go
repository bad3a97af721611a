// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// arrive takes a message within the dialog. An ACK makes no transaction and has
// no turn of its own; the rest waits for its CSeq.
func (l *leg) arrive(ctx context.Context, m message) {
	if !l.mayCome(m) {
		// Right tags from a wrong place: somebody has listened.
		l.server.metrics.refused("dialogSource")
		if m.tx != nil {
			l.server.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
		}
		return
	}
	if m.req.IsAck() {
		l.acknowledged(ctx, m.req)
		return
	}
	l.order.push(m, time.Now())
}

// mayCome says whether requests of this dialog may come from there: the address
// its flow leads to, another one of the same trunk, or the agent's own device.
func (l *leg) mayCome(m message) bool {
	s, from := l.server, m.source
	flow := l.dialog.Flow
	if from.Addr() == flow.Remote.Addr() && flow.Transport != "ws" || from == flow.Remote {
		return true
	}
	if l.agent != "" {
		return s.registrar.isFlowOf(from, l.agent) || flow.Transport != "ws" && s.trunks().of(from.Addr()) != nil
	}
	return l.trunk != nil && l.trunk.identified(from.Addr(), s.certified.behind(m.req, from))
}

// handle takes a request whose turn it is.
func (l *leg) handle(ctx context.Context, m message) {
	s := l.server
	seq := m.req.CSeq().SeqNo
	if l.dialog.Heard && seq <= l.dialog.RemoteSeq {
		s.reject(m.req, m.tx, 500, "Server Internal Error") // RFC 3261, section 12.2.2
		return
	}
	l.dialog.RemoteSeq, l.dialog.Heard = seq, true
	if m.req.Method == sip.BYE {
		l.byeCame(m)
		return
	}
	if l.over {
		s.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
		return
	}
	if s.rejectRequired(m.req, m.tx) {
		return
	}
	switch m.req.Method {
	case sip.INVITE:
		l.reinvite(ctx, m)
	case sip.UPDATE:
		l.update(ctx, m)
	case sip.INFO:
		l.info(m)
	case sip.REFER:
		l.refer(ctx, m)
	case sip.PRACK:
		l.prack(m)
	case sip.OPTIONS:
		l.answer(m, 200, "OK", addCapabilities)
	default:
		s.rejectMethod(m.req, m.tx)
	}
}

// byeCame ends the leg (RFC 3261, section 15.1.2).
func (l *leg) byeCame(m message) {
	l.answer(m, 200, "OK", nil)
	// sipgo would keep the transaction for 64*T1, several KB for each call that
	// ended. A copy of the BYE that is later than T4, the longest a message
	// lives in the network, is answered 481, which ends it as well.
	time.AfterFunc(sip.T4, m.tx.Terminate)
	if l.pending != nil {
		l.settle(errLegOver)
	}
	l.closed = true
	l.end(l.whyBye(m.req))
}

// whyBye tells an agent's page whose own media has died, which nobody meant as
// a hang-up, from one that hangs up: JsSIP ends a session whose ICE has failed
// with the status of a timeout in Reason (RFC 3326, section 2).
func (l *leg) whyBye(bye *sip.Request) call.Cause {
	reason := bye.GetHeader("Reason")
	if l.agent == "" || reason == nil {
		return call.CauseHangup
	}
	protocol, params, _ := strings.Cut(strings.ToLower(reason.Value()), ";")
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.TrimSpace(protocol) == "sip" && name == "cause" && value == "408" {
			return call.CauseMediaLost
		}
	}
	return call.CauseHangup
}

// answer sends a response within the dialog.
func (l *leg) answer(m message, status int, reason string, edit func(*sip.Response)) {
	if err := l.server.respond(m.req, m.tx, status, reason, edit); err != nil {
		l.log.Debug("response not sent", "err", err)
	}
}

// acknowledged ends the wait for the ACK of our 2xx and takes the answer that it
// bears if the 2xx bore our offer (RFC 3261, section 13.2.1).
func (l *leg) acknowledged(ctx context.Context, ack *sip.Request) {
	u := l.pending
	if u == nil || u.seq != ack.CSeq().SeqNo {
		return // a copy
	}
	if !u.lateOffer || l.over {
		l.settle(nil)
		if l.over {
			l.finish(ctx, l.cause)
		}
		return
	}
	answer, err := sdpOf(ack)
	if err == nil && answer != nil {
		err = l.endpoint.Accept(answer)
	} else if err == nil {
		err = errNoAnswer
	}
	l.settle(err)
	if err != nil {
		l.log.Info("answer in the ACK refused", "err", err)
		l.finish(ctx, call.CauseNotAcceptable)
		return
	}
	l.dialog.RemoteSDP = answer
}
