// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"

	"tandem/call"
)

// closeWait is how long Run waits for the goodbyes of the last calls before it
// closes the sockets under them.
const closeWait = 2 * time.Second

// Incoming is a caller who has passed admission and policy and whose offer can
// be met; nothing but 100 has been answered yet.
type Incoming struct {
	Leg    call.Leg
	Number string    // as dialled
	Trunk  string    // where the call came from
	At     time.Time // the INVITE arrived
}

// Handlers are what the edge asks of the rest. Incoming and Accepts are needed;
// the others may be nil where there are no agents.
type Handlers struct {
	// Incoming tells the story of one call, in a goroutine of its own, and
	// returns when it is over: a leg that is still there then is hung up. ctx
	// ends with the server.
	Incoming func(ctx context.Context, in Incoming)
	// Accepts says whether a number is configured for a trunk; else 404.
	Accepts func(number, trunk string) bool
	// DeviceBack says that an agent has a new flow: a first registration, or a
	// page that came back on a new socket. DeviceLost says that the last one
	// is gone. Neither may block.
	DeviceBack, DeviceLost func(agent call.AgentID)
	// Credentials gives the HA1 (RFC 2617, section 3.2.2.2, MD5, lower-case
	// hex) of a phone's user for Options.Realm, and whose phone it is.
	Credentials func(user string) (ha1 string, agent call.AgentID, ok bool)
	// AgentDevice gives the fixed URI of an agent who registers nothing, or "".
	AgentDevice func(agent call.AgentID) (uri string)
}

// Server is the SIP edge. New binds its sockets, Run serves them; the other
// methods may be called from any goroutine while Run runs.
type Server struct {
	edge      atomic.Pointer[edge] // what Reload changes
	reloaded  chan struct{}        // holds one when the trunks are others than Run tends
	handlers  Handlers
	endpoints Endpoints
	log       *slog.Logger
	metrics   *metrics
	admission *admission
	browsers  *browsers
	dialled   *dialledListener
	certified certified
	// dialledTLS is dialled for connections by TLS; authorities are whom their
	// far ends' certificates must lead to, nil for the system's.
	dialledTLS  *dialledListener
	authorities *x509.CertPool

	tp        *sip.TransportLayer
	tl        *sip.TransactionLayer
	ua        *sipgo.UserAgent
	bound     []*bound
	registrar *registrar
	legs      *legs
	names     names
	dns       resolver
	spent     spent // of the limits of calls to numbers
	tracer    *tracer

	draining atomic.Bool
	serving  chan struct{} // closed when messages can be sent and taken
	quit     chan struct{} // closed when Run's context has ended: legs say goodbye
	gone     chan struct{} // closed when the goodbyes are over or took too long
	wg       sync.WaitGroup
}

var setUp sync.Once

// setUpStack changes what sipgo keeps in package variables. SIP messages above
// UDPMTUSize-200 would be refused without any answer to the far end.
func setUpStack(log *slog.Logger) {
	setUp.Do(func() {
		sip.UDPMTUSize = 65535
		sip.Timer_1xx = 100 * time.Millisecond // RFC 3261, section 17.2.1: at most 200 ms
		sip.SetDefaultLogger(quiet(log))
	})
}

