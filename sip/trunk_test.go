// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tandem/call"
)

func TestNumberPlans(t *testing.T) {
	f := func(n NumberPlan, number, normal, written string) {
		t.Helper()
		got := n.normal(number)
		if got != normal || n.written(got) != written {
			t.Errorf("%+v: %q is %q and goes out as %q, want %q and %q", n, number, got, n.written(got), normal, written)
		}
	}
	f(NumberPlan{}, "0301234567", "0301234567", "0301234567")
	f(NumberPlan{}, "+49301234567", "+49301234567", "+49301234567")
	germany := NumberPlan{Country: "49"}
	f(germany, "0301234567", "+49301234567", "+49301234567")
	f(germany, "0049301234567", "+49301234567", "+49301234567")
	f(germany, "0012125550100", "+12125550100", "+12125550100")
	f(germany, "112", "112", "112")
	f(germany, "1000", "1000", "1000")
	f(germany, "*31#", "*31#", "*31#")
	f(germany, "", "", "")
	f(germany, "00", "00", "00")
	germany.Send = "national"
	f(germany, "+49301234567", "+49301234567", "0301234567")
	f(germany, "+12125550100", "+12125550100", "0012125550100")
	f(NumberPlan{Country: "1", National: "1", International: "011", Send: "digits"}, "12125550100", "+12125550100", "12125550100")
	f(NumberPlan{Country: "1", National: "1", International: "011", Send: "digits"}, "01149301234567", "+49301234567", "49301234567")
	f(NumberPlan{Country: "45", National: "none", Send: "national"}, "33123456", "+4533123456", "33123456")
	f(NumberPlan{Bare: true, Send: "digits"}, "49301234567", "+49301234567", "49301234567")
	f(NumberPlan{Bare: true}, "1000", "1000", "1000")
}

// quietTrunk is one that is not watched.
func quietTrunk(name, address string) Trunk {
	return Trunk{Name: name, From: []string{"127.0.0.1"}, Address: address, Health: Health{Off: true},
		Takes: Takes{Prefixes: []string{"+"}}}
}

// gateways are far ends that exist before the server whose trunks they are.
func gateways(t *testing.T, n int) []*peer {
	var all []*peer
	for range n {
		all = append(all, newPeer(t, netip.MustParseAddrPort("127.0.0.1:9")))
	}
	return all
}

func (f *floor) meet(all ...*peer) {
	for _, p := range all {
		p.server = f.addr("udp")
	}
}

// endOf waits for the leg's end and returns its cause and what came before.
func endOf(t *testing.T, l call.Leg) (cause call.Cause, answered bool) {
	t.Helper()
	for {
		switch ev := within(t, "event", l.Events()).(type) {
		case call.Answered:
			answered = true
		case call.Ended:
			return ev.Cause, answered
		}
	}
}

func TestCallGoesToTheNextTrunkWhenOneDoesNotTakeIt(t *testing.T) {
	g := gateways(t, 3)
	first, second, third := quietTrunk("first", g[0].addr()), quietTrunk("second", g[1].addr()), quietTrunk("third", g[2].addr())
	second.Takes.Priority, third.Takes.Priority = 1, 2
	first.Takes.Calls = 5
	f := newFloor(t, Options{Trunks: []Trunk{third, second, first}, NoProgress: 300 * time.Millisecond}, nil)
	f.meet(g...)
	leg, err := f.Dial(t.Context(), call.Target{URI: "+49301234567"})
	if err != nil {
		t.Fatal(err)
	}
	refused := g[0].want("INVITE ", "INVITE")
	g[0].reply(refused, 503, "Service Unavailable", "g0", "")
	g[0].want("ACK ", "ACK")
	silent := g[1].want("INVITE ", "INVITE") // says nothing
	invite := g[2].want("INVITE ", "INVITE")
	if headerOf(invite, "Call-ID") != headerOf(silent, "Call-ID") || headerOf(invite, "CSeq") == headerOf(silent, "CSeq") {
		t.Errorf("%s, then %s", headerOf(silent, "CSeq"), headerOf(invite, "CSeq"))
	}
	// The silent one wakes up too late: nobody may be left in a call with it.
	g[1].reply(silent, 200, "OK", "g1", testSDP)
	g[1].want("ACK ", "ACK")
	g[1].reply(g[1].want("BYE ", "BYE"), 200, "OK", "", "")
	g[2].reply(invite, 180, "Ringing", "g2", "")
	g[2].reply(invite, 486, "Busy Here", "g2", "")
	if c, answered := endOf(t, leg); c != call.CauseBusy || answered {
		t.Errorf("ended with %s, answered %v", c, answered)
	}
	waitFor(t, "the limits to be free", func() bool {
		return slices.IndexFunc(f.TrunkStates(), func(s TrunkState) bool { return s.CallsOut != 0 }) < 0
	})
	states := f.TrunkStates()
	if states[2].Name != "first" || states[2].Refused != 1 || states[2].Refusals[0].Status != 503 || states[0].Refusals[0].Status != 486 ||
		states[2].CallsOutToday != 1 {
		t.Errorf("%+v", states)
	}
}

