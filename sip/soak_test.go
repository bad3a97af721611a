// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/media"
)

// TestSoakLeavesNothingBehind places many calls with real media ports, and holds
// goroutines, descriptors, ports and memory against what there was after the
// first thousand. TANDEM_SOAK says how many; make soak places 100,000.
func TestSoakLeavesNothingBehind(t *testing.T) {
	calls := 1000
	if text := os.Getenv("TANDEM_SOAK"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		calls = n
	}
	ports := media.NewPorts(media.PortsOptions{Addresses: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(ports.Close)
	f := newFloorWith(t, Options{
		Trunks: []Trunk{{Name: "loop", From: []string{"127.0.0.1"}, Calls: 10000, CallsPerSecond: 100000}},
		Limits: Limits{Messages: 1e6},
		Trace:  TraceOptions{Memory: 1}, // full after the first thousand
	}, Endpoints{RTP: func(far netip.Addr) (Endpoint, error) { return ports.Endpoint(far) }}, nil)
	go func() { // nobody reads what the floor keeps of calls
		for {
			select {
			case <-f.calls:
			case <-t.Context().Done():
				return
			}
		}
	}()
	began := time.Now()
	soak(t, f, 1000)
	first := measure(t, f)
	soak(t, f, calls)
	last := measure(t, f)
	t.Logf("%d calls in %v: %+v, then %+v", calls+1000, time.Since(began).Round(time.Millisecond), first, last)
	within5 := func(what string, was, is, slack int) {
		if is > was+was/20+slack {
			t.Errorf("%s: %d after the first thousand, %d now", what, was, is)
		}
	}
	within5("goroutines", first.goroutines, last.goroutines, 5)
	within5("descriptors", first.descriptors, last.descriptors, 2)
	within5("heap", first.heap, last.heap, 2<<20)
	if f.Legs() != 0 {
		t.Errorf("%d legs are left", f.Legs())
	}
}

type footprint struct{ goroutines, descriptors, heap int }

// measure waits until transactions are over and says what is in use.
func measure(t *testing.T, f *floor) (now footprint) {
	t.Helper()
	waitFor(t, "legs to go", func() bool { return f.Legs() == 0 })
	look := func() footprint {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc here")
		}
		return footprint{runtime.NumGoroutine(), len(open), int(m.HeapInuse)}
	}
	// Transactions live for a few of T1: take the smallest of what is seen.
	now = look()
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for range 15 {
		<-pace.C
		seen := look()
		now = footprint{min(now.goroutines, seen.goroutines), min(now.descriptors, seen.descriptors), min(now.heap, seen.heap)}
	}
	return now
}

// soak places n calls, some at a time: INVITE, 200, ACK, BYE, 200.
func soak(t *testing.T, f *floor, n int) {
	t.Helper()
	const atOnce = 20
	var callers sync.WaitGroup
	for w := range atOnce {
		callers.Go(func() {
			conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(f.addr("udp")))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			buf := make([]byte, 65536)
			for i := range n / atOnce {
				if !callOnce(t, conn, buf, fmt.Sprintf("soak-%p-%d-%d", conn, w, i)) {
					return
				}
			}
		})
	}
	callers.Wait()
}

func callOnce(t *testing.T, conn *net.UDPConn, buf []byte, id string) bool {
	say := func(method, toTag string, seq int, body string) string {
		return fmt.Sprintf("%[1]s sip:1000@tandem SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;rport;branch=z9hG4bK%[1]s%[3]s\r\n"+
			"From: <sip:700@%[2]s>;tag=a\r\nTo: <sip:1000@tandem>%[4]s\r\nCall-ID: %[3]s\r\nCSeq: %[5]d %[1]s\r\n"+
			"Max-Forwards: 70\r\nContact: <sip:700@%[2]s>\r\nContent-Type: application/sdp\r\nContent-Length: %[6]d\r\n\r\n%[7]s",
			method, conn.LocalAddr(), id, toTag, seq, len(body), body)
	}
	// ask repeats a request, as RFC 3261 says for UDP, until its 200.
	ask := func(request, method string) string {
		for range 40 {
			if _, err := conn.Write([]byte(request)); err != nil {
				t.Error(err)
				return ""
			}
			for {
				if err := conn.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
					t.Error(err)
					return ""
				}
				n, err := conn.Read(buf)
				if err != nil {
					break
				}
				if msg := string(buf[:n]); strings.HasPrefix(msg, "SIP/2.0 200") && headerOf(msg, "Call-ID") == id && strings.HasSuffix(headerOf(msg, "CSeq"), method) {
					return msg
				}
			}
		}
		t.Errorf("%s of %s is not answered", method, id)
		return ""
	}
	ok := ask(say("INVITE", "", 1, testSDP), "INVITE")
	_, tag, _ := strings.Cut(headerOf(ok, "To"), ";")
	if ok == "" {
		return false
	}
	if _, err := conn.Write([]byte(say("ACK", ";"+tag, 1, ""))); err != nil {
		t.Error(err)
		return false
	}
	return ask(say("BYE", ";"+tag, 2, ""), "BYE") != ""
}
