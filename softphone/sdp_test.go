// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/pion/sdp/v3"

	"tandem/media"
)

// chromiumOffer is what Chromium sends, with a camera that we do not want.
const chromiumOffer = `v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=msid-semantic: WMS s
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:AbCd
a=ice-pwd:0123456789abcdefghijklmn
a=ice-options:trickle
a=fingerprint:sha-256 49:66:12:17:0D:1C:91:AE:57:4C:C6:36:DD:D5:97:D2:7D:62:C9:9A:7F:B9:A3:F4:70:03:E7:43:91:73:23:5E
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtpmap:63 red/48000/2
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
m=video 9 UDP/TLS/RTP/SAVPF 96
c=IN IP4 0.0.0.0
a=mid:1
a=rtcp-mux
a=rtpmap:96 VP8/90000
`

func wireForm(text string) []byte { return []byte(strings.ReplaceAll(text, "\n", "\r\n")) }

func TestAnswerKeepsTheBrowsersNumbersAndLines(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{PublicAddress: "198.51.100.7:4000"}))
	text, err := e.Answer(context.Background(), wireForm(chromiumOffer))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"a=ice-lite", "a=group:BUNDLE 0\r\n", "m=audio 4000 UDP/TLS/RTP/SAVPF 0 8 126",
		"c=IN IP4 198.51.100.7", "a=setup:passive", "a=sendrecv", "a=rtcp-mux",
		"a=rtpmap:126 telephone-event/8000", "a=candidate:1 1 udp 2130706431 198.51.100.7 4000 typ host",
		"a=end-of-candidates", "m=video 0 UDP/TLS/RTP/SAVPF 96",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(text); err != nil {
		t.Fatalf("answer does not parse: %v", err)
	}
	again, err := e.Offer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(again), "m=video 0") || !strings.Contains(string(again), "a=setup:actpass") {
		t.Errorf("re-offer loses a line or the role:\n%s", again)
	}
	if version(t, again) <= version(t, text) {
		t.Errorf("version of the session does not grow")
	}
}

func version(t *testing.T, text []byte) uint64 {
	t.Helper()
	var d sdp.SessionDescription
	if err := d.Unmarshal(text); err != nil {
		t.Fatal(err)
	}
	return d.Origin.SessionVersion
}

func TestBrowsersOrderDecidesTheCodec(t *testing.T) {
	r, err := parseRemote(wireForm(strings.Replace(chromiumOffer, "0 8 13", "8 0 13", 1)), media.NoCodec)
	if err != nil {
		t.Fatal(err)
	}
	if r.codec != media.PCMA || r.types != (payloadTypes{pcmu: 0, pcma: 8, event: 126, g722: noType}) {
		t.Fatalf("codec %v, types %+v", r.codec, r.types)
	}
}

func TestRFC3551_4_5_2_G722IsTakenWhereTheCallerSpeaksIt(t *testing.T) {
	r, err := parseRemote(wireForm(chromiumOffer), media.G722)
	if err != nil || r.codec != media.G722 || r.types.g722 != 9 {
		t.Fatalf("%v, types %+v, %v", r.codec, r.types, err)
	}
	if codec, _ := r.types.of(9); codec != media.G722 {
		t.Errorf("number 9 is %v", codec)
	}
	e := newEndpoint(t, newPhone(t, Options{}))
	e.Prefer(media.G722)
	offer, err := e.Offer(t.Context())
	if err != nil || !strings.Contains(string(offer), " 9 0 8 126\r\n") || !strings.Contains(string(offer), "a=rtpmap:9 G722/8000") {
		t.Errorf("offered\n%s", offer)
	}
	other := newEndpoint(t, newPhone(t, Options{}))
	answer, err := other.Answer(t.Context(), wireForm(chromiumOffer))
	if err != nil || strings.Contains(string(answer), "G722") {
		t.Errorf("nobody speaks G.722, answered\n%s", answer)
	}
}

func TestUnusableDescriptionsAreRefused(t *testing.T) {
	f := func(old, replacement string) {
		t.Helper()
		if !strings.Contains(chromiumOffer, old) {
			t.Fatalf("no %q in the offer", old)
		}
		_, err := parseRemote(wireForm(strings.ReplaceAll(chromiumOffer, old, replacement)), media.NoCodec)
		if !errors.Is(err, media.ErrNotAcceptable) {
			t.Errorf("%q for %q: %v", replacement, old, err)
		}
	}
	f(" 0 8 13", " 13")                                    // no G.711
	f("UDP/TLS/RTP/SAVPF", "RTP/AVP")                      // not encrypted
	f("UDP/TLS/RTP/SAVPF", "RTP/SAVP")                     // keys in the SDP
	f("m=audio 9", "m=audio 0")                            // refused by the browser itself
	f("a=rtcp-mux\n", "")                                  // two ports
	f("a=ice-ufrag:AbCd\n", "")                            //
	f("a=ice-pwd:0123456789abcdefghijklmn\n", "")          //
	f("a=ice-pwd:0123456789abcdefghijklmn", "a=ice-pwd:0") // too short
	f("a=setup:actpass\n", "")                             //
	f("a=setup:actpass", "a=setup:holdconn")               //
	f("a=fingerprint:sha-256 49", "a=x:49")                //
	f(chromiumOffer, "")                                   // pion takes this for a valid description
	f(chromiumOffer, "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nt=0 0\n")
	f("m=video 9", strings.Repeat("m=video 9 RTP/AVP 96\n", maxMediaLines)+"m=video 9")
}