// New checks o, binds the listeners and returns a server that serves nothing
// yet. reg may be nil.
func New(o Options, h Handlers, e Endpoints, reg prometheus.Registerer, log *slog.Logger) (*Server, error) {
	if h.Incoming == nil || h.Accepts == nil || e.RTP == nil {
		return nil, errors.New("make sip server: Incoming, Accepts and an RTP endpoint are needed")
	}
	setUpStack(log)
	o = o.withDefaults()
	s := &Server{
		handlers: h, reloaded: make(chan struct{}, 1), endpoints: e, log: log, metrics: newMetrics(reg),
		legs: newLegs(), dns: net.DefaultResolver,
		serving: make(chan struct{}), quit: make(chan struct{}), gone: make(chan struct{}),
	}
	trunks, err := newTrunks(o.Trunks)
	if err != nil {
		return nil, err
	}
	verifier, err := newVerifier(o.STIR)
	if err != nil {
		return nil, err
	}
	s.edge.Store(newEdge(o, trunks, verifier))
	hep := newHEPSender(o.Trace, s.metrics.untraced, log)
	s.tracer = newTracer(o.Trace, hep)
	s.registrar = newRegistrar(s)
	if s.authorities, err = readPool(o.TrustedFile); err != nil {
		return nil, err
	}
	for _, l := range o.Listeners {
		b, err := bind(l, log)
		if err != nil {
			s.closeSockets()
			return nil, err
		}
		s.bound = append(s.bound, b)
	}
	s.admitTraffic(reg)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(
			sip.WithTransportLayerLogger(quiet(log)),
			sip.WithTransportLayerTransports(sip.TransportsConfig{
				TCP: &sip.TransportTCP{
					WriteTimeout: writeTimeout,
					DialerCreate: func(net.Addr) net.Dialer { return net.Dialer{Timeout: connectTimeout} },
				},
				TLS: &sip.TransportTLS{TransportTCP: &sip.TransportTCP{
					WriteTimeout: writeTimeout,
					DialerCreate: func(net.Addr) net.Dialer { return net.Dialer{Timeout: connectTimeout} },
				}},
				// A browser cannot be dialled: a URL that no dialler takes.
				WS: &sip.TransportWS{WriteTimeout: writeTimeout, DialURI: func(string) string { return "none:" }},
			})),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(quiet(log)),
			sip.WithTransactionLayerTerminateOnConnClose(),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) { s.metrics.strays.Inc() })))
	if err != nil {
		s.closeSockets()
		return nil, err
	}
	s.ua, s.tp, s.tl = ua, ua.TransportLayer(), ua.TransactionLayer()
	for _, b := range s.bound {
		if b.packets != nil {
			// sipgo does the same when it begins to serve; a Dial before that
			// would find no socket and try to bind the address again.
			addr := b.packets.LocalAddr().String()
			s.tp.Pool("udp").Add(addr, &sip.UDPConnection{PacketConn: b.packets, PacketAddr: addr, Listener: true})
		}
	}
	return s, nil
}

// writeTimeout is how long a far end may take nothing from a connection.
const writeTimeout = 5 * time.Second

// Addrs are the bound addresses in the order of Options.Listeners.
func (s *Server) Addrs() []Addr {
	addrs := make([]Addr, 0, len(s.bound))
	for _, b := range s.bound {
		addrs = append(addrs, Addr{Transport: b.transport, Addr: b.addr})
	}
	return addrs
}

// Run serves until ctx ends, then ends every leg with CauseDrainForced and
// returns when all goroutines of the server have.
func (s *Server) Run(ctx context.Context) error {
	s.tl.OnRequest(func(req *sip.Request, tx *sip.ServerTx) { s.receive(ctx, req, tx) })
	var sockets sync.WaitGroup
	for _, b := range s.bound {
		sockets.Go(func() { s.serve(ctx, b) })
	}
	sockets.Go(func() { s.serveBrowsers() })
	close(s.serving)
	sockets.Go(func() { s.serveDialled(s.dialled, s.tp.ServeTCP) })
	sockets.Go(func() { s.serveDialled(s.dialledTLS, s.tp.ServeTLS) })
	s.wg.Go(func() { s.registrar.run(ctx) })
	if s.tracer != nil {
		s.wg.Go(func() { s.tracer.hep.run(ctx) })
	}
	tending := s.tendTrunks(ctx)
	s.draining.Store(true)
	close(s.quit)
	s.legs.close()
	if !s.legs.wait(closeWait) {
		s.log.Warn("legs left without goodbye")
	}
	tending() // takes leave of registrars, within partingTime
	close(s.gone)
	s.closeSockets()
	sockets.Wait()
	err := s.ua.Close()
	s.wg.Wait()
	if err != nil {
		s.log.Debug("close sip stack", "err", err)
	}
	return nil
}

