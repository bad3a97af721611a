// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
	"tandem/media"
)

// ringAgain is how often 180 is repeated so that no proxy on the way gives up
// (RFC 3261, section 13.3.1.1).
const ringAgain = time.Minute

// arrival is an INVITE outside of any dialog.
type arrival struct {
	req     *sip.Request
	tx      *sip.ServerTx
	carrier *trunk // nil: the source is known but may place no calls
	source  netip.AddrPort
	at      time.Time
}

// inbound is a leg that a caller opened.
type inbound struct {
	*leg
	arrival
	number    string
	cancelled chan struct{} // closed when sipgo has answered a CANCEL
	local     []byte        // our description, until the 200 bears it
	lateOffer bool          // local is an offer
	rang      *sip.Response // the 180 that was sent
}

// invite is where a call begins: policy first, then a leg.
func (s *Server) invite(ctx context.Context, a arrival) {
	if a.carrier == nil {
		s.metrics.refused("source")
		s.reject(a.req, a.tx, 403, "Forbidden")
		return
	}
	o := openingOf(a.req)
	branch := a.req.Via().Params.GetOr("branch", "")
	if first := s.legs.openedBy(o); first != nil {
		if first.origin.branch == branch {
			a.tx.Terminate() // a late copy of what became a call
			return
		}
		s.reject(a.req, a.tx, 482, "Loop Detected")
		return
	}
	if !s.acceptable(a) {
		return
	}
	if forwardings(a.req) > maxForwardings {
		s.metrics.refused("forwarded")
		a.refused(userOf(a.req.Recipient), 482, "forwarded too often")
		s.reject(a.req, a.tx, 482, "Loop Detected")
		return
	}
	number := a.carrier.dialled(a.req)
	if len(number) > maxNumber || !s.handlers.Accepts(number, a.carrier.Name) {
		s.metrics.refused("number")
		a.refused(number, 404, "the number is not configured")
		s.reject(a.req, a.tx, 404, "Not Found")
		return
	}
	if !a.carrier.admit(a.at) {
		s.metrics.refused("trunkLimit")
		if a.carrier.complaints.due(a.at) {
			s.log.Warn("trunk's limit reached, calls refused", "trunk", a.carrier.Name)
		}
		a.refused(number, 503, "the trunk's limit of calls, or of calls a second, is reached")
		s.rejectBusy(a.req, a.tx)
		return
	}
	in := s.newInbound(a, number, o, branch)
	if !s.start(in.leg, func() { in.story(ctx) }) {
		a.carrier.leave()
		s.metrics.refused("calls")
		if a.carrier.complaints.due(a.at) {
			s.log.Warn("too many calls in all, calls refused", "trunk", a.carrier.Name)
		}
		a.refused(number, 503, "there are too many calls in all")
		s.rejectBusy(a.req, a.tx)
	}
}

// refused takes down a call that did not come to be, for people to read.
func (a arrival) refused(number string, status int, reason string) {
	if len(number) > maxNumber {
		number = number[:maxNumber]
	}
	a.carrier.history.refusedCall(Refusal{
		At: a.at, Direction: "inbound", Number: cleanName(number), Status: status, Reason: reason,
	})
}

// strayCancel takes a CANCEL that matched no transaction (RFC 3261, section
// 9.2). sipgo hands over each message in a goroutine of its own, so the INVITE
// may be a moment behind: a caller who was told 481 would leave a call that
// goes on.
func (s *Server) strayCancel(req *sip.Request, tx *sip.ServerTx, source netip.AddrPort) {
	// What answers a CANCEL passes by sipgo's state machine: without this the
	// transaction would stay for ever.
	defer tx.Terminate()
	look := time.NewTicker(orderWait / 5)
	defer look.Stop()
	for range 5 {
		if l := s.legs.openedBy(openingOf(req)); l != nil && l.origin.addr == source.Addr() {
			s.reject(req, tx, 200, "OK")
			l.Hangup(call.CauseHangup)
			return
		}
		select {
		case <-look.C:
		case <-s.quit:
			return
		}
	}
	s.reject(req, tx, 481, "Call/Transaction Does Not Exist")
}

// acceptable checks what holds for every new call (RFC 3261, section 8.2), and
// answers those that fail.
func (s *Server) acceptable(a arrival) bool {
	hops := a.req.MaxForwards()
	switch {
	case hops != nil && hops.Val() == 0:
		s.reject(a.req, a.tx, 483, "Too Many Hops")
	case s.rejectRequired(a.req, a.tx):
	case s.rejectTooShort(a.req, a.tx):
	case a.req.Contact() == nil || a.req.Contact().Address.Host == "":
		s.reject(a.req, a.tx, 400, "Missing Contact") // section 8.1.1.8
	case !acceptsSDP(a.req):
		s.reject(a.req, a.tx, 406, "Not Acceptable") // section 20.1
	case s.draining.Load():
		s.metrics.refused("draining")
		a.refused(userOf(a.req.Recipient), 503, "the server is about to end")
		s.rejectBusy(a.req, a.tx)
	default:
		return true
	}
	return false
}

