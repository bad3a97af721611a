// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// The identities of routing are opaque to this package; order among equal
// candidates is by their bytes.
type (
	// ContactID names a contact, from its arrival until its talk is over.
	ContactID string
	// QueueID names a queue of the configuration.
	QueueID string
	// AgentID names an agent of the configuration.
	AgentID string
	// OfferID counts the offers of one Distributor from 1: a contact that is
	// offered to the same agent again gets a new one, so that a late answer to
	// an old offer is told from an answer to the new.
	OfferID uint64
)

// Status is what an agent is willing to do. Set by the person, a supervisor,
// or the server for a named cause; always with actor and reason.
type Status string

// The statuses that Tandem itself knows.
const (
	Available     Status = "available"
	NotResponding Status = "notResponding" // only the server sets it, after a missed offer
	Offline       Status = "offline"
	// Any other value is a configured reason: break, lunch, meeting, ...
)

// Activity is what an agent is doing. It follows from the work.
type Activity string

// Every activity there is.
const (
	Idle     Activity = "idle"
	Ringing  Activity = "ringing"
	Dialling Activity = "dialling"
	Talking  Activity = "talking"
	OnHold   Activity = "onHold"
	WrapUp   Activity = "wrapUp"
)

// Ending says how a contact's visit to a queue ended (routing-rules 14), or why
// it was refused at the door.
type Ending string

// The endings of a visit; those that begin with Refused are refusals at the
// door: counted apart, never offered.
const (
	EndAnswered    Ending = "answered"
	EndAbandoned   Ending = "abandoned"
	EndTimedOut    Ending = "timedOut"
	EndWithdrawn   Ending = "withdrawn"
	EndExitKey     Ending = "exitKey"
	EndClosed      Ending = "closed"
	EndLeaveEmpty  Ending = "leaveEmpty"
	EndTransferred Ending = "transferred" // moved by a supervisor
	EndOverflowed  Ending = "overflowed"  // moved by the queue's overflow (rule 18)
	EndSystemError Ending = "systemError"
	EndVoicemail   Ending = "voicemail"
	// Of callbacks, and of those who asked for one (rule 15).
	EndCallbackRequested Ending = "callbackRequested"
	EndCallbackFailed    Ending = "callbackFailed"
	EndCallbackExpired   Ending = "callbackExpired"

	RefusedFull      Ending = "full"
	RefusedJoinEmpty Ending = "joinEmpty"
	RefusedClosed    Ending = "refusedClosed"
)

// OfferEnding says how an offer ended (rule 10), each with its own consequence.
type OfferEnding string

// Every ending of an offer.
const (
	Taken       OfferEnding = "taken"
	Missed      OfferEnding = "missed"
	Refused     OfferEnding = "refused"
	Busy        OfferEnding = "busy"
	Unreachable OfferEnding = "unreachable"
	CallerGone  OfferEnding = "callerGone"
	Elsewhere   OfferEnding = "elsewhere"
	Withdrawn   OfferEnding = "withdrawn"
)

// Actor names who did something: an agent's or supervisor's ID, or Server.
type Actor string

// Server is the actor of what the server does by itself.
const Server Actor = "server"

// Queue is the routing configuration of one queue.
type Queue struct {
	ID       QueueID
	Priority int // default priority of its contacts; larger is more urgent
	// Guard is the wait after which a contact goes before higher priorities
	// (rule 2); 0: never.
	Guard        time.Duration
	RingTime     time.Duration // an unanswered offer ends after it; default 20 s
	WrapUp       time.Duration // rest after each call; 0: none
	MaxLength    int           // contacts in line, ringing ones included; 0: no limit
	MaxWait      time.Duration // 0: no limit
	ServiceLevel time.Duration // threshold T; default 20 s
	Closed       bool
	// JoinEmpty admits contacts while nobody is signed in; LeaveEmpty releases
	// those in line when the last agent signs out.
	JoinEmpty        bool
	LeaveEmpty       bool
	RefusedDelay     time.Duration // no offer to the agent after: default 5 s
	BusyDelay        time.Duration // default 5 s
	UnreachableDelay time.Duration // default 5 s
	MissedLimit      int           // misses in a row that make notResponding; default 1
	MissedDelay      time.Duration // with a higher limit; default 5 s
	AnnounceEvery    time.Duration // position announcements; 0: none
	AnnounceFirst    time.Duration // the first one; default AnnounceEvery
	Strategy         Strategy      // default LongestIdle
	Seed             uint64        // of Random
	// OverflowAfter is the wait after which a contact moves to OverflowTo (rule
	// 18), where it keeps its effective enqueue time unless OverflowFresh. While
	// that queue refuses it, it stays, and tries again every OverflowRetry.
	OverflowAfter time.Duration // 0: never
	OverflowTo    QueueID
	OverflowFresh bool
	Callbacks     Callbacks
	// WrapUpMode is what follows a contact; "": limited where WrapUp is given, else
	// none.
	WrapUpMode WrapUpMode
	// AtClose is what becomes of those in line when the door closes; "": they are
	// served, ServeFor at most (0: however long it takes).
	AtClose  AtClose
	ServeFor time.Duration
	// RingNext is the time after which RingProgressively asks one agent more;
	// default 5 s.
	RingNext time.Duration
	// JoinCounts and LeaveCounts say who counts as there for JoinEmpty and
	// LeaveEmpty; default PresentSignedIn.
	JoinCounts  Presence
	LeaveCounts Presence
	// RedialGrace is how long a caller who was cut off while waiting may call again
	// and have the place back, once (rule 17); 0: not at all.
	RedialGrace time.Duration
}

// Membership is an agent's place in one queue.
type Membership struct {
	Queue    QueueID
	Priority int           // larger is preferred
	Delay    time.Duration // not eligible for the queue's contacts before this wait
}

// Agent is the routing configuration of one agent.
type Agent struct {
	ID     AgentID
	Queues []Membership
	Skills []Skill // each once; of one named twice the first counts
	// RingTime is how long this agent is rung; 0: as the queue says.
	RingTime time.Duration
	Capacity Capacity
}

// Deed is what a supervisor did.
type Deed string

// Every deed.
const (
	DidWithdraw       Deed = "withdraw"
	DidMove           Deed = "move"
	DidPrioritise     Deed = "prioritise"
	DidAssign         Deed = "assign"
	DidClose          Deed = "close"
	DidEmergencyClose Deed = "emergencyClose"
	DidOpen           Deed = "open"
)
