// SPDX-License-Identifier: Apache-2.0

package main

import (
	"math"

	"tandem/media"
)

// This file composes the hold music: a slow arpeggio over soft chords, our own,
// so that no licence speaks for it. It loops without a seam.

const (
	beat     = 0.4 // seconds between notes of the arpeggio
	perChord = 8   // notes over each chord
	rate     = media.SampleRate
)

// chords are semitones above A (110 Hz); the pattern below picks from them.
// Eight chords of two bars: I vi IV V, then I iii IV V.
var chords = [][]int{
	{3, 10, 15, 19, 22}, {0, 7, 12, 15, 19}, {8, 15, 20, 24, 27}, {10, 17, 22, 26, 29},
	{3, 10, 15, 19, 22}, {7, 14, 19, 22, 26}, {8, 15, 20, 24, 27}, {10, 17, 20, 26, 29},
	{0, 7, 12, 15, 19}, {5, 12, 17, 20, 24}, {8, 15, 20, 24, 27}, {3, 10, 15, 19, 22},
	{5, 12, 17, 20, 24}, {10, 17, 22, 26, 29}, {3, 10, 15, 19, 22}, {10, 17, 20, 26, 29},
}

var patterns = [][perChord]int{{0, 2, 3, 4, 3, 2, 3, 1}, {0, 1, 2, 3, 4, 3, 2, 3}}

func holdMusic() []int16 {
	mix := make([]float64, int(beat*rate)*perChord*len(chords))
	for i, chord := range chords {
		at := i * perChord * int(beat*rate)
		for _, n := range chord[:3] {
			pad(mix, at, pitch(n+12))
		}
		for j, n := range patterns[i%len(patterns)] {
			loud := 0.5
			if j%4 == 0 {
				loud = 0.65
			}
			pluck(mix, at+j*int(beat*rate), pitch(chord[n]+12), loud)
		}
		pluck(mix, at, pitch(chord[0]), 0.6)
	}
	return master(mix)
}

func pitch(semitones int) float64 { return 110 * math.Pow(2, float64(semitones)/12) }

// pluck adds a bell-like note that dies away; what passes the end sounds on at
// the beginning.
func pluck(mix []float64, at int, hertz, loud float64) {
	partials := []struct{ times, level, decay float64 }{{1, 1, 0.9}, {2, 0.35, 0.5}, {3, 0.12, 0.3}, {4.01, 0.05, 0.2}}
	for _, p := range partials {
		if hertz*p.times > 3000 {
			continue
		}
		for i := range int(5 * p.decay * rate) {
			t := float64(i) / rate
			attack := math.Min(1, t/0.008)
			mix[(at+i)%len(mix)] += loud * p.level * attack * math.Exp(-t/p.decay) * math.Sin(2*math.Pi*hertz*p.times*t)
		}
	}
}

// pad adds a chord's soft ground, swelling and fading across its neighbours.
func pad(mix []float64, at int, hertz float64) {
	n := perChord * int(beat*rate)
	for i := range n * 3 / 2 {
		swell := math.Pow(math.Sin(math.Pi*float64(i)/float64(n*3/2)), 2)
		t := float64(i) / rate
		v := math.Sin(2*math.Pi*hertz*t) + 0.6*math.Sin(2*math.Pi*hertz*1.003*t)
		mix[(at+i)%len(mix)] += 0.1 * swell * v
	}
}

// master brings the mix to a loudness that lets speech stand above it.
func master(mix []float64) []int16 {
	var energy float64
	for _, v := range mix {
		energy += v * v
	}
	gain := 0.07 / math.Sqrt(energy/float64(len(mix)))
	out := make([]int16, len(mix))
	for i, v := range mix {
		out[i] = int16(math.MaxInt16 * math.Tanh(gain*v))
	}
	return out
}
