// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience bounds what is awaited from loopback.
const patience = 5 * time.Second

// connect lets a offer and b answer.
func connect(t testing.TB, a, b *RTPEndpoint) {
	t.Helper()
	offer, err := a.Offer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Answer(context.Background(), offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Accept(answer); err != nil {
		t.Fatal(err)
	}
}

func await[E Event](t testing.TB, e *RTPEndpoint) E {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case ev, ok := <-e.Events():
			if !ok {
				t.Fatalf("closed before %T", *new(E))
			}
			if ev, ok := ev.(E); ok {
				return ev
			}
		case <-deadline:
			t.Fatalf("no %T", *new(E))
		}
	}
}

// until polls what another goroutine brings about.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// say writes d of a tone to s at once.
func say(s Sink, ssrc uint32, codec Codec, hertz float64, d time.Duration) {
	sound := Encode(codec, Tone(hertz, 0.5, d))
	p := Packet{SSRC: ssrc, Codec: codec}
	for part := range slices.Chunk(sound, frameSamples) {
		p.Payload = part
		s.WriteRTP(&p)
		p.Sequence++
		p.Timestamp += uint32(frameSamples)
	}
}

func TestTonesBothWaysThroughABridge(t *testing.T) {
	f := func(address string, bind binder) {
		t.Run(address, func(t *testing.T) {
			ports := testPorts(t, PortsOptions{})
			if bind != nil {
				ports.bind = bind
			}
			caller, in := testEndpoint(t, ports, address), testEndpoint(t, ports, address)
			out, agent := testEndpoint(t, ports, address), testEndpoint(t, ports, address)
			connect(t, caller, in)
			connect(t, out, agent)
			callerHears, agentHears := NewEar(time.Second), NewEar(time.Second)
			caller.Attach(callerHears)
			agent.Attach(agentHears)
			part := Join(in, out)
			say(caller, 1, PCMU, 440, 200*time.Millisecond)
			say(agent, 2, PCMA, 1000, 200*time.Millisecond)
			until(t, "all packets through", func() bool { return callerHears.Packets() == 10 && agentHears.Packets() == 10 })
			if s := Goertzel(agentHears.Last(time.Second), 440); s < 0.9 {
				t.Errorf("agent hears %.2f of 440 Hz", s)
			}
			if s := Goertzel(callerHears.Last(time.Second), 1000); s < 0.9 {
				t.Errorf("caller hears %.2f of 1000 Hz", s)
			}
			if err := caller.SendDigits(context.Background(), "5"); err != nil {
				t.Fatal(err)
			}
			if d := await[Digit](t, in); d.Key != '5' {
				t.Errorf("bridge hears %c", d.Key)
			}
			if d := await[Digit](t, agent); d.Key != '5' {
				t.Errorf("agent hears %c", d.Key)
			}
			part()
			part()
		})
	}
	f("127.0.0.1", nil)
	f("::1", nil)
	f("127.0.0.1", bindGo) // what other systems have
	f("::1", bindGo)
}

func TestDifferentLawsMeet(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	alaw := testEndpoint(t, ports, "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	if _, err := alaw.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP 8")); err != nil {
		t.Fatal(err)
	}
	say(alaw, 1, PCMU, 700, 20*time.Millisecond)
	p := far.read(t)
	if p.PayloadType != 8 || Goertzel(decodeBytes(nil, PCMA, p.Payload), 700) < 0.9 {
		t.Fatalf("far end receives type %d", p.PayloadType)
	}
}

// peer is a bare socket that speaks RTP.
type peer struct {
	conn *net.UDPConn
	addr netip.AddrPort
}

func rawPeer(t testing.TB, address string) *peer {
	t.Helper()
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &peer{c, c.LocalAddr().(*net.UDPAddr).AddrPort()}
}

func (p *peer) offer(lines ...string) []byte {
	_, port, _ := strings.Cut(p.addr.String(), ":")
	for i := range lines {
		lines[i] = strings.Replace(lines[i], "PORT", port, 1)
	}
	return sdpLines(lines...)
}

func (p *peer) send(t testing.TB, to *RTPEndpoint, packet Packet) {
	t.Helper()
	var b [maxPacket]byte
	n := marshalRTP(b[:], &packet)
	s := to.sockets.Load()
	if _, err := p.conn.WriteToUDPAddrPort(b[:n], netip.AddrPortFrom(s.shown, s.port)); err != nil {
		t.Fatal(err)
	}
}

