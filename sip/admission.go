// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// This file is the door: nothing that it has not passed reaches sipgo, whose
// goroutines recover no panic and limit nothing. packet.go, listener.go and
// ws.go bring the messages, frame.go reads them, refuse.go answers.

const (
	// maxSources bounds the table of source addresses; what does not fit shares
	// one set of limits. About 10 MB when full.
	maxSources = 1 << 16
	// sourceIdle is how long a source is remembered after its last message; its
	// allowances have long filled up again.
	sourceIdle = time.Minute
	sweepRate  = time.Second // the table is swept at most this often

	// strikeWindow is the time in which a source whose messages are refused for
	// what they are, not for how many, earns Limits.BarAfter.
	strikeWindow = time.Minute
)

// admission decides about every message and connection. Its methods may be
// called from any goroutine.
type admission struct {
	limits Limits
	spared []netip.Prefix // never barred
	// exempt says that an address has limits of its own, a trunk's; nil for none.
	exempt func(netip.Addr) bool
	// known says that a device is registered from there: its connection may be
	// as silent as a trunk's; nil for none.
	known func(netip.AddrPort) bool
	// shook tells who a TLS connection is from, parted that any has closed; nil
	// for nobody who asks.
	shook   func(netip.AddrPort, tls.ConnectionState)
	parted  func(netip.AddrPort)
	tracer  *tracer
	log     *slog.Logger
	refused map[*flaw]prometheus.Counter
	now     func() time.Time

	mu          sync.Mutex // guards limits, spared and the rest: held for a table look-up
	all         bucket
	answers     bucket
	sources     map[netip.Addr]*source
	crowd       source // those that the table has no room for
	swept       time.Time
	connections int
}

func newAdmission(limits Limits, reg prometheus.Registerer, log *slog.Logger) *admission {
	a := &admission{
		limits: limits.withDefaults(), spared: limits.spared(), log: log, now: time.Now,
		refused: make(map[*flaw]prometheus.Counter, len(refusalLabels)),
		sources: make(map[netip.Addr]*source),
	}
	counter := promauto.With(reg).NewCounterVec(prometheus.CounterOpts{
		Name: "sip_refused_total", Help: "Messages and connections refused at the door, by reason."}, []string{"reason"})
	for _, f := range refusalLabels {
		a.refused[f] = counter.WithLabelValues(f.label)
	}
	return a
}

// arrived is one whole message, as it came.
type arrived struct {
	b    []byte
	end  int // of its headers
	from netip.AddrPort
	over medium
	own  *source // the allowances of an authenticated socket; nil: its address's
}

// medium is what brought a message.
type medium uint8

const (
	overUDP medium = iota
	overTCP        // needs a Content-Length
	overWS         // frames messages by itself (RFC 7118, section 5)
)

// admit checks one message. It returns what sipgo may see, which is m.b unless
// it was folded or has trailing octets, or the reason of a refusal, which has
// been counted.
func (a *admission) admit(e *envelope, m arrived) ([]byte, *flaw) {
	b, end := unfold(m.b, m.end)
	f := e.inspect(b, end)
	if f == nil && e.loose {
		b, end = tidy(b, end)
		f = e.inspect(b, end)
	}
	if f == nil {
		b, f = e.cut(b, m.over)
	}
	if f == nil && m.over != overUDP && !parses(b) {
		f = flawSyntax
	}
	if f == nil && scanner(e.agent) {
		f = flawScanner
	}
	if over := a.take(e, f, m.from.Addr(), m.own); over != nil {
		f = over
	}
	if f != nil {
		a.refused[f].Inc()
		return nil, f
	}
	return b, nil
}

// parses says whether sipgo's parser takes b. On a connection it must be known
// beforehand, for sipgo closes one that bears anything else, and with it every
// transaction that uses it. Datagrams it just drops.
func parses(b []byte) bool {
	_, err := sip.ParseMessage(b)
	return err == nil
}

// cut ends the message where its Content-Length says (RFC 3261, section 18.3).
func (e *envelope) cut(b []byte, over medium) ([]byte, *flaw) {
	switch {
	case e.length < 0 && over == overTCP:
		return nil, flawUnframed
	case e.length < 0:
		return b, nil
	case e.length > len(b)-e.body:
		return nil, flawLength
	}
	return b[:e.body+e.length], nil
}

// drop counts what is no message at all.
func (a *admission) drop(f *flaw, from netip.AddrPort) {
	if over := a.take(&envelope{}, f, from.Addr(), nil); over != nil {
		f = over
	}
	a.refused[f].Inc()
}

