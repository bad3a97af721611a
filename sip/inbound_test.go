// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// untold leaves the leg as it is until it ends.
func untold(_ context.Context, in Incoming) { drain(in.Leg) }

func TestRFC3261_8_2_InviteIsRefusedByPolicy(t *testing.T) {
	f := newFloor(t, Options{}, untold)
	f1 := func(name, status string, build func(p *peer) string) {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, f.addr("udp"))
			p.t = t
			p.write(build(p))
			answer := p.want("SIP/2.0 ", strings.Fields(status)[1])
			if !strings.HasPrefix(answer, "SIP/2.0 "+strings.Fields(status)[0]) {
				t.Errorf("answer %q, want %s", strings.SplitN(answer, "\r\n", 2)[0], status)
			}
			for _, line := range strings.Split(status, "|")[1:] {
				name, value, _ := strings.Cut(line, "=")
				if got := headerOf(answer, name); got == "" || !strings.Contains(got, value) {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
			if strings.Contains(answer, "User-Agent") || strings.Contains(answer, "Server:") {
				t.Error("the answer names the software")
			}
		})
	}
	f1("unknown number", "404 INVITE", func(p *peer) string {
		p.target = strings.Replace(p.target, "1000", "7777", 1)
		return p.request("INVITE", testSDP)
	})
	f1("extension that is required", "420 INVITE |Unsupported=foo", func(p *peer) string {
		return p.request("INVITE", testSDP, "Require: 100rel, foo")
	})
	f1("body of another type", "415 INVITE |Accept=application/sdp", func(p *peer) string {
		return p.request("INVITE", "hello", "Content-Type: text/plain")
	})
	f1("no hops left", "483 INVITE", func(p *peer) string {
		return p.request("INVITE", testSDP, "Max-Forwards: 0")
	})
	f1("no Contact", "400 INVITE", func(p *peer) string {
		return p.request("INVITE", testSDP, "Contact:-")
	})
	f1("unknown method", "405 NEWMETHOD |Allow=INVITE", func(p *peer) string {
		return p.request("NEWMETHOD", "")
	})
	f1("REFER outside of a dialog", "405 REFER |Allow=BYE", func(p *peer) string {
		return p.request("REFER", "")
	})
	f1("BYE outside of a dialog", "481 BYE", func(p *peer) string { return p.request("BYE", "") })
	f1("BYE with a tag of nobody", "481 BYE", func(p *peer) string {
		p.toTag = "nobody"
		return p.request("BYE", "")
	})
	f1("CANCEL of nothing", "481 CANCEL", func(p *peer) string { return p.request("CANCEL", "") })
	f1("capabilities", "200 OPTIONS |Allow=UPDATE|Accept=application/sdp", func(p *peer) string {
		return p.request("OPTIONS", "")
	})
	f.use(func() *fakeEndpoint { e := newFakeEndpoint(); e.err = media.ErrNotAcceptable; return e })
	f1("no codec in common", "488 INVITE", func(p *peer) string { return p.request("INVITE", testSDP) })
	f.use(func() *fakeEndpoint { e := newFakeEndpoint(); e.err = media.ErrNoPorts; return e })
	f1("no media port", "503 INVITE |Retry-After=", func(p *peer) string { return p.request("INVITE", testSDP) })
	f.use(func() *fakeEndpoint { e := newFakeEndpoint(); e.err = errors.New("odd"); return e })
	f1("media fails", "500 INVITE", func(p *peer) string { return p.request("INVITE", testSDP) })
	f.use(func() *fakeEndpoint { e := newFakeEndpoint(); e.panics = true; return e })
	f1("panic in one call", "500 INVITE", func(p *peer) string { return p.request("INVITE", testSDP) })
	f.use(newFakeEndpoint)
	f1("after the panic", "200 OPTIONS", func(p *peer) string { return p.request("OPTIONS", "") })
	if len(f.calls) != 0 {
		t.Errorf("%d calls were told", len(f.calls))
	}
	for len(f.endpoints) > 0 {
		// The refusal leaves before the endpoint is closed.
		waitFor(t, "a refused call's endpoint to close", (<-f.endpoints).isClosed)
	}
	f.Drain()
	f1("draining", "503 INVITE |Retry-After=", func(p *peer) string { return p.request("INVITE", testSDP) })
}

