// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// destination is where an outbound leg goes.
type destination struct {
	uri      string // Request-URI
	flow     flow
	party    call.Party
	agent    call.AgentID
	instance string // of the agent's device
}

// destination finds the newest device of an agent, or where a URI leads.
func (s *Server) destination(ctx context.Context, to call.Target) (destination, error) {
	if to.Agent != "" {
		return s.deviceOf(ctx, to.Agent)
	}
	return s.uriOut(ctx, to.URI)
}

// deviceOf is the agent's newest flow that still lives, else the fixed URI.
func (s *Server) deviceOf(ctx context.Context, agent call.AgentID) (destination, error) {
	if b, ok := s.registrar.newest(agent); ok {
		return destination{
			uri: b.contact, flow: b.flow, agent: agent, instance: b.instance,
			party: call.Party{Name: string(agent)},
		}, nil
	}
	uri := ""
	if s.handlers.AgentDevice != nil {
		uri = s.handlers.AgentDevice(agent)
	}
	if uri == "" {
		return destination{}, fmt.Errorf("ring agent %s: %w", agent, call.ErrUnreachable)
	}
	d, err := s.uriOut(ctx, uri)
	d.agent = agent
	return d, err
}

func (s *Server) uriOut(ctx context.Context, uri string) (destination, error) {
	var u sip.Uri
	if err := sip.ParseUri(uri, &u); err != nil || u.Scheme != "sip" && u.Scheme != "sips" || u.Host == "" {
		return destination{}, fmt.Errorf("dial: not a sip uri: %w", call.ErrNotAllowed)
	}
	f, err := s.resolve(ctx, uri)
	if err != nil {
		return destination{}, fmt.Errorf("dial: %w: %w", err, call.ErrUnreachable)
	}
	if s.listener(f.Transport, f.Remote.Addr(), "") == nil {
		return destination{}, fmt.Errorf("dial: no %s listener reaches %s: %w", f.Transport, f.Remote.Addr(), call.ErrUnreachable)
	}
	u.UriParams = u.UriParams.Clone()
	return destination{uri: u.String(), flow: f, party: partyFrom("", u)}, nil
}

// identity is what From says to the one who is called; t is the trunk by which
// the call goes, or nil.
func (s *Server) identity(from call.Party, f flow, t *trunk) (end, error) {
	if t != nil && t.Identity.CallerID != "" && t.Identity.Send != "pai" && t.Identity.Send != "rpid" {
		from.Number = t.Identity.CallerID
	}
	if from.Number == "" && from.Name == "" {
		return end{Name: "Anonymous", URI: "sip:anonymous@anonymous.invalid"}, nil // RFC 3323, section 4.1.1.3
	}
	host, _, err := s.advertised(f)
	if err != nil {
		return end{}, err
	}
	u := sip.Uri{Scheme: "sip", User: "anonymous", Host: host}
	if from.Number != "" {
		u.User = from.Number
	}
	if t != nil {
		u.User = t.Numbers.written(t.Numbers.normal(u.User))
		if t.Account.User != "" {
			u.Host = t.Account.Domain
		}
	}
	u.User = escapeUser(u.User)
	return end{Name: cleanName(from.Name), URI: u.String()}, nil
}

// escapeUser writes what may stand in the user of a SIP URI and escapes the
// rest, so that a party known by an address of its own, or by keys such as #,
// can be named too. RFC 3261, section 25.1: unreserved, user-unreserved and what
// is escaped already.
func escapeUser(user string) string {
	var out strings.Builder
	for i := range len(user) {
		switch c := user[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.!~*'()&=+$,;?/%", c) >= 0:
			out.WriteByte(c)
		default:
			fmt.Fprintf(&out, "%%%02X", c)
		}
	}
	return out.String()
}

// asserted are the headers beside From that tell a trunk who calls (RFC 3325,
// section 9; Remote-Party-ID is an older draft that many gateways still read).
func (t *trunk) asserted(from call.Party) []header {
	if t.Identity.Send != "pai" && t.Identity.Send != "rpid" {
		return nil
	}
	number := orDefault(t.Identity.CallerID, from.Number)
	if number == "" {
		return nil
	}
	withheld := from.Number == "" && from.Name == ""
	uri := "<sip:" + escapeUser(t.Numbers.written(t.Numbers.normal(number))) + "@" + t.Account.Domain + ">"
	if t.Identity.Send == "rpid" {
		privacy := ";privacy=off"
		if withheld {
			privacy = ";privacy=full"
		}
		return []header{{"Remote-Party-ID", uri + ";party=calling;screen=yes" + privacy}}
	}
	hs := []header{{"P-Asserted-Identity", uri}}
	if withheld {
		hs = append(hs, header{"Privacy", "id"}) // RFC 3323, section 4.2
	}
	return hs
}
