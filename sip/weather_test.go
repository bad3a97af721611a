// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// Bad weather: what is lost, in percent, and how late a datagram may come; those
// that are later overtake none of those behind them, so that many come in
// another order.
const (
	weatherLoss   = 5
	weatherJitter = 50 * time.Millisecond
)

// weather carries datagrams between two ends, each of which sees the other as
// the socket on its own side: a sends to near, b to far.
type weather struct {
	t         *testing.T
	near, far *net.UDPConn
	a, b      netip.AddrPort // where the ends really are
	work      sync.WaitGroup
}

func newWeather(t *testing.T) *weather {
	t.Helper()
	w := &weather{t: t}
	for _, side := range []**net.UDPConn{&w.near, &w.far} {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		*side = conn
	}
	return w
}

func whereIs(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

// blow begins, when both ends are known.
func (w *weather) blow() {
	w.work.Go(func() { w.carry(w.near, w.far, w.b) })
	w.work.Go(func() { w.carry(w.far, w.near, w.a) })
}

func (w *weather) calm() {
	_ = w.near.Close()
	_ = w.far.Close()
	w.work.Wait()
}

func (w *weather) carry(in, out *net.UDPConn, to netip.AddrPort) {
	b := make([]byte, 65536)
	for {
		n, _, err := in.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		if rand.IntN(100) < weatherLoss {
			continue
		}
		datagram := append([]byte(nil), b[:n]...)
		time.AfterFunc(rand.N(weatherJitter), func() { _, _ = out.WriteToUDPAddrPort(datagram, to) })
	}
}

// stormy is a caller's media whose packets go through weather of their own.
type stormy struct {
	Endpoint
	w *weather
}

var audioLine = regexp.MustCompile(`m=audio (\d+) `)

// through changes the port of a description, and says what it was.
func through(sdp []byte, conn *net.UDPConn) ([]byte, netip.AddrPort) {
	m := audioLine.FindSubmatch(sdp)
	port, _ := strconv.Atoi(string(m[1]))
	changed := strings.Replace(string(sdp), string(m[0]), fmt.Sprintf("m=audio %d ", whereIs(conn).Port()), 1)
	return []byte(changed), netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port))
}

func (s *stormy) Offer(ctx context.Context) ([]byte, error) {
	sdp, err := s.Endpoint.Offer(ctx)
	if err == nil {
		sdp, s.w.a = through(sdp, s.w.far)
	}
	return sdp, err
}

func (s *stormy) Accept(answer []byte) error {
	known := s.w.b.IsValid()
	answer, s.w.b = through(answer, s.w.near)
	if !known {
		s.w.blow()
	}
	return s.Endpoint.Accept(answer)
}

func (s *stormy) Close() {
	s.w.calm()
	s.Endpoint.Close()
}

// Calls with keys over a network that loses, delays and reorders both signalling
// and media: none fails, none comes twice, each key is heard once. `make
// weather` plays a thousand.
func TestCallsInBadWeather(t *testing.T) {
	calls, atOnce := 40, 20
	if n, err := strconv.Atoi(os.Getenv("TANDEM_WEATHER")); err == nil {
		calls = n
	}
	log := slog.New(slog.DiscardHandler)
	ports := media.NewPorts(media.PortsOptions{RTPPorts: media.PortRange{Any: true}, Log: log})
	t.Cleanup(ports.Close)
	plain := Endpoints{RTP: func(far netip.Addr) (Endpoint, error) { return ports.Endpoint(far) }}
	rough := Endpoints{RTP: func(far netip.Addr) (Endpoint, error) {
		e, err := ports.Endpoint(far)
		return &stormy{e, newWeather(t)}, err
	}}
	w := newWeather(t)
	t.Cleanup(w.calm)
	at := func(conn *net.UDPConn) Options {
		return Options{Listeners: []Listener{{Transport: "udp", Address: "127.0.0.1:0", PublicAddress: whereIs(conn).String()}}}
	}
	var mu sync.Mutex // guards what follows
	heard, ended := map[string]string{}, map[string]call.Cause{}
	callee := newFloorWith(t, at(w.near), plain, func(ctx context.Context, in Incoming) {
		id := in.Leg.Remote().Number
		if err := in.Leg.Answer(ctx); err != nil {
			t.Errorf("call %s: %v", id, err)
		}
		keys, cause := "", call.Cause("")
		for ev := range in.Leg.Events() {
			switch ev := ev.(type) {
			case call.Digit:
				keys += string(ev.Key)
			case call.Ended:
				cause = ev.Cause
			}
		}
		mu.Lock()
		defer mu.Unlock()
		if _, twice := ended[id]; twice {
			t.Errorf("call %s came twice", id)
		}
		heard[id], ended[id] = keys, cause
	})
	caller := newFloorWith(t, at(w.far), rough, nil).Server
	w.a, w.b = caller.Addrs()[0].Addr, callee.addr("udp")
	w.blow()
	go func() { // nobody reads them
		for range callee.calls {
		}
	}()
	t.Cleanup(func() { close(callee.calls) })

	want := map[string]string{}
	var playing sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for n := range calls {
		id, keys := strconv.Itoa(700000+n), fmt.Sprintf("%d*#%d", 10+rand.IntN(90), rand.IntN(10))
		want[id] = keys
		slots <- struct{}{}
		playing.Go(func() {
			defer func() { <-slots }()
			leg, err := caller.Dial(t.Context(), call.Target{URI: "sip:1000@" + whereIs(w.near).String(), From: call.Party{Number: id}})
			if err != nil {
				t.Errorf("call %s: %v", id, err)
				return
			}
			for ev := range leg.Events() {
				if _, answered := ev.(call.Answered); !answered {
					continue
				}
				digits := leg.Port().(interface {
					SendDigits(context.Context, string) error
				})
				if err := digits.SendDigits(t.Context(), keys); err != nil {
					t.Errorf("call %s: %v", id, err)
				}
				time.AfterFunc(2*weatherJitter, func() { leg.Hangup(call.CauseCompleted) })
			}
		})
	}
	playing.Wait()
	waitFor(t, "every leg to go", func() bool { return caller.Legs()+callee.Legs() == 0 })
	waitFor(t, "every call to be told", func() bool { mu.Lock(); defer mu.Unlock(); return len(ended) == calls })
	mu.Lock()
	defer mu.Unlock()
	wrong := 0
	for id, keys := range want {
		if heard[id] != keys || ended[id] != call.CauseHangup {
			wrong++
			t.Errorf("call %s: heard %q of %q, ended %q", id, heard[id], keys, ended[id])
		}
	}
	t.Logf("%d calls, %d wrong", calls, wrong)
}