func TestStrangersAreToldNothing(t *testing.T) {
	f := newFloor(t, Options{Trunks: []Trunk{{Name: "far", From: []string{"192.0.2.0/24"}}}}, nil)
	var answers []string
	for _, method := range []string{"INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "REFER", "BYE", "NEWMETHOD"} {
		p := newPeer(t, f.addr("udp"))
		body := ""
		if method == "INVITE" {
			body = testSDP
		}
		p.write(p.request(method, body))
		answer := p.want("SIP/2.0", method)
		if !strings.HasPrefix(answer, "SIP/2.0 403 Forbidden") {
			t.Errorf("%s: %s", method, answer)
		}
		var names []string
		for _, l := range strings.Split(answer, "\r\n") {
			name, _, _ := strings.Cut(l, ":")
			names = append(names, name)
		}
		answers = append(answers, strings.Join(names, " "))
	}
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Errorf("headers differ: %q and %q", a, answers[0])
		}
	}
}

// A forged source address must not get more than was sent in its name.
func TestRefusalOfAStrangerIsNotRepeated(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	p := newPeer(t, f.addr("udp"))
	invite := p.request("INVITE", testSDP)
	p.write(invite)
	p.want("SIP/2.0 403", "INVITE")
	p.quiet(200 * time.Millisecond) // ten times T1
	p.write(invite)
	p.want("SIP/2.0 403", "INVITE")
}

func TestTrunkLimitsAnswer503AndRecover(t *testing.T) {
	o := Options{Trunks: []Trunk{{Name: "small", From: []string{"127.0.0.1"}, Calls: 2, CallsPerSecond: 100}}}
	f := newFloor(t, o, nil)
	var on []*peer
	for range 2 {
		p := newPeer(t, f.addr("udp"))
		p.call()
		on = append(on, p)
	}
	third := newPeer(t, f.addr("udp"))
	third.write(third.request("INVITE", testSDP))
	if refusal := third.want("SIP/2.0 503", "INVITE"); headerOf(refusal, "Retry-After") == "" {
		t.Error("no Retry-After")
	}
	on[0].write(on[0].request("BYE", ""))
	on[0].want("SIP/2.0 200", "BYE")
	waitFor(t, "the place to be free", func() bool { return f.Legs() == 1 })
	fourth := newPeer(t, f.addr("udp"))
	fourth.call()
}

func TestNewCallsPerSecondAreLimited(t *testing.T) {
	all, err := newTrunks([]Trunk{{Name: "t", From: []string{"127.0.0.1"}, Calls: 100, CallsPerSecond: 5}})
	if err != nil {
		t.Fatal(err)
	}
	tr := all[0]
	now := time.Now()
	taken := 0
	for range 20 {
		if tr.admit(now) {
			taken++
		}
	}
	if taken != 5 {
		t.Errorf("%d calls at one instant, want 5", taken)
	}
	if !tr.admit(now.Add(200 * time.Millisecond)) {
		t.Error("no call after a fifth of a second")
	}
	if tr.admit(now.Add(200 * time.Millisecond)) {
		t.Error("two calls after a fifth of a second")
	}
	lines := 0
	for i := range 100 { // refused ten times a second
		if tr.complaints.due(now.Add(time.Duration(i) * time.Second / 10)) {
			lines++
		}
	}
	if lines != 1 || !tr.complaints.due(now.Add(complainEvery)) {
		t.Errorf("%d lines of the log in ten seconds, want 1 and then another", lines)
	}
}

func TestCancelEndsTheCallAtEveryStage(t *testing.T) {
	for _, name := range []string{"before ringing", "ringing"} {
		t.Run(name, func(t *testing.T) {
			causes := make(chan call.Cause, 1)
			f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
				if name == "ringing" {
					in.Leg.Ring()
				}
				causes <- drain(in.Leg)
			})
			p := newPeer(t, f.addr("udp"))
			invite := p.request("INVITE", testSDP)
			p.write(invite)
			within(t, "call", f.calls)
			if name == "ringing" {
				p.want("SIP/2.0 180", "INVITE")
			}
			p.write(cancelOf(invite))
			p.want("SIP/2.0 200", "CANCEL")
			p.toTag = ""
			if c := within(t, "cause", causes); c != call.CauseHangup {
				t.Errorf("cause %s", c)
			}
			p.want("SIP/2.0 487", "INVITE")
			if e := within(t, "endpoint", f.endpoints); !e.isClosed() {
				waitFor(t, "the endpoint to close", e.isClosed)
			}
		})
	}
}

// The CANCEL comes right behind the INVITE, in whatever order sipgo's
// goroutines see to them; there must be no leg left and no call untold.
func TestCancelRightBehindTheInvite(t *testing.T) {
	f := newFloor(t, Options{}, untold)
	for range 50 {
		p := newPeer(t, f.addr("udp"))
		invite := p.request("INVITE", testSDP)
		p.write(invite)
		p.write(cancelOf(invite))
		end := time.Now().Add(3 * time.Second)
		var seen []string
		for done := false; !done; {
			msg := p.read(time.Until(end))
			seen = append(seen, strings.SplitN(msg, "\r\n", 2)[0])
			if msg == "" {
				t.Fatalf("no end of the INVITE, %d legs, seen %q", f.Legs(), seen)
			}
			if strings.HasPrefix(msg, "SIP/2.0 481") { // overtook its INVITE: the far end cancels again
				p.write(cancelOf(invite))
			}
			done = strings.HasPrefix(msg, "SIP/2.0 487")
		}
	}
	waitFor(t, "all legs to end", func() bool { return f.Legs() == 0 })
}

