// SPDX-License-Identifier: Apache-2.0

package config

import (
	"maps"
	"slices"
	"time"

	"tandem/acd"
	"tandem/call"
	"tandem/ivr"
)

// Names are what something is called on pages, by language. A plain string is
// the same in all.
type Names struct {
	EN string `yaml:"en,required"`
	ZH string `yaml:"zh,required"`
}

// UnmarshalText takes a name that is the same in every language.
func (n *Names) UnmarshalText(text []byte) error {
	*n = Names{EN: string(text), ZH: string(text)}
	return nil
}

// Number says what answers a dialled number, or all that begin with a prefix.
// An exact number wins over a prefix, a longer prefix over a shorter.
type Number struct {
	// Number is the dialled number as the trunk sends it; or
	Number string `yaml:"number"`
	// Prefix is what dialled numbers begin with.
	Prefix string `yaml:"prefix"`
	// Trunk takes only calls of this trunk; default: of any.
	Trunk string `yaml:"trunk"`
	// Flow answers.
	Flow ivr.FlowID `yaml:"flow,required"`
	// Language of the flow's sentences: en or zh; default en where the flow has
	// it, else the flow's first.
	Language string `yaml:"language"`
	// Ringback is how long the caller hears ringing before the answer; default
	// 0s, answered at once.
	Ringback time.Duration `yaml:"ringback"`
}

// Queue is a line that callers wait in.
type Queue struct {
	// ID names the queue in flows, records and metrics: letters, digits, - and _.
	ID acd.QueueID `yaml:"id,required"`
	// Name is shown on pages; default the ID.
	Name Names `yaml:"name"`
	// ServiceLevel is the wait within which a caller counts as answered in time;
	// default 20s.
	ServiceLevel time.Duration `yaml:"serviceLevel"`
	// Goal is how many percent should be; default 80.
	Goal int `yaml:"goal"`
	// RingTime is how long an agent is rung before the next one; default 20s.
	RingTime time.Duration `yaml:"ringTime"`
	// WrapUp is the agent's rest after each call; default none.
	WrapUp time.Duration `yaml:"wrapUp"`
	// WrapUpMode is what follows a call: limited (to wrapUp; the default where that
	// is given), none (else the default), optional (if the agent asks for it during
	// the call) or untilDismissed.
	WrapUpMode acd.WrapUpMode `yaml:"wrapUpMode"`
	// DispositionNeeded keeps agents in wrap-up until they choose a disposition;
	// a limited one ends all the same; default false.
	DispositionNeeded bool `yaml:"dispositionNeeded"`
	// MaxLength is how many may wait; more get the flow's full branch; default
	// no limit.
	MaxLength int `yaml:"maxLength"`
	// MaxWait is how long anybody waits before the flow's timedOut branch;
	// default no limit.
	MaxWait time.Duration `yaml:"maxWait"`
	// JoinEmpty lets callers wait while nobody is signed in; default: they get
	// the flow's joinEmpty branch.
	JoinEmpty bool `yaml:"joinEmpty"`
	// LeaveEmpty ends the wait of all when the last agent signs out; default:
	// they wait on.
	LeaveEmpty bool `yaml:"leaveEmpty"`
	// JoinCounts says who counts as there for joinEmpty: signedIn (default),
	// available, or idle.
	JoinCounts acd.Presence `yaml:"joinCounts"`
	// LeaveCounts says so for leaveEmpty.
	LeaveCounts acd.Presence `yaml:"leaveCounts"`
	// Hours are when the door is open, in the queue's timeZone; default always.
	Hours ivr.Opening `yaml:"hours"`
	// AtClose is what becomes of those in line when the door closes: serve
	// (default), release (to the flow's closed branch, at once) or overflow (to
	// overflowTo).
	AtClose acd.AtClose `yaml:"atClose"`
	// ServeFor is how long they are served at most; default until the last.
	ServeFor time.Duration `yaml:"serveFor"`
	// RedialGrace is how long a caller who was cut off while waiting may call again
	// and have the place back, once, if the trunk vouches for the number; default
	// never.
	RedialGrace time.Duration `yaml:"redialGrace"`
	// Closed closes the door: callers get the flow's closed branch.
	Closed bool `yaml:"closed"`
	// Priority of its callers; a larger one is more urgent; default 0.
	Priority int `yaml:"priority"`
	// Guard is the wait after which a caller goes before higher priorities;
	// default never.
	Guard time.Duration `yaml:"guard"`
	// AnnounceFirst is when a caller is first told the place in the line;
	// default AnnounceEvery.
	AnnounceFirst time.Duration `yaml:"announceFirst"`
	// AnnounceEvery is how often; default never.
	AnnounceEvery time.Duration `yaml:"announceEvery"`
	// MissedLimit is how many calls in a row an agent may leave ringing before
	// becoming notResponding; default 1.
	MissedLimit int `yaml:"missedLimit"`
	// MissedDelay is the pause after a missed call with a higher limit; default
	// 5s.
	MissedDelay time.Duration `yaml:"missedDelay"`
	// RefusedDelay, BusyDelay and UnreachableDelay are the pauses after an offer
	// that ended so; default 5s each.
	RefusedDelay     time.Duration `yaml:"refusedDelay"`
	BusyDelay        time.Duration `yaml:"busyDelay"`
	UnreachableDelay time.Duration `yaml:"unreachableDelay"`
	// Strategy chooses among agents of the same priority: longestIdle (default),
	// fewestToday, leastOccupied, roundRobin, fixedOrder (as listed under
	// agents), random, ringProgressively, where one more joins in after each
	// ringNext, or ringAll, which rings them all at once.
	Strategy acd.Strategy `yaml:"strategy"`
	// RingNext is that time; default 5s.
	RingNext time.Duration `yaml:"ringNext"`
	// Seed of the random strategy; default 0.
	Seed uint64 `yaml:"seed"`
	// TimeZone is where the queue's day begins at midnight, like Europe/Berlin;
	// default the server's.
	TimeZone string `yaml:"timeZone"`
	// OverflowAfter is the wait after which a caller goes on to OverflowTo, with
	// the place that the whole wait earns; default never.
	OverflowAfter time.Duration `yaml:"overflowAfter"`
	// OverflowTo is the queue; while it is full, closed or empty callers stay.
	OverflowTo acd.QueueID `yaml:"overflowTo"`
	// OverflowFresh lets them begin there at the end of the line; default false.
	OverflowFresh bool `yaml:"overflowFresh"`
	// Callback lets the queue call back who does not want to wait; default: it
	// calls nobody back.
	Callback Callback `yaml:"callback"`
}

