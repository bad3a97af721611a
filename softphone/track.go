// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"encoding/binary"
	"slices"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/media"
)

const (
	headerSize = 12 // bytes of RTP without extensions (RFC 3550, section 5.1)
	tagRoom    = 16 // bytes that SRTP adds at most
	maxPayload = maxDatagram - headerSize - tagRoom

	pressMemory = 8 // presses; more than network reordering spans
)

// port is the endpoint as the bridge sees it.
type port struct {
	e     *Endpoint
	sink  atomic.Pointer[media.Sink]
	codec atomic.Uint32
	types atomic.Pointer[payloadTypes]
}

// Attach replaces the sink of what the browser sends.
func (p *port) Attach(sink media.Sink) {
	if sink == nil {
		p.sink.Store(nil)
		return
	}
	p.sink.Store(&sink)
}

// Codec is what the browser prefers and, in practice, sends.
func (p *port) Codec() media.Codec { return media.Codec(p.codec.Load()) }

// WriteRTP sends one packet to the browser.
func (p *port) WriteRTP(packet *media.Packet) { p.e.track.stream.WriteRTP(packet) }

// receive takes one SRTP or SRTCP packet from a proven address. It is called by
// the socket's goroutine only and decrypts in place.
func (e *Endpoint) receive(b []byte) {
	in := e.incoming.Load()
	if in == nil || len(b) < headerSize {
		return
	}
	if b[1] >= 192 && b[1] <= 223 { // RFC 5761, section 4
		if _, err := in.DecryptRTCP(nil, b, nil); err == nil {
			e.liveness.heard(e.phone.elapsed())
		}
		return
	}
	plain, err := in.DecryptRTP(b, b, &e.header)
	if err != nil {
		return // forged, replayed or torn: the session goes on (RFC 3711, section 3.3)
	}
	e.liveness.heardAudio(e.phone.elapsed())
	h := &e.header
	end := len(plain)
	if h.Padding && end > h.MarshalSize() {
		end -= int(plain[end-1])
	}
	types := e.port.types.Load()
	if start := h.MarshalSize(); types == nil || end <= start {
		return
	}
	codec, event := types.of(h.PayloadType)
	if codec == media.NoCodec && !event {
		return
	}
	e.packet = media.Packet{
		Marker: h.Marker, PayloadType: h.PayloadType, Sequence: h.SequenceNumber,
		Timestamp: h.Timestamp, SSRC: h.SSRC, Event: event, Codec: codec,
		Payload: plain[h.MarshalSize():end],
	}
	if event {
		if key, pressed := e.keypad.take(&e.packet); pressed {
			e.emit(media.Digit{Key: key}, digitRoom)
		}
	}
	if sink := e.port.sink.Load(); sink != nil {
		(*sink).WriteRTP(&e.packet)
	}
}

// keypad tells one press from the many packets that report it.
type keypad struct {
	seen  [pressMemory]press // the last presses, so that a late packet is none
	count int                // of presses so far
}

type press struct{ ssrc, timestamp uint32 }

// take says which key a telephone-event packet reports for the first time. All
// packets of one press bear the timestamp of its beginning (RFC 4733, section
// 2.5.1.2); neither a marker nor an end need arrive.
func (k *keypad) take(p *media.Packet) (key byte, pressed bool) {
	const keys = "0123456789*#ABCD" // section 3.2; higher events are no keys
	if len(p.Payload) < 4 || int(p.Payload[0]) >= len(keys) {
		return 0, false
	}
	this := press{p.SSRC, p.Timestamp}
	if slices.Contains(k.seen[:min(k.count, pressMemory)], this) {
		return 0, false
	}
	k.seen[k.count%pressMemory] = this
	k.count++
	return keys[p.Payload[0]], true
}

// track is what a browser hears: media's continuous stream, encrypted.
type track struct {
	e      *Endpoint
	stream *media.Outgoing // calls send with its lock held, one packet at a time

	out    atomic.Pointer[srtp.Context] // nil before the handshake and after the end
	header rtp.Header                   // send's alone, like buf
	buf    [maxDatagram]byte
}

func (t *track) start(e *Endpoint) {
	t.e = e
	t.stream = media.NewOutgoing(t.send)
}

func (t *track) open(out *srtp.Context) { t.out.Store(out) }

func (t *track) close() {
	t.stream.Use(media.Format{})
	t.out.Store(nil)
}

// agree sets what the browser expects; one that does not want to receive gets
// nothing.
func (t *track) agree(types payloadTypes, codec media.Codec, wanted bool) {
	if !wanted {
		t.stream.Use(media.Format{})
		return
	}
	format := media.Format{Codec: codec, PayloadType: types.number(codec)}
	if types.event != noType {
		format.EventType = types.event
	}
	t.stream.Use(format)
}

// send encrypts one packet of the stream in place and sends it.
func (t *track) send(p *media.Packet) {
	out := t.out.Load()
	if out == nil || len(p.Payload) > maxPayload {
		return
	}
	plain := t.buf[:headerSize+len(p.Payload)]
	plain[0] = 2 << 6 // RFC 3550, section 5.1: version 2, nothing optional
	plain[1] = p.PayloadType
	if p.Marker {
		plain[1] |= 0x80
	}
	binary.BigEndian.PutUint16(plain[2:], p.Sequence)
	binary.BigEndian.PutUint32(plain[4:], p.Timestamp)
	binary.BigEndian.PutUint32(plain[8:], p.SSRC)
	copy(plain[headerSize:], p.Payload)
	sealed, err := out.EncryptRTP(t.buf[:0], plain, &t.header)
	if err != nil {
		return
	}
	if t.e.phone.send(sealed, t.e.destination()) == nil {
		t.e.liveness.sent.Add(1)
	}
}
