// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestReportsTellLossJitterAndRoundTrip(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	a, b := testEndpoint(t, ports, "127.0.0.1"), testEndpoint(t, ports, "127.0.0.1")
	connect(t, a, b)
	s := newSource(1, PCMU)
	for i := range 100 {
		p := s.next(160)
		if i%10 != 3 { // one in ten is lost on the way to a
			a.WriteRTP(p)
		}
	}
	until(t, "all packets", func() bool { return b.Stats().Received == 90 })
	if got := b.Stats().Lost; got != 10 {
		t.Errorf("%d packets lost, want 10", got)
	}
	a.report(time.Now()) // a sender report, so that b can tell the round trip
	until(t, "the sender report", func() bool {
		b.rx.Lock()
		defer b.rx.Unlock()
		return !b.reception.senderAt.IsZero()
	})
	b.report(time.Now())
	until(t, "the receiver report", func() bool { return a.Stats().FarLoss > 0 })
	if loss := a.Stats().FarLoss; loss < 0.09 || loss > 0.11 {
		t.Errorf("far end reports a loss of %.3f", loss)
	}
	if trip := a.Stats().RoundTrip; trip < 0 || trip > time.Second {
		t.Errorf("round trip of %v", trip)
	}
}

func TestReceptionCountsAcrossWrapAndReorder(t *testing.T) {
	f := func(lost int64, sequence ...uint16) {
		t.Helper()
		var r reception
		now := time.Now()
		for _, s := range sequence {
			r.take(&Packet{SSRC: 1, Sequence: s, Timestamp: uint32(s) * 160}, now)
			now = now.Add(frameTime)
		}
		if got, _ := r.lost(); got != lost {
			t.Errorf("%v: %d lost, want %d", sequence, got, lost)
		}
	}
	f(0, 65534, 65535, 0, 1)
	f(1, 65534, 0, 1)
	f(0, 1, 3, 2, 4)
	f(-1, 1, 2, 2)
	f(0, 7)
}

func TestJitterOfAnEvenStreamIsNone(t *testing.T) {
	f := func(wobble time.Duration, least, most float64) {
		t.Helper()
		var r reception
		start := time.Now()
		for i := range 500 {
			at := start.Add(time.Duration(i) * frameTime)
			if i%2 == 1 {
				at = at.Add(wobble)
			}
			r.take(&Packet{SSRC: 1, Sequence: uint16(i), Timestamp: uint32(i) * 160}, at)
		}
		if r.jitter < least || r.jitter > most {
			t.Errorf("packets %v off are a jitter of %.1f samples", wobble, r.jitter)
		}
	}
	f(0, 0, 0.1)
	f(10*time.Millisecond, 75, 85) // 80 samples, RFC 3550 appendix A.8
}

func TestCloseSaysGoodbye(t *testing.T) {
	f := func(name string, lines ...string) {
		t.Helper()
		e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
		far, control := rawPeer(t, "127.0.0.1"), rawPeer(t, "127.0.0.1")
		mux := false
		for i := range lines {
			switch lines[i] {
			case "a=rtcp-mux":
				mux = true
			case "a=rtcp":
				lines[i] = fmt.Sprintf("a=rtcp:%d", control.addr.Port())
			}
		}
		if _, err := e.Answer(context.Background(), far.offer(lines...)); err != nil {
			t.Fatal(err)
		}
		e.WriteRTP(&Packet{SSRC: 1, Codec: PCMU, Payload: []byte{1}})
		far.read(t)
		e.Close()
		from := control
		if mux {
			from = far
		}
		if err := from.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, maxPacket)
		n, err := from.conn.Read(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		packets, err := rtcp.Unmarshal(b[:n])
		if err != nil || len(packets) != 3 || !isRTCP(b[:n]) {
			t.Fatalf("%s: %v, %v", name, packets, err)
		}
		if sr, ok := packets[0].(*rtcp.SenderReport); !ok || sr.PacketCount != 1 || sr.SSRC != e.outgoing.SSRC() {
			t.Errorf("%s: first %v", name, packets[0])
		}
		if bye, ok := packets[2].(*rtcp.Goodbye); !ok || bye.Sources[0] != e.outgoing.SSRC() {
			t.Errorf("%s: last %v", name, packets[2])
		}
	}
	f("a port of its own", "m=audio PORT RTP/AVP 0", "a=rtcp")
	f("multiplexed", "m=audio PORT RTP/AVP 0", "a=rtcp-mux")
}

func TestRTCPOfStrangersIsNotRead(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	if _, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 0")); err != nil {
		t.Fatal(err)
	}
	lie := rtcp.ReceiverReport{SSRC: 5, Reports: []rtcp.ReceptionReport{{SSRC: e.outgoing.SSRC(), FractionLost: 128}}}
	b, err := lie.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	e.takeRTCP(b, netip.MustParseAddrPort("203.0.113.9:4001"))
	if e.Stats().FarLoss != 0 {
		t.Error("a stranger's report was believed")
	}
	e.takeRTCP(b, netip.MustParseAddrPort("127.0.0.1:4001"))
	if e.Stats().FarLoss != 0.5 {
		t.Error("the far end's report was not read")
	}
}

func FuzzTakeRTCP(f *testing.F) {
	f.Add([]byte("\x80\xc9\x00\x01\x00\x00\x00\x05"))
	ports := testPorts(f, PortsOptions{})
	e := testEndpoint(f, ports, "127.0.0.1")
	if _, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 0", "a=rtcp-mux")); err != nil {
		f.Fatal(err)
	}
	from := netip.MustParseAddrPort("127.0.0.1:4000")
	f.Fuzz(func(_ *testing.T, b []byte) {
		e.takeRTCP(b, from)
		e.takeRTP(b, from) // both share the port
	})
}
