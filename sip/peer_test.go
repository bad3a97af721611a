// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"
)

// peer is a far end that says exactly what a test tells it to, over a UDP
// socket of its own.
type peer struct {
	t      *testing.T
	conn   *net.UDPConn
	server netip.AddrPort
	callID string
	tag    string // ours
	toTag  string // the server's, once it has one
	target string // the server's Contact
	seq    int
	branch int
	taken  map[string]bool // 200s to INVITEs, which repeat until the ACK is seen to
}

var peers int

func newPeer(t *testing.T, server netip.AddrPort) *peer { return newPeerAt(t, server, "127.0.0.1") }

func newPeerAt(t *testing.T, server netip.AddrPort, host string) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	peers++
	return &peer{t: t, conn: conn, server: server, callID: fmt.Sprintf("call-%d", peers), tag: "peer", taken: map[string]bool{},
		target: "sip:1000@" + server.String()}
}

func (p *peer) addr() string { return p.conn.LocalAddr().String() }

func (p *peer) write(msg string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort([]byte(msg), p.server); err != nil {
		p.t.Fatal(err)
	}
}

// request builds a request with the next CSeq and a new branch; extra are whole
// header lines.
func (p *peer) request(method, body string, extra ...string) string {
	p.branch++
	if method != "ACK" && method != "CANCEL" {
		p.seq++
	}
	to := "<sip:1000@tandem>"
	if p.toTag != "" {
		to += ";tag=" + p.toTag
	}
	lines := []string{
		method + " " + p.target + " SIP/2.0",
		fmt.Sprintf("Via: SIP/2.0/UDP %s;rport;branch=z9hG4bK%s-%d", p.addr(), p.callID, p.branch),
		"From: \"Peer\" <sip:+4930123@" + p.addr() + ">;tag=" + p.tag,
		"To: " + to,
		"Call-ID: " + p.callID,
		fmt.Sprintf("CSeq: %d %s", p.seq, method),
		"Max-Forwards: 70",
		"Contact: <sip:peer@" + p.addr() + ">",
	}
	for _, line := range extra {
		name, _, _ := strings.Cut(line, ":")
		kept := lines[:1]
		for _, l := range lines[1:] {
			if !strings.HasPrefix(l, name+":") {
				kept = append(kept, l)
			}
		}
		lines = kept
		if !strings.HasSuffix(line, ":-") { // "Contact:-" leaves it out
			lines = append(lines, line)
		}
	}
	if body != "" && !strings.Contains(strings.Join(extra, "\n"), "Content-Type") {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", "")
	return strings.Join(lines, "\r\n") + body
}

// cancelOf is the CANCEL of an INVITE that was sent.
func cancelOf(invite string) string {
	head, _, _ := strings.Cut(invite, "\r\n\r\n")
	var out []string
	for _, l := range strings.Split(head, "\r\n") {
		switch name, _, _ := strings.Cut(l, ":"); name {
		case "Content-Type", "Contact", "Content-Length":
			continue
		}
		out = append(out, strings.Replace(l, "INVITE", "CANCEL", 1))
	}
	return strings.Join(out, "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
}

// ackOf is the ACK of a refusal, which belongs to the INVITE's transaction.
func ackOf(invite, refusal string) string {
	ack := strings.ReplaceAll(cancelOf(invite), "CANCEL", "ACK")
	return strings.Replace(ack, "To: "+headerOf(invite, "To"), "To: "+headerOf(refusal, "To"), 1)
}

// read returns the next message within the limit, or "".
func (p *peer) read(limit time.Duration) string {
	p.t.Helper()
	buf := make([]byte, 65536)
	if err := p.conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		p.t.Fatal(err)
	}
	n, _, err := p.conn.ReadFromUDP(buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// want reads until a message whose first line begins with start and whose CSeq
// is of the method; it learns the server's tag and Contact from answers.
func (p *peer) want(start, method string) string {
	p.t.Helper()
	var seen []string
	end := time.Now().Add(4 * time.Second)
	for time.Now().Before(end) {
		msg := p.read(time.Until(end))
		line, _, _ := strings.Cut(msg, "\r\n")
		seen = append(seen, line+" / "+headerOf(msg, "CSeq"))
		if !strings.HasPrefix(line, start) || !strings.HasSuffix(headerOf(msg, "CSeq"), method) {
			continue
		}
		if method == "INVITE" && strings.HasPrefix(line, "SIP/2.0 200") {
			if p.taken[msg] {
				continue
			}
			p.taken[msg] = true
		}
		if strings.HasPrefix(line, "SIP/2.0") && !strings.HasPrefix(line, "SIP/2.0 100") {
			if p.toTag == "" && method == "INVITE" && !strings.HasPrefix(line, "SIP/2.0 4") {
				_, p.toTag, _ = strings.Cut(headerOf(msg, "To"), ";tag=")
			}
			if c := headerOf(msg, "Contact"); c != "" && method == "INVITE" {
				p.target = strings.Trim(c, "<>")
			}
		}
		return msg
	}
	p.t.Fatalf("no %s for %s; got %q", start, method, seen)
	return ""
}

// quiet fails if anything but repeats of what is excused comes within d.
func (p *peer) quiet(d time.Duration, excused ...string) {
	p.t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); {
		msg := p.read(time.Until(end))
		ok := msg == ""
		for _, e := range excused {
			ok = ok || strings.HasPrefix(msg, e)
		}
		if !ok {
			p.t.Fatalf("unexpected message:\n%s", msg)
		}
	}
}

func headerOf(msg, name string) string {
	for _, l := range strings.Split(msg, "\r\n") {
		if n, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(strings.TrimSpace(n), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func bodyOf(msg string) string {
	_, body, _ := strings.Cut(msg, "\r\n\r\n")
	return body
}

// call places a call and acknowledges it.
func (p *peer) call(extra ...string) string {
	p.t.Helper()
	p.write(p.request("INVITE", testSDP, extra...))
	ok := p.want("SIP/2.0 200", "INVITE")
	p.write(p.request("ACK", ""))
	return ok
}

// reply answers a request that came in, with a tag of ours in To.
func (p *peer) reply(req string, status int, reason, tag, body string, extra ...string) {
	p.t.Helper()
	to := headerOf(req, "To")
	if tag != "" && !strings.Contains(to, ";tag=") {
		to += ";tag=" + tag
	}
	lines := []string{
		"SIP/2.0 " + strconv.Itoa(status) + " " + reason,
		"Via: " + headerOf(req, "Via"),
		"From: " + headerOf(req, "From"),
		"To: " + to,
		"Call-ID: " + headerOf(req, "Call-ID"),
		"CSeq: " + headerOf(req, "CSeq"),
	}
	if tag != "" {
		lines = append(lines, "Contact: <sip:peer@"+p.addr()+">")
	}
	lines = append(lines, extra...)
	if body != "" {
		lines = append(lines, "Content-Type: application/sdp")
	}
	lines = append(lines, fmt.Sprintf("Content-Length: %d", len(body)), "", "")
	p.write(strings.Join(lines, "\r\n") + body)
}

// listenTCP tells the Via of the first request that comes to addr by TCP.
func listenTCP(t *testing.T, addr string) <-chan string {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	via := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		lines := bufio.NewScanner(conn)
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "Via:") {
				via <- lines.Text()
				return
			}
		}
	}()
	return via
}

func peerAddr(s string) netip.Addr { return netip.MustParseAddr(s) }
