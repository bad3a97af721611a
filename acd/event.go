// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// An Event is a past fact that may change who is routed where.
type Event interface{ acdEvent() }

type (
	// Tick says that time has passed; given when Deadline was reached.
	Tick struct{}

	// Configured replaces the configuration whole. Agents and queues that stay
	// keep their state; every contact keeps its place, its priority and its
	// entry, and meets the queue's new limits at once.
	//
	// A removed queue shuts its door and is served by its former members until
	// it is empty; who is in line when none of them is signed in is released
	// (EndLeaveEmpty). A removed agent gets no more offers, a ringing one is
	// withdrawn, a talk goes on to its end; then the agent is offline and
	// forgotten.
	Configured struct {
		Queues []Queue
		Agents []Agent
	}

	// ContactArrived asks for a place in a queue's line. A contact that has one,
	// or talks, keeps that and the event changes nothing. An unknown queue
	// releases it (EndSystemError).
	ContactArrived struct {
		Contact  ContactID
		Queue    QueueID
		Kind     Kind          // not KindCallback; "": KindCall
		From     string        // who it is, where that can be trusted, else ""
		Priority *int          // nil: the queue's; a task's is lower by default (rule 16)
		Credit   time.Duration // moves the effective enqueue time back (rule 3)
		Require  *Require      // whom it wants; nil: anyone in the queue
	}
	// ContactLeft says that a contact that was waiting or ringing is gone, by
	// hang-up (EndAbandoned) or for another reason of rule 14 (anything that is
	// none counts as EndSystemError). Once an agent has accepted, only
	// EndAbandoned and EndSystemError count: a key pressed too late loses. For a
	// contact that talks it means ContactCompleted.
	ContactLeft struct {
		Contact ContactID
		Ending  Ending
	}
	// ContactPaused keeps the contact's place without offers until ContactResumed,
	// at most for PauseLimit: it is busy with entering its number. What rings is
	// taken back blamelessly.
	ContactPaused struct{ Contact ContactID }
	// ContactResumed ends that.
	ContactResumed struct{ Contact ContactID }

	// CallbackRequested asks for a callback; CallbackKept answers. It takes the
	// place of Contact, whose visit ends (EndCallbackRequested), or without one
	// the place that Queue, Priority, Credit and Require give it. Once an agent
	// has accepted Contact it is too late, and nothing follows.
	CallbackRequested struct {
		Contact  ContactID // in whose place; not in line: none
		Callback ContactID // the new contact
		Queue    QueueID
		From     string // the number; one callback is open per number and queue
		Priority *int
		Credit   time.Duration
		Require  *Require
		At       time.Time // not before it, where it enters the line; zero: now
		Attempts int       // dials made already, in an earlier life of the server
	}
	// CustomerReached says that a dialled customer answered where the queue rings
	// customers first: now the agent is asked. Where agents are asked first,
	// Bridged says it.
	CustomerReached struct{ Offer OfferID }
	// DialFailed says that a dial came to nothing.
	DialFailed struct {
		Offer OfferID
		How   DialEnding
	}
	// MachineReached says that the agent of a callback talks to a machine. The talk
	// is over and counts as a failed attempt (rule 15).
	MachineReached struct{ Contact ContactID }
	// DialWindow opens or closes the hours in which the queue's customers may be
	// called back. It is open at the start.
	DialWindow struct {
		Queue QueueID
		Open  bool
	}

	// Bridged says that caller and agent hear each other; only now is the
	// contact answered (rule 9).
	Bridged struct{ Contact ContactID }
	// BridgeFailed says that the leg of the agent who took the offer died before
	// the bridge: the contact keeps its entry (rule 8). The agent gets no offer
	// for UnreachableDelay, so that a broken device is not tried without end.
	// It counts only for the offer that was taken.
	BridgeFailed struct {
		Contact ContactID
		Offer   OfferID
	}
	// ContactCompleted says that the talk is over; wrap-up begins.
	ContactCompleted struct{ Contact ContactID }

	// OfferTaken says the agent accepted. If the offer has ended it is too late
	// and nothing follows: the Withdraw has been sent.
	OfferTaken struct{ Offer OfferID }
	// OfferFailed says that an offer came to nothing: Refused, Busy, Missed (the
	// device gave up ringing) or else Unreachable.
	OfferFailed struct {
		Offer OfferID
		How   OfferEnding
	}

	// StatusSet changes an agent's status. While the agent is busy it becomes
	// (ringing included) the next status, effective when the work ends (rule
	// 12), unless Force. Offline while busy likewise signs out after the work;
	// setting the current status takes the plan back. NotResponding is only for
	// the server. An agent becomes known by configuration and starts offline.
	StatusSet struct {
		Agent  AgentID
		Status Status
		Reason string // free text or "", e.g. why a supervisor forced it
		Actor  Actor
		Force  bool // at once: ends a wrap-up, withdraws a ringing offer unless Available, never ends a talk
	}
	// NextStatusCancelled takes back a StatusSet that has not yet taken effect.
	NextStatusCancelled struct{ Agent AgentID }
	// DeviceLost says that the agent's only device is gone: what rings is
	// withdrawn blamelessly, nothing is offered, timers go on, and after
	// ConnectionGrace, but not before a talk and its wrap-up end, the agent is
	// offline "connection" (rule 12). Agents start with a device.
	DeviceLost struct{ Agent AgentID }
	// DeviceBack says that it is there again.
	DeviceBack struct{ Agent AgentID }
	// HoldChanged says that the agent's call was put on hold or resumed.
	HoldChanged struct {
		Agent AgentID
		On    bool
	}
	// WrapUpWanted says that the agent wants a wrap-up after the contact in hand, or
	// no longer, where the queue leaves it to the agent (WrapUpOptional).
	WrapUpWanted struct {
		Agent   AgentID
		Contact ContactID // of several; "": the first
		On      bool
	}
	// WrapUpExtended prolongs a running wrap-up, up to WrapUpLimit in all.
	WrapUpExtended struct {
		Agent   AgentID
		Contact ContactID // of several; "": the first
		By      time.Duration
	}
	// WrapUpFinished ends a running wrap-up.
	WrapUpFinished struct {
		Agent   AgentID
		Contact ContactID // of several; "": the first
	}

	// QueueClosed closes a queue's door; with Release those in line are
	// released at once (emergency), except who was accepted by an agent. It
	// outlasts a Configured that leaves Queue.Closed as it was.
	QueueClosed struct {
		Queue   QueueID
		Release bool
		Actor   Actor // "": not a person's deed
	}
	// QueueOpened opens the door again.
	QueueOpened struct {
		Queue QueueID
		Actor Actor // "": not a person's deed
	}

	// What supervisors do with contacts in line. Each takes back what rings,
	// blamelessly, and comes too late once an agent has accepted. If it took
	// effect, Intervened says so.

	// ContactWithdrawn releases a contact (EndWithdrawn).
	ContactWithdrawn struct {
		Contact ContactID
		Actor   Actor
	}
	// ContactMoved ends the visit (EndTransferred) and begins one in another
	// queue with the same priority, requirement and effective enqueue time; all
	// timers begin anew (rule 3). If that queue refuses it, nothing changes.
	ContactMoved struct {
		Contact ContactID
		Queue   QueueID
		Actor   Actor
	}
	// PrioritySet changes the priority, with immediate effect on the order; what
	// rings goes on.
	PrioritySet struct {
		Contact  ContactID
		Priority int
		Actor    Actor
	}
	// ContactAssigned offers a contact to an agent whatever queues and skills the
	// agent has; the agent must be available, idle and have a device.
	ContactAssigned struct {
		Contact ContactID
		Agent   AgentID
		Actor   Actor
	}
	// Restarted says that the owner began anew: every device is away until it
	// shows up, as after DeviceLost, and what rang, was dialled or was accepted
	// and not bridged goes back blamelessly. Talks stay: their owner tells which
	// of them are over.
	Restarted struct{}
	// OffersPaused says that no promise can be given now (rule 24): no offers are
	// made until OffersResumed, and those of Recall, which no agent has heard of
	// yet, are taken back blamelessly.
	OffersPaused struct{ Recall []OfferID }
	// OffersResumed makes offers again, to those who may have them now.
	OffersResumed struct{}
	// DayChanged begins the queue's day: what FewestToday and LeastOccupied count
	// begins anew. The owner tells it at midnight in the queue's zone.
	DayChanged struct{ Queue QueueID }
)

