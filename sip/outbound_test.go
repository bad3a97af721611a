// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// dialled is an outbound leg to a peer, whose INVITE has arrived there.
func dialled(t *testing.T, o Options) (*floor, *peer, call.Leg, string) {
	t.Helper()
	f := newFloor(t, o, nil)
	p := newPeer(t, f.addr("udp"))
	leg, err := f.Dial(t.Context(), call.Target{
		URI: "sip:agent@" + p.addr(), Call: "c1", From: call.Party{Number: "7001234", Name: "A \"B\"\r\nEvil: x"},
		Offer: 7, Queue: "support", Waited: 61500 * time.Millisecond, Resume: "tok",
	})
	if err != nil {
		t.Fatal(err)
	}
	return f, p, leg, p.want("INVITE ", "INVITE")
}

// pickUp answers and learns what the peer needs for requests of its own.
func (p *peer) pickUp(invite string) {
	p.t.Helper()
	p.callID = headerOf(invite, "Call-ID")
	p.tag = "callee"
	_, p.toTag, _ = strings.Cut(headerOf(invite, "From"), ";tag=")
	p.target = strings.Trim(headerOf(invite, "Contact"), "<>")
	p.reply(invite, 200, "OK", p.tag, testSDP)
}

func events(t *testing.T, l call.Leg, want ...call.LegEvent) {
	t.Helper()
	for _, w := range want {
		if got := within(t, "event", l.Events()); got != w {
			t.Fatalf("event %#v, want %#v", got, w)
		}
	}
}

