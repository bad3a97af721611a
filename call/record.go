// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// Records keeps what happened for ever. Declared here, satisfied by store.
type Records interface {
	// Open commits the row of a call and returns when it is on disk. The call
	// waits at most 50 ms for it before its 200; after that the store goes on
	// by itself (spool) and raises an alarm. An error is for the log only.
	Open(ctx context.Context, r CallOpened) error
	// Keep hands over a record; it never blocks and keeps the order of calls.
	Keep(r Record)
	// Full says that too many records wait for the disk: a new call could not
	// be recorded and is refused. It never blocks.
	Full() bool
}

// DueNotice is one whose time to be told has come.
type DueNotice struct {
	Notice
	At       time.Time // it was kept
	Attempts int       // so far
}

// Passed is a node of a flow that a call entered.
type Passed struct {
	At   time.Time `json:"at"`
	Flow string    `json:"flow"`
	Node string    `json:"node"`
}

// A Record is one thing that happened, kept as it was; numbers are derived.
type Record interface{ record() }

type (
	// CallOpened is a call that is about to be answered.
	CallOpened struct {
		Call      ID
		At        time.Time // the INVITE came
		From      Party
		Dialled   string
		Trunk     string
		Flow      string
		Version   string // of the flow, as ivr.Flow says
		SIPCallID string
	}
	// CallEnded closes the row.
	CallEnded struct {
		Call     ID
		At       time.Time
		Cause    Cause
		Answered time.Time   // our 200 left; zero if never
		Bridged  time.Time   // talk with an agent or dialled party began; zero if never
		Agent    acd.AgentID // the last one who talked, or ""
		Queue    acd.QueueID // the last one entered, or ""
		MenuPath string      // labels of the nodes passed, " > " between
		Path     []Passed    // every node passed, at most nodesKept
	}
	// CallDisposition is what the agent chose for it in wrap-up.
	CallDisposition struct {
		Call        ID
		Agent       acd.AgentID
		At          time.Time
		Disposition string
		Notes       string
	}
	// QueueEntered is a contact that asks for a place in line; its QueueVisit
	// follows, unless the process ends before.
	QueueEntered struct {
		Call    ID
		Contact acd.ContactID
		Queue   acd.QueueID
		At      time.Time
	}
	// QueueVisit is acd.VisitEnded with its call: one row per visit.
	QueueVisit struct {
		Call ID
		acd.VisitEnded
	}
	// CallbackAsked is a callback that was kept; Call is "" if not in a call.
	CallbackAsked struct {
		Callback acd.ContactID
		Call     ID
		At       time.Time
		Queue    acd.QueueID
		Number   string
		Name     string
		Due      time.Time // not before it; zero: at once
		By       acd.Actor // a supervisor, or "" for the customer
	}
	// CallbackTried is the end of one attempt to reach the customer.
	CallbackTried struct {
		Callback acd.ContactID
		At       time.Time
		Agent    acd.AgentID
		Attempt  int
		How      acd.DialEnding
		Again    time.Time // the next not before; zero: none follows
	}
	// CallbackOver is the end of a callback's wait. An attempt that turns out to
	// have reached a machine may follow EndAnswered.
	CallbackOver struct {
		Callback acd.ContactID
		At       time.Time
		Ending   acd.Ending
		Agent    acd.AgentID
	}
	// OfferMade is acd.OfferEnded with its call and end.
	OfferMade struct {
		Call ID
		acd.OfferEnded
		Ended time.Time
	}
	// Intervention is what a supervisor did to a queue or to somebody in line;
	// Call is "" if to a queue.
	Intervention struct {
		At   time.Time
		Call ID
		acd.Intervened
	}
	// SurveyAnswered is what a caller answered to a question of a survey; Agent is
	// the last one who talked with the caller, or "".
	SurveyAnswered struct {
		Call     ID
		At       time.Time
		Question string
		Answer   int
		Agent    acd.AgentID
		Queue    acd.QueueID
	}
	// CallerRecorded is what a caller said into a recording, kept below the folder
	// of recordings under Name.
	CallerRecorded struct {
		Call   ID
		At     time.Time // it began
		Name   string
		Length time.Duration
		How    string // ivr.RecordStopped, ...
		Node   string // of the flow
	}
	// NoticeKept is something another system is to be told.
	NoticeKept struct {
		Call ID
		At   time.Time
		Notice
	}
	// AgentStatus is one change of status; the row before it is closed by At.
	AgentStatus struct {
		At time.Time
		acd.StatusChanged
	}
	// AgentActivity is one change of activity.
	AgentActivity struct {
		At   time.Time
		Call ID
		acd.ActivityChanged
	}
)

func (CallOpened) record()      {}
func (CallEnded) record()       {}
func (CallDisposition) record() {}
func (QueueEntered) record()    {}
func (QueueVisit) record()      {}
func (OfferMade) record()       {}
func (AgentStatus) record()     {}
func (AgentActivity) record()   {}
func (Intervention) record()    {}
func (CallbackAsked) record()   {}
func (CallbackTried) record()   {}
func (CallbackOver) record()    {}
func (SurveyAnswered) record()  {}
func (CallerRecorded) record()  {}
func (NoticeKept) record()      {}

// Notice is what another system is to be told, at least once, under its ID.
type Notice = ivr.Notify
