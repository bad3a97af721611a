// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// This file receives and sends keypad digits as telephone-events (RFC 4733).

const dtmfKeys = "0123456789*#ABCD" // events 0 to 15; section 3.2

// telephoneEvent is one RTP payload of a key press (RFC 4733, section 2.3).
type telephoneEvent struct {
	Key      byte          // one of dtmfKeys
	End      bool          // the key is up again; sent three times, section 2.5.1.4
	Volume   int           // dBm0, 0 to -63
	Duration time.Duration // since the key went down; on the wire in 1/8000 s
}

const eventSize = 4

// parseEvent reads a payload; false for what is short or no key.
func parseEvent(b []byte) (telephoneEvent, bool) {
	if len(b) < eventSize || int(b[0]) >= len(dtmfKeys) {
		return telephoneEvent{}, false
	}
	return telephoneEvent{
		Key:      dtmfKeys[b[0]],
		End:      b[1]&0x80 != 0,
		Volume:   -int(b[1] & 0x3f),
		Duration: time.Duration(binary.BigEndian.Uint16(b[2:])) * time.Second / SampleRate,
	}, true
}

func (e telephoneEvent) marshal() [eventSize]byte {
	var b [eventSize]byte
	b[0] = byte(strings.IndexByte(dtmfKeys, e.Key))
	b[1] = byte(-e.Volume) & 0x3f
	if e.End {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(e.Duration*SampleRate/time.Second))
	return b
}

// pressMemory is how many presses are remembered so that a late packet of one
// is not taken for another.
const pressMemory = 8

// longestSegment is the duration at which a press goes on in a new segment with
// a new timestamp (section 2.5.1.3), in samples.
const longestSegment = 0xffff

type pressID struct{ ssrc, ts uint32 }

// presses tells each press of a key once, when its first packet arrives. What
// names a press is its SSRC and timestamp; neither the marker nor the end
// packets need arrive. Not safe for concurrent use.
type presses struct {
	seen [pressMemory]pressID
	n    int // how many were seen, ever
	key  byte
	dur  uint16 // of the newest press
}

// receive takes a telephone-event packet and returns the key if it is a new
// press.
func (r *presses) receive(p *Packet) (key byte, ok bool) {
	ev, ok := parseEvent(p.Payload)
	if !ok {
		return 0, false
	}
	duration := binary.BigEndian.Uint16(p.Payload[2:])
	id := pressID{p.SSRC, p.Timestamp}
	for i := range min(r.n, pressMemory) {
		if r.seen[i] == id {
			if id == r.newest() {
				r.dur = max(r.dur, duration)
			}
			return 0, false
		}
	}
	last := r.newest()
	segment := r.n > 0 && r.dur == longestSegment && ev.Key == r.key &&
		id == (pressID{last.ssrc, last.ts + longestSegment})
	r.seen[r.n%pressMemory] = id
	r.n++
	r.key, r.dur = ev.Key, duration
	return ev.Key, !segment
}

// wideEvents turns events by the wide clock into such by ours, so that they can
// pass to a leg that has it: the press begins after the newest sound.
type wideEvents struct {
	sound     uint32 // timestamp after the newest sound
	in, out   uint32 // a press, by either clock
	ssrc      uint32
	following bool // in, out and ssrc tell of a press
}

func (w *wideEvents) tame(p *Packet) {
	if !p.Event {
		w.sound = p.Timestamp + uint32(len(p.Payload))
		return
	}
	if len(p.Payload) < eventSize {
		return
	}
	if !w.following || w.in != p.Timestamp || w.ssrc != p.SSRC {
		next := w.sound
		if w.following && int32(next-w.out) <= 0 { // two presses in a row are two
			next = w.out + 1
		}
		w.following, w.ssrc, w.in, w.out = true, p.SSRC, p.Timestamp, next
	}
	p.Timestamp = w.out
	const ratio = wideClock / SampleRate
	binary.BigEndian.PutUint16(p.Payload[2:], binary.BigEndian.Uint16(p.Payload[2:])/ratio)
}

func (r *presses) newest() pressID {
	if r.n == 0 {
		return pressID{}
	}
	return r.seen[(r.n-1)%pressMemory]
}

const (
	keyDown   = 100 * time.Millisecond // how long a sent key is down
	keyUp     = 80 * time.Millisecond  // and the pause after it
	keyStep   = 20 * time.Millisecond
	keyVolume = -10
	// MaxDigits is the longest string SendDigits takes.
	MaxDigits = 64
)

// ErrNoEvents says that the far end takes no telephone-events.
var ErrNoEvents = errors.New("the far end takes no telephone-events")

// SendDigits presses keys ("0123456789*#ABCD", at most MaxDigits; a comma is a
// pause of a second) one after another towards the far end and returns when
// the last one is up. What is written to the port while a key is down is
// dropped, as a telephone mutes its microphone. One call at a time.
func (e *RTPEndpoint) SendDigits(ctx context.Context, keys string) error {
	return e.outgoing.SendDigits(ctx, keys)
}

// SendDigits is that of RTPEndpoint, for any port that sends by an Outgoing.
func (o *Outgoing) SendDigits(ctx context.Context, keys string) error {
	if len(keys) > MaxDigits {
		return fmt.Errorf("send digits: %d keys, at most %d", len(keys), MaxDigits)
	}
	if i := strings.IndexFunc(keys, func(r rune) bool { return !strings.ContainsRune(dtmfKeys+",", r) }); i >= 0 {
		return fmt.Errorf("send digits: %q is no key", keys[i])
	}
	tick := time.NewTicker(keyStep)
	defer tick.Stop()
	for i := range len(keys) {
		var err error
		if keys[i] == ',' {
			err = steps(ctx, tick, int(time.Second/keyStep))
		} else {
			err = o.sendKey(ctx, keys[i], tick)
		}
		if err != nil {
			return fmt.Errorf("send digits: %w", err)
		}
	}
	return nil
}

func (o *Outgoing) sendKey(ctx context.Context, key byte, tick *time.Ticker) error {
	if !o.press() {
		return ErrNoEvents
	}
	defer o.release()
	ev := telephoneEvent{Key: key, Volume: keyVolume}
	for ev.Duration < keyDown {
		ev.Duration += keyStep
		b := ev.marshal()
		o.pressed(b[:], ev.Duration == keyStep)
		if err := steps(ctx, tick, 1); err != nil {
			return err
		}
	}
	ev.End = true
	for range 3 {
		b := ev.marshal()
		o.pressed(b[:], false)
		if err := steps(ctx, tick, 1); err != nil {
			return err
		}
	}
	return steps(ctx, tick, int(keyUp/keyStep))
}

// steps waits for n ticks.
func steps(ctx context.Context, tick *time.Ticker, n int) error {
	for range n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}
