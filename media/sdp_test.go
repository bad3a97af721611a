// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// testPorts are ports of the kernel's choice whose watch does not run: tests
// call look themselves.
func testPorts(t testing.TB, o PortsOptions) *Ports {
	t.Helper()
	o.RTPPorts = PortRange{Any: true}
	p := newPorts(o)
	if l, err := newLoops(); err == nil { // as in NewPorts
		p.loops, p.bind = l, l.bind
	}
	t.Cleanup(p.Close)
	return p
}

func testEndpoint(t testing.TB, p *Ports, far string) *RTPEndpoint {
	t.Helper()
	e, err := p.Endpoint(netip.MustParseAddr(far))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

func sdpLines(lines ...string) []byte {
	head := []string{"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"}
	return []byte(strings.Join(append(head, lines...), "\r\n") + "\r\n")
}

func TestAnswer(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	f := func(name string, offer []byte, want ...string) {
		t.Helper()
		e := testEndpoint(t, ports, "127.0.0.1")
		b, err := e.Answer(context.Background(), offer)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		_, got, _ := strings.Cut(string(b), "t=0 0\r\n")
		got = strings.TrimSpace(strings.ReplaceAll(strings.Replace(got, "m=audio "+port(e), "m=audio PORT", 1), "\r\n", "\n"))
		if got != strings.Join(want, "\n") {
			t.Errorf("%s: answered\n%s\nwant\n%s", name, got, strings.Join(want, "\n"))
		}
	}
	both := []string{"m=audio PORT RTP/AVP 0 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20"}
	f("the usual", sdpLines("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000"),
		append(both, "a=sendrecv")...)
	f("the far end's order decides", sdpLines("m=audio 4000 RTP/AVP 18 8 0"),
		"m=audio PORT RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=sendrecv")
	f("a space after the colon", sdpLines("m=audio 4000 RTP/AVP 0 101", "a=rtpmap: 0 PCMU/8000", "a=rtpmap: 101 telephone-event/8000"),
		append(both, "a=sendrecv")...)
	f("the far end's number for events", sdpLines("m=audio 4000 RTP/AVP 0 96", "a=rtpmap:96 telephone-event/8000"),
		"m=audio PORT RTP/AVP 0 96", "a=rtpmap:0 PCMU/8000", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-15", "a=ptime:20", "a=sendrecv")
	f("G.711 under a number of its own, events by the only clock there is",
		sdpLines("m=audio 4000 RTP/AVP 111 97 110", "a=rtpmap:111 opus/48000/2", "a=rtpmap:97 pcma/8000", "a=rtpmap:110 telephone-event/48000"),
		"m=audio PORT RTP/AVP 97 110", "a=rtpmap:97 PCMA/8000", "a=rtpmap:110 telephone-event/48000", "a=fmtp:110 0-15", "a=ptime:20", "a=sendrecv")
	f("of two clocks of events ours", sdpLines("m=audio 4000 RTP/AVP 111 0 110 126", "a=rtpmap:111 opus/48000/2", "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000"),
		"m=audio PORT RTP/AVP 0 126", "a=rtpmap:0 PCMU/8000", "a=rtpmap:126 telephone-event/8000", "a=fmtp:126 0-15", "a=ptime:20", "a=sendrecv")
	f("G.722 where it comes first", sdpLines("m=audio 4000 RTP/AVP 9 0"), "m=audio PORT RTP/AVP 9", "a=rtpmap:9 G722/8000", "a=ptime:20", "a=sendrecv")
	f("a static number under another name", sdpLines("m=audio 4000 RTP/AVP 0 8", "a=rtpmap:0 speex/8000"), "m=audio PORT RTP/AVP 8", "a=rtpmap:8 PCMA/8000", "a=ptime:20", "a=sendrecv")
	f("no longer packets than it takes", sdpLines("m=audio 4000 RTP/AVP 0", "a=ptime:40", "a=maxptime:30"), "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:30", "a=sendrecv")
	f("video is refused in its place", sdpLines("m=video 5000 RTP/AVP 31 99", "m=audio 4000 RTP/AVP 0", "m=application 9 UDP/BFCP *"),
		"m=video 0 RTP/AVP 31 99", "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv", "m=application 0 UDP/BFCP *")
	f("of two audio lines the first we can take", sdpLines("m=audio 4000 RTP/AVP 18", "m=audio 4002 RTP/AVP 0", "m=audio 4004 RTP/AVP 8"),
		"m=audio 0 RTP/AVP 18", "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv", "m=audio 0 RTP/AVP 8")
	f("secure and plain offered: plain is answered", sdpLines("m=audio 4000 RTP/SAVP 0", "m=audio 4002 RTP/AVP 0"),
		"m=audio 0 RTP/SAVP 0", "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv")
	f("feedback profile is mirrored", sdpLines("m=audio 4000 RTP/AVPF 0"),
		"m=audio PORT RTP/AVPF 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendrecv")
	f("packet time and multiplexing are mirrored", sdpLines("m=audio 4000 RTP/AVP 0", "a=ptime:30", "a=rtcp-mux"),
		"m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:30", "a=rtcp-mux", "a=sendrecv")
	f("hold", sdpLines("m=audio 4000 RTP/AVP 0", "a=sendonly"), "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=recvonly")
	f("hold for the session", sdpLines("a=inactive", "m=audio 4000 RTP/AVP 0"), "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=inactive")
	f("one way to us", sdpLines("m=audio 4000 RTP/AVP 0", "a=recvonly"), "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=sendonly")
	f("the old way to hold", sdpLines("m=audio 4000 RTP/AVP 0", "c=IN IP4 0.0.0.0"), "m=audio PORT RTP/AVP 0", "a=rtpmap:0 PCMU/8000", "a=ptime:20", "a=recvonly")
}

func port(e *RTPEndpoint) string {
	_, p, _ := strings.Cut(netip.AddrPortFrom(netip.IPv4Unspecified(), e.sockets.Load().port).String(), ":")
	return p
}

func TestAnswerRefuses(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	f := func(name string, offer []byte) {
		t.Helper()
		e := testEndpoint(t, ports, "127.0.0.1")
		if b, err := e.Answer(context.Background(), offer); !errors.Is(err, ErrNotAcceptable) {
			t.Errorf("%s: answered %q, %v", name, b, err)
		}
		if e.Codec() != NoCodec {
			t.Errorf("%s: a session began", name)
		}
	}
	f("empty", nil)
	f("no media", sdpLines())
	f("not SDP", []byte("hello"))
	f("only G.729", sdpLines("m=audio 4000 RTP/AVP 18"))
	f("only secure", sdpLines("m=audio 4000 RTP/SAVP 0"))
	f("only video", sdpLines("m=video 4000 RTP/AVP 31"))
	f("audio switched off", sdpLines("m=audio 0 RTP/AVP 0"))
	f("multicast", sdpLines("m=audio 4000 RTP/AVP 0", "c=IN IP4 224.2.1.1/127"))
	f("broadcast", sdpLines("m=audio 4000 RTP/AVP 0", "c=IN IP4 255.255.255.255"))
	f("a name", sdpLines("m=audio 4000 RTP/AVP 0", "c=IN IP4 phone.example"))
	f("too many lines", sdpLines(strings.Split(strings.Repeat("m=audio 4000 RTP/AVP 0|", maxMediaLines)+"m=audio 4000 RTP/AVP 0", "|")...))
	f("too long", sdpLines("m=audio 4000 RTP/AVP 0", "a=x:"+strings.Repeat("y", maxSDP)))
}

func TestRefusedReofferKeepsTheSession(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	first, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 8"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 18")); !errors.Is(err, ErrNotAcceptable) {
		t.Fatal(err)
	}
	if e.Codec() != PCMA || *e.dest.Load() != netip.MustParseAddrPort("127.0.0.1:4000") {
		t.Fatalf("session is now %v to %v", e.Codec(), e.dest.Load())
	}
	again, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 8"))
	if err != nil || string(again) != string(first) {
		t.Fatalf("the same session is described as %q, then %q", first, again)
	}
	changed, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 0"))
	if err != nil || originVersion(t, changed) != originVersion(t, first)+1 {
		t.Fatalf("a changed session has %q after %q (%v)", changed, first, err)
	}
}

