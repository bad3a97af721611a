// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// BenchmarkAnsweredCall is the cost of signalling alone: INVITE, 200, ACK, BYE
// and 200 over UDP, with media that does nothing. cpu-us/call is of the whole
// process, the caller's side included, which is prepared text and two sockets.
func BenchmarkAnsweredCall(b *testing.B) {
	sip.SetTimers(500*time.Millisecond, 4*time.Second, 5*time.Second)
	defer setShortTimers()
	s, err := New(Options{
		Listeners: []Listener{{Transport: "udp", Address: "127.0.0.1:0"}},
		Trunks:    []Trunk{{Name: "loop", From: []string{"127.0.0.1"}, Calls: 100000, CallsPerSecond: 1000000}},
		MaxCalls:  100000,
		Limits:    Limits{Messages: 10000000},
	}, Handlers{
		Incoming: func(ctx context.Context, in Incoming) { _ = in.Leg.Answer(ctx); drain(in.Leg) },
		Accepts:  func(string, string) bool { return true },
	}, Endpoints{RTP: func(netip.Addr) (Endpoint, error) { return newFakeEndpoint(), nil }}, nil,
		slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() { stop(); <-done }()
	server := net.UDPAddrFromAddrPort(s.Addrs()[0].Addr)
	conn, err := net.DialUDP("udp", nil, server)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	buf := make([]byte, 65536)
	say := func(method, callID, toTag string, seq int, body string) {
		msg := fmt.Sprintf("%[1]s sip:100@tandem SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;rport;branch=z9hG4bK%[1]s%[3]s\r\n"+
			"From: <sip:700@%[2]s>;tag=a\r\nTo: <sip:100@tandem>%[4]s\r\nCall-ID: %[3]s\r\nCSeq: %[5]d %[1]s\r\n"+
			"Max-Forwards: 70\r\nContact: <sip:700@%[2]s>\r\nContent-Type: application/sdp\r\nContent-Length: %[6]d\r\n\r\n%[7]s",
			method, conn.LocalAddr(), callID, toTag, seq, len(body), body)
		if _, err := conn.Write([]byte(msg)); err != nil {
			b.Fatal(err)
		}
	}
	hear := func() string {
		for {
			if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				b.Fatal(err)
			}
			n, err := conn.Read(buf)
			if err != nil {
				b.Fatal(err)
			}
			if msg := string(buf[:n]); strings.HasPrefix(msg, "SIP/2.0 200") {
				return msg
			}
		}
	}
	before := cpu()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		callID := fmt.Sprintf("bench-%d", i)
		say("INVITE", callID, "", 1, testSDP)
		_, tag, _ := strings.Cut(headerOf(hear(), "To"), ";")
		say("ACK", callID, ";"+tag, 1, "")
		say("BYE", callID, ";"+tag, 2, "")
		hear()
	}
	b.ReportMetric(float64(cpu()-before)/float64(time.Microsecond)/float64(b.N), "cpu-us/call")
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
