// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tandem/call"
)

// pageFloor is a server whose agents have pages.
func pageFloor(t *testing.T) (*floor, *httptest.Server) {
	t.Helper()
	f := newFloorWith(t, Options{}, Endpoints{Browser: func() (Endpoint, error) { return newFakeEndpoint(), nil }}, nil)
	return f, newWeb(t, f)
}

var registrations int

// signOn registers the page of agent under an instance, as JsSIP does.
func (p *page) signOn(instance string) {
	p.t.Helper()
	p.register(instance)
	p.expect("200")
}

func (p *page) register(instance string) {
	p.t.Helper()
	registrations++
	p.say(fmt.Sprintf("REGISTER sip:tandem SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bKr%[1]d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:ann@tandem>;tag=1\r\nTo: <sip:ann@tandem>\r\nCall-ID: r%[2]s%[1]d\r\nCSeq: 1 REGISTER\r\n"+
		"Contact: <sip:abc@x.invalid;transport=ws>;+sip.instance=\"<urn:uuid:%[2]s>\";reg-id=1;expires=600\r\n"+
		"Supported: path,gruu,outbound\r\nContent-Length: 0\r\n\r\n", registrations, instance))
}

// reply answers what the server sent.
func (p *page) reply(req, status, body string) {
	p.t.Helper()
	to := headerOf(req, "To")
	if !strings.Contains(to, ";tag=") {
		to += ";tag=page"
	}
	msg := "SIP/2.0 " + status + "\r\nVia: " + headerOf(req, "Via") + "\r\nFrom: " + headerOf(req, "From") + "\r\nTo: " + to +
		"\r\nCall-ID: " + headerOf(req, "Call-ID") + "\r\nCSeq: " + headerOf(req, "CSeq") +
		"\r\nContact: <sip:abc@x.invalid;transport=ws;ob>\r\n"
	if body != "" {
		msg += "Content-Type: application/sdp\r\n"
	}
	p.say(msg + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body))
}

func (p *page) await(start string) string {
	p.t.Helper()
	msg := p.next(ws.OpText)
	if !strings.HasPrefix(msg, start) {
		p.t.Fatalf("want %s, got\n%s", start, msg)
	}
	return msg
}

// talk rings the agent's page and answers there.
func talk(t *testing.T, f *floor, p *page) call.Leg {
	t.Helper()
	leg, err := f.Dial(t.Context(), call.Target{Agent: "ann", Call: "c1", From: call.Party{Number: "123"}})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.await("INVITE sip:abc@x.invalid")
	p.reply(invite, "180 Ringing", "")
	events(t, leg, call.Ringing{})
	p.reply(invite, "200 OK", testSDP)
	p.await("ACK sip:abc@x.invalid;transport=ws;ob")
	events(t, leg, call.Answered{})
	return leg
}