func TestDialRingsAnswersAndHangsUp(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	for name, want := range map[string]string{
		"X-Tandem-Call": "c1", "X-Tandem-Offer": "7", "X-Tandem-Queue": "support",
		"X-Tandem-Waited": "61", "X-Tandem-Resume": "tok", "Evil": "", "User-Agent": "", "Max-Forwards": "70",
		"Content-Type": "application/sdp",
	} {
		if got := headerOf(invite, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if from := headerOf(invite, "From"); !strings.HasPrefix(from, `"A BEvil: x" <sip:7001234@127.0.0.1>;tag=`) {
		t.Errorf("from %q", from)
	}
	p.reply(invite, 100, "Trying", "", "")
	for range 20 { // gateways repeat 180; more than ten stop sipgo's own dialogs
		p.reply(invite, 180, "Ringing", "callee", "")
	}
	events(t, leg, call.Ringing{})
	p.pickUp(invite)
	ack := p.want("ACK ", "ACK")
	if !strings.HasPrefix(ack, "ACK sip:peer@"+p.addr()) || !strings.HasSuffix(headerOf(ack, "To"), "tag=callee") {
		t.Errorf("ack:\n%s", ack)
	}
	events(t, leg, call.Answered{})
	p.reply(invite, 200, "OK", "callee", testSDP) // the ACK was lost
	if again := p.want("ACK ", "ACK"); again != ack {
		t.Errorf("the ACK differs:\n%s", again)
	}
	leg.Hangup(call.CauseCompleted)
	bye := p.want("BYE ", "BYE")
	if headerOf(bye, "CSeq") != "2 BYE" {
		t.Errorf("CSeq %q", headerOf(bye, "CSeq"))
	}
	p.reply(bye, 200, "OK", "", "")
	events(t, leg, call.Ended{Cause: call.CauseCompleted})
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	p.quiet(100 * time.Millisecond)
}

func TestFarEndHangsUpAnOutboundLeg(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	p.pickUp(invite)
	p.want("ACK ", "ACK")
	p.write(p.request("BYE", ""))
	p.want("SIP/2.0 200", "BYE")
	events(t, leg, call.Answered{}, call.Ended{Cause: call.CauseHangup})
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

func TestRefusalsOfAnOutboundLegHaveTheirCauses(t *testing.T) {
	for status, want := range map[int]call.Cause{
		486: call.CauseBusy, 600: call.CauseBusy, 603: call.CauseRefused, 480: call.CauseRefused, 403: call.CauseRefused,
		404: call.CauseUnreachable, 408: call.CauseUnreachable, 503: call.CauseUnreachable, 302: call.CauseUnreachable,
		401: call.CauseUnreachable, 488: call.CauseNotAcceptable,
	} {
		f, p, leg, invite := dialled(t, Options{})
		p.reply(invite, status, "No", "callee", "", "Contact: <sip:00900123@192.0.2.1>")
		p.want("ACK ", "ACK")
		events(t, leg, call.Ended{Cause: want})
		waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	}
}

func TestRFC3261_9_1_CancelOfAnOutboundLeg(t *testing.T) {
	t.Run("ringing", func(t *testing.T) {
		f, p, leg, invite := dialled(t, Options{})
		p.reply(invite, 180, "Ringing", "callee", "")
		events(t, leg, call.Ringing{})
		leg.Hangup(call.CauseElsewhere)
		events(t, leg, call.Ended{Cause: call.CauseElsewhere}) // at once
		cancel := p.want("CANCEL ", "CANCEL")
		if headerOf(cancel, "Via") != headerOf(invite, "Via") || headerOf(cancel, "CSeq") != "1 CANCEL" ||
			!strings.Contains(headerOf(cancel, "Reason"), "completed elsewhere") {
			t.Errorf("cancel:\n%s", cancel)
		}
		p.reply(cancel, 200, "OK", "callee", "")
		p.reply(invite, 487, "Request Terminated", "callee", "")
		p.want("ACK ", "ACK")
		waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	})
	t.Run("before any answer", func(t *testing.T) {
		f, p, leg, invite := dialled(t, Options{})
		leg.Hangup(call.CauseCallerGone)
		events(t, leg, call.Ended{Cause: call.CauseCallerGone})
		p.quiet(50*time.Millisecond, "INVITE") // RFC 3261, section 9.1: not before a provisional response
		p.reply(invite, 180, "Ringing", "callee", "")
		cancel := p.want("CANCEL ", "CANCEL")
		p.reply(cancel, 200, "OK", "callee", "")
		p.reply(invite, 487, "Request Terminated", "callee", "")
		p.want("ACK ", "ACK")
		waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	})
	t.Run("crossing a 200", func(t *testing.T) {
		f, p, leg, invite := dialled(t, Options{})
		p.reply(invite, 180, "Ringing", "callee", "")
		events(t, leg, call.Ringing{})
		leg.Hangup(call.CauseCallerGone)
		events(t, leg, call.Ended{Cause: call.CauseCallerGone})
		cancel := p.want("CANCEL ", "CANCEL")
		p.reply(invite, 200, "OK", "callee", testSDP)
		p.reply(cancel, 481, "No", "callee", "")
		p.want("ACK ", "ACK")
		bye := p.want("BYE ", "BYE")
		p.reply(bye, 200, "OK", "", "")
		waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
		if len(leg.Events()) != 0 {
			t.Error("events after Ended")
		}
	})
	t.Run("answered without a word before", func(t *testing.T) {
		f, p, leg, invite := dialled(t, Options{})
		leg.Hangup(call.CauseCallerGone)
		events(t, leg, call.Ended{Cause: call.CauseCallerGone})
		p.reply(invite, 200, "OK", "callee", testSDP)
		p.want("ACK ", "ACK")
		p.reply(p.want("BYE ", "BYE"), 200, "OK", "", "")
		waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	})
	t.Run("by the context", func(t *testing.T) {
		f := newFloor(t, Options{}, nil)
		p := newPeer(t, f.addr("udp"))
		ctx, cancel := context.WithCancel(t.Context())
		leg, err := f.Dial(ctx, call.Target{URI: "sip:agent@" + p.addr()})
		if err != nil {
			t.Fatal(err)
		}
		invite := p.want("INVITE ", "INVITE")
		p.reply(invite, 183, "Progress", "callee", testSDP)
		events(t, leg, call.Ringing{})
		cancel()
		events(t, leg, call.Ended{Cause: call.CauseCallerGone})
		p.want("CANCEL ", "CANCEL")
		p.reply(invite, 487, "Request Terminated", "callee", "")
		waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	})
}

func TestSilentDeviceIsUnreachable(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{NoProgress: 100 * time.Millisecond})
	events(t, leg, call.Ended{Cause: call.CauseUnreachable})
	// It wakes up late: nobody may be left in a call with it.
	p.reply(invite, 180, "Ringing", "callee", "")
	p.want("CANCEL ", "CANCEL")
	p.reply(invite, 200, "OK", "callee", testSDP)
	p.want("ACK ", "ACK")
	p.reply(p.want("BYE ", "BYE"), 200, "OK", "", "")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })

	g := newFloor(t, Options{NoProgress: 100 * time.Millisecond}, nil)
	q := newPeer(t, g.addr("udp"))
	dead, err := g.Dial(t.Context(), call.Target{URI: "sip:agent@" + q.addr()})
	if err != nil {
		t.Fatal(err)
	}
	if c := drain(dead); c != call.CauseUnreachable {
		t.Errorf("cause %s", c)
	}
	waitFor(t, "the leg to go after 64*T1", func() bool { return g.Legs() == 0 })
}

