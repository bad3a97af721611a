// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func synctestRun(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// clocked is a door whose time the test moves.
func clocked(limits Limits) (*admission, *time.Time) {
	a := newDoor(limits)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	a.now = func() time.Time { return now }
	return a, &now
}

// knock sends n messages from one address and counts what passes.
func knock(a *admission, from string, text string, n int) (passed int, last *flaw) {
	var e envelope
	b := []byte(text)
	for range n {
		_, f := a.admit(&e, arrived{b, endOfHeaders(b), netip.MustParseAddrPort(from), overUDP, nil})
		if f == nil {
			passed++
		}
		last = f
	}
	return passed, last
}

var (
	invite  = crlf(goodInvite)
	options = strings.NewReplacer("INVITE", "OPTIONS").Replace(invite)
	enroll  = strings.NewReplacer("INVITE", "REGISTER").Replace(invite)
	reInv   = strings.Replace(invite, "To: <sip:1000@tandem.example>", "To: <sip:1000@tandem.example> ; Tag=b", 1)
)

func TestSourcesAreLimited(t *testing.T) {
	f := func(text string, limits Limits, burst, perSecond int, why *flaw) {
		t.Helper()
		limits.Messages = 1e6
		a, now := clocked(limits)
		if got, last := knock(a, "192.0.2.7:5060", text, burst+5); got != burst || last != why {
			t.Errorf("%.8s: %d pass at once, want %d (%v)", text, got, burst, last)
		}
		*now = now.Add(time.Second)
		if got, _ := knock(a, "192.0.2.7:5061", text, perSecond+5); got != perSecond {
			t.Errorf("%.8s: %d pass after a second, want %d", text, got, perSecond)
		}
		if got, _ := knock(a, "192.0.2.8:5060", text, 1); got != 1 {
			t.Errorf("%.8s: another address suffers", text)
		}
	}
	f(options, Limits{MessagesPerSource: 10}, 20, 10, flawFlood)
	f(invite, Limits{MessagesPerSource: 1000, CallsPerSource: 3}, 3, 3, flawRate)
	f(enroll, Limits{MessagesPerSource: 1000, RegistrationsPerSource: 4}, 8, 4, flawRate)
	f(reInv, Limits{MessagesPerSource: 10, CallsPerSource: 3}, 20, 10, flawFlood) // not a new call
}

func TestTrunksAreNotLimitedByTheDoor(t *testing.T) {
	a, _ := clocked(Limits{Messages: 1500})
	a.exempt = func(addr netip.Addr) bool { return addr == netip.MustParseAddr("192.0.2.9") }
	if got, _ := knock(a, "192.0.2.9:5060", invite, 1000); got != 1000 {
		t.Errorf("%d of a trunk's 1000 calls pass", got)
	}
	if got, last := knock(a, "192.0.2.9:5060", invite, 1000); got != 500 || last != flawOverload {
		t.Errorf("%d pass the limit of all: %v", got, last)
	}
}

func TestRefusedForRateIsAnswered503(t *testing.T) {
	limits := wideOpen
	limits.CallsPerSource = 1
	passed, answers := byUDP(newDoor(limits), []byte(invite), []byte(invite))
	if len(passed) != 1 || status(answers) != 503 {
		t.Fatalf("passed %d, %q", len(passed), answers)
	}
	var seconds int
	if _, after, ok := strings.Cut(answers[0], "Retry-After: "); ok {
		_, _ = fmt.Sscan(after, &seconds)
	}
	if seconds < retryAfterMin || seconds > retryAfterMax {
		t.Errorf("retry after %d", seconds)
	}
}

func TestRefusalsAreRationed(t *testing.T) {
	limits := wideOpen
	limits.Refusals = 5
	a, _ := clocked(limits)
	bad := []byte(strings.Replace(invite, "SIP/2.0\r\nVia", "SIP/7.0\r\nVia", 1))
	var datagrams [][]byte
	for range 20 {
		datagrams = append(datagrams, bad)
	}
	if _, answers := byUDP(a, datagrams...); len(answers) != 5 {
		t.Errorf("%d answers", len(answers))
	}
}

func TestWhoIsRefusedOftenGetsSilence(t *testing.T) {
	a, now := clocked(wideOpen)
	bad := strings.Replace(invite, "1 INVITE", "1 BYE", 1)
	if _, last := knock(a, "192.0.2.7:5060", bad, defaultBarAfter); last != flawSequence {
		t.Fatalf("barred early: %v", last)
	}
	if got, last := knock(a, "192.0.2.7:5060", invite, 1); got != 0 || last != flawBarred {
		t.Fatalf("not barred: %v", last)
	}
	if _, err := a.connect(netip.MustParseAddr("192.0.2.7")); err == nil {
		t.Error("barred source may connect")
	}
	*now = now.Add(defaultBarTime + time.Second)
	if got, _ := knock(a, "192.0.2.7:5060", invite, 1); got != 1 {
		t.Error("barred for ever")
	}
	for range defaultBarAfter { // policy behind the door counts as well
		a.struck(netip.MustParseAddr("192.0.2.8"))
	}
	if _, last := knock(a, "192.0.2.8:5060", invite, 1); last != flawBarred {
		t.Errorf("strikes of policy do not count: %v", last)
	}
}