func (Restarted) acdEvent()           {}
func (OffersPaused) acdEvent()        {}
func (OffersResumed) acdEvent()       {}
func (Tick) acdEvent()                {}
func (Configured) acdEvent()          {}
func (ContactArrived) acdEvent()      {}
func (ContactLeft) acdEvent()         {}
func (Bridged) acdEvent()             {}
func (BridgeFailed) acdEvent()        {}
func (ContactCompleted) acdEvent()    {}
func (OfferTaken) acdEvent()          {}
func (OfferFailed) acdEvent()         {}
func (StatusSet) acdEvent()           {}
func (NextStatusCancelled) acdEvent() {}
func (DeviceLost) acdEvent()          {}
func (DeviceBack) acdEvent()          {}
func (HoldChanged) acdEvent()         {}
func (WrapUpExtended) acdEvent()      {}
func (WrapUpFinished) acdEvent()      {}
func (QueueClosed) acdEvent()         {}
func (QueueOpened) acdEvent()         {}
func (DayChanged) acdEvent()          {}
func (ContactWithdrawn) acdEvent()    {}
func (ContactPaused) acdEvent()       {}
func (ContactResumed) acdEvent()      {}
func (CallbackRequested) acdEvent()   {}
func (CustomerReached) acdEvent()     {}
func (DialFailed) acdEvent()          {}
func (MachineReached) acdEvent()      {}
func (DialWindow) acdEvent()          {}
func (WrapUpWanted) acdEvent()        {}
func (ContactMoved) acdEvent()        {}
func (PrioritySet) acdEvent()         {}
func (ContactAssigned) acdEvent()     {}
