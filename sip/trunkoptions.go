// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Defaults and bounds of a Trunk.
const (
	defaultTrunkCalls     = 100
	defaultCallsPerSecond = 20
	defaultExpires        = 10 * time.Minute
	shortestExpires       = time.Minute
	longestExpires        = 24 * time.Hour
	defaultHealthEvery    = 30 * time.Second
	shortestHealth        = time.Second
	maxTrunks             = 200
	maxTrunkSources       = 100
	maxPrefixes           = 1000
	maxTrunkName          = 64 // bytes
)

// Trunk is a carrier or gateway: calls come from it, go out by it, or both. A
// call is its own if all that is given of From, Certificate and Login is true of
// it. A trunk with none of the three is known by what Address leads to.
type Trunk struct {
	// Name is used in logs, records and numbers; letters, digits, "-" and "_".
	Name string `yaml:"name"`
	// From lists its source addresses: IP addresses or CIDR blocks.
	From []string `yaml:"from"`
	// Certificate lists names of which its TLS certificate must bear one; the tls
	// listener needs a clientCAFile.
	Certificate []string `yaml:"certificate"`
	// Login is what it must prove to know with every call, by digest.
	Login Login `yaml:"login"`
	// Calls is how many of its calls may exist at once; default 100.
	Calls int `yaml:"calls"`
	// CallsPerSecond is how many new calls it may start in a second; default 20.
	CallsPerSecond int `yaml:"callsPerSecond"`
	// Address is host or host:port where calls to numbers go out; "" if it takes
	// none. A host without port is looked up by SRV first, then as an address.
	Address string `yaml:"address"`
	// Transport of outgoing calls: "udp" (default), "tcp" or "tls"; a listener
	// of the same transport is needed.
	Transport string `yaml:"transport"`
	// NAT sends requests of a call to where its INVITE came from instead of to
	// the Contact, for gateways that announce a private address.
	NAT bool `yaml:"nat"`
	// Account is ours at the trunk: it answers its challenges and registers.
	Account Account `yaml:"account"`
	// Health says how its address is watched by OPTIONS.
	Health Health `yaml:"health"`
	// Takes says which numbers go out by it, and how many calls.
	Takes Takes `yaml:"takes"`
	// Numbers say how numbers are written at this trunk, both ways; default: as
	// sip.numbers say.
	Numbers NumberPlan `yaml:"numbers"`
	// Identity says what is believed of who calls, and how we name ourselves.
	Identity Identity `yaml:"identity"`
	// Codecs are the only ones used with it, such as [PCMA]; default: all that we
	// have.
	Codecs []string `yaml:"codecs"`
}

// Login is what a trunk proves to us (RFC 3261, section 22).
type Login struct {
	// User is the name it uses.
	User string `yaml:"user"`
	// Password is its secret, in place of which PasswordFile may name a file.
	Password string `yaml:"password"`
	// PasswordFile holds the password alone, on one line.
	PasswordFile string `yaml:"passwordFile"`
}

// Account is what we prove to a trunk.
type Account struct {
	// User is the name we use.
	User string `yaml:"user"`
	// Password is the secret, in place of which PasswordFile may name a file.
	Password string `yaml:"password"`
	// PasswordFile holds the password alone, on one line.
	PasswordFile string `yaml:"passwordFile"`
	// Realm is the only one whose challenges are answered; default: Domain.
	Realm string `yaml:"realm"`
	// Domain is the host part of our own address there; default: the host of the
	// trunk's address.
	Domain string `yaml:"domain"`
	// Register says whether we register there; default false.
	Register bool `yaml:"register"`
	// Expires is how long a registration shall last; default 10m.
	Expires time.Duration `yaml:"expires"`
}

// Health says how a trunk's address is watched.
type Health struct {
	// Every is how often it is asked; default 30s.
	Every time.Duration `yaml:"every"`
	// Off never asks, for trunks that do not answer OPTIONS.
	Off bool `yaml:"off"`
}

// Takes says which calls go out by a trunk.
type Takes struct {
	// Prefixes are what numbers, in international form with +, begin with that it
	// takes; "+" is all of them, "112" a short number. Default: none.
	Prefixes []string `yaml:"prefixes"`
	// Priority: trunks with a smaller one are tried first; default 0.
	Priority int `yaml:"priority"`
	// Weight is its share of the calls among trunks of one priority; default 1.
	Weight int `yaml:"weight"`
	// Calls is how many may go out at once; default the trunk's calls.
	Calls int `yaml:"calls"`
	// CallsPerDay is how many may go out from midnight to midnight, UTC; default
	// 10000.
	CallsPerDay int `yaml:"callsPerDay"`
}

// Identity says what is believed of who calls, and how we name ourselves.
type Identity struct {
	// Trust believes the trunk's P-Asserted-Identity, Remote-Party-ID, Diversion
	// and History-Info; default false: only From counts, which anybody can write.
	Trust bool `yaml:"trust"`
	// Send names the caller of our calls in "from" alone (default), or in "pai"
	// or "rpid" as well.
	Send string `yaml:"send"`
	// CallerID is the number that our calls show where Send says so; default:
	// that of who calls.
	CallerID string `yaml:"callerID"`
}

