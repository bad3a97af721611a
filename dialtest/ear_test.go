// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"tandem/media"
)

// sound gives an ear frames made of a function of time.
func sound(e *Ear, frames int, at func(seconds float64) float64) {
	samples := make([]int16, frameSize)
	for n := range frames {
		for i := range samples {
			samples[i] = int16(at(float64(n*frameSize+i) / media.SampleRate))
		}
		e.WriteRTP(&media.Packet{
			Codec: media.PCMA, Sequence: uint16(n), Timestamp: uint32(n * frameSize), SSRC: 7,
			Payload: media.Encode(media.PCMA, samples),
		})
	}
}

func sine(freq, volume float64) func(float64) float64 {
	return func(s float64) float64 { return volume * math.Sin(2*math.Pi*freq*s) }
}

// TestEarTellsTonesApart: a tone is found at its own frequency only, never in
// noise, in speech-like sound or in silence.
func TestEarTellsTonesApart(t *testing.T) {
	noise := rand.New(rand.NewPCG(1, 2))
	f := func(name string, freq float64, want bool, at func(float64) float64) {
		t.Helper()
		e, begun := &Ear{}, time.Now().Add(-time.Second)
		sound(e, 50, at)
		if got := e.Tone(freq, begun) >= toneFrames; got != want {
			t.Errorf("%s: tone at %.0f Hz found %v, want %v (%d frames)", name, freq, got, want, e.Tone(freq, begun))
		}
	}
	f("the tone itself", 1000, true, sine(1000, 8000))
	f("a quiet tone", 440, true, sine(440, 400))
	f("another tone", 1000, false, sine(440, 8000))
	f("too quiet", 1000, false, sine(1000, 60))
	f("silence", 1000, false, sine(1000, 0))
	f("noise", 1000, false, func(float64) float64 { return noise.NormFloat64() * 3000 })
	f("a tone under a louder one", 1000, false, func(s float64) float64 { return sine(440, 8000)(s) + sine(1000, 3000)(s) })
	f("a tone over faint noise", 1000, true, func(s float64) float64 { return sine(1000, 8000)(s) + noise.NormFloat64()*500 })
}

// TestEarFollowsTheStream: what is lost, changed or turned back is counted.
func TestEarFollowsTheStream(t *testing.T) {
	e := &Ear{}
	f := func(seq uint16, ts, ssrc uint32) {
		e.WriteRTP(&media.Packet{Codec: media.PCMU, Sequence: seq, Timestamp: ts, SSRC: ssrc, Payload: make([]byte, frameSize)})
	}
	f(65535, 0, 1)
	f(0, 160, 1)
	f(3, 640, 1) // 1 and 2 are lost
	f(4, 320, 1) // backwards
	f(9, 0, 2)   // another source
	e.WriteRTP(&media.Packet{Event: true})
	got := e.Stream()
	if got.Packets != 5 || got.Lost != 2 || got.Jumps != 1 || got.Sources != 2 {
		t.Errorf("stream %+v, want 5 packets, 2 lost, 1 jump, 2 sources", got)
	}
}

// TestSayEndsAndStartsOver: speech is said to its last sample, then silence, or
// from the beginning again.
func TestSayEndsAndStartsOver(t *testing.T) {
	speech := make([]int16, frameSize*2+10)
	for i := range speech {
		speech[i] = 1000
	}
	frame := make([]int16, frameSize)
	m := &Mouth{}
	m.Say(speech, false)
	for n, want := range []int16{1000, 1000, 0, 0} {
		m.fill(frame)
		if frame[frameSize-1] != want {
			t.Errorf("frame %d ends with %d, want %d", n, frame[frameSize-1], want)
		}
		if n == 2 && frame[9] != 1000 {
			t.Error("the last samples were not said")
		}
	}
	m.Say(speech, true)
	for n := range 7 {
		m.fill(frame)
		if frame[0] != 1000 {
			t.Errorf("frame %d of repeated speech is silent", n)
		}
	}
}

// TestPauseFindsTheGap between packets, and the one that still lasts.
func TestPauseFindsTheGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, begun := &Ear{}, time.Now()
		send := func(after time.Duration) {
			time.Sleep(after)
			sound(e, 1, sine(440, 1000))
		}
		send(20 * time.Millisecond)
		send(20 * time.Millisecond)
		send(300 * time.Millisecond)
		send(20 * time.Millisecond)
		if got := e.Pause(begun); got != 300*time.Millisecond {
			t.Errorf("pause %s, want 300ms", got)
		}
		time.Sleep(time.Second)
		if got := e.Pause(begun); got != time.Second {
			t.Errorf("pause %s, want the second that lasts", got)
		}
	})
}
