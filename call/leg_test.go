// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"sync"

	"tandem/media"
)

// testLeg is a Leg whose far end is the test: it says what happens, and reads
// what was asked of it. It keeps the contract of Leg: Ended is the last event,
// then Events is closed.
type testLeg struct {
	id     LegID
	from   Party
	target Target
	port   *testPort
	events chan LegEvent

	mu       sync.Mutex
	rang     bool
	answered bool
	over     bool
	cause    Cause
	holds    []bool
	unheard  bool // leaves when the 200 has left, before the ACK
	deaf     bool // does not answer our hang-up until finish
}

func newTestLeg(id LegID, from Party) *testLeg {
	return &testLeg{id: id, from: from, port: &testPort{}, events: make(chan LegEvent, 64)}
}

func (l *testLeg) ID() LegID               { return l.id }
func (l *testLeg) Remote() Party           { return l.from }
func (l *testLeg) SIPCallID() string       { return "sip-" + string(l.id) }
func (l *testLeg) Port() media.Port        { return l.port }
func (l *testLeg) Watch()                  {}
func (l *testLeg) Events() <-chan LegEvent { return l.events }
func (l *testLeg) says(event LegEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over { // nothing comes after Ended
		l.events <- event
	}
}
func (l *testLeg) presses(keys string) {
	for _, k := range keys {
		l.says(Digit{byte(k)})
	}
}

func (l *testLeg) Ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rang = true
}

func (l *testLeg) Answer(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return context.Canceled
	}
	l.answered = true
	if l.unheard {
		l.over, l.cause = true, CauseHangup
		l.events <- Ended{CauseHangup}
		close(l.events)
		return ErrUnacknowledged
	}
	return ctx.Err()
}

func (l *testLeg) Hold(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holds = append(l.holds, on)
}

// Hangup is our side's; leaves is the far end's.
func (l *testLeg) Hangup(cause Cause) {
	if !l.deaf {
		l.close(cause)
	}
}

func (l *testLeg) finish() { l.close(CauseHangup) }
func (l *testLeg) leaves() { l.close(CauseHangup) }

func (l *testLeg) close(cause Cause) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.over, l.cause = true, cause
	l.events <- Ended{cause}
	close(l.events)
}

func (l *testLeg) ended() (Cause, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause, l.over
}

// testPort counts what is written to it and lets the test speak.
type testPort struct {
	mu    sync.Mutex
	sink  media.Sink
	heard int
}

func (p *testPort) WriteRTP(*media.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard++
}

func (p *testPort) Attach(s media.Sink) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sink = s
}

// count is how many packets were heard.
func (p *testPort) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.heard
}

func (p *testPort) Codec() media.Codec { return media.PCMU }

// reaches tells whether sound from p would be heard at other.
func (p *testPort) reaches(other *testPort) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sink == media.Sink(other)
}

// phones is the Dialer of the tests: who is reachable, and the legs rung.
type phones struct {
	mu    sync.Mutex
	off   map[AgentID]bool
	bad   map[AgentID]bool // dialling them meets a fault of ours
	deaf  bool             // the legs do not answer our hang-up
	rings map[AgentID][]*testLeg
}

func (p *phones) Dial(_ context.Context, to Target) (Leg, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bad[to.Agent] {
		panic("a fault of ours")
	}
	if p.off[to.Agent] {
		return nil, ErrUnreachable
	}
	leg := newTestLeg(LegID("to-"+string(to.Agent)), Party{})
	leg.target, leg.deaf = to, p.deaf
	p.rings[to.Agent] = append(p.rings[to.Agent], leg)
	return leg, nil
}

// last is the newest leg rung for an agent.
func (p *phones) last(agent AgentID) *testLeg {
	p.mu.Lock()
	defer p.mu.Unlock()
	legs := p.rings[agent]
	if len(legs) == 0 {
		return nil
	}
	return legs[len(legs)-1]
}

func (p *phones) count(agent AgentID) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.rings[agent])
}

func (p *phones) unplug(agent AgentID, off bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off[agent] = off
}

func (p *phones) fault(agent AgentID, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bad = map[AgentID]bool{agent: on}
}

// ledger is the Records of the tests.
type ledger struct {
	mu      sync.Mutex
	records []Record
	full    bool // no new call is to be taken
	broken  bool // opening a row meets a fault of ours
}

func (l *ledger) Open(_ context.Context, r CallOpened) error {
	if l.broken {
		panic("a fault of ours")
	}
	l.Keep(r)
	return nil
}

func (l *ledger) Full() bool { return l.full }

func (l *ledger) Keep(r Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = append(l.records, r)
}

// kept returns the records of one type, in order.
func kept[T Record](l *ledger) []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	var of []T
	for _, r := range l.records {
		if r, is := r.(T); is {
			of = append(of, r)
		}
	}
	return of
}
