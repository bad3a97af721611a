// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"
)

var stranger = netip.MustParseAddrPort("192.0.2.7:5071")

func newDoor(limits Limits) *admission {
	return newAdmission(limits, prometheus.NewRegistry(), slog.New(slog.DiscardHandler))
}

// wideOpen are limits that a test of something else does not meet.
var wideOpen = Limits{MessagesPerSource: 1e6, CallsPerSource: 1e6, RegistrationsPerSource: 1e6, Messages: 1e7, Refusals: 1e6}

// sent is a memory socket: what ReadFrom gives and what was written.
type sent struct {
	net.PacketConn
	in  [][]byte
	out []string
}

func (s *sent) ReadFrom(p []byte) (int, net.Addr, error) {
	if len(s.in) == 0 {
		return 0, nil, net.ErrClosed
	}
	n := copy(p, s.in[0])
	s.in = s.in[1:]
	return n, net.UDPAddrFromAddrPort(stranger), nil
}

func (s *sent) WriteTo(p []byte, to net.Addr) (int, error) {
	if to.String() != stranger.String() {
		return 0, errors.New("answer goes elsewhere")
	}
	s.out = append(s.out, string(p))
	return len(p), nil
}

// byUDP sends datagrams through the door.
func byUDP(a *admission, datagrams ...[]byte) (passed, answers []string) {
	socket := &sent{in: datagrams}
	conn := a.packetConn(socket)
	p := make([]byte, maxDatagramSIP)
	for {
		n, _, err := conn.ReadFrom(p)
		if err != nil {
			return passed, socket.out
		}
		passed = append(passed, string(p[:n]))
	}
}

// named is a memory connection with addresses, which keeps what is written.
type named struct {
	net.Conn
	mu  sync.Mutex // guards out
	out strings.Builder
}

func (n *named) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.out.Write(b)
}

func (n *named) SetWriteDeadline(time.Time) error { return nil }

func (*named) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(stranger) }
func (*named) LocalAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.1:5060"))
}

// byTCP sends pieces over one connection through the door. open says that it
// was still open when all had been sent.
func byTCP(t testing.TB, a *admission, pieces ...[]byte) (passed, answers []string, open bool) {
	t.Helper()
	near, far := net.Pipe()
	socket := &named{Conn: far}
	conn, err := a.frame(socket)
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		open = true
		for _, piece := range pieces {
			if len(piece) == 0 {
				continue
			}
			if _, err := near.Write(piece); err != nil {
				open = false
				break
			}
		}
		_ = near.Close()
	})
	p := make([]byte, maxMessage)
	for {
		n, err := conn.Read(p)
		if err != nil {
			break
		}
		passed = append(passed, string(p[:n]))
	}
	_ = conn.Close()
	work.Wait()
	for answer := range strings.SplitAfterSeq(socket.out.String(), "\r\n\r\n") {
		if answer != "" {
			answers = append(answers, answer)
		}
	}
	return passed, answers, open
}

func status(answers []string) int {
	var code int
	if len(answers) > 0 {
		_, _ = fmt.Sscanf(answers[0], "SIP/2.0 %d", &code)
	}
	return code
}

// crlf is text as the wire has it.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

const goodInvite = `INVITE sip:1000@tandem.example SIP/2.0
Via: SIP/2.0/UDP 192.0.2.7:5071;branch=z9hG4bK1;rport
Max-Forwards: 70
From: "Ann" <sip:ann@example.com>;tag=a
To: <sip:1000@tandem.example>
Call-ID: c1@example.com
CSeq: 1 INVITE
Contact: <sip:ann@192.0.2.7:5071>
Content-Type: application/sdp
Content-Length: 5

v=0
`

