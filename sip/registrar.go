// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

const (
	maxDevices    = 5    // bindings of one agent
	maxContactURI = 1024 // bytes
	sweepEvery    = 2 * time.Second
)

// binding is one device of an agent (RFC 3261, section 10).
type binding struct {
	contact   string // as registered: the Request-URI of what we send
	instance  string // +sip.instance (RFC 5626, section 4.1), or ""
	flow      flow
	sipCallID string
	seq       uint32
	expires   time.Time
	since     time.Time // this device came by this flow
}

// key tells devices apart: by instance, else by Contact.
func (b binding) key() string {
	if b.instance != "" {
		return b.instance
	}
	return b.contact
}

// registrar keeps the agents' devices in memory: after a restart they register
// again within seconds (pages) or their own expiry (phones).
type registrar struct {
	server *Server
	auth   *authenticator

	mu       sync.Mutex // guards bindings
	bindings map[call.AgentID][]binding
}

func newRegistrar(s *Server) *registrar {
	credentials := s.handlers.Credentials
	if credentials == nil {
		credentials = func(string) (string, call.AgentID, bool) { return "", "", false }
	}
	return &registrar{
		server: s, auth: newAuthenticator(s.options().Realm, credentials),
		bindings: map[call.AgentID][]binding{},
	}
}

// register answers a REGISTER (RFC 3261, section 10.3).
func (r *registrar) register(req *sip.Request, tx *sip.ServerTx, source netip.AddrPort) {
	if r.server.rejectRequired(req, tx) {
		return
	}
	agent, ok := r.who(req, tx, source)
	if !ok {
		return
	}
	change, status, reason := r.read(req, tx, source)
	if status != 0 {
		r.server.rejectWith(req, tx, status, reason, func(res *sip.Response) {
			if status == 423 {
				res.AppendHeader(sip.NewHeader("Min-Expires", seconds(r.server.options().MinExpires)))
			}
		})
		return
	}
	status, reason = r.apply(agent, change)
	if status == 503 {
		r.server.rejectBusy(req, tx)
		return
	}
	if status != 0 {
		r.server.reject(req, tx, status, reason)
		return
	}
	r.server.rejectWith(req, tx, 200, "OK", func(res *sip.Response) { r.list(agent, res) })
}

// who authenticates: a page by the ticket that opened its socket, a phone by
// digest. Both may register only the agent they belong to.
func (r *registrar) who(req *sip.Request, tx *sip.ServerTx, source netip.AddrPort) (call.AgentID, bool) {
	s := r.server
	named := req.To().Address.User
	if s.fromBrowser(req) {
		id, ok := s.identityOf(source)
		if !ok || named != string(id.Agent) {
			s.metrics.refused("registration")
			s.reject(req, tx, 403, "Forbidden")
			return "", false
		}
		return id.Agent, true
	}
	now := time.Now()
	verdict, user, agent := denied, "", call.AgentID("")
	if h := req.GetHeader("authorization"); h != nil {
		known := func(a call.AgentID) bool { return r.hasAddrOf(source.Addr(), a) }
		user, agent, verdict = r.auth.verify(h.Value(), string(req.Method), source.Addr(), known, now)
		if verdict == denied {
			s.metrics.refused("credentials")
		}
	}
	if verdict != granted {
		s.rejectWith(req, tx, 401, "Unauthorized", func(res *sip.Response) {
			res.AppendHeader(sip.NewHeader("WWW-Authenticate", r.auth.challenge(source.Addr(), verdict == stale, now)))
		})
		return "", false
	}
	if user != named {
		s.metrics.refused("registration")
		s.reject(req, tx, 403, "Forbidden")
		return "", false
	}
	return agent, true
}

// change is what a REGISTER asks for.
type change struct {
	all    bool      // Contact: *
	add    []binding // to add or refresh
	remove []binding
	asks   bool // no Contact: only a question
	id     binding
}

// read takes a REGISTER's Contacts apart (RFC 3261, section 10.3, steps 6 and
// 7); a status says why it cannot be.
func (r *registrar) read(req *sip.Request, tx *sip.ServerTx, source netip.AddrPort) (change, int, string) {
	c := change{id: binding{
		flow:      flow{Transport: strings.ToLower(req.Transport()), Remote: source, Pinned: true},
		sipCallID: req.CallID().Value(), seq: req.CSeq().SeqNo,
	}}
	if c.id.flow.Transport == "udp" {
		c.id.flow.Local = tx.Connection().LocalAddr().String()
	}
	contacts := req.GetHeaders("contact")
	if len(contacts) == 0 {
		c.asks = true
		return c, 0, ""
	}
	if len(contacts) > maxDevices {
		return c, 403, "Too Many Contacts"
	}
	general := req.GetHeader("expires")
	for _, h := range contacts {
		contact, ok := h.(*sip.ContactHeader)
		if !ok {
			return c, 400, "Bad Contact"
		}
		if contact.Address.Wildcard {
			if len(contacts) != 1 || general == nil || strings.TrimSpace(general.Value()) != "0" {
				return c, 400, "Bad Contact"
			}
			c.all = true
			return c, 0, ""
		}
		if status, reason := r.readOne(contact, general, &c); status != 0 {
			return c, status, reason
		}
	}
	return c, 0, ""
}

