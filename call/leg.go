// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"time"

	"tandem/acd"
	"tandem/media"
)

// ID names one caller's visit, from INVITE to record. It is ours, unique for
// ever (time-ordered), and never SIP's Call-ID.
type ID string

// LegID names one party's side of a call.
type LegID string

// Party is who is at the far end of a leg, as the network told us.
type Party struct {
	Number string // digits with a leading + where international; "" if withheld
	Name   string // display name, at most 64 characters, no control characters
	// Diverted is the number that was dialled first, if the call was forwarded to
	// us, as far as the trunk is believed; else "".
	Diverted string
	// Verstat is what the signature of the number has shown, "" if nobody looked.
	Verstat Verstat
}

// Verstat says what the signature of a caller's number has shown (ATIS-1000074,
// section 5.2.3).
type Verstat string

// The results of verification.
const (
	VerstatPassed Verstat = "TN-Validation-Passed" // signed, and it fits the call
	VerstatFailed Verstat = "TN-Validation-Failed" // signed wrongly, for another call or too long ago
	VerstatNone   Verstat = "No-TN-Validation"     // not signed, or by somebody we cannot check
)

// A Leg is one party's side of a call. Its maker (package sip) owns the
// signalling and the media endpoint; the call's goroutine reads Events and
// calls the methods. All methods may be called at any time and never panic;
// those without a context do not block.
type Leg interface {
	ID() LegID
	Remote() Party
	// SIPCallID is for logs only.
	SIPCallID() string

	// Ring answers an inbound leg's INVITE with 180. Outbound: no effect.
	Ring()
	// Answer answers an inbound leg's INVITE with 200 and returns when the ACK
	// has come or ctx ends. Its Port has a codec as soon as Answer has sent the
	// 200, which is before it returns. It fails if the caller has gone; the error
	// wraps ErrUnacknowledged if the 200 had left by then.
	Answer(ctx context.Context) error
	// Port is the leg's end of the audio path, never nil. For an outbound leg
	// it has a codec after Answered.
	Port() media.Port
	// Watch asks for a OneWay event if audio does not flow both ways within 3 s
	// from now. Called when two legs are bridged.
	Watch()
	// Hold tells the leg that it is on hold by our side (true) or no longer, so
	// that silence from it is not taken for lost media.
	Hold(on bool)

	// Events reports what the far end does, in order. It is closed after Ended.
	// At most 64 wait unread; further digits are dropped and counted, Ended
	// never is.
	Events() <-chan LegEvent
	// Hangup ends the leg for cause: CANCEL, a final response or BYE, as its
	// state demands. Idempotent. Ended follows.
	Hangup(Cause)
}

// Traced is a Leg that wants to know whose call it is, so that its messages can
// be found by the call's ID.
type Traced interface{ Belongs(ID) }

// A LegEvent is something the far end did.
type LegEvent interface{ legEvent() }

type (
	// Ringing says an outbound leg's far end is alerting (180 or 183).
	Ringing struct{}
	// Answered says an outbound leg was answered and its ACK is sent.
	Answered struct{}
	// Digit is one key press, by RFC 4733 or SIP INFO, reported once.
	Digit struct{ Key byte }
	// Held says the far end put us on hold (re-INVITE or UPDATE with sendonly,
	// inactive or c=0.0.0.0).
	Held struct{}
	// Resumed says that it took us back.
	Resumed struct{}
	// AudioOneWay says that 3 s after Watch audio flows in one direction only.
	AudioOneWay struct{ Working string } // "fromFarEnd", "toFarEnd" or "none"
	// Changed says that what Keep returns has changed.
	Changed struct{}
	// Referred says that an agent's telephone transfers the caller by a key of its
	// own (REFER): To is the user part of where to. Report tells the telephone,
	// once, whether it was done; a leg that it was done for is then hung up by us.
	Referred struct {
		To     string
		Report func(done bool)
	}
	// Ended is the last event of every leg. Cause tells why: for an outbound
	// leg that was never answered one of CauseBusy, CauseRefused,
	// CauseUnreachable, CauseNoAnswer; CauseMediaLost after an RTP timeout or an
	// ICE or DTLS failure; CauseReplaced when the agent's page came back on a
	// new load or in another tab; else CauseHangup.
	Ended struct{ Cause Cause }
)

func (Changed) legEvent()     {}
func (Ringing) legEvent()     {}
func (Answered) legEvent()    {}
func (Digit) legEvent()       {}
func (Held) legEvent()        {}
func (Resumed) legEvent()     {}
func (AudioOneWay) legEvent() {}
func (Referred) legEvent()    {}
func (Ended) legEvent()       {}

// A Keeper is a Leg that another process can go on with: Keep is what the journal
// keeps of it, nil if it cannot be revived. It may be called at any time.
type Keeper interface{ Keep() []byte }

// A Reviver makes a leg of what Keep returned in a former process. Answered
// follows if the far end is still there, else Ended. Declared here, satisfied by
// sip.Server.
type Reviver interface {
	Revive(ctx context.Context, kept []byte) (Leg, error)
}

// A Dialer makes outbound legs. It is declared here and satisfied by
// sip.Server.
type Dialer interface {
	// Dial sends an INVITE and returns at once; what becomes of it arrives as
	// events. An error means that nothing was sent: ErrUnreachable if the agent
	// has no device registered, ErrNotAllowed if the target is not on the
	// allow list. ctx bounds the leg's whole life: when it ends the leg ends.
	Dial(ctx context.Context, to Target) (Leg, error)
}

// Target says whom to dial and what they shall see.
type Target struct {
	Agent acd.AgentID // the agent's newest device; or
	URI   string      // a SIP URI, or a number that a trunk takes

	Call ID
	By   acd.AgentID // on whose behalf a number is dialled, "" if a flow's
	From Party       // shown to the one who is called
	// Codec is what the other side of the call speaks: agreed on wherever the
	// device has it, so that audio passes as it is.
	Codec media.Codec
	// Offer, Queue and Waited travel as headers X-Tandem-Offer,
	// X-Tandem-Queue and X-Tandem-Waited (whole seconds), so that any phone or
	// page can show them from the INVITE itself. X-Tandem-Call bears Call.
	Offer  acd.OfferID
	Queue  acd.QueueID
	Waited time.Duration
	// Resume, if not empty, goes as X-Tandem-Resume: the page answers by itself
	// if it names the call it was in.
	Resume string
}
