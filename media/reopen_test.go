// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bytes"
	"errors"
	"net/netip"
	"testing"
)

// TestReopen: the endpoint of a former process is there again on its port, has
// its codec at once, and describes itself as it did.
func TestReopen(t *testing.T) {
	p := testPorts(t, PortsOptions{RTPPorts: PortRange{Any: true}})
	far := netip.MustParseAddr("127.0.0.1")
	first, err := p.Endpoint(far)
	if err != nil {
		t.Fatal(err)
	}
	remote := sdpLines("m=audio 40000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000")
	local, err := first.Answer(t.Context(), remote)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Reopen(far, local, remote); !errors.Is(err, ErrNoPorts) {
		t.Errorf("a port in use: %v", err)
	}
	was := port(first)
	first.Close()
	again, now, err := p.Reopen(far, local, remote)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if port(again) != was || again.Codec() != PCMU || !bytes.Equal(now, local) {
		t.Errorf("port %s codec %v\n%s\nwant port %s\n%s", port(again), again.Codec(), now, was, local)
	}
	for _, broken := range [][]byte{nil, []byte("v=0"), sdpLines("m=audio 0 RTP/AVP 0")} {
		if _, _, err := p.Reopen(far, broken, remote); err == nil {
			t.Errorf("reopened from %q", broken)
		}
		if _, _, err := p.Reopen(far, local, broken); err == nil {
			t.Errorf("reopened with %q", broken)
		}
	}
}
