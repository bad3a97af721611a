// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"

	"tandem/call"
)

// answerOf is what a cause means on the wire.
type answerOf struct {
	status int    // final response to an INVITE that is not answered yet
	phrase string // its reason phrase
	q850   int    // Reason: Q.850;cause=, in a BYE, CANCEL or final response
}

// causes is the one table between our causes, SIP statuses (RFC 3261, section
// 21) and Q.850 (mapped as RFC 3398, section 8.2.6.1).
var causes = map[call.Cause]answerOf{
	call.CauseCompleted:     {480, "Temporarily Unavailable", 16},
	call.CauseHangup:        {487, "Request Terminated", 16},
	call.CauseAbandoned:     {487, "Request Terminated", 16},
	call.CauseFlowEnded:     {480, "Temporarily Unavailable", 16},
	call.CauseNoAgents:      {480, "Temporarily Unavailable", 20},
	call.CauseQueueFull:     {486, "Busy Here", 42},
	call.CauseClosed:        {480, "Temporarily Unavailable", 16},
	call.CauseTimedOut:      {480, "Temporarily Unavailable", 19},
	call.CauseBusy:          {486, "Busy Here", 17},
	call.CauseRefused:       {603, "Decline", 21},
	call.CauseUnreachable:   {480, "Temporarily Unavailable", 20},
	call.CauseNoAnswer:      {480, "Temporarily Unavailable", 19},
	call.CauseElsewhere:     {480, "Temporarily Unavailable", 26},
	call.CauseCallerGone:    {487, "Request Terminated", 16},
	call.CauseReplaced:      {480, "Temporarily Unavailable", 16},
	call.CauseMediaLost:     {500, "Server Internal Error", 41},
	call.CauseUnknownNumber: {404, "Not Found", 1},
	call.CauseNotAllowed:    {403, "Forbidden", 21},
	call.CauseNotAcceptable: {488, "Not Acceptable Here", 88},
	call.CauseOverload:      {503, "Service Unavailable", 42},
	call.CauseDraining:      {503, "Service Unavailable", 41},
	call.CauseDrainForced:   {503, "Service Unavailable", 41},
	call.CauseNoACK:         {500, "Server Internal Error", 102},
	call.CauseInternal:      {500, "Server Internal Error", 41},
	call.CauseServerRestart: {503, "Service Unavailable", 41},
}

// answerFor is the table's entry, or that of our own fault for a cause it does
// not know.
func answerFor(c call.Cause) answerOf {
	if a, ok := causes[c]; ok {
		return a
	}
	return causes[call.CauseInternal]
}

// reasonOf is the Reason header of an ending by us (RFC 3326, section 2). A call
// that somebody else took is told as such so that no phone counts it as missed.
func reasonOf(c call.Cause) string {
	if c == call.CauseElsewhere {
		return `SIP;cause=200;text="Call completed elsewhere"`
	}
	return fmt.Sprintf("Q.850;cause=%d", answerFor(c).q850)
}

// causeOf says why an outbound leg was not answered, from the final status of
// its INVITE (RFC 3261, section 21). A redirection counts as unreachable: we
// follow none, so that no phone can make us dial a number.
func causeOf(status int) call.Cause {
	switch status {
	case 486, 600:
		return call.CauseBusy
	case 480, 603, 403, 607, 608:
		return call.CauseRefused
	case 487:
		return call.CauseNoAnswer
	case 488, 606:
		return call.CauseNotAcceptable
	}
	return call.CauseUnreachable
}
