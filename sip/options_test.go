// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckReportsEveryProblemWithItsPath(t *testing.T) {
	good := Listener{Transport: "udp", Address: "127.0.0.1:5060"}
	f := func(o Options, want ...string) {
		t.Helper()
		var got []string
		o.Check(func(path, problem string) {
			got = append(got, path)
			if problem == "" || strings.Contains(problem, "%!") {
				t.Errorf("%s: %q", path, problem)
			}
		})
		if !slices.Equal(got, want) {
			t.Errorf("problems at %q, want %q", got, want)
		}
	}
	f(Options{Listeners: []Listener{good}})
	f(Options{}, "listeners")
	f(Options{Listeners: []Listener{good, good}}, "listeners[1].address")
	f(Options{Listeners: []Listener{{Transport: "udp", Address: "127.0.0.1:0"}, {Transport: "udp", Address: "127.0.0.1:0"}}})
	f(Options{Listeners: []Listener{good, {Transport: "tcp", Address: "127.0.0.1:5060"}}})
	pair := ListenerTLS{CertFile: "c", KeyFile: "k"}
	f(Options{Listeners: []Listener{{Transport: "tls", Address: "[::]:5061", TLS: pair}}})
	f(Options{Listeners: []Listener{{Transport: "tls", Address: "[::]:5061"}, {Transport: "tcp", Address: "[::]:5061", TLS: pair}}},
		"listeners[0].tls.certFile", "listeners[0].tls.keyFile", "listeners[1].tls", "listeners[1].address")
	f(Options{Listeners: []Listener{{Transport: "sctp", Address: "localhost:5060", PublicAddress: "a b"}}},
		"listeners[0].transport", "listeners[0].address", "listeners[0].publicAddress")
	f(Options{Listeners: []Listener{good}, Trunks: []Trunk{{Name: "a b"}, {Name: "x", From: []string{"example.com", "192.0.2.0/24", "::1"}},
		{Name: "x", From: []string{"192.0.2.1"}, Calls: -1, CallsPerSecond: -1, Transport: "sctp", Address: "h:0"}}},
		"trunks[0].name", "trunks[0].from", "trunks[1].from[0]", "trunks[2].name", "trunks[2].calls",
		"trunks[2].callsPerSecond", "trunks[2].transport", "trunks[2].address")
	f(Options{Listeners: []Listener{good}, MaxCalls: -1, NoProgress: -1, Realm: "a\"b"}, "maxCalls", "noProgress", "realm")
	f(Options{Listeners: []Listener{good}, MinExpires: time.Hour, MaxExpires: time.Minute}, "maxExpires")
	f(Options{Listeners: []Listener{good}, Limits: Limits{Messages: -1}}, "limits.messages")
}

func TestHostPortForms(t *testing.T) {
	f := func(s, host string, port int, ok bool) {
		t.Helper()
		h, p, err := splitHostPort(s)
		if (err == nil) != ok || h != host || p != port {
			t.Errorf("%q: %q, %d, %v", s, h, p, err)
		}
	}
	f("example.com", "example.com", 0, true)
	f("example.com:5070", "example.com", 5070, true)
	f("192.0.2.1", "192.0.2.1", 0, true)
	f("2001:db8::1", "2001:db8::1", 0, true)
	f("[2001:db8::1]", "2001:db8::1", 0, true)
	f("[2001:db8::1]:5070", "2001:db8::1", 5070, true)
	f("", "", 0, false)
	f("a b", "", 0, false)
	f("host:0", "", 0, false)
	f("host:99999", "", 0, false)
	f(":5060", "", 0, false)
}
