// SPDX-License-Identifier: Apache-2.0

// Package web is what browsers talk to: the HTTP API (described at
// /api/v1/openapi.json), the live events, sign-in, and the built pages.
//
// Its one contract: browsers send intents and see snapshots. Nothing here holds
// the state of a call or an agent; what a page shows is made from the desk's
// last snapshot and the store's rows, and what it asks for goes to the desk,
// which may refuse. The page that last fetched a SIP ticket has its agent's
// desk; that is the only thing this package decides.
//
// Begin with server.go (the doors), then live.go (what is pushed) and view.go
// (what it looks like on the wire).
package web
