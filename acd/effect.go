// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// An Effect is a command to the owner of the Distributor.
type Effect interface{ acdEffect() }

type (
	// Offer asks an agent to take a contact: ring the agent's device.
	Offer struct {
		ID       OfferID
		Contact  ContactID
		Queue    QueueID
		Agent    AgentID
		Kind     Kind
		RingTime time.Duration
	}
	// Dial calls the customer of a callback, for whom Agent is reserved: after
	// the agent took the offer, or before the agent is asked. The owner answers
	// with Bridged or CustomerReached, or with DialFailed.
	Dial struct {
		ID       OfferID
		Contact  ContactID
		Queue    QueueID
		Agent    AgentID
		Attempt  int // from 1
		RingTime time.Duration
	}
	// Withdraw ends an offer on the agent's side: stop ringing. How says why and
	// what the agent sees. Not sent for an offer the agent's side ended. It may
	// follow Bridge: the caller is gone (CallerGone), or nobody reported the
	// bridge within BridgeLimit (Unreachable); the agent's leg must then end.
	Withdraw struct {
		ID      OfferID
		Contact ContactID
		Agent   AgentID
		How     OfferEnding
	}
	// Bridge joins the contact with the agent who took the offer. The owner
	// answers with Bridged or BridgeFailed.
	Bridge struct {
		ID      OfferID
		Contact ContactID
		Agent   AgentID
	}
	// Release takes a contact out of the line by the distributor's decision
	// (timedOut, closed, leaveEmpty, withdrawn), or refuses it at the door
	// (full, joinEmpty, refusedClosed).
	Release struct {
		Contact ContactID
		Queue   QueueID
		Ending  Ending
	}
	// Announce says that the contact may now be told its place. Position is
	// 1-based and never worse than last announced. Estimate is how much longer
	// it may take, told as the range Low to High in whole minutes (Low may be 0:
	// "less than High"); all 0: unknown, say nothing of it.
	Announce struct {
		Contact   ContactID
		Position  int
		Estimate  time.Duration
		Low, High time.Duration
	}

	// The rest are facts to record and to show.

	// VisitEnded closes the contact's visit to a queue: one row of the records.
	// A refusal at the door is a visit with Entered == Ended.
	VisitEnded struct {
		Contact ContactID
		Kind    Kind
		Queue   QueueID
		Entered time.Time // real entry into this queue
		Ended   time.Time
		Ending  Ending
		Agent   AgentID // who answered, or ""
		Offers  int     // offers made during the visit
		To      QueueID // where the contact waits now, if it was moved, or ""
	}
	// CallbackKept answers a CallbackRequested.
	CallbackKept struct {
		Contact  ContactID // in whose place, or ""
		Callback ContactID
		Queue    QueueID
		How      Kept
	}
	// DialEnded closes an attempt to reach the customer of a callback.
	DialEnded struct {
		ID      OfferID
		Contact ContactID
		Queue   QueueID
		Agent   AgentID
		Attempt int
		How     DialEnding
		Again   time.Time // no further attempt before it; zero: none follows
	}
	// PlaceResumed says that Contact has the place of Former: of a visit of the
	// same caller that was cut off (rule 17), or of the open callback, which is
	// closed (rule 15).
	PlaceResumed struct {
		Contact ContactID
		Former  ContactID
		Queue   QueueID
	}
	// Intervened says that a supervisor's deed took effect; What is one of the
	// Did words, the rest is as far as it applies.
	Intervened struct {
		Actor    Actor
		What     Deed
		Contact  ContactID
		Queue    QueueID
		To       QueueID // moved
		Agent    AgentID // assigned
		Priority int     // prioritised: the new one
	}
	// OfferEnded closes an offer: one for each Offer. Taken means accepted,
	// which is not yet answered.
	OfferEnded struct {
		ID      OfferID
		Contact ContactID
		Queue   QueueID
		Agent   AgentID
		How     OfferEnding
		Began   time.Time
	}
	// StatusChanged says that the agent's status is now Status.
	StatusChanged struct {
		Agent  AgentID
		Status Status
		Reason string
		Actor  Actor
	}
	// NextStatusChanged says what the agent's status will be when the work ends;
	// Status "" if nothing is planned any more.
	NextStatusChanged struct {
		Agent  AgentID
		Status Status
	}
	// ActivityChanged says what the agent is doing now. Until is the end of a
	// limited wrap-up, else zero.
	ActivityChanged struct {
		Agent    AgentID
		Activity Activity
		Contact  ContactID // of the work, also of the wrap-up; "" when idle
		Queue    QueueID
		Until    time.Time
	}
)

func (Offer) acdEffect()             {}
func (Withdraw) acdEffect()          {}
func (Bridge) acdEffect()            {}
func (Release) acdEffect()           {}
func (Announce) acdEffect()          {}
func (Dial) acdEffect()              {}
func (DialEnded) acdEffect()         {}
func (CallbackKept) acdEffect()      {}
func (PlaceResumed) acdEffect()      {}
func (VisitEnded) acdEffect()        {}
func (Intervened) acdEffect()        {}
func (OfferEnded) acdEffect()        {}
func (StatusChanged) acdEffect()     {}
func (NextStatusChanged) acdEffect() {}
func (ActivityChanged) acdEffect()   {}
