// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/call"
)

// ringingCall is a call that rings, and whose early dialog the caller knows.
func ringingCall(t *testing.T) (*floor, *peer, call.Leg, string) {
	t.Helper()
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		in.Leg.Ring()
		<-ctx.Done()
	})
	p := newPeer(t, f.addr("udp"))
	invite := p.request("INVITE", testSDP)
	p.write(invite)
	ringing := p.want("SIP/2.0 180", "INVITE")
	if p.toTag == "" || headerOf(ringing, "Contact") == "" {
		t.Fatalf("no dialog in\n%s", ringing)
	}
	return f, p, within(t, "call", f.calls).Leg, invite
}

func TestRFC3311_5_2_RequestsBeforeTheAnswer(t *testing.T) {
	f, p, leg, invite := ringingCall(t)
	p.write(p.request("UPDATE", testSDP)) // the INVITE's own offer is open
	if busy := p.want("SIP/2.0 500", "UPDATE"); headerOf(busy, "Retry-After") == "" {
		t.Error("no Retry-After")
	}
	again := p.request("INVITE", testSDP)
	p.write(again)
	p.write(ackOf(again, p.want("SIP/2.0 500", "INVITE")))
	p.write(p.request("INFO", "5", "Content-Type: application/dtmf"))
	p.want("SIP/2.0 200", "INFO")
	events(t, leg, call.Digit{Key: '5'})
	// BYE of an early dialog ends the INVITE as well.
	p.write(p.request("BYE", ""))
	p.want("SIP/2.0 200", "BYE")
	p.write(ackOf(invite, p.want("SIP/2.0 487", "INVITE")))
	events(t, leg, call.Ended{Cause: call.CauseHangup})
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

func TestRequestsOfACalleeBeforeItsAnswer(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	p.reply(invite, 180, "Ringing", "callee", "")
	events(t, leg, call.Ringing{})
	p.callID, p.tag = headerOf(invite, "Call-ID"), "callee"
	_, p.toTag, _ = strings.Cut(headerOf(invite, "From"), ";tag=")
	for method, status := range map[string]string{"UPDATE": "491", "INFO": "481", "OPTIONS": "200"} {
		body := map[string]string{"UPDATE": testSDP}[method]
		p.write(p.request(method, body))
		p.want("SIP/2.0 "+status, method)
	}
	p.reply(invite, 486, "Busy Here", "callee", "")
	p.want("ACK ", "ACK")
	events(t, leg, call.Ended{Cause: call.CauseBusy})
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

func TestPanicWhileRingingCancelsTheCall(t *testing.T) {
	f, p, leg, invite := dialled(t, Options{})
	e := within(t, "endpoint", f.endpoints)
	e.mu.Lock()
	e.panicsOnAccept = true
	e.mu.Unlock()
	p.reply(invite, 183, "Progress", "callee", testSDP)
	p.want("CANCEL ", "CANCEL")
	events(t, leg, call.Ended{Cause: call.CauseInternal})
	waitFor(t, "the endpoint to close", e.isClosed)
}

func TestFixedURIOfAnAgentIsRung(t *testing.T) {
	gateway := newPeer(t, netip.MustParseAddrPort("127.0.0.1:9")) // before the server exists
	_, port, _ := strings.Cut(gateway.addr(), ":")
	f := newFloor(t, Options{}, nil)
	gateway.server = f.addr("udp")
	f.handlers.AgentDevice = func(a call.AgentID) string { return "sip:" + string(a) + "@localhost:" + port }
	for range 2 { // localhost is looked up
		leg, err := f.Dial(t.Context(), call.Target{Agent: "gw", From: call.Party{Number: "1"}})
		if err != nil {
			t.Fatal(err)
		}
		invite := gateway.want("INVITE sip:gw@localhost:"+port, "INVITE")
		gateway.reply(invite, 486, "Busy Here", "gw", "")
		events(t, leg, call.Ended{Cause: call.CauseBusy})
	}
	if addr, ok := f.names.last("localhost"); !ok || addr != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("localhost is remembered as %v", addr)
	}
	if _, err := f.Dial(t.Context(), call.Target{URI: "sip:x@nowhere.invalid"}); err == nil {
		t.Error("a name that does not exist was dialled")
	}
}

// What far ends are told to reach us at.
func TestPublicAddressIsAnnounced(t *testing.T) {
	f := func(listener Listener, want string) {
		t.Helper()
		listener.Transport = "udp"
		s := newFloor(t, Options{Listeners: []Listener{listener}}, nil)
		port := s.addr("udp").Port()
		p := newPeer(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port))
		p.write(p.request("INVITE", testSDP))
		p.want("SIP/2.0 200", "INVITE")
		if got := p.target; got != "sip:tandem@"+strings.Replace(want, "PORT", strconv.Itoa(int(port)), 1) {
			t.Errorf("contact %s, want %s", got, want)
		}
	}
	f(Listener{Address: "127.0.0.1:0"}, "127.0.0.1:PORT")
	f(Listener{Address: "0.0.0.0:0"}, "127.0.0.1:PORT") // the interface that leads to the far end
	f(Listener{Address: "[::]:0"}, "127.0.0.1:PORT")
	f(Listener{Address: "127.0.0.1:0", PublicAddress: "203.0.113.7"}, "203.0.113.7:PORT")
	f(Listener{Address: "127.0.0.1:0", PublicAddress: "sip.example.com:5070"}, "sip.example.com:5070")
	f(Listener{Address: "0.0.0.0:0", PublicAddress: "2001:db8::1"}, "[2001:db8::1]:PORT")
}

func TestDialOfAnIPv4DeviceFromADualStackSocket(t *testing.T) {
	f := newFloor(t, Options{Listeners: []Listener{{Transport: "udp", Address: "[::]:0"}}}, nil)
	p := newPeer(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), f.addr("udp").Port()))
	leg, err := f.Dial(t.Context(), call.Target{URI: "sip:x@" + p.addr()})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.want("INVITE ", "INVITE")
	p.reply(invite, 603, "Decline", "x", "")
	p.want("ACK ", "ACK")
	events(t, leg, call.Ended{Cause: call.CauseRefused})
	p.quiet(50 * time.Millisecond)
}