func TestDialogFollowsThePageToItsNewSocket(t *testing.T) {
	f, web := pageFloor(t)
	p := openPage(t, web, "ann")
	p.signOn("one")
	within(t, "device", f.back)
	leg := talk(t, f, p)
	p.conn.Close()
	within(t, "loss", f.lost)
	if _, err := f.Dial(t.Context(), call.Target{Agent: "ann"}); err == nil {
		t.Error("a page without a socket was rung")
	}
	if len(leg.Events()) != 0 {
		t.Fatal("a lost socket touched the call")
	}
	p = openPage(t, web, "ann")
	p.signOn("one")
	within(t, "device", f.back)
	leg.Hangup(call.CauseCompleted)
	bye := p.await("BYE sip:abc@x.invalid")
	if headerOf(bye, "CSeq") != "2 BYE" {
		t.Errorf("CSeq %q", headerOf(bye, "CSeq"))
	}
	p.reply(bye, "200 OK", "")
	events(t, leg, call.Ended{Cause: call.CauseCompleted})
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

// The call ends while the page has no socket: it must not think that it still
// talks when it comes back.
func TestByeWaitsForThePageToComeBack(t *testing.T) {
	f, web := pageFloor(t)
	p := openPage(t, web, "ann")
	p.signOn("one")
	leg := talk(t, f, p)
	p.conn.Close()
	within(t, "loss", f.lost)
	leg.Hangup(call.CauseCompleted)
	events(t, leg, call.Ended{Cause: call.CauseCompleted}) // at once
	p = openPage(t, web, "ann")
	p.register("one")
	bye, ok := p.next(ws.OpText), p.next(ws.OpText)
	if strings.HasPrefix(ok, "BYE ") { // in either order
		bye, ok = ok, bye
	}
	if !strings.HasPrefix(bye, "BYE sip:abc@x.invalid") || !strings.HasPrefix(ok, "SIP/2.0 200") {
		t.Fatalf("got\n%s\n%s", bye, ok)
	}
	p.reply(bye, "200 OK", "")
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}

func TestAnotherPageTakesOver(t *testing.T) {
	f, web := pageFloor(t)
	p := openPage(t, web, "ann")
	p.signOn("one")
	leg := talk(t, f, p)
	other := openPage(t, web, "ann")
	other.signOn("two")
	events(t, leg, call.Ended{Cause: call.CauseReplaced})
	p.reply(p.await("BYE sip:abc@x.invalid"), "200 OK", "") // the first tab hears of it
	again := talk(t, f, other)
	if n := value(t, f.registry, "sip_registrations"); n != 1 {
		t.Errorf("%v devices", n)
	}
	again.Hangup(call.CauseCompleted)
	other.await("BYE ")
}

// The page hangs up over a socket other than the one that it answered on.
func TestRequestsComeFromThePagesNewSocketOnly(t *testing.T) {
	f, web := pageFloor(t)
	p := openPage(t, web, "ann")
	p.signOn("one")
	leg, err := f.Dial(t.Context(), call.Target{Agent: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.await("INVITE ")
	p.reply(invite, "200 OK", testSDP)
	p.await("ACK ")
	events(t, leg, call.Answered{})
	bye := func(seq int) string { return byeFrom(invite, seq, "") }
	thief := openPage(t, web, "bob")
	thief.say(bye(1))
	thief.await("SIP/2.0 481")
	if len(leg.Events()) != 0 {
		t.Fatal("another agent's page ended the call")
	}
	p.conn.Close()
	p = openPage(t, web, "ann")
	p.signOn("one")
	p.say(bye(2))
	p.await("SIP/2.0 200")
	events(t, leg, call.Ended{Cause: call.CauseHangup})
}

// byeFrom is the page's BYE in the dialog of invite.
func byeFrom(invite string, seq int, extra string) string {
	return fmt.Sprintf("BYE sip:tandem@tandem.invalid;transport=ws SIP/2.0\r\nVia: SIP/2.0/WSS x.invalid;branch=z9hG4bKb%d\r\n"+
		"Max-Forwards: 70\r\nFrom: %s;tag=page\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d BYE\r\n%sContent-Length: 0\r\n\r\n",
		seq, headerOf(invite, "To"), headerOf(invite, "From"), headerOf(invite, "Call-ID"), seq, extra)
}

// A page whose ICE has failed ends its session by itself: that is lost media, so
// that the caller is kept, and no hang-up.
func TestByeOfAPageWhoseMediaDied(t *testing.T) {
	f, web := pageFloor(t)
	p := openPage(t, web, "ann")
	p.signOn("one")
	leg, err := f.Dial(t.Context(), call.Target{Agent: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.await("INVITE ")
	p.reply(invite, "200 OK", testSDP)
	p.await("ACK ")
	events(t, leg, call.Answered{})
	p.say(byeFrom(invite, 1, "Reason: SIP ;cause=408; text=\"RTP Timeout\"\r\n"))
	p.await("SIP/2.0 200")
	events(t, leg, call.Ended{Cause: call.CauseMediaLost})
}

// A page that is rung loses its socket: the offer ends as unreachable, and soon.
func TestSocketLostWhileRinging(t *testing.T) {
	f, web := pageFloor(t)
	p := openPage(t, web, "ann")
	p.signOn("one")
	leg, err := f.Dial(t.Context(), call.Target{Agent: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	p.reply(p.await("INVITE "), "180 Ringing", "")
	events(t, leg, call.Ringing{})
	began := time.Now()
	p.conn.Close()
	events(t, leg, call.Ended{Cause: call.CauseUnreachable})
	if took := time.Since(began); took > time.Second {
		t.Errorf("after %v", took)
	}
	waitFor(t, "the leg to go", func() bool { return f.Legs() == 0 })
}