// TestDoorPassesOrAnswers has the points of RFC 4475 and more in our own words:
// one change to a good INVITE, and what the door makes of it. 0 passes, -1 is
// refused in silence.
func TestDoorPassesOrAnswers(t *testing.T) {
	f := func(want int, changes ...string) {
		t.Helper()
		message := crlf(goodInvite)
		for i := 0; i < len(changes); i += 2 {
			old := crlf(changes[i])
			if !strings.Contains(message, old) {
				t.Fatalf("no %q to change", old)
			}
			message = strings.Replace(message, old, crlf(changes[i+1]), 1)
		}
		passed, answers := byUDP(newDoor(wideOpen), []byte(message))
		got := status(answers)
		if len(passed) == 0 && got == 0 {
			got = -1
		}
		if got != want || len(passed)+len(answers) > 1 {
			t.Errorf("%q: %d, want %d: %q", changes, got, want, answers)
		}
		for _, p := range passed {
			if _, err := sip.ParseMessage([]byte(p)); err != nil {
				t.Errorf("%q: passed, and sipgo says %v", changes, err)
			}
		}
	}
	f(0)

	// Start line
	f(400, "INVITE sip:1000@tandem.example", "INVITE  sip:1000@tandem.example")
	f(400, "example SIP/2.0\n", "example SIP/2.0 \n")
	f(400, "sip:1000@tandem.example SIP", "<sip:1000@tandem.example> SIP")
	f(400, "sip:1000@tandem.example SIP", "sip:1000@tandem.example; lr SIP")
	f(400, "sip:1000@tandem.example SIP", "sip:1000@tandem.example?Route=x SIP")
	f(400, "sip:1000@tandem.example SIP", "sip:1000@tandem.example?x=y@z SIP")
	f(0, "sip:1000@tandem.example SIP", "sip:a?,/;;*:&b@tandem.example SIP")
	f(400, "sip:1000@tandem.example SIP", "sip:1000@tandem.example:99999 SIP")
	f(400, "sip:1000@tandem.example SIP", "sip: SIP")
	f(400, "sip:1000@tandem.example SIP", "1000 SIP")
	f(416, "sip:1000@tandem.example SIP", "nobodyKnowsThisScheme:totallyopaque SIP")
	f(0, "sip:1000@tandem.example SIP", "sip:user;par=u%40x@[2001:db8::1]:5060;p=1 SIP")
	f(0, "sip:1000@tandem.example SIP", "tel:+4930123 SIP")
	f(505, "SIP/2.0\nVia", "SIP/7.0\nVia")
	f(-1, "SIP/2.0\nVia", "HTTP/1.1\nVia")
	f(-1, "INVITE sip", "INV(TE sip", "SIP/2.0\nVia", "HTTP/1.1\nVia")
	f(400, "INVITE sip", "INV(TE sip")

	// What must be there, and once
	for _, name := range []string{
		"From: \"Ann\" <sip:ann@example.com>;tag=a\n", "To: <sip:1000@tandem.example>\n",
		"Call-ID: c1@example.com\n", "CSeq: 1 INVITE\n",
	} {
		f(400, name, "")
		f(400, name, name+name)
	}
	f(-1, "Via: SIP/2.0/UDP 192.0.2.7:5071;branch=z9hG4bK1;rport\n", "")
	f(0, "Max-Forwards: 70\n", "")
	f(400, "Max-Forwards: 70\n", "Max-Forwards: 300\n")
	f(400, "Max-Forwards: 70\n", "Max-Forwards: -1\n")
	f(400, "Max-Forwards: 70\n", "Max-Forwards: 70\nMax-Forwards: 70\n")
	f(400, "Max-Forwards: 70\n", "Expires: 99999999999\nMax-Forwards: 70\n")

	// CSeq
	f(400, "1 INVITE", "1 OPTIONS")
	f(400, "1 INVITE", "INVITE")
	f(400, "1 INVITE", "1")
	f(400, "1 INVITE", "2147483648 INVITE")
	f(0, "1 INVITE", "2147483647   INVITE")
	f(400, "1 INVITE", "36893488147419103232 INVITE")

	// Content-Length: a reader must see what the next one sees
	f(400, "Content-Length: 5", "Content-Length: -5")
	f(400, "Content-Length: 5", "Content-Length: 9999")
	f(400, "Content-Length: 5", "Content-Length: +5")
	f(400, "Content-Length: 5", "Content-Length: 5\nl: 0")
	f(0, "Content-Length: 5", "Content-Length: 5\nl: 5")
	f(0, "Content-Length: 5\n", "")
	f(400, "Content-Length: 5", "Content-Length: 99999999999999999999")

	// Values
	f(400, `"Ann" <`, `"Ann <`)
	f(400, "<sip:1000@tandem.example>\n", "<sip:1000@tandem.example\n")
	f(400, "<sip:1000@tandem.example>\n", "sip:1000@tandem.example>\n")
	f(400, "To: <sip:1000@tandem.example>", "To: ")
	f(0, `"Ann" <`, `"A \" < B" <`)
	f(0, `"Ann" <`, "\"A \\\x00 B\" <") // a quoted pair may hold anything
	f(400, `"Ann" <`, "\"A \x00 B\" <")
	f(400, `"Ann" <`, "\"A\nInjected: yes\x01\" <")
	f(400, "Max-Forwards: 70\n", "Max-Forwards: 70\rX: y\n")
	f(400, "Max-Forwards: 70\n", "no colon here\n")
	f(400, "Max-Forwards: 70\n", "Bad Name: x\n")
	f(400, "Contact: <sip:ann@192.0.2.7:5071>", "Contact: sip:ann@192.0.2.7?Route=%3Csip:x%3E")
	f(-1, "SIP/2.0/UDP 192.0.2.7:5071;branch", "SIP/2.0/UDP;branch") // nobody to answer
	f(-1, "SIP/2.0/UDP 192.0.2.7:5071;branch", "nonsense;branch")
	f(400, ";rport", ";;,;,,")
	f(0, "SIP/2.0/UDP 192", "SIP / 2.0 / UDP 192")
	f(400, "<sip:1000@tandem.example>\n", "< sip:1000@tandem.example >\n")
	f(400, `"Ann" <`, `Lee, Ann <`)
	f(0, `"Ann" <`, `Ann Lee <`)
	f(0, `"Ann" <`, `"Lee, Ann" <`)
	f(400, "c1@example.com", strings.Repeat("c", maxCallID+1))
	f(400, "c1@example.com", "c1 c2")
	f(0, "Via:", "v:", "From:", "f:", "To:", "t:", "Call-ID:", "i:", "Contact:", "m:", "Content-Type:", "c:")
	f(0, "Via:", "vIA  \t:", "CSeq: 1 INVITE", "cseq:\n 0001\n\t  INVITE")

	// Sizes
	f(513, "Max-Forwards: 70\n", "Max-Forwards: 70\n"+strings.Repeat("X: y\n", maxHeaders))
	f(0, "Max-Forwards: 70\n", "Max-Forwards: 70\n"+strings.Repeat("X: y\n", maxHeaders-9))
	f(513, "Max-Forwards: 70\n", "Max-Forwards: 70\nX: "+strings.Repeat("(", maxLine)+"\n")
	f(0, "Max-Forwards: 70\n", "Max-Forwards: 70\nX: "+strings.Repeat("(", maxLine-10)+"\n")
	f(513, "Max-Forwards: 70\n", strings.Repeat("Via: SIP/2.0/UDP a\n", maxVias))

	// Those who look for open doors
	f(-1, "Max-Forwards: 70\n", "User-Agent: friendly-scanner\n")

	// ACK is never answered; responses neither
	f(-1, "INVITE sip", "ACK sip", "1 INVITE", "1 BYE")
	f(-1, "INVITE sip:1000@tandem.example SIP/2.0", "SIP/2.0 200 OK", "Call-ID: c1@example.com\n", "")
	f(-1, "INVITE sip:1000@tandem.example SIP/2.0", "SIP/2.0 4294967301 better not break")
	f(-1, "INVITE sip:1000@tandem.example SIP/2.0", "SIP/3.0 200 OK")
	f(0, "INVITE sip:1000@tandem.example SIP/2.0", "SIP/2.0 200 ")
	f(-1, "INVITE sip:1000@tandem.example SIP/2.0", "SIP/2.0 200 OK", "1 INVITE", "99999999999 INVITE")
}

