// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/acd"
	"tandem/acd/explain"
	"tandem/call"
	"tandem/store"
)

// Floor is what pages see. Satisfied by call.Desk.
type Floor interface {
	// Snapshot returns the last published state, never nil.
	Snapshot() *call.Snapshot
	// Changed returns a channel that is closed at the next publication.
	Changed() <-chan struct{}
}

// Intents change what an agent does. Satisfied by call.Desk; errors that wrap
// call.ErrWrongState and call.ErrUnknownAgent are told to the browser.
type Intents interface {
	SetStatus(ctx context.Context, agent call.AgentID, status acd.Status, reason string, actor acd.Actor, force bool) error
	CancelNextStatus(ctx context.Context, agent call.AgentID) error
	FinishWrapUp(ctx context.Context, agent call.AgentID) error
	WantWrapUp(ctx context.Context, agent call.AgentID, on bool) error
	ExtendWrapUp(ctx context.Context, agent call.AgentID, by time.Duration) error
}

// Deeds are what supervisors do to queues and to contacts in line. Satisfied by
// call.Desk; errors that wrap call.ErrNotWaiting, ErrUnknownQueue,
// ErrUnknownAgent and ErrWrongState are told to the browser.
type Deeds interface {
	Withdraw(ctx context.Context, contact acd.ContactID, by acd.Actor) error
	Move(ctx context.Context, contact acd.ContactID, to acd.QueueID, by acd.Actor) error
	SetPriority(ctx context.Context, contact acd.ContactID, priority int, by acd.Actor) error
	Assign(ctx context.Context, contact acd.ContactID, agent acd.AgentID, by acd.Actor) error
	CloseQueue(ctx context.Context, queue acd.QueueID, release bool, by acd.Actor) error
	OpenQueue(ctx context.Context, queue acd.QueueID, by acd.Actor) error
}

// CallbackDesk keeps callbacks. Satisfied by call.Desk.
type CallbackDesk interface {
	RequestCallback(ctx context.Context, w call.CallbackWish) (acd.Kept, error)
	MachineReached(ctx context.Context, agent call.AgentID) error
}

// CallIntents act on the call in an agent's hands. Satisfied by call.Desk.
type CallIntents interface {
	Hold(ctx context.Context, agent call.AgentID, on bool) error
	Hangup(ctx context.Context, agent call.AgentID) error
	PassOn(ctx context.Context, agent call.AgentID, to call.QueueID) error
	Dispose(ctx context.Context, agent call.AgentID, id call.ID, disposition, notes string) error
}

// Secrets checks passwords. Satisfied by store.Store.
type Secrets interface {
	CheckPassword(ctx context.Context, agent acd.AgentID, password string) (bool, error)
}

// Sessions remembers who is signed in. Satisfied by store.Store.
type Sessions interface {
	StartSession(ctx context.Context, agent acd.AgentID, life time.Duration) (token string, err error)
	Session(ctx context.Context, token string) (agent acd.AgentID, ok bool, err error)
	EndSessions(ctx context.Context, agent acd.AgentID) error
}

// History knows what is over. Satisfied by store.Store.
type History interface {
	RecentCalls(ctx context.Context, agent acd.AgentID, limit int) ([]store.Call, error)
	Talked(ctx context.Context, agent acd.AgentID, id call.ID) (bool, error)
	Callbacks(ctx context.Context, since time.Time, limit int) ([]store.Callback, error)
	CallFlow(ctx context.Context, id call.ID) (f store.CallFlow, ok bool, err error)
	AbandonedSince(ctx context.Context, since time.Time, limit int) ([]store.Abandoned, error)
	Keep(call.Record)
}

// Tally counts finished visits. Satisfied by store.Store.
type Tally interface {
	Numbers(q acd.QueueID, threshold time.Duration, from time.Time) store.Numbers
	// Today is the same for a from that stays for long.
	Today(q acd.QueueID, threshold time.Duration, from time.Time) store.Numbers
}