func (r *registrar) readOne(contact *sip.ContactHeader, general sip.Header, c *change) (int, string) {
	uri := contact.Address.String()
	if contact.Address.Scheme != "sip" && contact.Address.Scheme != "sips" || contact.Address.Host == "" || len(uri) > maxContactURI || strings.ContainsAny(uri, "\r\n") {
		return 400, "Bad Contact"
	}
	b := c.id
	b.contact = uri
	b.instance, _ = contact.Params.Get("+sip.instance")
	if len(b.instance) > maxContactURI {
		return 400, "Bad Contact"
	}
	ttl := r.server.options().MaxExpires
	text, ok := contact.Params.Get("expires")
	if !ok && general != nil {
		text, ok = general.Value(), true
	}
	if ok {
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
		if err == nil { // a malformed value counts as the default: section 10.2.1.1
			ttl = min(ttl, time.Duration(n)*time.Second)
		}
	}
	switch {
	case ttl == 0:
		c.remove = append(c.remove, b)
	case ttl < r.server.options().MinExpires:
		return 423, "Interval Too Brief"
	default:
		b.expires = time.Now().Add(ttl)
		c.add = append(c.add, b)
	}
	return 0, ""
}

// apply changes the agent's bindings, all or none, and tells who must know.
func (r *registrar) apply(agent call.AgentID, c change) (int, string) {
	if c.asks {
		return 0, ""
	}
	r.mu.Lock()
	before := r.bindings[agent]
	after := slices.Clone(before)
	for _, b := range before {
		if b.sipCallID == c.id.sipCallID && c.id.seq <= b.seq {
			r.mu.Unlock()
			return 500, "Server Internal Error" // out of order: section 10.3, step 7
		}
	}
	if c.all {
		after = nil
	}
	for _, gone := range c.remove {
		after = slices.DeleteFunc(after, func(b binding) bool { return b.key() == gone.key() })
	}
	var moved []binding
	for _, b := range c.add {
		i := slices.IndexFunc(after, func(o binding) bool { return o.key() == b.key() })
		switch {
		case i < 0 && len(before) == 0 && r.server.draining.Load() && len(r.server.legs.of(agent)) == 0:
			// A device for new work. One of an agent in a call may come back.
			r.mu.Unlock()
			return 503, ""
		case i >= 0 && after[i].flow == b.flow:
			b.since = after[i].since
			after[i] = b
			continue
		case i >= 0:
			after = slices.Delete(after, i, i+1)
		}
		b.since = time.Now()
		if b.flow.Transport == "ws" { // one page at a time: the newest
			after = slices.DeleteFunc(after, func(o binding) bool { return o.flow.Transport == "ws" })
		}
		after = append(after, b)
		moved = append(moved, b)
	}
	if len(after) > maxDevices {
		r.mu.Unlock()
		return 403, "Too Many Contacts"
	}
	r.set(agent, after)
	for _, b := range moved {
		r.follow(agent, b)
	}
	r.mu.Unlock()
	r.tell(agent, len(moved) > 0, len(before) > 0 && len(after) == 0)
	return 0, ""
}

// set is called with mu held.
func (r *registrar) set(agent call.AgentID, bindings []binding) {
	r.server.metrics.devices.Add(float64(len(bindings) - len(r.bindings[agent])))
	if len(bindings) == 0 {
		delete(r.bindings, agent)
		return
	}
	r.bindings[agent] = bindings
}

// follow moves the agent's dialogs to the new flow of the page they are with,
// and ends those of a page that this one takes over from. Called with mu held.
func (r *registrar) follow(agent call.AgentID, b binding) {
	for _, l := range r.server.legs.of(agent) {
		switch {
		case l.instance != "" && l.instance == b.instance:
			l.follow(b.flow)
		case l.page && b.flow.Transport == "ws":
			l.Hangup(call.CauseReplaced)
		}
	}
}

func (r *registrar) tell(agent call.AgentID, back, lost bool) {
	if back {
		r.server.log.Info("device registered", "agent", agent)
		if f := r.server.handlers.DeviceBack; f != nil {
			f(agent)
		}
	}
	if lost {
		r.server.log.Info("last device gone", "agent", agent)
		if f := r.server.handlers.DeviceLost; f != nil {
			f(agent)
		}
	}
}

