// SPDX-License-Identifier: Apache-2.0

// Package call is the story of one call and the desk all calls meet at.
//
// A Call is one goroutine that owns the caller's leg, the flow that the caller
// hears and the legs of the agents who are rung for it; its story reads top to
// bottom in Call.run (call.go). The Desk is one goroutine that owns the
// acd.Distributor: calls and pages tell it what happened, it applies the event
// and carries out the effects (desk.go). The desk never waits for a call: what
// it has to say goes into the call's bounded mailbox.
//
// The nouns that other packages speak in are Leg, Cause, Record, Card and
// Snapshot. Begin with call.go.
package call