func TestRFC3261_13_2_2_4_ForkedAnswersAreAcknowledgedAndEnded(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	p.pickUp(invite)
	p.want("ACK ", "ACK")
	events(t, leg, call.Answered{})
	p.reply(invite, 200, "OK", "other", testSDP)
	ack := p.want("ACK ", "ACK")
	bye := p.want("BYE ", "BYE")
	for _, m := range []string{ack, bye} {
		if !strings.HasSuffix(headerOf(m, "To"), "tag=other") {
			t.Errorf("to %q", headerOf(m, "To"))
		}
	}
	p.reply(bye, 200, "OK", "", "")
	p.write(p.request("BYE", ""))
	p.want("SIP/2.0 200", "BYE")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	p.reply(invite, 200, "OK", "third", testSDP) // when the leg has gone
	p.want("ACK ", "ACK")
	bye = p.want("BYE ", "BYE")
	if !strings.HasSuffix(headerOf(bye, "To"), "tag=third") {
		t.Errorf("to %q", headerOf(bye, "To"))
	}
}

func TestRFC3960_3_EarlyMediaThenAnotherAnswer(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	early := strings.Replace(testSDP, "40000", "41000", 1)
	p.reply(invite, 183, "Progress", "callee", early)
	p.reply(invite, 183, "Progress", "callee", early)
	events(t, leg, call.Ringing{})
	p.pickUp(invite)
	p.want("ACK ", "ACK")
	events(t, leg, call.Answered{})
	e := within(t, "endpoint", f.endpoints)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.accepted) != 2 || e.accepted[0] != early || e.accepted[1] != testSDP {
		t.Errorf("accepted %q", e.accepted)
	}
}

func TestAnswerThatCannotBeUsedIsAcknowledgedAndEnded(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	within(t, "endpoint", f.endpoints).fail(media.ErrNotAcceptable)
	p.pickUp(invite)
	p.want("ACK ", "ACK")
	bye := p.want("BYE ", "BYE")
	p.reply(bye, 200, "OK", "", "")
	events(t, leg, call.Ended{Cause: call.CauseNotAcceptable})
}

func TestRoutesAndStrictRouters(t *testing.T) {
	f := func(name, recordRoute, uri, route string) {
		t.Run(name, func(t *testing.T) {
			d := dialog{SIPCallID: "x", Local: end{URI: "sip:a@b", Tag: "1"}, Remote: end{URI: "sip:c@d", Tag: "2"},
				Routes: strings.Split(recordRoute, " "), Target: "sip:peer@192.0.2.9:5070"}
			bye, err := d.request("BYE", 0)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, h := range bye.GetHeaders("route") {
				got = append(got, h.Value())
			}
			if bye.Recipient.String() != uri || strings.Join(got, " ") != route {
				t.Errorf("%s with %q, want %s with %q", bye.Recipient.String(), got, uri, route)
			}
			if d.LocalSeq != 1 {
				t.Errorf("CSeq %d", d.LocalSeq)
			}
		})
	}
	f("loose", "<sip:p1;lr> <sip:p2;lr>", "sip:peer@192.0.2.9:5070", "<sip:p1;lr> <sip:p2;lr>")
	f("strict", "<sip:p1> <sip:p2;lr>", "sip:p1", "<sip:p2;lr> <sip:peer@192.0.2.9:5070>")
}

