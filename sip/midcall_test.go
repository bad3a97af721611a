// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// talking is a call that stands, and what its leg reports.
func talking(t *testing.T) (*floor, *peer, *fakeEndpoint, call.Leg) {
	t.Helper()
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		_ = in.Leg.Answer(ctx)
		<-ctx.Done()
	})
	p := newPeer(t, f.addr("udp"))
	p.call()
	return f, p, within(t, "endpoint", f.endpoints), within(t, "call", f.calls).Leg
}

func TestRFC3264_8_4_HoldAndResumeByReInvite(t *testing.T) {
	_, p, e, _ := talking(t)
	held := testSDP + "a=sendonly\r\n"
	e.mu.Lock()
	e.answer = testSDP + "a=recvonly\r\n"
	e.mu.Unlock()
	p.write(p.request("INVITE", held))
	ok := p.want("SIP/2.0 200", "INVITE")
	if bodyOf(ok) != testSDP+"a=recvonly\r\n" {
		t.Errorf("answer %q", bodyOf(ok))
	}
	p.quiet(60*time.Millisecond, ok) // repeated until the ACK
	p.write(p.request("ACK", ""))
	if offers := e.taken(); len(offers) != 2 || offers[1] != held {
		t.Errorf("offers %q", offers)
	}
}

func TestHeldAndResumedReachTheCall(t *testing.T) {
	_, _, e, leg := talking(t)
	e.events <- media.Held{On: true}
	e.events <- media.Held{On: false}
	e.events <- media.OneWay{Working: "toFarEnd"}
	for _, want := range []call.LegEvent{call.Held{}, call.Resumed{}, call.AudioOneWay{Working: "toFarEnd"}} {
		if got := within(t, "event", leg.Events()); got != want {
			t.Errorf("event %#v, want %#v", got, want)
		}
	}
}

func TestLostMediaEndsTheLeg(t *testing.T) {
	for name, ev := range map[string]media.Event{"lost": media.Lost{}, "failed": media.Failed{Err: context.Canceled}} {
		t.Run(name, func(t *testing.T) {
			_, p, e, leg := talking(t)
			e.events <- ev
			if c := drain(leg); c != call.CauseMediaLost {
				t.Errorf("cause %s", c)
			}
			bye := p.want("BYE ", "BYE")
			if headerOf(bye, "Reason") != "Q.850;cause=41" {
				t.Errorf("reason %q", headerOf(bye, "Reason"))
			}
		})
	}
}

func TestRFC3261_14_2_RefusedReInviteKeepsTheCall(t *testing.T) {
	f, p, e, leg := talking(t)
	e.fail(media.ErrNotAcceptable)
	invite := p.request("INVITE", strings.Replace(testSDP, " 0 101", " 18", 1))
	p.write(invite)
	p.write(ackOf(invite, p.want("SIP/2.0 488", "INVITE")))
	e.fail(nil)
	p.write(p.request("INVITE", testSDP))
	p.want("SIP/2.0 200", "INVITE")
	p.write(p.request("ACK", ""))
	if f.Legs() != 1 || len(leg.Events()) != 0 {
		t.Error("the call did not stay as it was")
	}
}

func TestRFC3311_5_1_AddressChangesByUpdateAndReInvite(t *testing.T) {
	for _, method := range []string{"INVITE", "UPDATE"} {
		t.Run(method, func(t *testing.T) {
			_, p, _, leg := talking(t)
			moved := newPeer(t, p.server)
			contact := "Contact: <sip:moved@" + moved.addr() + ">"
			p.write(p.request(method, testSDP, contact))
			ok := p.want("SIP/2.0 200", method)
			if bodyOf(ok) != testSDP || headerOf(ok, "Contact") == "" {
				t.Errorf("answer:\n%s", ok)
			}
			if method == "INVITE" {
				p.write(p.request("ACK", ""))
			}
			leg.Hangup(call.CauseCompleted)
			if bye := moved.want("BYE ", "BYE"); !strings.HasPrefix(bye, "BYE sip:moved@"+moved.addr()) {
				t.Errorf("bye:\n%s", bye)
			}
		})
	}
}

