// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

// FuzzTrace: whatever is traced is masked, drawn and captured without a fault,
// and no octet is lost.
func FuzzTrace(f *testing.F) {
	f.Add([]byte(wireInvite))
	f.Add([]byte("SIP/2.0 200 OK\r\ni: 1\r\n\r\nv=0\r\na=crypto:1 X inline:k\r\n"))
	f.Add([]byte("INFO x\r\nCall-ID: 1\r\nc: application/dtmf\r\n\r\n5"))
	far := netip.MustParseAddrPort("[2001:db8::1]:5060")
	f.Fuzz(func(t *testing.T, text []byte) {
		masked := mask(text)
		if len(masked) != len(text) {
			t.Errorf("%d octets became %d", len(text), len(masked))
		}
		m := traced{from: far, to: far, text: masked, transport: "udp"}
		if drawn := ladder([]traced{m}, 0); strings.ContainsAny(drawn, "\x00\x1b") {
			t.Errorf("%q", drawn)
		}
		pcap([]traced{m})
		callIDOf(text)
	})
}

// FuzzCodecs: what is left of a session description is a part of it.
func FuzzCodecs(f *testing.F) {
	f.Add([]byte(testSDP))
	f.Add([]byte("m=audio 4000 RTP/AVP 9 0 8\na=rtpmap:9 G722/8000\nm=audio"))
	f.Fuzz(func(t *testing.T, sdp []byte) {
		kept, _ := keepCodecs(sdp, []string{"PCMA"})
		if len(kept) > len(sdp)+2*bytes.Count(sdp, []byte("m=audio")) {
			t.Errorf("%q grew to %q", sdp, kept)
		}
	})
}

// FuzzTidy: taking white space out changes nothing that is not white space.
func FuzzTidy(f *testing.F) {
	f.Add(wireInvite)
	f.Add("INVITE x SIP/2.0\r\nFrom : \"a ; b\" <sip:x> ; tag = 1\r\nVia: SIP / 2.0 / UDP h ; branch = z\r\n\r\nbody ; = x")
	f.Fuzz(func(t *testing.T, text string) {
		end := endOfHeaders([]byte(text))
		if end < 0 {
			return
		}
		out, newEnd := tidy([]byte(text), end)
		strip := strings.NewReplacer(" ", "", "\t", "")
		if string(out[newEnd:]) != text[end:] || strip.Replace(string(out)) != strip.Replace(text) {
			t.Errorf("%q became %q", text, out)
		}
	})
}
