// SPDX-License-Identifier: Apache-2.0

// Package softphone is the browser's side of a leg: WebRTC audio on one UDP
// port for all browsers (ICE-lite, DTLS-SRTP).
//
// Its one contract: an Endpoint behaves like media's RTP endpoint, so that the
// dialog and the bridge cannot tell a browser from a desk phone. It carries
// G.711 and telephone-events only, so nothing is transcoded on the way from a
// trunk to a browser.
//
// One goroutine reads the socket and tells packets apart by their first byte
// (RFC 7983): STUN proves that an address holds an endpoint's ICE password
// (ice.go); DTLS and SRTP are taken from proven addresses only. A browser costs
// no goroutine of ours but the one that keeps its DTLS association (secure.go).
//
// Begin with endpoint.go (offer and answer), then track.go (the packets).
package softphone

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/dtls/v3/pkg/crypto/selfsign"
	"github.com/pion/stun/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Options say where browsers' audio arrives. The zero value of each field means
// its default.
type Options struct {
	// Address is the UDP address that all browsers' audio uses, host:port. A host
	// of 0.0.0.0 or :: offers every address of this machine. Default 127.0.0.1:7882.
	Address string `yaml:"address"`
	// PublicAddress is the IP address, with a port if it differs, that browsers
	// reach Address by, when this machine is behind an address translator. It
	// replaces Address in what browsers are told. Default: Address itself.
	PublicAddress string `yaml:"publicAddress"`
	// ConnectTimeout is how long a browser has from offer and answer to audio.
	// Default 20s.
	ConnectTimeout time.Duration `yaml:"connectTimeout"`
	// DisconnectTimeout is how long nothing at all, no audio and no ICE check, may
	// come from a browser before it counts as gone. Browsers check every 2.5 s.
	// Default 10s.
	DisconnectTimeout time.Duration `yaml:"disconnectTimeout"`
	// LostTimeout is how long no audio may come from a browser whose connection is
	// alive, outside hold. Default 60s.
	LostTimeout time.Duration `yaml:"lostTimeout"`
}

const (
	defaultAddress           = "127.0.0.1:7882"
	defaultConnectTimeout    = 20 * time.Second
	defaultDisconnectTimeout = 10 * time.Second
	defaultLostTimeout       = 60 * time.Second

	maxDatagram    = 1500    // bytes; what exceeds an Ethernet frame is cut and then fails its check
	socketBuffer   = 4 << 20 // bytes each way: 200 ms of 500 browsers on a busy machine
	checkInterval  = 500 * time.Millisecond
	maxEndpoints   = 4096 // browsers at once, far beyond what one socket's goroutine carries
	maxLocalOffers = 8    // own addresses told to a browser
)

// ErrTooMany says that maxEndpoints browsers are connected.
var ErrTooMany = errors.New("too many browser endpoints")

// ErrClosed says that the endpoint or the softphone has been closed.
var ErrClosed = errors.New("closed")

// Check reports what is wrong with the options, by field.
func (o Options) Check(report func(path, problem string)) {
	if o.Address != "" {
		if _, err := net.ResolveUDPAddr("udp", o.Address); err != nil {
			report("address", fmt.Sprintf("%q is not host:port", o.Address))
		}
	}
	if o.PublicAddress != "" {
		if _, err := parsePublic(o.PublicAddress, 1); err != nil {
			report("publicAddress", fmt.Sprintf("%q is not an IP address, with or without a port", o.PublicAddress))
		}
	}
	for _, d := range []struct {
		path  string
		value time.Duration
	}{
		{"connectTimeout", o.ConnectTimeout},
		{"disconnectTimeout", o.DisconnectTimeout},
		{"lostTimeout", o.LostTimeout},
	} {
		if d.value < 0 {
			report(d.path, fmt.Sprintf("%v is below 0", d.value))
		}
	}
}

func (o Options) withDefaults() Options {
	if o.Address == "" {
		o.Address = defaultAddress
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	if o.DisconnectTimeout == 0 {
		o.DisconnectTimeout = defaultDisconnectTimeout
	}
	if o.LostTimeout == 0 {
		o.LostTimeout = defaultLostTimeout
	}
	return o
}

// A Softphone owns the UDP socket that all browsers' audio uses.
type Softphone struct {
	options     Options
	log         *slog.Logger
	conn        *net.UDPConn
	local       []netip.AddrPort // what browsers are told, best first
	certificate tls.Certificate  // of this process; each offer and answer names its fingerprint
	fingerprint string           // SHA-256, as in a=fingerprint
	started     time.Time
	refused     atomic.Uint64 // datagrams that belong to no proven browser
	failures    atomic.Uint64
	closed      atomic.Bool
	stop        context.CancelFunc
	work        sync.WaitGroup

	// mu guards the two tables. It is a leaf: nothing else is locked under it.
	mu      sync.RWMutex
	byUfrag map[string]*Endpoint
	byAddr  map[netip.AddrPort]*Endpoint
	all     map[*Endpoint]struct{}
}

// New opens the socket and starts reading it. Close ends it.
func New(options Options, log *slog.Logger) (*Softphone, error) {
	options = options.withDefaults()
	certificate, err := selfsign.GenerateSelfSigned()
	if err != nil {
		return nil, fmt.Errorf("make DTLS certificate: %w", err)
	}
	address, err := net.ResolveUDPAddr("udp", options.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for browsers on %s: %w", options.Address, err)
	}
	conn, err := net.ListenUDP("udp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for browsers on %s: %w", options.Address, err)
	}
	// Refused on machines with small limits; the socket then has what it may have.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	local, err := reachableAt(conn.LocalAddr().(*net.UDPAddr).AddrPort(), options.PublicAddress)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("find address for browsers: %w", err), conn.Close())
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Softphone{
		options: options, log: log, conn: conn, local: local, certificate: certificate,
		fingerprint: fingerprintText(sha256.Sum256(certificate.Certificate[0])),
		started:     time.Now(), stop: stop,
		byUfrag: make(map[string]*Endpoint),
		byAddr:  make(map[netip.AddrPort]*Endpoint),
		all:     make(map[*Endpoint]struct{}),
	}
	s.work.Go(s.read)
	s.work.Go(func() { s.checkAll(ctx) })
	return s, nil
}

