// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tandem/call"
)

// kamailioConfig is an edge in front of Tandem: it keeps registrations, records
// its route and spreads calls over the servers behind it.
const kamailioConfig = `#!KAMAILIO
debug=1
log_stderror=yes
children=2
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:%d
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "dispatcher.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "gruu_enabled", 0)
modparam("dispatcher", "list_file", "%s")
request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (method == "CANCEL") {
		if (t_check_trans()) t_relay();
		exit;
	}
	if ($tt != $null) {
		if (loose_route()) {
			t_relay();
			exit;
		}
		if (method == "ACK") exit;
		sl_send_reply("404", "Not Here");
		exit;
	}
	t_check_trans();
	if (method == "REGISTER") {
		save("location");
		exit;
	}
	record_route();
	if (lookup("location")) {
		t_relay();
		exit;
	}
	if (!ds_select_dst("1", "4")) {
		sl_send_reply("503", "No Server");
		exit;
	}
	t_relay();
}
`

// startKamailio runs an edge in front of servers until the test ends.
func startKamailio(t *testing.T, servers ...netip.AddrPort) netip.AddrPort {
	t.Helper()
	folder, port := t.TempDir(), freeUDP(t)
	list, config := filepath.Join(folder, "dispatcher.list"), filepath.Join(folder, "kamailio.cfg")
	var lines strings.Builder
	for _, s := range servers {
		fmt.Fprintf(&lines, "1 sip:%s\n", s)
	}
	for name, text := range map[string]string{list: lines.String(), config: fmt.Sprintf(kamailioConfig, port, list)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("kamailio", "-f", config, "-DD", "-E", "-m", "32", "-M", "8", "-w", folder, "-Y", folder)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatalf("kamailio (apt-get install kamailio): %v", err)
	}
	var ended sync.WaitGroup
	ended.Go(func() { _ = cmd.Wait() })
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		ended.Wait()
		kill.Stop()
		if t.Failed() {
			t.Logf("kamailio says:\n%s", out.String())
		}
	})
	edge := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
	p := newPeer(t, edge)
	for limit := time.Now().Add(15 * time.Second); ; { // until it answers anything
		p.write(p.request("REGISTER", "", "Contact:-"))
		if strings.HasPrefix(p.read(200*time.Millisecond), "SIP/2.0 ") {
			return edge
		}
		if time.Now().After(limit) {
			t.Fatal("kamailio does not answer")
		}
	}
}

// A Kamailio in front keeps the telephones' registrations and hands callers on:
// a call each way through it, with the route it recorded, and sound both ways.
func TestKamailioInFront(t *testing.T) {
	legs := make(chan call.Leg, 1)
	tw := newTwins(t, "udp", "127.0.0.1", func(ctx context.Context, in Incoming) {
		in.Leg.Ring()
		if err := in.Leg.Answer(ctx); err != nil {
			t.Error(err)
		}
		legs <- in.Leg
		drain(in.Leg)
	})
	edge := startKamailio(t, tw.callee.addr("udp"))

	// A caller comes in by the edge.
	leg, err := tw.caller.Dial(t.Context(), call.Target{URI: "sip:1000@" + edge.String(), From: call.Party{Number: "123"}})
	if err != nil {
		t.Fatal(err)
	}
	wantEvent(t, leg, call.Answered{})
	in := within(t, "call", legs)
	tw.speak(t, leg, 440)
	tw.speak(t, in, 1000)
	hears(t, "the server", in, 440, 1000)
	hears(t, "the caller", leg, 1000, 440)
	in.Hangup(call.CauseCompleted) // our BYE takes the recorded route
	if c := drain(leg); c != call.CauseHangup {
		t.Errorf("cause %s", c)
	}
	waitFor(t, "the legs to go", func() bool { return tw.caller.Legs()+tw.callee.Legs() == 0 })

	// A telephone that is registered with the edge is called, and calls.
	phone := openLinphone(t, edge.String(), "ann", "none")
	var out call.Leg
	limit := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for rings := false; !rings; <-tick.C {
		if out, err = tw.callee.Dial(t.Context(), call.Target{URI: "sip:ann@" + edge.String(), From: call.Party{Number: "123"}}); err != nil {
			t.Fatal(err)
		}
		ev := within(t, "event", out.Events())
		if rings = ev == (call.Ringing{}); !rings { // not registered yet: sent back to the server
			out.Hangup(call.CauseCompleted)
			drain(out)
		}
		if time.Now().After(limit) {
			t.Fatal("linphone is not reached")
		}
	}
	phone.wait("incoming call")
	phone.do("answer")
	wantEvent(t, out, call.Answered{})
	tw.speak(t, out, 440)
	hears(t, "the server", out, linphoneTone, 440)
	hearsTone(t, "linphone", phone.heard, 440)
	phone.do("terminate")
	if c := drain(out); c != call.CauseHangup {
		t.Errorf("cause %s", c)
	}
	phone.wait("ended")
	phone.do("call sip:1000@" + edge.String())
	in = within(t, "call", legs)
	tw.speak(t, in, 1000)
	hears(t, "the server", in, linphoneTone, 1000)
	hearsTone(t, "linphone", phone.heard, 1000)
	in.Hangup(call.CauseCompleted)
	phone.wait("ended")
}
