// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// keyTone is d of a key's two tones, of which the high one is detuned by a
// factor and shifted by decibels.
func keyTone(key byte, d time.Duration, detune, gain float64) []int16 {
	low, high := []float64{697, 770, 852, 941}, []float64{1209, 1336, 1477, 1633}
	for i := range toneKeys {
		if toneKeys[i] != key {
			continue
		}
		a, b := Tone(low[i/4]*detune, 0.2, d), Tone(high[i%4]*detune, 0.2*gain, d)
		for n := range a {
			a[n] += b[n]
		}
		return a
	}
	return nil
}

func TestKeysAreHeardInTheSound(t *testing.T) {
	f := func(name, want string, sound ...[]int16) {
		t.Helper()
		var d tones
		got := ""
		for _, s := range sound {
			d.take(s, func(key byte) { got += string(key) })
		}
		if got != want {
			t.Errorf("%s: heard %q, want %q", name, got, want)
		}
	}
	quiet := make([]int16, 400)
	var all [][]int16
	for i := range toneKeys {
		all = append(all, keyTone(toneKeys[i], 50*time.Millisecond, 1, 1), quiet)
	}
	f("every key, 50 ms each", toneKeys, all...)
	f("one long press", "5", keyTone('5', 3*time.Second, 1, 1))
	f("the same key twice", "55", keyTone('5', 60*time.Millisecond, 1, 1), quiet, keyTone('5', 60*time.Millisecond, 1, 1))
	f("another key without a pause", "12", keyTone('1', 60*time.Millisecond, 1, 1), keyTone('2', 60*time.Millisecond, 1, 1))
	f("a gap in a press", "7", keyTone('7', 60*time.Millisecond, 1, 1), quiet[:80], keyTone('7', 60*time.Millisecond, 1, 1))
	f("1.5 % beside", "6", keyTone('6', 60*time.Millisecond, 1.015, 1))
	f("too short", "", quiet[:51], keyTone('5', 15*time.Millisecond, 1, 1), quiet)
	f("one tone alone", "", Tone(697, 0.4, time.Second), Tone(1209, 0.4, time.Second))
	f("ringing and dialling tones", "", Tone(425, 0.4, time.Second), Tone(440, 0.4, time.Second))
	f("a high tone far too strong", "", keyTone('5', time.Second, 1, 3))
	noise := make([]int16, 60*SampleRate)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = int16(r.NormFloat64() * 3000)
	}
	f("a minute of noise", "", noise)
	l, err := NewLibrary(os.DirFS(builtIn))
	if err != nil {
		t.Fatal(err)
	}
	for s := range l.sentences {
		if c, ok := l.Sentence(s.Lang, s.Text); ok {
			f("speech: "+s.Text, "", c.Samples())
		}
	}
}

// A far end that has agreed on events sends its keys so; tones in its sound are
// no second press, and events that were not agreed on end the listening.
func TestRFC4733_NeverHeardTwice(t *testing.T) {
	f := func(name, formats string, event uint8, want string) {
		t.Helper()
		e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
		far := rawPeer(t, "127.0.0.1")
		if _, err := e.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP "+formats, "a=rtpmap:101 telephone-event/8000")); err != nil {
			t.Fatal(err)
		}
		var seq uint16
		send := func(p Packet) {
			p.SSRC, p.Sequence = 1, seq
			seq++
			far.send(t, e, p)
		}
		if event != 0 {
			send(Packet{PayloadType: event, Timestamp: 1, Payload: []byte{5, 10, 0, 160}})
		}
		sound := Encode(PCMU, keyTone('5', 100*time.Millisecond, 1, 1))
		for i := 0; i < len(sound); i += 160 {
			send(Packet{Timestamp: uint32(i), Payload: sound[i : i+160]})
		}
		send(Packet{Timestamp: uint32(len(sound)), Payload: Encode(PCMU, make([]int16, 160))})
		until(t, "all packets", func() bool { return e.received() == uint64(seq) }) // those before the last have been heard
		got := ""
		for len(e.events) > 0 {
			if d, ok := (<-e.events).(Digit); ok {
				got += string(d.Key)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	f("nothing agreed: the tone", "0", 0, "5")
	f("events agreed: the event", "0 101", 101, "5")
	f("events agreed, only a tone", "0 101", 0, "")
}
