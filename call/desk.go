// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// Limits of the desk.
const (
	deskMailbox = 4096                  // events waiting for the desk; whoever tells more waits
	callMailbox = 64                    // messages waiting for one call; a call that leaves more unread is ended
	publishGap  = 50 * time.Millisecond // least time between two snapshots
	openBudget  = 50 * time.Millisecond // what a caller waits for the record before the 200
)

// Errors that the desk's doors return.
var (
	ErrUnreachable  = errors.New("no device is registered")
	ErrNotAllowed   = errors.New("the target is not on the allow list")
	ErrUnknownAgent = errors.New("no such agent")
	ErrWrongState   = errors.New("not possible in this state")
	ErrBadStatus    = errors.New("no such status")
	// ErrUnacknowledged is for makers of legs: the 200 has left and the leg ended
	// before its ACK came.
	ErrUnacknowledged = errors.New("answered, not acknowledged")
	ErrUnknownQueue   = errors.New("no such queue")
	// ErrNoDisposition: the queue wants one before the wrap-up ends.
	ErrNoDisposition = errors.New("a disposition is wanted first")
	ErrNotWaiting    = errors.New("nobody of that name is in line")
)

// Number says what answers a dialled number.
type Number struct {
	Number   string        // exact; or
	Prefix   string        // the longest matching prefix wins
	Trunk    string        // only from this trunk; "" means any
	Flow     ivr.FlowID    // must exist
	Language string        // "en" or "zh"
	Ringback time.Duration // how long it rings before the answer; 0: answered at once
}

// Desks is what a Desk is made of. All fields are required but
// Statuses, Fetcher, Recordings and Rehearsals.
type Desks struct {
	Queues  []acd.Queue
	Agents  []acd.Agent
	Numbers []Number
	Flows   map[ivr.FlowID]*ivr.Flow
	// WaitFlow is what callers hear while they wait when neither queue node nor
	// queue names another.
	WaitFlow ivr.FlowID
	// Statuses are those that an agent may choose beside available and offline.
	Statuses []acd.Status
	// DialAllowed are the patterns (path.Match) of what a flow may dial.
	DialAllowed []string
	// ResumeGrace is how long an agent's page may take to come back in a call
	// before the caller goes back into the line; default 30 s.
	ResumeGrace time.Duration
	// Rehearsals are calls of the tests of flows; nil: none are taken.
	Rehearsals *Rehearsals
	// Zones are where the queues' days begin at midnight; default time.Local.
	Zones map[QueueID]*time.Location
	// Hours are when the queues are open, and DialHours when their customers may be
	// called back; without: always. Each change is an event.
	Hours     map[QueueID]*ivr.Hours
	DialHours map[QueueID]*ivr.Hours
	// Disposing are the queues whose agents must choose a disposition before they
	// end a wrap-up.
	Disposing map[QueueID]bool
	// LastAgent finds who talked to a number last; nil: nobody is known.
	LastAgent func(ctx context.Context, number string) (AgentID, error)
	// CallerIDs are whom the customers of each queue see when they are called
	// back; without one: nobody.
	CallerIDs map[QueueID]Party
	// AcceptKeys are the keys by which agents accept a call on their phone, so
	// that no answering machine does; without one the answer accepts.
	AcceptKeys map[AgentID]byte

	// Fetcher asks other systems for data; nil: none can be asked.
	Fetcher Fetcher

	// Recordings is the folder of what callers say; "": nothing is recorded.
	Recordings string

	Dialer  Dialer
	Records Records
	// Journal keeps decisions before promises are given; nil: they are given at
	// once. Recovered is what it had at the start.
	// Reviver brings the legs of calls back that were alive then.
	Journal   Journal
	Recovered Recovered
	Reviver   Reviver
	Sounds    Sounds
	Metrics   *Metrics
	Log       *slog.Logger
}

// Desk owns the distributor. Make it with NewDesk, run it with Run; every other
// method may be called from any goroutine while Run runs.
type Desk struct {
	cfg   Desks // what stays; what may change is read by plan
	plans atomic.Pointer[Desks]
	clock Clock
	log   *slog.Logger

	inbox    chan request
	done     chan struct{} // closed when Run has returned
	snapshot atomic.Pointer[Snapshot]
	changed  atomic.Pointer[chan struct{}]
	alive    atomic.Int64
	calls    sync.WaitGroup // of Take

	// Owned by Run's goroutine.
	acd      *acd.Distributor
	lines    map[acd.ContactID]*line
	seats    map[AgentID]*seat
	dirty    bool
	wishes   map[acd.ContactID]CallbackWish // being applied
	launch   func(*Call)                    // starts a callback's goroutine
	backs    sync.WaitGroup                 // those goroutines
	days     []time.Time                    // when the next day of each queue of the plan begins
	newDays  bool                           // they are of another plan than the timer was set by
	promises promises
	hours    []hours
}

