// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	eventsWaiting = 64
	// digitsWaiting leaves room for the events that must not be lost.
	digitsWaiting = eventsWaiting - 8
)

// RTPEndpoint is the media of one SIP leg over RTP, or SRTP with keys in the SDP.
// It is made by Ports
// and satisfies sip.Endpoint and Port. One goroutine at a time calls Offer,
// Answer and Accept; the rest may be called at any time, Close from any
// goroutine but a Sink's.
type RTPEndpoint struct {
	ports *Ports
	log   *slog.Logger
	far   netip.Addr

	outgoing *Outgoing
	sendBuf  [maxPacket + srtpRoom]byte // used under outgoing's lock
	sockets  atomic.Pointer[sockets]
	session  atomic.Pointer[description] // as last agreed; nil: not yet
	dest     atomic.Pointer[netip.AddrPort]
	sink     atomic.Pointer[Sink]
	ourHold  atomic.Bool
	offered  atomic.Bool   // an offer of ours is out: media may come before its answer
	heard    atomic.Bool   // Heard was told
	dead     atomic.Bool   // Failed was told
	sent     atomic.Uint64 // packets
	octets   atomic.Uint64

	// Owned by whoever negotiates.
	id, version uint64
	written     []byte // our last description
	farHold     bool
	preferred   Codec

	rx        sync.Mutex // guards latch, reception, rtcpTo
	latch     latch
	reception reception
	rtcpTo    netip.AddrPort
	farReport farReport

	incoming Packet  // owned by the RTP goroutine, as are
	presses  presses // these
	wide     wideEvents
	tones    tones
	evented  bool // the far end has sent telephone-events: its tones are none
	decoder  Decoder
	samples  []int16

	watchMu sync.Mutex // guards watched
	watched *watched

	guard guard // owned by Ports' watch

	eventsMu sync.Mutex // guards closed and the sending side of events
	closed   bool
	events   chan Event

	life  sync.Mutex // guards ended, and the change of sockets against Close
	ended bool
}

func newRTPEndpoint(p *Ports, far netip.Addr, s *sockets) *RTPEndpoint {
	e := &RTPEndpoint{
		ports: p, log: p.log.With("remote", far.String()), far: far,
		latch:  latch{near: far},
		events: make(chan Event, eventsWaiting),
		id:     rand.Uint64() >> 2, // fits every parser's signed number
	}
	e.version = e.id
	e.outgoing = NewOutgoing(e.send)
	e.start(s)
	return e
}

// start takes s into use.
func (e *RTPEndpoint) start(s *sockets) {
	e.sockets.Store(s)
	s.rtp.Start(e.guarded(e.takeRTP), e.failed)
	s.rtcp.Start(e.guarded(e.takeRTCP), e.failed)
}

// Port is the endpoint itself.
func (e *RTPEndpoint) Port() Port { return e }

// Events reports what the far end's media does; closed by Close.
func (e *RTPEndpoint) Events() <-chan Event { return e.events }

// Attach replaces the sink of received packets between two packets; nil drops
// what arrives. A packet that is just being delivered may still reach the
// former sink.
func (e *RTPEndpoint) Attach(s Sink) {
	if s == nil {
		e.sink.Store(nil)
		return
	}
	e.sink.Store(&s)
}

// Codec is what was agreed with the far end; NoCodec before.
func (e *RTPEndpoint) Codec() Codec {
	if s := e.session.Load(); s != nil {
		return s.codec
	}
	return NoCodec
}

// WriteRTP sends p to the far end as the next packet of its stream. It drops p
// while nothing is agreed and while the far end has us on hold.
func (e *RTPEndpoint) WriteRTP(p *Packet) {
	if s := e.session.Load(); s != nil && !s.held {
		e.outgoing.WriteRTP(p)
	}
}

// send is called by outgoing, under its lock.
func (e *RTPEndpoint) send(p *Packet) {
	to := e.dest.Load()
	if to == nil {
		return
	}
	b := e.sendBuf[:marshalRTP(e.sendBuf[:maxPacket], p)]
	if s := e.session.Load(); s != nil && s.secure != nil {
		var err error
		if b, err = s.secure.out.seal(e.sendBuf[:], len(b)); err != nil {
			e.ports.count.sendErrors.Inc()
			return
		}
	}
	if err := e.sockets.Load().rtp.Send(b, *to); err != nil {
		e.ports.count.sendErrors.Inc()
		return
	}
	e.sent.Add(1)
	e.octets.Add(uint64(len(p.Payload)))
}

// Hold tells that we have put the far end on hold: silence from it is no loss.
func (e *RTPEndpoint) Hold(on bool) { e.ourHold.Store(on) }

// Prefer names the codec to agree on wherever the far end has it, so that what
// the other leg of a call speaks passes as it is. Before the first Offer or
// Answer.
func (e *RTPEndpoint) Prefer(c Codec) { e.preferred = c }

