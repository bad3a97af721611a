// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"tandem/media"
)

const patience = 10 * time.Second

func newPhone(t testing.TB, options Options) *Softphone {
	t.Helper()
	if options.Address == "" {
		options.Address = "127.0.0.1:0"
	}
	s, err := New(options, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newEndpoint(t testing.TB, s *Softphone) *Endpoint {
	t.Helper()
	e, err := s.Endpoint()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// browser is a pion peer that stands for Chromium: a full ICE agent with
// G.711 and telephone-event.
type browser struct {
	*webrtc.PeerConnection
	t     testing.TB
	track *wire
	heard *recorder
}

// wire is a local track that writes any payload type.
type wire struct {
	webrtc.TrackLocal
	mu   sync.Mutex
	out  webrtc.TrackLocalWriter
	ssrc uint32
}

func (w *wire) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out, w.ssrc = c.WriteStream(), uint32(c.SSRC())
	return c.CodecParameters()[0], nil
}

func (w *wire) Unbind(webrtc.TrackLocalContext) error { return nil }
func (w *wire) ID() string                            { return "microphone" }
func (w *wire) StreamID() string                      { return "page" }
func (w *wire) RID() string                           { return "" }
func (w *wire) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeAudio }

func (w *wire) write(h rtp.Header, payload []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out != nil {
		h.Version, h.SSRC = 2, w.ssrc
		_, _ = w.out.WriteRTP(&h, payload)
	}
}

func newBrowser(t testing.TB) *browser {
	t.Helper()
	engine := &webrtc.MediaEngine{}
	for _, c := range []struct {
		name string
		pt   webrtc.PayloadType
	}{{webrtc.MimeTypePCMU, 0}, {webrtc.MimeTypePCMA, 8}, {"audio/telephone-event", 126}} {
		codec := webrtc.RTPCodecCapability{MimeType: c.name, ClockRate: 8000}
		if err := engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: codec, PayloadType: c.pt}, webrtc.RTPCodecTypeAudio); err != nil {
			t.Fatal(err)
		}
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	api := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{PeerConnection: pc, t: t, track: &wire{}, heard: &recorder{}}
	t.Cleanup(func() { _ = pc.GracefulClose() })
	pc.OnTrack(func(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			p, _, err := remote.ReadRTP()
			if err != nil {
				return
			}
			b.heard.WriteRTP(&media.Packet{
				Sequence: p.SequenceNumber, Timestamp: p.Timestamp, SSRC: p.SSRC, Marker: p.Marker,
				Codec: media.PCMU, Payload: p.Payload,
			})
		}
	})
	return b
}

// dial lets the browser call us: its offer, our answer.
func (b *browser) dial(e *Endpoint) {
	b.t.Helper()
	if _, err := b.AddTrack(b.track); err != nil {
		b.t.Fatal(err)
	}
	b.reoffer(e, nil)
}

func (b *browser) reoffer(e *Endpoint, options *webrtc.OfferOptions) {
	b.t.Helper()
	offer, err := b.CreateOffer(options)
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.PeerConnection)
	if err := b.SetLocalDescription(offer); err != nil {
		b.t.Fatal(err)
	}
	<-gathered
	answer, err := e.Answer(context.Background(), []byte(b.LocalDescription().SDP))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}); err != nil {
		b.t.Fatalf("answer refused: %v\n%s", err, answer)
	}
}

// ring lets us call the browser: our offer, its answer.
func (b *browser) ring(e *Endpoint) {
	b.t.Helper()
	if err := e.Accept(b.answer(e)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *browser) answer(e *Endpoint) []byte {
	b.t.Helper()
	offer, err := e.Offer(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: string(offer)}); err != nil {
		b.t.Fatalf("offer refused: %v\n%s", err, offer)
	}
	if len(b.GetSenders()) == 0 || b.GetSenders()[0].Track() == nil {
		if _, err := b.AddTrack(b.track); err != nil {
			b.t.Fatal(err)
		}
	}
	answer, err := b.CreateAnswer(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(b.PeerConnection)
	if err := b.SetLocalDescription(answer); err != nil {
		b.t.Fatal(err)
	}
	<-gathered
	return []byte(b.LocalDescription().SDP)
}

// expect waits for an event of type E.
func expect[E media.Event](t testing.TB, e *Endpoint) E {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case event, open := <-e.Events():
			if wanted, ok := event.(E); ok {
				return wanted
			}
			if failed, ok := event.(media.Failed); ok {
				t.Fatalf("failed: %v", failed.Err)
			}
			if !open {
				t.Fatal("events closed")
			}
		case <-late:
			var wanted E
			t.Fatalf("no %T", wanted)
		}
	}
}

