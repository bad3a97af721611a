// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// DefaultRealm names us in digest challenges where Options.Realm does not.
const DefaultRealm = "tandem"

// Defaults and bounds of Options.
const (
	defaultMaxCalls   = 2000
	defaultNoProgress = 8 * time.Second
	defaultMinExpires = 30 * time.Second
	defaultMaxExpires = time.Hour
	maxListeners      = 16

	defaultSessionExpires = 30 * time.Minute
	leastSessionExpires   = 90 * time.Second // RFC 4028, section 4
)

// Options configure the SIP edge. The zero value of each field means its
// default.
type Options struct {
	// Listeners are the sockets SIP is spoken on. At least one is needed.
	Listeners []Listener `yaml:"listeners"`
	// Trunks are the carriers and gateways that calls come from and go out by; a
	// source that belongs to none is refused.
	Trunks []Trunk `yaml:"trunks"`
	// Numbers say how numbers are dialled here, so that all can be told apart by
	// their international form. Default: they are left as they are.
	Numbers NumberPlan `yaml:"numbers"`
	// STIR says whose signatures of callers' numbers are checked.
	STIR STIR `yaml:"stir"`
	// Outgoing bounds the calls to numbers over all trunks.
	Outgoing Outgoing `yaml:"outgoing"`
	// TrustedFile holds authorities in PEM that certificates of far ends we call
	// by TLS must lead to; default: those of the operating system.
	TrustedFile string `yaml:"trustedFile"`
	// Realm names us in digest challenges; default "tandem". Changing it makes
	// every stored phone secret useless.
	Realm string `yaml:"realm"`
	// MaxCalls is how many callers there may be at once over all trunks;
	// further ones get 503 with Retry-After; default 2000.
	MaxCalls int `yaml:"maxCalls"`
	// NoProgress is how long a phone may leave our INVITE without any answer
	// before it counts as unreachable; default 8s.
	NoProgress time.Duration `yaml:"noProgress"`
	// MinExpires and MaxExpires bound how long a registration lasts; default
	// 30s and 1h.
	MinExpires time.Duration `yaml:"minExpires"`
	MaxExpires time.Duration `yaml:"maxExpires"`
	// SessionExpires is how long a call may go without a sign of the far end's
	// signalling (RFC 4028): one end refreshes it in half that time; default
	// 30m. MinSessionExpires is the shortest that a far end may ask for;
	// default, and least, 90s.
	SessionExpires    time.Duration `yaml:"sessionExpires"`
	MinSessionExpires time.Duration `yaml:"minSessionExpires"`
	// Trace says what is kept of messages, for tandem sip trace.
	Trace TraceOptions `yaml:"trace"`
	// Limits bound what any source may send.
	Limits Limits `yaml:"limits"`
}

// Listener is one socket.
type Listener struct {
	// Transport is "udp", "tcp" or "tls".
	Transport string `yaml:"transport"`
	// Address is host:port to bind, an IP address and a port; port 0 takes any
	// free one.
	Address string `yaml:"address"`
	// PublicAddress is the host or host:port that far ends reach this listener
	// at, for Contact and Via; default: the bound address, or the interface
	// that leads to the far end when all are bound.
	PublicAddress string `yaml:"publicAddress"`
	// TLS is the certificate of a listener of transport tls.
	TLS ListenerTLS `yaml:"tls"`
}

// Check reports every problem of o with its path below the sip section and
// what would be right.
func (o Options) Check(report func(path, problem string)) {
	if len(o.Listeners) == 0 {
		report("listeners", "none given: SIP needs at least one, such as {transport: udp, address: 127.0.0.1:5060}")
	}
	if len(o.Listeners) > maxListeners {
		report("listeners", fmt.Sprintf("%d given, at most %d are possible", len(o.Listeners), maxListeners))
	}
	bound := map[string]int{}
	for i, l := range o.Listeners {
		path := fmt.Sprintf("listeners[%d]", i)
		l.check(path, report)
		key := networkOf(l.Transport) + " " + l.Address
		if first, ok := bound[key]; ok && !strings.HasSuffix(l.Address, ":0") {
			report(path+".address", fmt.Sprintf("%s is already bound by listeners[%d]", l.Address, first))
		}
		bound[key] = i
	}
	checkTrunks(o, report)
	o.Numbers.check("numbers", report)
	o.Outgoing.check("outgoing", report)
	o.Trace.check("trace", report)
	o.STIR.check("stir", report)
	notNegative(report, "maxCalls", int64(o.MaxCalls))
	notNegative(report, "noProgress", int64(o.NoProgress))
	notNegative(report, "minExpires", int64(o.MinExpires))
	notNegative(report, "maxExpires", int64(o.MaxExpires))
	full := o.withDefaults()
	if full.MinExpires > full.MaxExpires {
		report("maxExpires", fmt.Sprintf("%v is below minExpires %v", full.MaxExpires, full.MinExpires))
	}
	if full.MinSessionExpires < leastSessionExpires {
		report("minSessionExpires", fmt.Sprintf("%v is below %v", full.MinSessionExpires, leastSessionExpires))
	} else if full.MinSessionExpires > full.SessionExpires {
		report("sessionExpires", fmt.Sprintf("%v is below minSessionExpires %v", full.SessionExpires, full.MinSessionExpires))
	}
	if strings.ContainsAny(o.Realm, "\"\\\r\n") {
		report("realm", "quotes, backslashes and line ends are not possible in a realm")
	}
	o.Limits.Check(func(path, problem string) { report("limits."+path, problem) })
}

