// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
	"tandem/media"
)

// outbound is a leg that we open.
type outbound struct {
	*leg
	to         call.Target
	uri        string
	invite     *sip.Request
	tx         *sip.ClientTx
	progressed bool              // a provisional response has come
	rang       bool              // Ringing has been reported
	cancelled  bool              // CANCEL has been sent
	fresh      bool              // the INVITE was sent anew: whoever waits begins anew
	routed     *routed           // the way by trunks; nil to devices and URIs
	earlies    map[string]*early // by the far end's tag
	asked      sessionTimer
}

// Dial satisfies call.Dialer.
func (s *Server) Dial(ctx context.Context, to call.Target) (call.Leg, error) {
	if to.Agent == "" && isNumber(to.URI) {
		return s.dialOut(ctx, to, s.trunks())
	}
	d, err := s.destination(ctx, to)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, to, d, nil)
}

// open starts an outbound leg to d; r is the way by trunks, if it goes by any.
func (s *Server) open(ctx context.Context, to call.Target, d destination, r *routed) (call.Leg, error) {
	var t *trunk
	if r != nil {
		t = r.way.trunk
	}
	local, err := s.identity(to.From, d.flow, t)
	if err != nil {
		return nil, fmt.Errorf("dial: %w: %w", err, call.ErrUnreachable)
	}
	endpoint, err := s.endpointFor(d.flow)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	if e, ok := endpoint.(interface{ Prefer(media.Codec) }); ok && to.Codec != media.NoCodec {
		e.Prefer(to.Codec)
	}
	if t != nil {
		endpoint = withCodecs(endpoint, t.Codecs)
	}
	l := s.newLeg(newTag(), newTag(), d.party)
	l.agent, l.instance, l.endpoint = d.agent, d.instance, endpoint
	l.page = d.flow.Transport == "ws"
	l.log = l.log.With("call", to.Call)
	l.Belongs(to.Call)
	local.Tag = l.tag
	l.dialog = dialog{
		SIPCallID: l.sipCallID, Local: local, Remote: end{URI: d.uri},
		Target: d.uri, Flow: d.flow,
	}
	l.trunk = t
	o := &outbound{leg: l, to: to, uri: d.uri, routed: r, earlies: map[string]*early{}}
	l.abandon = o.abandon
	if !s.start(l, func() { o.story(ctx) }) {
		endpoint.Close()
		return nil, fmt.Errorf("dial: the server is closing: %w", call.ErrUnreachable)
	}
	return l, nil
}

// endpointFor makes the media side that suits the device: browsers speak
// WebRTC, and nothing but browsers registers over a WebSocket.
func (s *Server) endpointFor(f flow) (Endpoint, error) {
	if f.Transport != "ws" {
		return s.endpoints.RTP(f.Remote.Addr())
	}
	if s.endpoints.Browser == nil {
		return nil, errors.New("no browser endpoints configured")
	}
	return s.endpoints.Browser()
}

// story is an outbound leg's life: our offer, the time until the answer, the
// time after it.
func (o *outbound) story(ctx context.Context) {
	if o.routed != nil {
		defer func() { o.routed.leave() }()
	}
	if err := o.call(ctx); err != nil && !o.elsewhere(ctx, 0, err.Error()) {
		o.log.Info("call not sent", "err", err)
		o.end(call.CauseUnreachable)
		return
	}
	if o.wait(ctx) {
		o.live(ctx)
	}
}

// call makes the offer and sends the INVITE (RFC 3261, section 13.2.1).
func (o *outbound) call(ctx context.Context) error {
	local, err := o.describe(ctx, nil)
	if err != nil {
		return fmt.Errorf("make an offer: %w", err)
	}
	o.asked.Interval = o.server.options().SessionExpires
	return o.send(ctx, local)
}

