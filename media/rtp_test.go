// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bytes"
	"testing"
)

func TestParseRTP(t *testing.T) {
	header := func(first, second byte) []byte {
		return []byte{first, second, 0x12, 0x34, 0, 0, 0, 160, 0xca, 0xfe, 0xba, 0xbe}
	}
	f := func(b []byte, payload string, ok bool) {
		t.Helper()
		var p Packet
		err := parseRTP(&p, b)
		if (err == nil) != ok {
			t.Fatalf("error %v, want ok %v", err, ok)
		}
		if ok && (string(p.Payload) != payload || p.Sequence != 0x1234 || p.Timestamp != 160 || p.SSRC != 0xcafebabe) {
			t.Fatalf("read %+v, want payload %q", p, payload)
		}
	}
	plain := header(0x80, 0)
	f(append(plain, "abc"...), "abc", true)
	f(plain, "", true)
	f(plain[:11], "", false)
	f(nil, "", false)
	f(append(header(0x40, 0), "abc"...), "", false)                               // version 1
	f(append(header(0x82, 0), "12345678abc"...), "abc", true)                     // two contributing sources
	f(append(header(0x8f, 0), "1234"...), "", false)                              // fifteen that are not there
	f(append(header(0x90, 0), "\xbe\xde\x00\x01wordabc"...), "abc", true)         // extension
	f(append(header(0x90, 0), "\xbe\xde\xff\xffword"...), "", false)              // longer than the packet
	f(append(header(0x90, 0), "\xbe"...), "", false)                              // cut short
	f(append(header(0xa0, 0), "abc\x00\x02"...), "abc", true)                     // padding
	f(append(header(0xa0, 0), "abc\x09"...), "", false)                           // more than there is
	f(append(header(0xa0, 0), "abc\x00"...), "", false)                           // none
	f(header(0xa0, 0), "", false)                                                 // no room for its length
	f(append(header(0xb1, 0), "1234\x00\x00\x00\x01wordabc\x01"...), "abc", true) // all at once
}

func TestMarshalRTPRoundTrip(t *testing.T) {
	in := Packet{Marker: true, PayloadType: 101, Sequence: 65535, Timestamp: 1 << 31, SSRC: 7, Payload: []byte("abcd")}
	var b [maxPacket]byte
	n := marshalRTP(b[:], &in)
	var out Packet
	if err := parseRTP(&out, b[:n]); err != nil {
		t.Fatal(err)
	}
	if !out.Marker || out.PayloadType != 101 || out.Sequence != 65535 || out.Timestamp != 1<<31 || out.SSRC != 7 || !bytes.Equal(out.Payload, in.Payload) {
		t.Fatalf("wrote %+v, read %+v", in, out)
	}
	if n := marshalRTP(b[:15], &in); n != 0 {
		t.Fatalf("wrote %d bytes where there is no room", n)
	}
}

func FuzzParseRTP(f *testing.F) {
	f.Add([]byte("\x80\x00\x12\x34\x00\x00\x00\xa0\xca\xfe\xba\xbeabc"))
	f.Add([]byte("\xb1\x00\x12\x34\x00\x00\x00\xa0\xca\xfe\xba\xbe1234\x00\x00\x00\x01wordabc\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Packet
		if parseRTP(&p, b) != nil {
			return
		}
		if len(p.Payload) > len(b)-rtpHeaderSize {
			t.Fatalf("payload of %d bytes in a packet of %d", len(p.Payload), len(b))
		}
		out := make([]byte, len(b)+rtpHeaderSize)
		n := marshalRTP(out, &p)
		var again Packet
		if err := parseRTP(&again, out[:n]); err != nil || !bytes.Equal(again.Payload, p.Payload) {
			t.Fatalf("%+v does not come back: %+v, %v", p, again, err)
		}
	})
}