// Phones is the SIP side of browsers. Satisfied by an adapter in cmd/tandem.
type Phones interface {
	// WSHandler serves SIP over WebSocket to whom authenticate lets in; page is
	// the page load the socket belongs to.
	WSHandler(authenticate func(*http.Request) (agent call.AgentID, page string, err error)) http.Handler
	// SignOut closes the agent's sockets and drops the bindings.
	SignOut(agent call.AgentID)
}

// Text is something configured, in the languages of the pages.
type Text = store.Text

// Named is something configured that is shown by name.
type Named struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
}

// Reason is a status that agents may choose beside available.
type Reason struct {
	Named
	Limit time.Duration // shown as exceeded after it; 0: none
}

// Queue is a queue as the pages show it.
type Queue struct {
	ID        acd.QueueID
	Name      Text
	Goal      float64        // per cent of ServiceLevel
	Threshold time.Duration  // of the service level; 0: 20 s
	WrapUp    acd.WrapUpMode // what follows a contact
	Dispose   bool           // a disposition is wanted before a wrap-up ends
	Zone      *time.Location // where today begins at midnight; nil: time.Local
}

// The roles of people.
const (
	RoleAgent      = "agent"
	RoleSupervisor = "supervisor"
)

// The devices of agents.
const (
	DeviceBrowser = "browser"
	DevicePhone   = "phone"
	DeviceURI     = "uri"
)

// Agent is somebody who may sign in, by ID or by name.
type Agent struct {
	ID     acd.AgentID
	Name   string
	Role   string // RoleAgent or RoleSupervisor
	Device string // DeviceBrowser, DevicePhone or DeviceURI
	Queues []acd.QueueID
}

// House is what is configured of the floor; Server.Reload takes another.
type House struct {
	Queues       []Queue // in the order of the configuration
	Agents       []Agent // in the order of the configuration
	Reasons      []Reason
	Dispositions []Named
}

// Deps are what a Server works with.
type Deps struct {
	Floor       Floor
	Intents     Intents
	CallIntents CallIntents
	Deeds       Deeds
	Callbacks   CallbackDesk
	Secrets     Secrets
	Sessions    Sessions
	History     History
	Tally       Tally
	Phones      Phones
	Trunks      Trunks // nil: none are shown

	House

	Version    string
	SIPDomain  string // the host part of agents' SIP URIs; "" means "tandem"
	DataFolder string // where a certificate of our own is kept
	// Reconfigure reads the configuration anew and takes it over; its error is
	// told to whom asked. Nil: not possible.
	Reconfigure func(ctx context.Context, moveTo map[acd.QueueID]acd.QueueID, by acd.Actor) error
	// Explain tells why a contact waited; nil: nothing is kept to tell it from.
	Explain func(ctx context.Context, contact acd.ContactID, agent acd.AgentID, zone *time.Location) (explain.Story, error)
	// DemoCalls places test calls; nil outside demo mode.
	DemoCalls func(ctx context.Context, count int) error
	// Ready says why new calls should go elsewhere; nil: always ready.
	Ready func() error
	// Degraded says what works less well than it should though calls go on, for
	// instance why records are spooled; nil: nothing.
	Degraded   func() error
	Gatherer   prometheus.Gatherer   // what /metrics shows; nil: nothing
	Registerer prometheus.Registerer // for the metrics of this package; nil: none
	Log        *slog.Logger          // nil: slog.Default()
	Rehearsal  Rehearsal             // nil: none are taken
	Now        func() time.Time      // nil: time.Now
}

func (d Deps) withDefaults() (Deps, error) {
	if d.Floor == nil || d.Intents == nil || d.CallIntents == nil || d.Deeds == nil || d.Callbacks == nil || d.Secrets == nil || d.Sessions == nil ||
		d.History == nil || d.Tally == nil || d.Phones == nil {
		return d, errors.New("make web server: a part it works with is missing")
	}
	if d.SIPDomain == "" {
		d.SIPDomain = "tandem"
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Ready == nil {
		d.Ready = func() error { return nil }
	}
	if d.Degraded == nil {
		d.Degraded = func() error { return nil }
	}
	if d.Gatherer == nil {
		d.Gatherer = prometheus.NewRegistry()
	}
	return d, d.check()
}
