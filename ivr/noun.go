// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// NodeID names a node within its flow.
type NodeID string

// FlowID names a flow.
type FlowID string

// A Prompt is a sequence of things to be heard, in one language. Its parts
// belong to the flow: whoever plays them must not change them.
type Prompt struct {
	Parts    []PromptPart
	Language string // of its sentences: the machine's, "en" or "zh"
	Loop     bool   // over and over until stopped
}

// PromptPart is exactly one of its fields.
type PromptPart struct {
	Say   string        // a sentence, in the call's language; rendered at load
	File  string        // a sound file below the prompts folder
	Music string        // a named piece of music
	Pause time.Duration // silence
}

// An Event is a past fact that may move a flow on.
type Event interface{ ivrEvent() }

type (
	// Started begins the flow; for a wait flow when the contact has its place.
	Started struct{}
	// Resumed begins the flow in the middle, after a restart: at Node, which is
	// entered anew, with the variables that were known and are no secrets. A node
	// or variable that the flow has no more is left out.
	Resumed struct {
		Node      NodeID
		Variables map[string]string
	}
	// Tick says that Deadline was reached.
	Tick struct{}
	// PromptDone says that the prompt of the last Play was heard to its end.
	PromptDone struct{}
	// Digit is one key press.
	Digit struct{ Key byte }
	// QueueLeft says how the contact's stay in the queue ended, when it was not
	// answered: the flow goes on at the branch for it. Ending is the word of
	// routing-rules 14 ("timedOut", "exitKey", "full", "joinEmpty", ...).
	QueueLeft struct{ Ending string }
	// DialFailed says that a dialled target did not answer: "busy", "refused",
	// "noAnswer", "unreachable", "notAllowed".
	DialFailed struct{ How string }
	// Announced tells a wait flow the contact's place; Estimate 0 is unknown.
	Announced struct {
		Position int
		Estimate time.Duration
	}
	// CallbackKept answers RequestCallback. How is requested, duplicate (one for
	// this number is open already), notAllowed (the number may not be dialled) or
	// closed (the queue takes none now).
	CallbackKept struct{ How string }
	// Fetched answers Fetch. Status is that of the answer, 0 if none came; Body
	// may be short where How is not FetchAnswered.
	Fetched struct {
		How    string
		Status int
		Body   []byte
	}
	// QueueTold answers AskQueue. Estimate is what one who came now would wait, 0
	// if unknown or nothing.
	QueueTold struct {
		Waiting, SignedIn, Available int
		Estimate                     time.Duration
		Open                         bool
	}
	// Recorded answers Record: what the caller said is kept under Name. How is
	// RecordStopped, RecordSilence, RecordFull or RecordFailed; Length is without
	// the silence that ended it.
	Recorded struct {
		Name   string
		Length time.Duration
		How    string
	}
	// HungUp says that the caller is gone.
	HungUp struct{}
)

func (Resumed) ivrEvent()      {}
func (Started) ivrEvent()      {}
func (Tick) ivrEvent()         {}
func (PromptDone) ivrEvent()   {}
func (Digit) ivrEvent()        {}
func (QueueLeft) ivrEvent()    {}
func (DialFailed) ivrEvent()   {}
func (Announced) ivrEvent()    {}
func (CallbackKept) ivrEvent() {}
func (Fetched) ivrEvent()      {}
func (QueueTold) ivrEvent()    {}
func (Recorded) ivrEvent()     {}
func (HungUp) ivrEvent()       {}

// How a Recorded ended.
const (
	RecordStopped = "stopped" // by a key, or the caller has gone
	RecordSilence = "silence"
	RecordFull    = "full"   // the largest length
	RecordFailed  = "failed" // nothing is kept
)

// An Effect is a command to the call that runs the flow.
type Effect interface{ ivrEffect() }