func (l Listener) check(path string, report func(path, problem string)) {
	if l.Transport != "udp" && l.Transport != "tcp" && l.Transport != "tls" {
		report(path+".transport", fmt.Sprintf("%q is unknown: udp, tcp or tls", l.Transport))
	}
	l.TLS.check(path+".tls", l.Transport == "tls", report)
	if _, err := netip.ParseAddrPort(l.Address); err != nil {
		report(path+".address", fmt.Sprintf("%q is not an IP address and port such as 0.0.0.0:5060 or [::]:5060", l.Address))
	}
	if l.PublicAddress == "" {
		return
	}
	if _, _, err := splitHostPort(l.PublicAddress); err != nil {
		report(path+".publicAddress", fmt.Sprintf("%q is not a host or host:port", l.PublicAddress))
	}
}

func (o Options) withDefaults() Options {
	o.Realm = orDefault(o.Realm, DefaultRealm)
	o.MaxCalls = orDefault(o.MaxCalls, defaultMaxCalls)
	o.NoProgress = orDefault(o.NoProgress, defaultNoProgress)
	o.MinExpires = orDefault(o.MinExpires, defaultMinExpires)
	o.MaxExpires = orDefault(o.MaxExpires, defaultMaxExpires)
	o.SessionExpires = orDefault(o.SessionExpires, defaultSessionExpires)
	o.MinSessionExpires = orDefault(o.MinSessionExpires, leastSessionExpires)
	trunks := make([]Trunk, len(o.Trunks))
	for i, t := range o.Trunks {
		trunks[i] = t.withDefaults(o.Numbers)
	}
	o.Trunks = trunks
	o.Outgoing = o.Outgoing.withDefaults()
	return o
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func notNegative(report func(path, problem string), path string, v int64) {
	if v < 0 {
		report(path, "is below 0; leave it out for the default")
	}
}

func isToken(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// splitHostPort takes "host", "host:port", "v6", "[v6]" and "[v6]:port"; the
// port is 0 if absent.
func splitHostPort(s string) (host string, port int, err error) {
	if ip, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return ip.String(), 0, nil
	}
	host, digits, err := net.SplitHostPort(s)
	if err != nil {
		if strings.ContainsAny(s, ":[]/ ") || s == "" {
			return "", 0, fmt.Errorf("read address %q: not host:port", s)
		}
		return s, 0, nil
	}
	port, err = strconv.Atoi(digits)
	if err != nil || host == "" || port < 1 || port > 65535 {
		return "", 0, fmt.Errorf("read address %q: port out of range", s)
	}
	return host, port, nil
}

func parsePrefix(s string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("read source %q: %w", s, err)
	}
	return p.Masked(), nil
}

// networkOf is what the kernel calls a transport.
func networkOf(transport string) string {
	if transport == "udp" {
		return "udp"
	}
	return "tcp"
}

// Within makes the paths in o, which are relative to the configuration's file,
// paths of this process.
func (o *Options) Within(within func(path string) string) {
	o.TrustedFile = within(o.TrustedFile)
	for i := range o.STIR.Keys {
		o.STIR.Keys[i].File = within(o.STIR.Keys[i].File)
	}
	for i := range o.Trunks {
		o.Trunks[i].Account.PasswordFile = within(o.Trunks[i].Account.PasswordFile)
		o.Trunks[i].Login.PasswordFile = within(o.Trunks[i].Login.PasswordFile)
	}
	for i := range o.Listeners {
		t := &o.Listeners[i].TLS
		t.CertFile, t.KeyFile, t.ClientCAFile = within(t.CertFile), within(t.KeyFile), within(t.ClientCAFile)
	}
}
