// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"tandem/media"
)

const (
	// pressTime is how long a key is held down, pauseTime how long nothing is
	// pressed after it; both are what people do at their quickest.
	pressTime = 80 * time.Millisecond
	pauseTime = 80 * time.Millisecond

	// keysWaiting bounds the keys that are pressed but not yet sent.
	keysWaiting = 64

	// endPackets is how often the end of a key press is sent (RFC 4733, section
	// 2.5.1.4).
	endPackets = 3

	toneVolume = 8000 // amplitude of our tones, about -12 dB of full scale
)

// A Mouth sends one packet each 20 ms: what Say or Tone gave it, else silence,
// and keys in between. Its methods may be called from any goroutine.
type Mouth struct {
	out  media.Port
	keys chan byte

	mu    sync.Mutex // guards voice
	voice voice

	timestamp uint32
	sequence  uint16
	press     *press
	rest      int // frames of silence still due between two keys
}

// A voice fills frame number n of what is said; false says that it is over.
type voice func(n int, frame []int16) bool

// press is a key that is being sent.
type press struct {
	key     byte
	begun   uint32
	frames  int
	endings int
}

func newMouth(out media.Port) *Mouth {
	return &Mouth{out: out, keys: make(chan byte, keysWaiting)}
}

// Tone speaks bursts of freq: on, then off, over and over. Off 0 is a steady
// tone.
func (m *Mouth) Tone(freq float64, on, off time.Duration) {
	onFrames, period := int(on/frameTime), int((on+off)/frameTime)
	m.speak(func(n int, frame []int16) bool {
		for i := range frame {
			frame[i] = 0
			if off == 0 || n%period < onFrames {
				at := float64(n*frameSize+i) / media.SampleRate
				frame[i] = int16(toneVolume * math.Sin(2*math.Pi*freq*at))
			}
		}
		return true
	})
}

// Say speaks samples (16 bit, 8 kHz) once, or over and over.
func (m *Mouth) Say(samples []int16, again bool) {
	m.speak(func(n int, frame []int16) bool {
		at := n * frameSize
		if again && len(samples) >= frameSize {
			at %= len(samples) / frameSize * frameSize
		}
		if at >= len(samples) {
			return false
		}
		clear(frame[copy(frame, samples[at:]):])
		return true
	})
}

// Hush goes back to silence.
func (m *Mouth) Hush() { m.speak(nil) }

func (m *Mouth) speak(what voice) {
	begun := -1
	m.mu.Lock()
	defer m.mu.Unlock()
	if what == nil {
		m.voice = nil
		return
	}
	m.voice = func(_ int, frame []int16) bool {
		begun++
		return what(begun, frame)
	}
}

// Press sends keys one after another, each held 80 ms; it does not wait for
// them to be sent.
func (m *Mouth) Press(keys string) error {
	for _, key := range []byte(keys) {
		if _, ok := eventOf(key); !ok {
			return fmt.Errorf("press %q: no such key", key)
		}
		select {
		case m.keys <- key:
		default:
			return fmt.Errorf("press %q: %d keys wait already", key, keysWaiting)
		}
	}
	return nil
}

// run sends until ctx ends.
func (m *Mouth) run(ctx context.Context) {
	tick := time.NewTicker(frameTime)
	defer tick.Stop()
	frame := make([]int16, frameSize)
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		m.timestamp += frameSize
		if m.sendKey() {
			continue
		}
		m.fill(frame)
		codec := m.out.Codec()
		if codec == media.NoCodec {
			continue
		}
		if codec != media.PCMA {
			codec = media.PCMU // the port codes it anew
		}
		m.write(&media.Packet{Codec: codec, Timestamp: m.timestamp, Payload: media.Encode(codec, frame)})
	}
}

func (m *Mouth) fill(frame []int16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.voice == nil || !m.voice(0, frame) {
		m.voice = nil
		clear(frame)
	}
}

func (m *Mouth) write(p *media.Packet) {
	m.sequence++
	p.Sequence = m.sequence
	p.SSRC = 1 // the port gives the stream its own
	m.out.WriteRTP(p)
}

// sendKey sends the next packet of a key press, if one is due. While a key is
// down no audio is sent (RFC 4733, section 2.6).
func (m *Mouth) sendKey() bool {
	if m.press == nil {
		if m.rest > 0 {
			m.rest--
			return false
		}
		select {
		case key := <-m.keys:
			m.press = &press{key: key, begun: m.timestamp}
		default:
			return false
		}
	}
	p := m.press
	down := p.frames < int(pressTime/frameTime)
	if down {
		p.frames++
	}
	m.write(&media.Packet{
		Marker:    p.frames == 1 && down,
		Event:     true,
		Timestamp: p.begun,
		Payload:   eventPayload(p.key, !down, p.frames*frameSize),
	})
	if !down {
		if p.endings++; p.endings == endPackets {
			m.press, m.rest = nil, int(pauseTime/frameTime)
		}
	}
	return true
}

// eventPayload is a telephone-event (RFC 4733, section 2.3) of -10 dBm0.
func eventPayload(key byte, end bool, duration int) []byte {
	event, _ := eventOf(key)
	flags := byte(10)
	if end {
		flags |= 0x80
	}
	return []byte{event, flags, byte(duration >> 8), byte(duration)}
}

// eventOf is the number of a key (RFC 4733, section 3.2).
func eventOf(key byte) (byte, bool) {
	switch {
	case key >= '0' && key <= '9':
		return key - '0', true
	case key == '*':
		return 10, true
	case key == '#':
		return 11, true
	case key >= 'A' && key <= 'D':
		return key - 'A' + 12, true
	}
	return 0, false
}
