// SPDX-License-Identifier: Apache-2.0

package media

import (
	"math"
	"testing"
	"time"
)

// The tables of the Recommendation by which a step becomes a code (ILN and ILP)
// are computed; here they are as printed.
func TestG722StepsHaveTheRecommendationsCodes(t *testing.T) {
	iln := [...]byte{0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4}
	ilp := [...]byte{0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32}
	for step := 1; step <= 30; step++ {
		size := 16000 // above every step
		if step < len(g722Q6) {
			size = g722Q6[step] - 1
		}
		f := func(el int, want byte) {
			b := subband{det: 4096, s: 0}
			if got := b.encode(int16(2*el)) & 0x3f; got != want {
				t.Errorf("step %d, difference %d: code %d, want %d", step, el, got, want)
			}
		}
		f(size, ilp[step])
		f(-size-1, iln[step])
	}
}

func TestG722KeepsSpeechAndTones(t *testing.T) {
	for _, hertz := range []float64{200, 440, 1000, 2000, 3000} {
		for _, amplitude := range []float64{0.02, 0.3, 0.9} {
			coder, decoder := newSubband(), newSubband()
			sound := Tone(hertz, amplitude, 200*time.Millisecond)
			var noise, signal float64
			for i, s := range sound {
				out := decoder.decode(coder.encode(s))
				if i > 400 { // settled
					noise += math.Pow(float64(out)-float64(s), 2)
					signal += math.Pow(float64(s), 2)
				}
			}
			if ratio := 10 * math.Log10(signal/noise); ratio < 25 {
				t.Errorf("%v Hz at %v: signal to noise %.1f dB", hertz, amplitude, ratio)
			}
		}
	}
}

func BenchmarkG722(b *testing.B) {
	frame := Encode(PCMU, Tone(440, 0.3, frameTime))
	out := make([]byte, len(frame))
	var c converter
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			c.convert(out, frame, PCMU, G722)
		}
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			c.convert(frame, out, G722, PCMU)
		}
	})
}
