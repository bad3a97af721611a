// SPDX-License-Identifier: Apache-2.0

package call

import (
	"time"

	"tandem/acd"
)

// The routing identities, for packages that know calls but not routing.
type (
	// AgentID names an agent.
	AgentID = acd.AgentID
	// QueueID names a queue.
	QueueID = acd.QueueID
	// OfferID counts offers.
	OfferID = acd.OfferID
)

// Snapshot is what pages and metrics see: the floor and the story of each call
// that touches an agent or a queue. Published by the desk at most every 50 ms,
// never changed afterwards.
type Snapshot struct {
	acd.Snapshot
	Cards map[acd.ContactID]Card // of every contact waiting, ringing, talking or in wrap-up
	// Desks is what each agent's page shows beside it, by agent.
	Desks map[AgentID]DeskView
}

// Card is the story of one call so far, for the agent's page and the wallboard.
type Card struct {
	Call     ID
	Kind     acd.Kind // "" counts as acd.KindCall
	From     Party
	Dialled  string
	Arrived  time.Time // the INVITE
	Queue    QueueID
	Entered  time.Time // real entry into Queue
	MenuPath []string  // labels of the nodes passed
	Bridged  time.Time // zero: not yet
	// HeldSince is when the agent put the caller on hold, zero if not held;
	// HeldBefore is how long earlier holds took together.
	HeldSince  time.Time
	HeldBefore time.Duration
	Ended      time.Time // zero: still alive
	EndedBy    string    // "caller", "agent" or "server"
	// Resuming says that the agent's device is gone and is being called back;
	// the caller hears music.
	Resuming    bool
	Disposition string
	Notes       string
}

// DeskView is what an agent's page shows beside status and activity.
type DeskView struct {
	// Offer is the offer that rings now, 0 if none.
	Offer OfferID
	// Last is how the last offer that came to nothing ended, until the agent
	// takes the next one or returns to available; nil if none.
	Last *OfferView
}

// OfferView is an offer that came to nothing.
type OfferView struct {
	Offer OfferID
	How   acd.OfferEnding
	Card  Card
	Began time.Time
	Ended time.Time
}
