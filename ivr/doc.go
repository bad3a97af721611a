// SPDX-License-Identifier: Apache-2.0

// Package ivr runs the flows that callers hear: menus, digits, sentences, and
// what is heard while one waits in a queue.
//
// Its contract: a Machine is pure. An event and the time go in (Apply), effects
// and the next Deadline come out; it reads no clock, starts no goroutine and
// opens nothing, so that a flow is tested like code, with no telephone. From
// any events in any order a machine either is over, or rests in a queue or a
// dial, or plays music to one who waits, or has a Deadline.
//
// Flows are YAML files. Read checks one and names all its faults with their
// places; Load reads a folder. A flow lists every sentence it can say
// (Flow.Sentences), so that a missing recording is found before the start and
// not by a caller.
//
// Begin with machine.go, then menu.go; file.go is what a flow file may hold.
package ivr
