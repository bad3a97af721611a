// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/call"
)

func TestTracedCallIsDrawnWithoutItsSecrets(t *testing.T) {
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		in.Leg.(call.Traced).Belongs("call-1")
		_ = in.Leg.Answer(ctx)
		drain(in.Leg)
	})
	p := newPeer(t, f.addr("udp"))
	p.call("Proxy-Authorization: Digest username=\"u\", response=\"0123456789abcdef\", realm=\"r\"")
	p.write(p.request("INFO", "Signal=7\r\nDuration=160\r\n", "Content-Type: application/dtmf-relay"))
	p.want("SIP/2.0 200", "INFO")
	p.write(p.request("BYE", "Signal=8\r\n", "Content-Type: text/plain"))
	p.want("SIP/2.0 200", "BYE")
	byCallID, ok := f.Ladder(p.callID)
	text, byCall := f.Ladder("call-1")
	if !ok || !byCall || byCallID != text {
		t.Fatalf("by Call-ID %v, by call %v", ok, byCall)
	}
	for _, secret := range []string{"0123456789abcdef", "ignal=7", "ignal=8", "Duration=160"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	far := p.addr()
	for _, want := range []string{
		far, "tandem", "| INVITE (SDP) ", "200 OK (SDP) ", `response="****************"`, "username=\"u\"", "udp  " + far + " > " + f.addr("udp").String(),
	} {
		want = strings.Replace(want, "| INVITE (SDP)", "|-- INVITE (SDP)", 1)
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, ok := f.Ladder("another"); ok {
		t.Error("a call that never was")
	}
}

func TestLadderOfThreeWhoSpeak(t *testing.T) {
	a, b := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("192.0.2.2:5060")
	us := netip.MustParseAddrPort("192.0.2.9:5060")
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	m := func(from, to netip.AddrPort, out bool, text string) traced {
		at = at.Add(time.Millisecond)
		return traced{at: at, from: from, to: to, out: out, transport: "udp", text: []byte(text + "\r\n\r\n")}
	}
	got := ladder([]traced{
		m(a, us, false, "INVITE sip:1@x SIP/2.0"), m(us, b, true, "INVITE sip:2@x SIP/2.0"),
		m(b, us, false, "SIP/2.0 180 Ringing\x1b[31m"), m(us, a, true, "SIP/2.0 180 Ringing"),
	}, 0)
	want := "2026-05-01    192.0.2.1:5060                tandem                        192.0.2.2:5060                \n" +
		"12:00:00.001  |-- INVITE ------------------>|                             |  1\n" +
		"12:00:00.002  |                             |-- INVITE ------------------>|  2\n" +
		"12:00:00.003  |                             |<- 180 Ringing.[31m ---------|  3\n" +
		"12:00:00.004  |<- 180 Ringing --------------|                             |  4\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("\n%s\nwant\n%s", got, want)
	}
}

func TestMediaKeysAndTokensAreMasked(t *testing.T) {
	f := func(text string, secret string) {
		t.Helper()
		masked := string(mask([]byte(text)))
		if strings.Contains(masked, secret) || len(masked) != len(text) {
			t.Errorf("%q", masked)
		}
	}
	f("INVITE x\r\nA: b\r\n\r\nv=0\r\na=crypto:1 AES inline:SECRET\r\na=ice-pwd:x\r\n", "SECRET")
	f("INVITE x\r\nA: b\r\n\r\nv=0\r\na=ice-pwd:SECRET\r\n", "SECRET")
	f("INVITE x\r\nX-Tandem-Resume: SECRET\r\n\r\n", "SECRET")
	f("REGISTER x\r\nauthorization:Bearer SECRET\r\n\r\n", "SECRET")
	f("REGISTER x\r\nAuthorization: Digest cnonce=\"SECRET\", response=SECRET\r\n\r\n", "SECRET")
	f("INFO x\r\nc: application/dtmf\r\n\r\n5", "\n5")
	f("INFO x\r\n\r\nno body", "SECRET")
}

