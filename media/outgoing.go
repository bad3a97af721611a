// SPDX-License-Identifier: Apache-2.0

package media

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"time"
)

// This file makes one continuous stream of whatever is written to a port.

const (
	// maxGap and maxLate bound, in packets, what is still the same stream of a
	// source: beyond them the source is taken to have begun anew. 250 packets of
	// 20 ms are 5 s.
	maxGap  = 250
	maxLate = 50
	// maxPause is the longest silence that a source may leave in its timestamps,
	// in samples, before it is taken to have begun anew: 5 minutes.
	maxPause = 300 * SampleRate
	// maxReturn is how far, in samples, a source's timestamps may go back: an
	// event keeps the time at which its key went down while sound goes on.
	maxReturn = 10 * SampleRate
)

// Format is what a far end expects, as negotiated.
type Format struct {
	Codec       Codec
	PayloadType uint8
	// EventType is the payload type of telephone-event; 0 if the far end takes
	// none, which drops events.
	EventType uint8
	// EventClock is the rate of its durations; 0 means SampleRate. Some far ends
	// know 48000 only (RFC 4733, section 2.1).
	EventClock int
	// PacketTime is the packet length that the far end asked for (a=ptime); 0
	// passes packets as they come. At most MaxPacketTime.
	PacketTime time.Duration
}

// MaxPacketTime is the longest packet we send.
const MaxPacketTime = 100 * time.Millisecond

// Outgoing is the sending side of a port: packets of one source after another
// go in, one continuous stream with its own SSRC comes out. It keeps the gaps
// that a source's losses leave, sets the marker where the source changes,
// converts between codecs, and gives events the number that the far
// end expects. Safe for concurrent use; a packet costs no allocation.
type Outgoing struct {
	send func(*Packet)

	mu     sync.Mutex // guards all below; send is called with it held
	format Format
	ssrc   uint32

	begun bool // something was sent: seq, ts, at, span tell of the newest packet
	seq   uint16
	ts    uint32
	at    time.Time // when the first packet with ts was sent
	span  uint32    // its length in samples

	live   bool   // source, lastIn and the offsets are valid
	source uint32 // SSRC of the current source
	lastIn uint16 // its newest sequence number
	lastTS uint32 // and timestamp
	seqOff uint16 // out - in
	tsOff  uint32
	floor  uint16 // nothing below it is sent: it belongs to the former source

	pressing bool // our own key press is being sent: what is written is dropped

	out     Packet
	packed  int // bytes of buf waiting to fill a packet of PacketTime
	packTS  uint32
	packNew bool // the waiting packet bears a marker
	buf     [maxPayload]byte
	conv    [maxPayload]byte
	codec   converter
	event   [eventSize]byte
}

// NewOutgoing makes a stream with a random SSRC. send is given each packet,
// ready but for the wire; it must not keep it, block, or write to the stream.
func NewOutgoing(send func(*Packet)) *Outgoing {
	return &Outgoing{
		send: send,
		ssrc: rand.Uint32(),
		seq:  uint16(rand.Uint32() >> 17), // below 32768: no early wrap, RFC 3711 section 3.3.1
		ts:   rand.Uint32(),
	}
}

// SSRC names the stream for its whole life.
func (o *Outgoing) SSRC() uint32 { return o.ssrc }

// Use sets what the far end expects from now on. The zero Format stops the
// stream.
func (o *Outgoing) Use(f Format) {
	f.PacketTime = min(f.PacketTime, MaxPacketTime)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.format != f {
		o.format, o.packed, o.live = f, 0, false
	}
}

// WriteRTP sends p as the next packet of the stream, or drops it if it is
// stale, or if the far end takes nothing of its kind.
func (o *Outgoing) WriteRTP(p *Packet) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.takes(p) {
		return
	}
	now := time.Now()
	fresh := !o.follows(p)
	if fresh {
		o.begin(p, now)
	}
	seq := p.Sequence + o.seqOff
	if int16(seq-o.floor) < 0 {
		return
	}
	if int16(p.Sequence-o.lastIn) >= 0 {
		o.lastIn, o.lastTS = p.Sequence, p.Timestamp
	}
	if low := seq - maxLate; int16(low-o.floor) > 0 {
		o.floor = low // keeps the distance from wrapping
	}
	ts := p.Timestamp + o.tsOff
	marker := p.Marker || fresh
	switch {
	case p.Event:
		o.flush(now)
		if o.packing() {
			seq = o.seq + 1
			o.seqOff = seq - p.Sequence
		}
		o.emit(seq, ts, o.format.EventType, marker, o.clocked(p.Payload), 0, now)
	case o.packing() && (o.packed > 0 || len(p.Payload) != o.want()):
		o.pack(p, ts, marker, now)
		o.seqOff = o.seq - p.Sequence // the next packet follows what was sent
		o.floor = o.seq + 1
	default:
		o.emit(seq, ts, o.format.PayloadType, marker, o.coded(p), uint32(len(p.Payload)), now)
	}
}

