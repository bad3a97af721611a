// SPDX-License-Identifier: Apache-2.0

package media

import "testing"

func TestG711KnownCodes(t *testing.T) {
	f := func(c Codec, sample int16, code byte, back int16) {
		t.Helper()
		if got := Encode(c, []int16{sample})[0]; got != code {
			t.Errorf("encode %d: %#x, want %#x", sample, got, code)
		}
		if got := decodeBytes(nil, c, []byte{code})[0]; got != back {
			t.Errorf("decode %#x: %d, want %d", code, got, back)
		}
	}
	// ITU-T G.711, tables 1 and 2.
	f(PCMU, 0, 0xff, 0)
	f(PCMU, 32767, 0x80, 32124)
	f(PCMU, -32768, 0x00, -32124)
	f(PCMU, 1000, 0xce, 988)
	f(PCMA, 0, 0xd5, 8)
	f(PCMA, 32767, 0xaa, 32256)
	f(PCMA, -32768, 0x2a, -32256)
	f(PCMA, 1000, 0xfa, 1008)
}

func TestG711EveryCodeComesBack(t *testing.T) {
	for i := range 256 {
		code := byte(i)
		if s := fromALaw[code]; encodeALaw(s) != code {
			t.Errorf("A-law %#x means %d, coded as %#x", code, s, encodeALaw(s))
		}
		// mu-law has two zeros.
		if s := fromULaw[code]; encodeULaw(s) != code && s != 0 {
			t.Errorf("mu-law %#x means %d, coded as %#x", code, s, encodeULaw(s))
		}
	}
}

func TestG711ErrorIsSmall(t *testing.T) {
	for s := -32000; s <= 32000; s += 7 {
		for _, c := range []Codec{PCMU, PCMA} {
			got := int(decodeBytes(nil, c, Encode(c, []int16{int16(s)}))[0])
			if off := max(got-s, s-got); off > 16+max(s, -s)/16 {
				t.Fatalf("codec %d: %d comes back as %d", c, s, got)
			}
		}
	}
}