func TestTraceIsBoundedAndStrangersCannotWashItOut(t *testing.T) {
	tr := newTracer(TraceOptions{Memory: 1}, nil)
	say := func(id string, n int) {
		for range n {
			tr.keep(traced{}, []byte("INVITE x\r\nCall-ID: "+id+"\r\nX: "+strings.Repeat("x", 1000)+"\r\n\r\n"))
		}
	}
	tr.claim("ours", "c1")
	say("ours", 2)
	for i := range 5000 {
		say(fmt.Sprint("stranger", i), 1)
	}
	if all, _ := tr.find("c1"); len(all) != 2 {
		t.Errorf("%d messages of our call are left", len(all))
	}
	for i := range 2000 {
		id := fmt.Sprint("call", i)
		tr.claim(id, call.ID(id))
		say(id, 1)
	}
	if all, _ := tr.find("c1"); len(all) != 0 {
		t.Error("nothing is forgotten")
	}
	if all, _ := tr.find("call1999"); len(all) != 1 {
		t.Error("the last one is not there")
	}
	if size := tr.pools[0].size + tr.pools[1].size; size > tr.limit || len(tr.dialogs) > 1000 || len(tr.calls) > len(tr.dialogs) {
		t.Errorf("%d bytes, %d dialogs, %d calls", size, len(tr.dialogs), len(tr.calls))
	}
	tr = newTracer(TraceOptions{}, nil)
	say("long", tracedMessages+7)
	if all, skipped := tr.find("long"); len(all) != tracedMessages || skipped != 7 {
		t.Errorf("%d kept, %d skipped", len(all), skipped)
	}
	sum := 0
	for _, d := range tr.dialogs {
		for _, m := range d.messages {
			sum += len(m.text) + messageCost
		}
	}
	if sum != tr.pools[0].size {
		t.Errorf("%d bytes counted, %d there", tr.pools[0].size, sum)
	}
	newTracer(TraceOptions{Off: true}, nil).keep(traced{}, []byte("INVITE x\r\nCall-ID: 1\r\n\r\n")) // nil keeps nothing
}

func TestPCAPHasOneDatagramForEachMessage(t *testing.T) {
	a4, a6 := netip.MustParseAddrPort("192.0.2.1:5060"), netip.MustParseAddrPort("[2001:db8::1]:5061")
	at := time.Unix(1000, 2000)
	file := pcap([]traced{{at: at, from: a4, to: a4, text: []byte("odd")}, {at: at, from: a6, to: a4, text: []byte("even")}})
	le := binary.LittleEndian
	if le.Uint32(file) != pcapMagic || le.Uint32(file[20:]) != pcapRaw {
		t.Fatalf("header % x", file[:24])
	}
	first := file[24:]
	n := int(le.Uint32(first[8:]))
	ip := first[16 : 16+n]
	if le.Uint32(first) != 1000 || le.Uint32(first[4:]) != 2 || n != 20+8+3 || ip[0] != 0x45 || sum(0, ip[:20]) != 0xffff ||
		string(ip[28:]) != "odd" || binary.BigEndian.Uint16(ip[20:]) != 5060 {
		t.Errorf("IPv4 packet % x", first)
	}
	second := first[16+n:]
	ip = second[16:]
	if len(ip) != 40+8+4 || ip[0] != 0x60 || string(ip[48:]) != "even" {
		t.Fatalf("IPv6 packet % x", second)
	}
	if got := sum(uint32(8+4)+udpProtocol, append(append([]byte{}, ip[8:40]...), ip[40:]...)); got != 0xffff {
		t.Errorf("UDP checksum is wrong: %x", got)
	}
}

func TestMessagesReachTheHOMERServer(t *testing.T) {
	homer, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer homer.Close()
	f := newFloor(t, Options{Trace: TraceOptions{HEP: homer.LocalAddr().String(), CaptureID: 7, Password: "pw"}}, nil)
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("OPTIONS", ""))
	p.want("SIP/2.0 200", "OPTIONS")
	buf := make([]byte, 65536)
	for _, want := range []string{"OPTIONS sip:", "SIP/2.0 200 OK"} {
		if err := homer.SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := homer.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		chunks := hepChunks(t, buf[:n])
		if string(chunks[hepCorrelate]) != p.callID || string(chunks[hepAuth]) != "pw" || chunks[hepCapture][3] != 7 || chunks[hepProtocol][0] != 17 ||
			len(chunks[hepSource4]) != 4 || !strings.HasPrefix(string(chunks[hepPayload]), want) {
			t.Errorf("%v", chunks)
		}
	}
}

func hepChunks(t *testing.T, b []byte) map[int][]byte {
	t.Helper()
	be := binary.BigEndian
	if string(b[:4]) != "HEP3" || int(be.Uint16(b[4:])) != len(b) {
		t.Fatalf("no HEP: % x", b[:6])
	}
	chunks := map[int][]byte{}
	for b = b[6:]; len(b) >= 6; b = b[be.Uint16(b[4:]):] {
		chunks[int(be.Uint16(b[2:]))] = b[6:be.Uint16(b[4:])]
	}
	return chunks
}

func TestTraceNeverWaitsForTheHOMERServer(t *testing.T) {
	dropped := prometheus.NewCounter(prometheus.CounterOpts{Name: "x"})
	h := newHEPSender(TraceOptions{HEP: "192.0.2.1:9"}, dropped, slog.New(slog.DiscardHandler))
	for range hepQueue + 5 { // nobody sends
		h.send(traced{text: []byte("x"), from: stranger, to: stranger}, "id")
	}
	if len(h.queue) != hepQueue {
		t.Errorf("%d wait", len(h.queue))
	}
}
