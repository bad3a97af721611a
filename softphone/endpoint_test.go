// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/media"
)

func TestTonesBothWaysWhoeverOffers(t *testing.T) {
	for name, connect := range map[string]func(*browser, *Endpoint){
		"browser offers": (*browser).dial,
		"server offers":  (*browser).ring,
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, newPhone(t, Options{}))
			b := newBrowser(t)
			ours := &recorder{}
			e.Port().Attach(ours)
			connect(b, e)
			b.connected(e)
			if c := e.Port().Codec(); c != media.PCMU {
				t.Fatalf("codec %v", c)
			}
			b.speak(440)
			tone(t, 1000, e.Port().WriteRTP)
			hears(t, "server", ours, 440)
			hears(t, "browser", b.heard, 1000)
		})
	}
}

// A network that loses one packet of twenty, behind an address translator:
// browsers know the softphone by its public address only.
func TestTonesBothWaysWithLossBehindATranslator(t *testing.T) {
	public, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := newPhone(t, Options{PublicAddress: public.LocalAddr().String()})
	translate(t, public, s.Addr())
	e := newEndpoint(t, s)
	b := newBrowser(t)
	ours := &recorder{}
	e.Port().Attach(ours)
	b.ring(e)
	b.connected(e)
	b.speak(440)
	tone(t, 1000, e.Port().WriteRTP)
	hears(t, "server", ours, 440)
	hears(t, "browser", b.heard, 1000)
}

// translate relays between one browser and the softphone and loses every
// twentieth packet of each way.
func translate(t *testing.T, public *net.UDPConn, phone netip.AddrPort) {
	t.Helper()
	inside, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(phone))
	if err != nil {
		t.Fatal(err)
	}
	var browser atomic.Pointer[netip.AddrPort]
	var work sync.WaitGroup
	work.Go(func() {
		buf := make([]byte, maxDatagram)
		for packets := 1; ; packets++ {
			n, from, err := public.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			browser.Store(&from)
			if packets%20 != 0 {
				_, _ = inside.Write(buf[:n])
			}
		}
	})
	work.Go(func() {
		buf := make([]byte, maxDatagram)
		for packets := 1; ; packets++ {
			n, err := inside.Read(buf)
			if err != nil {
				return
			}
			if to := browser.Load(); to != nil && packets%20 != 0 {
				_, _ = public.WriteToUDPAddrPort(buf[:n], *to)
			}
		}
	})
	t.Cleanup(func() {
		_ = public.Close()
		_ = inside.Close()
		work.Wait()
	})
}

func TestKeyIsOneDigitAndPassesAsEvent(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	ours := &recorder{}
	e.Port().Attach(ours)
	b.dial(e)
	b.connected(e)
	// Two presses of 5, each reported by six packets.
	for press := range 2 {
		for n := range 6 {
			b.track.write(rtp.Header{PayloadType: 126, SequenceNumber: uint16(press*6 + n), Timestamp: uint32(8000 + press*1600)},
				[]byte{5, byte(n/3) << 7, 0, byte(n * 40)})
		}
	}
	for range 2 {
		if d := expect[media.Digit](t, e); d.Key != '5' {
			t.Fatalf("digit %q", d.Key)
		}
	}
	select {
	case extra := <-e.Events():
		t.Fatalf("more than two presses: %v", extra)
	case <-time.After(100 * time.Millisecond):
	}
	for _, p := range ours.taken() {
		if !p.Event || p.Codec != media.NoCodec || p.Payload[0] != 5 {
			t.Fatalf("packet %+v", p)
		}
	}
}

func TestBrowserHoldsAndResumes(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	ours := &recorder{}
	e.Port().Attach(ours)
	b.dial(e)
	b.connected(e)
	tone(t, 1000, e.Port().WriteRTP)
	hears(t, "browser", b.heard, 1000)

	answer := b.reofferAs(e, "sendonly")
	if !strings.Contains(answer, "a=recvonly") {
		t.Fatalf("hold not mirrored:\n%s", answer)
	}
	if held := expect[media.Held](t, e); !held.On {
		t.Fatal("not held")
	}
	silentFor(t, b.heard, 300*time.Millisecond)

	if answer = b.reofferAs(e, "inactive"); !strings.Contains(answer, "a=inactive") {
		t.Fatalf("inactive not mirrored:\n%s", answer)
	}
	b.reoffer(e, nil)
	if held := expect[media.Held](t, e); held.On {
		t.Fatal("not resumed")
	}
	b.heard.forget()
	hears(t, "browser after hold", b.heard, 1000)
}