func TestCancelAfterThe200ChangesNothing(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	invite := p.request("INVITE", testSDP)
	p.write(invite)
	p.want("SIP/2.0 200", "INVITE")
	p.write(cancelOf(invite))
	p.want("SIP/2.0 200", "CANCEL")
	p.write(p.request("ACK", ""))
	p.quiet(300*time.Millisecond, "SIP/2.0 200")
	if f.Legs() != 1 {
		t.Error("the call is gone")
	}
	p.write(p.request("BYE", ""))
	p.want("SIP/2.0 200", "BYE")
}

// Answer and CANCEL at the same instant: either the caller has a 200 and the
// leg lives, or has a 487 and never a 200 behind it.
func TestRFC5407_3_AnswerAgainstCancelLeavesNoGhost(t *testing.T) {
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		_ = in.Leg.Answer(ctx)
		drain(in.Leg)
	})
	refused := 0
	for range 60 {
		p := newPeer(t, f.addr("udp"))
		invite := p.request("INVITE", testSDP)
		p.write(invite)
		p.write(cancelOf(invite))
		var final string
		end := time.Now().Add(3 * time.Second)
		for final == "" {
			msg := p.read(time.Until(end))
			switch {
			case msg == "":
				t.Fatal("no final response")
			case strings.HasPrefix(msg, "SIP/2.0 200") && strings.HasSuffix(headerOf(msg, "CSeq"), "INVITE"):
				final = msg
				_, p.toTag, _ = strings.Cut(headerOf(msg, "To"), ";tag=")
				p.target = strings.Trim(headerOf(msg, "Contact"), "<>")
				p.write(p.request("ACK", ""))
				p.write(p.request("BYE", ""))
				// 481 if a CANCEL that overtook its INVITE has ended it already.
				if msg := p.want("SIP/2.0 ", "BYE"); !strings.HasPrefix(msg, "SIP/2.0 200") && !strings.HasPrefix(msg, "SIP/2.0 481") {
					t.Fatal(msg)
				}
			case strings.HasPrefix(msg, "SIP/2.0 487"):
				final = msg
				refused++
				// No ACK for a while: what is repeated must be the 487.
				for msg := p.read(60 * time.Millisecond); msg != ""; msg = p.read(60 * time.Millisecond) {
					if strings.HasPrefix(msg, "SIP/2.0 200") && strings.HasSuffix(headerOf(msg, "CSeq"), "INVITE") {
						t.Fatal("a 200 behind the 487")
					}
					if strings.HasPrefix(msg, "SIP/2.0 487") {
						p.write(ackOf(invite, msg))
					}
				}
			}
		}
	}
	waitFor(t, "all legs to end", func() bool { return f.Legs() == 0 })
	t.Logf("%d of 60 were cancelled in time", refused)
}

func TestRFC3261_13_3_1_4_Unacknowledged200IsRepeatedThenEnded(t *testing.T) {
	causes := make(chan call.Cause, 1)
	answers := make(chan error, 1)
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		answers <- in.Leg.Answer(ctx)
		causes <- drain(in.Leg)
	})
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("INVITE", testSDP))
	first := p.want("SIP/2.0 200", "INVITE")
	began := time.Now()
	repeats := 0
	for {
		msg := p.read(3 * time.Second)
		if strings.HasPrefix(msg, "BYE ") {
			break
		}
		if msg != first {
			t.Fatalf("a repeat differs:\n%s", msg)
		}
		repeats++
	}
	if took := time.Since(began); took < 1200*time.Millisecond || took > 2*time.Second {
		t.Errorf("BYE after %v, want 64*T1 = 1.28 s", took)
	}
	if repeats < 8 || repeats > 12 { // at 20, 60, 140 ms, then every 160 ms
		t.Errorf("%d repeats", repeats)
	}
	if err := within(t, "answer", answers); !errors.Is(err, errNoACK) || !errors.Is(err, call.ErrUnacknowledged) {
		t.Errorf("Answer returned %v", err)
	}
	if c := within(t, "cause", causes); c != call.CauseNoACK {
		t.Errorf("cause %s", c)
	}
}