// Offer writes an offer of ours: the first, or that of a re-INVITE, which keeps
// the numbers and the media lines of the session (RFC 3264, section 8) and has
// every codec of ours (RFC 3261, section 14.2).
func (e *RTPEndpoint) Offer(context.Context) ([]byte, error) {
	l := local{lines: []mediaLine{{kind: "audio", proto: "RTP/AVP"}}}
	codecTypes, eventType, eventClock := map[Codec]uint8{PCMU: 0, PCMA: 8, G722: 9}, uint8(ourEventType), SampleRate
	first := e.preferred
	if s := e.session.Load(); s != nil {
		l.lines, l.audio, l.mux, l.packet, l.secure = s.lines, s.audio, s.mux, s.packet, s.secure
		for number, kind := range s.kinds {
			if c := kind.codec(); c != NoCodec && number > 9 {
				codecTypes[c] = uint8(number)
			}
		}
		codecTypes[s.codec] = s.codecType
		if s.eventType != 0 {
			eventType, eventClock = s.eventType, s.eventClock
		}
		first = s.codec
	}
	order := []Codec{PCMU, PCMA, G722}
	if first != NoCodec {
		order = slices.DeleteFunc(order, func(c Codec) bool { return c == first })
		order = append([]Codec{first}, order...)
	}
	for _, c := range order {
		l.formats = append(l.formats, ourFormat{codecTypes[c], codecName(c)})
	}
	l.formats = append(l.formats, ourFormat{eventType, eventNameOf(eventClock)})
	e.offered.Store(true)
	return e.describe(l), nil
}

func (e *RTPEndpoint) taste(answer bool) taste {
	t := taste{prefer: e.preferred, answer: answer}
	if s := e.session.Load(); s != nil {
		t.keys = s.secure
	}
	return t
}

// Answer takes the far end's offer and returns our answer. If nothing in it can
// be agreed on the error is ErrNotAcceptable and the session stays as it was.
func (e *RTPEndpoint) Answer(_ context.Context, offer []byte) ([]byte, error) {
	d, err := parseSDP(offer, e.taste(false))
	if err != nil {
		return nil, fmt.Errorf("answer offer: %w", err)
	}
	if err := e.suitFamily(d); err != nil {
		return nil, fmt.Errorf("answer offer: %w", err)
	}
	e.agree(d)
	l := local{
		lines: d.lines, audio: d.audio, mux: d.mux, packet: d.packet, secure: d.secure,
		direction: d.direction.mirrored(),
		formats:   []ourFormat{{d.codecType, codecName(d.codec)}},
	}
	if d.held && d.direction == sendRecv { // held by address only
		l.direction = recvOnly
	}
	if d.eventType != 0 {
		l.formats = append(l.formats, ourFormat{d.eventType, eventNameOf(d.eventClock)})
	}
	return e.describe(l), nil
}

// Accept takes the far end's answer to the last Offer; a later answer to the
// same offer replaces it.
func (e *RTPEndpoint) Accept(answer []byte) error {
	like := e.taste(true)
	d, err := parseSDP(answer, like)
	if err != nil {
		return fmt.Errorf("accept answer: %w", err)
	}
	if like.keys == nil && d.secure != nil {
		return fmt.Errorf("accept answer: keys that were not offered: %w", ErrNotAcceptable)
	}
	if d.kinds[ourEventType] == kindUnknown {
		d.kinds[ourEventType] = kindEvent // what we offered, whatever number they chose
	}
	e.agree(d)
	return nil
}

// describe completes and writes our description. The version moves only with
// the content (RFC 3264, section 8).
func (e *RTPEndpoint) describe(l local) []byte {
	s := e.sockets.Load()
	l.id, l.version = e.id, e.version
	l.addr, l.port, l.rtcp = s.shown, s.port, s.port+1
	b := l.marshal()
	if e.written != nil && !bytes.Equal(b, e.written) {
		e.version++
		l.version = e.version
		b = l.marshal()
	}
	e.written = b
	return bytes.Clone(b)
}

// suitFamily moves to ports of the family that the offer names, which may be
// another than that of its signalling.
func (e *RTPEndpoint) suitFamily(d *description) error {
	old := e.sockets.Load()
	if !d.rtp.IsValid() || d.rtp.Addr().Is4() == old.shown.Is4() {
		return nil
	}
	s, err := e.ports.open(d.rtp.Addr())
	if err != nil {
		return err
	}
	e.life.Lock()
	defer e.life.Unlock()
	if e.ended {
		return errors.Join(net.ErrClosed, s.close())
	}
	if err := old.close(); err != nil {
		e.log.Debug("close RTP ports", "err", err)
	}
	e.start(s)
	return nil
}

// agree makes d the session.
func (e *RTPEndpoint) agree(d *description) {
	former := e.session.Load()
	if d.rtp.IsValid() {
		e.rx.Lock()
		e.latch.expect(d.rtp)
		e.rtcpTo = d.rtcp
		to := e.latch.want
		if e.latch.pinned.IsValid() {
			to = e.latch.pinned
		}
		e.dest.Store(&to)
		e.rx.Unlock()
	}
	e.outgoing.Use(Format{Codec: d.codec, PayloadType: d.codecType, EventType: d.eventType, EventClock: d.eventClock, PacketTime: d.packet})
	e.session.Store(d)
	if former == nil {
		e.emit(Connected{})
	}
	if d.held != e.farHold {
		e.farHold = d.held
		e.emit(Held{On: d.held})
	}
}

