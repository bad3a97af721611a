// SPDX-License-Identifier: Apache-2.0

// Package sip is Tandem's edge towards telephones and browsers: it is the only
// user of sipgo, from which it takes parsing, transactions and transport, and
// nothing else. Dialogs, the registrar, trunks and offer/answer are ours.
//
// Its one contract: every INVITE that passes admission and policy becomes one
// call.Leg, and every leg ends with exactly one call.Ended, whatever the far
// end, the network or our own code does. No message that was not checked
// reaches a dialog, and a panic in one dialog ends that call alone.
//
// Begin with server.go (what arrives), then inbound.go and outbound.go (how a
// leg opens), leg.go (how it lives and ends) and dialog.go (what of it could be
// written down and rebuilt).
package sip
