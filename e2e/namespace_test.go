// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tandem/dialtest"
)

// phoneEnvironment, if set, makes this test binary a phone instead: it calls
// "SERVER ADDRESS NUMBER" (from its own ADDRESS), sends callerTone, says "heard" when it hears agentTone, and
// stays until its standard input ends. So a story can have a caller in another
// network namespace.
const phoneEnvironment = "TANDEM_STORY_PHONE"

// bePhone is the whole life of such a process.
func bePhone(order string) error {
	words := strings.Fields(order)
	if len(words) != 3 {
		return fmt.Errorf("order %q is not SERVER ADDRESS NUMBER", order)
	}
	server, address, number := words[0], words[1], words[2]
	phones, err := dialtest.Open(dialtest.Options{Server: server, Address: address})
	if err != nil {
		return err
	}
	defer phones.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c, err := phones.Call(number, dialtest.Caller{Number: "+4930800001"})
	if err != nil {
		return err
	}
	if err := c.WaitAnswered(ctx); err != nil {
		return err
	}
	fmt.Println("answered")
	c.Mouth.Tone(callerTone, burstOn, burstOff)
	if err := c.Ear.WaitTone(ctx, agentTone); err != nil {
		return err
	}
	fmt.Println("heard")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	c.Hangup()
	return c.WaitEnded(ctx)
}

// far is a place from which only the network leads to the server.
type far struct {
	in           []string // command prefix that goes there
	server, host string   // addresses: the server's, and one of the place itself
}

// namespace makes a network namespace joined to ours by a cable (a veth pair).
// Where that is not allowed the story is told over a second address family.
func namespace(t *testing.T) far {
	t.Helper()
	name := fmt.Sprintf("tandem%d", os.Getpid()%10000)
	ip := func(args ...string) error {
		out, err := exec.Command("ip", args...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := ip("netns", "add", name); err != nil {
		t.Logf("no network namespace can be made here (%v): over IPv6 instead", err)
		return far{server: "::1", host: "[::1]:0"}
	}
	t.Cleanup(func() { _ = ip("netns", "del", name) })
	near, there := "near"+name, "far"+name
	// A veth's name has at most 15 bytes; the addresses are of RFC 5737's second test net.
	// Without addrgenmode none the cable's end gets its IPv6 address a second or two
	// later, and Chromium then drops what it is loading (ERR_NETWORK_CHANGED).
	must(t, errors.Join(
		ip("link", "add", near, "type", "veth", "peer", "name", there, "netns", name),
		ip("-n", name, "link", "set", there, "addrgenmode", "none"),
		ip("addr", "add", "198.51.100.1/30", "dev", near),
		ip("link", "set", near, "up"),
		ip("-n", name, "addr", "add", "198.51.100.2/30", "dev", there),
		ip("-n", name, "link", "set", there, "up"),
		ip("-n", name, "link", "set", "lo", "up")))
	settle(t, name, there)
	return far{in: []string{"ip", "netns", "exec", name}, server: "198.51.100.1", host: "198.51.100.2:0"}
}

// settle waits until the kernel calls the cable's end up: nothing of the
// network changes after that.
func settle(t *testing.T, name, end string) {
	t.Helper()
	ctx := within(t, 10*time.Second)
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		out, err := exec.CommandContext(ctx, "ip", "-n", name, "-o", "link", "show", end).CombinedOutput()
		if err == nil && strings.Contains(string(out), "state UP") {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("the cable to the namespace does not come up: %v: %s", err, out)
		}
	}
}

// TestReachableFromAnotherNetwork: as the README says, the server is given its
// public address and makes its own certificate; from a network namespace of
// their own a browser's agent and a caller come over HTTPS, WSS and SIP, and
// hear each other.
func TestReachableFromAnotherNetwork(t *testing.T) {
	place := namespace(t)
	s := newServer(t).supervisor("sam").agent("anna")
	s.security = "https"
	s.setting.TLS = true
	s.listenAt(place.server)
	s.start()
	if !strings.Contains(s.log.String(), "SHA-256") && s.log.count("fingerprint") == 0 {
		t.Error("the fingerprint of the self-made certificate is not printed")
	}
	sam := s.as("sam")
	b := openBrowserIn(t, place.in)
	anna := s.openDesk(b, "anna")
	anna.makeAvailable()
	sam.until("anna available", 10*time.Second, idle("anna", "available"))

	args := append(append([]string{}, place.in...), os.Args[0])
	phone := exec.Command(args[0], args[1:]...)
	phone.Env = append(os.Environ(), phoneEnvironment+"="+s.setting.SIP+" "+place.host+" 1003")
	phone.Stderr = &logWriter{t: t, name: "phone"}
	stdin, err := phone.StdinPipe()
	must(t, err)
	stdout, err := phone.StdoutPipe()
	must(t, err)
	must(t, phone.Start())
	said := make(chan string, 8)
	go func() {
		defer close(said)
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			said <- lines.Text()
		}
	}()
	expectLine(t, said, "answered", 10*time.Second)
	anna.answer()
	anna.hears(callerTone, 10*time.Second)
	expectLine(t, said, "heard", 20*time.Second)
	must(t, stdin.Close())
	for range said { // until the phone has ended
	}
	must(t, phone.Wait())
	s.settled(sam, map[string]int{"completed": 1})
}

// expectLine waits for the next word of the phone.
func expectLine(t *testing.T, said <-chan string, want string, limit time.Duration) {
	t.Helper()
	select {
	case got := <-said:
		if got != want {
			t.Fatalf("the phone said %q, want %q", got, want)
		}
	case <-time.After(limit):
		t.Fatalf("the phone does not say %q", want)
	}
}

// TestPageWithoutSecureContextSaysSo: a browser gives no microphone over plain
// HTTP but on localhost; the page says so and names the remedy.
func TestPageWithoutSecureContextSaysSo(t *testing.T) {
	t.Parallel()
	s := newServer(t).agent("anna").start()
	b := openBrowser(t)
	port := s.setting.Web[strings.LastIndexByte(s.setting.Web, ':'):]
	page := b.open("insecure", "insecure", "http://desk.test"+port+"/")
	page.see(byTestID("insecure"), 10*time.Second)
	if said := page.text(byTestID("insecure")); !strings.Contains(said, "https://desk.test"+port) {
		t.Errorf("the page says %q and names no https address", said)
	}
	local := b.open("secure", "secure", s.url("/"))
	local.see(byTestID("name"), 10*time.Second)
	var n int
	mustUnmarshal(t, local.do(command{"do": "count", "selector": byTestID("insecure")}), &n)
	if n != 0 {
		t.Error("the page complains on localhost too")
	}
}