// Addr is the bound address, for a configured port of 0.
func (s *Softphone) Addr() netip.AddrPort {
	return s.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// Refused counts the datagrams that were dropped because they belong to no
// browser that has proven itself.
func (s *Softphone) Refused() uint64 { return s.refused.Load() }

// Register gives reg the softphone's metrics. Called once, if at all.
func (s *Softphone) Register(reg prometheus.Registerer) {
	f := promauto.With(reg)
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "softphone_browsers", Help: "Browsers that have a media endpoint now."},
		func() float64 { return float64(len(s.endpoints())) })
	f.NewCounterFunc(prometheus.CounterOpts{
		Name: "softphone_refused_total", Help: "Datagrams that belong to no browser that has proven itself."},
		func() float64 { return float64(s.refused.Load()) })
	f.NewCounterFunc(prometheus.CounterOpts{
		Name: "softphone_failures_total", Help: "Browsers whose connection failed or ended without a goodbye of the call."},
		func() float64 { return float64(s.failures.Load()) })
}

// Close ends every endpoint and the socket, and returns when all goroutines are
// gone. Idempotent.
func (s *Softphone) Close() error {
	s.closed.Store(true)
	for _, e := range s.endpoints() {
		e.Close()
	}
	s.stop()
	err := s.conn.Close()
	s.work.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// read hands each datagram on until the socket is closed.
func (s *Softphone) read() {
	buf := make([]byte, maxDatagram)
	request := stun.New()
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n == 0 {
			continue
		}
		s.take(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), request)
	}
}

// take tells one datagram's protocol by its first byte (RFC 7983, section 7).
// A panic behind it, in a sink, must not end the audio of every browser.
func (s *Softphone) take(b []byte, from netip.AddrPort, request *stun.Message) {
	defer func() {
		if r := recover(); r != nil {
			s.log.Error("browser packet panicked", "err", r, "remote", from, "stack", string(debug.Stack()))
		}
	}()
	if b[0] < 4 {
		s.takeSTUN(b, from, request)
		return
	}
	s.mu.RLock()
	e := s.byAddr[from]
	s.mu.RUnlock()
	switch {
	case e == nil:
		s.refused.Add(1)
	case b[0] >= 20 && b[0] < 64:
		e.pipe.arrived(b)
	case b[0] >= 128 && b[0] < 192:
		e.receive(b)
	}
}

// checkAll lets every endpoint look at its deadlines, twice a second.
func (s *Softphone) checkAll(ctx context.Context) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for _, e := range s.endpoints() {
				e.check(s.elapsed())
			}
		}
	}
}

// elapsed is the time since New, by the monotonic clock.
func (s *Softphone) elapsed() time.Duration { return time.Since(s.started) }

func (s *Softphone) endpoints() []*Endpoint {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]*Endpoint, 0, len(s.all))
	for e := range s.all {
		list = append(list, e)
	}
	return list
}

func (s *Softphone) send(b []byte, to netip.AddrPort) error {
	_, err := s.conn.WriteToUDPAddrPort(b, to)
	return err
}

// reachableAt lists the addresses that a browser is told.
func reachableAt(bound netip.AddrPort, public string) ([]netip.AddrPort, error) {
	if public != "" {
		address, err := parsePublic(public, bound.Port())
		return []netip.AddrPort{address}, err
	}
	if !bound.Addr().IsUnspecified() {
		return []netip.AddrPort{netip.AddrPortFrom(bound.Addr().Unmap(), bound.Port())}, nil
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return nil, err
	}
	var outside, loopback []netip.AddrPort
	for _, a := range interfaces {
		prefix, err := netip.ParsePrefix(a.String())
		if err != nil || prefix.Addr().IsLinkLocalUnicast() || bound.Addr().Is4() && !prefix.Addr().Is4() {
			continue
		}
		address := netip.AddrPortFrom(prefix.Addr(), bound.Port())
		if prefix.Addr().IsLoopback() {
			loopback = append(loopback, address)
		} else {
			outside = append(outside, address)
		}
	}
	all := append(outside, loopback...)
	if len(all) == 0 {
		return nil, errors.New("this machine has no IP address")
	}
	return all[:min(len(all), maxLocalOffers)], nil
}

func parsePublic(text string, port uint16) (netip.AddrPort, error) {
	if both, err := netip.ParseAddrPort(text); err == nil {
		return both, nil
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return netip.AddrPortFrom(addr, port), err
}