// send sends the INVITE with our offer.
func (o *outbound) send(ctx context.Context, local []byte) (err error) {
	o.invite, err = o.dialog.request(sip.INVITE, 0)
	if err != nil {
		return err
	}
	if contact := o.server.contact(o.dialog.Flow); contact != nil {
		o.invite.AppendHeader(contact)
	}
	o.invite.AppendHeader(sip.NewHeader("Allow", allowed))
	o.invite.AppendHeader(sip.NewHeader("Supported", supported))
	hs := o.headers()
	if o.routed != nil { // what devices are told is no business of a carrier's
		hs = append(o.routed.way.trunk.asserted(o.to.From), o.routed.proof...)
	}
	if !o.page {
		hs = append(hs, o.timerHeaders(o.asked)...)
	}
	for _, h := range hs {
		o.invite.AppendHeader(sip.NewHeader(h.name, h.value))
	}
	kind := sip.ContentTypeHeader(sdpType)
	o.invite.AppendHeader(&kind)
	o.invite.SetBody(local)
	o.tx, err = o.server.request(ctx, o.invite, o.dialog.Flow)
	if err != nil {
		return err
	}
	o.tx.OnRetransmission(o.more)
	o.log.Debug("call sent", "agent", o.agent, "remote", o.dialog.Flow.Remote)
	return nil
}

// more takes every 2xx after the first: a repeat, whose ACK was lost, or the
// answer of another branch of a fork.
func (o *outbound) more(res *sip.Response) {
	if res.To() == nil || res.CSeq() == nil {
		return // what comes over connections of ours has not passed admission
	}
	select {
	case <-o.mail.done: // the leg has gone: nobody else will tell the other branch
		o.server.wg.Go(func() { o.decline(context.Background(), res) })
	default:
		select {
		case o.mail.repeats <- res:
		default:
		}
	}
}

// wait is the time until the answer. It returns whether there is a dialog to
// live in. A leg that is over stays until its INVITE has an end, so that no
// late answer leaves a call with nobody in it.
func (o *outbound) wait(ctx context.Context) bool {
	progress := time.NewTimer(o.server.options().NoProgress)
	defer progress.Stop()
	last := time.NewTimer(time.Hour)
	defer last.Stop()
	stop, quit, hangup := ctx.Done(), o.server.quit, o.mail.hangup
	for {
		events := o.endpoint.Events()
		if o.over {
			events = nil
		}
		if o.fresh {
			o.fresh = false
			progress.Reset(o.server.options().NoProgress)
		}
		select {
		case res := <-o.tx.Responses():
			if over, opened := o.response(ctx, res); over {
				return opened
			}
		case <-o.tx.Done(): // nothing came for 64*T1, or the connection closed
			if !o.progressed && o.elsewhere(ctx, 0, errNoResponse.Error()) {
				continue
			}
			o.end(call.CauseUnreachable)
			return false
		case <-progress.C:
			if !o.progressed && !o.over {
				if o.elsewhere(ctx, 0, errNoResponse.Error()) {
					continue
				}
				o.log.Info("no answer of any kind")
				o.end(call.CauseUnreachable)
			}
		case <-hangup:
			hangup = nil
			o.cancel(ctx, o.mail.cause)
			last.Reset(ackLimit * sip.T1)
		case <-stop:
			stop = nil
			o.cancel(ctx, call.CauseCallerGone)
			last.Reset(ackLimit * sip.T1)
		case <-quit:
			quit = nil
			o.cancel(ctx, call.CauseDrainForced)
			last.Reset(closeWait / 2)
		case <-last.C:
			o.tx.Terminate()
			return false
		case ev, ok := <-events:
			if ok {
				o.heard(ev)
			} else {
				o.Hangup(call.CauseMediaLost)
			}
		case m := <-o.mail.messages:
			o.early(m)
		case f := <-o.mail.flows:
			o.dialog.Flow = f
		case done := <-o.mail.answers:
			done <- errors.New("an outbound leg is answered by its far end")
		}
	}
}

// response takes one response and says whether the wait is over, and whether a
// dialog stands.
func (o *outbound) response(ctx context.Context, res *sip.Response) (over, opened bool) {
	switch {
	case res.To() == nil || res.CSeq() == nil:
		return false, false
	case res.IsProvisional():
		o.provisional(ctx, res)
		return false, false
	case res.IsSuccess():
		o.answered(ctx, res)
		return true, !o.closed
	}
	if res.StatusCode == 422 && !o.over && o.askLonger(ctx, res) {
		return false, false
	}
	if o.again(ctx, res) {
		return false, false
	}
	o.refusedBy(res.StatusCode, cleanName(res.Reason))
	o.log.Debug("call refused", "cause", causeOf(res.StatusCode))
	o.end(causeOf(res.StatusCode))
	return true, false
}

