// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"tandem/media"
)

const (
	frameTime = 20 * time.Millisecond
	frameSize = media.SampleRate / 50 // samples of one frame

	// earMemory is how much sound an ear keeps; older sound is forgotten.
	earMemory = 40 * time.Second
	earFrames = int(earMemory / frameTime)

	// toneShare is the part of a frame's power that must lie in one frequency
	// for it to be a tone, and toneFloor the amplitude below which all is
	// silence (-46 dB of full scale).
	toneShare = 0.6
	toneFloor = 160

	// toneFrames is how many frames of a window must bear a tone: a click or a
	// single frame of speech that happens to fit is none.
	toneFrames = 8

	listenEvery = 20 * time.Millisecond
)

// An Ear keeps what a call's far end sent and finds tones and silence in it.
// It is the sink of one port; its methods may be called from any goroutine.
type Ear struct {
	mu sync.Mutex // guards what follows; held for the copy of one frame only
	// frames is a ring of the last earFrames frames, next the place of the one
	// to come.
	frames  [earFrames]frame
	next    int
	stream  Stream
	begun   bool
	last    media.Packet // header fields only
	decoder media.Decoder
}

// frame is the sound of one packet.
type frame struct {
	at      time.Time
	samples []int16
}

// Stream is what an ear saw of the packets themselves.
type Stream struct {
	Packets int
	Lost    int // sequence numbers that never came
	Sources int // SSRCs in a row: 1 is one continuous stream
	Jumps   int // timestamps that went backwards
}

// WriteRTP is called by the port, once per packet.
func (e *Ear) WriteRTP(p *media.Packet) {
	if p.Event {
		return
	}
	now := time.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.count(p)
	f := &e.frames[e.next]
	e.next = (e.next + 1) % earFrames
	f.at = now
	f.samples = e.decoder.Decode(f.samples[:0], p)
}

// count follows the packet headers.
func (e *Ear) count(p *media.Packet) {
	e.stream.Packets++
	switch {
	case !e.begun || p.SSRC != e.last.SSRC:
		e.stream.Sources++
	default:
		if gap := int16(p.Sequence - e.last.Sequence); gap > 1 {
			e.stream.Lost += int(gap) - 1
		}
		if int32(p.Timestamp-e.last.Timestamp) < 0 {
			e.stream.Jumps++
		}
	}
	e.begun = true
	e.last = media.Packet{SSRC: p.SSRC, Sequence: p.Sequence, Timestamp: p.Timestamp}
}

// Stream says what has come so far.
func (e *Ear) Stream() Stream {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.stream
}

// since returns the frames that came after at, oldest first.
func (e *Ear) since(at time.Time) [][]int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	var heard [][]int16
	for i := range earFrames {
		f := &e.frames[(e.next+i)%earFrames]
		if f.at.After(at) {
			heard = append(heard, slices.Clone(f.samples))
		}
	}
	return heard
}

// Pause is the longest time between two packets since at, the time until the
// first and from the last until now among them.
func (e *Ear) Pause(at time.Time) time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	longest, before := time.Duration(0), at
	for i := range earFrames {
		if f := &e.frames[(e.next+i)%earFrames]; f.at.After(at) {
			longest = max(longest, f.at.Sub(before))
			before = f.at
		}
	}
	return max(longest, time.Since(before))
}

// Tone counts the frames since at in which freq stands out.
func (e *Ear) Tone(freq float64, at time.Time) int {
	count := 0
	for _, samples := range e.since(at) {
		if isTone(samples, freq) {
			count++
		}
	}
	return count
}

// Sound counts the frames since at that are not silent.
func (e *Ear) Sound(at time.Time) int {
	count := 0
	for _, samples := range e.since(at) {
		if level(samples) >= toneFloor {
			count++
		}
	}
	return count
}

// WaitTone returns when freq has been heard after now, or with an error that
// says what was heard instead when ctx ends.
func (e *Ear) WaitTone(ctx context.Context, freq float64) error {
	begun := time.Now()
	if err := e.wait(ctx, func() bool { return e.Tone(freq, begun) >= toneFrames }); err != nil {
		return fmt.Errorf("wait for %.0f Hz (%d frames of it, %d not silent, %+v): %w",
			freq, e.Tone(freq, begun), e.Sound(begun), e.Stream(), err)
	}
	return nil
}

// WaitSound returns when anything but silence has been heard after now.
func (e *Ear) WaitSound(ctx context.Context) error {
	begun := time.Now()
	if err := e.wait(ctx, func() bool { return e.Sound(begun) >= toneFrames }); err != nil {
		return fmt.Errorf("wait for sound (%+v): %w", e.Stream(), err)
	}
	return nil
}

func (e *Ear) wait(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// isTone reports whether most of the power of the samples lies at freq.
func isTone(samples []int16, freq float64) bool {
	rms := level(samples)
	if rms < toneFloor {
		return false
	}
	// A sine of amplitude a has the power a*a/2.
	a := amplitude(samples, freq)
	return a*a/2 >= toneShare*rms*rms
}

// level is the root mean square of the samples.
func level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	sum := 0.0
	for _, s := range samples {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(samples)))
}

// amplitude is that of freq in the samples, by Goertzel's algorithm.
func amplitude(samples []int16, freq float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	w := 2 * math.Cos(2*math.Pi*freq/media.SampleRate)
	var a, b float64
	for _, s := range samples {
		a, b = float64(s)+w*a-b, a
	}
	return 2 * math.Sqrt(max(0, a*a+b*b-w*a*b)) / float64(len(samples))
}
