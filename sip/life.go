// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

const (
	// ackLimit is how long an unanswered 2xx is repeated, in units of T1 (RFC
	// 3261, section 13.3.1.4).
	ackLimit = 64
	// flowWait is how long a leg that is over waits for its agent's page to come
	// back on a new socket, so that it can be told.
	flowWait = 20 * time.Second
)

// unacked is a 2xx of ours to an INVITE that waits for its ACK.
type unacked struct {
	tx        *sip.ServerTx
	res       *sip.Response
	seq       uint32
	lateOffer bool // the 2xx bears our offer, the ACK will bear the answer
	waiter    chan error
	interval  time.Duration
	next      time.Time
	limit     time.Time
}

// await sends a 2xx to an INVITE and begins to wait for its ACK.
func (l *leg) await(u *unacked) error {
	if err := u.tx.Respond(u.res); err != nil {
		return fmt.Errorf("send 200: %w", err)
	}
	now := time.Now()
	u.interval = sip.T1
	u.next = now.Add(u.interval)
	u.limit = now.Add(ackLimit * sip.T1)
	l.pending = u
	return nil
}

// settle ends the wait for an ACK. The transaction, which would absorb copies
// of the INVITE for 32 s, is given up early: the table of openings absorbs
// them at a tenth of the memory.
func (l *leg) settle(err error) {
	u := l.pending
	l.pending = nil
	if u.waiter != nil {
		if err != nil {
			err = fmt.Errorf("%w: %w", call.ErrUnacknowledged, err)
		}
		u.waiter <- err
	}
	u.tx.Terminate()
}

// live is the story of a leg from its 2xx to its end.
func (l *leg) live(ctx context.Context) {
	clock := time.NewTimer(time.Hour)
	defer clock.Stop()
	stop, quit, hangup := ctx.Done(), l.server.quit, l.mail.hangup
	if l.inbound() {
		stop = nil // its context is the server's, whose end quit tells
	}
	var farewell time.Time // when a leg that is over gives up telling the far end
	for !l.closed {
		l.save()
		clock.Reset(l.untilNext(time.Now(), farewell))
		events := l.endpoint.Events()
		if l.over {
			events = nil
		}
		answers, ended := l.underWay()
		select {
		case m := <-l.mail.messages:
			l.arrive(ctx, m)
		case ev, ok := <-events:
			if !ok { // closed by itself: the endpoint is dead
				l.finish(ctx, call.CauseMediaLost)
				break
			}
			l.heard(ev)
		case res := <-answers:
			l.replied(ctx, res)
		case <-ended:
			l.unanswered(ctx)
		case res := <-l.mail.repeats:
			l.repeated(ctx, res)
		case f := <-l.mail.flows:
			l.dialog.Flow = f
			if l.over {
				l.finish(ctx, l.cause)
			}
		case done := <-l.mail.answers:
			done <- nil // answered already
		case done := <-l.mail.reports:
			l.reported(ctx, done)
		case <-hangup:
			hangup = nil
			select {
			case done := <-l.mail.reports: // before the goodbye
				l.reported(ctx, done)
			default:
			}
			l.finish(ctx, l.mail.cause)
		case <-stop:
			stop = nil
			l.finish(ctx, call.CauseCompleted)
		case <-quit:
			quit = nil
			l.finish(ctx, call.CauseDrainForced)
			l.closed = true
		case <-clock.C:
		}
		l.tick(ctx, time.Now())
		if l.over && farewell.IsZero() {
			farewell = time.Now().Add(flowWait)
		}
		if l.over && l.pending == nil && !farewell.IsZero() && time.Now().After(farewell) {
			l.closed = true
		}
	}
}

// untilNext is when the clock must wake the leg.
func (l *leg) untilNext(now, farewell time.Time) time.Duration {
	next := time.Hour
	if l.pending != nil {
		next = min(next, l.pending.next.Sub(now))
	}
	for _, at := range []time.Time{l.refreshAt, l.expireAt} {
		if !at.IsZero() && !l.over {
			next = min(next, at.Sub(now))
		}
	}
	if w := l.order.wait(now); w > 0 {
		next = min(next, w)
	}
	if !farewell.IsZero() {
		next = min(next, farewell.Sub(now))
	}
	return max(next, time.Millisecond)
}

// tick does what is due: requests whose turn has come, and repeats of a 2xx.
func (l *leg) tick(ctx context.Context, now time.Time) {
	for !l.closed {
		m, ok := l.order.pop(l.dialog.RemoteSeq, l.dialog.Heard, now)
		if !ok {
			break
		}
		l.handle(ctx, m)
	}
	l.refreshDue(ctx, now)
	u := l.pending
	if u == nil || l.closed || now.Before(u.next) {
		return
	}
	if !now.Before(u.limit) {
		l.log.Info("no ACK for our 200")
		l.settle(errNoACK)
		l.finish(ctx, call.CauseNoACK)
		return
	}
	// RFC 3261, section 13.3.1.4: at T1, doubling up to T2.
	if err := u.tx.Respond(u.res); err != nil {
		l.log.Debug("200 not repeated", "err", err)
	}
	u.interval = min(2*u.interval, sip.T2)
	u.next = now.Add(u.interval)
}

// errNoACK says that a 200 was never acknowledged.
var errNoACK = errors.New("no ACK came")

// finish ends the leg from our side: the call hears of it now, the far end as
// soon as the rules let us say BYE.
func (l *leg) finish(ctx context.Context, c call.Cause) {
	l.end(c)
	if l.pending != nil && !l.server.quitting() {
		// RFC 3261, section 15: no BYE before the ACK or the end of its wait.
		return
	}
	err := l.sendBye(ctx, l.cause)
	if errors.Is(err, errFlowGone) {
		l.log.Debug("bye waits for the page to come back")
		return
	}
	if err != nil {
		l.log.Debug("bye not sent", "err", err)
	}
	l.closed = true
}

func (s *Server) quitting() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

func (l *leg) sendBye(ctx context.Context, c call.Cause) error {
	ctx = context.WithoutCancel(ctx) // the goodbye outlives what ended the call
	f, err := l.server.route(ctx, &l.dialog)
	if err != nil {
		return err
	}
	bye, err := l.dialog.request(sip.BYE, 0)
	if err != nil {
		return err
	}
	bye.AppendHeader(sip.NewHeader("Reason", reasonOf(c)))
	tx, err := l.server.request(ctx, bye, f)
	if err != nil {
		return err
	}
	l.server.forget(tx)
	return nil
}
