// SPDX-License-Identifier: Apache-2.0

// Package dip asks other systems over HTTP on behalf of flows.
//
// Its contract: a request takes no longer than it says, takes no more memory
// than it says, reaches no private address that is not allowed by name, and is
// repeated only where it says so. A host that fails again and again is left
// alone for a while, so that callers need not wait for it.
//
// Begin with Client.Fetch in fetch.go; reach.go decides whom it may reach,
// breaker.go when a host is left alone.
package dip
