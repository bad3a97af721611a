// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/call"
)

// WSIdentity is who authenticated when a WebSocket was opened.
type WSIdentity struct {
	Agent call.AgentID
	Page  string // a random id of the page's load
}

// admitTraffic puts admission in front of every bound socket.
func (s *Server) admitTraffic(reg prometheus.Registerer) {
	s.admission = newAdmission(s.options().Limits, reg, s.log)
	s.admission.exempt = func(addr netip.Addr) bool { return s.trunks().of(addr) != nil }
	s.admission.known = s.registrar.hasFlow
	s.admission.tracer = s.tracer
	s.admission.shook, s.admission.parted = s.certified.shook, s.certified.closed
	s.dialled = newDialled(innerAddr(wsHost + ":5060"))
	s.dialledTLS = newDialled(innerAddr(wsHost + ":5061"))
	s.browsers = newBrowsers(s.admission, s.registrar.socketClosed, s.log)
	for _, b := range s.bound {
		if b.packets != nil {
			b.packets = newShedder(s.admission.packetConn(b.packets), s.admission.exempt)
		} else {
			b.stream = s.admission.listener(b.stream)
		}
	}
}

// identityOf says who opened the browser's socket that has this address.
func (s *Server) identityOf(remote netip.AddrPort) (WSIdentity, bool) {
	return s.browsers.identity(remote)
}

// closeSocketsOf closes the agent's browser sockets.
func (s *Server) closeSocketsOf(agent call.AgentID) {
	s.browsers.close(agent, CloseSignedOut, "signed out")
}
