// SPDX-License-Identifier: Apache-2.0

package call

import (
	"encoding/json"
	"time"

	"tandem/acd"
)

// A Journal keeps what the desk decides before promises are given. Declared
// here, satisfied by package journal; without one every promise is given at
// once.
type Journal interface {
	// Hand takes one decision. It never blocks and keeps the order. kept is
	// called from any goroutine when the decision is on disk; it may be nil, and
	// must not block.
	Hand(d acd.Decision, kept func())
	// Note keeps a call as it is now, in the order of Hand.
	Note(k Kept)
	// Alarms says true when an append takes too long, and false when all is on
	// disk again.
	Alarms() <-chan bool
	// Full says that too much waits for the disk: nobody new is to be queued.
	Full() bool
}

// Place is where a call is.
type Place string

// The places of a call; a call that is over has none and is forgotten.
const (
	PlaceMenu    Place = "menu"
	PlaceWaiting Place = "waiting"
	PlaceTalking Place = "talking"
	PlaceWrapUp  Place = "wrapUp" // over, and an agent still works on it
	PlaceOver    Place = "over"
)

// Kept is what the journal keeps of a live call, so that it can go on after a
// crash.
type Kept struct {
	Call     ID                `json:"call"`
	Place    Place             `json:"place"`
	Trunk    string            `json:"trunk,omitempty"`
	Language string            `json:"language,omitempty"`
	Node     string            `json:"node,omitempty"` // of the number's flow
	Vars     map[string]string `json:"vars,omitempty"` // of the flow, secrets left out
	Card     Card              `json:"card"`
	Answered time.Time         `json:"answered,omitzero"`
	Bridged  time.Time         `json:"bridged,omitzero"`
	Agent    AgentID           `json:"agent,omitempty"` // who talks, or talked last
	Offer    OfferID           `json:"offer,omitempty"` // that was taken
	Caller   json.RawMessage   `json:"caller,omitempty"`
	Other    json.RawMessage   `json:"other,omitempty"` // the agent's leg
}

// Recovered is the floor as the journal has it.
type Recovered struct {
	// ACD has applied everything that was kept.
	ACD *acd.Distributor
	// At is the time of the last decision: the desk's clock goes on from here.
	At time.Time
	// Calls are those that were alive, by ID.
	Calls []Kept
}
