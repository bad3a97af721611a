// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// This file finds where a trunk's address leads (RFC 3263, section 4.2, with
// RFC 2782 for the order): SRV records of a host without port, else addresses.

const (
	maxTargets   = 16          // of one trunk; the first by priority count
	lookAgain    = time.Minute // between look-ups of a trunk's address
	downAfter    = 2           // unanswered probes in a row make a target one to avoid
	probeTimeout = 5 * time.Second
)

// target is one address of a trunk.
type target struct {
	flow             flow
	priority, weight uint16
}

// resolver is what the network says of names; net.DefaultResolver in production.
type resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// find looks the trunk's address up. What was found before stays while nobody
// can say anew.
func (s *Server) find(ctx context.Context, t *trunk) error {
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	found, err := s.targetsOf(ctx, t)
	if err != nil {
		return fmt.Errorf("find trunk %s: %w", t.Name, err)
	}
	t.targets.Store(&found)
	return nil
}

func (s *Server) targetsOf(ctx context.Context, t *trunk) ([]target, error) {
	host, port, err := splitHostPort(t.Address)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(host); err == nil || port != 0 {
		return s.addressesOf(ctx, t, host, port, 0, 0)
	}
	service, proto := "sip", t.Transport
	if t.Transport == "tls" {
		service, proto = "sips", "tcp"
	}
	_, records, err := s.dns.LookupSRV(ctx, service, proto, host)
	if err != nil || len(records) == 0 {
		return s.addressesOf(ctx, t, host, 0, 0, 0)
	}
	var all []target
	for _, r := range records[:min(len(records), maxTargets)] {
		some, lookErr := s.addressesOf(ctx, t, strings.TrimSuffix(r.Target, "."), int(r.Port), r.Priority, r.Weight)
		if lookErr != nil {
			err = lookErr
			continue
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil, err
	}
	return all[:min(len(all), maxTargets)], nil
}

func (s *Server) addressesOf(ctx context.Context, t *trunk, host string, port int, priority, weight uint16) ([]target, error) {
	addrs := []netip.Addr{}
	if addr, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, addr)
	} else if addrs, err = s.dns.LookupNetIP(ctx, "ip", host); err != nil {
		return nil, fmt.Errorf("look up %s: %w", host, err)
	}
	if port == 0 {
		port = defaultPort(t.Transport)
	}
	var all []target
	for _, addr := range addrs {
		addr = addr.Unmap()
		if addr.IsMulticast() || addr.IsUnspecified() || addr == broadcast || s.listener(t.Transport, addr, "") == nil {
			continue
		}
		f := flow{Transport: t.Transport, Remote: netip.AddrPortFrom(addr, uint16(port))}
		if t.Transport == "tls" {
			f.Host, f.Proven = host, true
			if h, _, err := splitHostPort(t.Address); err == nil {
				f.Host = h // RFC 5922, section 7.2: the name that was configured, not what DNS made of it
			}
		}
		all = append(all, target{flow: f, priority: priority, weight: weight})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no %s listener reaches %s", t.Transport, host)
	}
	return all, nil
}

// order is the targets as they are to be tried: those that answer first, then
// by priority, and among equals at random by weight.
func (t *trunk) order() []target {
	found := t.targets.Load()
	if found == nil {
		return nil
	}
	all := slices.Clone(*found)
	keys := make(map[netip.AddrPort]float64, len(all))
	for _, to := range all {
		keys[to.flow.Remote] = lot(int(to.weight))
	}
	slices.SortStableFunc(all, func(a, b target) int {
		return cmp.Or(
			cmp.Compare(toInt(t.history.down(a.flow.Remote)), toInt(t.history.down(b.flow.Remote))),
			cmp.Compare(a.priority, b.priority),
			cmp.Compare(keys[a.flow.Remote], keys[b.flow.Remote]))
	})
	return all
}

// lot is drawn so that the smallest of several is each one's as often as its
// weight says.
func lot(weight int) float64 {
	return rand.ExpFloat64() / (float64(weight) + 1e-3)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// history is what is known of a trunk's far end: its targets' health, our
// registration there, and the calls that were refused lately.
type history struct {
	mu       sync.Mutex // guards the rest; leaf
	targets  map[netip.AddrPort]health
	reg      Registration
	refusals []Refusal // oldest first
	refused  int       // since the start
}

// health is what OPTIONS, and calls, have shown of one target.
type health struct {
	failed int // in a row
	last   Probe
}

func (h *history) down(remote netip.AddrPort) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.targets[remote].failed >= downAfter
}

// probed takes down what a target answered; it says whether it went down or
// came up by that.
func (h *history) probed(p Probe) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.targets == nil {
		h.targets = map[netip.AddrPort]health{}
	}
	if len(h.targets) >= 4*maxTargets {
		clear(h.targets) // the trunk's address has moved often
	}
	was := h.targets[p.Target]
	now := health{last: p, failed: was.failed + 1}
	if p.Up {
		now.failed = 0
	}
	h.targets[p.Target] = now
	return (was.failed >= downAfter) != (now.failed >= downAfter)
}

const maxRefusals = 50 // kept of each trunk, for people to read

func (h *history) refusedCall(r Refusal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refused++
	if len(h.refusals) >= maxRefusals {
		h.refusals = slices.Delete(h.refusals, 0, 1)
	}
	h.refusals = append(h.refusals, r)
}

func (h *history) registration(edit func(*Registration)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	edit(&h.reg)
}