func TestRFC3261_8_2_2_2_CopiesOfAnInviteMakeOneCall(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	invite := p.request("INVITE", testSDP)
	for range 5 {
		p.write(invite)
	}
	p.want("SIP/2.0 200", "INVITE")
	p.write(p.request("ACK", ""))
	within(t, "call", f.calls)
	p.write(invite) // late, after the ACK
	other := strings.Replace(invite, "branch=z9hG4bK", "branch=z9hG4bKother", 1)
	p.write(other)
	p.want("SIP/2.0 482", "INVITE") // the same request by another way
	if len(f.calls) != 0 || f.Legs() != 1 {
		t.Errorf("%d further calls, %d legs", len(f.calls), f.Legs())
	}
}

func TestHangupBeforeTheAnswerIsToldByTheTable(t *testing.T) {
	for cause, want := range map[call.Cause]string{
		call.CauseBusy: "486", call.CauseOverload: "503", call.CauseNotAllowed: "403", call.CauseNoAgents: "480",
	} {
		t.Run(string(cause), func(t *testing.T) {
			causes := make(chan call.Cause, 1)
			f := newFloor(t, Options{}, func(_ context.Context, in Incoming) {
				in.Leg.Hangup(cause)
				in.Leg.Hangup(call.CauseInternal) // only the first counts
				causes <- drain(in.Leg)
			})
			p := newPeer(t, f.addr("udp"))
			p.write(p.request("INVITE", testSDP))
			answer := p.want("SIP/2.0 "+want, "INVITE")
			if !strings.HasPrefix(headerOf(answer, "Reason"), "Q.850;cause=") {
				t.Errorf("reason %q", headerOf(answer, "Reason"))
			}
			if (headerOf(answer, "Retry-After") != "") != (want == "503") {
				t.Errorf("Retry-After %q", headerOf(answer, "Retry-After"))
			}
			if c := within(t, "cause", causes); c != cause {
				t.Errorf("cause %s", c)
			}
		})
	}
}

// RFC 3261, section 15: we hang up before the ACK has come, but may say BYE only
// after it.
func TestByeWaitsForTheACK(t *testing.T) {
	answered := make(chan struct{})
	f := newFloor(t, Options{}, func(ctx context.Context, in Incoming) {
		go func() { _ = in.Leg.Answer(ctx) }()
		<-answered
		in.Leg.Hangup(call.CauseFlowEnded)
		if c := drain(in.Leg); c != call.CauseFlowEnded {
			t.Errorf("cause %s", c)
		}
	})
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("INVITE", testSDP))
	p.want("SIP/2.0 200", "INVITE")
	close(answered)
	p.quiet(150*time.Millisecond, "SIP/2.0 200")
	p.write(p.request("ACK", ""))
	bye := p.want("BYE ", "BYE")
	if !strings.HasPrefix(bye, "BYE sip:peer@"+p.addr()) || headerOf(bye, "Reason") != "Q.850;cause=16" {
		t.Errorf("bye:\n%s", bye)
	}
	p.reply(bye, 200, "OK", "", "")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
	p.quiet(100 * time.Millisecond)
}

func TestRFC3261_13_2_1_LateOfferIsAnsweredInTheACK(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	p.write(p.request("INVITE", ""))
	ok := p.want("SIP/2.0 200", "INVITE")
	if bodyOf(ok) != testSDP {
		t.Errorf("no offer in the 200: %q", bodyOf(ok))
	}
	answer := strings.Replace(testSDP, "40000", "50000", 1)
	p.write(p.request("ACK", answer))
	e := within(t, "endpoint", f.endpoints)
	waitFor(t, "the answer", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.accepted) == 1 && e.accepted[0] == answer
	})
	// And one whose ACK brings nothing is ended.
	q := newPeer(t, f.addr("udp"))
	q.write(q.request("INVITE", ""))
	q.want("SIP/2.0 200", "INVITE")
	q.write(q.request("ACK", ""))
	q.want("BYE ", "BYE")
}

func TestRFC5621_3_1_MultipartBodiesAreRead(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	body := "--b\r\nContent-Type: application/isup\r\n\r\nxx\r\n--b\r\nContent-Type: application/sdp\r\n\r\n" + testSDP + "\r\n--b--\r\n"
	p.write(p.request("INVITE", body, "Content-Type: multipart/mixed;boundary=b"))
	p.want("SIP/2.0 200", "INVITE")
	e := within(t, "endpoint", f.endpoints)
	if offers := e.taken(); len(offers) != 1 || offers[0] != testSDP {
		t.Errorf("offers %q", offers)
	}
}

// waitFor polls what no channel tells.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	end := time.After(5 * time.Second)
	for !done() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("waited too long for %s", what)
		}
	}
}