func (o *outbound) provisional(ctx context.Context, res *sip.Response) {
	o.progressed = true
	if o.over {
		o.sendCancel(ctx, call.CauseUnreachable)
		return
	}
	if res.StatusCode == 100 || !o.acknowledgeEarly(ctx, res) {
		return
	}
	if sdp, err := sdpOf(res); err == nil && sdp != nil && string(sdp) != string(o.dialog.RemoteSDP) {
		// Early media (RFC 3960): heard if it can be, no reason to end if not.
		if err := o.endpoint.Accept(sdp); err != nil {
			o.log.Debug("early media not taken", "err", err)
		} else {
			o.dialog.RemoteSDP = sdp
		}
	}
	if !o.rang && (res.StatusCode == 180 || res.StatusCode == 183) {
		o.rang = true
		o.post(call.Ringing{})
	}
}

// answered takes the 2xx: ACK in any case (RFC 3261, section 13.2.2.4), then
// talk, or BYE if the leg is over or the answer is of no use.
func (o *outbound) answered(ctx context.Context, res *sip.Response) {
	o.opened = true
	o.dialog.confirm(res)
	if e := o.earlies[o.dialog.Remote.Tag]; e != nil {
		o.dialog.LocalSeq = max(o.dialog.LocalSeq, e.dialog.LocalSeq)
	}
	if err := o.acknowledge(ctx); err != nil {
		o.log.Info("ACK not sent", "err", err)
	}
	if o.over {
		o.finish(ctx, o.cause)
		return
	}
	if err := o.acceptAnswer(res); err != nil {
		o.log.Info("answer refused", "err", err)
		o.finish(ctx, call.CauseNotAcceptable)
		return
	}
	o.timedBy(res, o.asked)
	o.save()
	o.post(call.Answered{})
}

// askLonger calls anew with the interval that a far end wants at least (RFC
// 4028, section 7.3), once.
func (o *outbound) askLonger(ctx context.Context, res *sip.Response) bool {
	least := minSE(res)
	if least <= o.asked.Interval || least > maxMinSE {
		return false
	}
	o.asked.Interval = least
	return o.resend(ctx)
}

func (o *outbound) acceptAnswer(res *sip.Response) error {
	sdp, err := sdpOf(res)
	if err != nil {
		return err
	}
	if sdp == nil && o.dialog.RemoteSDP == nil {
		return errNoAnswer
	}
	if sdp == nil || string(sdp) == string(o.dialog.RemoteSDP) {
		return nil // as the 183 said
	}
	if err := o.endpoint.Accept(sdp); err != nil {
		return err
	}
	o.dialog.RemoteSDP = sdp
	return nil
}

// acknowledge sends the ACK for a 2xx, and keeps it for repeats.
func (o *outbound) acknowledge(ctx context.Context) error {
	ack, err := o.server.acknowledge(ctx, &o.dialog, o.invite.CSeq().SeqNo)
	o.ack = ack
	return err
}

func (s *Server) acknowledge(ctx context.Context, d *dialog, seq uint32) (*sip.Request, error) {
	f, err := s.route(ctx, d)
	if err != nil {
		return nil, err
	}
	ack, err := d.request(sip.ACK, seq)
	if err != nil {
		return nil, err
	}
	ack.SetBody(nil)
	if err := s.stamp(ack, f, branchOf()); err != nil {
		return nil, err
	}
	if err := s.tp.WriteMsg(ack); err != nil {
		return ack, fmt.Errorf("send ACK: %w", err)
	}
	return ack, nil
}

// repeated answers a 2xx after the first.
func (l *leg) repeated(ctx context.Context, res *sip.Response) {
	if tag, _ := res.To().Params.Get("tag"); tag != l.dialog.Remote.Tag {
		l.decline(ctx, res)
		return
	}
	if l.ack == nil || l.ack.CSeq().SeqNo != res.CSeq().SeqNo {
		return
	}
	if err := l.server.tp.WriteMsg(l.ack); err != nil {
		l.log.Debug("ACK not repeated", "err", err)
	}
}

