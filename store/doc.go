// SPDX-License-Identifier: Apache-2.0

// Package store keeps what happened, for ever, in SQLite: calls, queue visits,
// offers, changes of agent status and activity, and beside them what the
// server must remember between runs: agents' secrets and web sessions. It is
// the only user of SQL.
//
// Its one contract: a record that was handed over is on disk exactly once and
// in order, or a counter and a log line say which one is not. One goroutine
// (writer.go) commits whatever gathered while the commit before was in flight.
// When the database refuses (disk full, read-only, locked by another process)
// the records go to a spool file beside it and follow later; calls go on.
//
// Begin with record.go (what is kept), then writer.go (how), restart.go (what
// is put right after a kill) and numbers.go (what is derived, by which formula).
package store
