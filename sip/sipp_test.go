// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"os/exec"
	"testing"
	"time"
)

// A caller of another make: SIPp's built-in scenario is INVITE, 100, 180, 200,
// ACK, a pause, BYE, 200, and fails on anything else.
func TestSIPpCallsOverUDPAndTCP(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			f := newFloor(t, Options{}, nil)
			mode := map[string]string{"udp": "u1", "tcp": "t1"}[transport]
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, "sipp", f.addr(transport).String(), "-sn", "uac", "-s", "1000",
				"-i", "127.0.0.1", "-t", mode, "-m", "50", "-r", "100", "-d", "50", "-nostdin")
			cmd.Dir = t.TempDir()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			for range 50 {
				in := within(t, "call", f.calls)
				if in.Number != "1000" || in.Trunk != "loop" || in.Leg.Remote().Name != "sipp" {
					t.Fatalf("incoming %+v from %+v", in, in.Leg.Remote())
				}
			}
			for range 50 {
				waitFor(t, "an endpoint to close", within(t, "endpoint", f.endpoints).isClosed)
			}
		})
	}
}