func TestRFC3261_7_3_1_FoldedHeadersPassUnfolded(t *testing.T) {
	message := crlf(strings.Replace(goodInvite, "Max-Forwards: 70", "Subject: one \n  two\n\tthree\nMax-Forwards:\n 70", 1))
	want := crlf(strings.Replace(goodInvite, "Max-Forwards: 70", "Subject: one two three\nMax-Forwards: 70", 1))
	passed, _ := byUDP(newDoor(wideOpen), []byte(message))
	if len(passed) != 1 || passed[0] != want {
		t.Errorf("by UDP: %q", passed)
	}
	for i := range len(message) {
		passed, _, _ := byTCP(t, newDoor(wideOpen), []byte(message[:i]), []byte(message[i:]))
		if len(passed) != 1 || passed[0] != want {
			t.Fatalf("cut at %d: %q", i, passed)
		}
	}
}

// TestWhiteSpaceAroundMarksIsTakenOut: sipgo would read a tag whose name ends
// with a space (RFC 4475, section 3.1.1.1).
func TestWhiteSpaceAroundMarksIsTakenOut(t *testing.T) {
	message := crlf(strings.NewReplacer(
		`"Ann" <sip:ann@example.com>;tag=a`, "\"A ; = B\"   <sip:ann@example.com>\n ;\n tag = a",
		"branch=z9hG4bK1;rport", "branch =  z9hG4bK1 ; rport").Replace(goodInvite))
	passed, _ := byUDP(newDoor(wideOpen), []byte(message))
	if len(passed) != 1 {
		t.Fatal("refused")
	}
	msg, err := sip.ParseMessage([]byte(passed[0]))
	if err != nil {
		t.Fatal(err)
	}
	req := msg.(*sip.Request)
	tag, _ := req.From().Params.Get("tag")
	branch, _ := req.Via().Params.Get("branch")
	if tag != "a" || branch != "z9hG4bK1" || req.From().DisplayName != "A ; = B" || string(req.Body()) != "v=0\r\n" {
		t.Errorf("%q", passed[0])
	}
}

