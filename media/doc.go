// SPDX-License-Identifier: Apache-2.0

// Package media carries sound: RTP ports for SIP legs, the bridge between two
// ports, prompts and music paced by one shared wheel, keypad digits, and the
// prompt library.
//
// Its one contract is Port (port.go): a port pushes each received packet to its
// one Sink on arrival, and turns whatever is written to it, by one source after
// another, into one continuous stream for its far end. Nothing in here waits
// for a clock but the wheel.
//
// Begin with port.go, then endpoint.go (one SIP leg's media), outgoing.go (the
// continuous stream) and wheel.go (what is played). One packet of a call passes
// rtp.go, endpoint.go, the other leg's outgoing.go and rtp.go again.
//
// Locks: a wheel slot's lock is held while its players write, and an Outgoing's
// lock is taken under it; never the other way round.
package media
