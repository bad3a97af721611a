// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// wire keeps what a stream sends.
type wire struct{ sent []Packet }

func (w *wire) send(p *Packet) {
	q := *p
	q.Payload = bytes.Clone(p.Payload)
	w.sent = append(w.sent, q)
}

// source makes packets of one stream.
type source struct{ p Packet }

func newSource(ssrc uint32, codec Codec) *source {
	return &source{Packet{SSRC: ssrc, Sequence: uint16(ssrc * 777), Timestamp: ssrc * 99991, Codec: codec}}
}

func (s *source) next(n int) *Packet {
	p := s.p
	p.Payload = bytes.Repeat([]byte{silenceULaw}, n)
	s.p.Sequence++
	s.p.Timestamp += uint32(n)
	return &p
}

func plain(t *testing.T, f Format) (*Outgoing, *wire) {
	t.Helper()
	w := new(wire)
	o := NewOutgoing(w.send)
	if f.Codec == NoCodec {
		f.Codec = PCMU
	}
	o.Use(f)
	return o, w
}

// continuous checks that a receiver sees one stream without loss, each packet
// beginning where the one before ended.
func continuous(t *testing.T, sent []Packet) {
	t.Helper()
	for i := 1; i < len(sent); i++ {
		a, b := sent[i-1], sent[i]
		if b.SSRC != a.SSRC || b.Sequence != a.Sequence+1 || b.Timestamp != a.Timestamp+uint32(len(a.Payload)) {
			t.Fatalf("packet %d: %+v after %+v", i, b, a)
		}
	}
}

func TestOutgoingIsOneStreamAcrossSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := plain(t, Format{})
		music, agent := newSource(1, PCMU), newSource(2, PCMU)
		for i := range 70000 { // longer than a round of sequence numbers
			s := music
			if i/1000%2 == 1 {
				s = agent
			}
			o.WriteRTP(s.next(160))
			time.Sleep(20 * time.Millisecond)
		}
		if len(w.sent) != 70000 {
			t.Fatalf("%d packets sent", len(w.sent))
		}
		continuous(t, w.sent)
		for i, p := range w.sent {
			if p.Marker != (i%1000 == 0) {
				t.Fatalf("packet %d: marker %v", i, p.Marker)
			}
		}
	})
}

func TestOutgoingKeepsThePauseBetweenSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := plain(t, Format{})
		o.WriteRTP(newSource(1, PCMU).next(160))
		time.Sleep(2 * time.Second)
		o.WriteRTP(newSource(2, PCMU).next(160))
		if d := w.sent[1].Timestamp - w.sent[0].Timestamp; d != 16000 {
			t.Fatalf("2 s are %d samples", d)
		}
		if w.sent[1].Sequence != w.sent[0].Sequence+1 {
			t.Fatal("the pause looks like loss")
		}
	})
}

func TestOutgoingKeepsLossAndOrder(t *testing.T) {
	o, w := plain(t, Format{})
	s := newSource(1, PCMU)
	a := s.next(160)
	lost := s.next(160)
	b := s.next(160)
	o.WriteRTP(a)
	o.WriteRTP(b)
	o.WriteRTP(lost) // late, not lost
	if d := w.sent[1].Sequence - w.sent[0].Sequence; d != 2 {
		t.Fatalf("loss of one packet shows as a step of %d", d)
	}
	if w.sent[2].Sequence != w.sent[0].Sequence+1 || w.sent[2].Timestamp != w.sent[0].Timestamp+160 {
		t.Fatalf("late packet sent as %+v", w.sent[2])
	}
}

func TestOutgoingDropsWhatBelongsToTheFormerSource(t *testing.T) {
	o, w := plain(t, Format{})
	s := newSource(1, PCMU)
	s.next(160)
	late := s.next(160)
	first := s.next(160)
	o.WriteRTP(first)
	o.WriteRTP(late) // from before the stream began
	if len(w.sent) != 1 {
		t.Fatalf("%d packets sent, want the first only", len(w.sent))
	}
}

func TestOutgoingBeginsAnewAfterALeap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := plain(t, Format{})
		s := newSource(1, PCMU)
		o.WriteRTP(s.next(160))
		s.p.Sequence += 3000
		s.p.Timestamp += 1 << 30
		time.Sleep(20 * time.Millisecond)
		o.WriteRTP(s.next(160))
		continuous(t, w.sent)
		if !w.sent[1].Marker {
			t.Fatal("no marker at the new beginning")
		}
	})
}

func TestOutgoingSpeaksTheFarEndsLawAndNumbers(t *testing.T) {
	o, w := plain(t, Format{Codec: PCMA, PayloadType: 8, EventType: 96})
	tone := Tone(440, 0.5, 20*time.Millisecond)
	o.WriteRTP(&Packet{SSRC: 1, Codec: PCMU, Payload: Encode(PCMU, tone)})
	heard := decodeBytes(nil, PCMA, w.sent[0].Payload)
	if w.sent[0].PayloadType != 8 || Goertzel(heard, 440) < 0.95 {
		t.Fatalf("sent type %d, share of 440 Hz %.2f", w.sent[0].PayloadType, Goertzel(heard, 440))
	}
	o.WriteRTP(&Packet{SSRC: 1, Sequence: 1, Timestamp: 160, PayloadType: 101, Event: true, Payload: []byte{5, 10, 0, 160}})
	if e := w.sent[1]; e.PayloadType != 96 || !e.Event || e.Sequence != w.sent[0].Sequence+1 {
		t.Fatalf("event sent as %+v", e)
	}
}