// reofferAs sends a re-offer whose direction is changed on the wire, as JsSIP
// does for hold.
func (b *browser) reofferAs(e *Endpoint, direction string) (answer string) {
	b.t.Helper()
	offer := strings.Replace(b.LocalDescription().SDP, "a=sendrecv", "a="+direction, 1)
	text, err := e.Answer(context.Background(), []byte(offer))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// silentFor waits until nothing has arrived for a while.
func silentFor(t *testing.T, r *recorder, quiet time.Duration) {
	t.Helper()
	r.mu.Lock()
	r.signal = make(chan struct{}, 1)
	r.mu.Unlock()
	late := time.After(patience)
	for {
		select {
		case <-r.signal:
		case <-time.After(quiet):
			return
		case <-late:
			t.Fatal("audio goes on")
		}
	}
}

func TestServerReoffersInMidCall(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	b.ring(e)
	b.connected(e)
	b.ring(e)
	tone(t, 1000, e.Port().WriteRTP)
	hears(t, "browser", b.heard, 1000)
}

func TestRFC8839_4_4_1_AudioSurvivesICERestart(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	ours := &recorder{}
	e.Port().Attach(ours)
	b.dial(e)
	b.connected(e)
	first := e.destination()
	b.speak(440)
	tone(t, 1000, e.Port().WriteRTP)
	hears(t, "server", ours, 440)

	b.reoffer(e, &webrtc.OfferOptions{ICERestart: true})
	late := time.After(patience)
	for e.destination() == first {
		select {
		case <-late:
			t.Fatal("the browser's new address was not taken")
		case <-time.After(5 * time.Millisecond):
		}
	}
	ours.forget()
	b.heard.forget()
	hears(t, "server after the restart", ours, 440)
	hears(t, "browser after the restart", b.heard, 1000)
}

func TestOneStreamWhoeverWrites(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	b.dial(e)
	b.connected(e)
	stop := tone(t, 1000, e.Port().WriteRTP)
	hears(t, "browser", b.heard, 1000)
	stop()
	b.heard.forget()
	tone(t, 500, e.Port().WriteRTP)
	hears(t, "browser", b.heard, 500)
	packets := b.heard.taken()
	for i, p := range packets[1:] {
		if p.SSRC != packets[i].SSRC || p.Sequence != packets[i].Sequence+1 || p.Timestamp-packets[i].Timestamp > 16000 {
			t.Fatalf("stream breaks: %+v then %+v", packets[i], p)
		}
	}
}

func TestFingerprintMismatchFails(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	answer := string(b.answer(e))
	i := strings.Index(answer, "a=fingerprint:sha-256 ") + len("a=fingerprint:sha-256 ")
	other := byte('A')
	if answer[i] == other {
		other = 'B'
	}
	if err := e.Accept([]byte(answer[:i] + string(other) + answer[i+1:])); err != nil {
		t.Fatal(err)
	}
	expectFailed(t, e, "fingerprint")
	if e.incoming.Load() != nil {
		t.Fatal("keys were made for a stranger")
	}
}

func expectFailed(t *testing.T, e *Endpoint, because string) {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case event := <-e.Events():
			failed, ok := event.(media.Failed)
			if !ok {
				continue
			}
			if !strings.Contains(failed.Err.Error(), because) {
				t.Fatalf("failed for %v", failed.Err)
			}
			return
		case <-late:
			t.Fatal("did not fail")
		}
	}
}

// A ClientHello from an address that has proven nothing must not start a
// handshake that the browser then cannot have (CVE-2023-49786 and its kin).
func TestClientHelloOfAStrangerIsIgnored(t *testing.T) {
	s := newPhone(t, Options{})
	e := newEndpoint(t, s)
	b := newBrowser(t)
	answer := b.answer(e)
	stranger, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	hello := append([]byte{22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 54, 1}, make([]byte, 53)...)
	for range 100 {
		if _, err := stranger.Write(hello); err != nil {
			t.Fatal(err)
		}
	}
	for s.Refused() == 0 {
		runtime.Gosched()
	}
	began := time.Now()
	if err := e.Accept(answer); err != nil {
		t.Fatal(err)
	}
	b.connected(e)
	if took := time.Since(began); took > 3*time.Second {
		t.Fatalf("connected after %v", took)
	}
}

// keyed is an endpoint without a browser, and the context that seals packets
// for it.
func keyed(t testing.TB) (*Endpoint, *srtp.Context) {
	t.Helper()
	e := newEndpoint(t, newPhone(t, Options{}))
	key, salt := make([]byte, 16), make([]byte, 12)
	in, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm, srtp.SRTPReplayProtection(replayWindow))
	if err != nil {
		t.Fatal(err)
	}
	out, err := srtp.CreateContext(key, salt, srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		t.Fatal(err)
	}
	e.incoming.Store(in)
	e.port.types.Store(&payloadTypes{0, 8, 126, noType})
	return e, out
}

