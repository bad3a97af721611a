// SPDX-License-Identifier: Apache-2.0

package call

// A Cause says why a call or a leg ended. The same words stand in records,
// logs and metrics; the table in sip/cause.go turns them into SIP statuses and
// Q.850 causes.
type Cause string

// The causes there are.
const (
	CauseCompleted     Cause = "completed"     // talked, then either side hung up
	CauseHangup        Cause = "hangup"        // the far end of this leg hung up
	CauseAbandoned     Cause = "abandoned"     // the caller hung up before reaching anybody
	CauseFlowEnded     Cause = "flowEnded"     // the flow said goodbye
	CauseNoAgents      Cause = "noAgents"      // nobody signed in: told so and released
	CauseQueueFull     Cause = "queueFull"     // told so and released
	CauseClosed        Cause = "closed"        // outside hours or closed by a supervisor
	CauseTimedOut      Cause = "timedOut"      // waited for the queue's maximum
	CauseBusy          Cause = "busy"          // 486, 600
	CauseRefused       Cause = "refused"       // 603, 480 by the person
	CauseUnreachable   Cause = "unreachable"   // no device, 404, transport error, no 1xx
	CauseNoAnswer      Cause = "noAnswer"      // rang for the whole time
	CauseElsewhere     Cause = "elsewhere"     // somebody else took it
	CauseCallerGone    Cause = "callerGone"    // towards an agent's leg
	CauseReplaced      Cause = "replaced"      // the agent's page moved; the call goes on there
	CauseMediaLost     Cause = "mediaLost"     // no RTP for the timeout, ICE or DTLS failed
	CauseUnknownNumber Cause = "unknownNumber" // 404
	CauseNotAllowed    Cause = "notAllowed"    // 403
	CauseNotAcceptable Cause = "notAcceptable" // no codec in common: 488
	CauseOverload      Cause = "overload"      // a limit was reached: 503 with Retry-After
	CauseDraining      Cause = "draining"      // shutting down: 503 with Retry-After
	CauseDrainForced   Cause = "drainForced"   // still there when the drain limit passed
	CauseNoACK         Cause = "noAck"         // the 200 was never acknowledged
	CauseInternal      Cause = "internalError" // our fault, logged with its stack
	CauseServerRestart Cause = "serverRestart" // was open when the process ended
)
