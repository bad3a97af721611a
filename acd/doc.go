// SPDX-License-Identifier: Apache-2.0

// Package acd decides which agent is asked to take which waiting contact, and
// when. It is pure: events and the time go in through [Distributor.Apply],
// effects come out, and [Distributor.Deadline] says when to call again. It
// starts no goroutine, reads no clock, opens nothing, and decides nothing by
// the order of a map, so the same events at the same times give the same
// effects, always.
//
// Its one contract: after every Apply no waiting contact stands beside a free
// agent who may take it now, and offers were made in the one order of pair.before.
//
// Begin with distributor.go (the door), then match.go (who goes first), offer.go
// (what becomes of an offer), contact.go and agent.go (the two sides), and
// line.go (a queue's line). docs/routing.md says the same to a supervisor.
package acd