func TestDatagramsEndStandsForTheEmptyLine(t *testing.T) {
	head, _, _ := strings.Cut(crlf(strings.Replace(goodInvite, "Content-Length: 5", "Content-Length: 0", 1)), "\r\n\r\n")
	if passed, _ := byUDP(newDoor(wideOpen), []byte(head+"\r\n")); len(passed) != 1 || passed[0] != head+"\r\n\r\n" {
		t.Errorf("%q", passed)
	}
	bad := strings.Replace(head, "1 INVITE", "1 BYE", 1) + "\r\n"
	if _, answers := byUDP(newDoor(wideOpen), []byte(bad)); status(answers) != 400 {
		t.Errorf("%q", answers)
	}
}

func TestTrailingOctetsOfADatagramAreCut(t *testing.T) {
	passed, _ := byUDP(newDoor(wideOpen), []byte("\r\n\r\n"+crlf(goodInvite)+"BYE"))
	if want := crlf(goodInvite); len(passed) != 1 || passed[0] != want {
		t.Errorf("%q", passed)
	}
}

var wireInvite = crlf(goodInvite)

func TestRFC3261_18_3_ConnectionGivesOneMessagePerRead(t *testing.T) {
	second := strings.Replace(wireInvite, "c1@", "c2@", 1)
	stream := "\r\n" + wireInvite + "\r\n\r\n" + second
	for i := range len(stream) {
		passed, _, open := byTCP(t, newDoor(wideOpen), []byte(stream[:i]), []byte(stream[i:]))
		if !open || !slices.Equal(passed, []string{wireInvite, second}) {
			t.Fatalf("cut at %d: open %v, %q", i, open, passed)
		}
	}
	var octets [][]byte
	for i := range len(stream) {
		octets = append(octets, []byte(stream[i:i+1]))
	}
	if passed, _, _ := byTCP(t, newDoor(wideOpen), octets...); !slices.Equal(passed, []string{wireInvite, second}) {
		t.Fatalf("octet by octet: %q", passed)
	}
}

func TestConnectionGoesOnAfterABadMessage(t *testing.T) {
	bad := strings.Replace(wireInvite, "1 INVITE", "1 BYE", 1)
	passed, answers, open := byTCP(t, newDoor(wideOpen), []byte(bad+wireInvite))
	if !open || len(passed) != 1 || status(answers) != 400 {
		t.Errorf("open %v, passed %d, answers %q", open, len(passed), answers)
	}
}

func TestConnectionEndsWhereNoBoundaryIsKnown(t *testing.T) {
	f := func(old, replacement string, want int) {
		t.Helper()
		bad := strings.Replace(wireInvite, old, replacement, 1)
		passed, answers, _ := byTCP(t, newDoor(wideOpen), []byte(bad), []byte(wireInvite))
		if len(passed) != 0 || status(answers) != want {
			t.Errorf("%q: passed %d, answers %q", replacement, len(passed), answers)
		}
	}
	f("Content-Length: 5\r\n", "", 400)
	f("Content-Length: 5", "Content-Length: 5\r\nContent-Length: 0", 400)
	f("Content-Length: 5", "Content-Length: -5", 400)
	f("Content-Length: 5", "Content-Length: 70000", 513)
	f("INVITE sip", "GET / HTTP/1.1\r\nHost: x\r\n\r\nINVITE sip", 0)
	f("Max-Forwards: 70", strings.Repeat("X: y\r\n", maxHeader/6)+"Max-Forwards: 70", 0)
}