// takes says whether p can be sent to this far end at all.
func (o *Outgoing) takes(p *Packet) bool {
	if o.format.Codec == NoCodec || o.pressing || len(p.Payload) == 0 || len(p.Payload) > maxPayload {
		return false
	}
	if p.Event {
		return o.format.EventType != 0
	}
	return p.Codec != NoCodec
}

// follows says whether p continues the current source.
func (o *Outgoing) follows(p *Packet) bool {
	if !o.live || p.SSRC != o.source {
		return false
	}
	steps := int16(p.Sequence - o.lastIn)
	leap := int32(p.Timestamp - o.lastTS)
	return steps < maxGap && steps > -maxLate && leap < maxPause && leap > -maxReturn
}

// begin lays the offsets so that p comes next, as much later as time has passed
// since the newest packet of the stream.
func (o *Outgoing) begin(p *Packet, now time.Time) {
	o.flush(now)
	o.live, o.source = true, p.SSRC
	o.lastIn, o.lastTS = p.Sequence, p.Timestamp
	o.floor = o.seq + 1
	o.seqOff = o.floor - p.Sequence
	o.tsOff = o.nextTimestamp(now) - p.Timestamp
}

func (o *Outgoing) nextTimestamp(now time.Time) uint32 {
	if !o.begun {
		return o.ts
	}
	passed := uint32(now.Sub(o.at) / (time.Second / SampleRate))
	return o.ts + max(passed, o.span)
}

// coded is p's payload as the far end speaks.
func (o *Outgoing) coded(p *Packet) []byte {
	if p.Codec == o.format.Codec {
		return p.Payload
	}
	b := o.conv[:len(p.Payload)]
	o.codec.convert(b, p.Payload, p.Codec, o.format.Codec)
	return b
}

// clocked is the payload of an event with its duration by the far end's clock.
func (o *Outgoing) clocked(payload []byte) []byte {
	if o.format.EventClock == 0 || o.format.EventClock == SampleRate || len(payload) < eventSize {
		return payload
	}
	copy(o.event[:], payload)
	duration := uint32(binary.BigEndian.Uint16(payload[2:])) * uint32(o.format.EventClock/SampleRate)
	binary.BigEndian.PutUint16(o.event[2:], uint16(min(duration, longestSegment)))
	return o.event[:]
}

func (o *Outgoing) emit(seq uint16, ts uint32, pt uint8, marker bool, payload []byte, span uint32, now time.Time) {
	o.out = Packet{Marker: marker, PayloadType: pt, Sequence: seq, Timestamp: ts, SSRC: o.ssrc,
		Event: pt == o.format.EventType && span == 0, Codec: o.format.Codec, Payload: payload}
	if !o.begun || int16(seq-o.seq) > 0 {
		if !o.begun || ts != o.ts {
			o.ts, o.at = ts, now
		}
		o.seq, o.span, o.begun = seq, span, true
	}
	o.send(&o.out)
	o.out.Payload = nil
}

// The rest cuts the stream into packets of the length that the far end asked
// for, where the source's packets are of another length.

func (o *Outgoing) packing() bool { return o.format.PacketTime > 0 }

// want is the packet length in bytes, one for each tick of the clock in all our
// codecs.
func (o *Outgoing) want() int {
	return int(o.format.PacketTime / (time.Second / SampleRate))
}

// pack adds p to the waiting packet and sends as many as are full.
func (o *Outgoing) pack(p *Packet, ts uint32, marker bool, now time.Time) {
	if o.packed > 0 {
		gap := int32(ts - o.packTS - uint32(o.packed))
		if gap < 0 {
			return // late: its place has been sent
		}
		if gap > 0 {
			o.flush(now)
		}
	}
	if o.packed == 0 {
		o.packTS, o.packNew = ts, marker
	}
	for payload := o.coded(p); len(payload) > 0; {
		n := min(len(payload), o.want()-o.packed)
		copy(o.buf[o.packed:], payload[:n])
		o.packed += n
		payload = payload[n:]
		if o.packed == o.want() {
			o.flush(now)
			o.packTS, o.packNew = ts+uint32(len(p.Payload)-len(payload)), false
		}
	}
}

// flush sends the waiting packet as it is.
func (o *Outgoing) flush(now time.Time) {
	if o.packed == 0 {
		return
	}
	n := o.packed
	o.packed = 0
	o.emit(o.seq+1, o.packTS, o.format.PayloadType, o.packNew, o.buf[:n], uint32(n), now)
}

// press begins a key press of our own and reports whether the far end takes
// them; until release what is written is dropped.
func (o *Outgoing) press() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.format.EventType == 0 || o.format.Codec == NoCodec {
		return false
	}
	now := time.Now()
	o.flush(now)
	o.ts, o.at, o.span = o.nextTimestamp(now), now, 0
	o.pressing, o.begun = true, true
	return true
}

// pressed sends one packet of the key press.
func (o *Outgoing) pressed(payload []byte, marker bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.emit(o.seq+1, o.ts, o.format.EventType, marker, o.clocked(payload), 0, o.at)
}

func (o *Outgoing) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pressing, o.live = false, false
}

// timestamp is the stream's clock at now, for reports.
func (o *Outgoing) timestamp(now time.Time) uint32 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ts + uint32(now.Sub(o.at)/(time.Second/SampleRate))
}
