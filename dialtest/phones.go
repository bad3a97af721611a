// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/call"
	"tandem/media"
	"tandem/sip"
)

// Options say where phones are and whom they talk to.
type Options struct {
	// Server is host:port of the server's SIP listener.
	Server string
	// Transport is "udp" (default) or "tcp".
	Transport string
	// Address is where the phones listen: host:port, default a free port of the
	// loopback address of the server's family.
	Address string
	// RTPPorts is the range of their media ports; default: the kernel chooses.
	RTPPorts media.PortRange
	// Log gets what the phones' own SIP and media say; nil: nobody.
	Log *slog.Logger
}

// callsWaiting bounds the calls that arrived at a phone and were not yet taken
// by the reader of Answer's channel.
const callsWaiting = 256

// callsAtOnce bounds the calls that our phones take.
const callsAtOnce = 1000

// Phones are callers and agents behind one SIP address.
type Phones struct {
	options Options
	server  *sip.Server
	ports   *media.Ports
	run     sync.WaitGroup
	close   context.CancelFunc
	ctx     context.Context // the life of all calls; it ends with Close

	mu     sync.Mutex // guards agents
	agents map[string]*Agent
}

// Open binds the phones' listener and ports. Close them when done.
func Open(o Options) (*Phones, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Phones{options: o, ctx: ctx, close: cancel, agents: make(map[string]*Agent)}
	if err := p.start(); err != nil {
		cancel()
		return nil, err
	}
	if o.Transport == "udp" {
		if err := awaitListener(p.server.Addrs()[0].Addr); err != nil {
			p.Close()
			return nil, err
		}
	}
	return p, nil
}

func (o Options) withDefaults() (Options, error) {
	server, err := netip.ParseAddrPort(o.Server)
	if err != nil {
		return o, fmt.Errorf("read the server's address: %w", err)
	}
	if o.Transport == "" {
		o.Transport = "udp"
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
		if server.Addr().Is6() {
			o.Address = "[::1]:0"
		}
	}
	if o.RTPPorts == (media.PortRange{}) {
		o.RTPPorts = media.PortRange{Any: true}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o, nil
}

// Close ends all calls and returns when nothing of the phones is left.
func (p *Phones) Close() {
	p.close()
	p.run.Wait()
	p.ports.Close()
}

// Address is where agents' phones can be reached, for a sip: URI.
func (p *Phones) Address() string { return p.server.Addrs()[0].Addr.String() }

// A Caller says who calls.
type Caller struct {
	Number string
	Name   string
}

// Call dials a number at the server and returns at once; follow the Call. The
// call lives until it is hung up or the phones are closed.
func (p *Phones) Call(number string, who Caller) (*Call, error) {
	uri := fmt.Sprintf("sip:%s@%s;transport=%s", number, p.options.Server, p.options.Transport)
	leg, err := p.server.Dial(p.ctx, call.Target{URI: uri, From: call.Party{Number: who.Number, Name: who.Name}})
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", number, err)
	}
	c := newCall(leg)
	p.run.Go(func() { c.run(p.ctx) })
	return c, nil
}

// An Agent is a phone that answers. Set the fields before Answer.
type Agent struct {
	// After is how long it rings before it answers. Never: it only rings.
	After time.Duration
	Never bool
	// Refuse, if not "", is how it answers instead: CauseRefused or CauseBusy.
	Refuse call.Cause

	calls chan *Call
}

// Answer makes a phone answer calls to user. Each call that rings is sent to
// the returned channel, at most 256 unread; later ones are answered unseen.
func (p *Phones) Answer(user string, a Agent) <-chan *Call {
	a.calls = make(chan *Call, callsWaiting)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.agents[user] = &a
	return a.calls
}

func (p *Phones) agent(user string) *Agent {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.agents[user]
}

// incoming is one call to one of our phones.
func (p *Phones) incoming(ctx context.Context, in sip.Incoming) {
	a := p.agent(in.Number)
	if a == nil {
		in.Leg.Hangup(call.CauseUnknownNumber)
		return
	}
	c := newCall(in.Leg)
	if a.Refuse != "" {
		in.Leg.Hangup(a.Refuse)
	} else {
		p.run.Go(func() { p.pickUp(ctx, a, c) })
	}
	select {
	case a.calls <- c:
	default:
	}
	c.run(ctx)
}

// pickUp rings and answers.
func (p *Phones) pickUp(ctx context.Context, a *Agent, c *Call) {
	c.leg.Ring()
	once(c.ringing)
	if a.Never {
		return
	}
	wait := time.NewTimer(a.After)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return
	case <-c.ended:
		return
	case <-wait.C:
	}
	if err := c.leg.Answer(ctx); err != nil {
		p.options.Log.Debug("not answered", "leg", c.leg.ID(), "err", err)
		return
	}
	c.up()
}

// start binds everything and serves it until Close.
func (p *Phones) start() error {
	bind, err := netip.ParseAddrPort(p.options.Address)
	if err != nil {
		return fmt.Errorf("read the phones' address: %w", err)
	}
	p.ports = media.NewPorts(media.PortsOptions{
		Addresses: []netip.Addr{bind.Addr()}, RTPPorts: p.options.RTPPorts, Log: p.options.Log,
	})
	p.server, err = sip.New(
		sip.Options{
			Listeners: []sip.Listener{{Transport: p.options.Transport, Address: p.options.Address}},
			Trunks:    []sip.Trunk{{Name: "anybody", From: []string{"0.0.0.0/0", "::/0"}, Calls: callsAtOnce, CallsPerSecond: callsAtOnce}},
		},
		sip.Handlers{
			Incoming: p.incoming,
			Accepts:  func(user, _ string) bool { return p.agent(user) != nil },
		},
		sip.Endpoints{RTP: func(far netip.Addr) (sip.Endpoint, error) { return p.ports.Endpoint(far) }},
		prometheus.NewRegistry(), p.options.Log)
	if err != nil {
		p.ports.Close()
		return fmt.Errorf("open phones: %w", err)
	}
	p.run.Go(func() {
		if err := p.server.Run(p.ctx); err != nil {
			p.options.Log.Error("phones stopped", "err", err)
		}
	})
	return nil
}
