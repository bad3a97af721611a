// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"
)

// pcmWAV is a 16-bit PCM file, as an engine writes it.
func pcmWAV(rate, channels int, samples []int16) []byte {
	le := binary.LittleEndian
	b := append([]byte("RIFF\xff\xff\xff\xffWAVELIST\x03\x00\x00\x00odd\x00fmt \x10\x00\x00\x00\x01\x00"), byte(channels), 0)
	b = le.AppendUint32(b, uint32(rate))
	b = le.AppendUint32(b, uint32(rate*channels*2))
	b = append(b, byte(2*channels), 0, 16, 0)
	b = append(b, "data\xff\xff\xff\xff"...) // unknown length: written to a pipe
	for _, s := range samples {
		b = le.AppendUint16(b, uint16(s))
	}
	return b
}

func TestReadWAVKeepsTheSound(t *testing.T) {
	f := func(rate int) {
		t.Helper()
		tone := make([]int16, rate)
		for i := range tone {
			tone[i] = int16(12000 * math.Sin(2*math.Pi*1000*float64(i)/float64(rate)))
		}
		got, err := ReadWAV(pcmWAV(rate, 1, tone))
		if err != nil || len(got) < SampleRate-1 || len(got) > SampleRate {
			t.Fatalf("%d Hz: %d samples, %v", rate, len(got), err)
		}
		middle := got[100 : len(got)-100]
		if s, level := Goertzel(middle, 1000), Level(middle); s < 0.999 || math.Abs(level-0.259) > 0.01 {
			t.Errorf("%d Hz: share %.4f of 1000 Hz, level %.3f", rate, s, level)
		}
	}
	f(8000)
	f(16000)
	f(22050)
	f(48000)
}

func TestResampleLetsNothingFoldBack(t *testing.T) {
	tone := make([]int16, 22050)
	for i := range tone {
		tone[i] = int16(12000 * math.Sin(2*math.Pi*5500*float64(i)/22050)) // folds to 2500 Hz
	}
	if level := Level(resample(tone, 22050, SampleRate)); level > 0.003 {
		t.Errorf("5500 Hz leaves %.4f of full scale", level)
	}
}

func TestReadWAVMixesStereo(t *testing.T) {
	s := make([]int16, 200)
	for i := range 100 {
		s[2*i], s[2*i+1] = 1000, 3000
	}
	got, err := ReadWAV(pcmWAV(8000, 2, s))
	if err != nil || len(got) != 100 || got[50] != 2000 {
		t.Fatalf("%d samples, %v", len(got), err)
	}
}

func TestWriteWAVRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 2, 161} {
		in := Tone(440, 0.5, time.Second)[:n]
		b := WriteWAV(in)
		if size := int(binary.LittleEndian.Uint32(b[4:])) + 8; size != len(b) || size%2 != 0 {
			t.Errorf("%d samples: header says %d bytes of %d", n, size, len(b))
		}
		out, err := ReadWAV(b)
		if err != nil || len(out) != n || !bytes.Equal(Encode(PCMU, in), Encode(PCMU, out)) {
			t.Errorf("%d samples come back as %d (%v)", n, len(out), err)
		}
	}
}

func TestReadWAVRefuses(t *testing.T) {
	good := pcmWAV(8000, 1, []int16{1, 2, 3})
	f := func(name string, change func(b []byte) []byte) {
		t.Helper()
		if s, err := ReadWAV(change(bytes.Clone(good))); err == nil {
			t.Errorf("%s: read as %v", name, s)
		}
	}
	f("empty", func([]byte) []byte { return nil })
	f("other file", func(b []byte) []byte { return append([]byte("ID3"), b...) })
	f("no format", func(b []byte) []byte { return b[:12] })
	f("24 bits", func(b []byte) []byte { b[bytes.Index(b, []byte("fmt "))+22] = 24; return b })
	f("4 kHz", func(b []byte) []byte {
		binary.LittleEndian.PutUint32(b[bytes.Index(b, []byte("fmt "))+12:], 4000)
		return b
	})
	f("six channels", func(b []byte) []byte { b[bytes.Index(b, []byte("fmt "))+10] = 6; return b })
}

func FuzzReadWAV(f *testing.F) {
	f.Add(pcmWAV(8000, 1, []int16{1, 2, 3}))
	f.Add(WriteWAV([]int16{1, 2, 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ReadWAV(b)
		if err == nil && len(s) > len(b) {
			t.Fatalf("%d samples of %d bytes", len(s), len(b))
		}
	})
}

func TestToneIsFound(t *testing.T) {
	f := func(samples []int16, hertz, least, most float64) {
		t.Helper()
		if s := Goertzel(samples, hertz); s < least || s > most {
			t.Errorf("share of %.0f Hz is %.3f, want %.2f to %.2f", hertz, s, least, most)
		}
	}
	tone := Tone(440, 0.5, 200*time.Millisecond)
	f(tone, 440, 0.99, 1)
	f(tone, 1000, 0, 0.01)
	f(nil, 440, 0, 0)
	f(make([]int16, 100), 440, 0, 0)
	f(decodeBytes(nil, PCMA, Encode(PCMA, tone)), 440, 0.99, 1)
	if l := Level(tone); math.Abs(l-0.5/math.Sqrt2) > 0.01 {
		t.Errorf("level %.3f", l)
	}
	ear := NewEar(100 * time.Millisecond)
	say(ear, 1, PCMU, 1500, time.Second)
	say(ear, 1, PCMU, 440, 200*time.Millisecond)
	if heard := ear.Last(time.Minute); len(heard) != 800 {
		t.Errorf("an ear of 100 ms remembers %d samples", len(heard))
	}
	f(ear.Last(50*time.Millisecond), 440, 0.98, 1)
	if ear.Packets() != 60 {
		t.Errorf("%d packets", ear.Packets())
	}
	if ear.Clear(); len(ear.Last(time.Second)) != 0 {
		t.Error("an ear remembers after Clear")
	}
}