// serve takes a listener's messages until it is closed. The reader of a UDP
// socket may end before, which shedder and broken networks bring about.
func (s *Server) serve(ctx context.Context, b *bound) {
	pause := time.NewTicker(servePause)
	defer pause.Stop()
	for ctx.Err() == nil {
		var err error
		switch b.transport {
		case "udp":
			err = s.tp.ServeUDP(b.packets)
		case "tls":
			err = s.tp.ServeTLS(b.stream)
		default:
			err = s.tp.ServeTCP(b.stream)
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
	}
}

// servePause is the least time between two readers of one socket.
const servePause = 5 * time.Millisecond

// serveBrowsers takes the browsers' messages until their sockets are closed.
func (s *Server) serveBrowsers() {
	if err := s.tp.ServeWS(s.browsers.listener); !errors.Is(err, net.ErrClosed) {
		s.log.Error("browsers not served", "err", err)
	}
}

// serveDialled takes the messages of the connections that we open.
func (s *Server) serveDialled(l net.Listener, serve func(net.Listener) error) {
	if err := serve(l); !errors.Is(err, net.ErrClosed) {
		s.log.Error("dialled connections not served", "err", err)
	}
}

func (s *Server) closeSockets() {
	if s.browsers != nil {
		s.browsers.shut()
		_ = s.dialled.Close()
		_ = s.dialledTLS.Close()
	}
	for _, b := range s.bound {
		if err := b.close(); err != nil {
			s.log.Debug("close sip listener", "remote", b.addr, "err", err)
		}
	}
}

// Drain refuses new calls and new devices from now on with 503 and Retry-After;
// calls that exist, and the registrations of their devices, go on.
func (s *Server) Drain() { s.draining.Store(true) }

// SignOut drops the agent's registrations and closes the page's socket. Calls
// are untouched.
func (s *Server) SignOut(agent call.AgentID) {
	s.registrar.signOut(agent)
	s.closeSocketsOf(agent)
}

// Legs is how many legs exist now.
func (s *Server) Legs() int { return s.legs.count() }

// receive is where every request enters, in a goroutine of sipgo's, which
// recovers nothing.
func (s *Server) receive(ctx context.Context, req *sip.Request, tx *sip.ServerTx) {
	defer func() {
		if p := recover(); p != nil {
			s.metrics.panics.Inc()
			s.log.Error("panic on a request", "err", p, "stack", string(debug.Stack()))
			s.reject(req, tx, 500, "Server Internal Error")
		}
	}()
	if req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil || req.Via() == nil {
		tx.Terminate() // admission has answered what can be answered
		return
	}
	source, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		tx.Terminate()
		return
	}
	source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
	_, inDialog := req.To().Params.Get("tag")
	switch {
	case req.IsAck():
		tx.Terminate() // makes no transaction: RFC 3261, section 17
		s.toDialog(message{req: req, source: source})
	case req.IsCancel():
		s.strayCancel(req, tx, source)
	case inDialog:
		if s.toDialog(message{req: req, tx: tx, source: source}) {
			return
		}
		// Section 12.2.2. It may come from a device whose call has just ended.
		if s.stranger(req, source) {
			s.dismiss(req, tx, 481, "Call/Transaction Does Not Exist")
			return
		}
		s.reject(req, tx, 481, "Call/Transaction Does Not Exist")
	case req.Method == sip.REGISTER:
		s.registrar.register(req, tx, source)
	default:
		s.outside(ctx, req, tx, source)
	}
}

// outside takes a request outside of any dialog. Nothing is told to a source
// that we do not know.
func (s *Server) outside(ctx context.Context, req *sip.Request, tx *sip.ServerTx, source netip.AddrPort) {
	from := s.senderOf(req, source)
	if from.login != loginNone {
		s.askLogin(req, tx, source, from)
		return
	}
	if !from.known {
		s.metrics.refused("source")
		s.admission.struck(source.Addr())
		s.dismiss(req, tx, 403, "Forbidden")
		return
	}
	switch req.Method {
	case sip.OPTIONS:
		if !s.rejectRequired(req, tx) {
			s.answerOptions(req, tx)
		}
	case sip.INVITE:
		s.invite(ctx, arrival{req: req, tx: tx, carrier: from.trunk, source: source, at: time.Now()})
	case sip.BYE, sip.INFO, sip.UPDATE:
		s.reject(req, tx, 481, "Call/Transaction Does Not Exist")
	default:
		s.rejectMethod(req, tx)
	}
}

func (s *Server) fromBrowser(req *sip.Request) bool { return req.Transport() == "WS" }
