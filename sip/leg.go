// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
	"tandem/media"
)

// Sizes of a leg's mailboxes.
const (
	maxUnread   = 64 // events that a call may leave unread
	maxMessages = 16 // requests that may wait for a leg; further ones get 503
	maxRepeats  = 8  // repeated or forked 2xx that may wait; the far end repeats them anyway
)

// errLegOver says that a leg has ended before what was asked could be done.
var errLegOver = errors.New("the leg is over")

// leg is one party's side of a call: a dialog, its media endpoint and the one
// goroutine that owns both. It satisfies call.Leg. How it opens is the business
// of inbound and outbound, which embed it.
type leg struct {
	id        call.LegID
	tag       string // our tag, by which requests find the leg
	sipCallID string
	remote    call.Party
	agent     call.AgentID // whose device is at the far end, or ""
	instance  string       // of that device, or ""
	page      bool         // the device is a browser's page
	trunk     *trunk       // by which the call came or goes, or nil
	origin    origin       // of an inbound leg

	server *Server
	log    *slog.Logger
	events chan call.LegEvent
	mail   mailbox

	endpoint Endpoint // set before anybody else sees the leg
	abandon  func()   // tells the far end after a panic before the 2xx
	state             // owned by the leg's goroutine

	kept atomic.Pointer[[]byte] // what Keep returns
}

// mailbox is how others reach a leg's goroutine.
type mailbox struct {
	mu       sync.Mutex         // guards shut
	shut     bool               // nothing more goes into messages
	messages chan message       // requests within the dialog
	ring     chan struct{}      // capacity 1
	answers  chan chan error    // Answer waits on what it sends
	flows    chan flow          // capacity 1: the newest flow of the agent's page
	repeats  chan *sip.Response // 2xx after the first
	reports  chan bool          // capacity 1: how the transfer of a REFER has ended
	hangup   chan struct{}      // closed by the first Hangup
	once     sync.Once
	cause    call.Cause    // of that Hangup
	done     chan struct{} // closed when the goroutine has ended
}

// state is what the leg's goroutine knows.
type state struct {
	dialog   dialog
	opened   bool         // a 2xx has been sent or taken
	over     bool         // Ended has been sent
	cause    call.Cause   // that it told
	closed   bool         // nothing more to do: the goroutine ends
	pending  *unacked     // our 2xx that has no ACK yet
	order    sequence     // requests that wait for their turn
	digits   digitSources // of RFC 4733 and INFO
	ack      *sip.Request // what repeats of the newest 2xx to us are answered with
	referral *referral    // a REFER whose end is not told yet
	ours     *exchange    // our own request that has no answer yet

	reviving                bool // of a former process, and not yet known to be there
	savedAt                 savedPoint
	savedLocal, savedRemote []byte    // as last kept
	unpracked               *reliable // our provisional response that has no PRACK yet
	refreshAt, expireAt     time.Time // of the session timer; zero: never
}

func (s *Server) newLeg(tag, sipCallID string, remote call.Party) *leg {
	id := call.LegID(newTag()[:16])
	s.tracer.claim(sipCallID, "")
	return &leg{
		id: id, tag: tag, sipCallID: sipCallID, remote: remote, server: s,
		log:    s.log.With("leg", id, "sip_call_id", sipCallID),
		events: make(chan call.LegEvent, maxUnread+1),
		mail: mailbox{
			messages: make(chan message, maxMessages),
			ring:     make(chan struct{}, 1),
			answers:  make(chan chan error),
			flows:    make(chan flow, 1),
			repeats:  make(chan *sip.Response, maxRepeats),
			reports:  make(chan bool, 1),
			hangup:   make(chan struct{}),
			done:     make(chan struct{}),
		},
	}
}

func (l *leg) inbound() bool { return l.origin.branch != "" }

func (l *leg) direction() string {
	if l.inbound() {
		return "inbound"
	}
	return "outbound"
}

// ID satisfies call.Leg.
func (l *leg) ID() call.LegID { return l.id }

// Remote satisfies call.Leg.
func (l *leg) Remote() call.Party { return l.remote }

// SIPCallID satisfies call.Leg.
func (l *leg) SIPCallID() string { return l.sipCallID }

// Belongs satisfies call.Traced.
func (l *leg) Belongs(id call.ID) { l.server.tracer.claim(l.sipCallID, id) }

// Port satisfies call.Leg.
func (l *leg) Port() media.Port { return l.endpoint.Port() }

// Watch satisfies call.Leg.
func (l *leg) Watch() { l.endpoint.Watch() }

// Hold satisfies call.Leg.
func (l *leg) Hold(on bool) { l.endpoint.Hold(on) }

// Events satisfies call.Leg.
func (l *leg) Events() <-chan call.LegEvent { return l.events }

