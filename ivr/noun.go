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
	// HungUp says that the caller is gone.
	HungUp struct{}
)

func (Started) ivrEvent()    {}
func (Tick) ivrEvent()       {}
func (PromptDone) ivrEvent() {}
func (Digit) ivrEvent()      {}
func (QueueLeft) ivrEvent()  {}
func (DialFailed) ivrEvent() {}
func (Announced) ivrEvent()  {}
func (HungUp) ivrEvent()     {}

// An Effect is a command to the call that runs the flow.
type Effect interface{ ivrEffect() }

type (
	// Play starts a prompt, in place of what is playing; PromptDone follows at
	// its end unless it is stopped before.
	Play struct{ Prompt Prompt }
	// Stop ends what is playing at once; no PromptDone follows.
	Stop struct{}
	// Enqueue hands the call to a queue; the flow rests until QueueLeft. If an
	// agent answers, the flow is over.
	Enqueue struct {
		Queue    string
		Priority *int // nil: the queue's
		WaitFlow FlowID
		Require  *Require // whom the contact wants; nil: anyone; not to be changed
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

func (Play) ivrEffect()     {}
func (Stop) ivrEffect()     {}
func (Enqueue) ivrEffect()  {}
func (Dial) ivrEffect()     {}
func (Echo) ivrEffect()     {}
func (EchoStop) ivrEffect() {}
func (Leave) ivrEffect()    {}
func (Hangup) ivrEffect()   {}
func (Entered) ivrEffect()  {}