// connected waits until both sides can send.
func (b *browser) connected(e *Endpoint) {
	b.t.Helper()
	expect[media.Connected](b.t, e)
	late := time.After(patience)
	for b.ConnectionState() != webrtc.PeerConnectionStateConnected {
		select {
		case <-late:
			b.t.Fatalf("browser is %v", b.ConnectionState())
		case <-time.After(time.Millisecond):
		}
	}
}

// recorder is a sink that keeps the last second.
type recorder struct {
	mu      sync.Mutex
	packets []media.Packet
	samples []float64
	signal  chan struct{}
}

func (r *recorder) WriteRTP(p *media.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := *p
	kept.Payload = append([]byte(nil), p.Payload...)
	if n := len(r.packets); n > 0 && !p.Event {
		// What was lost is silence, so that a tone keeps its phase.
		last := r.packets[n-1]
		gap := int32(p.Timestamp - last.Timestamp - uint32(len(last.Payload)))
		r.samples = append(r.samples, make([]float64, max(0, min(gap, media.SampleRate/5)))...)
	}
	r.packets = append(r.packets, kept)
	if !p.Event {
		for _, s := range media.Decode(nil, p) {
			r.samples = append(r.samples, float64(s))
		}
	}
	if over := len(r.samples) - media.SampleRate; over > 0 {
		r.samples = r.samples[over:]
	}
	if r.signal != nil {
		select {
		case r.signal <- struct{}{}:
		default:
		}
	}
}

// share is how much of the last samples' power a frequency holds.
func (r *recorder) share(hertz float64) float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	var re, im, power float64
	for i, s := range r.samples {
		angle := 2 * math.Pi * hertz * float64(i) / media.SampleRate
		re += s * math.Cos(angle)
		im += s * math.Sin(angle)
		power += s * s
	}
	if power == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / (power * float64(len(r.samples)))
}

func (r *recorder) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.packets, r.samples = nil, nil
}

func (r *recorder) taken() []media.Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]media.Packet(nil), r.packets...)
}

// hears waits until a recorder holds half a second that is mostly one tone.
func hears(t testing.TB, who string, r *recorder, hertz float64) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		select {
		case <-tick.C:
			r.mu.Lock()
			n := len(r.samples)
			r.mu.Unlock()
			if n >= media.SampleRate/2 && r.share(hertz) > 0.8 {
				return
			}
		case <-late:
			t.Fatalf("%s does not hear %v Hz: share %.2f", who, hertz, r.share(hertz))
		}
	}
}

// tone writes 20 ms packets of a tone in real time until stopped.
func tone(t testing.TB, hertz float64, write func(*media.Packet)) (stop func()) {
	done := make(chan struct{})
	var work sync.WaitGroup
	work.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		p := media.Packet{SSRC: rand.Uint32(), Sequence: uint16(rand.Uint32()), Timestamp: rand.Uint32(), Codec: media.PCMU}
		for n := 0; ; n += 160 {
			samples := make([]int16, 160)
			for i := range samples {
				samples[i] = int16(8000 * math.Sin(2*math.Pi*hertz*float64(n+i)/media.SampleRate))
			}
			p.Payload = media.Encode(media.PCMU, samples)
			write(&p)
			p.Sequence++
			p.Timestamp += 160
			select {
			case <-tick.C:
			case <-done:
				return
			}
		}
	})
	var once sync.Once
	stop = func() { once.Do(func() { close(done); work.Wait() }) }
	t.Cleanup(stop)
	return stop
}

// speak lets the browser send a tone.
func (b *browser) speak(hertz float64) (stop func()) {
	return tone(b.t, hertz, func(p *media.Packet) {
		b.track.write(rtp.Header{SequenceNumber: p.Sequence, Timestamp: p.Timestamp}, p.Payload)
	})
}