func TestOutgoingDropsWhatTheFarEndDoesNotTake(t *testing.T) {
	f := func(format Format, p Packet) {
		t.Helper()
		w := new(wire)
		o := NewOutgoing(w.send)
		o.Use(format)
		o.WriteRTP(&p)
		if len(w.sent) != 0 {
			t.Fatalf("sent %+v", w.sent[0])
		}
	}
	sound := []byte{1, 2, 3}
	f(Format{}, Packet{Codec: PCMU, Payload: sound})
	f(Format{Codec: PCMU}, Packet{Event: true, Payload: sound})
	f(Format{Codec: PCMU}, Packet{Payload: sound})
	f(Format{Codec: PCMU}, Packet{Codec: PCMU})
	f(Format{Codec: PCMU}, Packet{Codec: PCMU, Payload: make([]byte, maxPayload+1)})
}

func TestOutgoingCutsPacketsAsAsked(t *testing.T) {
	f := func(asked, given time.Duration) {
		t.Helper()
		o, w := plain(t, Format{PacketTime: asked})
		s := newSource(3, PCMU)
		in := 0
		for in < 9600 { // 1.2 s
			p := s.next(int(given / time.Millisecond * 8))
			for i := range p.Payload {
				p.Payload[i] = byte((in + i) % 251)
			}
			in += len(p.Payload)
			o.WriteRTP(p)
		}
		continuous(t, w.sent)
		out := 0
		for i, p := range w.sent {
			if want := int(asked / time.Millisecond * 8); len(p.Payload) != want {
				t.Fatalf("%v asked, %v given: packet %d has %d bytes", asked, given, i, len(p.Payload))
			}
			if p.Marker != (i == 0) {
				t.Fatalf("%v asked, %v given: packet %d has marker %v", asked, given, i, p.Marker)
			}
			for _, b := range p.Payload {
				if b != byte(out%251) {
					t.Fatalf("%v asked, %v given: byte %d is %d", asked, given, out, b)
				}
				out++
			}
		}
		if out < in-int(asked/time.Millisecond*8) {
			t.Fatalf("%v asked, %v given: %d of %d bytes sent", asked, given, out, in)
		}
	}
	for _, asked := range []time.Duration{10, 20, 30, 40, 60} {
		for _, given := range []time.Duration{10, 20, 30, 60} {
			f(asked*time.Millisecond, given*time.Millisecond)
		}
	}
}

func TestSendDigitsIsHeardAsPressed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, w := plain(t, Format{EventType: 101})
		s := newSource(1, PCMU)
		o.WriteRTP(s.next(160))
		time.Sleep(20 * time.Millisecond)
		if err := o.SendDigits(context.Background(), "11,#D"); err != nil {
			t.Fatal(err)
		}
		o.WriteRTP(s.next(160))
		var heard []byte
		var r presses
		for _, p := range w.sent {
			if key, ok := r.receive(&p); p.Event && ok {
				heard = append(heard, key)
			}
		}
		if string(heard) != "11#D" {
			t.Fatalf("heard %q", heard)
		}
		last := w.sent[len(w.sent)-1]
		if last.Event || last.Sequence != w.sent[0].Sequence+uint16(len(w.sent)-1) {
			t.Fatalf("sound after the keys: %+v", last)
		}
		// 4 keys of 100 ms, 3 ends and a pause of 80 ms each, and 1 s.
		if got := last.Timestamp - w.sent[0].Timestamp; got != 8*(20+4*240+1000) {
			t.Fatalf("%d ms of timestamps", got/8)
		}
	})
}

func TestSendDigitsRefuses(t *testing.T) {
	o, _ := plain(t, Format{EventType: 101})
	if err := o.SendDigits(context.Background(), "12x"); err == nil {
		t.Error("x is no key")
	}
	if err := o.SendDigits(context.Background(), string(make([]byte, MaxDigits+1))); err == nil {
		t.Error("too many")
	}
	deaf, _ := plain(t, Format{})
	if err := deaf.SendDigits(context.Background(), "1"); err == nil {
		t.Error("no events there")
	}
}

func TestForwardDoesNotAllocate(t *testing.T) {
	var b [maxPacket]byte
	o := NewOutgoing(func(p *Packet) { marshalRTP(b[:], p) })
	for _, format := range []Format{{Codec: PCMU}, {Codec: PCMA, PayloadType: 8}, {Codec: PCMU, PacketTime: 30 * time.Millisecond}} {
		o.Use(format)
		p := newSource(9, PCMU).next(160)
		if n := testing.AllocsPerRun(1000, func() { o.WriteRTP(p); p.Sequence++; p.Timestamp += 160 }); n != 0 {
			t.Errorf("%+v: %v allocations a packet", format, n)
		}
	}
}