func TestBusyIsNotAskedElsewhere(t *testing.T) {
	g := gateways(t, 2)
	a, b := quietTrunk("a", g[0].addr()), quietTrunk("b", g[1].addr())
	b.Takes.Priority = 1
	f := newFloor(t, Options{Trunks: []Trunk{a, b}}, nil)
	f.meet(g...)
	leg, err := f.Dial(t.Context(), call.Target{URI: "+49301234567"})
	if err != nil {
		t.Fatal(err)
	}
	g[0].reply(g[0].want("INVITE ", "INVITE"), 486, "Busy Here", "g", "")
	if c, _ := endOf(t, leg); c != call.CauseBusy {
		t.Error(c)
	}
	g[1].quiet(100 * time.Millisecond)
}

func TestWeightsShareTheCalls(t *testing.T) {
	all, err := newTrunks([]Trunk{{Name: "a", Address: "192.0.2.1", Takes: Takes{Prefixes: []string{"+"}, Weight: 3}},
		{Name: "b", Address: "192.0.2.2", Takes: Takes{Prefixes: []string{"+"}, Weight: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{}
	for i, tr := range all {
		tr.targets.Store(&[]target{{flow: flow{Remote: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 5060)}}})
	}
	first := map[string]int{}
	for range 4000 {
		first[s.ways(t.Context(), "+1", all)[0].trunk.Name]++
	}
	if first["a"] < 2800 || first["a"] > 3200 {
		t.Errorf("%d of 4000 by the trunk of weight 3 to 1", first["a"])
	}
}

// TestTollFraud is S-6: numbers go where they may and nowhere else.
func TestTollFraud(t *testing.T) {
	g := gateways(t, 1)[0]
	carrier := quietTrunk("carrier", g.addr())
	carrier.Takes = Takes{Prefixes: []string{"+49", "112"}, Calls: 2}
	f := newFloor(t, Options{
		Trunks: []Trunk{carrier, {Name: "in", From: []string{"192.0.2.1"}}}, Numbers: NumberPlan{Country: "49"},
		Outgoing: Outgoing{Deny: []string{"+49900"}, AgentCalls: 1, AgentCallsPerDay: 2, CallsPerDay: 4},
	}, nil)
	f.meet(g)
	dial := func(number string, by call.AgentID) error {
		leg, err := f.Dial(t.Context(), call.Target{URI: number, By: by})
		if err == nil {
			t.Cleanup(func() { leg.Hangup(call.CauseCompleted) })
		}
		return err
	}
	refuse := func(number string, by call.AgentID, want error) {
		t.Helper()
		if err := dial(number, by); !errors.Is(err, want) {
			t.Errorf("%s by %q: %v, want %v", number, by, err, want)
		}
	}
	refuse("+1900123456", "", call.ErrNotAllowed)  // no trunk takes it
	refuse("00449001234", "", call.ErrNotAllowed)  // nor written otherwise
	refuse("0900123456", "", call.ErrNotAllowed)   // denied
	refuse("+49900123456", "", call.ErrNotAllowed) // the same
	refuse("900123456", "", call.ErrNotAllowed)    // neither form of a number
	refuse("+491000", "", nil)
	g.reply(g.want("INVITE sip:+491000@", "INVITE"), 486, "Busy Here", "g", "")
	waitFor(t, "the first to end", func() bool { return f.Legs() == 0 })
	refuse("0301234567", "anna", nil)
	g.want("INVITE sip:+49301234567@", "INVITE")
	refuse("0301234567", "anna", call.ErrNotAllowed) // one at a time
	refuse("0301234568", "bob", nil)
	refuse("112", "", call.ErrUnreachable)       // the trunk has room for two
	refuse("0301234569", "", call.ErrNotAllowed) // the fifth of the day
}

func TestOwnNumbersAreNotDialled(t *testing.T) {
	all := map[string]bool{"+49301000": true}
	g := gateways(t, 1)[0]
	s := newFloor(t, Options{Trunks: []Trunk{quietTrunk("carrier", g.addr())}}, nil)
	s.handlers.Accepts = func(number, _ string) bool { return all[number] }
	if _, err := s.Dial(t.Context(), call.Target{URI: "+49301000"}); !errors.Is(err, call.ErrNotAllowed) {
		t.Errorf("our own number: %v", err)
	}
}

// TestForwardedInCirclesIsRefused is S-18: a call that says it was forwarded six
// times ends here.
func TestForwardedInCirclesIsRefused(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	p := newPeer(t, f.addr("udp"))
	six := "Diversion: <sip:1@x>\r\nDiversion: <sip:2@x>\r\nDiversion: <sip:3@x>\r\nDiversion: <sip:4@x>\r\nDiversion: <sip:5@x>"
	p.write(p.request("INVITE", testSDP, six+"\r\nDiversion: <sip:6@x>"))
	p.want("SIP/2.0 482", "INVITE")
	five := newPeer(t, f.addr("udp"))
	five.call(six)
}

// TestChallengesAreAnsweredForOurOwnCallsOnly is S-4: the digest of our password
// goes to the trunk's address and realm alone, and never into a call that came
// from outside.
func TestChallengesAreAnsweredForOurOwnCallsOnly(t *testing.T) {
	g := gateways(t, 1)[0]
	carrier := quietTrunk("carrier", g.addr())
	carrier.Account = Account{User: "u1", Password: "secret", Realm: "carrier.example"}
	f := newFloor(t, Options{Trunks: []Trunk{carrier}}, nil)
	f.meet(g)
	challenge := `Proxy-Authenticate: Digest realm="%s", nonce="n1", algorithm=MD5, qop="auth,auth-int"`

	leg, err := f.Dial(t.Context(), call.Target{URI: "+49301234567"})
	if err != nil {
		t.Fatal(err)
	}
	g.reply(g.want("INVITE ", "INVITE"), 407, "Proxy Authentication Required", "g", "", fmt.Sprintf(challenge, "elsewhere.example"))
	if c, _ := endOf(t, leg); c != call.CauseUnreachable {
		t.Errorf("another realm: %s", c)
	}
	g.quiet(50*time.Millisecond, "ACK ") // nor was anything sent anew
	leg, err = f.Dial(t.Context(), call.Target{URI: "+49301234567"})
	if err != nil {
		t.Fatal(err)
	}
	for first := g.want("INVITE ", "INVITE"); ; first = g.want("INVITE ", "INVITE") {
		if proof := headerOf(first, "Proxy-Authorization"); proof != "" {
			checkProof(t, proof, "INVITE", "secret")
			g.reply(first, 407, "Proxy Authentication Required", "g", "", fmt.Sprintf(challenge, "carrier.example"))
			break
		}
		g.reply(first, 407, "Proxy Authentication Required", "g", "", fmt.Sprintf(challenge, "carrier.example"))
	}
	if c, _ := endOf(t, leg); c != call.CauseUnreachable { // the proof was refused: not sent again
		t.Errorf("a refused proof: %s", c)
	}

	in := newPeer(t, f.addr("udp"))
	in.call()
	within(t, "call", f.calls).Leg.Hangup(call.CauseCompleted)
	in.reply(in.want("BYE ", "BYE"), 407, "Proxy Authentication Required", "", "", fmt.Sprintf(challenge, "carrier.example"))
	in.quiet(200*time.Millisecond, "SIP/2.0 ")
}

func checkProof(t *testing.T, header, method, password string) {
	t.Helper()
	c, err := digest.ParseCredentials(header)
	if err != nil {
		t.Fatal(err)
	}
	chal := &digest.Challenge{Realm: c.Realm, Nonce: c.Nonce, Algorithm: c.Algorithm}
	if c.QOP != "" {
		chal.QOP = []string{c.QOP}
	}
	want, err := digest.Digest(chal, digest.Options{Method: method, URI: c.URI, Username: c.Username, Password: password, Cnonce: c.Cnonce, Count: c.Nc})
	if err != nil || want.Response != c.Response {
		t.Errorf("wrong proof %s: %v", header, err)
	}
}

func TestTrunkRegistersRefreshesAndTakesLeave(t *testing.T) {
	g := gateways(t, 1)[0]
	carrier := quietTrunk("carrier", g.addr())
	carrier.Account = Account{User: "u1", Password: "secret", Realm: "r", Domain: "carrier.example", Register: true, Expires: time.Minute}
	ctx, stop := context.WithCancel(context.Background())
	f := newFloorUntil(ctx, t, Options{Trunks: []Trunk{carrier}}, Endpoints{}, nil)
	f.meet(g)
	state := func() Registration { return f.TrunkStates()[0].Registration }
	first := g.want("REGISTER sip:carrier.example", "REGISTER")
	if headerOf(first, "From") == "" || !strings.HasPrefix(headerOf(first, "To"), "<sip:u1@carrier.example>") ||
		headerOf(first, "Contact") != "<sip:u1@"+f.addr("udp").String()+">" || headerOf(first, "Expires") != "60" {
		t.Errorf("first\n%s", first)
	}
	g.reply(first, 401, "Unauthorized", "r", "", `WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5, qop="auth"`)
	second := g.want("REGISTER ", "REGISTER")
	checkProof(t, headerOf(second, "Authorization"), "REGISTER", "secret")
	g.reply(second, 423, "Interval Too Brief", "r", "", "Min-Expires: 120")
	third := g.want("REGISTER ", "REGISTER")
	if headerOf(third, "Expires") != "120" || headerOf(third, "Call-ID") != headerOf(first, "Call-ID") {
		t.Errorf("third\n%s", third)
	}
	g.reply(third, 200, "OK", "r", "", "Contact: <sip:other@192.0.2.1>;expires=5, <sip:u1@"+f.addr("udp").String()+">;expires=12")
	waitFor(t, "the registration", func() bool { return state().State == RegistrationUp })
	if left := time.Until(state().Until); left > 13*time.Second || left < 9*time.Second {
		t.Errorf("granted %v", left)
	}
	// The number that a caller wants stands in To, for the trunk calls our contact.
	g.target = "sip:u1@" + f.addr("udp").String()
	g.write(g.request("INVITE", testSDP, "To: <sip:1000@carrier.example>"))
	g.want("SIP/2.0 200", "INVITE")
	stop()
	for last := g.want("REGISTER ", "REGISTER"); headerOf(last, "Expires") != "0"; {
		last = g.want("REGISTER ", "REGISTER")
	}
}

func TestRefusedRegistrationIsTriedAgain(t *testing.T) {
	g := gateways(t, 1)[0]
	carrier := quietTrunk("carrier", g.addr())
	carrier.Account = Account{User: "u1", Password: "wrong", Register: true}
	f := newFloor(t, Options{Trunks: []Trunk{carrier}}, nil)
	f.meet(g)
	g.reply(g.want("REGISTER ", "REGISTER"), 403, "Forbidden", "r", "")
	waitFor(t, "the refusal", func() bool { return f.TrunkStates()[0].Registration.State == RegistrationRefused })
	if r := f.TrunkStates()[0].Registration; r.Status != 403 || r.Reason != "403 Forbidden" {
		t.Errorf("%+v", r)
	}
}

func TestSilentTargetIsAvoidedUntilItAnswers(t *testing.T) {
	g := gateways(t, 2)
	watched, other := quietTrunk("watched", g[0].addr()), quietTrunk("other", g[1].addr())
	watched.Health = Health{Every: 20 * time.Millisecond}
	other.Takes.Priority = 1
	f := newFloor(t, Options{Trunks: []Trunk{watched, other}}, nil)
	f.meet(g...)
	probe := g[0].want("OPTIONS sip:"+g[0].addr(), "OPTIONS")
	g[0].reply(probe, 405, "Method Not Allowed", "g", "")
	waitFor(t, "the answer", func() bool { return f.TrunkStates()[0].Targets[0].Status == 405 })
	if !f.TrunkStates()[0].Targets[0].Up {
		t.Error("405 is an answer")
	}
	for range downAfter {
		g[0].reply(g[0].want("OPTIONS ", "OPTIONS"), 503, "Service Unavailable", "g", "")
	}
	waitFor(t, "the target to be down", func() bool { return !f.TrunkStates()[0].Targets[0].Up })
	if _, err := f.Dial(t.Context(), call.Target{URI: "+49301234567"}); err != nil {
		t.Fatal(err)
	}
	g[1].reply(g[1].want("INVITE ", "INVITE"), 486, "Busy Here", "g", "")
	g[0].reply(g[0].want("OPTIONS ", "OPTIONS"), 200, "OK", "g", "")
	waitFor(t, "the target to be up", func() bool { return f.TrunkStates()[0].Targets[0].Up })
}

// dns is a name server of a test.
type dns struct {
	srv  map[string][]*net.SRV
	host map[string][]netip.Addr
	down bool
}

func (d *dns) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if d.down || d.srv[service+proto+name] == nil {
		return "", nil, errors.New("no such records")
	}
	return "", d.srv[service+proto+name], nil
}

func (d *dns) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if d.down || d.host[host] == nil {
		return nil, errors.New("no such host")
	}
	return d.host[host], nil
}

func TestTargetsComeFromSRVRecordsInTheirOrder(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	d := &dns{
		srv: map[string][]*net.SRV{"sipudpcarrier.example": {
			{Target: "b.carrier.example.", Port: 5080, Priority: 20}, {Target: "a.carrier.example.", Port: 5070, Priority: 10, Weight: 5},
			{Target: "gone.carrier.example.", Port: 5070, Priority: 1},
		}},
		host: map[string][]netip.Addr{
			"a.carrier.example": {netip.MustParseAddr("127.0.0.11")}, "b.carrier.example": {netip.MustParseAddr("127.0.0.12")},
			"plain.example": {netip.MustParseAddr("127.0.0.13"), netip.MustParseAddr("224.0.0.1")},
		},
	}
	f.dns = d
	find := func(tr *trunk, want ...string) {
		t.Helper()
		_ = f.find(t.Context(), tr)
		var got []string
		for _, to := range tr.order() {
			got = append(got, to.flow.Remote.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", tr.Address, got, want)
		}
	}
	srv := &trunk{Trunk: Trunk{Address: "carrier.example", Transport: "udp"}}
	find(srv, "127.0.0.11:5070", "127.0.0.12:5080")
	find(&trunk{Trunk: Trunk{Address: "plain.example", Transport: "udp"}}, "127.0.0.13:5060")
	find(&trunk{Trunk: Trunk{Address: "plain.example:5099", Transport: "udp"}}, "127.0.0.13:5099")
	find(&trunk{Trunk: Trunk{Address: "192.0.2.1", Transport: "tls"}})
	// while the name server is away, the last known targets stay.
	d.down = true
	find(srv, "127.0.0.11:5070", "127.0.0.12:5080")
	// A target that does not answer goes to the end.
	for range downAfter {
		srv.history.probed(Probe{Target: netip.MustParseAddrPort("127.0.0.11:5070")})
	}
	find(srv, "127.0.0.12:5080", "127.0.0.11:5070")
	if !srv.leadsTo(netip.MustParseAddr("127.0.0.12")) || srv.leadsTo(netip.MustParseAddr("127.0.0.13")) {
		t.Error("its calls are not known by where its address leads")
	}
}

func TestTrunkIsKnownByItsLogin(t *testing.T) {
	f := newFloor(t, Options{Trunks: []Trunk{{Name: "pbx", Login: Login{User: "pbx", Password: "secret"}, CallsPerSecond: 10}}}, nil)
	p := newPeer(t, f.addr("udp"))
	try := func(user, password string, want string) {
		t.Helper()
		p.callID += "x"
		p.toTag = ""
		invite := p.request("INVITE", testSDP)
		p.write(invite)
		refusal := p.want("SIP/2.0 401", "INVITE")
		p.write(ackOf(invite, refusal))
		chal, err := digest.ParseChallenge(headerOf(refusal, "WWW-Authenticate"))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := digest.Digest(chal, digest.Options{Method: "INVITE", URI: p.target, Username: user, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		invite = p.request("INVITE", testSDP, "Authorization: "+answer.String())
		p.write(invite)
		p.want(want, "INVITE")
		p.write(p.request("ACK", ""))
	}
	try("pbx", "wrong", "SIP/2.0 401")
	try("nobody", "secret", "SIP/2.0 401")
	try("pbx", "secret", "SIP/2.0 200")
	if in := within(t, "call", f.calls); in.Trunk != "pbx" {
		t.Errorf("by %q", in.Trunk)
	}
	other := newPeer(t, f.addr("udp"))
	other.write(other.request("OPTIONS", ""))
	other.want("SIP/2.0 403", "OPTIONS") // as before: nothing is told
	// A trunk that proves itself with every call is never barred for that.
	f.admission.mu.Lock()
	defer f.admission.mu.Unlock()
	if struck := f.admission.sources[netip.MustParseAddr("127.0.0.1")].strikes; struck > 6 {
		t.Errorf("%d strikes", struck)
	}
}

func TestTrunkIsKnownByItsCertificate(t *testing.T) {
	ca := newAuthority(t)
	l := ca.listener("127.0.0.1")
	l.TLS.ClientCAFile = ca.file
	f := newFloor(t, Options{Listeners: []Listener{l, {Transport: "udp", Address: "127.0.0.1:0"}}, Trunks: []Trunk{{Name: "cube", Certificate: []string{"Cube.example"}}}}, nil)
	call := func(names []string, issuer *authority) string {
		t.Helper()
		config := &tls.Config{RootCAs: ca.pool(), ServerName: "localhost"}
		if names != nil {
			_, _, cert, key := issuer.issue(&x509.Certificate{DNSNames: names}, "client")
			pair, err := tls.LoadX509KeyPair(cert, key)
			if err != nil {
				t.Fatal(err)
			}
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		conn, err := tls.Dial("tcp", f.addr("tls").String(), config)
		if err != nil {
			return "no handshake"
		}
		defer conn.Close()
		if _, err := conn.Write([]byte(strings.Replace(wireInvite, "SIP/2.0/UDP", "SIP/2.0/TLS", 1))); err != nil {
			return "no write"
		}
		buf := make([]byte, 65536)
		for {
			if err := conn.SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil {
				t.Fatal(err)
			}
			n, err := conn.Read(buf)
			if err != nil {
				return "closed"
			}
			if line, _, _ := strings.Cut(string(buf[:n]), "\r\n"); !strings.HasPrefix(line, "SIP/2.0 1") {
				return line
			}
		}
	}
	f2 := func(names []string, issuer *authority, want string) {
		t.Helper()
		if got := call(names, issuer); !strings.HasPrefix(got, want) {
			t.Errorf("%v: %s, want %s", names, got, want)
		}
	}
	f2(nil, nil, "SIP/2.0 403")
	f2([]string{"other.example"}, ca, "SIP/2.0 403")
	f2([]string{"cube.example"}, newAuthority(t), "closed")
	f2([]string{"x.example", "cube.example"}, ca, "SIP/2.0 200")
	forged := newPeer(t, f.addr("udp")) // a datagram from the address of a connection that has proved who it is
	from := netip.MustParseAddrPort(forged.addr())
	f.certified.mu.Lock()
	f.certified.names[from] = []string{"cube.example"}
	f.certified.mu.Unlock()
	forged.write(forged.request("INVITE", testSDP))
	forged.want("SIP/2.0 403", "INVITE")
	f.certified.closed(from)
	waitFor(t, "names to be forgotten", func() bool {
		f.certified.mu.Lock()
		defer f.certified.mu.Unlock()
		return len(f.certified.names) == 0
	})
}

func TestOwnIdentityTowardsATrunk(t *testing.T) {
	f := func(identity Identity, from call.Party, wantFrom string, want ...header) {
		t.Helper()
		s := newFloor(t, Options{}, nil)
		tr := &trunk{Trunk: Trunk{Identity: identity, Account: Account{User: "u", Domain: "c.example"}, Numbers: NumberPlan{Country: "49", Send: "national"}}}
		e, err := s.identity(from, flow{Transport: "udp", Remote: netip.MustParseAddrPort("127.0.0.1:5060")}, tr)
		if err != nil {
			t.Fatal(err)
		}
		if e.URI != wantFrom {
			t.Errorf("From %s, want %s", e.URI, wantFrom)
		}
		if got := tr.asserted(from); !slices.Equal(got, want) {
			t.Errorf("%+v: %+v, want %+v", identity, got, want)
		}
	}
	caller := call.Party{Number: "+49170123456"}
	f(Identity{}, caller, "sip:0170123456@c.example")
	f(Identity{CallerID: "+4930100"}, caller, "sip:030100@c.example")
	f(Identity{Send: "pai", CallerID: "+4930100"}, caller, "sip:0170123456@c.example", header{"P-Asserted-Identity", "<sip:030100@c.example>"})
	f(Identity{Send: "rpid"}, caller, "sip:0170123456@c.example",
		header{"Remote-Party-ID", "<sip:0170123456@c.example>;party=calling;screen=yes;privacy=off"})
	f(Identity{Send: "pai", CallerID: "+4930100"}, call.Party{}, "sip:anonymous@anonymous.invalid",
		header{"P-Asserted-Identity", "<sip:030100@c.example>"}, header{"Privacy", "id"})
	f(Identity{Send: "pai"}, call.Party{}, "sip:anonymous@anonymous.invalid")
}

func TestTrunkKeepsToItsCodecs(t *testing.T) {
	offer := "v=0\r\nm=audio 4000 RTP/AVP 9 0 8 18 101 13\r\na=rtpmap:9 G722/8000\r\na=fmtp:18 annexb=no\r\na=rtpmap:101 telephone-event/8000\r\n" +
		"a=fmtp:101 0-15\r\na=sendrecv\r\nm=video 0 RTP/AVP 31\r\n"
	f := func(want string, ok bool, names ...string) {
		t.Helper()
		got, kept := keepCodecs([]byte(offer), names)
		line := strings.SplitN(string(got), "\r\n", 3)[1]
		if kept != ok || line != want {
			t.Errorf("%v: %q %v, want %q %v", names, line, kept, want, ok)
		}
		if strings.Contains(string(got), "a=rtpmap:9 ") != strings.Contains(want, " 9") || strings.Contains(string(got), "annexb") ||
			!strings.HasSuffix(string(got), "a=sendrecv\r\nm=video 0 RTP/AVP 31\r\n") {
			t.Errorf("%q", got)
		}
	}
	f("m=audio 4000 RTP/AVP 8 101 13", true, "PCMA")
	f("m=audio 4000 RTP/AVP 9 0 101 13", true, "PCMU", "G722")
	f("m=audio 4000 RTP/AVP 101 13", false, "OPUS")

	s := newFloor(t, Options{Trunks: []Trunk{{Name: "a", From: []string{"127.0.0.1"}, Codecs: []string{"pcma"}}}}, nil)
	p := newPeer(t, s.addr("udp"))
	p.write(p.request("INVITE", testSDP)) // PCMU only
	p.want("SIP/2.0 488", "INVITE")
	if r := s.TrunkStates()[0].Refusals; len(r) != 1 || r[0].Status != 488 || r[0].Number != "1000" {
		t.Errorf("%+v", r)
	}
}

func TestTestCallSaysWhatBecameOfIt(t *testing.T) {
	g := gateways(t, 1)[0]
	f := newFloor(t, Options{Trunks: []Trunk{quietTrunk("carrier", g.addr()), {Name: "in", From: []string{"192.0.2.1"}}}}, nil)
	f.meet(g)
	done := make(chan TestCall, 1)
	go func() {
		out, err := f.CallTest(context.Background(), "carrier", "+49301234567")
		if err != nil {
			t.Error(err)
		}
		done <- out
	}()
	invite := g.want("INVITE ", "INVITE")
	g.reply(invite, 180, "Ringing", "g", "")
	g.reply(invite, 200, "OK", "g", testSDP)
	g.want("ACK ", "ACK")
	g.reply(g.want("BYE ", "BYE"), 200, "OK", "", "")
	if out := within(t, "outcome", done); out.Rang > out.Answered || out.Answered == 0 || out.Cause != call.CauseCompleted {
		t.Errorf("%+v", out)
	}
	if _, err := f.CallTest(t.Context(), "in", "+49301234567"); !errors.Is(err, ErrNoTrunk) {
		t.Errorf("a trunk that takes no calls: %v", err)
	}
}
