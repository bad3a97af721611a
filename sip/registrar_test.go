// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/icholy/digest"

	"tandem/call"
)

// register builds a REGISTER for user, with the answer to a challenge if there
// is one.
func (p *peer) register(user, authorization string, extra ...string) string {
	p.target, p.toTag = "sip:tandem", ""
	extra = append([]string{"To: <sip:" + user + "@tandem>", "From: <sip:" + user + "@tandem>;tag=r"}, extra...)
	if authorization != "" {
		extra = append(extra, "Authorization: "+authorization)
	}
	return p.request("REGISTER", "", extra...)
}

// authorize answers the challenge in a 401 as user with password.
func authorize(t *testing.T, refusal, user, password string, count int) string {
	t.Helper()
	chal, err := digest.ParseChallenge(headerOf(refusal, "WWW-Authenticate"))
	if err != nil {
		t.Fatal(err)
	}
	cred, err := digest.Digest(chal, digest.Options{
		Method: "REGISTER", URI: "sip:tandem", Username: user, Password: password, Count: count,
	})
	if err != nil {
		t.Fatal(err)
	}
	return cred.String()
}

// signOn registers the peer's address as a device of user.
func (p *peer) signOn(user string, extra ...string) string {
	p.t.Helper()
	p.write(p.register(user, "", extra...))
	refusal := p.want("SIP/2.0 401", "REGISTER")
	p.write(p.register(user, authorize(p.t, refusal, user, "secret-"+user, 1), extra...))
	return p.want("SIP/2.0 200", "REGISTER")
}

func strangers() Options {
	return Options{Trunks: []Trunk{{Name: "far", From: []string{"192.0.2.0/24"}}}}
}

func TestPhoneRegistersAndIsRung(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	p := newPeer(t, f.addr("udp"))
	ok := p.signOn("ann", "Expires: 600")
	if c := headerOf(ok, "Contact"); c != "<sip:peer@"+p.addr()+">;expires=600" {
		t.Errorf("contact %q", c)
	}
	if a := within(t, "device", f.back); a != "ann" {
		t.Errorf("agent %s is back", a)
	}
	// A phone behind NAT: Contact says something else, the flow leads there.
	p.signOn("ann", "Contact: <sip:ann@10.1.2.3:5060>", "Expires: 600")
	leg, err := f.Dial(t.Context(), call.Target{Agent: "ann", From: call.Party{Number: "123"}})
	if err != nil {
		t.Fatal(err)
	}
	invite := p.want("INVITE sip:ann@10.1.2.3:5060", "INVITE")
	p.reply(invite, 200, "OK", "phone", testSDP, "Contact: <sip:ann@10.1.2.3:5060>")
	p.want("ACK ", "ACK")
	leg.Hangup(call.CauseCompleted)
	p.reply(p.want("BYE ", "BYE"), 200, "OK", "", "")
	// A registered device may ask whether we live, and may place no call.
	p.toTag = ""
	p.write(p.request("OPTIONS", ""))
	p.want("SIP/2.0 200", "OPTIONS")
	p.write(p.request("INVITE", testSDP))
	p.want("SIP/2.0 403", "INVITE")
	// It leaves.
	p.signOn("ann", "Contact: *", "Expires: 0")
	if a := within(t, "loss", f.lost); a != "ann" {
		t.Errorf("agent %s is lost", a)
	}
	if _, err := f.Dial(t.Context(), call.Target{Agent: "ann"}); err == nil {
		t.Error("a device that left was rung")
	}
}

func TestNewestFlowOfAnAgentIsRung(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	old, young := newPeer(t, f.addr("udp")), newPeer(t, f.addr("udp"))
	old.signOn("ann")
	young.signOn("ann")
	old.signOn("ann") // a refresh makes nothing newer
	if _, err := f.Dial(t.Context(), call.Target{Agent: "ann"}); err != nil {
		t.Fatal(err)
	}
	invite := young.want("INVITE ", "INVITE")
	young.reply(invite, 486, "Busy Here", "p", "")
	f.SignOut("ann")
	if a := within(t, "loss", f.lost); a != "ann" {
		t.Errorf("agent %s is lost", a)
	}
	if n := value(t, f.registry, "sip_registrations"); n != 0 {
		t.Errorf("%v devices left", n)
	}
}