func TestWhomToBarIsConfigured(t *testing.T) {
	limits := wideOpen
	limits.BarAfter, limits.BarTime, limits.NeverBar = 3, time.Hour, []string{"192.0.2.8", "2001:db8::/32"}
	a, now := clocked(limits)
	for _, f := range []struct {
		from string
		want int // of one more message that pass
	}{{"192.0.2.7", 0}, {"192.0.2.8", 1}, {"2001:db8::7", 1}} {
		for range 5 {
			a.struck(netip.MustParseAddr(f.from))
		}
		at := netip.AddrPortFrom(netip.MustParseAddr(f.from), 5060).String()
		if got, _ := knock(a, at, invite, 1); got != f.want {
			t.Errorf("%s: %d pass", f.from, got)
		}
	}
	*now = now.Add(59 * time.Minute)
	if got, _ := knock(a, "192.0.2.7:5060", invite, 1); got != 0 {
		t.Error("the bar is over too soon")
	}
	a.limit(Limits{NeverBar: []string{"192.0.2.9"}}) // by a reload
	for range defaultBarAfter + 5 {
		a.struck(netip.MustParseAddr("192.0.2.9"))
	}
	if got, _ := knock(a, "192.0.2.9:5060", invite, 1); got != 1 {
		t.Error("barred after a reload that spares it")
	}
}

func TestManyRegistrationsBarNobody(t *testing.T) {
	a, now := clocked(Limits{RegistrationsPerSource: 5})
	passed := 0
	for range 60 {
		got, last := knock(a, "192.0.2.7:5060", enroll, 10)
		if last == flawBarred {
			t.Fatal("an office is barred")
		}
		passed += got
		*now = now.Add(time.Second)
	}
	if passed < 300 {
		t.Errorf("%d pass in a minute", passed)
	}
}

func TestTableOfSourcesIsBounded(t *testing.T) {
	a, now := clocked(wideOpen)
	for n := range maxSources + 1000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 5060)
		a.drop(flawNoise, from)
	}
	if len(a.sources) != maxSources {
		t.Fatalf("%d sources", len(a.sources))
	}
	if got, _ := knock(a, "192.0.2.7:5060", invite, 1); got != 1 {
		t.Error("a newcomer is shut out")
	}
	release, err := a.connect(netip.MustParseAddr("10.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	*now = now.Add(2 * sourceIdle)
	knock(a, "192.0.2.8:5060", invite, 1)
	if len(a.sources) != 2 { // the newcomer, and the one with a connection
		t.Errorf("%d sources after a sweep", len(a.sources))
	}
	release()
	if s := a.sources[netip.MustParseAddr("10.0.0.1")]; a.connections != 0 || s.connections != 0 {
		t.Error("connection not given back")
	}
}

func TestOneIPv6NetworkIsOneSource(t *testing.T) {
	a, _ := clocked(Limits{CallsPerSource: 1})
	if got, _ := knock(a, "[2001:db8::1]:5060", invite, 1); got != 1 {
		t.Fatal("refused")
	}
	if got, _ := knock(a, "[2001:db8::2]:5060", invite, 1); got != 0 {
		t.Error("the next address of the same network has its own limit")
	}
	if got, _ := knock(a, "[2001:db8:0:1::1]:5060", invite, 1); got != 1 {
		t.Error("another network suffers")
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	a := newDoor(Limits{Connections: 3, ConnectionsPerSource: 2})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	door := a.listener(l)
	accepted := make(chan net.Conn, 10)
	go func() {
		for {
			conn, err := door.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- conn
		}
	}()
	var dialled []net.Conn
	for range 3 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		dialled = append(dialled, conn)
	}
	if err := dialled[2].SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := dialled[2].Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("third connection of one source stays: %v", err)
	}
	first := within(t, "connection", accepted)
	within(t, "connection", accepted)
	first.Close()
	first.Close() // gives its place back once
	if a.connections != 1 {
		t.Errorf("%d connections counted", a.connections)
	}
	other, err := a.connect(netip.MustParseAddr("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.connect(netip.MustParseAddr("192.0.2.2")); err != nil {
		t.Fatal(err)
	}
	if _, err := a.connect(netip.MustParseAddr("192.0.2.3")); err == nil {
		t.Error("more connections than the limit of all")
	}
	other()
	l.Close()
	for conn := range accepted {
		conn.Close()
	}
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded)
}

func TestLimitsNameWhatIsWrong(t *testing.T) {
	var paths []string
	Limits{Messages: -1, Sockets: -1, IdleTimeout: -1, Connections: 5, NeverBar: []string{"x"}}.Check(func(path, _ string) { paths = append(paths, path) })
	if got := strings.Join(paths, " "); got != "messages sockets idleTimeout neverBar[0] connectionsPerSource" {
		t.Errorf("problems at %s", got)
	}
}

// BenchmarkDoor is the door's cost of one INVITE by UDP, from the socket's
// buffer to sipgo's.
func BenchmarkDoor(b *testing.B) {
	a := newDoor(wideOpen)
	a.limits.Messages = 1e9
	a.exempt = func(netip.Addr) bool { return true }
	conn := a.packetConn(nil).(*doorPackets)
	text := []byte(invite)
	p := make([]byte, maxDatagramSIP)
	b.ReportAllocs()
	for b.Loop() {
		n := copy(p, text)
		if conn.take(p, n, stranger) == 0 {
			b.Fatal("refused")
		}
	}
}
