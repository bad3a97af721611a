// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"net"
	"testing"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"tandem/media"
)

// BenchmarkSend is one 20 ms packet to a browser, with the kernel's share.
func BenchmarkSend(b *testing.B) {
	e := newEndpoint(b, newPhone(b, Options{}))
	far, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer far.Close()
	to := far.LocalAddr().(*net.UDPAddr).AddrPort()
	e.selected.Store(&to)
	out, err := srtp.CreateContext(make([]byte, 16), make([]byte, 12), srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		b.Fatal(err)
	}
	e.track.open(out)
	e.track.agree(payloadTypes{0, 8, 126, noType}, media.PCMU, true)
	p := media.Packet{SSRC: 1, Codec: media.PCMU, Payload: make([]byte, 160)}
	b.ReportAllocs()
	n := uint64(0)
	for b.Loop() {
		n++
		p.Sequence++
		p.Timestamp += 160
		e.Port().WriteRTP(&p)
	}
	if sent := e.liveness.sent.Load(); sent != n {
		b.Fatalf("%d of %d sent", sent, n)
	}
}

type nowhere struct{ n int }

func (s *nowhere) WriteRTP(*media.Packet) { s.n++ }

// BenchmarkReceive is one 20 ms packet from a browser, from the socket's buffer
// to the sink.
func BenchmarkReceive(b *testing.B) {
	e, out := keyed(b)
	sink := &nowhere{}
	e.Port().Attach(sink)
	var header rtp.Header
	plain, room := make([]byte, 172), make([]byte, 0, maxDatagram)
	plain[0] = 0x80
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		plain[2], plain[3] = byte(n>>8), byte(n)
		buf, err := out.EncryptRTP(room, plain, &header) // counted too
		if err != nil {
			b.Fatal(err)
		}
		e.receive(buf)
	}
	if sink.n != n {
		b.Fatalf("%d of %d heard", sink.n, n)
	}
}
