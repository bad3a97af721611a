// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"tandem/call"
)

// page is a browser's socket, raw enough to send what browsers may.
type page struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// newWeb mounts the handler as web does; the ticket is the agent's name.
func newWeb(t *testing.T, f *floor) *httptest.Server {
	t.Helper()
	web := httptest.NewServer(f.WSHandler(func(r *http.Request) (WSIdentity, error) {
		agent := r.URL.Query().Get("ticket")
		if agent == "" {
			return WSIdentity{}, errors.New("no ticket")
		}
		return WSIdentity{Agent: call.AgentID(agent), Page: "p1"}, nil
	}))
	t.Cleanup(web.Close)
	return web
}

func openPage(t *testing.T, web *httptest.Server, agent string) *page {
	t.Helper()
	dialer := ws.Dialer{Protocols: []string{"sip"}, Timeout: 5 * time.Second}
	conn, in, _, err := dialer.Dial(context.Background(), strings.Replace(web.URL, "http", "ws", 1)+"/?ticket="+agent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if in == nil {
		in = bufio.NewReader(conn)
	}
	return &page{t, conn, in}
}

func (p *page) frame(f ws.Frame) {
	p.t.Helper()
	if err := ws.WriteFrame(p.conn, ws.MaskFrame(f)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *page) say(text string) {
	p.t.Helper()
	p.frame(ws.NewTextFrame([]byte(text)))
}

// next is the next frame of a kind, before which others are skipped.
func (p *page) next(kind ws.OpCode) string {
	p.t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	for {
		h, err := ws.ReadHeader(p.in)
		if err != nil {
			p.t.Fatalf("wait for frame %d: %v", kind, err)
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(p.in, payload); err != nil {
			p.t.Fatal(err)
		}
		if h.OpCode == kind {
			return string(payload)
		}
	}
}

func (p *page) expect(status string) string {
	p.t.Helper()
	got := p.next(ws.OpText)
	if !strings.HasPrefix(got, "SIP/2.0 "+status) {
		p.t.Fatalf("want %s, got\n%s", status, got)
	}
	return got
}

func registerOf(agent string, seq int) string {
	return fmt.Sprintf("REGISTER sip:tandem SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK%[2]s%[1]d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:%[2]s@tandem>;tag=1\r\nTo: <sip:%[2]s@tandem>\r\nCall-ID: r%[2]s\r\nCSeq: %[1]d REGISTER\r\n"+
		"Contact: <sip:%[2]s@x.invalid;transport=ws>;expires=600\r\nContent-Length: 0\r\n\r\n", seq, agent)
}

func TestPageRegistersItsOwnAgentOnly(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := openPage(t, newWeb(t, f), "ann")
	p.say(registerOf("bob", 1))
	p.expect("403")
	p.say(registerOf("ann", 2))
	p.expect("200")
	if agent := within(t, "device", f.back); agent != "ann" {
		t.Fatalf("%s is back", agent)
	}
	f.Server.endpoints.Browser = func() (Endpoint, error) { return newFakeEndpoint(), nil }
	if _, err := f.Dial(t.Context(), call.Target{Agent: "ann", Call: "c1"}); err != nil {
		t.Fatal(err)
	}
	if invite := p.next(ws.OpText); !strings.HasPrefix(invite, "INVITE sip:ann@x.invalid;transport=ws SIP/2.0") {
		t.Fatalf("page got\n%s", invite)
	}
	p.conn.Close()
	if agent := within(t, "loss", f.lost); agent != "ann" {
		t.Fatalf("%s is lost", agent)
	}
}

func TestPingsAndFragmentsAmongOneMessage(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := openPage(t, newWeb(t, f), "ann")
	text := registerOf("ann", 1)
	p.frame(ws.NewFrame(ws.OpText, false, []byte(text[:40])))
	p.frame(ws.NewPingFrame([]byte("are you there")))
	p.frame(ws.NewFrame(ws.OpContinuation, false, []byte(text[40:41])))
	p.frame(ws.NewFrame(ws.OpContinuation, true, []byte(text[41:])))
	if pong := p.next(ws.OpPong); pong != "are you there" {
		t.Fatalf("pong %q", pong)
	}
	p.expect("200")
	p.say("\r\n\r\n")
	if pong := p.next(ws.OpText); pong != "\r\n" {
		t.Fatalf("keep-alive answered %q", pong)
	}
}

func TestBadMessageIsAnsweredAndTheSocketStays(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := openPage(t, newWeb(t, f), "ann")
	good := registerOf("ann", 1)
	p.say(strings.Replace(good, "CSeq: 1 REGISTER", "CSeq: 1 INVITE", 1))
	p.expect("400")
	p.say(strings.Replace(good, "SIP/2.0\r\nVia", "SIP/7.0\r\nVia", 1))
	p.expect("505")
	p.say("complete nonsense")
	p.say(good)
	p.expect("200")
	p.say(strings.Replace(registerOf("ann", 2), "Content-Length: 0\r\n", "", 1)) // RFC 7118: not needed
	p.expect("200")
}

func TestSocketIsRefused(t *testing.T) {
	f := newFloor(t, Options{Limits: Limits{Sockets: 1}}, nil)
	web := newWeb(t, f)
	ask := func(path, origin string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, web.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
			"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": "sip", "Origin": origin,
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	if got := ask("/?ticket=ann", "https://evil.example"); got != 403 {
		t.Errorf("foreign origin: %d", got)
	}
	if got := ask("/", web.URL); got != 401 {
		t.Errorf("no ticket: %d", got)
	}
	only := openPage(t, web, "ann")
	only.say(registerOf("ann", 1))
	only.expect("200") // it counts only now
	if got := ask("/?ticket=bob", web.URL); got != 503 {
		t.Errorf("one socket too many: %d", got)
	}
}

func TestSilentClientsBlockNobody(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	web := newWeb(t, f)
	u, err := url.Parse(web.URL)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		silent, err := net.Dial("tcp", u.Host) // not even a handshake
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
	}
	for n := range 10 {
		openPage(t, web, fmt.Sprint("silent", n)) // not a word
	}
	began := time.Now()
	p := openPage(t, web, "ann")
	p.say(registerOf("ann", 1))
	p.expect("200")
	if took := time.Since(began); took > time.Second {
		t.Fatalf("took %v", took)
	}
}

func TestSignOutClosesTheAgentsSockets(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	web := newWeb(t, f)
	ann, bob := openPage(t, web, "ann"), openPage(t, web, "bob")
	ann.say(registerOf("ann", 1))
	ann.expect("200")
	f.SignOut("ann")
	if code, _ := ws.ParseCloseFrameData([]byte(ann.next(ws.OpClose))); code != CloseSignedOut {
		t.Errorf("closed with %d", code)
	}
	bob.say(registerOf("bob", 1))
	bob.expect("200")
}

func TestOldestSocketOfAnAgentGivesWay(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	web := newWeb(t, f)
	first := openPage(t, web, "ann")
	first.say(registerOf("ann", 1))
	first.expect("200") // it is the oldest only now
	for range maxAgentSockets {
		openPage(t, web, "ann")
	}
	if code, _ := ws.ParseCloseFrameData([]byte(first.next(ws.OpClose))); code != CloseReplaced {
		t.Errorf("closed with %d", code)
	}
}