func TestForgedAndReplayedPacketsChangeNothing(t *testing.T) {
	e, out := keyed(t)
	ours := &recorder{}
	e.Port().Attach(ours)
	sealed := func(n int) []byte {
		plain := make([]byte, 172)
		plain[0], plain[2], plain[3] = 0x80, byte(n>>8), byte(n)
		b, err := out.EncryptRTP(nil, plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var old [][]byte
	for n := range 100 {
		b := sealed(n)
		old = append(old, slices.Clone(b))
		e.receive(b)
	}
	for n := range 1000 { // ES2021-09: bad tags, also far ahead and of other sources
		forged := make([]byte, 188)
		forged[0], forged[2], forged[3], forged[11] = 0x80, byte(n>>8), byte(n), byte(n%3)
		e.receive(forged)
	}
	for _, b := range old {
		e.receive(b)
	}
	e.receive(sealed(100))
	packets := ours.taken()
	if len(packets) != 101 {
		t.Fatalf("%d packets heard of 101", len(packets))
	}
	for n, p := range packets {
		if int(p.Sequence) != n {
			t.Fatalf("packet %d is %d", n, p.Sequence)
		}
	}
}

func TestShortAndPaddedPackets(t *testing.T) {
	e, out := keyed(t)
	ours := &recorder{}
	e.Port().Attach(ours)
	for n := range 40 {
		e.receive(append([]byte{0x80}, make([]byte, n)...))
	}
	padded := make([]byte, 12+10)
	padded[0] = 0xa0 // padding
	padded[21] = 4
	b, err := out.EncryptRTP(nil, padded, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.receive(b)
	if got := ours.taken(); len(got) != 1 || len(got[0].Payload) != 6 {
		t.Fatalf("heard %+v", got)
	}
	padded[3], padded[21] = 1, 250 // more padding than packet
	if b, err = out.EncryptRTP(nil, padded, nil); err != nil {
		t.Fatal(err)
	}
	e.receive(b)
	if got := ours.taken(); len(got) != 1 {
		t.Fatalf("heard %+v", got)
	}
}

func TestBrowserThatLeavesIsNoticedAtOnce(t *testing.T) {
	s := newPhone(t, Options{})
	reg := prometheus.NewPedanticRegistry()
	s.Register(reg)
	e := newEndpoint(t, s)
	b := newBrowser(t)
	b.dial(e)
	b.connected(e)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	expectFailed(t, e, "closed the connection")
	e.Close()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got[f.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	if got["softphone_browsers"] != 0 || got["softphone_failures_total"] != 1 || len(got) != 3 {
		t.Errorf("metrics %v", got)
	}
}

func TestBrowserThatNeverComesFails(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{ConnectTimeout: time.Millisecond}))
	if err := e.Accept(newBrowser(t).answer(e)); err != nil {
		t.Fatal(err)
	}
	e.check(time.Hour)
	expectFailed(t, e, "did not connect")
}

func TestRefusedOfferLeavesTheSession(t *testing.T) {
	e := newEndpoint(t, newPhone(t, Options{}))
	b := newBrowser(t)
	b.dial(e)
	b.connected(e)
	good := b.LocalDescription().SDP
	for name, bad := range map[string]string{
		"empty":               "",
		"no G.711":            strings.NewReplacer("UDP/TLS/RTP/SAVPF 0 8 126", "UDP/TLS/RTP/SAVPF 126").Replace(good),
		"plain RTP":           strings.ReplaceAll(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP"),
		"no rtcp-mux":         strings.ReplaceAll(good, "a=rtcp-mux\r\n", ""),
		"another certificate": replaceFingerprint(good),
	} {
		if _, err := e.Answer(context.Background(), []byte(bad)); !errors.Is(err, media.ErrNotAcceptable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.speak(440)
	ours := &recorder{}
	e.Port().Attach(ours)
	hears(t, "server", ours, 440)
}

func replaceFingerprint(text string) string {
	lines := strings.Split(text, "\r\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "a=fingerprint:") {
			lines[i] = "a=fingerprint:sha-256 " + strings.Repeat("00:", 31) + "00"
		}
	}
	return strings.Join(lines, "\r\n")
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	s := newPhone(t, Options{})
	before := runtime.NumGoroutine()
	for range 50 {
		e, err := s.Endpoint()
		if err != nil {
			t.Fatal(err)
		}
		b := newBrowser(t)
		b.ring(e)
		b.connected(e)
		e.Close()
		e.Close()
		if _, open := <-e.Events(); open {
			for range e.Events() {
			}
		}
		if err := b.GracefulClose(); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Offer(context.Background()); !errors.Is(err, ErrClosed) {
			t.Fatalf("offer of a closed endpoint: %v", err)
		}
	}
	s.mu.RLock()
	if len(s.all)+len(s.byAddr)+len(s.byUfrag) != 0 {
		t.Errorf("tables keep %d, %d, %d", len(s.all), len(s.byAddr), len(s.byUfrag))
	}
	s.mu.RUnlock()
	late := time.Now().Add(patience)
	for runtime.NumGoroutine() > before {
		if time.Now().After(late) {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}