type (
	// Play starts a prompt, in place of what is playing; PromptDone follows at
	// its end unless it is stopped before.
	Play struct{ Prompt Prompt }
	// Stop ends what is playing at once; no PromptDone follows.
	Stop struct{}
	// Enqueue hands the call to a queue; the flow rests until QueueLeft. If an
	// agent answers, the flow is over unless Returns.
	Enqueue struct {
		Queue    string
		Priority *int // nil: the queue's
		WaitFlow FlowID
		Require  *Require // whom the contact wants; nil: anyone; not to be changed
		// Limit is how long it may wait, beside what the queue says; 0: as long as
		// that.
		Limit time.Duration
		// Returns says that the flow goes on, with QueueLeft "answered", when the
		// agent has ended the talk and the caller is still there.
		Returns bool
	}
	// Dial calls an allow-listed target; the flow rests until DialFailed. If it
	// is answered the flow is over.
	Dial struct {
		Target   string
		RingTime time.Duration
	}
	// Echo sends the caller's own sound back until Deadline, hang-up or #.
	Echo struct{}
	// EchoStop ends Echo.
	EchoStop struct{}
	// Leave takes the contact out of the line (wait flows only).
	Leave struct{ Ending string } // "exitKey"
	// RequestCallback asks for a call back; CallbackKept is the answer.
	RequestCallback struct {
		Number   string        // as a caller's: digits with a leading + where international
		Queue    string        // "" in a wait flow: the one that the contact waits in
		Priority *int          // nil: the contact's, else the queue's
		After    time.Duration // not before this has passed; 0: as soon as it is its turn
		At       time.Time     // not before then; zero: see After
	}
	// HoldOffers keeps, in a wait flow, the contact's place and lets no agent be
	// rung for it while On: the caller is entering a number. At most holdLimit
	// passes before it is taken back.
	HoldOffers struct{ On bool }
	// Fetch asks another system for data; Fetched is the answer. It may be tried
	// again Retries times within Timeout.
	Fetch struct {
		Method, URL string
		Headers     []Header // not to be changed
		Body        []byte   // JSON; nil: none
		Secret      bool     // Body holds a secret
		Connect     time.Duration
		Timeout     time.Duration
		Retries     int
		MaxBody     int // bytes
	}
	// AskQueue asks how a queue is; QueueTold is the answer.
	AskQueue struct{ Queue string }
	// SetPriority changes, in a wait flow, the contact's priority at once.
	SetPriority struct{ Priority int }
	// Record keeps what the caller says from now on, after a tone where Beep says
	// so; Recorded is the answer, when RecordStop, Silence or MaxLength has ended
	// it. A caller who hangs up ends it too, and what was said is kept.
	Record struct {
		MaxLength time.Duration
		Silence   time.Duration // 0: however long
		Beep      bool
		Label     string // what it is, for the record
	}
	// RecordStop ends Record.
	RecordStop struct{}
	// KeepAnswer keeps an answer to a question of a survey with the call.
	KeepAnswer struct {
		Question string
		Answer   int
	}
	// Notify tells another system something. It is kept until that has taken it,
	// which may be after the call, and told again under the same ID until then.
	Notify struct {
		ID, URL string
		Headers []Header // not to be changed
		Body    []byte   // JSON
	}
	// GiveUp says that the answer to the last effect that has one is not waited
	// for any longer.
	GiveUp struct{}
	// Hangup ends the call; the flow is over.
	Hangup struct{ Cause string } // "flowEnded" unless the flow names another
	// Entered says that the flow passed a node, for the log, the record and the
	// agent's "menu path". Label is in words, "" if the node has none.
	Entered struct {
		Flow  FlowID // the number's, or one that it called
		Node  NodeID
		Label string
	}
)

func (Play) ivrEffect()            {}
func (Stop) ivrEffect()            {}
func (Enqueue) ivrEffect()         {}
func (Dial) ivrEffect()            {}
func (Echo) ivrEffect()            {}
func (EchoStop) ivrEffect()        {}
func (Leave) ivrEffect()           {}
func (RequestCallback) ivrEffect() {}
func (HoldOffers) ivrEffect()      {}
func (Fetch) ivrEffect()           {}
func (AskQueue) ivrEffect()        {}
func (SetPriority) ivrEffect()     {}
func (Record) ivrEffect()          {}
func (RecordStop) ivrEffect()      {}
func (KeepAnswer) ivrEffect()      {}
func (Notify) ivrEffect()          {}
func (GiveUp) ivrEffect()          {}
func (Hangup) ivrEffect()          {}
func (Entered) ivrEffect()         {}