func TestDirectionsAreMirrored(t *testing.T) {
	for offered, want := range map[string]string{
		"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive",
	} {
		e := newEndpoint(t, newPhone(t, Options{}))
		text, err := e.Answer(context.Background(), wireForm(strings.Replace(chromiumOffer, "a=sendrecv", "a="+offered, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "a="+want+"\r\n") {
			t.Errorf("%s is not answered %s:\n%s", offered, want, text)
		}
	}
}

func TestWeakFingerprintsProveNothing(t *testing.T) {
	if err := matchFingerprint([][]byte{{1}}, []fingerprint{{"sha-1", "bf:8b:45:30:d8:d2:46:dd:74:ac:53:a1:34:71:bb:a1:79:41:df:f7"}}); !errors.Is(err, errFingerprint) {
		t.Fatalf("SHA-1 was taken: %v", err)
	}
	if err := matchFingerprint(nil, nil); !errors.Is(err, errFingerprint) {
		t.Fatalf("no certificate was taken: %v", err)
	}
}

func TestOptionsNameWhatIsWrong(t *testing.T) {
	var paths []string
	Options{Address: "nowhere", PublicAddress: "example", ConnectTimeout: -1, DisconnectTimeout: -1, LostTimeout: -1}.
		Check(func(path, _ string) { paths = append(paths, path) })
	want := []string{"address", "publicAddress", "connectTimeout", "disconnectTimeout", "lostTimeout"}
	if !slices.Equal(paths, want) {
		t.Errorf("problems at %v", paths)
	}
	Options{PublicAddress: "2001:db8::1"}.Check(func(path, problem string) { t.Errorf("%s: %s", path, problem) })
}

func TestBrowsersAreToldAReachableAddress(t *testing.T) {
	f := func(bound, public, want string) {
		t.Helper()
		got, err := reachableAt(netip.MustParseAddrPort(bound), public)
		if err != nil || len(got) == 0 || got[0] != netip.MustParseAddrPort(want) {
			t.Errorf("%s behind %q: %v, %v", bound, public, got, err)
		}
	}
	f("127.0.0.1:7882", "", "127.0.0.1:7882")
	f("[::1]:7882", "", "[::1]:7882")
	f("10.0.0.2:7882", "198.51.100.7", "198.51.100.7:7882")
	f("10.0.0.2:7882", "198.51.100.7:9000", "198.51.100.7:9000")
	f("0.0.0.0:7882", "2001:db8::1", "[2001:db8::1]:7882")
	all, err := reachableAt(netip.MustParseAddrPort("0.0.0.0:7882"), "")
	if err != nil || len(all) == 0 || slices.ContainsFunc(all, func(a netip.AddrPort) bool { return !a.Addr().Is4() || a.Addr().IsUnspecified() }) {
		t.Errorf("all addresses: %v, %v", all, err)
	}
}

// FuzzDescription: whatever is offered, the answer is refused or parses, with as
// many lines as the offer.
func FuzzDescription(f *testing.F) {
	f.Add(wireForm(chromiumOffer))
	f.Add(wireForm(strings.ReplaceAll(chromiumOffer, "a=mid:1\n", "")))
	f.Add(wireForm(strings.ReplaceAll(chromiumOffer, "m=audio 9", "m=audio 65535/2")))
	f.Fuzz(func(t *testing.T, offer []byte) {
		r, err := parseRemote(offer, media.NoCodec)
		if err != nil {
			if !errors.Is(err, media.ErrNotAcceptable) {
				t.Fatalf("unclassified error: %v", err)
			}
			return
		}
		d := description{
			lines: r.lines, bundled: r.bundled, types: r.types, preferred: r.codec, setup: "passive",
			direction: mirrored(r.direction), credentials: newCredentials(), fingerprint: "00",
			addresses: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")},
		}
		var parsed sdp.SessionDescription
		if err := parsed.Unmarshal(d.text()); err != nil {
			t.Fatalf("answer does not parse: %v\n%s", err, d.text())
		}
		if len(parsed.MediaDescriptions) != len(r.lines) {
			t.Fatalf("%d lines for %d", len(parsed.MediaDescriptions), len(r.lines))
		}
	})
}