// decline ends the other branch of a fork: ACK, then BYE (RFC 3261, section
// 13.2.2.4). It may run after the leg has gone, and works on a copy.
func (l *leg) decline(ctx context.Context, res *sip.Response) {
	l.server.endBranch(ctx, l.dialog, res, l.log)
}

// endBranch ends a dialog that a 2xx to our INVITE made and that nobody wants; d
// is what it began as.
func (s *Server) endBranch(ctx context.Context, d dialog, res *sip.Response, log *slog.Logger) {
	if res.To() == nil || res.CSeq() == nil {
		return
	}
	d.confirm(res)
	seq := res.CSeq().SeqNo
	d.LocalSeq = seq
	if _, err := s.acknowledge(ctx, &d, seq); err != nil {
		log.Debug("ACK to another branch not sent", "err", err)
		return
	}
	f, err := s.route(ctx, &d)
	if err != nil {
		return
	}
	bye, err := d.request(sip.BYE, 0)
	if err != nil {
		return
	}
	if tx, err := s.request(ctx, bye, f); err == nil {
		s.forget(tx)
	}
}

// cancel ends a call that was not answered: CANCEL as soon as the far end has
// said anything (RFC 3261, section 9.1).
func (o *outbound) cancel(ctx context.Context, c call.Cause) {
	o.end(c)
	if o.progressed {
		o.sendCancel(ctx, c)
	}
}

func (o *outbound) sendCancel(ctx context.Context, c call.Cause) {
	if o.cancelled {
		return
	}
	o.cancelled = true
	o.server.cancelInvite(ctx, o.invite, reasonOf(c), o.log)
}

// cancelInvite cancels an INVITE of ours that has had a provisional response.
func (s *Server) cancelInvite(ctx context.Context, invite *sip.Request, reason string, log *slog.Logger) {
	req := sip.NewRequest(sip.CANCEL, invite.Recipient)
	req.AppendHeader(invite.Via().Clone()) // the same branch: section 9.1
	sip.CopyHeaders("Route", invite, req)
	sip.CopyHeaders("From", invite, req)
	sip.CopyHeaders("To", invite, req)
	sip.CopyHeaders("Call-ID", invite, req)
	hops := sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: sip.CANCEL})
	req.AppendHeader(&hops)
	req.AppendHeader(sip.NewHeader("Reason", reason))
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	tx, err := s.tl.Request(context.WithoutCancel(ctx), req)
	if err != nil {
		log.Debug("CANCEL not sent", "err", err)
		return
	}
	s.forget(tx)
}

// early takes a request before the answer: there is no dialog that it could be
// in but an early one, and our offer is open (RFC 3311, section 5.2).
func (o *outbound) early(m message) {
	switch {
	case m.tx == nil:
	case !o.mayCome(m) || !o.rang:
		o.server.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
	case m.req.Method == sip.INVITE || m.req.Method == sip.UPDATE:
		o.pendingRequest(m)
	case m.req.Method == sip.OPTIONS:
		o.answer(m, 200, "OK", addCapabilities)
	default:
		o.server.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
	}
}

// abandon tells the far end after a panic before its 2xx.
func (o *outbound) abandon() {
	if o.tx != nil && o.progressed {
		o.sendCancel(context.Background(), call.CauseInternal)
	}
	if o.tx != nil {
		o.server.forget(o.tx)
	}
}

// headers are what the call tells the device, in a fixed order.
func (o *outbound) headers() []header {
	hs := []header{{"X-Tandem-Call", string(o.to.Call)}}
	if o.to.Offer != 0 {
		hs = append(hs, header{"X-Tandem-Offer", strconv.FormatUint(uint64(o.to.Offer), 10)})
	}
	if o.to.Queue != "" {
		hs = append(hs,
			header{"X-Tandem-Queue", string(o.to.Queue)},
			header{"X-Tandem-Waited", strconv.Itoa(int(o.to.Waited / time.Second))})
	}
	if o.to.Resume != "" {
		hs = append(hs, header{"X-Tandem-Resume", o.to.Resume})
	}
	for i, h := range hs {
		hs[i].value = strings.NewReplacer("\r", "", "\n", "").Replace(h.value)
	}
	return hs
}

type header struct{ name, value string }
