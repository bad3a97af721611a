// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// dialog is the state that both ends share (RFC 3261, section 12), as a plain
// value: what is in it can be written down and the dialog rebuilt from it in
// another process. One goroutine, the leg's, changes it.
type dialog struct {
	SIPCallID string `json:"sipCallID"`
	Local     end    `json:"local"`
	Remote    end    `json:"remote"`
	// LocalSeq is the last CSeq that we used, RemoteSeq the last one taken from
	// the far end; RemoteSeq is meaningless until Heard.
	LocalSeq  uint32 `json:"localSeq"`
	RemoteSeq uint32 `json:"remoteSeq"`
	Heard     bool   `json:"heard"`
	// Routes is the route set in the order of Route headers (section 12.1).
	Routes []string `json:"routes,omitempty"`
	// Target is the far end's Contact: the Request-URI of what we send.
	Target string `json:"target"`
	Flow   flow   `json:"flow"`
	// Timer is the session timer; Updates says that the far end knows UPDATE.
	Timer   sessionTimer `json:"timer,omitzero"`
	Updates bool         `json:"updates,omitempty"`
	// LocalSDP and RemoteSDP are the last descriptions that were agreed on.
	LocalSDP  []byte `json:"localSDP,omitempty"`
	RemoteSDP []byte `json:"remoteSDP,omitempty"`
}

// end is one side of a dialog as From and To name it.
type end struct {
	Name string `json:"name,omitempty"`
	URI  string `json:"uri"`
	Tag  string `json:"tag,omitempty"`
}

// flow is where messages of a dialog travel.
type flow struct {
	Transport string         `json:"transport"` // "udp", "tcp", "tls" or "ws"
	Local     string         `json:"local"`     // the listener's bound address; "" for any
	Remote    netip.AddrPort `json:"remote"`
	// Pinned flows carry every request, whatever Contact and Route say: the far
	// end is a browser, or a phone that may be behind NAT (RFC 5626, section 5.3).
	Pinned bool `json:"pinned,omitempty"`
	// Host is the name that a far end we connect to by TLS must prove.
	Host string `json:"host,omitempty"`
	// Proven flows go over no connection, whoever opened it, whose far end has not
	// proved Host: a trunk's numbers and passwords are for the trunk.
	Proven bool `json:"proven,omitempty"`
	// Secure says that the far end speaks of sips: URIs, as we then must too (RFC
	// 3261, section 12.1.1).
	Secure bool `json:"secure,omitempty"`
}

// newTag makes a tag, branch or Call-ID of ours: 130 random bits (RFC 3261,
// section 19.3, asks for 32).
func newTag() string { return strings.ToLower(rand.Text()) }

// dialogOfInvite is the UAS's side of the dialog that a 2xx to req will make
// (RFC 3261, section 12.1.1).
func dialogOfInvite(req *sip.Request, localTag string, f flow) dialog {
	d := dialog{
		SIPCallID: req.CallID().Value(),
		Local:     end{Name: req.To().DisplayName, URI: req.To().Address.String(), Tag: localTag},
		Remote:    end{Name: req.From().DisplayName, URI: req.From().Address.String()},
		RemoteSeq: req.CSeq().SeqNo,
		Heard:     true,
		Flow:      f,
	}
	d.Remote.Tag, _ = req.From().Params.Get("tag")
	for _, h := range req.GetHeaders("record-route") {
		d.Routes = append(d.Routes, h.Value())
	}
	d.Updates = lists(req, "allow", "UPDATE")
	d.retarget(req)
	return d
}

// confirm takes what a 2xx to our INVITE says (RFC 3261, section 12.1.2).
func (d *dialog) confirm(res *sip.Response) {
	d.Remote.Tag, _ = res.To().Params.Get("tag")
	d.Routes = nil
	headers := res.GetHeaders("record-route")
	for i := len(headers) - 1; i >= 0; i-- {
		d.Routes = append(d.Routes, headers[i].Value())
	}
	d.Updates = lists(res, "allow", "UPDATE")
	d.retarget(res)
}

// retarget takes the Contact of a target refresh (RFC 3261, section 12.2).
func (d *dialog) retarget(msg sip.Message) {
	for _, h := range msg.GetHeaders("contact") {
		if c, ok := h.(*sip.ContactHeader); ok && !c.Address.Wildcard && c.Address.Host != "" {
			d.Target = c.Address.String()
			return
		}
	}
}

// nextHop is the URI that decides where a request goes (RFC 3261, section
// 12.2.1.1 and 8.1.2).
func (d *dialog) nextHop() string {
	if len(d.Routes) > 0 {
		return strings.Trim(d.Routes[0], "<>")
	}
	return d.Target
}

// request makes the next request within the dialog (RFC 3261, section
// 12.2.1.1), without Via. An ACK bears the CSeq of the INVITE it belongs to,
// every other method takes the next one.
func (d *dialog) request(method sip.RequestMethod, ackOf uint32) (*sip.Request, error) {
	seq := ackOf
	if method != sip.ACK {
		d.LocalSeq++
		seq = d.LocalSeq
	}
	target, routes, err := d.addressing()
	if err != nil {
		return nil, fmt.Errorf("address %s in dialog: %w", method, err)
	}
	req := sip.NewRequest(method, target)
	for _, r := range routes {
		req.AppendHeader(sip.NewHeader("Route", r))
	}
	if err := d.identify(req, seq); err != nil {
		return nil, fmt.Errorf("name the ends of %s: %w", method, err)
	}
	return req, nil
}

// addressing gives Request-URI and Route headers; a first route without lr is a
// strict router's and takes the place of the Request-URI.
func (d *dialog) addressing() (sip.Uri, []string, error) {
	var target sip.Uri
	if err := sip.ParseUri(d.Target, &target); err != nil {
		return target, nil, fmt.Errorf("read contact: %w", err)
	}
	if len(d.Routes) == 0 {
		return target, nil, nil
	}
	var first sip.Uri
	if err := sip.ParseUri(strings.Trim(d.Routes[0], "<>"), &first); err != nil {
		return target, nil, fmt.Errorf("read route: %w", err)
	}
	if first.UriParams.Has("lr") {
		return target, d.Routes, nil
	}
	return first, append(append([]string(nil), d.Routes[1:]...), "<"+d.Target+">"), nil
}

func (d *dialog) identify(req *sip.Request, seq uint32) error {
	from := &sip.FromHeader{DisplayName: d.Local.Name}
	if err := sip.ParseUri(d.Local.URI, &from.Address); err != nil {
		return fmt.Errorf("read local uri: %w", err)
	}
	from.Params = append(from.Params, sip.HeaderKV{K: "tag", V: d.Local.Tag})
	to := &sip.ToHeader{DisplayName: d.Remote.Name}
	if err := sip.ParseUri(d.Remote.URI, &to.Address); err != nil {
		return fmt.Errorf("read remote uri: %w", err)
	}
	if d.Remote.Tag != "" {
		to.Params = append(to.Params, sip.HeaderKV{K: "tag", V: d.Remote.Tag})
	}
	callID := sip.CallIDHeader(d.SIPCallID)
	hops := sip.MaxForwardsHeader(maxForwards)
	req.AppendHeader(from)
	req.AppendHeader(to)
	req.AppendHeader(&callID)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: req.Method})
	req.AppendHeader(&hops)
	return nil
}
