// SPDX-License-Identifier: Apache-2.0

package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// This file reads and writes WAV files.

const (
	wavPCM        = 1
	wavALaw       = 6
	wavULaw       = 7
	wavExtensible = 0xfffe

	// maxWAV is the largest file we read: an hour of mu-law.
	maxWAV      = 3600 * SampleRate
	maxChannels = 2
	minRate     = SampleRate
	maxRate     = 192000
)

var errWAV = errors.New("not a WAV file of 16-bit PCM, mu-law or A-law, mono or stereo, 8 kHz or more")

// ReadWAV reads a WAV file as samples at 8 kHz: 16-bit PCM, mu-law or A-law,
// mono or stereo (mixed), of any rate from 8 to 192 kHz (resampled).
func ReadWAV(b []byte) ([]int16, error) {
	f, err := parseWAV(b)
	if err != nil {
		return nil, err
	}
	var s []int16
	switch f.format {
	case wavULaw:
		s = decodeBytes(nil, PCMU, f.data)
	case wavALaw:
		s = decodeBytes(nil, PCMA, f.data)
	default:
		s = make([]int16, len(f.data)/2)
		for i := range s {
			s[i] = int16(binary.LittleEndian.Uint16(f.data[2*i:]))
		}
	}
	if f.channels == 2 {
		for i := range len(s) / 2 {
			s[i] = int16((int(s[2*i]) + int(s[2*i+1])) / 2)
		}
		s = s[:len(s)/2]
	}
	return resample(s, f.rate, SampleRate), nil
}

type wavFile struct {
	format, channels, rate int
	data                   []byte
}

func parseWAV(b []byte) (f wavFile, err error) {
	if len(b) < 12 || len(b) > maxWAV || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return f, errWAV
	}
	bits := 0
	for rest := b[12:]; len(rest) >= 8; {
		name, size := string(rest[:4]), int(binary.LittleEndian.Uint32(rest[4:]))
		rest = rest[8:]
		// An engine that writes to a pipe cannot go back to fill in the size.
		size = min(size, len(rest))
		body := rest[:size]
		switch name {
		case "fmt ":
			if size < 16 {
				return f, errWAV
			}
			f.format = int(binary.LittleEndian.Uint16(body))
			f.channels = int(binary.LittleEndian.Uint16(body[2:]))
			f.rate = int(binary.LittleEndian.Uint32(body[4:]))
			bits = int(binary.LittleEndian.Uint16(body[14:]))
			if f.format == wavExtensible && size >= 26 {
				f.format = int(binary.LittleEndian.Uint16(body[24:]))
			}
		case "data":
			f.data = body
		}
		rest = rest[min(size+size%2, len(rest)):]
	}
	known := f.format == wavPCM && bits == 16 || (f.format == wavULaw || f.format == wavALaw) && bits == 8
	if !known || f.channels < 1 || f.channels > maxChannels || f.rate < minRate || f.rate > maxRate {
		return f, errWAV
	}
	return f, nil
}

// WriteWAV writes samples at 8 kHz as a mu-law WAV file.
func WriteWAV(samples []int16) []byte { return writeULaw(Encode(PCMU, samples)) }

func writeULaw(data []byte) []byte {
	b := append(headULaw(len(data)), data...)
	return append(b, make([]byte, len(data)%2)...)
}

// headULaw is what stands before so many bytes of mu-law.
func headULaw(length int) []byte {
	b := make([]byte, 0, 58+length+length%2)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(50+length+length%2))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 18)
	b = le.AppendUint16(b, wavULaw)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, SampleRate)
	b = le.AppendUint32(b, SampleRate)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 8)
	b = le.AppendUint16(b, 0)
	b = append(b, "fact"...)
	b = le.AppendUint32(b, 4)
	b = le.AppendUint32(b, uint32(length))
	b = append(b, "data"...)
	return le.AppendUint32(b, uint32(length))
}

// resample changes the rate of s by a windowed sinc that passes what both rates
// can bear. It is for files at load, not for calls.
func resample(s []int16, from, to int) []int16 {
	if from == to || len(s) == 0 {
		return s
	}
	const lobes = 16
	cut := min(1, float64(to)/float64(from)) * 0.95 // of the source's Nyquist; the rest is the slope
	half := int(math.Ceil(lobes / cut))
	out := make([]int16, int(int64(len(s))*int64(to)/int64(from)))
	for i := range out {
		at := float64(i) * float64(from) / float64(to)
		middle := int(at)
		var sum, weight float64
		for j := max(0, middle-half+1); j <= min(len(s)-1, middle+half); j++ {
			x := float64(j) - at
			w := sinc(cut*x) * (0.5 + 0.5*math.Cos(math.Pi*x/float64(half+1)))
			sum += w * float64(s[j])
			weight += w
		}
		if weight != 0 {
			out[i] = clamp(sum / weight)
		}
	}
	return out
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func clamp(v float64) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(v))))
}

// wavError wraps what ReadWAV says with the file's name.
func wavError(name string, err error) error { return fmt.Errorf("read sound %s: %w", name, err) }
