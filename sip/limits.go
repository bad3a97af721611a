// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"net/netip"
	"time"
)

// Limits bound what sources may send before anything is known of them. The zero
// value of each field means its default. Addresses of trunks are bound by their
// trunk's own limits instead, and by Messages.
type Limits struct {
	// Messages is how many messages per second are taken from all sources
	// together; default 20000.
	Messages int `yaml:"messages"`
	// MessagesPerSource is how many messages per second one source address may
	// send; twice as many at once. Default 50.
	MessagesPerSource int `yaml:"messagesPerSource"`
	// CallsPerSource is how many new calls per second one source address may
	// start; default 10.
	CallsPerSource int `yaml:"callsPerSource"`
	// RegistrationsPerSource is how many registrations per second one source
	// address may send: an office of phones behind one address registers in
	// Phones/RegistrationsPerSource seconds after a power cut. Default 20.
	RegistrationsPerSource int `yaml:"registrationsPerSource"`
	// Refusals is how many refused requests per second are answered, from all
	// sources together; others get silence. Default 500.
	Refusals int `yaml:"refusals"`
	// Connections is how many TCP connections may be open; default 2000.
	Connections int `yaml:"connections"`
	// ConnectionsPerSource is how many of them one source address may have;
	// default 100.
	ConnectionsPerSource int `yaml:"connectionsPerSource"`
	// Sockets is how many browsers' WebSockets may be open; default 5000.
	Sockets int `yaml:"sockets"`
	// IdleTimeout closes a connection of an unknown source on which nothing
	// arrived for so long; default 60s.
	IdleTimeout time.Duration `yaml:"idleTimeout"`
	// TrunkIdleTimeout is the same for a trunk's or a registered phone's; default
	// 30m.
	TrunkIdleTimeout time.Duration `yaml:"trunkIdleTimeout"`
	// MessageTimeout closes a connection on which a message was begun and not
	// finished for so long; default 10s.
	MessageTimeout time.Duration `yaml:"messageTimeout"`
	// BarAfter is how many refusals within a minute make a source unwelcome:
	// nothing of it is answered for BarTime. Default 60; an office whose phones
	// all register after a power cut is slowed down, never barred.
	BarAfter int `yaml:"barAfter"`
	// BarTime is for how long; default 1m.
	BarTime time.Duration `yaml:"barTime"`
	// NeverBar lists addresses and CIDR blocks that are limited like all others but
	// never barred, such as your own offices. Addresses of trunks need not be here.
	NeverBar []string `yaml:"neverBar"`
}

const (
	defaultMessages               = 20000
	defaultMessagesPerSource      = 50
	defaultCallsPerSource         = 10
	defaultRegistrationsPerSource = 20
	defaultRefusals               = 500
	defaultConnections            = 2000
	defaultConnectionsPerSource   = 100
	defaultSockets                = 5000
	defaultIdleTimeout            = time.Minute
	defaultTrunkIdleTimeout       = 30 * time.Minute
	defaultMessageTimeout         = 10 * time.Second
	defaultBarAfter               = 60
	defaultBarTime                = time.Minute
	maxNeverBar                   = 1000
)

// Check reports every problem of l.
func (l Limits) Check(report func(path, problem string)) {
	for _, n := range []struct {
		path  string
		value int
	}{
		{"messages", l.Messages}, {"messagesPerSource", l.MessagesPerSource},
		{"callsPerSource", l.CallsPerSource}, {"registrationsPerSource", l.RegistrationsPerSource},
		{"refusals", l.Refusals}, {"connections", l.Connections},
		{"connectionsPerSource", l.ConnectionsPerSource}, {"sockets", l.Sockets}, {"barAfter", l.BarAfter},
	} {
		notNegative(report, n.path, int64(n.value))
	}
	notNegative(report, "idleTimeout", int64(l.IdleTimeout))
	notNegative(report, "trunkIdleTimeout", int64(l.TrunkIdleTimeout))
	notNegative(report, "messageTimeout", int64(l.MessageTimeout))
	notNegative(report, "barTime", int64(l.BarTime))
	if len(l.NeverBar) > maxNeverBar {
		report("neverBar", fmt.Sprintf("%d given, at most %d are possible", len(l.NeverBar), maxNeverBar))
	}
	for i, from := range l.NeverBar {
		if _, err := parsePrefix(from); err != nil {
			report(fmt.Sprintf("neverBar[%d]", i), fmt.Sprintf("%q is not an IP address or CIDR block such as 192.0.2.0/24", from))
		}
	}
	if full := l.withDefaults(); full.ConnectionsPerSource > full.Connections {
		report("connectionsPerSource", fmt.Sprintf("%d is above connections %d", full.ConnectionsPerSource, full.Connections))
	}
}

func (l Limits) withDefaults() Limits {
	l.Messages = orDefault(l.Messages, defaultMessages)
	l.MessagesPerSource = orDefault(l.MessagesPerSource, defaultMessagesPerSource)
	l.CallsPerSource = orDefault(l.CallsPerSource, defaultCallsPerSource)
	l.RegistrationsPerSource = orDefault(l.RegistrationsPerSource, defaultRegistrationsPerSource)
	l.Refusals = orDefault(l.Refusals, defaultRefusals)
	l.Connections = orDefault(l.Connections, defaultConnections)
	l.ConnectionsPerSource = orDefault(l.ConnectionsPerSource, defaultConnectionsPerSource)
	l.Sockets = orDefault(l.Sockets, defaultSockets)
	l.IdleTimeout = orDefault(l.IdleTimeout, defaultIdleTimeout)
	l.TrunkIdleTimeout = orDefault(l.TrunkIdleTimeout, defaultTrunkIdleTimeout)
	l.MessageTimeout = orDefault(l.MessageTimeout, defaultMessageTimeout)
	l.BarAfter = orDefault(l.BarAfter, defaultBarAfter)
	l.BarTime = orDefault(l.BarTime, defaultBarTime)
	return l
}

// spared are the sources that are never barred; Check has refused what cannot be
// read.
func (l Limits) spared() []netip.Prefix {
	var all []netip.Prefix
	for _, from := range l.NeverBar {
		if p, err := parsePrefix(from); err == nil {
			all = append(all, p)
		}
	}
	return all
}
