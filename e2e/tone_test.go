// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"encoding/binary"
	"math"
	"os"
	"testing"
	"time"
)

// microphoneRate is the sample rate of the WAV that Chromium takes for its
// microphone, microphoneLength how long it is before it starts over.
const (
	microphoneRate   = 48000
	microphoneVolume = 12000
	microphoneBursts = 10
)

// writeBurstWAV writes a mono 16-bit WAV of tone bursts, a whole number of
// periods long, so that it loops without a click.
func writeBurstWAV(t *testing.T, path string, freq float64, on, off time.Duration) {
	t.Helper()
	perSecond := func(d time.Duration) int { return int(d.Seconds() * microphoneRate) }
	onSamples, period := perSecond(on), perSecond(on+off)
	data := make([]byte, 0, 2*period*microphoneBursts)
	for n := range period * microphoneBursts {
		s := 0.0
		if n%period < onSamples {
			s = microphoneVolume * math.Sin(2*math.Pi*freq*float64(n)/microphoneRate)
		}
		data = binary.LittleEndian.AppendUint16(data, uint16(int16(s)))
	}
	head := []byte("RIFF")
	head = binary.LittleEndian.AppendUint32(head, uint32(36+len(data)))
	head = append(head, "WAVEfmt "...)
	head = binary.LittleEndian.AppendUint32(head, 16)
	head = binary.LittleEndian.AppendUint16(head, 1) // PCM
	head = binary.LittleEndian.AppendUint16(head, 1) // mono
	head = binary.LittleEndian.AppendUint32(head, microphoneRate)
	head = binary.LittleEndian.AppendUint32(head, 2*microphoneRate)
	head = binary.LittleEndian.AppendUint16(head, 2)
	head = binary.LittleEndian.AppendUint16(head, 16)
	head = append(head, "data"...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
	if err := os.WriteFile(path, append(head, data...), 0o600); err != nil {
		t.Fatal(err)
	}
}