func TestRFC5626_3_5_1_PingIsAnsweredBetweenMessages(t *testing.T) {
	_, answers, open := byTCP(t, newDoor(wideOpen), []byte("\r\n\r\n"))
	if !open || strings.Join(answers, "") != "\r\n" {
		t.Errorf("open %v, %q", open, answers)
	}
	if _, answers, _ := byTCP(t, newDoor(wideOpen), []byte("\r"), []byte("\n\r"), []byte("\n")); strings.Join(answers, "") != "\r\n" {
		t.Errorf("in pieces: %q", answers)
	}
	if _, answers, _ := byTCP(t, newDoor(wideOpen), []byte("\r\n"+wireInvite+"\r\n")); len(answers) != 0 {
		t.Errorf("single line ends answered: %q", answers)
	}
}

func TestSmallReaderGetsAMessageInParts(t *testing.T) {
	near, far := net.Pipe()
	conn, err := newDoor(wideOpen).frame(&named{Conn: far})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = near.Write([]byte(wireInvite)) }()
	var got strings.Builder
	for p := make([]byte, 100); got.Len() < len(wireInvite); {
		n, err := conn.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got.Write(p[:n])
	}
	if got.String() != wireInvite {
		t.Errorf("%q", got.String())
	}
}

func TestRefusalIsAProperResponse(t *testing.T) {
	bad := crlf(strings.Replace(goodInvite, "1 INVITE", "1 BYE", 1))
	_, answers := byUDP(newDoor(wideOpen), []byte(bad))
	if len(answers) != 1 || len(answers[0]) > 3*len(bad) {
		t.Fatalf("%q", answers)
	}
	m, err := sip.ParseMessage([]byte(answers[0]))
	if err != nil {
		t.Fatal(err)
	}
	r := m.(*sip.Response)
	if via := r.Via().Value(); !strings.Contains(via, "rport=5071") || !strings.Contains(via, "received=192.0.2.7") {
		t.Errorf("Via %s", via)
	}
	if tag, _ := r.To().Params.Get("tag"); tag == "" {
		t.Error("no To tag")
	}
	if r.CallID().Value() != "c1@example.com" || r.GetHeader("User-Agent") != nil || r.GetHeader("Server") != nil {
		t.Errorf("%q", answers[0])
	}
}

func TestRefusalCopesWithAnyOctets(t *testing.T) {
	bad := strings.NewReplacer("1 INVITE", "1 BYE", ";branch=z9hG4bK1;rport", ";branch=\xda\xda\xda;RPort").Replace(crlf(goodInvite))
	_, answers := byUDP(newDoor(wideOpen), []byte(bad))
	if len(answers) != 1 || !strings.Contains(answers[0], ";branch=\xda\xda\xda;rport=5071;received=192.0.2.7\r\n") {
		t.Errorf("%q", answers)
	}
}

func TestHalfAMessageAndSilenceEndAConnection(t *testing.T) {
	synctestRun(t, func(t *testing.T) {
		registered := false
		f := func(story string, want time.Duration, trusted bool, send ...string) {
			t.Helper()
			a := newDoor(wideOpen)
			a.exempt = func(netip.Addr) bool { return trusted }
			a.known = func(from netip.AddrPort) bool { return registered && from == stranger }
			near, far := net.Pipe()
			conn, err := a.frame(&named{Conn: far})
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				for _, s := range send {
					_, _ = near.Write([]byte(s))
					time.Sleep(3 * time.Second)
				}
			}()
			began := time.Now()
			for p := make([]byte, maxMessage); ; {
				if _, err = conn.Read(p); err != nil {
					break
				}
			}
			if took := time.Since(began); !errors.Is(err, io.EOF) || took != want {
				t.Errorf("%s: %v after %v, want %v", story, err, took, want)
			}
			_ = conn.Close()
			_ = near.Close()
		}
		f("nothing at all", time.Minute, false)
		f("a trunk may be silent for longer", 30*time.Minute, true)
		f("half a request", 10*time.Second, false, wireInvite[:50])
		f("a request octet by octet is half one", 10*time.Second, false, strings.Split(wireInvite[:9], "")...)
		f("a trunk's half request too", 10*time.Second, true, wireInvite[:50])
		f("half a body", 10*time.Second, false, wireInvite[:len(wireInvite)-1])
		f("idle after a request", time.Minute, false, wireInvite)
		registered = true
		f("a registered phone may be silent for longer", 30*time.Minute, false, wireInvite)
		f("but not in the middle of a message", 10*time.Second, false, wireInvite[:50])
	})
}
