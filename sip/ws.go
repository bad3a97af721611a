// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"

	"tandem/call"
)

// This file ends browsers' WebSockets (RFC 7118) and hands sipgo their messages
// over in-memory connections, one per browser, whose remote address is the
// browser's. sipgo's own WebSocket listener looks at no Origin, waits for silent
// clients, and breaks on pings and fragments.

const (
	subprotocol  = "sip"
	pingPeriod   = 25 * time.Second // shorter than what NATs and proxies keep open
	pingTimeout  = 10 * time.Second
	socketWrite  = 5 * time.Second // for a browser, or sipgo, to take one message
	innerTimeout = 5 * time.Second // for sipgo to take a new socket
	closeGrace   = time.Second     // for a browser to confirm that its socket closes

	// maxAgentSockets is how many sockets one agent may have: a page, its
	// successor, and a second tab that takes over. One more closes the oldest.
	maxAgentSockets = 4
)

// Close codes that the page knows (RFC 6455, section 7.4.2: 4000 to 4999 are
// ours).
const (
	// CloseSignedOut: the agent was signed out; connecting again is no use.
	CloseSignedOut = 4001
	// CloseReplaced: newer sockets of the same agent took this one's place.
	CloseReplaced = 4002
	// CloseRestart: the server stops; connect again.
	CloseRestart = 1012
)

// browsers are the open sockets.
type browsers struct {
	log      *slog.Logger
	a        *admission
	limit    int
	onClose  func(remote netip.AddrPort)
	listener *innerListener
	work     sync.WaitGroup

	mu     sync.Mutex // guards the rest
	closed bool
	open   map[netip.AddrPort]*socket
	agents map[call.AgentID][]*socket // oldest first
}

// socket is one browser's.
type socket struct {
	identity WSIdentity
	remote   netip.AddrPort
	conn     *websocket.Conn
	inner    net.Conn
	allowed  source // by itself: an office's pages share one address
	stop     context.CancelFunc
}

func newBrowsers(a *admission, onClose func(netip.AddrPort), log *slog.Logger) *browsers {
	return &browsers{
		log: log, a: a, limit: a.limits.Sockets, onClose: onClose, listener: newInnerListener(),
		open: make(map[netip.AddrPort]*socket), agents: make(map[call.AgentID][]*socket),
	}
}

// WSHandler is mounted on the web listener for SIP over WebSocket. authenticate
// says who asks, or an error: 401. The socket may then register only that agent.
func (s *Server) WSHandler(authenticate func(*http.Request) (WSIdentity, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.browsers.serve(w, r, authenticate)
	})
}

// serve lives as long as the socket.
func (b *browsers) serve(w http.ResponseWriter, r *http.Request, authenticate func(*http.Request) (WSIdentity, error)) {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		http.Error(w, "no address", http.StatusBadRequest)
		return
	}
	remote = netip.AddrPortFrom(remote.Addr().Unmap(), remote.Port())
	if !sameOrigin(r) {
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	identity, err := authenticate(r)
	if err != nil {
		b.log.Info("browser socket refused", "remote", remote, "err", err)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	if b.full() {
		b.a.refused[flawCrowd].Inc()
		w.Header().Set("Retry-After", fmt.Sprint(retryAfterMax))
		http.Error(w, "too many sockets", http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{subprotocol}})
	if err != nil {
		return // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	if conn.Subprotocol() != subprotocol {
		_ = conn.Close(websocket.StatusPolicyViolation, "subprotocol sip is needed")
		return
	}
	conn.SetReadLimit(maxMessage)
	if err := b.run(&socket{identity: identity, remote: remote, conn: conn}); err != nil {
		b.log.Debug("browser socket ended", "agent", identity.Agent, "remote", remote, "err", err)
	}
}

// sameOrigin refuses pages of other sites (RFC 6455, section 10.2). What sends
// no Origin is no browser; it needs the ticket all the same.
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// run joins the browser with sipgo until either ends.
func (b *browsers) run(s *socket) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s.stop = stop
	inner, err := b.listener.dial(s.remote)
	if err != nil {
		_ = s.conn.Close(websocket.StatusTryAgainLater, "not serving")
		return fmt.Errorf("hand socket to sip stack: %w", err)
	}
	s.inner = inner
	defer inner.Close()
	if !b.add(s) {
		_ = s.conn.Close(CloseRestart, "stopping")
		return nil
	}
	defer b.remove(s)
	var work sync.WaitGroup
	defer work.Wait()
	errs := make(chan error, 3)
	for _, part := range []func(context.Context, *socket) error{b.up, b.down, b.ping} {
		work.Go(func() {
			defer stop()
			defer b.recovered(s)
			errs <- part(ctx, s)
		})
	}
	<-ctx.Done()
	_ = inner.Close() // ends down
	select {
	case err = <-errs:
	default:
	}
	return err
}

func (b *browsers) recovered(s *socket) {
	if r := recover(); r != nil {
		b.log.Error("browser socket panicked", "err", r, "agent", s.identity.Agent, "remote", s.remote)
	}
}