func (p *peer) read(t testing.TB) Packet {
	t.Helper()
	b := make([]byte, maxPacket)
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	n, err := p.conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	var packet Packet
	if err := parseRTP(&packet, b[:n]); err != nil {
		t.Fatal(err)
	}
	return packet
}

// silent fails if anything has come to p: the packets of loopback are there as
// soon as they are sent.
func (p *peer) silent(t testing.TB) {
	t.Helper()
	if err := p.conn.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := p.conn.Read(make([]byte, maxPacket)); err == nil {
		t.Fatalf("%d bytes received", n)
	}
}

func TestStrangerNeitherHearsNorIsHeard(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	e := testEndpoint(t, ports, "127.0.0.1")
	far, stranger := rawPeer(t, "127.0.0.1"), rawPeer(t, "127.0.0.1")
	if _, err := e.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP 0")); err != nil {
		t.Fatal(err)
	}
	ear := NewEar(time.Minute)
	e.Attach(ear)
	sound := Encode(PCMU, Tone(440, 0.5, frameTime))
	inject := Encode(PCMU, Tone(1500, 0.5, frameTime))
	for i := range 50 { // before the first real packet
		stranger.send(t, e, Packet{SSRC: 66, Sequence: uint16(i), Payload: inject})
	}
	for i := range 50 { // the stranger knows the stream and is ahead of it
		far.send(t, e, Packet{SSRC: 7, Sequence: uint16(i), Timestamp: uint32(i) * 160, Payload: sound})
		stranger.send(t, e, Packet{SSRC: 7, Sequence: uint16(i + 1), Timestamp: uint32(i+1) * 160, Payload: inject})
		e.WriteRTP(&Packet{SSRC: 1, Sequence: uint16(i), Timestamp: uint32(i) * 160, Codec: PCMU, Payload: sound})
	}
	until(t, "every packet of the far end", func() bool { return ear.Packets() == 50 })
	far.send(t, e, Packet{SSRC: 8, Payload: sound}) // a new SSRC from the pinned source
	until(t, "the new SSRC", func() bool { return ear.Packets() == 51 })
	if s := Goertzel(ear.Last(time.Minute), 1500); s > 0.01 {
		t.Errorf("%.3f of what is heard was injected", s)
	}
	stranger.silent(t)
	if far.read(t).SSRC == 0 {
		t.Error("the far end hears nothing")
	}
}

func TestRFC7362_4_SourceBehindNATIsFollowed(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	private := sdpLines("m=audio 4000 RTP/AVP 0", "c=IN IP4 192.168.77.5")
	if _, err := e.Answer(context.Background(), private); err != nil {
		t.Fatal(err)
	}
	e.rx.Lock() // as after a quarter of a second of its packets
	e.latch.candidate, e.latch.packets = far.addr, latchPackets
	e.latch.since, e.latch.last = time.Now().Add(-latchWindow), time.Now()
	e.rx.Unlock()
	far.send(t, e, Packet{SSRC: 7, Payload: []byte{1}})
	until(t, "the source is followed", func() bool { return *e.dest.Load() == far.addr })
	e.WriteRTP(&Packet{SSRC: 1, Codec: PCMU, Payload: []byte{1}})
	far.read(t)
}

func TestHoldStopsTheStreamAndIsToldOnce(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	answer := func(lines ...string) {
		t.Helper()
		if _, err := e.Answer(context.Background(), far.offer(lines...)); err != nil {
			t.Fatal(err)
		}
	}
	answer("m=audio PORT RTP/AVP 0")
	await[Connected](t, e)
	s := newSource(1, PCMU)
	e.WriteRTP(s.next(160))
	before := far.read(t)
	answer("m=audio PORT RTP/AVP 0", "a=sendonly")
	if !await[Held](t, e).On {
		t.Fatal("told to be taken back")
	}
	e.WriteRTP(s.next(160))
	far.silent(t)
	answer("m=audio PORT RTP/AVP 0", "c=IN IP4 0.0.0.0") // still on hold: nothing new
	answer("m=audio PORT RTP/AVP 0")
	if await[Held](t, e).On {
		t.Fatal("told to be on hold again")
	}
	e.WriteRTP(s.next(160))
	if after := far.read(t); after.SSRC != before.SSRC || after.Sequence-before.Sequence > 2 {
		t.Fatalf("stream goes on with %+v after %+v", after, before)
	}
}