// Callback is how a queue calls back. Numbers must be on dial.allow.
type Callback struct {
	// Order is agentFirst, where the agent accepts and hears the phone ring, or
	// customerFirst, where the agent is kept free and rung when the customer is on
	// the line.
	Order acd.CallbackOrder `yaml:"order"`
	// From is the number that customers see; default: none.
	From string `yaml:"from"`
	// FromName is the name beside it.
	FromName string `yaml:"fromName"`
	// Attempts is how often a customer is dialled in all; default 3.
	Attempts int `yaml:"attempts"`
	// Gap is the time between two attempts; default 10m.
	Gap time.Duration `yaml:"gap"`
	// RingTime is how long the customer's phone rings; default 30s.
	RingTime time.Duration `yaml:"ringTime"`
	// Hours are when customers may be called, in the queue's timeZone; default
	// always, while the queue is open.
	Hours ivr.Opening `yaml:"hours"`
	// Expiry is when it is given up, from the request or the time it was wanted
	// for; default 168h.
	Expiry time.Duration `yaml:"expiry"`
}

// Capacity is how much an agent has in hand at once; by default one contact and
// nothing beside it. At most one of them is a call.
type Capacity struct {
	// Chats at once; default 1, -1: none.
	Chats int `yaml:"chats"`
	// Tasks at once, such as voicemails; default 1, -1: none.
	Tasks int `yaml:"tasks"`
	// Total of all kinds; default 1.
	Total int `yaml:"total"`
	// BesideCall is how many chats and tasks go on during a call; default none.
	BesideCall int `yaml:"besideCall"`
}

// RetiredQueue is a queue that is no longer.
type RetiredQueue struct {
	// ID it had.
	ID acd.QueueID `yaml:"id,required"`
	// MoveTo is the queue that takes those who wait, with their places.
	MoveTo acd.QueueID `yaml:"moveTo,required"`
}

