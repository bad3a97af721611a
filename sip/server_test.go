// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/call"
	"tandem/media"
)

func TestMain(m *testing.M) {
	setShortTimers()
	os.Exit(m.Run())
}

// setShortTimers makes the timers of RFC 3261 short: 64*T1 is 1.28 s.
func setShortTimers() { sip.SetTimers(20*time.Millisecond, 160*time.Millisecond, 200*time.Millisecond) }

// fakeEndpoint is media without packets: signalling tests see what was offered
// and answered, and can make it fail.
type fakeEndpoint struct {
	offer, answer string
	err           error
	panics        bool

	panicsOnAccept bool

	mu       sync.Mutex
	offers   []string // taken from the far end
	accepted []string
	closed   bool
	events   chan media.Event
}

func newFakeEndpoint() *fakeEndpoint {
	return &fakeEndpoint{offer: testSDP, answer: testSDP, events: make(chan media.Event, 64)}
}

func (f *fakeEndpoint) Offer(context.Context) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return []byte(f.offer), f.err
}

func (f *fakeEndpoint) Answer(_ context.Context, offer []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("fault hook")
	}
	if f.err != nil {
		return nil, f.err
	}
	f.offers = append(f.offers, string(offer))
	return []byte(f.answer), nil
}

func (f *fakeEndpoint) Accept(answer []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panicsOnAccept {
		panic("fault hook")
	}
	f.accepted = append(f.accepted, string(answer))
	return f.err
}

// taken are the far end's offers so far.
func (f *fakeEndpoint) taken() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.offers...)
}

func (f *fakeEndpoint) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fakeEndpoint) Port() media.Port           { return nil }
func (f *fakeEndpoint) Events() <-chan media.Event { return f.events }
func (f *fakeEndpoint) Watch()                     {}
func (f *fakeEndpoint) Hold(bool)                  {}

func (f *fakeEndpoint) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		close(f.events)
	}
}

func (f *fakeEndpoint) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

const testSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"

// floor is a server under test with a scripted call behind it.
type floor struct {
	*Server
	t         *testing.T
	registry  *prometheus.Registry
	endpoints chan *fakeEndpoint // each that was made, in order
	calls     chan Incoming
	next      atomic.Pointer[func() *fakeEndpoint]
	back      chan call.AgentID
	lost      chan call.AgentID
	stop      context.CancelFunc
}

// newFloor runs a server on loopback until the test ends. story is told for
// each incoming call; nil: answered, then left alone until it ends.
func newFloor(t *testing.T, o Options, story func(ctx context.Context, in Incoming)) *floor {
	t.Helper()
	return newFloorWith(t, o, Endpoints{}, story)
}

// newFloorWith has media of its own; none: fake endpoints.
func newFloorWith(t *testing.T, o Options, e Endpoints, story func(ctx context.Context, in Incoming)) *floor {
	t.Helper()
	return newFloorUntil(context.Background(), t, o, e, story)
}

// newFloorUntil runs until ctx or the test ends.
func newFloorUntil(ctx context.Context, t *testing.T, o Options, e Endpoints, story func(ctx context.Context, in Incoming)) *floor {
	t.Helper()
	f := &floor{
		t: t, registry: prometheus.NewRegistry(),
		endpoints: make(chan *fakeEndpoint, 100), calls: make(chan Incoming, 100),
		back: make(chan call.AgentID, 100), lost: make(chan call.AgentID, 100),
	}
	if o.Listeners == nil {
		o.Listeners = []Listener{{Transport: "udp", Address: "127.0.0.1:0"}, {Transport: "tcp", Address: "127.0.0.1:0"}}
	}
	if o.Trunks == nil {
		o.Trunks = []Trunk{{Name: "loop", From: []string{"127.0.0.0/8", "::1"}, Calls: 1000, CallsPerSecond: 1000}}
	}
	if story == nil {
		story = func(ctx context.Context, in Incoming) {
			in.Leg.Ring()
			_ = in.Leg.Answer(ctx)
			drain(in.Leg)
		}
	}
	f.use(newFakeEndpoint)
	if e.RTP == nil {
		e.RTP = func(netip.Addr) (Endpoint, error) {
			e := (*f.next.Load())()
			f.endpoints <- e
			return e, nil
		}
	}
	h := Handlers{
		Incoming: func(ctx context.Context, in Incoming) {
			f.calls <- in
			story(ctx, in)
		},
		Accepts:    func(number, _ string) bool { return number == "1000" || number == "service" },
		DeviceBack: func(a call.AgentID) { f.back <- a },
		DeviceLost: func(a call.AgentID) { f.lost <- a },
		Credentials: func(user string) (string, call.AgentID, bool) {
			return ha1Of(user, "tandem", "secret-"+user), call.AgentID(user), user == "ann" || user == "bob"
		},
	}
	log := slog.New(slog.DiscardHandler)
	if testing.Verbose() && os.Getenv("TANDEM_SOAK") == "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	s, err := New(o, h, e, f.registry, log)
	if err != nil {
		t.Fatal(err)
	}
	f.Server = s
	ctx, cancel := context.WithCancel(ctx)
	f.stop = cancel
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Error("Run did not return")
		}
	})
	return f
}

// use makes all further endpoints with next.
func (f *floor) use(next func() *fakeEndpoint) { f.next.Store(&next) }

// drain reads a leg's events to the end and returns the cause.
func drain(l call.Leg) call.Cause {
	for ev := range l.Events() {
		if e, ok := ev.(call.Ended); ok {
			return e.Cause
		}
	}
	return "closed without Ended"
}

func (f *floor) addr(transport string) netip.AddrPort {
	for _, a := range f.Addrs() {
		if a.Transport == transport {
			return a.Addr
		}
	}
	f.t.Fatal("no listener for " + transport)
	return netip.AddrPort{}
}

// within waits for a value; a test that waits longer has failed.
func within[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(5 * time.Second):
		t.Fatalf("no %s", what)
		panic("unreachable")
	}
}

// value is the sum of a metric over its labels.
func value(t *testing.T, reg *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return sum
}