// NumberPlan says how numbers are written.
type NumberPlan struct {
	// Country is the country code, such as "49"; "" leaves numbers as they are.
	Country string `yaml:"country"`
	// National is what stands before a number within the country; default "0",
	// "none" where there is nothing (as in Italy or Denmark).
	National string `yaml:"national"`
	// International is what stands before a number of another country; default
	// "00".
	International string `yaml:"international"`
	// Bare says that numbers come in international form without the +.
	Bare bool `yaml:"bare"`
	// Send is how numbers go out: "e164" with + (default), "digits" without, or
	// "national".
	Send string `yaml:"send"`
}

// Outgoing bounds the calls to numbers over all trunks.
type Outgoing struct {
	// Deny are beginnings of numbers, in international form with +, that are
	// never dialled, whatever a trunk takes.
	Deny []string `yaml:"deny"`
	// CallsPerDay is how many calls may go out from midnight to midnight, UTC;
	// default 10000.
	CallsPerDay int `yaml:"callsPerDay"`
	// AgentCalls is how many an agent may have at once; default 3.
	AgentCalls int `yaml:"agentCalls"`
	// AgentCallsPerDay is how many an agent may place in a day; default 500.
	AgentCallsPerDay int `yaml:"agentCallsPerDay"`
}

const (
	defaultCallsPerDay      = 10000
	defaultAgentCalls       = 3
	defaultAgentCallsPerDay = 500
)

func (o Outgoing) check(path string, report func(path, problem string)) {
	for i, prefix := range o.Deny {
		checkPrefix(fmt.Sprintf("%s.deny[%d]", path, i), prefix, report)
	}
	notNegative(report, path+".callsPerDay", int64(o.CallsPerDay))
	notNegative(report, path+".agentCalls", int64(o.AgentCalls))
	notNegative(report, path+".agentCallsPerDay", int64(o.AgentCallsPerDay))
}

func (o Outgoing) withDefaults() Outgoing {
	o.CallsPerDay = orDefault(o.CallsPerDay, defaultCallsPerDay)
	o.AgentCalls = orDefault(o.AgentCalls, defaultAgentCalls)
	o.AgentCallsPerDay = orDefault(o.AgentCallsPerDay, defaultAgentCallsPerDay)
	return o
}

func checkPrefix(path, prefix string, report func(path, problem string)) {
	if prefix != "+" && !isNumber(prefix) {
		report(path, fmt.Sprintf("%q is no beginning of a number; write one like +49, or + for all", prefix))
	}
}

func checkTrunks(o Options, report func(path, problem string)) {
	if len(o.Trunks) > maxTrunks {
		report("trunks", fmt.Sprintf("%d given, at most %d are possible", len(o.Trunks), maxTrunks))
	}
	names := map[string]int{}
	for i, t := range o.Trunks {
		path := fmt.Sprintf("trunks[%d]", i)
		if !isToken(t.Name) {
			report(path+".name", fmt.Sprintf("%q is not a name of letters, digits, - and _", t.Name))
		} else if first, ok := names[t.Name]; ok {
			report(path+".name", fmt.Sprintf("%q is already the name of trunks[%d]", t.Name, first))
		}
		names[t.Name] = i
		t.check(path, report)
		t.checkListeners(path, o.Listeners, report)
	}
}

func (t Trunk) check(path string, report func(path, problem string)) {
	if len(t.From) == 0 && len(t.Certificate) == 0 && t.Login == (Login{}) && t.Address == "" {
		report(path+".from", "no source address given: a trunk is known by where it sends from, such as 192.0.2.10 or 192.0.2.0/24, by certificate, by login, or by its address")
	}
	if len(t.From) > maxTrunkSources {
		report(path+".from", fmt.Sprintf("%d given, at most %d are possible", len(t.From), maxTrunkSources))
	}
	for i, from := range t.From {
		if _, err := parsePrefix(from); err != nil {
			report(fmt.Sprintf("%s.from[%d]", path, i), fmt.Sprintf("%q is not an IP address or CIDR block such as 192.0.2.0/24", from))
		}
	}
	checkSecret(path+".login", t.Login.User, t.Login.Password, t.Login.PasswordFile, report)
	notNegative(report, path+".calls", int64(t.Calls))
	notNegative(report, path+".callsPerSecond", int64(t.CallsPerSecond))
	if t.Transport != "" && t.Transport != "udp" && t.Transport != "tcp" && t.Transport != "tls" {
		report(path+".transport", fmt.Sprintf("%q is unknown: udp, tcp or tls", t.Transport))
	}
	if t.Address != "" {
		if _, _, err := splitHostPort(t.Address); err != nil {
			report(path+".address", fmt.Sprintf("%q is not a host or host:port", t.Address))
		}
	}
	t.checkOut(path, report)
	t.Numbers.check(path+".numbers", report)
	switch t.Identity.Send {
	case "", "from", "pai", "rpid":
	default:
		report(path+".identity.send", fmt.Sprintf("%q is unknown: from, pai or rpid", t.Identity.Send))
	}
	if t.Identity.CallerID != "" && !isNumber(t.Identity.CallerID) {
		report(path+".identity.callerID", fmt.Sprintf("%q is no number; write one like +493012345", t.Identity.CallerID))
	}
	for i, codec := range t.Codecs {
		if !slices.Contains(codecNames, strings.ToUpper(codec)) {
			report(fmt.Sprintf("%s.codecs[%d]", path, i), fmt.Sprintf("%q is unknown: %s", codec, strings.Join(codecNames, ", ")))
		}
	}
}

