// SPDX-License-Identifier: Apache-2.0

package ivr

// What a flow says where its file names no branch: a sentence, then the end of
// the call with its own cause.

// builtin names such a goodbye.
type builtin struct {
	name  NodeID // as it stands in logs; no node of a file can have it
	text  Text
	cause string
}

var (
	byeFull = builtin{"(full)", Text{
		"en": "All our lines are taken at the moment. Please call again later.",
		"zh": "目前所有线路繁忙，请稍后再拨。",
	}, "queueFull"}
	byeNobody = builtin{"(nobody)", Text{
		"en": "Nobody is here to take your call at the moment. Please call again later.",
		"zh": "目前无人值守，请稍后再拨。",
	}, "noAgents"}
	byeClosed = builtin{"(closed)", Text{
		"en": "We are closed at the moment. Please call again during our opening hours.",
		"zh": "现在是非工作时间，请在工作时间来电。",
	}, "closed"}
	byeTimedOut = builtin{"(timedOut)", Text{
		"en": "We are sorry that nobody could take your call. Please call again later.",
		"zh": "很抱歉，暂时无人接听您的来电，请稍后再拨。",
	}, "timedOut"}
	byeFailed = builtin{"(failed)", Text{
		"en": "We are sorry, your call cannot go on. Please call again later.",
		"zh": "很抱歉，您的通话无法继续，请稍后再拨。",
	}, "internalError"}
	byeUnreachable = builtin{"(unreachable)", Text{
		"en": "Nobody could be reached there. Please call again later.",
		"zh": "暂时无法接通，请稍后再拨。",
	}, "unreachable"}
	byeBusy    = builtin{"(busy)", byeUnreachable.text, "busy"}
	byeRefused = builtin{"(refused)", byeUnreachable.text, "refused"}
	byeUnheard = builtin{"(noAnswer)", byeUnreachable.text, "noAnswer"}
	byeBarred  = builtin{"(notAllowed)", byeFailed.text, "notAllowed"}
	// backToMusic stands for each of them in a flow of kind wait.
	backToMusic = builtin{name: "(music)"}
	goodbye     = builtin{"(goodbye)", Text{"en": "Goodbye.", "zh": "再见。"}, causeEnded}
)

// wrongKey is said after a wrong key where the file says nothing else.
var wrongKey = Text{"en": "That is not one of the choices.", "zh": "您的输入有误。"}

// hangupCauses are those that a flow may name.
var hangupCauses = []string{
	causeEnded, "completed", "noAgents", "queueFull", "closed", "timedOut", "busy", "unreachable", "noAnswer",
}