func TestCodecAndAddressChangeInTheCall(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	first, second := rawPeer(t, "127.0.0.1"), rawPeer(t, "127.0.0.1")
	if _, err := e.Answer(context.Background(), first.offer("m=audio PORT RTP/AVP 0")); err != nil {
		t.Fatal(err)
	}
	s := newSource(1, PCMU)
	e.WriteRTP(s.next(160))
	before := first.read(t)
	if _, err := e.Answer(context.Background(), second.offer("m=audio PORT RTP/AVP 8")); err != nil {
		t.Fatal(err)
	}
	e.WriteRTP(s.next(160))
	if p := second.read(t); p.PayloadType != 8 || p.SSRC != before.SSRC || p.Sequence != before.Sequence+1 {
		t.Fatalf("the new address receives %+v after %+v", p, before)
	}
	first.silent(t)
}

func TestLostAfterSilence(t *testing.T) {
	f := func(name string, want bool, prepare func(e *RTPEndpoint), lines ...string) {
		t.Helper()
		e := testEndpoint(t, testPorts(t, PortsOptions{LostAfter: time.Minute}), "127.0.0.1")
		far := rawPeer(t, "127.0.0.1")
		if _, err := e.Answer(context.Background(), far.offer(lines...)); err != nil {
			t.Fatal(err)
		}
		prepare(e)
		begun := time.Now()
		now, lost := begun, 0
		for range 125 { // a look each second
			e.look(now)
			now = now.Add(time.Second)
			for len(e.events) > 0 {
				if _, ok := (<-e.events).(Lost); ok {
					lost++
				}
			}
			if lost > 0 && now.Sub(begun) < time.Minute {
				t.Fatalf("%s: lost too early", name)
			}
		}
		if (lost == 1) != want || lost > 1 {
			t.Errorf("%s: told %d times that it is lost", name, lost)
		}
	}
	audio := "m=audio PORT RTP/AVP 0"
	f("talking", true, func(*RTPEndpoint) {}, audio)
	f("the far end holds", false, func(*RTPEndpoint) {}, audio, "a=sendonly")
	f("the far end only listens", false, func(*RTPEndpoint) {}, audio, "a=recvonly")
	f("we hold", false, func(e *RTPEndpoint) { e.Hold(true) }, audio)
}

func TestComfortNoiseIsASignOfLife(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{LostAfter: time.Minute}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	if _, err := e.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP 0 13")); err != nil {
		t.Fatal(err)
	}
	ear := NewEar(time.Second)
	e.Attach(ear)
	now := time.Now()
	for i := range 3 {
		e.look(now)
		far.send(t, e, Packet{SSRC: 1, PayloadType: 13, Sequence: uint16(i), Payload: []byte{40}})
		until(t, "the noise", func() bool { return e.received() == uint64(i+1) })
		now = now.Add(50 * time.Second)
	}
	e.look(now.Add(5 * time.Second))
	for len(e.events) > 0 {
		if ev, ok := (<-e.events).(Lost); ok {
			t.Errorf("%T", ev)
		}
	}
	if ear.Packets() != 0 {
		t.Error("comfort noise reached the sink")
	}
}

func TestWatchTellsWhichWayWorks(t *testing.T) {
	f := func(from, to bool, want string) {
		t.Helper()
		e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
		far := rawPeer(t, "127.0.0.1")
		if _, err := e.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP 0")); err != nil {
			t.Fatal(err)
		}
		e.Watch()
		if from {
			far.send(t, e, Packet{SSRC: 1, Payload: []byte{1}})
			until(t, "the packet", func() bool { return e.received() == 1 })
		}
		if to {
			e.WriteRTP(&Packet{SSRC: 1, Codec: PCMU, Payload: []byte{1}})
		}
		e.look(time.Now().Add(oneWayAfter - time.Second))
		e.look(time.Now().Add(oneWayAfter + time.Second))
		e.look(time.Now().Add(oneWayAfter + 2*time.Second))
		got := ""
		for len(e.events) > 0 {
			if ev, ok := (<-e.events).(OneWay); ok {
				got += ev.Working
			}
		}
		if got != want {
			t.Errorf("from the far end %v, to it %v: told %q, want %q", from, to, got, want)
		}
	}
	f(true, true, "")
	f(true, false, "fromFarEnd")
	f(false, true, "toFarEnd")
	f(false, false, "none")
}

