// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// twins are two servers of ours with real media: one calls, the other answers.
type twins struct {
	caller *Server
	callee *floor
	ports  *media.Ports
	wheel  *media.Wheel
}

func newTwins(t *testing.T, transport, host string, story func(context.Context, Incoming)) *twins {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	tw := &twins{wheel: media.NewWheel(log)}
	ctx, stop := context.WithCancel(context.Background())
	var turning sync.WaitGroup
	turning.Go(func() { tw.wheel.Run(ctx) })
	t.Cleanup(func() { stop(); turning.Wait() })
	tw.ports = media.NewPorts(media.PortsOptions{Addresses: []netip.Addr{netip.MustParseAddr(host)}, Log: log})
	t.Cleanup(tw.ports.Close)
	real := Endpoints{RTP: func(far netip.Addr) (Endpoint, error) { return tw.ports.Endpoint(far) }}
	o := Options{Listeners: []Listener{{Transport: transport, Address: netip.AddrPortFrom(netip.MustParseAddr(host), 0).String()}}}
	if transport == "tls" {
		ca := newAuthority(t)
		o = Options{Listeners: []Listener{ca.listener(host)}, TrustedFile: ca.file}
	}
	tw.callee = newFloorWith(t, o, real, story)
	tw.caller = newFloorWith(t, o, real, nil).Server
	return tw
}

// speak plays a tone into a leg until the test ends.
func (tw *twins) speak(t *testing.T, l call.Leg, hertz float64) {
	player := media.NewPlayer(tw.wheel, l.Port())
	player.Play([]media.Clip{media.NewClip(media.Tone(hertz, 0.5, time.Second))}, true)
	t.Cleanup(player.Stop)
}

// hears waits until a tone arrives, and fails if the other one does.
func hears(t *testing.T, who string, l call.Leg, want, not float64) {
	t.Helper()
	ear := media.NewEar(time.Second)
	l.Port().Attach(ear)
	waitFor(t, who+" to hear the other", func() bool {
		heard := ear.Last(200 * time.Millisecond)
		return len(heard) == 1600 && media.Goertzel(heard, want) > 0.1
	})
	if own := media.Goertzel(ear.Last(200*time.Millisecond), not); own > 0.01 {
		t.Errorf("%s hears itself: %.3f", who, own)
	}
}

func TestRFC5118_4_CallWithTonesBothWaysOverIPv4AndIPv6(t *testing.T) {
	for _, way := range []struct{ transport, host string }{
		{"udp", "127.0.0.1"}, {"tcp", "127.0.0.1"}, {"tls", "127.0.0.1"}, {"udp", "::1"}, {"tcp", "::1"}, {"tls", "::1"},
	} {
		t.Run(way.transport+" "+way.host, func(t *testing.T) {
			answered := make(chan call.Leg, 1)
			gone := make(chan call.Cause, 1)
			tw := newTwins(t, way.transport, way.host, func(ctx context.Context, in Incoming) {
				in.Leg.Ring()
				if err := in.Leg.Answer(ctx); err != nil {
					t.Error(err)
				}
				answered <- in.Leg
				gone <- drain(in.Leg)
			})
			a := tw.callee.addr(way.transport)
			leg, err := tw.caller.Dial(t.Context(), call.Target{
				URI: "sip:1000@" + a.String() + ";transport=" + way.transport, From: call.Party{Number: "123"},
			})
			if err != nil {
				t.Fatal(err)
			}
			for ev := within(t, "event", leg.Events()); ev != (call.Answered{}); ev = within(t, "event", leg.Events()) {
				if ev != (call.Ringing{}) {
					t.Fatalf("event %#v", ev)
				}
			}
			far := within(t, "answer", answered)
			if far.Remote().Number != "123" || far.Port().Codec() != media.PCMU || leg.Port().Codec() == media.NoCodec {
				t.Errorf("remote %+v, codecs %v and %v", far.Remote(), far.Port().Codec(), leg.Port().Codec())
			}
			tw.speak(t, leg, 440)
			tw.speak(t, far, 1000)
			hears(t, "the callee", far, 440, 1000)
			hears(t, "the caller", leg, 1000, 440)
			leg.Hangup(call.CauseCompleted)
			if c := within(t, "end", gone); c != call.CauseHangup {
				t.Errorf("cause %s", c)
			}
			waitFor(t, "the legs to go", func() bool { return tw.caller.Legs()+tw.callee.Legs() == 0 })
		})
	}
}

func TestRunEndsEveryLeg(t *testing.T) {
	causes := make(chan call.Cause, 10)
	ctx, stop := context.WithCancel(context.Background())
	f := newFloorUntil(ctx, t, Options{}, Endpoints{}, func(ctx context.Context, in Incoming) {
		if in.Number == "1000" {
			_ = in.Leg.Answer(ctx)
		}
		causes <- drain(in.Leg)
	})
	talking, waiting := newPeer(t, f.addr("udp")), newPeer(t, f.addr("udp"))
	talking.call()
	waiting.target = "sip:service@" + f.addr("udp").String()
	waiting.write(waiting.request("INVITE", testSDP))
	waitFor(t, "both calls", func() bool { return len(f.calls) == 2 })
	stop()
	talking.reply(talking.want("BYE ", "BYE"), 200, "OK", "", "")
	if refusal := waiting.want("SIP/2.0 503", "INVITE"); headerOf(refusal, "Retry-After") == "" {
		t.Error("no Retry-After")
	}
	got := map[call.Cause]bool{within(t, "cause", causes): true, within(t, "cause", causes): true}
	if !got[call.CauseDrainForced] || !got[call.CauseDraining] {
		t.Errorf("causes %v", got)
	}
}
