// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// docs/attacks.md lists the attacks and faults that are known, each with the
// tests that hold it off.
func TestEveryAttackHasItsTests(t *testing.T) {
	page, err := os.ReadFile("../docs/attacks.md")
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	name := regexp.MustCompile(`(?m)^func (Test\w+|Fuzz\w+)\(`)
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			there[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, row := range regexp.MustCompile(`(?m)^\| ([SR]-\d+) \|.*$`).FindAllStringSubmatch(string(page), -1) {
		rows++
		tests := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(row[0], -1)
		if len(tests) == 0 {
			t.Errorf("%s has no test", row[1])
		}
		for _, m := range tests {
			if !there[m[1]] {
				t.Errorf("%s names %s, which is not there", row[1], m[1])
			}
		}
	}
	if rows < 30 {
		t.Errorf("%d rows", rows)
	}
}

// TestS2_KnownAndUnknownUsersAreAnsweredInTheSameTime: the median of many.
func TestS2_KnownAndUnknownUsersAreAnsweredInTheSameTime(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	median := func(user string) time.Duration {
		var took []time.Duration
		p := newPeer(t, f.addr("udp"))
		for range 15 {
			p.callID += "x"
			p.write(p.register(user, ""))
			first := p.want("SIP/2.0 401", "REGISTER")
			second := p.register(user, authorize(t, first, user, "guess", 1))
			began := time.Now()
			p.write(second)
			p.want("SIP/2.0 401", "REGISTER")
			took = append(took, time.Since(began))
			f.registrar.auth.mu.Lock()
			clear(f.registrar.auth.guesses) // or the limit of guesses would answer
			f.registrar.auth.mu.Unlock()
			f.admission.mu.Lock()
			clear(f.admission.sources)
			f.admission.mu.Unlock()
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	if a, b := median("ann"), median("zed"); a-b > 10*time.Millisecond || b-a > 10*time.Millisecond {
		t.Errorf("known in %v, unknown in %v", a, b)
	}
}

// TestS19_NobodyIsSentMoreThanAForgerPaidFor: what a stranger's request brings
// about is at most three times its size, and goes to where it came from, never to
// the host in Via.
func TestS19_NobodyIsSentMoreThanAForgerPaidFor(t *testing.T) {
	f := newFloor(t, Options{Trunks: []Trunk{{Name: "pbx", Login: Login{User: "u", Password: "p"}}}}, nil)
	victim := newPeerAt(t, f.addr("udp"), "127.0.0.3")
	for _, method := range []string{"INVITE", "OPTIONS", "REGISTER", "BYE", "SUBSCRIBE", "CANCEL"} {
		p := newPeer(t, f.addr("udp"))
		request := p.request(method, "", "Via: SIP/2.0/UDP "+victim.addr()+";branch=z9hG4bKvictim"+method)
		p.write(request)
		got := 0
		for {
			msg := p.read(150 * time.Millisecond)
			if msg == "" {
				break
			}
			got += len(msg)
		}
		if got > 3*len(request) {
			t.Errorf("%s of %d bytes brought %d", method, len(request), got)
		}
	}
	if msg := victim.read(time.Millisecond); msg != "" {
		t.Errorf("the host in Via is sent\n%s", msg)
	}
}

// TestS21_NoMessageCostsMuch: the worst that fits into one is judged in 5 ms.
func TestS21_NoMessageCostsMuch(t *testing.T) {
	a := newDoor(wideOpen)
	for _, fill := range []string{"(", `"`, ",", "<", ">", ";", "=", " ", ";;", `\"`, "\r\n ", "a=;", `"<`, "%41", "sip:"} {
		for _, header := range []string{"Subject", "From", "Via", "Contact", "Route", "Content-Type", "Authorization"} {
			value := strings.Repeat(fill, (maxHeader-2000)/len(fill))
			text := strings.Replace(wireInvite, "Max-Forwards: 70", header+": "+value+"\r\nMax-Forwards: 70", 1)
			best := time.Hour
			for range 3 { // others share the machine
				began := time.Now()
				byUDP(a, []byte(text))
				best = min(best, time.Since(began))
			}
			if best > 5*time.Millisecond {
				t.Errorf("%q in %s: %v", fill, header, best)
			}
		}
	}
}

// TestR13_OverloadKeepsTheGoodput: at three times what a trunk may start, four
// of five of what it may come through, the rest is told 503 at once, who talks
// notices nothing, and after it all is as before.
func TestR13_OverloadKeepsTheGoodput(t *testing.T) {
	const rate, seconds = 40, 2
	f := newFloor(t, Options{Trunks: []Trunk{{Name: "loop", From: []string{"127.0.0.1"}, Calls: 10000, CallsPerSecond: rate}}},
		func(ctx context.Context, in Incoming) { _ = in.Leg.Answer(ctx); drain(in.Leg) })
	go func() {
		for {
			select {
			case <-f.calls:
			case <-f.endpoints:
			case <-t.Context().Done():
				return
			}
		}
	}()
	talking := newPeer(t, f.addr("udp"))
	talking.call()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(f.addr("udp")))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var mu sync.Mutex
	sent := map[string]time.Time{}
	answered := map[string]int{}
	var slowest time.Duration
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			var code int
			msg := string(buf[:n])
			if _, err := fmt.Sscanf(msg, "SIP/2.0 %d", &code); err != nil || code < 200 {
				continue
			}
			id := headerOf(msg, "Call-ID")
			mu.Lock()
			if answered[id] == 0 {
				answered[id] = code
				slowest = max(slowest, time.Since(sent[id]))
			}
			mu.Unlock()
			_, to, _ := strings.Cut(headerOf(msg, "To"), ";")
			ack := strings.NewReplacer("INVITE", "ACK", "To: <sip:1000@tandem>", "To: <sip:1000@tandem>;"+to).Replace(overloadInvite(conn, id))
			_, _ = conn.Write([]byte(ack))
		}
	}()
	began := time.Now()
	pace := time.NewTicker(time.Second / (3 * rate))
	defer pace.Stop()
	for i := range 3 * rate * seconds {
		<-pace.C
		id := fmt.Sprint("overload-", i)
		mu.Lock()
		sent[id] = time.Now()
		mu.Unlock()
		if _, err := conn.Write([]byte(overloadInvite(conn, id))); err != nil {
			t.Fatal(err)
		}
		if i%rate == 0 { // who talks, meanwhile
			talking.write(talking.request("INFO", ""))
			talking.want("SIP/2.0 200", "INFO")
		}
	}
	// A machine that is busy with others offers the calls more slowly.
	mayPass := min(len(sent), int(rate*time.Since(began).Seconds()))
	waitFor(t, "every call to be answered", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(answered) == len(sent)
	})
	conn.Close()
	<-done
	good, busy := 0, 0
	for _, code := range answered {
		switch code {
		case 200:
			good++
		case 503:
			busy++
		}
	}
	t.Logf("%d of %d through, %d told 503, the slowest answer after %v", good, len(sent), busy, slowest)
	if good < mayPass*8/10 || good+busy != len(sent) || slowest > 2*time.Second {
		t.Errorf("%d of %d through, %d told 503, the slowest answer after %v", good, len(sent), busy, slowest)
	}
	waitFor(t, "a place for the next", func() bool {
		next := newPeer(t, f.addr("udp"))
		next.write(next.request("INVITE", testSDP))
		for {
			msg := next.read(time.Second)
			if msg == "" || strings.HasPrefix(msg, "SIP/2.0 5") {
				return false
			}
			if strings.HasPrefix(msg, "SIP/2.0 200") {
				return true
			}
		}
	})
}

func overloadInvite(conn *net.UDPConn, id string) string {
	return fmt.Sprintf("INVITE sip:1000@tandem SIP/2.0\r\nVia: SIP/2.0/UDP %[1]s;rport;branch=z9hG4bK%[2]s\r\n"+
		"From: <sip:700@%[1]s>;tag=a\r\nTo: <sip:1000@tandem>\r\nCall-ID: %[2]s\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n"+
		"Contact: <sip:700@%[1]s>\r\nContent-Length: 0\r\n\r\n", conn.LocalAddr(), id)
}
