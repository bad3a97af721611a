// SPDX-License-Identifier: Apache-2.0

package media

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// This file opens pairs of UDP ports for RTP and RTCP and watches over the
// endpoints that use them.

const (
	firstPort = 20000
	lastPort  = 20999

	defaultLostAfter = 60 * time.Second
	oneWayAfter      = 3 * time.Second
	watchEvery       = 250 * time.Millisecond
	reportEvery      = 5 * time.Second // RTCP; RFC 3550, section 6.2
	// anyPortTries bounds the search for an even port with a free odd neighbour
	// where the kernel chooses.
	anyPortTries = 64
)

// PortRange is an inclusive range of UDP ports, written "20000-20999"; "any"
// lets the kernel choose (for tests).
type PortRange struct {
	First, Last uint16
	Any         bool
}

// UnmarshalText reads "20000-20999" or "any".
func (r *PortRange) UnmarshalText(b []byte) error {
	if string(b) == "any" {
		*r = PortRange{Any: true}
		return nil
	}
	low, high, ok := strings.Cut(string(b), "-")
	first, err1 := strconv.ParseUint(strings.TrimSpace(low), 10, 16)
	last, err2 := strconv.ParseUint(strings.TrimSpace(high), 10, 16)
	if !ok || err1 != nil || err2 != nil {
		return fmt.Errorf("%q is no port range such as 20000-20999", b)
	}
	*r = PortRange{First: uint16(first), Last: uint16(last)}
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (r PortRange) MarshalText() ([]byte, error) {
	if r.Any {
		return []byte("any"), nil
	}
	return fmt.Appendf(nil, "%d-%d", r.First, r.Last), nil
}

// PortsOptions tune Ports. The zero value of each field means its default.
type PortsOptions struct {
	// Addresses are those the RTP ports are opened on, at most one of each
	// family; 0.0.0.0 or :: is every interface. Default 127.0.0.1 and ::1.
	Addresses []netip.Addr `yaml:"addresses"`
	// PublicAddresses are shown to the far end in place of Addresses, at most one
	// of each family. Default: the address itself, or for every interface the one
	// that leads to the far end.
	PublicAddresses []netip.Addr `yaml:"publicAddresses"`
	// RTPPorts holds an even and an odd port for each leg. Default 20000-20999,
	// which is 500 legs.
	RTPPorts PortRange `yaml:"rtpPorts"`
	// LostAfter is how long a far end that is not on hold may send nothing before
	// it is taken for gone. Default 60 s.
	LostAfter time.Duration `yaml:"lostAfter"`

	Log     *slog.Logger          `yaml:"-"` // default: discards
	Metrics prometheus.Registerer `yaml:"-"` // default: none
}

// Check reports each problem with the path of its field.
func (o PortsOptions) Check(report func(path, problem string)) {
	families(o.Addresses, "addresses", report)
	families(o.PublicAddresses, "publicAddresses", report)
	for i, a := range o.PublicAddresses {
		if a.IsUnspecified() || a.IsMulticast() {
			report(fmt.Sprintf("publicAddresses[%d]", i), fmt.Sprintf("%s is not an address that others can send to", a))
		}
	}
	if r := o.RTPPorts; r != (PortRange{}) && !r.Any {
		switch {
		case r.First < 1024:
			report("rtpPorts", fmt.Sprintf("%d is below 1024", r.First))
		case r.First%2 != 0:
			report("rtpPorts", fmt.Sprintf("begins at the odd port %d; RTP takes an even one, such as %d", r.First, r.First+1))
		case r.Last <= r.First:
			report("rtpPorts", fmt.Sprintf("%d-%d holds no pair of ports", r.First, r.Last))
		}
	}
	if o.LostAfter < 0 || (o.LostAfter > 0 && o.LostAfter < time.Second) {
		report("lostAfter", fmt.Sprintf("%s is below 1s", o.LostAfter))
	}
}

func families(addrs []netip.Addr, path string, report func(path, problem string)) {
	var seen [2]bool
	for i, a := range addrs {
		f := 0
		if a.Unmap().Is6() {
			f = 1
		}
		if seen[f] {
			report(fmt.Sprintf("%s[%d]", path, i), fmt.Sprintf("%s is the second address of its family; one IPv4 and one IPv6 address at most", a))
		}
		seen[f] = true
	}
}

func (o PortsOptions) filled() PortsOptions {
	if len(o.Addresses) == 0 {
		o.Addresses = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	}
	if o.RTPPorts == (PortRange{}) {
		o.RTPPorts = PortRange{First: firstPort, Last: lastPort}
	}
	if o.LostAfter == 0 {
		o.LostAfter = defaultLostAfter
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Ports opens RTP ports and makes endpoints of them. It is safe for concurrent
// use.
type Ports struct {
	options PortsOptions
	log     *slog.Logger
	count   *counters

	mu        sync.Mutex // guards next and endpoints
	next      int        // where the search for a free pair goes on
	endpoints map[*RTPEndpoint]struct{}

	loops *loops // nil: a goroutine per socket
	bind  binder

	stop chan struct{}
	work sync.WaitGroup
	once sync.Once
}

// NewPorts makes Ports and starts the goroutines that read their sockets and
// watch the endpoints. Close ends them.
func NewPorts(o PortsOptions) *Ports {
	p := newPorts(o)
	l, err := newLoops()
	if err == nil {
		p.loops, p.bind = l, l.bind
	} else if !errors.Is(err, errors.ErrUnsupported) {
		p.log.Warn("RTP without epoll, at twice the cost", "err", err)
	}
	p.work.Go(p.watch)
	return p
}

// newPorts makes Ports without a watch and with a goroutine per socket.
func newPorts(o PortsOptions) *Ports {
	o = o.filled()
	p := &Ports{
		options:   o,
		log:       o.Log,
		endpoints: make(map[*RTPEndpoint]struct{}),
		stop:      make(chan struct{}),
		next:      rand.IntN(1 << 15),
		bind:      bindGo,
	}
	p.count = newCounters(o.Metrics, p.inUse)
	return p
}

// Close ends the watch and the reading. Endpoints are closed by their owners,
// before.
func (p *Ports) Close() {
	p.once.Do(func() {
		close(p.stop)
		if p.loops != nil {
			p.loops.close()
		}
	})
	p.work.Wait()
}

// Endpoint opens a pair of ports of far's family for a leg whose signalling
// comes from far. ErrNoPorts if none is free; ErrNotAcceptable if no address of
// that family is configured.
func (p *Ports) Endpoint(far netip.Addr) (*RTPEndpoint, error) {
	far = far.Unmap()
	s, err := p.open(far)
	if err != nil {
		return nil, err
	}
	e := newRTPEndpoint(p, far, s)
	p.mu.Lock()
	p.endpoints[e] = struct{}{}
	p.mu.Unlock()
	return e, nil
}

func (p *Ports) forget(e *RTPEndpoint) {
	p.mu.Lock()
	delete(p.endpoints, e)
	p.mu.Unlock()
}

func (p *Ports) inUse() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return float64(len(p.endpoints))
}

// open binds a free pair for media with far.
func (p *Ports) open(far netip.Addr) (*sockets, error) {
	addr, ok := sameFamily(p.options.Addresses, far)
	if !ok {
		return nil, fmt.Errorf("no address of the family of %s: %w", far, ErrNotAcceptable)
	}
	shown, err := p.shown(addr, far)
	if err != nil {
		return nil, err
	}
	s, err := p.pair(addr)
	if err != nil {
		return nil, err
	}
	s.shown = shown
	return s, nil
}

// shown is the address for the SDP.
func (p *Ports) shown(addr, far netip.Addr) (netip.Addr, error) {
	if a, ok := sameFamily(p.options.PublicAddresses, far); ok {
		return a, nil
	}
	if !addr.IsUnspecified() {
		return addr, nil
	}
	// No packet is sent: connecting a UDP socket only asks the routing table.
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(far, 9)))
	if err != nil {
		return netip.Addr{}, fmt.Errorf("find the address that leads to %s: %w", far, err)
	}
	defer func() { _ = c.Close() }() // nothing was written
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

func sameFamily(addrs []netip.Addr, far netip.Addr) (netip.Addr, bool) {
	for _, a := range addrs {
		if a = a.Unmap(); a.Is4() == far.Is4() {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// pair binds an even port and the odd one above it.
func (p *Ports) pair(addr netip.Addr) (*sockets, error) {
	r := p.options.RTPPorts
	if r.Any {
		return anyPair(p.bind, addr)
	}
	pairs := (int(r.Last) - int(r.First) + 1) / 2
	for range pairs {
		p.mu.Lock()
		n := p.next % pairs
		p.next = n + 1
		p.mu.Unlock()
		s, err := bindPair(p.bind, addr, r.First+2*uint16(n))
		if err == nil {
			return s, nil
		}
		if !inUse(err) {
			return nil, fmt.Errorf("open RTP port: %w", errors.Join(err, ErrNoPorts))
		}
	}
	return nil, fmt.Errorf("all %d pairs in use: %w", pairs, ErrNoPorts)
}

// watch is the one clock of all endpoints: loss, one-way audio, RTCP.
func (p *Ports) watch() {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var all []*RTPEndpoint
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		all = all[:0]
		p.mu.Lock()
		for e := range p.endpoints {
			all = append(all, e)
		}
		p.mu.Unlock()
		now := time.Now()
		for _, e := range all {
			e.look(now)
		}
		clear(all)
	}
}