// line is what the desk knows of one contact.
type line struct {
	call     *Call // nil once its goroutine has ended
	card     Card
	language string // that the caller chose
}

// seat is what the desk knows of one agent beside the distributor.
type seat struct {
	contact  acd.ContactID // of the present work
	activity acd.Activity
	view     DeskView
}

// request is one event for the desk, or something to do between two events.
type request struct {
	event acd.Event
	do    func() ([]acd.Event, error)
	reply chan error // of do; may be nil
}

// NewDesk makes a desk with nobody signed in.
func NewDesk(cfg Desks) *Desk {
	if cfg.ResumeGrace == 0 {
		cfg.ResumeGrace = 30 * time.Second
	}
	d := &Desk{
		cfg:    cfg,
		clock:  NewClock(cfg.Recovered.At),
		log:    cfg.Log,
		inbox:  make(chan request, deskMailbox),
		done:   make(chan struct{}),
		acd:    cfg.Recovered.ACD,
		lines:  map[acd.ContactID]*line{},
		seats:  map[AgentID]*seat{},
		wishes: map[acd.ContactID]CallbackWish{},
	}
	for _, a := range cfg.Agents {
		d.seats[a.ID] = &seat{activity: acd.Idle}
	}
	d.plans.Store(&d.cfg)
	first := make(chan struct{})
	d.changed.Store(&first)
	d.promises.news = make(chan struct{}, 1)
	if d.acd == nil {
		d.acd = acd.New(acd.Options{})
	}
	d.apply(acd.Configured{Queues: cfg.Queues, Agents: cfg.Agents})
	if d.Restored() {
		d.restarted()
	}
	d.firstDays()
	d.publish(d.clock.Now())
	return d
}

// Run is the desk's loop; it returns when ctx ends. A panic in it ends the
// process: half-applied routing is worse than a restart.
func (d *Desk) Run(ctx context.Context) {
	defer d.backs.Wait()
	defer close(d.done)
	d.launch = func(c *Call) { d.backs.Go(func() { c.liveBack(ctx) }) }
	deadline := time.NewTimer(time.Hour)
	defer deadline.Stop()
	publish := time.NewTimer(0)
	defer publish.Stop()
	d.firstHours()
	calendar := time.NewTimer(d.keepHours())
	defer calendar.Stop()
	midnight := time.NewTimer(d.untilMidnight())
	defer midnight.Stop()
	for {
		var event acd.Event = acd.Tick{}
		select {
		case <-ctx.Done():
			return
		case r := <-d.inbox:
			d.serve(r)
			if d.newDays {
				d.newDays = false
				midnight.Reset(d.untilMidnight())
				calendar.Reset(d.keepHours())
			}
			event = nil
		case <-calendar.C:
			calendar.Reset(d.keepHours())
			event = nil
		case <-midnight.C:
			d.beginDays()
			midnight.Reset(d.untilMidnight())
			event = nil
		case <-deadline.C:
		case <-d.promises.news:
			d.keepPromises()
			continue
		case late := <-d.alarms():
			event = d.late(late)
		case <-publish.C:
			if d.dirty {
				d.publish(d.clock.Now())
			}
			publish.Reset(publishGap)
			continue
		}
		if event != nil {
			d.apply(event)
		}
		d.rearm(deadline)
	}
}

// serve handles one request of the inbox.
func (d *Desk) serve(r request) {
	handed := d.promises.handed
	if r.event != nil {
		d.apply(r.event)
	}
	if r.do == nil {
		return
	}
	events, err := r.do()
	for _, ev := range events {
		d.apply(ev)
	}
	if r.reply == nil {
		return
	}
	if d.promises.handed != handed { // what it did is told when it is kept
		d.promises.add(d, func() { r.reply <- err })
		return
	}
	r.reply <- err
}

// apply is the one place where something is decided.
func (d *Desk) apply(event acd.Event) []acd.Effect {
	began := time.Now()
	now := d.clock.Now()
	effects := d.acd.Apply(now, event)
	d.hand(acd.Decision{At: now, Event: event, Effects: effects})
	for _, effect := range effects {
		if isPromise(effect) {
			d.promiseEffect(now, effect)
		} else {
			d.carryOut(now, effect)
		}
	}
	d.dirty = true
	d.cfg.Metrics.deskEvent(time.Since(began))
	return effects
}

