// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/media"
)

const (
	eventRoom   = 64              // events that may wait
	digitRoom   = eventRoom - 16  // of these, how many digits may use
	heldRoom    = eventRoom - 2   // and how many all but the last, Failed, may use
	oneWayDelay = 3 * time.Second // from Watch to judgement
)

var (
	errNotConnected = errors.New("browser did not connect in time")
	errDisconnected = errors.New("nothing heard from the browser any more")
	errNoOffer      = errors.New("answer without an offer")
)

// An Endpoint is one browser's media. It satisfies sip.Endpoint: one goroutine
// calls Offer, Answer and Accept; the rest may be called at any time.
type Endpoint struct {
	phone     *Softphone
	addresses []netip.AddrPort // proven, oldest first; guarded by phone.mu
	pipe      *pipe
	track     track
	port      port
	stop      context.CancelFunc
	lifetime  context.Context // of the association; ends with Close
	work      sync.WaitGroup
	reachable chan struct{} // closed when the first address is proven
	once      sync.Once     // closes reachable

	selected atomic.Pointer[netip.AddrPort] // where we send, as the browser nominated
	incoming atomic.Pointer[srtp.Context]   // used by the socket's goroutine only
	liveness liveness

	// The socket's goroutine alone uses these, so that a packet costs no memory.
	header rtp.Header
	packet media.Packet
	keypad keypad

	preferred media.Codec // set before the first description

	// mu guards what offers and answers agreed on. Only leaves are locked under it.
	mu       sync.Mutex
	current  credentials // ours; of the ICE generation last negotiated
	previous credentials // of the one before, until the browser has moved over
	remote   *remote     // nil until the first description
	version  uint64
	offering bool
	client   bool // our DTLS role
	started  bool // DTLS
	held     bool // by the browser
	session  uint64

	// eventMu guards the events channel's closing. It is a leaf.
	eventMu sync.Mutex
	events  chan media.Event
	closed  bool
	failed  bool
}

// Endpoint makes an endpoint for one browser. Close ends it.
func (s *Softphone) Endpoint() (*Endpoint, error) {
	lifetime, stop := context.WithCancel(context.Background())
	e := &Endpoint{
		phone: s, stop: stop, lifetime: lifetime,
		reachable: make(chan struct{}),
		events:    make(chan media.Event, eventRoom),
		session:   uint64(rand.Uint32()),
	}
	e.pipe = newPipe(e)
	e.port.e = e
	e.track.start(e)
	if err := s.add(e); err != nil {
		stop()
		return nil, fmt.Errorf("make browser endpoint: %w", err)
	}
	return e, nil
}

// Prefer names the codec to agree on wherever the browser has it, so that what
// the other leg of a call speaks passes as it is: one of G.711, or G.722, which
// is not offered else. Before the first Offer or Answer.
func (e *Endpoint) Prefer(c media.Codec) { e.preferred = c }

// Offer describes our side: the first time everything we can do, later the same
// session once more (RFC 3264, section 8).
func (e *Endpoint) Offer(context.Context) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lifetime.Err() != nil {
		return nil, fmt.Errorf("offer to browser: %w", ErrClosed)
	}
	if e.current == (credentials{}) {
		e.current = newCredentials()
		e.phone.know(e, e.current.ufrag)
	}
	d := e.describe()
	d.setup = "actpass" // RFC 8842, section 5.2
	d.direction = "sendrecv"
	if e.remote == nil {
		d.lines = []mediaLine{{kind: "audio", mid: "0", audio: true}}
		d.bundled = true
		d.types, d.preferred = payloadTypes{pcmu: 0, pcma: 8, event: offeredEventType, g722: noType}, e.preferred
		if e.preferred == media.G722 {
			d.types.g722 = 9
		}
	}
	e.offering = true
	return d.text(), nil
}