// Agent is a person who answers, or a gateway that stands for one.
type Agent struct {
	// ID is the sign-in name, and the user of a phone: letters, digits, - and _.
	ID acd.AgentID `yaml:"id,required"`
	// Name is shown on pages; default the ID.
	Name string `yaml:"name"`
	// Role is agent (default) or supervisor.
	Role string `yaml:"role"`
	// Queues are those the agent answers: plain IDs, or with priority and delay.
	Queues []Membership `yaml:"queues"`
	// Skills are what the agent can do, with a level from 1 to 10: {german: 8}.
	Skills map[string]int `yaml:"skills"`
	// Device is what rings: browser (default), phone (registers by SIP) or uri.
	Device string `yaml:"device"`
	// URI is the fixed SIP address of device uri.
	URI string `yaml:"uri"`
	// RingTime is how long this agent is rung; default: as the queue says.
	RingTime time.Duration `yaml:"ringTime"`
	// AcceptKey accepts a call on a phone or device uri, after two beeps, so that
	// no answering machine does: "1"; default: the answer accepts.
	AcceptKey string `yaml:"acceptKey"`
	// Capacity is how much the agent has in hand at once.
	Capacity Capacity `yaml:"capacity"`
	// InitialStatus of device uri at the start: offline (default), available or
	// a reason. Nobody can sign in there.
	InitialStatus acd.Status `yaml:"initialStatus"`
}

// Membership is an agent's place in a queue; a plain string is the queue.
type Membership struct {
	// Queue is its ID.
	Queue acd.QueueID `yaml:"queue,required"`
	// Priority: agents with a larger one are asked first; default 0.
	Priority int `yaml:"priority"`
	// Delay is how long a caller must have waited before this agent is asked;
	// default 0s.
	Delay time.Duration `yaml:"delay"`
}

// UnmarshalText takes a queue's ID.
func (m *Membership) UnmarshalText(text []byte) error {
	*m = Membership{Queue: acd.QueueID(text)}
	return nil
}

// Reason is a status an agent may choose beside available.
type Reason struct {
	// ID names it in records and metrics: letters, digits, - and _.
	ID acd.Status `yaml:"id,required"`
	// Name is shown on pages; default the ID.
	Name Names `yaml:"name"`
	// Limit is how long it should last; pages show when it is over; default none.
	Limit time.Duration `yaml:"limit"`
}

// Disposition is what an agent may note about a call.
type Disposition struct {
	// ID names it in records: letters, digits, - and _.
	ID string `yaml:"id,required"`
	// Name is shown on pages; default the ID.
	Name Names `yaml:"name"`
}

// The devices and roles of agents.
const (
	DeviceBrowser = "browser"
	DevicePhone   = "phone"
	DeviceURI     = "uri"

	RoleAgent      = "agent"
	RoleSupervisor = "supervisor"
)

// Routing is what the distributor knows of q.
func (q Queue) Routing() acd.Queue {
	return acd.Queue{
		ID: q.ID, Priority: q.Priority, Guard: q.Guard, RingTime: q.RingTime, WrapUp: q.WrapUp,
		MaxLength: q.MaxLength, MaxWait: q.MaxWait, ServiceLevel: q.ServiceLevel,
		Closed: q.Closed, JoinEmpty: q.JoinEmpty, LeaveEmpty: q.LeaveEmpty,
		RefusedDelay: q.RefusedDelay, BusyDelay: q.BusyDelay, UnreachableDelay: q.UnreachableDelay,
		MissedLimit: q.MissedLimit, MissedDelay: q.MissedDelay,
		AnnounceEvery: q.AnnounceEvery, AnnounceFirst: q.AnnounceFirst,
		Strategy: q.Strategy, Seed: q.Seed,
		OverflowAfter: q.OverflowAfter, OverflowTo: q.OverflowTo, OverflowFresh: q.OverflowFresh,
		WrapUpMode: q.WrapUpMode, AtClose: q.AtClose, ServeFor: q.ServeFor, RingNext: q.RingNext,
		JoinCounts: q.JoinCounts, LeaveCounts: q.LeaveCounts, RedialGrace: q.RedialGrace,
		Callbacks: acd.Callbacks{
			Order: q.Callback.Order, Attempts: q.Callback.Attempts, Gap: q.Callback.Gap,
			RingTime: q.Callback.RingTime, Expiry: q.Callback.Expiry,
		},
	}
}

// CallerIDs are whom customers see when queues call them back.
func (c *Config) CallerIDs() map[acd.QueueID]call.Party {
	ids := map[acd.QueueID]call.Party{}
	for _, q := range c.Queues {
		ids[q.ID] = call.Party{Number: q.Callback.From, Name: q.Callback.FromName}
	}
	return ids
}