// carryOut does one effect. Nothing here waits: records are queued, calls are
// told by mail.
func (d *Desk) carryOut(now time.Time, effect acd.Effect) {
	switch e := effect.(type) {
	case acd.Offer:
		d.seats[e.Agent].view = DeskView{Offer: e.ID}
		d.mail(e.Contact, e)
	case acd.Withdraw:
		if !d.recall(e.ID) { // nobody has heard of it yet
			d.mail(e.Contact, e)
		}
	case acd.Bridge:
		d.mail(e.Contact, e)
	case acd.Release:
		d.log.Info("released", "call", e.Contact, "queue", e.Queue, "how", e.Ending) // its VisitEnded ends the wait
	case acd.Announce:
		d.mail(e.Contact, e)
	case acd.Dial:
		d.seats[e.Agent].view = DeskView{}
		d.mail(e.Contact, e)
	case acd.DialEnded:
		d.mail(e.Contact, e)
		d.cfg.Records.Keep(CallbackTried{Callback: e.Contact, At: now, Agent: e.Agent, Attempt: e.Attempt, How: e.How, Again: e.Again})
		d.cfg.Metrics.dialEnded(e)
	case acd.CallbackKept:
		d.callbackKept(now, e)
	case acd.PlaceResumed:
		d.log.Info("place resumed", "call", e.Contact, "queue", e.Queue)
	case acd.VisitEnded:
		d.mail(e.Contact, e)
		d.cfg.Records.Keep(QueueVisit{Call: ID(e.Contact), VisitEnded: e})
		d.cfg.Metrics.visitEnded(e)
		if e.Kind == acd.KindCallback && e.To == "" {
			d.cfg.Records.Keep(CallbackOver{Callback: e.Contact, At: now, Ending: e.Ending, Agent: e.Agent})
		}
		if e.To != "" {
			d.cfg.Records.Keep(QueueEntered{Call: ID(e.Contact), Contact: e.Contact, Queue: e.To, At: e.Ended})
		}
	case acd.Intervened:
		d.intervened(now, e)
	case acd.OfferEnded:
		d.offerEnded(now, e)
	case acd.StatusChanged:
		d.cfg.Records.Keep(AgentStatus{At: now, StatusChanged: e})
		d.log.Info("status changed", "agent", e.Agent, "status", e.Status, "reason", e.Reason, "actor", e.Actor)
		if e.Status == acd.Available {
			d.seats[e.Agent].view.Last = nil
		}
	case acd.ActivityChanged:
		d.cfg.Records.Keep(AgentActivity{At: now, Call: ID(e.Contact), ActivityChanged: e})
		d.activityChanged(e)
	}
}

// offerEnded keeps the record and what the agent's page shows of it.
func (d *Desk) offerEnded(now time.Time, e acd.OfferEnded) {
	d.cfg.Records.Keep(OfferMade{Call: ID(e.Contact), OfferEnded: e, Ended: now})
	d.cfg.Metrics.offerEnded(e)
	s := d.seats[e.Agent]
	if s == nil {
		return
	}
	s.view.Offer = 0
	if e.How == acd.Taken {
		s.view.Last = nil
		return
	}
	d.log.Info("offer ended", "call", e.Contact, "agent", e.Agent, "how", e.How)
	view := OfferView{Offer: e.ID, How: e.How, Began: e.Began, Ended: now}
	if l := d.lines[e.Contact]; l != nil {
		view.Card = l.card
	}
	s.view.Last = &view
}

// activityChanged follows which contact an agent works on, and forgets a
// contact that nobody works on any more.
func (d *Desk) activityChanged(e acd.ActivityChanged) {
	s := d.seats[e.Agent]
	if s == nil {
		s = &seat{}
		d.seats[e.Agent] = s
	}
	before := s.contact
	s.contact, s.activity = e.Contact, e.Activity
	if before != e.Contact {
		d.forget(before)
	}
}

// forget drops a contact whose call is over and whom no agent still works on.
func (d *Desk) forget(contact acd.ContactID) {
	l := d.lines[contact]
	if l == nil || l.call != nil {
		return
	}
	for _, s := range d.seats {
		if s.contact == contact {
			return
		}
	}
	if d.cfg.Journal != nil {
		d.cfg.Journal.Note(Kept{Call: ID(contact), Place: PlaceOver})
	}
	delete(d.lines, contact)
}

