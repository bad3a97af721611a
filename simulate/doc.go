// SPDX-License-Identifier: Apache-2.0

// Package simulate plays a floor that is not there: callers who arrive, have
// patience and talk, agents who come, accept and go, by the clock of the events
// alone. Who is offered to whom is decided by [acd.Distributor] through its
// Apply and nothing else: there is no second model of a queue in here, so what
// holds in a simulation holds on the floor.
//
// Its contract: the same input and seed give the same decisions and numbers,
// on any machine.
//
// Begin with player.go (one run), then scenario.go (what a run is made of),
// measure.go (what is counted), result.go (many runs, their means and how sure
// they are) and trace.go (one exact case, event by event).
package simulate