// up takes the browser's messages; the library joins fragments and answers
// pings meanwhile.
func (b *browsers) up(ctx context.Context, s *socket) error {
	var e envelope
	for {
		_, data, err := s.conn.Read(ctx)
		if err != nil {
			return err
		}
		trimmed := bytes.TrimLeft(data, "\r\n")
		if len(trimmed) == 0 {
			if err := s.write(ctx, []byte("\r\n")); err != nil { // RFC 7118, section 6
				return err
			}
			continue
		}
		out, err := b.check(ctx, &e, s, trimmed)
		if err != nil {
			return err
		}
		if out == nil {
			continue
		}
		if err := s.inner.SetWriteDeadline(time.Now().Add(socketWrite)); err != nil {
			return err
		}
		if err := ws.WriteFrame(s.inner, ws.MaskFrameInPlace(ws.NewTextFrame(out))); err != nil {
			return fmt.Errorf("pass message to sip stack: %w", err)
		}
	}
}

// check returns the message if admission lets it pass, else nil, after the
// browser has been told.
func (b *browsers) check(ctx context.Context, e *envelope, s *socket, data []byte) ([]byte, error) {
	end := endOfHeaders(data)
	if end < 0 {
		b.a.refused[flawNoise].Inc()
		return nil, nil
	}
	out, f := b.a.admit(e, arrived{data, end, s.remote, overWS, &s.allowed})
	if f == nil {
		b.a.tracer.keep(traced{from: s.remote, to: addrOf(nil), transport: "ws"}, out)
		return out, nil
	}
	if answer := b.a.refusal(e, f, s.remote); answer != nil {
		return nil, s.write(ctx, answer)
	}
	return nil, nil
}

// down takes sipgo's messages.
func (b *browsers) down(ctx context.Context, s *socket) error {
	for {
		frame, err := ws.ReadFrame(s.inner)
		if err != nil {
			return err
		}
		if frame.Header.OpCode != ws.OpText {
			continue
		}
		b.a.tracer.keep(traced{from: addrOf(nil), to: s.remote, transport: "ws", out: true}, frame.Payload)
		if err := s.write(ctx, frame.Payload); err != nil {
			return err
		}
	}
}

// write gives the browser one message. One that does not take it in time is
// disconnected.
func (s *socket) write(ctx context.Context, b []byte) error {
	ctx, cancel := context.WithTimeout(ctx, socketWrite)
	defer cancel()
	return s.conn.Write(ctx, websocket.MessageText, b)
}

// ping keeps the way open and finds browsers that have gone without a word.
func (b *browsers) ping(ctx context.Context, s *socket) error {
	ticker := time.NewTicker(pingPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		wait, cancel := context.WithTimeout(ctx, pingTimeout)
		err := s.conn.Ping(wait)
		cancel()
		if err != nil {
			return fmt.Errorf("ping browser: %w", err)
		}
	}
}

func (b *browsers) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open) >= b.limit
}

func (b *browsers) add(s *socket) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	mine := append(b.agents[s.identity.Agent], s)
	if len(mine) > maxAgentSockets {
		b.end(mine[0], CloseReplaced, "too many sockets")
	}
	b.agents[s.identity.Agent] = mine
	b.open[s.remote] = s
	b.work.Add(1)
	return true
}

func (b *browsers) remove(s *socket) {
	b.mu.Lock()
	if b.open[s.remote] == s {
		delete(b.open, s.remote)
	}
	agent := s.identity.Agent
	rest := make([]*socket, 0, len(b.agents[agent]))
	for _, other := range b.agents[agent] {
		if other != s {
			rest = append(rest, other)
		}
	}
	if b.agents[agent] = rest; len(rest) == 0 {
		delete(b.agents, agent)
	}
	b.mu.Unlock()
	b.onClose(s.remote)
	b.work.Done()
}

// identity says who opened the socket with that address.
func (b *browsers) identity(remote netip.AddrPort) (WSIdentity, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.open[remote]
	if !ok {
		return WSIdentity{}, false
	}
	return s.identity, true
}

// close closes the agent's sockets and returns at once.
func (b *browsers) close(agent call.AgentID, code websocket.StatusCode, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.agents[agent] {
		b.end(s, code, reason)
	}
}

// end tells the browser why, then ends its socket. b is locked.
func (b *browsers) end(s *socket, code websocket.StatusCode, reason string) {
	b.work.Go(func() {
		late := time.AfterFunc(closeGrace, s.stop)
		defer late.Stop()
		_ = s.conn.Close(code, reason) // waits for the browser's own
		s.stop()
	})
}

// shut closes all sockets and returns when they are gone.
func (b *browsers) shut() {
	b.mu.Lock()
	b.closed = true
	for _, s := range b.open {
		b.end(s, CloseRestart, "stopping")
	}
	b.mu.Unlock()
	b.work.Wait()
	_ = b.listener.Close()
}