func originVersion(t *testing.T, b []byte) (v uint64) {
	t.Helper()
	for line := range strings.Lines(string(b)) {
		if field := strings.Fields(line); len(field) > 2 && field[0] == "o=-" {
			for _, digit := range field[2] {
				v = v*10 + uint64(digit-'0')
			}
		}
	}
	return v
}

func TestReofferOfOursKeepsLinesAndNumbers(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	_, err := e.Answer(context.Background(), sdpLines("m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 8 0 96", "a=rtpmap:96 telephone-event/8000"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := e.Offer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(string(b), "t=0 0\r\n")
	if want := "m=video 0 RTP/AVP 31\r\nm=audio " + port(e) + " RTP/AVP 8 0 9 96\r\n"; !strings.HasPrefix(got, want) {
		t.Fatalf("offered\n%s\nwant\n%s", got, want)
	}
}

func TestRFC8866_5_7_AnswerTakesTheOffersFamily(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	offer := strings.ReplaceAll(string(sdpLines("m=audio 4000 RTP/AVP 0")), "IP4 127.0.0.1", "IP6 ::1")
	b, err := e.Answer(context.Background(), []byte(offer))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), "c=IN IP6 ::1\r\n") {
		t.Fatalf("answered\n%s", b)
	}
}

func TestPublicAddressIsShown(t *testing.T) {
	ports := testPorts(t, PortsOptions{
		Addresses:       []netip.Addr{netip.IPv4Unspecified()},
		PublicAddresses: []netip.Addr{netip.MustParseAddr("203.0.113.5")},
	})
	b, err := testEndpoint(t, ports, "127.0.0.1").Offer(context.Background())
	if err != nil || !strings.Contains(string(b), "c=IN IP4 203.0.113.5\r\n") {
		t.Fatalf("offered %s, %v", b, err)
	}
	every := testPorts(t, PortsOptions{Addresses: []netip.Addr{netip.IPv4Unspecified()}})
	b, err = testEndpoint(t, every, "127.0.0.1").Offer(context.Background())
	if err != nil || !strings.Contains(string(b), "c=IN IP4 127.0.0.1\r\n") {
		t.Fatalf("offered %s, %v", b, err)
	}
	if _, err := every.Endpoint(netip.IPv6Loopback()); !errors.Is(err, ErrNotAcceptable) {
		t.Fatalf("a family without address: %v", err)
	}
}