// Hours are the queues' opening hours, and DialHours those in which their
// customers may be called; queues without any are left out.
func (c *Config) Hours() (open, dial map[acd.QueueID]*ivr.Hours) {
	open, dial = map[acd.QueueID]*ivr.Hours{}, map[acd.QueueID]*ivr.Hours{}
	none := func(string, string) {}
	for _, q := range c.Queues {
		if h := q.Hours.Hours(q.Zone(), none); h != nil {
			open[q.ID] = h
		}
		if h := q.Callback.Hours.Hours(q.Zone(), none); h != nil {
			dial[q.ID] = h
		}
	}
	return open, dial
}

// Disposing are the queues that want a disposition.
func (c *Config) Disposing() map[acd.QueueID]bool {
	queues := map[acd.QueueID]bool{}
	for _, q := range c.Queues {
		queues[q.ID] = q.DispositionNeeded
	}
	return queues
}

// AcceptKeys are those of the agents who have one.
func (c *Config) AcceptKeys() map[acd.AgentID]byte {
	keys := map[acd.AgentID]byte{}
	for _, a := range c.Agents {
		if len(a.AcceptKey) == 1 {
			keys[a.ID] = a.AcceptKey[0]
		}
	}
	return keys
}

// Routing is what the distributor knows of a.
func (a Agent) Routing() acd.Agent {
	routed := acd.Agent{ID: a.ID, RingTime: a.RingTime, Capacity: acd.Capacity(a.Capacity)}
	for _, m := range a.Queues {
		routed.Queues = append(routed.Queues, acd.Membership{Queue: m.Queue, Priority: m.Priority, Delay: m.Delay})
	}
	for _, name := range slices.Sorted(maps.Keys(a.Skills)) {
		routed.Skills = append(routed.Skills, acd.Skill{Name: name, Level: a.Skills[name]})
	}
	return routed
}

// RoutingQueues are all queues as the distributor knows them.
func (c *Config) RoutingQueues() []acd.Queue {
	var queues []acd.Queue
	for _, q := range c.Queues {
		queues = append(queues, q.Routing())
	}
	return queues
}

// Zone is where the queue's day begins; time.Local where none is named.
func (q Queue) Zone() *time.Location {
	zone, err := time.LoadLocation(q.TimeZone)
	if err != nil || q.TimeZone == "" {
		return time.Local
	}
	return zone
}

// Zones are those of all queues.
func (c *Config) Zones() map[acd.QueueID]*time.Location {
	zones := map[acd.QueueID]*time.Location{}
	for _, q := range c.Queues {
		zones[q.ID] = q.Zone()
	}
	return zones
}

// RoutingAgents are all agents as the distributor knows them.
func (c *Config) RoutingAgents() []acd.Agent {
	var agents []acd.Agent
	for _, a := range c.Agents {
		agents = append(agents, a.Routing())
	}
	return agents
}

// Agent is the agent called id.
func (c *Config) Agent(id acd.AgentID) (Agent, bool) {
	for _, a := range c.Agents {
		if a.ID == id {
			return a, true
		}
	}
	return Agent{}, false
}

// Statuses are the IDs of the reasons.
func (c *Config) Statuses() []acd.Status {
	var statuses []acd.Status
	for _, r := range c.Reasons {
		statuses = append(statuses, r.ID)
	}
	return statuses
}

// CallNumbers are the numbers as the desk knows them.
func (c *Config) CallNumbers() []call.Number {
	var numbers []call.Number
	for _, n := range c.Numbers {
		numbers = append(numbers, call.Number{
			Number: n.Number, Prefix: n.Prefix, Trunk: n.Trunk,
			Flow: n.Flow, Language: n.Language, Ringback: n.Ringback,
		})
	}
	return numbers
}

// Sentences are all sentences that callers can be let hear by this
// configuration, sorted, each once; a flow that nothing leads to counts not.
func (c *Config) Sentences() []ivr.Sentence {
	return ivr.Sentences(c.usedFlows())
}

// SoundFiles and Music are the recordings that they play beside.
func (c *Config) SoundFiles() []string { return unique(c.usedFlows(), (*ivr.Flow).Files) }

// Music are the names of all music that callers can be let hear, that of hold
// included.
func (c *Config) Music() []string {
	return unique(c.usedFlows(), (*ivr.Flow).Music, c.HoldMusic)
}
