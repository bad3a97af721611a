// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"net/netip"

	"tandem/media"
)

// An Endpoint is the media side of a leg: it writes and reads SDP (RFC 3264)
// and owns the packets. Satisfied by media's RTP endpoint and by softphone's
// browser endpoint. One goroutine (the dialog's) calls Offer, Answer and
// Accept; the rest may be called at any time.
type Endpoint interface {
	// Offer makes a local offer, the first one or that of a re-INVITE.
	Offer(ctx context.Context) (sdp []byte, err error)
	// Answer takes the far end's offer, first or re-INVITE, and returns the
	// answer. media.ErrNotAcceptable if nothing in it can be agreed on (488):
	// the session then stays as it was.
	Answer(ctx context.Context, offer []byte) (answer []byte, err error)
	// Accept takes the far end's answer to the last Offer. Called again with a
	// changed answer (183 then 200) it follows the last one.
	Accept(answer []byte) error

	Port() media.Port
	// Events reports digits, loss, hold. It is closed by Close. At most 64 wait.
	Events() <-chan media.Event
	// Watch asks for media.OneWay if audio does not flow both ways within 3 s.
	Watch()
	// Hold (by our side): silence from the far end is no loss while on.
	Hold(on bool)
	// Close frees ports and goroutines; idempotent, returns when they are gone.
	Close()
}

// Endpoints makes endpoints; cmd/tandem wires media and softphone in here.
type Endpoints struct {
	// RTP makes a plain endpoint whose address family and interface suit the
	// far end. media.ErrNoPorts when the range is used up: 503.
	RTP func(far netip.Addr) (Endpoint, error)
	// Reopen makes the endpoint of a leg anew that a former process had, on the
	// same port, from both descriptions; it returns our own as it is now. nil: no
	// leg survives a restart.
	Reopen func(far netip.Addr, local, remote []byte) (e Endpoint, now []byte, err error)
	// Browser makes a WebRTC endpoint.
	Browser func() (Endpoint, error)
}
