// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"time"

	"github.com/emiago/sipgo/sip"
)

// This file is what becomes of a call out by a trunk that is challenged or not
// taken (RFC 3261, section 22.2; RFC 3263, section 4.3).

// again answers a challenge or takes another way, and says whether the call goes
// on.
func (o *outbound) again(ctx context.Context, res *sip.Response) bool {
	if o.routed == nil || o.over {
		return false
	}
	switch status := res.StatusCode; {
	case status == 401 || status == 407:
		proof, err := o.routed.way.trunk.credentials(o.invite, res, o.dialog.Flow, o.routed.answers)
		if err != nil {
			o.log.Warn("challenge of a trunk not answered", "trunk", o.routed.way.trunk.Name, "err", err)
			return false
		}
		o.routed.answers++
		o.routed.proof = []header{proof}
		return o.resend(ctx)
	case !answersCalls(status) && !o.rang:
		return o.elsewhere(ctx, status, "")
	}
	return false
}

// elsewhere goes on to the next way after one that has failed.
func (o *outbound) elsewhere(ctx context.Context, status int, problem string) bool {
	if o.routed == nil || o.over {
		return false
	}
	was := o.routed.way
	o.server.took(was.trunk, Probe{Target: was.flow.Remote, Status: status, At: time.Now(), Problem: problem})
	o.refusedBy(status, problem)
	family := o.dialog.Flow.Remote.Addr().Is4() // of the media port that we have
	for o.routed.advance(time.Now()) {
		d := o.routed.way.destination()
		if d.flow.Remote.Addr().Is4() != family {
			continue
		}
		from, err := o.server.identity(o.to.From, d.flow, o.routed.way.trunk)
		if err != nil {
			continue
		}
		from.Tag = o.tag
		o.uri = d.uri
		o.dialog.Local, o.dialog.Remote = from, end{URI: d.uri}
		o.dialog.Target, o.dialog.Flow, o.dialog.RemoteSDP = d.uri, d.flow, nil
		o.log.Info("call goes another way", "trunk", o.routed.way.trunk.Name, "remote", d.flow.Remote)
		if o.resend(ctx) {
			return true
		}
	}
	return false
}

// resend sends the INVITE anew, with what we have learnt; the transaction before
// it is over, or is left to itself.
func (o *outbound) resend(ctx context.Context) bool {
	if o.tx != nil {
		o.leaveBehind()
	}
	o.progressed, o.cancelled, o.fresh, o.earlies = false, false, true, map[string]*early{}
	if err := o.send(ctx, o.dialog.LocalSDP); err != nil {
		o.log.Info("call not sent", "err", err)
		return o.elsewhere(ctx, 0, err.Error())
	}
	return true
}

// leaveBehind ends an INVITE that nobody waits for any more: what it still
// brings about is cancelled, or acknowledged and ended, so that no far end is
// left in a call with nobody.
func (o *outbound) leaveBehind() {
	tx, invite, d := o.tx, o.invite, o.dialog
	l := o.leg
	o.server.wg.Go(func() {
		limit := time.NewTimer(ackLimit * sip.T1)
		defer limit.Stop()
		defer tx.Terminate()
		for {
			select {
			case <-tx.Done():
				return
			case <-l.server.gone:
				return
			case <-limit.C:
				return
			case res := <-tx.Responses():
				switch {
				case res.IsSuccess():
					l.server.endBranch(context.Background(), d, res, l.log)
					return
				case res.IsProvisional() && res.StatusCode > 100:
					l.server.cancelInvite(context.Background(), invite, "SIP;cause=480", l.log)
				case !res.IsProvisional():
					return
				}
			}
		}
	})
}

// refusedBy takes down that the trunk did not take the call.
func (o *outbound) refusedBy(status int, reason string) {
	if o.routed == nil {
		return
	}
	o.routed.way.trunk.history.refusedCall(Refusal{
		At: time.Now(), Direction: "outbound", Number: o.routed.way.number, Status: status, Reason: reason,
	})
}