// Answer takes the browser's offer. When the offer cannot be agreed on the
// session stays as it was.
func (e *Endpoint) Answer(_ context.Context, offer []byte) ([]byte, error) {
	r, err := parseRemote(offer, e.preferred)
	if err != nil {
		return nil, fmt.Errorf("answer browser: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lifetime.Err() != nil {
		return nil, fmt.Errorf("answer browser: %w", ErrClosed)
	}
	if err := e.sameBrowser(r); err != nil {
		return nil, fmt.Errorf("answer browser: %w", err)
	}
	if !e.started {
		e.client = r.setup == "passive"
	}
	e.renewCredentials(r)
	e.agree(r)
	d := e.describe()
	d.setup = "passive"
	if e.client {
		d.setup = "active"
	}
	d.direction = mirrored(r.direction)
	return d.text(), nil
}

// Accept takes the browser's answer to the last Offer.
func (e *Endpoint) Accept(answer []byte) error {
	r, err := parseRemote(answer, e.preferred)
	if err != nil {
		return fmt.Errorf("accept answer of browser: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.lifetime.Err() != nil:
		err = ErrClosed
	case !e.offering:
		err = errNoOffer
	case r.setup == "actpass":
		err = unacceptable("answer leaves the DTLS role open")
	default:
		err = e.sameBrowser(r)
	}
	if err != nil {
		return fmt.Errorf("accept answer of browser: %w", err)
	}
	if !e.started {
		e.client = r.setup == "passive"
	}
	e.agree(r)
	return nil
}

// Port is the browser's end of the audio path.
func (e *Endpoint) Port() media.Port { return &e.port }

// Events reports what the browser's media did. At most 64 wait; digits are the
// first that are dropped, Failed never is.
func (e *Endpoint) Events() <-chan media.Event { return e.events }

// Watch asks for media.OneWay if audio does not flow both ways within 3 s.
func (e *Endpoint) Watch() { e.liveness.watch(e.phone.elapsed()) }

// Hold tells that our side holds the call: the browser may be silent.
func (e *Endpoint) Hold(on bool) { e.liveness.holdOurs(on, e.phone.elapsed()) }

// Close ends the association and returns when the endpoint's goroutine is gone.
func (e *Endpoint) Close() {
	e.mu.Lock()
	e.stop() // under mu, so that no description starts the goroutine any more
	e.mu.Unlock()
	e.work.Wait()
	e.phone.remove(e)
	_ = e.pipe.Close()
	e.track.close()
	e.eventMu.Lock()
	defer e.eventMu.Unlock()
	if !e.closed {
		e.closed = true
		close(e.events)
	}
}

// sameBrowser refuses a description whose certificate is another one: a DTLS
// association, once begun, is the call's for good.
func (e *Endpoint) sameBrowser(r *remote) error {
	if e.remote == nil || !e.started {
		return nil
	}
	for _, f := range r.fingerprints {
		if slices.Contains(e.remote.fingerprints, f) {
			return nil
		}
	}
	return unacceptable("certificate changed in mid-session")
}

// renewCredentials makes ours for an offer that starts or restarts ICE (RFC
// 8839, section 4.4.1.1.1). Checks with the former ones are answered until the
// browser nominates with the new.
func (e *Endpoint) renewCredentials(r *remote) {
	restart := e.remote != nil && e.remote.credentials != r.credentials
	if e.current != (credentials{}) && !restart {
		return
	}
	if e.previous != (credentials{}) {
		e.phone.forget(e.previous.ufrag)
	}
	e.previous, e.current = e.current, newCredentials()
	e.phone.know(e, e.current.ufrag)
}

// agree puts what both sides now know to work.
func (e *Endpoint) agree(r *remote) {
	e.remote = r
	e.offering = false
	e.track.agree(r.types, r.codec, r.receives())
	e.port.types.Store(&r.types)
	e.port.codec.Store(uint32(r.codec))
	if held := !r.receives(); held != e.held {
		e.held = held
		e.liveness.holdTheirs(held, e.phone.elapsed())
		e.emit(media.Held{On: held}, heldRoom)
	}
	if e.started {
		return
	}
	e.started = true
	e.liveness.negotiate(e.phone.elapsed())
	client, fingerprints := e.client, r.fingerprints
	e.work.Go(func() { e.keepSecure(client, fingerprints) })
}

// keepSecure is the endpoint's goroutine.
func (e *Endpoint) keepSecure(client bool, fingerprints []fingerprint) {
	defer func() {
		if r := recover(); r != nil {
			e.phone.log.Error("browser endpoint panicked", "err", r, "stack", string(debug.Stack()))
			e.fail(fmt.Errorf("panic: %v", r))
		}
	}()
	if err := e.secure(e.lifetime, client, fingerprints); err != nil && e.lifetime.Err() == nil {
		e.fail(err)
	}
}

func (e *Endpoint) describe() *description {
	e.version++
	d := &description{
		session: e.session, version: e.version, credentials: e.current,
		fingerprint: e.phone.fingerprint, ssrc: e.track.stream.SSRC(), addresses: e.phone.local,
	}
	if e.remote != nil {
		d.lines, d.bundled = e.remote.lines, e.remote.bundled
		d.types, d.preferred = e.remote.types, e.remote.codec
	}
	return d
}

// passwordOf is the password that belongs to one of our user fragments.
func (e *Endpoint) passwordOf(ufrag string) (string, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch ufrag {
	case e.current.ufrag:
		return e.current.password, true
	case e.previous.ufrag:
		return e.previous.password, true
	}
	return "", false
}

// checked notes a connectivity check that proved ufrag's password from there.
func (e *Endpoint) checked(from netip.AddrPort, ufrag string, nominated bool) {
	e.liveness.heard(e.phone.elapsed())
	if to := e.destination(); to == (netip.AddrPort{}) || nominated && to != from {
		e.selected.Store(&from)
	}
	e.once.Do(func() { close(e.reachable) })
	e.mu.Lock()
	old := e.previous.ufrag
	moved := nominated && old != "" && ufrag == e.current.ufrag
	if moved {
		e.previous = credentials{}
	}
	e.mu.Unlock()
	if moved {
		e.phone.forget(old)
	}
}

// destination is where we send; the zero AddrPort until an address is proven.
func (e *Endpoint) destination() netip.AddrPort {
	if to := e.selected.Load(); to != nil {
		return *to
	}
	return netip.AddrPort{}
}

func (e *Endpoint) connected() {
	e.liveness.connect(e.phone.elapsed())
	e.emit(media.Connected{}, heldRoom)
}

// fail reports the end of the transport, once.
func (e *Endpoint) fail(err error) {
	e.eventMu.Lock()
	first := !e.failed
	e.failed = true
	e.eventMu.Unlock()
	if first {
		e.phone.failures.Add(1)
		e.emit(media.Failed{Err: err}, eventRoom)
	}
}

// emit reports an event if fewer than room wait.
func (e *Endpoint) emit(event media.Event, room int) {
	e.eventMu.Lock()
	defer e.eventMu.Unlock()
	if e.closed {
		return
	}
	if len(e.events) >= room {
		e.phone.log.Warn("browser event dropped", "err", fmt.Sprintf("%d wait unread", len(e.events)))
		return
	}
	e.events <- event
}

// check is called twice a second and reports deadlines that have passed.
func (e *Endpoint) check(now time.Duration) {
	lost, oneWay, err := e.liveness.check(now, e.phone.options)
	if lost {
		e.emit(media.Lost{}, heldRoom)
	}
	if oneWay != "" {
		e.emit(media.OneWay{Working: oneWay}, heldRoom)
	}
	if err != nil {
		e.fail(err)
	}
}
