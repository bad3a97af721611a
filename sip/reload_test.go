// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"strings"
	"testing"

	"tandem/call"
)

// TestReloadChangesTrunks: a call goes on while its trunk goes; a new trunk's
// numbers are dialled; the others keep what they count.
func TestReloadChangesTrunks(t *testing.T) {
	g := gateways(t, 2)
	loop := Trunk{Name: "loop", From: []string{"127.0.0.0/8", "::1"}, Calls: 2, CallsPerSecond: 1000}
	f := newFloor(t, Options{Trunks: []Trunk{loop}}, func(ctx context.Context, in Incoming) {
		in.Leg.Ring()
		_ = in.Leg.Answer(ctx)
		drain(in.Leg)
	})
	f.meet(g...)
	first := newPeer(t, f.addr("udp"))
	first.call()
	kept := within(t, "call", f.calls).Leg
	if _, err := f.Dial(t.Context(), call.Target{URI: "+49301234567"}); !errors.Is(err, call.ErrNotAllowed) && !errors.Is(err, call.ErrUnreachable) {
		t.Fatalf("no trunk takes it, but: %v", err)
	}

	o := *f.options()
	loop.Calls = 1 // one call of it is there already
	carrier := quietTrunk("carrier", g[0].addr())
	carrier.From = []string{"192.0.2.1"}
	o.Trunks = []Trunk{loop, carrier}
	o.MaxCalls = 7
	if err := f.Reload(o); err != nil {
		t.Fatal(err)
	}
	second := newPeer(t, f.addr("udp"))
	second.write(second.request("INVITE", testSDP))
	second.want("SIP/2.0 503", "INVITE") // the old call counts against the new limit
	waitFor(t, "the new trunk's address", func() bool { return len(f.TrunkStates()) == 2 && len(f.TrunkStates()[1].Targets) == 1 })
	if _, err := f.Dial(t.Context(), call.Target{URI: "+49301234567"}); err != nil {
		t.Fatal(err)
	}
	g[0].want("INVITE ", "INVITE")

	o.Trunks = nil
	if err := f.Reload(o); err != nil {
		t.Fatal(err)
	}
	third := newPeer(t, f.addr("udp"))
	third.write(third.request("INVITE", testSDP))
	third.want("SIP/2.0 403", "INVITE")
	kept.Hangup(call.CauseCompleted)
	first.want("BYE ", "BYE") // it lived until now

	o.MaxCalls = -1
	if err := f.Reload(o); err == nil || !strings.Contains(err.Error(), "sip.maxCalls") || f.options().MaxCalls != 7 {
		t.Errorf("a wrong configuration: %v, %d calls", err, f.options().MaxCalls)
	}
}
