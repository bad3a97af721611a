// SPDX-License-Identifier: Apache-2.0

package media

import (
	"math"
	"sync"
	"time"
)

// This file makes tones and finds them: for tests, sound checks and dialtest.

// Tone is a sine of hertz with amplitude 0 to 1 of full scale, d long.
func Tone(hertz, amplitude float64, d time.Duration) []int16 {
	s := make([]int16, int(d*SampleRate/time.Second))
	for i := range s {
		s[i] = clamp(amplitude * math.MaxInt16 * math.Sin(2*math.Pi*hertz*float64(i)/SampleRate))
	}
	return s
}

// Goertzel is the share of the samples' energy at hertz, 0 to 1; 0 for
// silence. A pure tone gives nearly 1, two equal ones half each.
func Goertzel(samples []int16, hertz float64) float64 {
	coefficient := 2 * math.Cos(2*math.Pi*hertz/SampleRate)
	var s1, s2, energy float64
	for _, v := range samples {
		x := float64(v)
		s1, s2 = x+coefficient*s1-s2, s1
		energy += x * x
	}
	if energy == 0 {
		return 0
	}
	power := s1*s1 + s2*s2 - coefficient*s1*s2
	return min(1, 2*power/(float64(len(samples))*energy))
}

// Level is the root mean square of the samples, 0 to 1 of full scale.
func Level(samples []int16) float64 {
	if len(samples) == 0 {
		return 0
	}
	var energy float64
	for _, v := range samples {
		energy += float64(v) * float64(v)
	}
	return math.Sqrt(energy/float64(len(samples))) / math.MaxInt16
}

// Ear is a Sink that remembers the newest sound written to it. Safe for
// concurrent use.
type Ear struct {
	mu      sync.Mutex
	samples []int16
	packets int
	limit   int
	decoder Decoder
}

// NewEar remembers at most the last d.
func NewEar(d time.Duration) *Ear { return &Ear{limit: int(d * SampleRate / time.Second)} }

// WriteRTP takes p's samples; events are no sound.
func (e *Ear) WriteRTP(p *Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.packets++
	e.samples = e.decoder.Decode(e.samples, p)
	if extra := len(e.samples) - e.limit; extra > e.limit { // seldom, so that it is cheap
		e.samples = append(e.samples[:0], e.samples[extra:]...)
	}
}

// Last is a copy of the newest d, or of less if less has been heard.
func (e *Ear) Last(d time.Duration) []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := min(int(d*SampleRate/time.Second), e.limit, len(e.samples))
	return append([]int16(nil), e.samples[len(e.samples)-n:]...)
}

// Packets is how many packets have come.
func (e *Ear) Packets() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.packets
}

// Clear forgets what was heard.
func (e *Ear) Clear() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.samples, e.packets = e.samples[:0], 0
}
