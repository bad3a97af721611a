// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestFloodOfAStrangerLeavesTheTrunkAlone: a stranger sends calls,
// registrations and junk as fast as the socket takes them; the trunk's question
// is answered within a second, and nothing grows.
func TestFloodOfAStrangerLeavesTheTrunkAlone(t *testing.T) {
	const messages = 20000
	f := newFloor(t, Options{Trunks: []Trunk{{Name: "carrier", From: []string{"127.0.0.9"}, Calls: 10, CallsPerSecond: 10}}}, nil)
	to := net.UDPAddrFromAddrPort(f.addr("udp"))
	stranger, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 2)}, to)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	carrier, err := net.DialUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 9)}, to)
	if err != nil {
		t.Fatal(err)
	}
	defer carrier.Close()
	before := runtime.NumGoroutine()
	most := 0
	slowest := time.Duration(0)
	for n := range messages {
		text := invite
		switch n % 4 {
		case 1:
			text = enroll
		case 2:
			text = invite[:n%len(invite)]
		case 3:
			text = options
		}
		text = strings.ReplaceAll(text, "c1@", fmt.Sprintf("c%d@", n))
		if _, err := stranger.Write([]byte(strings.ReplaceAll(text, "z9hG4bK1", fmt.Sprint("z9hG4bK", n)))); err != nil {
			t.Fatal(err)
		}
		if n%2000 == 1999 {
			most = max(most, runtime.NumGoroutine())
			slowest = max(slowest, ask(t, carrier, n))
		}
	}
	if slowest > time.Second {
		t.Errorf("the trunk waited for %v", slowest)
	}
	if most > before+1000 {
		t.Errorf("%d goroutines, %d before", most, before)
	}
	refused := value(t, f.registry, "sip_refused_total")
	if refused == 0 || value(t, f.registry, "sip_policy_refused_total") > 200 {
		t.Errorf("%v refused at the door, %v behind it", refused, value(t, f.registry, "sip_policy_refused_total"))
	}
}

// ask sends OPTIONS until it is answered and returns how long that took.
func ask(t *testing.T, from *net.UDPConn, n int) time.Duration {
	t.Helper()
	text := strings.NewReplacer("c1@", fmt.Sprintf("ask%d@", n), "z9hG4bK1", fmt.Sprint("z9hG4bKask", n)).Replace(options)
	began := time.Now()
	b := make([]byte, 2048)
	for time.Since(began) < 5*time.Second {
		if _, err := from.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := from.SetReadDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		for {
			size, err := from.Read(b)
			if err != nil {
				break // lost in the flood, as datagrams may be: once more
			}
			if answer := string(b[:size]); strings.Contains(answer, fmt.Sprintf("ask%d@", n)) {
				if !strings.HasPrefix(answer, "SIP/2.0 200") {
					t.Fatalf("answered\n%s", answer)
				}
				return time.Since(began)
			}
		}
	}
	t.Fatal("no answer to the trunk")
	return 0
}