// Ring satisfies call.Leg.
func (l *leg) Ring() {
	select {
	case l.mail.ring <- struct{}{}:
	default:
	}
}

// Answer satisfies call.Leg.
func (l *leg) Answer(ctx context.Context) error {
	done := make(chan error, 1)
	select {
	case l.mail.answers <- done:
	case <-l.mail.done:
		return fmt.Errorf("answer leg %s: %w", l.id, errLegOver)
	case <-ctx.Done():
		return fmt.Errorf("answer leg %s: %w", l.id, ctx.Err())
	}
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("answer leg %s: %w", l.id, err)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the ACK of leg %s: %w: %w", l.id, call.ErrUnacknowledged, ctx.Err())
	}
}

// Hangup satisfies call.Leg.
func (l *leg) Hangup(c call.Cause) {
	l.mail.once.Do(func() {
		l.mail.cause = c
		close(l.mail.hangup)
	})
}

// follow tells the leg where its device is now. It never blocks: of several
// moves only the last counts. Called by one goroutine at a time, under the
// registrar's lock.
func (l *leg) follow(f flow) {
	select {
	case <-l.mail.flows:
	default:
	}
	select {
	case l.mail.flows <- f:
	default:
	}
}

// start runs a leg's story in its goroutine, from the table's entry to its
// removal, and says whether there was room.
func (s *Server) start(l *leg, story func()) bool {
	if !s.legs.add(l, s.options().MaxCalls) {
		return false
	}
	s.metrics.legs.WithLabelValues(l.direction()).Inc()
	s.wg.Go(func() {
		defer s.metrics.legs.WithLabelValues(l.direction()).Dec()
		defer s.legs.remove(l)
		defer l.leave()
		defer l.endForSure()
		defer l.survive()
		story()
	})
	return true
}

// survive ends a leg whose own code has failed, and that leg only.
func (l *leg) survive() {
	p := recover()
	if p == nil {
		return
	}
	l.server.metrics.panics.Inc()
	l.log.Error("panic in a leg", "err", p, "stack", string(debug.Stack()))
	if l.pending != nil {
		l.settle(errLegOver)
	}
	if !l.opened {
		l.abandon()
	} else if !l.closed {
		if err := l.sendBye(context.Background(), call.CauseInternal); err != nil {
			l.log.Debug("bye not sent", "err", err)
		}
	}
	l.end(call.CauseInternal)
}

// endForSure keeps the contract that every leg ends, and frees a goroutine that
// waits in Answer.
func (l *leg) endForSure() {
	l.end(call.CauseInternal)
	if l.pending != nil {
		l.settle(errLegOver)
	}
}

// leave closes the mailbox and answers what is left in it.
func (l *leg) leave() {
	l.mail.close()
	for m := range l.mail.messages {
		l.order.parked = append(l.order.parked, m)
	}
	for _, m := range l.order.parked {
		if m.tx != nil {
			l.server.reject(m.req, m.tx, 481, "Call/Transaction Does Not Exist")
		}
	}
}

// end tells the call that the leg is over and frees its media. Only the first
// one counts. What the far end must still be told follows elsewhere.
func (l *leg) end(c call.Cause) {
	if l.over {
		return
	}
	l.over, l.cause = true, c
	l.events <- call.Ended{Cause: c} // one place is kept for it
	close(l.events)
	l.server.metrics.ended.WithLabelValues(l.direction(), string(c)).Inc()
	l.log.Info("leg ended", "cause", c)
	if l.endpoint == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			l.server.metrics.panics.Inc()
			l.log.Error("panic while closing media", "err", p, "stack", string(debug.Stack()))
		}
	}()
	l.endpoint.Close()
}

// post reports an event; one that finds the call's mailbox full is dropped.
func (l *leg) post(ev call.LegEvent) {
	if l.over {
		return
	}
	if len(l.events) >= maxUnread {
		l.server.metrics.dropped.Inc()
		return
	}
	l.events <- ev
}

// heard passes on what the media endpoint reports.
func (l *leg) heard(ev media.Event) {
	switch ev := ev.(type) {
	case media.Digit:
		l.digit(fromRTP, ev.Key, time.Now())
	case media.Held:
		if ev.On {
			l.post(call.Held{})
		} else {
			l.post(call.Resumed{})
		}
	case media.OneWay:
		l.post(call.AudioOneWay{Working: ev.Working})
	case media.Lost:
		if !l.opened {
			return // nobody needs to speak before the answer
		}
		l.log.Info("media lost")
		l.Hangup(call.CauseMediaLost)
	case media.Failed:
		l.log.Info("media failed", "err", ev.Err)
		l.Hangup(call.CauseMediaLost)
	case media.Connected:
		l.log.Debug("media connected")
	}
}