// take takes the message out of the allowances of s, or of its address's. A
// message with a flaw is a strike as well.
func (a *admission) take(e *envelope, f *flaw, from netip.Addr, s *source) *flaw {
	now := a.now()
	trusted := a.trusts(from) && s == nil
	a.mu.Lock()
	defer a.mu.Unlock()
	if s == nil {
		s = a.source(from, now)
	}
	if !trusted && now.Before(s.barredUntil) {
		return flawBarred
	}
	if !a.all.take(now, float64(a.limits.Messages), float64(a.limits.Messages)) {
		return flawOverload
	}
	if trusted {
		return nil
	}
	if f != nil {
		a.strike(s, from, now)
	}
	if rate := float64(a.limits.MessagesPerSource); !s.messages.take(now, rate, 2*rate) {
		return flawFlood // an answer would only be one more message
	}
	if f != nil {
		return nil
	}
	ok := true
	switch {
	case e.is("INVITE") && e.opensDialog():
		rate := float64(a.limits.CallsPerSource)
		ok = s.calls.take(now, rate, rate)
	case e.is("REGISTER"):
		rate := float64(a.limits.RegistrationsPerSource)
		ok = s.registrations.take(now, rate, 2*rate)
	}
	if !ok {
		return flawRate
	}
	return nil
}

// strike counts a refusal; too many in too short a time earn silence.
func (a *admission) strike(s *source, from netip.Addr, now time.Time) {
	if now.Sub(s.strikesFrom) > strikeWindow {
		s.strikes, s.strikesFrom = 0, now
	}
	s.strikes++
	if s.strikes < a.limits.BarAfter || s == &a.crowd ||
		slices.ContainsFunc(a.spared, func(p netip.Prefix) bool { return p.Contains(from.Unmap()) }) {
		return
	}
	s.strikes = 0
	s.barredUntil = now.Add(a.limits.BarTime)
	a.log.Warn("sip source barred", "remote", from, "until", s.barredUntil.UTC().Format(time.TimeOnly),
		"err", fmt.Sprintf("%d refusals within %v", a.limits.BarAfter, strikeWindow))
}

// struck counts a refusal that policy behind the door has made, such as an
// unknown source or wrong credentials.
func (a *admission) struck(from netip.Addr) {
	if a.trusts(from) {
		return
	}
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.strike(a.source(from, now), from, now)
}

// forgive takes back one refusal of a source that has proved to be a trunk.
func (a *admission) forgive(from netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s := a.source(from, a.now()); s.strikes > 0 {
		s.strikes--
	}
}

// mayAnswer says whether a refusal is answered, which costs an allowance of all
// sources together.
func (a *admission) mayAnswer(f *flaw) bool {
	if f.status == 0 {
		return false
	}
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	rate := float64(a.limits.Refusals)
	return a.answers.take(now, rate, rate)
}

// connect takes one connection into the limits; whoever gets release calls it
// once.
func (a *admission) connect(from netip.Addr) (release func(), err error) {
	trusted := a.trusts(from)
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.source(from, now)
	if a.connections >= a.limits.Connections ||
		!trusted && (s.connections >= a.limits.ConnectionsPerSource || now.Before(s.barredUntil)) {
		a.refused[flawCrowd].Inc()
		return nil, errTooManyConnections
	}
	a.connections++
	s.connections++ // from now on sweep keeps s
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.connections--
		s.connections--
	}, nil
}

var errTooManyConnections = errors.New("too many connections")

func (a *admission) trusts(from netip.Addr) bool { return a.exempt != nil && a.exempt(from) }

// scanners are words in the User-Agent of tools that look for open servers.
var scanners = []string{
	"friendly-scanner", "sipvicious", "sipcli", "sip-scan", "sundayddr", "iwar", "pplsip", "vaxsipuseragent", "smap",
}

func scanner(agent []byte) bool {
	agent = agent[:min(len(agent), 64)]
	for _, word := range scanners {
		if indexFold(agent, word) >= 0 {
			return true
		}
	}
	return false
}

// recovered keeps a fault of ours at the door from ending the process: the
// message is lost, or the connection.
func (a *admission) recovered(from netip.AddrPort) {
	if r := recover(); r != nil {
		a.refused[flawInternal].Inc()
		a.log.Error("panic at the sip door", "err", r, "remote", from, "stack", string(debug.Stack()))
	}
}
