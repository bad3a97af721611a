// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// docs/interop.md is the list of what far ends do and what we make of it: each
// row names the tests that hold it true.
func TestEveryRowOfTheInteropPageHasItsTest(t *testing.T) {
	page, err := os.ReadFile("../docs/interop.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, folder := range []string{".", "../media", "../softphone", "../call", "../e2e"} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), "_test.go") {
				b, err := os.ReadFile(folder + "/" + e.Name())
				if err != nil {
					t.Fatal(err)
				}
				sources.Write(b)
			}
		}
	}
	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \| (.*) \|$`).FindAllStringSubmatch(string(page), -1)
	if len(rows) < 30 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows[1:] {
		names := regexp.MustCompile("`(Test[A-Za-z0-9_]+)`").FindAllStringSubmatch(row[3], -1)
		if len(names) == 0 && !strings.HasPrefix(row[1], "---") && !strings.Contains(row[3], "no:") {
			t.Errorf("%q names no test", row[1])
		}
		for _, name := range names {
			if !strings.Contains(sources.String(), "func "+name[1]+"(") {
				t.Errorf("%q names %s, which does not exist", row[1], name[1])
			}
		}
	}
}

// withMedia is a floor with real media and a call answered at once.
func withMedia(t *testing.T, o Options) *floor {
	t.Helper()
	ports := media.NewPorts(media.PortsOptions{RTPPorts: media.PortRange{Any: true}, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(ports.Close)
	return newFloorWith(t, o, Endpoints{RTP: func(far netip.Addr) (Endpoint, error) { return ports.Endpoint(far) }}, nil)
}

func TestRFC3261_14_2_LateOfferReInviteListsEveryCodec(t *testing.T) {
	f := withMedia(t, Options{})
	p := newPeer(t, f.addr("udp"))
	p.call()
	p.write(p.request("INVITE", ""))
	ok := p.want("SIP/2.0 200", "INVITE")
	if !strings.Contains(bodyOf(ok), " RTP/AVP 0 8 9 101\r\n") {
		t.Errorf("offered\n%s", bodyOf(ok))
	}
	p.write(p.request("ACK", strings.Replace(testSDP, " 0 101", " 8 101", 1)))
	leg := within(t, "call", f.calls).Leg
	waitFor(t, "the answer in the ACK", func() bool { return leg.Port().Codec() == media.PCMA })
}

func TestRFC3264_6_OnlyG729Is488WithItsReasonCounted(t *testing.T) {
	f := withMedia(t, Options{})
	for body, reason := range map[string]string{
		strings.Replace(testSDP, " 0 101", " 18 101", 1):        "codec",
		strings.Replace(testSDP, "RTP/AVP", "RTP/SAVP", 1):      "keys",
		strings.Replace(testSDP, "m=audio", "m=video", 1):       "media",
		strings.Replace(testSDP, "RTP/AVP", "UDP/BFCP", 1):      "media",
		strings.Replace(testSDP, "m=audio 4", "m=audio 0 4", 1): "media",
	} {
		p := newPeer(t, f.addr("udp"))
		before := refusals(t, f, reason)
		p.write(p.request("INVITE", body))
		refused := p.want("SIP/2.0 4", "INVITE")
		if !strings.HasPrefix(refused, "SIP/2.0 488 ") || headerOf(refused, "Reason") != "Q.850;cause=88" || refusals(t, f, reason) != before+1 {
			t.Errorf("%q: %s", body, refused)
		}
	}
}

func refusals(t *testing.T, f *floor, reason string) float64 {
	t.Helper()
	families, err := f.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if family.GetName() == "sip_policy_refused_total" && l.GetValue() == reason {
					return m.GetCounter().GetValue()
				}
			}
		}
	}
	return 0
}

func TestRFC4568_6_SecureOfferIsNeverAnsweredPlain(t *testing.T) {
	f := withMedia(t, Options{})
	secure := strings.Replace(testSDP, "RTP/AVP", "RTP/SAVP", 1)
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("INVITE", secure+"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+strings.Repeat("A", 40)+"\r\n"))
	ok := p.want("SIP/2.0 200", "INVITE")
	if !strings.Contains(ok, " RTP/SAVP 0 101\r\n") || !strings.Contains(ok, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:") {
		t.Errorf("answered\n%s", ok)
	}
	p.write(p.request("ACK", ""))
	again := p.request("INVITE", testSDP) // back to plain: no
	p.write(again)
	p.write(ackOf(again, p.want("SIP/2.0 488", "INVITE")))
	if f.Legs() != 1 {
		t.Error("the call is gone")
	}
}

func TestRFC3581_4_AnswersGoBackWhereTheRequestCameFrom(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	hidden := strings.Replace(p.request("INVITE", testSDP), "SIP/2.0/UDP "+p.addr(), "SIP/2.0/UDP 192.168.7.7:5062", 1)
	p.write(hidden)
	via := headerOf(p.want("SIP/2.0 200", "INVITE"), "Via")
	_, port, _ := strings.Cut(p.addr(), ":")
	if !strings.Contains(via, ";rport="+port) || !strings.Contains(via, ";received=127.0.0.1") {
		t.Errorf("via %q", via)
	}
}

func TestRFC5626_5_3_PrivateContactOfANATTrunk(t *testing.T) {
	o := Options{Trunks: []Trunk{{Name: "cloud", From: []string{"127.0.0.1"}, NAT: true, Calls: 10, CallsPerSecond: 10}}}
	f := newFloor(t, o, func(ctx context.Context, in Incoming) { _ = in.Leg.Answer(ctx); in.Leg.Hangup(call.CauseCompleted) })
	p := newPeer(t, f.addr("udp"))
	p.call("Contact: <sip:gw@172.16.44.5:5060>")
	if bye := p.want("BYE ", "BYE"); !strings.HasPrefix(bye, "BYE sip:gw@172.16.44.5:5060 SIP/2.0") {
		t.Errorf("bye\n%s", bye)
	}
}

func TestRFC3261_7_3_CompactFormsOddCaseAndFolding(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			f := newFloor(t, Options{}, nil)
			p := newPeer(t, f.addr("udp"))
			send, receive := p.write, func() string { return p.want("SIP/2.0 200", "INVITE") }
			if transport == "tcp" {
				send, receive = fromTCP(t, f)
			}
			send("INVITE sip:1000@tandem SIP/2.0\r\nv: SIP/2.0/" + strings.ToUpper(transport) + " " + p.addr() + ";branch=z9hG4bKodd\r\n" +
				"fRoM : \"Odd\"\r\n <sip:7@" + p.addr() + ">\r\n\t;tag=odd\r\nt:<sip:1000@tandem>\r\ni: odd-call-" + transport + "\r\n" +
				"cseq:   1\r\n  INVITE\r\nMAX-FORWARDS:70\r\nm: <sip:odd@" + p.addr() + ">\r\nc: application/sdp\r\n" +
				fmt.Sprintf("l: %d\r\n\r\n%s", len(testSDP), testSDP))
			if ok := receive(); bodyOf(ok) != testSDP || headerOf(ok, "Call-ID") != "odd-call-"+transport {
				t.Errorf("answer\n%s", ok)
			}
		})
	}
}

// fromTCP is a far end's connection: what it sends, and the next 200.
func fromTCP(t *testing.T, f *floor) (send func(string), receive func() string) {
	t.Helper()
	conn := connectTo(t, f.addr("tcp"))
	t.Cleanup(func() { conn.Close() })
	return func(text string) {
			if _, err := conn.Write([]byte(text)); err != nil {
				t.Error(err)
			}
		}, func() string {
			var text string
			b := make([]byte, 65536)
			for {
				if i := strings.Index(text, "SIP/2.0 200"); i >= 0 && strings.HasSuffix(text, testSDP) {
					return text[i:]
				}
				if err := conn.SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil {
					t.Fatal(err)
				}
				n, err := conn.Read(b)
				if err != nil {
					t.Fatalf("%v after\n%s", err, text)
				}
				text += string(b[:n])
			}
		}
}

func TestRFC3261_18_1_1_LargeInviteArrivesByUDP(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	ok := p.call("X-Large: " + strings.Repeat("0123456789", 780))
	if len(ok) == 0 || len(within(t, "endpoint", f.endpoints).taken()) != 1 {
		t.Error("not answered")
	}
}

func TestRFC3261_13_2_RingsAndAnswersInTime(t *testing.T) {
	f := withMedia(t, Options{})
	p := newPeer(t, f.addr("udp"))
	begun := time.Now()
	p.write(p.request("INVITE", testSDP))
	p.want("SIP/2.0 180", "INVITE")
	if took := time.Since(begun); took > 300*time.Millisecond {
		t.Errorf("rang after %v", took)
	}
	p.want("SIP/2.0 200", "INVITE")
	if took := time.Since(begun); took > 500*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestRFC5407_3_ReInviteCrossesOurBye(t *testing.T) {
	f, p, _, leg := talking(t)
	leg.Hangup(call.CauseCompleted)
	bye := p.want("BYE ", "BYE")
	crossing := p.request("INVITE", testSDP) // sent before our BYE was seen
	p.write(crossing)
	p.write(ackOf(crossing, p.want("SIP/2.0 481", "INVITE")))
	p.reply(bye, 200, "OK", "", "")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

// ringing leaves a call that rings until the test answers it.
func ringing(t *testing.T, o Options) (*floor, chan struct{}) {
	t.Helper()
	answer := make(chan struct{})
	f := newFloor(t, o, func(ctx context.Context, in Incoming) {
		in.Leg.Ring()
		select {
		case <-answer:
			_ = in.Leg.Answer(ctx)
		case <-ctx.Done():
		}
		drain(in.Leg)
	})
	return f, answer
}

func TestRFC3262_3_RingingIsRepeatedUntilItsPrack(t *testing.T) {
	f, answer := ringing(t, Options{})
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("INVITE", testSDP, "Require: 100rel"))
	invite := p.seq
	rang := p.want("SIP/2.0 180", "INVITE")
	rseq := headerOf(rang, "RSeq")
	if rseq == "" || headerOf(rang, "Require") != "100rel" {
		t.Fatalf("180\n%s", rang)
	}
	if again := p.want("SIP/2.0 180", "INVITE"); headerOf(again, "RSeq") != rseq {
		t.Errorf("repeated as %q, first %q", headerOf(again, "RSeq"), rseq)
	}
	for _, wrong := range []string{rseq + "1 1 INVITE", rseq + " 9 INVITE", rseq + " 1 BYE", rseq, "x 1 INVITE"} {
		p.write(p.request("PRACK", "", "RAck: "+wrong))
		p.want("SIP/2.0 481", "PRACK")
	}
	rack := fmt.Sprintf("RAck: %s %d INVITE", rseq, invite)
	p.write(p.request("PRACK", "", rack))
	p.want("SIP/2.0 200", "PRACK")
	for p.read(50*time.Millisecond) != "" { // what was on its way
	}
	p.quiet(300 * time.Millisecond)
	p.write(p.request("PRACK", "", rack)) // once is enough
	p.want("SIP/2.0 481", "PRACK")
	close(answer)
	p.want("SIP/2.0 200", "INVITE")
	p.write(strings.Replace(p.request("ACK", ""), fmt.Sprintf("CSeq: %d", p.seq), fmt.Sprintf("CSeq: %d", invite), 1))
	p.quiet(200*time.Millisecond, "SIP/2.0 200")
	if f.Legs() != 1 {
		t.Error("the call is gone")
	}
}

func TestRFC3262_3_RingingThatNobodyAcknowledgesIsRefused(t *testing.T) {
	f, _ := ringing(t, Options{})
	p := newPeer(t, f.addr("udp"))
	invite := p.request("INVITE", testSDP, "Require: 100rel")
	p.write(invite)
	p.write(ackOf(invite, p.want("SIP/2.0 500", "INVITE")))
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

func TestRFC3262_4_ReliableProvisionalIsAcknowledgedInItsTurn(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	if !strings.Contains(headerOf(invite, "Supported"), "100rel") {
		t.Errorf("supported %q", headerOf(invite, "Supported"))
	}
	early := strings.Replace(testSDP, "40000", "41000", 1)
	p.reply(invite, 183, "Progress", "callee", early, "Require: 100rel", "RSeq: 5")
	prack := p.want("PRACK ", "PRACK")
	if headerOf(prack, "RAck") != "5 1 INVITE" || headerOf(prack, "CSeq") != "2 PRACK" || !strings.HasSuffix(headerOf(prack, "To"), "tag=callee") ||
		!strings.HasPrefix(prack, "PRACK sip:peer@"+p.addr()) {
		t.Errorf("prack\n%s", prack)
	}
	p.reply(prack, 200, "OK", "", "")
	events(t, leg, call.Ringing{})
	p.reply(invite, 183, "Progress", "callee", early, "Require: 100rel", "RSeq: 5") // a copy
	p.reply(invite, 180, "Ringing", "callee", "", "Require: 100rel", "RSeq: 8")     // 6 and 7 are missing
	p.quiet(100 * time.Millisecond)
	p.reply(invite, 180, "Ringing", "callee", "", "Require: 100rel", "RSeq: 6")
	prack = p.want("PRACK ", "PRACK")
	if headerOf(prack, "RAck") != "6 1 INVITE" || headerOf(prack, "CSeq") != "3 PRACK" {
		t.Errorf("prack\n%s", prack)
	}
	p.reply(prack, 200, "OK", "", "")
	p.pickUp(invite)
	if ack := p.want("ACK ", "ACK"); headerOf(ack, "CSeq") != "1 ACK" {
		t.Errorf("ack\n%s", ack)
	}
	events(t, leg, call.Answered{})
	leg.Hangup(call.CauseCompleted)
	bye := p.want("BYE ", "BYE")
	if headerOf(bye, "CSeq") != "4 BYE" {
		t.Errorf("bye\n%s", bye)
	}
	p.reply(bye, 200, "OK", "", "")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

// quick has session timers that a test can wait for.
func quick() Options { return Options{SessionExpires: 2 * time.Second, MinSessionExpires: time.Second} }

func TestRFC4028_9_TooShortAnIntervalIs422(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	invite := p.request("INVITE", testSDP, "Session-Expires: 60", "Supported: timer")
	p.write(invite)
	refused := p.want("SIP/2.0 422", "INVITE")
	if headerOf(refused, "Min-SE") != "90" {
		t.Errorf("min-se %q", headerOf(refused, "Min-SE"))
	}
	p.write(ackOf(invite, refused))
	ok := p.call("x: 120;refresher=uac", "Supported: timer")
	if headerOf(ok, "Session-Expires") != "120;refresher=uac" || headerOf(ok, "Require") != "timer" {
		t.Errorf("echoed as %q", headerOf(ok, "Session-Expires"))
	}
	p.write(p.request("UPDATE", "", "Session-Expires: 10", "Supported: timer"))
	p.want("SIP/2.0 422", "UPDATE")
	p.write(p.request("UPDATE", "", "Session-Expires: 200;refresher=uas", "Supported: timer"))
	if ok := p.want("SIP/2.0 200", "UPDATE"); headerOf(ok, "Session-Expires") != "200;refresher=uas" {
		t.Errorf("echoed as %q", headerOf(ok, "Session-Expires"))
	}
	again := p.request("INVITE", testSDP, "Session-Expires: 10", "Supported: timer")
	p.write(again)
	p.write(ackOf(again, p.want("SIP/2.0 422", "INVITE")))
	plain := newPeer(t, f.addr("udp")) // knows no timers: ours, of the default
	if ok := plain.call(); headerOf(ok, "Session-Expires") != "1800;refresher=uas" || headerOf(ok, "Require") != "" {
		t.Errorf("answer\n%s", ok)
	}
}

func TestRFC4028_10_WeRefreshByUpdateOrReInvite(t *testing.T) {
	causes := make(chan call.Cause, 1)
	f := newFloor(t, quick(), func(ctx context.Context, in Incoming) {
		_ = in.Leg.Answer(ctx)
		causes <- drain(in.Leg)
	})
	p := newPeer(t, f.addr("udp"))
	p.call("Allow: INVITE, ACK, BYE, UPDATE", "Supported: timer")
	update := p.want("UPDATE ", "UPDATE")
	if bodyOf(update) != "" || headerOf(update, "Session-Expires") != "2;refresher=uac" {
		t.Errorf("update\n%s", update)
	}
	p.reply(update, 405, "Method Not Allowed", "", "") // it has changed its mind
	invite := p.want("INVITE ", "INVITE")
	if bodyOf(invite) != testSDP {
		t.Errorf("re-INVITE\n%s", invite)
	}
	p.reply(invite, 200, "OK", "", testSDP)
	ack := p.want("ACK ", "ACK")
	p.reply(invite, 200, "OK", "", testSDP)
	if again := p.want("ACK ", "ACK"); again != ack {
		t.Errorf("a repeated 200 is acknowledged by\n%s", again)
	}
	p.reply(p.want("INVITE ", "INVITE"), 481, "Gone", "", "")
	bye := p.want("BYE ", "BYE")
	p.reply(bye, 200, "OK", "", "")
	if c := within(t, "cause", causes); c != call.CauseMediaLost {
		t.Errorf("cause %s", c)
	}
}

func TestRFC4028_10_ExpiryEndsTheCall(t *testing.T) {
	f := newFloor(t, quick(), nil)
	silent, alive := newPeer(t, f.addr("udp")), newPeer(t, f.addr("udp"))
	begun := time.Now()
	silent.call("Supported: timer", "Session-Expires: 2;refresher=uac")
	alive.call("Supported: timer", "Session-Expires: 2;refresher=uac")
	legs := []call.Leg{within(t, "call", f.calls).Leg, within(t, "call", f.calls).Leg}
	for range 2 {
		alive.quiet(800 * time.Millisecond)
		alive.write(alive.request("UPDATE", "", "Supported: timer", "Session-Expires: 2;refresher=uac"))
		alive.want("SIP/2.0 200", "UPDATE")
	}
	bye := silent.want("BYE ", "BYE")
	if headerOf(bye, "Reason") == "" || time.Since(begun) < 1300*time.Millisecond {
		t.Errorf("after %v\n%s", time.Since(begun), bye)
	}
	silent.reply(bye, 200, "OK", "", "")
	waitFor(t, "one leg to go", func() bool { return f.Legs() == 1 })
	legs[0].Hangup(call.CauseCompleted)
	legs[1].Hangup(call.CauseCompleted)
}

func TestRFC4028_7_3_AskedForLongerWeCallAnew(t *testing.T) {
	_, p, leg, invite := dialled(t, Options{SessionExpires: 100 * time.Second})
	if headerOf(invite, "Session-Expires") != "100" || headerOf(invite, "Min-SE") != "90" {
		t.Errorf("invite\n%s", invite)
	}
	p.reply(invite, 422, "Session Interval Too Small", "first", "", "Min-SE: 600")
	again := p.want("INVITE ", "INVITE")
	if headerOf(again, "Session-Expires") != "600" || headerOf(again, "CSeq") != "2 INVITE" || headerOf(again, "Call-ID") != headerOf(invite, "Call-ID") {
		t.Errorf("again\n%s", again)
	}
	p.pickUp(again)
	if ack := p.want("ACK ", "ACK"); headerOf(ack, "CSeq") != "2 ACK" {
		t.Errorf("ack\n%s", ack)
	}
	events(t, leg, call.Answered{})
}

func TestRFC3261_14_1_GlareIsRefusedAndTriedAgain(t *testing.T) {
	for range 1000 {
		if w := glareWait(true); w < 2100*time.Millisecond || w > 4*time.Second || w%(10*time.Millisecond) != 0 {
			t.Fatalf("the Call-ID's owner waits %v", w)
		}
		if w := glareWait(false); w < 0 || w > 2*time.Second || w%(10*time.Millisecond) != 0 {
			t.Fatalf("the other waits %v", w)
		}
	}
	f := newFloor(t, Options{SessionExpires: 4400 * time.Millisecond, MinSessionExpires: time.Second}, nil)
	p := newPeer(t, f.addr("udp"))
	p.call()
	ours := p.want("INVITE ", "INVITE")
	theirs := p.request("INVITE", testSDP)
	p.write(theirs)
	p.write(ackOf(theirs, p.want("SIP/2.0 491", "INVITE")))
	p.write(p.request("UPDATE", testSDP))
	p.want("SIP/2.0 491", "UPDATE")
	p.reply(ours, 491, "Request Pending", "", "")
	begun := time.Now()
	again := p.want("INVITE ", "INVITE")
	if took := time.Since(begun); took > 2200*time.Millisecond || headerOf(again, "CSeq") != "2 INVITE" {
		t.Errorf("after %v\n%s", took, again)
	}
	p.reply(again, 200, "OK", "", testSDP)
	p.want("ACK ", "ACK")
	if f.Legs() != 1 {
		t.Error("the call is gone")
	}
}

func connectTo(t *testing.T, addr netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// rung is a leg to a telephone of ann's that has answered.
func rung(t *testing.T) (*floor, *peer, call.Leg) {
	t.Helper()
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	p.signOn("ann")
	leg, err := f.Dial(t.Context(), call.Target{Agent: "ann", Call: "c1"})
	if err != nil {
		t.Fatal(err)
	}
	p.seq = 0
	p.pickUp(p.want("INVITE ", "INVITE"))
	p.want("ACK ", "ACK")
	events(t, leg, call.Answered{})
	return f, p, leg
}

func TestRFC3515_2_4_4_TransferIsToldToItsEnd(t *testing.T) {
	_, p, leg := rung(t)
	notified := func(status, state string) {
		t.Helper()
		n := p.want("NOTIFY ", "NOTIFY")
		if !strings.HasPrefix(bodyOf(n), "SIP/2.0 "+status) || headerOf(n, "Event") != fmt.Sprintf("refer;id=%d", p.seq) ||
			!strings.HasPrefix(headerOf(n, "Subscription-State"), state) || headerOf(n, "Content-Type") != fragmentType {
			t.Errorf("want %s, got\n%s", status, n)
		}
		p.reply(n, 200, "OK", "", "")
	}
	for _, done := range []bool{false, true} {
		p.write(p.request("REFER", "", "Refer-To: <sip:billing@tandem>"))
		p.want("SIP/2.0 202", "REFER")
		notified("100", "active")
		ev := within(t, "event", leg.Events())
		for ev == (call.Changed{}) { // what the journal keeps of the leg
			ev = within(t, "event", leg.Events())
		}
		referred, ok := ev.(call.Referred)
		if !ok || referred.To != "billing" {
			t.Fatalf("event %+v", referred)
		}
		referred.Report(done)
		referred.Report(!done) // once is all
		if done {
			leg.Hangup(call.CauseCompleted)
			notified("200", "terminated")
			p.reply(p.want("BYE ", "BYE"), 200, "OK", "", "")
			return
		}
		notified("404", "terminated")
	}
}

func TestRFC3515_2_4_2_ReferThatIsNotTaken(t *testing.T) {
	_, p, leg := rung(t)
	for header, status := range map[string]string{
		"X-None: 1": "400",
		"Refer-To: <sip:billing@tandem?Replaces=a%3Bto-tag%3Db>": "603",
		"Refer-To: <sip:billing@tandem;method=BYE>":              "603",
		"Refer-To: <sip:tandem>":                                 "603",
	} {
		p.write(p.request("REFER", "", header))
		p.want("SIP/2.0 "+status, "REFER")
	}
	_, caller, _, _ := talking(t) // who calls transfers nobody
	caller.write(caller.request("REFER", "", "Refer-To: <sip:00900123@tandem>"))
	caller.want("SIP/2.0 603", "REFER")
	for len(leg.Events()) > 0 {
		if ev := <-leg.Events(); ev != (call.Changed{}) {
			t.Errorf("the call was told %#v", ev)
		}
	}
}
