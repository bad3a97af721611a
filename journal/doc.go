// SPDX-License-Identifier: Apache-2.0

// Package journal keeps every event of the desk with what was decided about it,
// so that a server that was killed goes on where it was, and a day can be
// replayed and explained. It is the only user of NATS: a JetStream server within
// the process, whose stream lies in the data folder and is synced before an
// append is acknowledged.
//
// Its one contract: what was acknowledged is read back after any crash, in
// order, without a gap; and handing over never blocks.
//
// Begin with journal.go (the door and the writer), entry.go (what is in it),
// then snapshot.go (so that a start replays seconds) and read.go (for tools).
// docs/decisions/009-the-journal.md says why it is so.
package journal