// acceptsSDP says whether the caller could read a session description of ours.
func acceptsSDP(req *sip.Request) bool {
	headers := req.GetHeaders("accept")
	for _, h := range headers {
		for kind := range strings.SplitSeq(h.Value(), ",") {
			kind, _, _ = strings.Cut(kind, ";")
			switch strings.ToLower(strings.TrimSpace(kind)) {
			case sdpType, "application/*", "*/*":
				return true
			}
		}
	}
	return len(headers) == 0
}

func openingOf(req *sip.Request) opening {
	tag, _ := req.From().Params.Get("tag")
	return opening{sipCallID: req.CallID().Value(), fromTag: tag, seq: req.CSeq().SeqNo}
}

func (s *Server) newInbound(a arrival, number string, o opening, branch string) *inbound {
	caller := partyOf(a.req, a.carrier)
	verified, why := s.verifier().verify(a.req, caller.Number, number)
	if verified != "" {
		caller.Verstat = verified
	}
	l := s.newLeg(newTag(), a.req.CallID().Value(), caller)
	if why != nil {
		l.log.Info("caller's number not verified", "err", why)
	}
	l.trunk = a.carrier
	l.origin = origin{opening: o, branch: branch, addr: a.source.Addr()}
	l.log = l.log.With("trunk", a.carrier.Name)
	f := flow{
		Transport: strings.ToLower(a.req.Transport()),
		Remote:    a.source,
		Pinned:    a.carrier.NAT,
		Secure:    a.req.Recipient.Scheme == "sips",
	}
	if f.Transport == "udp" {
		f.Local = a.tx.Connection().LocalAddr().String()
	}
	l.dialog = dialogOfInvite(a.req, l.tag, f)
	in := &inbound{leg: l, arrival: a, number: number, cancelled: make(chan struct{})}
	l.abandon = in.abandon
	return in
}

// story is an inbound leg's life: the offer, the time before the answer, the
// time after it.
func (in *inbound) story(ctx context.Context) {
	defer in.carrier.leave()
	var once sync.Once
	if !in.tx.OnCancel(func(*sip.Request) { once.Do(func() { close(in.cancelled) }) }) {
		in.end(call.CauseHangup) // cancelled before we looked
		return
	}
	if !in.prepare(ctx) {
		return
	}
	in.log.Debug("invited", "remote", in.source)
	in.server.wg.Go(func() { in.tell(ctx) })
	if in.wait(ctx) {
		in.live(ctx)
	}
}

// tell runs the call that this leg belongs to.
func (in *inbound) tell(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			in.server.metrics.panics.Inc()
			in.log.Error("panic in a call", "err", p, "stack", string(debug.Stack()))
			in.Hangup(call.CauseInternal)
		}
	}()
	in.server.handlers.Incoming(ctx, Incoming{Leg: in.leg, Number: in.number, Trunk: in.carrier.Name, At: in.at})
	in.Hangup(call.CauseCompleted)
}

// prepare makes the media endpoint and answers the offer, so that a caller with
// whom we cannot talk never reaches a call.
func (in *inbound) prepare(ctx context.Context) bool {
	offer, err := sdpOf(in.req)
	if err != nil {
		in.server.rejectBody(in.req, in.tx, sdpType)
		in.end(call.CauseNotAcceptable)
		return false
	}
	endpoint, err := in.server.endpoints.RTP(in.source.Addr())
	if err == nil {
		in.endpoint = withCodecs(endpoint, in.carrier.Codecs)
		in.local, err = in.describe(ctx, offer)
		in.lateOffer = offer == nil
	}
	switch {
	case err == nil:
		return true
	case errors.Is(err, media.ErrNotAcceptable):
		in.server.metrics.refused(whyNotAcceptable(err))
		in.refused(in.number, 488, whyNotAcceptable(err))
		in.refuse(call.CauseNotAcceptable)
	case errors.Is(err, media.ErrNoPorts):
		in.log.Warn("no media port for a call", "err", err)
		in.refuse(call.CauseOverload)
	default:
		in.log.Warn("offer not answered", "err", err)
		in.refuse(call.CauseInternal)
	}
	return false
}

