// SPDX-License-Identifier: Apache-2.0

package media

import (
	"errors"
	"fmt"
)

// A Sink takes the packets of one audio path as they arrive.
type Sink interface {
	// WriteRTP is called once per packet, in order of arrival, from the port's
	// own goroutine. It must not block and must not keep p or its payload.
	WriteRTP(p *Packet)
}

// A Port is one end of an audio path: a SIP caller, a browser, a prompt, the
// bot. It hands each packet that it receives to the one Sink attached to it,
// and is itself a Sink for what its far end shall hear.
//
// What is written to a port may come from one source after another (music,
// an agent, music again): the port rewrites SSRC, sequence number, timestamp
// and payload type, so that its far end hears one continuous stream.
type Port interface {
	Sink
	// Attach replaces the sink of received packets between two packets;
	// nil drops what arrives.
	Attach(Sink)
	// Codec is what the far end sends and expects; the zero Codec until media
	// has been negotiated.
	Codec() Codec
}

// Packet is one RTP packet (RFC 3550, section 5.1), without extensions and
// contributing sources. Payload belongs to whoever calls WriteRTP and is valid
// only during the call.
type Packet struct {
	Marker      bool
	PayloadType uint8 // as negotiated with the far end it came from
	Sequence    uint16
	Timestamp   uint32 // in units of the codec's clock, 8 kHz for all of ours
	SSRC        uint32
	// Event says that the payload is a telephone-event (RFC 4733), whatever
	// number the payload type has on this leg.
	Event   bool
	Codec   Codec // of the payload when Event is false
	Payload []byte
}

// Codec names how a payload is coded.
type Codec uint8

// The codecs; NoCodec until one is agreed.
const (
	NoCodec Codec = iota
	PCMU          // G.711 mu-law, static payload type 0 (RFC 3551, section 4.5.14)
	PCMA          // G.711 A-law, static payload type 8
	G722          // G.722 at 64 kbit/s, static payload type 9; wideband
)

// An Event is something the far end's media did, reported by an endpoint on
// its Events channel.
type Event interface{ mediaEvent() }

type (
	// Digit is one press of a key, reported once, when it went down.
	Digit struct{ Key byte } // '0'-'9', '*', '#', 'A'-'D'
	// Lost says that no RTP has arrived for the endpoint's timeout.
	Lost struct{}
	// OneWay says that audio flows in one direction only, 3 s after the bridge.
	OneWay struct{ Working string } // "fromFarEnd", "toFarEnd" or "none"
	// Held says that the far end's last offer put us on hold (sendonly, inactive
	// or c=0.0.0.0; RFC 3264, section 8.4), or, with On false, took us back.
	Held struct{ On bool }
	// Failed says that the transport is dead: ICE, DTLS or the socket.
	Failed struct{ Err error }
	// Connected says that media may flow: at once for RTP, after DTLS for browsers.
	Connected struct{}
	// Heard says that the far end's first packet has come.
	Heard struct{}
)

func (Digit) mediaEvent()     {}
func (Lost) mediaEvent()      {}
func (OneWay) mediaEvent()    {}
func (Failed) mediaEvent()    {}
func (Held) mediaEvent()      {}
func (Connected) mediaEvent() {}
func (Heard) mediaEvent()     {}

// Errors of endpoints, here and in softphone.
var (
	// ErrNotAcceptable says that an offer has nothing we can agree on (488).
	ErrNotAcceptable = errors.New("no codec or transport in common")
	// ErrNoCodec and ErrNoKeys are kinds of it: audio that we cannot speak, and
	// secure audio without keys that we can use, which is never answered with
	// plain RTP.
	ErrNoCodec = fmt.Errorf("no codec in common: %w", ErrNotAcceptable)
	ErrNoKeys  = fmt.Errorf("no keys for secure media: %w", ErrNotAcceptable)
	// ErrNoPorts says that the configured RTP port range is used up (503).
	ErrNoPorts = errors.New("no RTP port free")
)