// guarded keeps a panic in one leg's media from the others: the leg fails.
func (e *RTPEndpoint) guarded(take func(b []byte, from netip.AddrPort)) func([]byte, netip.AddrPort) {
	return func(b []byte, from netip.AddrPort) {
		defer func() {
			if v := recover(); v != nil {
				e.ports.count.panics.Inc()
				e.log.Error("media panicked", "cause", v, "stack", string(debug.Stack()))
				e.failed(fmt.Errorf("panic: %v", v))
			}
		}()
		take(b, from)
	}
}

// failed tells once that the leg's media is dead, and drops what still comes.
func (e *RTPEndpoint) failed(err error) {
	e.Attach(nil)
	if e.dead.CompareAndSwap(false, true) {
		e.emit(Failed{Err: fmt.Errorf("receive: %w", err)})
	}
}

func (e *RTPEndpoint) takeRTP(b []byte, from netip.AddrPort) {
	s := e.session.Load()
	if s == nil {
		if s = e.beforeAnswer(from); s == nil {
			e.ports.count.early.Inc()
			return
		}
	}
	if s.mux && isRTCP(b) {
		e.takeRTCP(b, from)
		return
	}
	if len(b) == maxPacket { // it may have been cut
		e.ports.count.malformed.Inc()
		return
	}
	if s.secure != nil {
		plain, ok := s.secure.in.open(b)
		if !ok {
			e.ports.count.forged.Inc()
			return
		}
		b = plain
	}
	p := &e.incoming
	if err := parseRTP(p, b); err != nil {
		e.ports.count.malformed.Inc()
		return
	}
	if !e.hears(p, from) {
		e.ports.count.strangers.Inc()
		return
	}
	if !e.heard.Load() && e.heard.CompareAndSwap(false, true) {
		e.emit(Heard{})
	}
	e.pass(p, s)
}

// pass hands a packet of the far end's on.
func (e *RTPEndpoint) pass(p *Packet, s *description) {
	kind := s.kinds[p.PayloadType]
	p.Codec, p.Event = kind.codec(), kind == kindEvent
	if s.eventClock == wideClock {
		e.wide.tame(p)
	}
	switch {
	case p.Event:
		e.evented = true
		if key, ok := e.presses.receive(p); ok {
			e.emit(Digit{Key: key})
		}
	case s.eventType == 0 && !e.evented && kind != kindUnknown && e.session.Load() != nil:
		e.samples = e.decoder.Decode(e.samples[:0], p)
		e.tones.take(e.samples, func(key byte) { e.emit(Digit{Key: key}) })
	}
	if kind == kindUnknown { // comfort noise and the like: a sign of life, no more
		return
	}
	if sink := e.sink.Load(); sink != nil {
		(*sink).WriteRTP(p)
	}
}

// beforeAnswer is what holds for media that comes before the answer to our
// offer (RFC 3264, section 5.1): only from where the signalling goes, and only
// what has a number that never means anything else.
func (e *RTPEndpoint) beforeAnswer(from netip.AddrPort) *description {
	if !e.offered.Load() || from.Addr() != e.far {
		return nil
	}
	return &asOffered
}

var asOffered = func() (d description) {
	d.kinds[0], d.kinds[8], d.kinds[9], d.kinds[ourEventType] = kindPCMU, kindPCMA, kindG722, kindEvent
	return d
}()

// hears asks the latch and counts what it lets in.
func (e *RTPEndpoint) hears(p *Packet, from netip.AddrPort) bool {
	now := time.Now()
	e.rx.Lock()
	defer e.rx.Unlock()
	if !e.latch.want.IsValid() && e.session.Load() == nil {
		e.reception.take(p, now)
		return true // checked by beforeAnswer
	}
	former := e.latch.pinned
	if !e.latch.hears(from, now) {
		return false
	}
	if e.latch.pinned != former {
		to := from
		e.dest.Store(&to)
	}
	e.reception.take(p, now)
	return true
}

// emit hands ev to the reader, or drops a digit that finds no room.
func (e *RTPEndpoint) emit(ev Event) {
	e.eventsMu.Lock()
	defer e.eventsMu.Unlock()
	if e.closed {
		return
	}
	if _, ok := ev.(Digit); ok && len(e.events) >= digitsWaiting {
		e.ports.count.digitsDropped.Inc()
		return
	}
	select {
	case e.events <- ev:
	default:
		e.log.Warn("media event dropped")
	}
}

// Close says goodbye (RTCP BYE), frees the ports and returns when the
// goroutines are gone.
func (e *RTPEndpoint) Close() {
	e.life.Lock()
	defer e.life.Unlock()
	if e.ended {
		return
	}
	e.ended = true
	e.bye()
	e.ports.forget(e)
	e.Attach(nil)
	if err := e.sockets.Load().close(); err != nil {
		e.log.Debug("close RTP ports", "err", err)
	}
	e.eventsMu.Lock()
	e.closed = true
	close(e.events)
	e.eventsMu.Unlock()
}
