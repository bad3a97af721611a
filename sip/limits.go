// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
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
		{"connectionsPerSource", l.ConnectionsPerSource}, {"sockets", l.Sockets},
	} {
		notNegative(report, n.path, int64(n.value))
	}
	notNegative(report, "idleTimeout", int64(l.IdleTimeout))
	notNegative(report, "trunkIdleTimeout", int64(l.TrunkIdleTimeout))
	notNegative(report, "messageTimeout", int64(l.MessageTimeout))
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
	return l
}