// whyNotAcceptable is the metric's word for a session that we cannot agree on.
func whyNotAcceptable(err error) string {
	switch {
	case errors.Is(err, media.ErrNoCodec):
		return "codec"
	case errors.Is(err, media.ErrNoKeys):
		return "keys"
	}
	return "media"
}

// wait is the time before the answer. It returns whether the 200 has been sent.
func (in *inbound) wait(ctx context.Context) bool {
	again := time.NewTicker(ringAgain)
	defer again.Stop()
	repeat := time.NewTimer(ringAgain)
	defer repeat.Stop()
	for {
		repeat.Reset(in.untilRepeat())
		select {
		case <-repeat.C:
			if in.repeatReliably(time.Now()) {
				return false
			}
		case <-in.mail.ring:
			in.ring()
		case <-again.C:
			in.ringOn()
		case done := <-in.mail.answers:
			select {
			case <-in.mail.ring: // asked for before
				in.ring()
			default:
			}
			return in.pickUp(done)
		case m := <-in.mail.messages:
			if in.early(ctx, m) {
				return false
			}
		case ev, ok := <-in.endpoint.Events():
			if !ok {
				in.refuse(call.CauseMediaLost)
				return false
			}
			in.heard(ev)
		case <-in.cancelled: // sipgo has sent 487
			in.end(call.CauseHangup)
			return false
		case <-in.tx.Done(): // the connection closed under it
			in.end(call.CauseHangup)
			return false
		case <-in.mail.hangup:
			in.refuse(in.mail.cause)
			return false
		case <-in.server.quit:
			in.refuse(call.CauseDraining)
			return false
		}
	}
}

func (in *inbound) ring() {
	if in.rang != nil {
		return
	}
	res := sip.NewResponseFromRequest(in.req, 180, "Ringing", nil)
	in.addContact(res)
	in.rang = res
	if lists(in.req, "require", "100rel") {
		in.ringReliably()
	}
	in.server.metrics.answered(sip.INVITE, 180)
	in.ringOn()
}

func (in *inbound) ringOn() {
	if in.rang == nil {
		return
	}
	if err := in.tx.Respond(in.rang); err != nil {
		in.log.Debug("180 not sent", "err", err)
	}
}

// pickUp sends the 200. A CANCEL that came a moment before wins.
func (in *inbound) pickUp(done chan error) bool {
	res := in.success(in.req, in.local)
	in.local = nil
	u := &unacked{tx: in.tx, res: res, seq: in.req.CSeq().SeqNo, lateOffer: in.lateOffer, waiter: done}
	if err := in.await(u); err != nil {
		// sipgo has kept our 200 as what it repeats to copies of the INVITE and
		// until the 487 is acknowledged: put the 487 back.
		_ = in.tx.Respond(sip.NewResponseFromRequest(in.req, 487, "Request Terminated", nil))
		done <- errLegOver
		in.end(call.CauseHangup)
		return false
	}
	in.opened = true
	in.server.metrics.answered(sip.INVITE, 200)
	in.log.Debug("call answered")
	return true
}

// early takes a request of the early dialog and says whether it ended the leg.
func (in *inbound) early(ctx context.Context, m message) bool {
	if !in.mayCome(m) || m.req.IsAck() {
		if m.tx != nil {
			in.server.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
		}
		return false
	}
	offer, err := sdpOf(m.req)
	if m.req.Method == sip.UPDATE && (err != nil || offer != nil) {
		// The INVITE's own offer has no answer yet (RFC 3311, section 5.2).
		in.dialog.RemoteSeq = max(in.dialog.RemoteSeq, m.req.CSeq().SeqNo)
		in.answer(m, 500, "Server Internal Error", addRetryAfter)
		return false
	}
	if m.req.Method == sip.INVITE {
		in.answer(m, 500, "Server Internal Error", addRetryAfter) // RFC 3261, section 14.2
		return false
	}
	in.handle(ctx, m)
	if !in.closed {
		return false
	}
	// BYE in an early dialog ends the INVITE too (RFC 3261, section 15.1.2).
	in.server.reject(in.req, in.tx, 487, "Request Terminated")
	return true
}

// refuse ends a call that was not answered.
func (in *inbound) refuse(c call.Cause) {
	in.server.rejectWith(in.req, in.tx, answerFor(c).status, answerFor(c).phrase, func(res *sip.Response) {
		res.To().Params.Add("tag", in.tag)
		res.AppendHeader(sip.NewHeader("Reason", reasonOf(c)))
		if answerFor(c).status == 503 {
			addRetryAfter(res)
		}
	})
	in.end(c)
}

// abandon answers an INVITE whose leg ended in a panic.
func (in *inbound) abandon() {
	if !in.opened {
		in.server.reject(in.req, in.tx, 500, "Server Internal Error")
	}
}