// checkOut checks what is about calls that go out.
func (t Trunk) checkOut(path string, report func(path, problem string)) {
	a := t.Account
	checkSecret(path+".account", a.User, a.Password, a.PasswordFile, report)
	switch {
	case a.Register && (a.User == "" || t.Address == ""):
		report(path+".account.register", "needs account.user and address")
	case t.Address == "" && a != (Account{}):
		report(path+".account", "means nothing without address, where its challenges come from")
	case strings.ContainsAny(a.Realm+a.Domain+a.User+a.Password, "\"\r\n"):
		report(path+".account", "quotes and line ends are not possible in user, password, realm and domain")
	}
	if a.Expires != 0 && (a.Expires < shortestExpires || a.Expires > longestExpires) {
		report(path+".account.expires", fmt.Sprintf("%v is outside %v to %v", a.Expires, shortestExpires, longestExpires))
	}
	if t.Health.Every != 0 && t.Health.Every < shortestHealth {
		report(path+".health.every", fmt.Sprintf("%v is below %v", t.Health.Every, shortestHealth))
	}
	if len(t.Takes.Prefixes) > 0 && t.Address == "" {
		report(path+".takes.prefixes", "mean nothing without address, where the calls go")
	}
	if len(t.Takes.Prefixes) > maxPrefixes {
		report(path+".takes.prefixes", fmt.Sprintf("%d given, at most %d are possible", len(t.Takes.Prefixes), maxPrefixes))
	}
	for i, prefix := range t.Takes.Prefixes {
		checkPrefix(fmt.Sprintf("%s.takes.prefixes[%d]", path, i), prefix, report)
	}
	notNegative(report, path+".takes.priority", int64(t.Takes.Priority))
	notNegative(report, path+".takes.weight", int64(t.Takes.Weight))
	notNegative(report, path+".takes.calls", int64(t.Takes.Calls))
	notNegative(report, path+".takes.callsPerDay", int64(t.Takes.CallsPerDay))
}

// checkListeners wants the listeners that the trunk cannot do without.
func (t Trunk) checkListeners(path string, all []Listener, report func(path, problem string)) {
	transport := orDefault(t.Transport, "udp")
	has := slices.ContainsFunc(all, func(l Listener) bool { return l.Transport == transport })
	if t.Address != "" && !has && (transport == "udp" || transport == "tcp" || transport == "tls") {
		report(path+".transport", fmt.Sprintf("no listener of transport %s is there to send from; add one", transport))
	}
	asks := slices.ContainsFunc(all, func(l Listener) bool { return l.TLS.ClientCAFile != "" })
	if len(t.Certificate) > 0 && !asks {
		report(path+".certificate", "is asked for by no listener; add clientCAFile to the tls of one")
	}
}

func checkSecret(path, user, password, file string, report func(path, problem string)) {
	switch {
	case user == "" && password == "" && file == "":
	case user == "":
		report(path+".user", "is missing")
	case password == "" && file == "":
		report(path+".password", "is missing; write it, or name a passwordFile")
	case password != "" && file != "":
		report(path+".passwordFile", "stands beside password; keep one")
	case file != "":
		if _, err := readPassword(file); err != nil {
			report(path+".passwordFile", err.Error())
		}
	}
}

const maxPassword = 1024 // bytes of a password file

func readPassword(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" || len(password) > maxPassword || strings.ContainsAny(password, "\r\n") {
		return "", fmt.Errorf("read password: %s does not hold one line of at most %d bytes", file, maxPassword)
	}
	return password, nil
}

func (t Trunk) withDefaults(plan NumberPlan) Trunk {
	t.Calls = orDefault(t.Calls, defaultTrunkCalls)
	t.CallsPerSecond = orDefault(t.CallsPerSecond, defaultCallsPerSecond)
	t.Transport = orDefault(t.Transport, "udp")
	host, _, _ := splitHostPort(t.Address)
	t.Account.Domain = orDefault(t.Account.Domain, host)
	t.Account.Realm = orDefault(t.Account.Realm, t.Account.Domain)
	t.Account.Expires = orDefault(t.Account.Expires, defaultExpires)
	t.Health.Every = orDefault(t.Health.Every, defaultHealthEvery)
	t.Takes.Weight = orDefault(t.Takes.Weight, 1)
	t.Takes.Calls = orDefault(t.Takes.Calls, t.Calls)
	t.Takes.CallsPerDay = orDefault(t.Takes.CallsPerDay, defaultCallsPerDay)
	t.Numbers = orDefault(t.Numbers, plan)
	return t
}