func TestRFC3311_5_2_UpdateAgainstAnOfferOfOursIsGlare(t *testing.T) {
	_, p, e, _ := talking(t)
	p.write(p.request("INVITE", "")) // our offer will be in the 200
	p.want("SIP/2.0 200", "INVITE")
	invite := p.seq
	p.write(p.request("UPDATE", testSDP))
	p.want("SIP/2.0 491", "UPDATE")
	again := p.request("INVITE", testSDP)
	p.write(again)
	p.write(ackOf(again, p.want("SIP/2.0 491", "INVITE")))
	ack := strings.Replace(p.request("ACK", testSDP), fmt.Sprintf("CSeq: %d", p.seq), fmt.Sprintf("CSeq: %d", invite), 1)
	p.write(ack)
	waitFor(t, "the answer", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return len(e.accepted) == 1 })
	p.write(p.request("UPDATE", testSDP))
	p.want("SIP/2.0 200", "UPDATE")
}

func TestRFC3261_12_2_2_RequestsOutOfOrderWithinADialog(t *testing.T) {
	_, p, _, leg := talking(t)
	key := func(k string) string {
		return p.request("INFO", "Signal="+k+"\r\nDuration=160\r\n", "Content-Type: application/dtmf-relay")
	}
	one, two, three := key("1"), key("2"), key("3")
	p.write(three)
	p.write(one)
	p.write(two)
	for _, want := range "123" {
		if got := within(t, "digit", leg.Events()); got != (call.Digit{Key: byte(want)}) {
			t.Errorf("event %#v, want key %c", got, want)
		}
	}
	for range 3 {
		p.want("SIP/2.0 200", "INFO")
	}
	// Long overdue: refused, and the call goes on.
	p.seq -= 3
	p.write(key("9"))
	p.want("SIP/2.0 500", "INFO")
	p.seq += 2
	p.write(key("4"))
	if got := within(t, "digit", leg.Events()); got != (call.Digit{Key: '4'}) {
		t.Errorf("event %#v", got)
	}
}