func TestDialSendsNothingWhereItMayNotOrCannot(t *testing.T) {
	s := newFloor(t, Options{}, nil)
	f := func(to call.Target, want error) {
		t.Helper()
		if leg, err := s.Dial(t.Context(), to); !errors.Is(err, want) {
			t.Errorf("Dial %+v: %v, %v; want %v", to, leg, err, want)
		}
	}
	f(call.Target{Agent: "ann"}, call.ErrUnreachable)
	f(call.Target{URI: "0900123"}, call.ErrNotAllowed) // no trunk takes numbers
	f(call.Target{URI: "sip:"}, call.ErrNotAllowed)
	f(call.Target{URI: "tel:123"}, call.ErrNotAllowed)
	f(call.Target{URI: "sip:x@255.255.255.255"}, call.ErrUnreachable)
	f(call.Target{URI: "sip:x@224.0.0.1"}, call.ErrUnreachable)
	f(call.Target{URI: "sip:x@127.0.0.1;transport=ws"}, call.ErrUnreachable)
	f(call.Target{URI: "sip:x@[::1]"}, call.ErrUnreachable) // no IPv6 listener here
	if s.Legs() != 0 {
		t.Error("legs exist")
	}
}

func TestNumbersGoOutByTheTrunkThatTakesThem(t *testing.T) {
	gateway := newPeer(t, netip.MustParseAddrPort("127.0.0.1:9")) // before the server exists
	f := newFloor(t, Options{Trunks: []Trunk{
		{Name: "in", From: []string{"192.0.2.1"}},
		{Name: "out", From: []string{"127.0.0.1"}, Address: gateway.addr(), Takes: Takes{Prefixes: []string{"+4930"}}, Health: Health{Off: true}},
	}}, nil)
	gateway.server = f.addr("udp")
	if _, err := f.Dial(t.Context(), call.Target{URI: "+4930555", From: call.Party{}}); err != nil {
		t.Fatal(err)
	}
	invite := gateway.want("INVITE ", "INVITE")
	if !strings.HasPrefix(invite, "INVITE sip:+4930555@"+gateway.addr()) ||
		!strings.HasPrefix(headerOf(invite, "From"), `"Anonymous" <sip:anonymous@anonymous.invalid>`) {
		t.Errorf("invite:\n%s", invite)
	}
	if strings.Contains(invite, "X-Tandem-") {
		t.Errorf("the carrier is told what only devices are:\n%s", invite)
	}
	gateway.reply(invite, 486, "Busy Here", "gw", "")
}

// Large requests go by TCP where the far end listens, and by UDP where not (RFC
// 3261, section 18.1.1).
func TestRFC3261_18_1_1_LargeInviteGoesByTCPIfItCan(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	big := newFakeEndpoint()
	big.offer = testSDP + strings.Repeat("a=x-padding:0123456789012345678901234567890123456789\r\n", 60)
	f.use(func() *fakeEndpoint { return big })
	p := newPeer(t, f.addr("udp"))
	leg, err := f.Dial(t.Context(), call.Target{URI: "sip:agent@" + p.addr()})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.want("INVITE ", "INVITE")
	if len(invite) < 3000 || !strings.HasPrefix(headerOf(invite, "Via"), "SIP/2.0/UDP") {
		t.Errorf("%d bytes by %s", len(invite), headerOf(invite, "Via"))
	}
	p.reply(invite, 486, "Busy Here", "p", "")
	drain(leg)

	lines := listenTCP(t, p.addr())
	if _, err := f.Dial(t.Context(), call.Target{URI: "sip:agent@" + p.addr()}); err != nil {
		t.Fatal(err)
	}
	if via := within(t, "INVITE by TCP", lines); !strings.HasPrefix(via, "Via: SIP/2.0/TCP 127.0.0.1:") {
		t.Errorf("via %q", via)
	}
}
