// SPDX-License-Identifier: Apache-2.0

package media

// This file hears keypad tones in the sound itself (ITU-T Q.23 and Q.24), for
// far ends that have agreed on no telephone-events.

const (
	// toneBlock is how many samples are looked at at once, 12.75 ms: a press of 40
	// ms, the shortest that must be taken (Q.24), has two whole blocks in it.
	toneBlock = 102
	toneHits  = 2 // blocks in a row that begin a press
	toneGaps  = 3 // blocks without it that end one

	toneFloor   = 8.0e7 // power of the weaker tone: about -40 dBm0
	tonePeak    = 6.3   // of the strongest of a group over the others, 8 dB
	toneTwist   = 6.31  // of the high tone under the low one at most, 8 dB
	toneReverse = 2.51  // and over it, 4 dB: the line takes more of high tones
	// tonePure is the share of both tones in the whole power, of at most
	// toneBlock/2 = 51: speech never has it.
	tonePure = 42.0
)

// toneCoefficients are 2*cos(2*pi*f/8000) of 697, 770, 852, 941 and of 1209,
// 1336, 1477, 1633 Hz.
var toneCoefficients = [2][4]float64{
	{1.7077378093489, 1.6452810360417, 1.5686869838668, 1.4782045682401},
	{1.1641040230273, 0.9963702106789, 0.7986183892266, 0.5685327067752},
}

const toneKeys = "123A456B789C*0#D"

// tones tells the keys of one stream. Not safe for concurrent use.
type tones struct {
	state  [2][4][2]float64
	energy float64
	n      int
	hit    byte // of the last block
	hits   int
	gaps   int
	key    byte // being pressed; 0: none
}

// take looks at samples and calls tell once for each press.
func (t *tones) take(samples []int16, tell func(key byte)) {
	for _, s := range samples {
		x := float64(s)
		t.energy += x * x
		for g := range t.state {
			for i := range t.state[g] {
				v := &t.state[g][i]
				v[0], v[1] = x+toneCoefficients[g][i]*v[0]-v[1], v[0]
			}
		}
		if t.n++; t.n == toneBlock {
			t.look(tell)
		}
	}
}

// look ends a block.
func (t *tones) look(tell func(key byte)) {
	key := t.heard()
	t.state, t.energy, t.n = [2][4][2]float64{}, 0, 0
	if key != t.hit {
		t.hit, t.hits = key, 0
	}
	t.hits++
	if t.key != 0 && key != t.key {
		if t.gaps++; t.gaps >= toneGaps {
			t.key = 0
		}
	} else {
		t.gaps = 0
	}
	if key != 0 && key != t.key && t.hits >= toneHits {
		t.key, t.gaps = key, 0
		tell(key)
	}
}

// heard is the key whose two tones make up the block, or 0.
func (t *tones) heard() byte {
	var best [2]int
	var power [2]float64
	for g := range t.state {
		var all [4]float64
		for i, v := range t.state[g] {
			all[i] = v[0]*v[0] + v[1]*v[1] - toneCoefficients[g][i]*v[0]*v[1]
			if all[i] > all[best[g]] {
				best[g] = i
			}
		}
		power[g] = all[best[g]]
		for i, p := range all {
			if i != best[g] && p*tonePeak > power[g] {
				return 0
			}
		}
	}
	low, high := power[0], power[1]
	if min(low, high) < toneFloor || high > low*toneReverse || low > high*toneTwist || low+high < tonePure*t.energy {
		return 0
	}
	return toneKeys[4*best[0]+best[1]]
}
