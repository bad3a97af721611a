// SPDX-License-Identifier: Apache-2.0

package media

import "testing"

func TestRFC4733_2_5_EachPressOnce(t *testing.T) {
	type ev struct {
		ssrc, ts uint32
		payload  string
	}
	f := func(name, want string, events ...ev) {
		t.Helper()
		var r presses
		var got []byte
		for _, e := range events {
			if key, ok := r.receive(&Packet{SSRC: e.ssrc, Timestamp: e.ts, Event: true, Payload: []byte(e.payload)}); ok {
				got = append(got, key)
			}
		}
		if string(got) != want {
			t.Errorf("%s: heard %q, want %q", name, got, want)
		}
	}
	down := func(key byte) string { return string([]byte{key, 10, 0, 160}) }
	held := func(key byte) string { return string([]byte{key, 10, 3, 32}) }
	end := func(key byte) string { return string([]byte{key, 0x8a, 3, 32}) }
	f("one press, three ends", "5",
		ev{1, 100, down(5)}, ev{1, 100, held(5)}, ev{1, 100, end(5)}, ev{1, 100, end(5)}, ev{1, 100, end(5)})
	f("only an end arrives", "#", ev{1, 100, end(11)})
	f("no end arrives", "12", ev{1, 100, down(1)}, ev{1, 900, down(2)})
	f("two quick equal keys are two", "77",
		ev{1, 100, down(7)}, ev{1, 100, end(7)}, ev{1, 500, down(7)}, ev{1, 500, end(7)})
	f("two equal keys, neither with an end", "77", ev{1, 100, down(7)}, ev{1, 500, down(7)})
	f("a late end of the first press is none", "12",
		ev{1, 100, down(1)}, ev{1, 500, down(2)}, ev{1, 100, end(1)}, ev{1, 500, end(2)}, ev{1, 100, end(1)})
	f("the same timestamp of another stream is another press", "11", ev{1, 100, end(1)}, ev{2, 100, end(1)})
	f("all keys", "0123456789*#ABCD", func() (all []ev) {
		for i := range 16 {
			all = append(all, ev{1, uint32(i) * 1000, down(byte(i))})
		}
		return all
	}()...)
	f("flash and what is above is no key", "", ev{1, 100, down(16)}, ev{1, 200, down(255)})
	f("short", "", ev{1, 100, ""}, ev{1, 100, "\x01\x0a\x00"})
	f("a key held for longer than a segment is one press", "9",
		ev{1, 100, down(9)}, ev{1, 100, "\x09\x0a\xff\xff"}, ev{1, 100 + 0xffff, down(9)}, ev{1, 100 + 0xffff, end(9)})
}

func TestTelephoneEventRoundTrip(t *testing.T) {
	for i := range 16 {
		in := telephoneEvent{Key: dtmfKeys[i], End: i%2 == 0, Volume: -i, Duration: keyStep * 5}
		b := in.marshal()
		if out, ok := parseEvent(b[:]); !ok || out != in {
			t.Errorf("wrote %+v, read %+v", in, out)
		}
	}
}