// mail hands a message to a call without ever waiting for it.
func (d *Desk) mail(contact acd.ContactID, message any) {
	l := d.lines[contact]
	if l == nil || l.call == nil {
		return // its goroutine has ended; its ContactLeft is in the inbox
	}
	select {
	case l.call.mail <- message:
	default:
		d.log.Error("call leaves its mail unread", "call", contact)
		l.call.end(CauseInternal)
	}
}

// rearm sets the timer to the distributor's next deadline.
func (d *Desk) rearm(timer *time.Timer) {
	at := d.acd.Deadline()
	if at.IsZero() {
		timer.Reset(time.Hour)
		return
	}
	timer.Reset(max(0, at.Sub(d.clock.Now())))
}

// publish makes the snapshot that pages and metrics read.
func (d *Desk) publish(now time.Time) {
	s := &Snapshot{
		Snapshot: d.acd.Snapshot(now),
		Cards:    make(map[acd.ContactID]Card, len(d.lines)),
		Desks:    make(map[AgentID]DeskView, len(d.seats)),
	}
	for id, l := range d.lines {
		s.Cards[id] = l.card
	}
	for id, seat := range d.seats {
		s.Desks[id] = seat.view
	}
	d.snapshot.Store(s)
	d.dirty = false
	next := make(chan struct{})
	close(*d.changed.Swap(&next))
}

// Snapshot returns the newest snapshot; never nil, never changed afterwards.
func (d *Desk) Snapshot() *Snapshot { return d.snapshot.Load() }

// Changed returns a channel that is closed when a newer snapshot is published.
// Take it before reading Snapshot, so that no change is missed.
func (d *Desk) Changed() <-chan struct{} { return *d.changed.Load() }

// tell hands an event to the desk. It waits while the desk's mailbox is full.
func (d *Desk) tell(event acd.Event) { d.send(request{event: event}) }

func (d *Desk) send(r request) {
	select {
	case d.inbox <- r:
	case <-d.done:
	}
}

// ask runs do on the desk's goroutine and applies the events it returns.
func (d *Desk) ask(ctx context.Context, do func() ([]acd.Event, error)) error {
	r := request{do: do, reply: make(chan error, 1)}
	select {
	case d.inbox <- r:
	case <-d.done:
		return ErrWrongState
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-r.reply:
		return err
	case <-d.done:
		return ErrWrongState
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Incoming is a call that has passed the edge's policy.
type Incoming struct {
	Leg    Leg
	Number string // dialled
	Trunk  string
	At     time.Time // the INVITE arrived
	// Trusted says that the network vouches for the caller's number: only then
	// does it find the place of a call that was cut off, or an open callback.
	Trusted bool
}

// Route finds what answers a number from a trunk.
func (d *Desk) Route(number, trunk string) (Number, bool) {
	var best Number
	found := false
	for _, n := range d.plan().Numbers {
		switch {
		case n.Trunk != "" && n.Trunk != trunk:
		case n.Number != "" && n.Number == number:
			return n, true
		case n.Number == "" && len(number) >= len(n.Prefix) && number[:len(n.Prefix)] == n.Prefix &&
			(!found || len(n.Prefix) > len(best.Prefix)):
			best, found = n, true
		}
	}
	return best, found
}

// Take runs one call from its INVITE to its record, in the caller's goroutine.
// It returns when the call is over, and it never panics.
func (d *Desk) Take(ctx context.Context, in Incoming) {
	number, ok := d.Route(in.Number, in.Trunk)
	if !ok {
		in.Leg.Hangup(CauseUnknownNumber)
		return
	}
	if d.cfg.Records.Full() {
		d.cfg.Metrics.callRefused()
		in.Leg.Hangup(CauseOverload)
		return
	}
	d.calls.Add(1)
	defer d.calls.Done()
	d.alive.Add(1)
	defer d.alive.Add(-1)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := newCall(d, in, number, cancel)
	defer c.legs.Wait()
	defer close(c.over)
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("panic in call", "err", p, "stack", string(debug.Stack()))
			d.cfg.Metrics.panicked()
			c.finish(CauseInternal)
		}
	}()
	c.finish(c.run(ctx, in.Trunk))
}

// Wait returns when every call taken is over.
func (d *Desk) Wait() { d.calls.Wait() }

// Alive is the number of calls that exist now.
func (d *Desk) Alive() int { return int(d.alive.Load()) }