// list writes the agent's bindings into a 200 (RFC 3261, section 10.3, step 8).
func (r *registrar) list(agent call.AgentID, res *sip.Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, b := range r.bindings[agent] {
		value := "<" + b.contact + ">;expires=" + seconds(b.expires.Sub(now).Round(time.Second))
		if b.instance != "" {
			value += `;+sip.instance="` + strings.Trim(b.instance, `"`) + `"`
		}
		res.AppendHeader(sip.NewHeader("Contact", value))
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(max(d, 0) / time.Second)) }

// newest is the device of the agent that came last and can be reached now.
func (r *registrar) newest(agent call.AgentID) (binding, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var best binding
	for _, b := range r.bindings[agent] {
		if b.since.After(best.since) && r.alive(b, time.Now()) {
			best = b
		}
	}
	return best, best.contact != ""
}

func (r *registrar) alive(b binding, now time.Time) bool {
	return now.Before(b.expires) && (b.flow.Transport == "udp" || r.server.connected(b.flow.Transport, b.flow.Remote))
}

// hasFlow says whether a device is registered by exactly that address.
func (r *registrar) hasFlow(from netip.AddrPort) bool {
	return r.any(func(_ call.AgentID, b binding) bool { return b.flow.Remote == from })
}

// isFlowOf says whether that address is a device of the agent.
func (r *registrar) isFlowOf(from netip.AddrPort, agent call.AgentID) bool {
	return r.any(func(a call.AgentID, b binding) bool { return a == agent && b.flow.Remote == from })
}

func (r *registrar) hasAddrOf(from netip.Addr, agent call.AgentID) bool {
	return r.any(func(a call.AgentID, b binding) bool { return a == agent && b.flow.Remote.Addr() == from })
}

func (r *registrar) any(is func(call.AgentID, binding) bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for agent, bindings := range r.bindings {
		for _, b := range bindings {
			if is(agent, b) {
				return true
			}
		}
	}
	return false
}

func (r *registrar) signOut(agent call.AgentID) {
	r.drop(func(a call.AgentID, _ binding) bool { return a == agent })
}

// socketClosed drops what was registered over a WebSocket. The calls of that
// page go on: their audio has its own way.
func (r *registrar) socketClosed(remote netip.AddrPort) {
	r.drop(func(_ call.AgentID, b binding) bool {
		return b.flow.Transport == "ws" && b.flow.Remote == remote
	})
}

// drop removes bindings and tells of agents who have none left.
func (r *registrar) drop(which func(call.AgentID, binding) bool) {
	var lost []call.AgentID
	r.mu.Lock()
	for agent, bindings := range r.bindings {
		kept := slices.DeleteFunc(slices.Clone(bindings), func(b binding) bool { return which(agent, b) })
		if len(kept) == len(bindings) {
			continue
		}
		r.set(agent, kept)
		if len(kept) == 0 {
			lost = append(lost, agent)
		}
	}
	r.mu.Unlock()
	slices.Sort(lost)
	for _, agent := range lost {
		r.tell(agent, false, true)
	}
}

// run drops what has expired or lost its connection, until ctx ends.
func (r *registrar) run(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	kept := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			r.drop(func(_ call.AgentID, b binding) bool { return !r.alive(b, now) })
			r.auth.sweep(now)
			if now.Sub(kept) >= keepAliveEvery {
				kept = now
				r.keepAlive()
			}
		}
	}
}

// keepAliveEvery is shorter than what NATs keep a way open for UDP (RFC 4787,
// section 4.3, asks for two minutes; many keep half of one).
const keepAliveEvery = 20 * time.Second

// keepAlive sends an empty line to every phone that is behind NAT and registered
// by UDP, so that calls can reach it between its registrations.
func (r *registrar) keepAlive() {
	r.mu.Lock()
	var to []flow
	for _, bindings := range r.bindings {
		for _, b := range bindings {
			if b.flow.Transport == "udp" && b.behindNAT() {
				to = append(to, b.flow)
			}
		}
	}
	r.mu.Unlock()
	for _, f := range to {
		l := r.server.listener("udp", f.Remote.Addr(), f.Local)
		if l == nil {
			continue
		}
		if _, err := l.packets.WriteTo([]byte("\r\n"), net.UDPAddrFromAddrPort(f.Remote)); err != nil {
			r.server.log.Debug("keep-alive not sent", "remote", f.Remote, "err", err)
		}
	}
}

// behindNAT says that the device sends from elsewhere than its Contact says.
func (b binding) behindNAT() bool {
	var u sip.Uri
	if err := sip.ParseUri(b.contact, &u); err != nil {
		return false
	}
	return strings.Trim(u.Host, "[]") != b.flow.Remote.Addr().String() || orDefault(u.Port, sip.DefaultUdpPort) != int(b.flow.Remote.Port())
}