func TestUnreadDigitsLeaveRoomForTheRest(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	for range 1000 {
		e.emit(Digit{Key: '1'})
	}
	e.emit(Lost{})
	digits, lost := 0, 0
	for len(e.events) > 0 {
		switch (<-e.events).(type) {
		case Digit:
			digits++
		case Lost:
			lost++
		}
	}
	if digits != digitsWaiting || lost != 1 {
		t.Fatalf("%d digits and %d Lost were kept", digits, lost)
	}
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	t.Run("as it comes", func(t *testing.T) { closeLeavesNothingBehind(t, false) })
	t.Run("a goroutine per socket", func(t *testing.T) { closeLeavesNothingBehind(t, true) })
}

func closeLeavesNothingBehind(t *testing.T, goroutines bool) {
	before, files := runtime.NumGoroutine(), openFiles(t)
	ports := NewPorts(PortsOptions{RTPPorts: PortRange{Any: true}})
	if goroutines {
		ports.bind = bindGo
	}
	for range 50 {
		a, err := ports.Endpoint(netip.MustParseAddr("127.0.0.1"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := ports.Endpoint(netip.MustParseAddr("127.0.0.1"))
		if err != nil {
			t.Fatal(err)
		}
		connect(t, a, b)
		say(a, 1, PCMU, 440, 40*time.Millisecond)
		a.Close()
		b.Close()
		b.Close()
		for range b.Events() { // ends because it is closed
		}
		b.WriteRTP(&Packet{SSRC: 1, Codec: PCMU, Payload: []byte{1}}) // harmless
	}
	ports.Close()
	ports.Close()
	until(t, "all goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
	if n := openFiles(t); n > files {
		t.Errorf("%d descriptors are open, %d were before", n, files)
	}
}

// openFiles counts descriptors where the system lets us.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

func TestAPanickingSinkEndsTheLegOnly(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	if _, err := e.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP 0")); err != nil {
		t.Fatal(err)
	}
	e.Attach(sinkFunc(func(*Packet) { panic("a fault of ours") }))
	far.send(t, e, Packet{SSRC: 1, Payload: []byte{1}})
	if err := await[Failed](t, e).Err; err == nil || !strings.Contains(err.Error(), "a fault of ours") {
		t.Fatalf("failed with %v", err)
	}
}

type sinkFunc func(*Packet)

func (f sinkFunc) WriteRTP(p *Packet) { f(p) }

// TestForwardOverSocketsDoesNotAllocate is the promise of a bridged call: read,
// latch, rewrite and write without garbage.
func TestForwardOverSocketsDoesNotAllocate(t *testing.T) {
	in, out, b := forwarder(t)
	from := in.latch.want
	if n := testing.AllocsPerRun(1000, func() {
		b[3]++
		in.takeRTP(b, from)
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
	if out.sent.Load() < 1000 {
		t.Errorf("%d packets forwarded", out.sent.Load())
	}
}

// forwarder is two joined endpoints and a packet for the first.
func forwarder(t testing.TB) (in, out *RTPEndpoint, packet []byte) {
	ports := testPorts(t, PortsOptions{})
	in, out = testEndpoint(t, ports, "127.0.0.1"), testEndpoint(t, ports, "127.0.0.1")
	for _, e := range []*RTPEndpoint{in, out} {
		if _, err := e.Answer(context.Background(), rawPeer(t, "127.0.0.1").offer("m=audio PORT RTP/AVP 0")); err != nil {
			t.Fatal(err)
		}
	}
	Join(in, out)
	packet = make([]byte, rtpHeaderSize+frameSamples)
	marshalRTP(packet, &Packet{SSRC: 1, Payload: packet[rtpHeaderSize:]})
	return in, out, packet
}

// BenchmarkForward is the work of a bridge on one received packet, without the
// reading of it; the kernel's part of the sending is included.
func BenchmarkForward(b *testing.B) {
	in, _, packet := forwarder(b)
	from := in.latch.want
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		packet[2], packet[3] = byte(i>>8), byte(i)
		in.takeRTP(packet, from)
	}
}