func TestPortsRunOut(t *testing.T) {
	ports := newPorts(PortsOptions{RTPPorts: PortRange{First: 47310, Last: 47315}})
	var open []*RTPEndpoint
	for {
		e, err := ports.Endpoint(netip.MustParseAddr("127.0.0.1"))
		if errors.Is(err, ErrNoPorts) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p := e.sockets.Load().port; p%2 != 0 || p < 47310 || p > 47314 {
			t.Fatalf("RTP port %d", p)
		}
		if open = append(open, e); len(open) > 3 {
			t.Fatal("more pairs than the range holds")
		}
	}
	if len(open) == 0 {
		t.Fatal("no pair in an empty range")
	}
	for _, e := range open {
		e.Close()
	}
	e, err := ports.Endpoint(netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatalf("after all were closed: %v", err)
	}
	e.Close()
	if n := ports.inUse(); n != 0 {
		t.Fatalf("%v endpoints counted, none open", n)
	}
}

func TestPortsOptionsCheck(t *testing.T) {
	f := func(o PortsOptions, want string) {
		t.Helper()
		var got []string
		o.Check(func(path, problem string) { got = append(got, path+": "+problem) })
		if s := strings.Join(got, "; "); (want == "") != (s == "") || !strings.Contains(s, want) {
			t.Errorf("%+v: %q, want %q", o, s, want)
		}
	}
	v4, v6 := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")
	f(PortsOptions{}, "")
	f(PortsOptions{Addresses: []netip.Addr{v4, v6}, RTPPorts: PortRange{First: 20000, Last: 20999}}, "")
	f(PortsOptions{Addresses: []netip.Addr{v4, v6, v4}}, "addresses[2]")
	f(PortsOptions{PublicAddresses: []netip.Addr{netip.IPv4Unspecified()}}, "publicAddresses[0]")
	f(PortsOptions{RTPPorts: PortRange{First: 20001, Last: 20999}}, "odd port 20001")
	f(PortsOptions{RTPPorts: PortRange{First: 20000, Last: 20000}}, "no pair")
	f(PortsOptions{RTPPorts: PortRange{First: 80, Last: 90}}, "below 1024")
	f(PortsOptions{LostAfter: time.Millisecond}, "below 1s")
}

func TestPortRangeText(t *testing.T) {
	for _, s := range []string{"20000-20999", "any"} {
		var r PortRange
		if err := r.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		if b, err := r.MarshalText(); err != nil || string(b) != s {
			t.Errorf("%s comes back as %s (%v)", s, b, err)
		}
	}
	for _, s := range []string{"", "20000", "a-b", "1-70000", "-5-9"} {
		if err := new(PortRange).UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q was taken", s)
		}
	}
}

func FuzzParseSDP(f *testing.F) {
	f.Add(sdpLines("m=audio 4000 RTP/AVP 0 8 101", "a=rtpmap: 0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=rtcp:5 IN IP4 1.2.3.4"))
	f.Add(sdpLines("m=video 0 RTP/AVP 31", "m=audio 4000 RTP/SAVP 0", "m=audio 1 RTP/AVPF 97", "a=rtpmap:97 PCMA/8000/1", "a=inactive"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := parseSDP(b, taste{})
		if err != nil {
			if !errors.Is(err, ErrNotAcceptable) {
				t.Fatalf("%v is not refused as unacceptable", err)
			}
			return
		}
		l := local{addr: netip.IPv4Unspecified(), lines: d.lines, audio: d.audio, formats: []ourFormat{{d.codecType, codecName(d.codec)}}}
		if n := strings.Count("\r\n"+string(l.marshal()), "\r\nm="); n != len(d.lines) {
			t.Fatalf("answered %d media lines to %d", n, len(d.lines))
		}
	})
}