func TestRegistrationIsRefused(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	with := func(name, user, password, named, status string, extra ...string) {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, f.addr("udp"))
			p.t = t
			p.write(p.register(named, ""))
			refusal := p.want("SIP/2.0 401", "REGISTER")
			p.write(p.register(named, authorize(t, refusal, user, password, 1), extra...))
			p.want("SIP/2.0 "+status, "REGISTER")
		})
	}
	with("wrong password", "ann", "guess", "ann", "401")
	with("nobody", "zed", "guess", "zed", "401")
	with("another's address of record", "ann", "secret-ann", "bob", "403")
	with("star with an expiry", "ann", "secret-ann", "ann", "400", "Contact: *", "Expires: 60")
	with("star without any", "ann", "secret-ann", "ann", "400", "Contact: *")
	with("too short", "ann", "secret-ann", "ann", "423", "Expires: 5")
	with("extension required", "ann", "secret-ann", "ann", "420", "Require: path")
	var many []string
	for i := range 20 {
		many = append(many, fmt.Sprintf("<sip:ann%d@127.0.0.1:5060>", i))
	}
	with("too many contacts", "ann", "secret-ann", "ann", "403", "Contact: "+strings.Join(many, ", "))
	if len(f.back) != 0 {
		t.Error("somebody got in")
	}
}

// S-2: nothing tells a user who exists from one who does not.
func TestUnknownUsersLookLikeKnownOnes(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	shape := func(user string) []string {
		p := newPeer(t, f.addr("udp"))
		var names []string
		p.write(p.register(user, ""))
		first := p.want("SIP/2.0 401", "REGISTER")
		p.write(p.register(user, authorize(t, first, user, "guess", 1)))
		second := p.want("SIP/2.0 ", "REGISTER")
		for _, l := range strings.Split(first+second, "\r\n") {
			name, _, _ := strings.Cut(l, ":")
			names = append(names, name)
		}
		return names
	}
	if a, b := shape("ann"), shape("zed"); !slices.Equal(a, b) {
		t.Errorf("%q and %q", a, b)
	}
}

func TestNonceIsUsedOnceOrCounted(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	p := newPeer(t, f.addr("udp"))
	p.write(p.register("ann", ""))
	refusal := p.want("SIP/2.0 401", "REGISTER")
	right := authorize(t, refusal, "ann", "secret-ann", 1)
	p.write(p.register("ann", right))
	p.want("SIP/2.0 200", "REGISTER")
	p.write(p.register("ann", right)) // a replay
	if again := p.want("SIP/2.0 401", "REGISTER"); !strings.Contains(headerOf(again, "WWW-Authenticate"), "stale=true") {
		t.Errorf("challenge %q", headerOf(again, "WWW-Authenticate"))
	}
	p.write(p.register("ann", authorize(t, refusal, "ann", "secret-ann", 2)))
	p.want("SIP/2.0 200", "REGISTER")
	// From another address the nonce is worth nothing.
	thief := newPeerAt(t, f.addr("udp"), "127.0.0.2")
	thief.write(thief.register("ann", authorize(t, refusal, "ann", "secret-ann", 3)))
	thief.want("SIP/2.0 401", "REGISTER")
}

func TestNonceAges(t *testing.T) {
	a := newAuthenticator("tandem", nil)
	here := peerAddr("127.0.0.1")
	now := time.Now()
	nonce := a.nonce(here, now)
	f := func(n string, at time.Time, ours, fresh bool) {
		t.Helper()
		if o, fr := a.check(n, here, at); o != ours || fr != fresh {
			t.Errorf("ours %v fresh %v, want %v %v", o, fr, ours, fresh)
		}
	}
	f(nonce, now, true, true)
	f(nonce, now.Add(nonceTTL), true, true)
	f(nonce, now.Add(nonceTTL+time.Millisecond), true, false)
	f(nonce, now.Add(-time.Second), true, false)
	f("00"+nonce[2:], now, false, false)
	f("", now, false, false)
	f("zz", now, false, false)
}

