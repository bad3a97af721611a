// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// FuzzHeaders reads every header that we read ourselves out of a request of
// which one header and the body are anything.
func FuzzHeaders(f *testing.F) {
	for _, h := range []string{
		"Session-Expires: 90;refresher=uac", "x: 4294967296;refresher", "Min-SE: -1;x", "RAck: 776656 1 INVITE", "RSeq: 0",
		"Require: 100rel,, timer,", "Supported: ", "Retry-After: 18000;duration=3600 (busy)", "Contact: *", "Contact: <sip:a@b:99999>;expires=\"x\"",
		"P-Asserted-Identity: \"A\\\"\" <sip:+49@x;user=phone>", "P-Asserted-Identity: tel:+49-30;ext=1", "Privacy: id;critical", "Reason: SIP;cause=408;text=\"\"",
		"Authorization: Digest username=\"a\", realm=\"tandem\", nonce=\"\", uri=\"sip:x\", response=\"\", qop=auth, nc=zz, cnonce=\"\"",
		"Content-Type: multipart/mixed;boundary=x", "Record-Route: <sip:p;lr>, <sip:q>", "Diversion: <sip:1@x>;reason=", "History-Info: <sip:1@x>;index=1.1",
	} {
		f.Add(h, "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--")
	}
	auth := newAuthenticator("tandem", func(string) (string, call.AgentID, bool) { return ha1Of("a", "tandem", "s"), "a", true })
	f.Fuzz(func(t *testing.T, header, body string) {
		if len(header)+len(body) > maxMessage/2 {
			return
		}
		header = strings.NewReplacer("\r", "", "\n", "").Replace(header)
		text := "INVITE sip:1000@tandem SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:7@x>;tag=a\r\nTo: <sip:1000@x>\r\n" +
			"Call-ID: c\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n" + header + "\r\n\r\n" + body
		msg, err := sip.ParseMessage([]byte(text))
		req, ok := msg.(*sip.Request)
		if err != nil || !ok || req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
			return // the door answers such
		}
		if interval, _, ok := sessionExpires(req); ok && (interval < 0 || interval > 1<<31*time.Second) {
			t.Fatalf("interval %v", interval)
		}
		if minSE(req) < 0 {
			t.Fatal("a negative Min-SE")
		}
		if d := retryAfter(sip.NewResponseFromRequest(req, 503, "", nil), time.Second); d < 0 || d > retryLimit {
			t.Fatalf("retry after %v", d)
		}
		_, _, _ = rackOf(req)
		_ = supports(req, "timer")
		if sdp, err := sdpOf(req); err == nil && len(sdp) > len(body) {
			t.Fatalf("a description of %d bytes in %d", len(sdp), len(body))
		}
		_, _ = keyOf(req, req.Body())
		if p := partyFrom(req.From().DisplayName, req.From().Address); len([]rune(p.Name)) > maxName || len(p.Number) > maxNumber+1 {
			t.Fatalf("party %+v", p)
		}
		_ = (&leg{}).whyBye(req)
		d := dialogOfInvite(req, "tag", flow{})
		_, _ = d.request(sip.BYE, 0)
		for _, h := range req.GetHeaders("authorization") {
			if _, _, v := auth.verify(h.Value(), "INVITE", netip.MustParseAddr("192.0.2.1"), func(call.AgentID) bool { return false }, time.Now()); v == granted {
				t.Fatal("granted")
			}
		}
	})
}