func TestRFC6086_4_2_2_KeysByInfo(t *testing.T) {
	_, p, e, leg := talking(t)
	f := func(kind, body, status string, want byte) {
		t.Helper()
		p.write(p.request("INFO", body, "Content-Type: "+kind))
		answer := p.want("SIP/2.0 "+status, "INFO")
		if status == "415" && headerOf(answer, "Accept") != dtmfAccept {
			t.Errorf("accept %q", headerOf(answer, "Accept"))
		}
		if want == 0 {
			return
		}
		if got := within(t, "digit", leg.Events()); got != (call.Digit{Key: want}) {
			t.Errorf("%q: event %#v, want %c", body, got, want)
		}
	}
	f("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "200", '5')
	f("application/dtmf-relay", "Signal= *\r\nDuration= 100\r\n", "200", '*')
	f("application/dtmf-relay;x=y", "Duration=100\nSignal=11", "200", '#')
	f("application/dtmf", "7\r\n", "200", '7')
	f("application/dtmf", "a", "200", 'A')
	f("application/dtmf", "77", "200", 0)
	f("text/plain", "7", "415", 0)
	p.write(p.request("INFO", ""))
	p.want("SIP/2.0 200", "INFO")
	if len(leg.Events()) != 0 {
		t.Error("a key that nobody pressed")
	}
	// The same press in RTP and by INFO is one; a second press is a second.
	e.events <- media.Digit{Key: '8'}
	if got := within(t, "digit", leg.Events()); got != (call.Digit{Key: '8'}) {
		t.Errorf("event %#v", got)
	}
	f("application/dtmf", "8", "200", 0)
	f("application/dtmf", "8", "200", '8')
	e.events <- media.Digit{Key: '8'}
	f("application/dtmf", "0", "200", '0')
}

func TestRFC3261_8_2_1_MethodsThatADialogDoesNotKnow(t *testing.T) {
	f, p, _, _ := talking(t)
	for method, status := range map[string]string{"REFER": "603", "MESSAGE": "405", "SUBSCRIBE": "405", "OPTIONS": "200"} {
		p.write(p.request(method, ""))
		p.want("SIP/2.0 "+status, method)
	}
	p.write(p.request("INFO", "", "Require: foo"))
	if a := p.want("SIP/2.0 420", "INFO"); headerOf(a, "Unsupported") != "foo" {
		t.Errorf("unsupported %q", headerOf(a, "Unsupported"))
	}
	if f.Legs() != 1 {
		t.Error("the call is gone")
	}
}

// Right tags from a source that is neither the caller's nor its trunk's.
func TestRFC3261_12_2_2_ForgedByeIsRefused(t *testing.T) {
	o := Options{Trunks: []Trunk{{Name: "one", From: []string{"127.0.0.1"}, Calls: 10, CallsPerSecond: 10}}}
	f := newFloor(t, o, nil)
	p := newPeer(t, f.addr("udp"))
	p.call()
	thief := newPeerAt(t, f.addr("udp"), "127.0.0.2")
	thief.callID, thief.tag, thief.toTag, thief.target = p.callID, p.tag, p.toTag, p.target
	thief.seq = 10
	for _, method := range []string{"BYE", "INVITE", "UPDATE", "INFO"} {
		body := map[string]string{"INVITE": testSDP, "UPDATE": testSDP}[method]
		thief.write(thief.request(method, body))
		thief.want("SIP/2.0 481", method)
	}
	if f.Legs() != 1 {
		t.Fatal("the call is gone")
	}
	p.write(p.request("BYE", ""))
	p.want("SIP/2.0 200", "BYE")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	p.write(p.request("INVITE", testSDP)) // after the BYE
	p.want("SIP/2.0 481", "INVITE")
}

func TestRFC5407_3_ByeBeforeTheACKEndsTheCall(t *testing.T) {
	causes := make(chan call.Cause, 1)
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		if err := in.Leg.Answer(ctx); !errors.Is(err, call.ErrUnacknowledged) {
			t.Errorf("Answer says %v", err)
		}
		causes <- drain(in.Leg)
	})
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("INVITE", testSDP))
	p.want("SIP/2.0 200", "INVITE")
	p.write(p.request("BYE", ""))
	p.want("SIP/2.0 200", "BYE")
	if c := within(t, "cause", causes); c != call.CauseHangup {
		t.Errorf("cause %s", c)
	}
	p.quiet(200*time.Millisecond, "SIP/2.0 200")
}

func TestPanicInACallEndsThatCallOnly(t *testing.T) {
	first := true
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		_ = in.Leg.Answer(ctx)
		if first {
			first = false
			panic("fault hook")
		}
		drain(in.Leg)
	})
	p := newPeer(t, f.addr("udp"))
	p.call()
	p.want("BYE ", "BYE")
	q := newPeer(t, f.addr("udp"))
	q.call()
	// A panic in a dialog's own goroutine: the endpoint's re-INVITE fails hard.
	within(t, "endpoint", f.endpoints)
	e := within(t, "endpoint", f.endpoints)
	e.mu.Lock()
	e.panics = true
	e.mu.Unlock()
	q.write(q.request("INVITE", testSDP))
	q.want("BYE ", "BYE")
	waitFor(t, "both legs to go", func() bool { return f.Legs() == 0 })
	if n := value(t, f.registry, "sip_panics_total"); n != 2 {
		t.Errorf("%v panics counted", n)
	}
	r := newPeer(t, f.addr("udp"))
	r.call()
}

func TestDigitsThatNobodyReadsAreDropped(t *testing.T) {
	_, _, e, leg := talking(t)
	for range 100 {
		e.events <- media.Digit{Key: '1'}
	}
	waitFor(t, "the mailbox to fill", func() bool { return len(leg.Events()) == maxUnread })
	leg.Hangup(call.CauseCompleted)
	if c := drain(leg); c != call.CauseCompleted {
		t.Errorf("cause %s", c)
	}
}