// S-3: guessing is slowed down by address, and an agent's own address is not
// locked out by what strangers guess.
func TestGuessesLockOutTheGuesserOnly(t *testing.T) {
	a := newAuthenticator("tandem", func(user string) (string, call.AgentID, bool) {
		return ha1Of(user, "tandem", "right"), call.AgentID(user), user == "ann"
	})
	now := time.Now()
	try := func(addr, password string, known bool) verdict {
		t.Helper()
		source := peerAddr(addr)
		refusal := "x\r\nWWW-Authenticate: " + a.challenge(source, false, now) + "\r\n"
		_, _, v := a.verify(authorize(t, refusal, "ann", password, 1), "REGISTER", source,
			func(call.AgentID) bool { return known }, now)
		return v
	}
	for range guessesPerIP {
		if try("192.0.2.1", "wrong", false) != denied {
			t.Fatal("a guess was granted")
		}
	}
	if try("192.0.2.1", "right", false) != denied {
		t.Error("the guesser is not locked out")
	}
	if try("192.0.2.2", "right", false) != granted {
		t.Error("another address is locked out")
	}
	for i := range guessesPerUser {
		try(fmt.Sprintf("198.51.100.%d", i), "wrong", false)
	}
	if try("192.0.2.3", "right", false) != denied {
		t.Error("a stranger gets in during a distributed attack")
	}
	if try("192.0.2.2", "right", true) != granted {
		t.Error("the agent's own address is locked out")
	}
	now = now.Add(guessWindow)
	if try("192.0.2.1", "right", false) != granted {
		t.Error("locked out for longer than the window")
	}
	a.sweep(now.Add(time.Hour))
	if len(a.guesses)+len(a.used) != 0 {
		t.Error("the tables are not swept")
	}
}

func TestRegistrationsInTheWrongOrderAreRefused(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	p := newPeer(t, f.addr("udp"))
	p.signOn("ann")
	p.seq -= 2
	p.write(p.register("ann", ""))
	refusal := p.want("SIP/2.0 401", "REGISTER")
	p.write(p.register("ann", authorize(t, refusal, "ann", "secret-ann", 1), "Expires: 0"))
	p.want("SIP/2.0 500", "REGISTER")
	if len(f.lost) != 0 {
		t.Error("an old message removed the device")
	}
}

func TestRegistrationExpires(t *testing.T) {
	f := newFloor(t, Options{MinExpires: time.Second, Trunks: strangers().Trunks}, nil)
	p := newPeer(t, f.addr("udp"))
	p.signOn("ann", "Expires: 1")
	if a := within(t, "loss", f.lost); a != "ann" {
		t.Errorf("agent %s is lost", a)
	}
}

func TestDrainingKeepsDevicesAndTakesNoNewOnes(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	p := newPeer(t, f.addr("udp"))
	p.signOn("ann")
	f.Drain()
	p.signOn("ann")
	q := newPeer(t, f.addr("udp"))
	q.write(q.register("bob", ""))
	refusal := q.want("SIP/2.0 401", "REGISTER")
	q.write(q.register("bob", authorize(t, refusal, "bob", "secret-bob", 1)))
	if busy := q.want("SIP/2.0 503", "REGISTER"); headerOf(busy, "Retry-After") == "" {
		t.Error("no Retry-After")
	}
}

// TestPhonesBehindNATAreKeptReachable: an empty line goes to where the phone
// registered from, and to nobody whose Contact is right.
func TestPhonesBehindNATAreKeptReachable(t *testing.T) {
	f := newFloor(t, strangers(), nil)
	enrol := func(user, contact string) *peer {
		p := newPeer(t, f.addr("udp"))
		p.write(p.register(user, ""))
		first := p.want("SIP/2.0 401", "REGISTER")
		extra := []string{}
		if contact != "" {
			extra = append(extra, "Contact: <"+contact+">")
		}
		p.write(p.register(user, authorize(t, first, user, "secret-"+user, 1), extra...))
		p.want("SIP/2.0 200", "REGISTER")
		return p
	}
	behind, open := enrol("ann", "sip:ann@10.1.2.3:5060"), enrol("bob", "")
	f.registrar.keepAlive()
	if got := behind.read(4 * time.Second); got != "\r\n" {
		t.Errorf("behind NAT: %q", got)
	}
	open.quiet(100 * time.Millisecond)
}
