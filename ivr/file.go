// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"time"

	"tandem/strictyaml"
)

// This file is what a flow file may hold. The field comments are what the
// reference page and the JSON Schema say (go generate ./config); a tag oneof
// names the only words that the reader takes.

// flowFile is one flow.
type flowFile struct {
	// Kind is "call" (a flow that answers a number; default), "sub" (a flow that
	// others call, which ends in return) or "wait" (what a caller hears while
	// waiting in a queue).
	Kind string `yaml:"kind" oneof:"call sub wait"`
	// Languages are those that every text of this flow has; default en and zh.
	Languages []string `yaml:"languages" oneof:"en zh"`
	// Start is the first node.
	Start NodeID `yaml:"start"`
	// MaxTime ends a call that stays this long in the flow without a queue or a
	// dial; default 2h.
	MaxTime time.Duration `yaml:"maxTime"`
	// TimeZone is where the flow's clock hangs, like Europe/Berlin; default UTC.
	TimeZone string `yaml:"timeZone"`
	// Inputs are variables that a sub or jump node of another flow gives.
	Inputs []string `yaml:"inputs"`
	// Secrets are those of the inputs that are never spoken, dialled, logged or
	// shown.
	Secrets []string `yaml:"secrets"`
	// Outputs are variables that a sub node may take from this flow.
	Outputs []string `yaml:"outputs"`
	// OnError is where the flow goes on when a node without an error branch of
	// its own fails; default: that of the flow that called this one, else a
	// sentence and the end of the call.
	OnError NodeID `yaml:"onError"`
	// OnHangup is run when the caller hangs up while in the flow. Its nodes must
	// be silent; a hangup among them names the cause in the record.
	OnHangup NodeID `yaml:"onHangup"`
	// Nodes are the steps of the flow, by name. In a flow of kind wait they are
	// what keys and after lead to, and may be no queue, dial, echo, hangup, sub,
	// return or jump.
	Nodes map[NodeID]nodeFile `yaml:"nodes"`

	waitFile
}

// waitFile is the part of a flow of kind wait.
type waitFile struct {
	// Greeting is said once, before the music.
	Greeting []partFile `yaml:"greeting,orOne"`
	// Music plays over and over; default hold.
	Music string `yaml:"music"`
	// Announce says the caller's place when the queue says it is time.
	Announce announceFile `yaml:"announce"`
	// ExitKey leaves the queue; the queue node goes on at exitKey. Default none.
	ExitKey string `yaml:"exitKey"`
	// Keys lead to nodes that are run in place of the music; the place in line
	// stays, and where they end the music goes on.
	Keys map[string]choiceFile `yaml:"keys"`
	// After leads to nodes by itself, each once, when the caller has waited for so
	// long.
	After []afterFile `yaml:"after"`
}

type afterFile struct {
	// Time is the wait.
	Time time.Duration `yaml:"time,required"`
	// Next is the node.
	Next NodeID `yaml:"next,required"`
}

type announceFile struct {
	// Next is said to the first in line; default what Position says.
	Next Text `yaml:"next"`
	// Position has {position}, 1 to 99.
	Position Text `yaml:"position"`
	// Estimate follows when the wait is known; {minutes}, 2 to 99.
	Estimate Text `yaml:"estimate"`
	// Soon is said instead of Estimate for a minute or less.
	Soon Text `yaml:"soon"`
}

// nodeFile has exactly one of its kinds: say, play, menu, collect, confirm, pin,
// queue, dial, echo, hangup, goto, branch, set, hours, language, wait, split,
// sub, return, jump, callback, leave, fetch,
// queueStatus, priority, transfer, survey, record, webhook.
type nodeFile struct {
	// Label is how the node is named in the agent's menu path.
	Label Text `yaml:"label"`

	// Say is a sentence.
	Say Text `yaml:"say"`
	// Play lets sounds be heard: each is a file below the prompts folder, or one
	// of {say: ...}, {play: FILE}, {music: NAME}, {pause: 500ms}.
	Play []partFile `yaml:"play,orOne"`
	// Menu goes where a key leads.
	Menu *menuFile `yaml:"menu"`
	// Collect takes digits.
	Collect *collectFile `yaml:"collect"`
	// Queue gives a place in a queue's line; a plain text is the queue.
	Queue *queueFile `yaml:"queue"`
	// Dial calls somebody; a plain text is the target.
	Dial *dialFile `yaml:"dial"`
	// Echo sends the caller's own sound back.
	Echo *echoFile `yaml:"echo"`
	// Hangup ends the call.
	Hangup *hangupFile `yaml:"hangup"`
	// Goto goes on at another node.
	Goto NodeID `yaml:"goto"`

	// Confirm asks whether something is right.
	Confirm *confirmFile `yaml:"confirm"`
	// Pin asks for a secret code.
	Pin *pinFile `yaml:"pin"`
	// Branch goes where the first condition that holds leads.
	Branch *branchFile `yaml:"branch"`
	// Set gives variables the values of expressions, all computed before any is
	// set: {tries: tries + 1}.
	Set map[string]exprFile `yaml:"set"`
	// Hours goes on by the time of the day.
	Hours *hoursFile `yaml:"hours"`
	// Language is what the rest of the call speaks: en or zh.
	Language string `yaml:"language" oneof:"en zh"`
	// Wait is silence of this length, at most 5m; keys are kept for the next menu.
	Wait time.Duration `yaml:"wait"`
	// Split sends a share of the callers each way; the same call always the same.
	Split *splitFile `yaml:"split"`
	// Sub runs another flow, of kind sub, and comes back.
	Sub *subFile `yaml:"sub"`
	// Return ends a flow of kind sub with a word, by which the sub node goes on.
	Return string `yaml:"return"`
	// Jump goes on in another flow for good; a plain text is the flow.
	Jump *jumpFile `yaml:"jump"`

	// Callback offers to call the caller back: at the number that calls, or at
	// one that is entered and confirmed.
	Callback *callbackFile `yaml:"callback"`
	// Leave, in a flow of kind wait, takes the caller out of the line; the queue
	// node goes on at exitKey.
	Leave *leaveFile `yaml:"leave"`

	// Fetch asks another system for data.
	Fetch *fetchFile `yaml:"fetch"`

	// QueueStatus asks how a queue is.
	QueueStatus *queueStatusFile `yaml:"queueStatus"`
	// Priority is an expression for the contact's priority, a whole number: at
	// once in a flow of kind wait, else in the queues to come that name none.
	Priority exprFile `yaml:"priority"`
	// Transfer hands the call to somebody else.
	Transfer *transferFile `yaml:"transfer"`
	// Survey asks one question whose answer is kept with the call.
	Survey *surveyFile `yaml:"survey"`
	// Record keeps what the caller says.
	Record *recordFile `yaml:"record"`
	// Webhook tells another system something, surely.
	Webhook *webhookFile `yaml:"webhook"`

	// Next is where say, play, echo, set, language, wait and priority go on; default for
	// say, play and echo: the call ends, or in a flow of kind wait the music goes
	// on.
	Next NodeID `yaml:"next"`
	// Error is where set or priority goes on when it fails; default: onError.
	Error NodeID `yaml:"error"`
	// BargeIn lets a key end what say or play let hear; the key counts for the
	// next menu. Default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Loop plays over and over.
	Loop bool `yaml:"loop"`
}

// partFile is one piece of a prompt; a plain string is a sound file.
type partFile struct {
	Say   Text          `yaml:"say"`
	File  string        `yaml:"play"`
	Music string        `yaml:"music"`
	Pause time.Duration `yaml:"pause"`
}

func (p *partFile) UnmarshalText(text []byte) error {
	p.File = string(text)
	return nil
}

// menuFile goes where the caller's key leads. A key that no longer choice begins
// with is taken at once.
type menuFile struct {
	// Prompt says what to press; see play.
	Prompt []partFile `yaml:"prompt,orOne,required"`
	// Again is the same in short, for callers who hear it a second time.
	Again []partFile `yaml:"again,orOne"`
	// TypeAhead takes keys that were pressed before the question; default true.
	TypeAhead *bool `yaml:"typeAhead"`
	// BargeIn lets a key end the prompt; default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Keys are the choices, each one key or more in quotes; a plain text is the
	// node it leads to.
	Keys map[string]choiceFile `yaml:"keys,required"`
	// Timeout is how long the first key may take after the prompt; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// InterDigit is how long each further key may take; default 3s.
	InterDigit time.Duration `yaml:"interDigit"`
	// NoInput is for callers who press nothing.
	NoInput missFile `yaml:"noInput"`
	// NoMatch is for callers who press a wrong key; counted apart from NoInput.
	NoMatch missFile `yaml:"noMatch"`
}

// choiceFile is where a key leads; a plain string is the node.
type choiceFile struct {
	// Label is how the choice is named in the agent's menu path.
	Label Text `yaml:"label"`
	// Next is the node.
	Next NodeID `yaml:"next,required"`
}

func (c *choiceFile) UnmarshalText(text []byte) error {
	c.Next = NodeID(text)
	return nil
}

// missFile is what happens when no key came, or a wrong one.
type missFile struct {
	// Tries is how often the caller is asked; default 3.
	Tries int `yaml:"tries"`
	// Prompt is heard before the question is asked again.
	Prompt []partFile `yaml:"prompt,orOne"`
	// Each, in place of prompt, is one for the first miss, one for the second and
	// so on; the last is for all further ones.
	Each []attemptFile `yaml:"each"`
	// Next is where the last try leads; default: a goodbye.
	Next NodeID `yaml:"next"`
}

type attemptFile struct {
	// Prompt is heard before the question is asked again.
	Prompt []partFile `yaml:"prompt,orOne,required"`
}

// collectFile takes digits into a variable.
type collectFile struct {
	// Into names the variable: {name} in a later say or dial.
	Into string `yaml:"into,required"`
	// Prompt says what to enter; see play.
	Prompt []partFile `yaml:"prompt,orOne,required"`
	// Again is the same in short, for callers who hear it a second time.
	Again []partFile `yaml:"again,orOne"`
	// Secret keeps the entry from being spoken, dialled, logged or shown.
	Secret bool `yaml:"secret"`
	// Pattern is a regular expression (RE2) for the whole entry.
	Pattern string `yaml:"pattern"`
	// Range is the least and the most the entry may be as a number, like 1-500.
	Range string `yaml:"range"`
	// Format is luhn (a number with a check digit), phone (kept as +4930123456),
	// date-ymd, date-dmy or date-mdy (eight digits, kept as 2026-03-01).
	Format string `yaml:"format" oneof:"luhn phone date-ymd date-dmy date-mdy"`
	// Country, with format phone, is the code (49) that replaces a leading 0.
	Country string `yaml:"country"`
	// BargeIn lets a key end the prompt; default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Min is the least number of digits; default 1.
	Min int `yaml:"min"`
	// Max is the largest, at most 32; the entry ends at once when it is reached.
	Max int `yaml:"max"`
	// Exact is the only number of digits, in place of min and max.
	Exact int `yaml:"exact"`
	// Allowed are the keys that count; others are not heard. Default 0123456789.
	Allowed string `yaml:"allowed"`
	// Terminator ends the entry, and is no part of it: a key or several of them;
	// default "#", "none" for none.
	Terminator string `yaml:"terminator"`
	// Cancel leaves the question at once, whatever was entered, and leads to
	// cancelled; default none.
	Cancel string `yaml:"cancel"`
	// Cancelled is where cancel leads.
	Cancelled NodeID `yaml:"cancelled"`
	// TypeAhead takes keys that were pressed before the question; default true.
	TypeAhead *bool `yaml:"typeAhead"`
	// Clear begins the entry anew; default "*", "none" for none.
	Clear string `yaml:"clear"`
	// Timeout is how long the first digit may take after the prompt; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// InterDigit is how long each further one may take; it ends the entry.
	// Default 3s.
	InterDigit time.Duration `yaml:"interDigit"`
	// NoInput is for callers who press nothing.
	NoInput missFile `yaml:"noInput"`
	// NoMatch is for callers who press too little, or what is not valid; counted
	// apart from NoInput.
	NoMatch missFile `yaml:"noMatch"`
	// Next is where a right entry leads.
	Next NodeID `yaml:"next,required"`
}

// queueFile is a place in a queue's line; a plain string is the queue.
type queueFile struct {
	// ID is the queue's.
	ID string `yaml:"id,required"`
	// Priority is the contact's; default the queue's.
	Priority *int `yaml:"priority"`
	// WaitFlow is what is heard while waiting; default the configured one.
	WaitFlow FlowID `yaml:"waitFlow"`
	// Require is whom the caller wants, in steps that open one after another and
	// stay open; default: anyone in the queue, which else is a step of its own.
	Require []stepFile `yaml:"require"`
	// NeverWithout are least levels that hold in every step: {licensed: 1}.
	NeverWithout map[string]int `yaml:"neverWithout"`
	// Preferred is an agent who is asked before all others.
	Preferred *preferredFile `yaml:"preferred"`
	// Skip says when a step is skipped at once: when nobody who is signedIn
	// (default) or nobody whose status is available could meet it.
	Skip string `yaml:"skip" oneof:"signedIn available"`
	// Endings say where the flow goes on when nobody answered; default: a
	// sentence and a goodbye.
	Endings queueEndings `yaml:"endings"`
}

type queueEndings struct {
	// TimedOut: the queue's maxWait has passed.
	TimedOut NodeID `yaml:"timedOut"`
	// Full: the queue's maxLength was reached.
	Full NodeID `yaml:"full"`
	// JoinEmpty: nobody was signed in.
	JoinEmpty NodeID `yaml:"joinEmpty"`
	// LeaveEmpty: the last agent signed out.
	LeaveEmpty NodeID `yaml:"leaveEmpty"`
	// Closed: the queue was closed.
	Closed NodeID `yaml:"closed"`
	// ExitKey: the caller left by the wait flow's key.
	ExitKey NodeID `yaml:"exitKey"`
	// Answered: an agent has talked with the caller and ended it, and the caller is
	// still there; default: the end of the call.
	Answered NodeID `yaml:"answered"`
	// CallbackRequested: the caller asked in the wait flow to be called back;
	// default: the end of the call.
	CallbackRequested NodeID `yaml:"callbackRequested"`
	// Else: any other, and each that is not named.
	Else NodeID `yaml:"else"`
}

func (q *queueFile) UnmarshalText(text []byte) error {
	q.ID = string(text)
	return nil
}

// dialFile calls an allow-listed target; a plain string is the target.
type dialFile struct {
	// Target may hold {variables}.
	Target string `yaml:"target,required"`
	// RingTime is how long it may ring; default 30s.
	RingTime time.Duration `yaml:"ringTime"`
	// Endings say where the flow goes on when there was no answer; default: a
	// sentence and a goodbye.
	Endings dialEndings `yaml:"endings"`
}

type dialEndings struct {
	// Busy: the one called is in another call.
	Busy NodeID `yaml:"busy"`
	// Refused: the one called did not want it.
	Refused NodeID `yaml:"refused"`
	// NoAnswer: it rang for the whole time.
	NoAnswer NodeID `yaml:"noAnswer"`
	// Unreachable: there is no such number, or no way to it.
	Unreachable NodeID `yaml:"unreachable"`
	// NotAllowed: the target is not in dial.allow of the configuration.
	NotAllowed NodeID `yaml:"notAllowed"`
	// Else: any other, and each that is not named.
	Else NodeID `yaml:"else"`
}

func (d *dialFile) UnmarshalText(text []byte) error {
	d.Target = string(text)
	return nil
}

type echoFile struct {
	// For is how long; the # key ends it earlier. Default 5m.
	For time.Duration `yaml:"for"`
}

type hangupFile struct {
	// Cause stands in the record; default flowEnded.
	Cause string `yaml:"cause" oneof:"flowEnded completed noAgents queueFull closed timedOut busy unreachable noAnswer"`
}

// exprFile is an expression, such as len(order) == 8 && time.hour < 12.
type exprFile string

func (e *exprFile) UnmarshalText(text []byte) error {
	*e = exprFile(text)
	return nil
}

// confirmFile asks whether something is right.
type confirmFile struct {
	// Prompt says what, and which key means yes and which no.
	Prompt []partFile `yaml:"prompt,orOne,required"`
	// TypeAhead takes keys that were pressed before the question; default true.
	TypeAhead *bool `yaml:"typeAhead"`
	// BargeIn lets a key end the prompt; default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Yes is the key for it; default "1".
	Yes string `yaml:"yes"`
	// No is the key against it; default "2".
	No string `yaml:"no"`
	// Timeout is how long the key may take after the prompt; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// NoInput is for callers who press nothing.
	NoInput missFile `yaml:"noInput"`
	// NoMatch is for callers who press a wrong key; counted apart from NoInput.
	NoMatch missFile `yaml:"noMatch"`
	// Next is where yes leads.
	Next NodeID `yaml:"next,required"`
	// Refused is where no leads.
	Refused NodeID `yaml:"refused,required"`
}

// pinFile asks for a secret code, which is compared and forgotten.
type pinFile struct {
	// Is is an expression for the right code, such as the input of a sub flow.
	Is exprFile `yaml:"is,required"`
	// Prompt says what to enter; see play.
	Prompt []partFile `yaml:"prompt,orOne,required"`
	// TypeAhead takes keys that were pressed before the question; default true.
	TypeAhead *bool `yaml:"typeAhead"`
	// BargeIn lets a key end the prompt; default true.
	BargeIn *bool `yaml:"bargeIn"`
	// Digits is how many the code has, 3 to 12; default 4.
	Digits int `yaml:"digits"`
	// Timeout is how long the first digit may take after the prompt; default 5s.
	Timeout time.Duration `yaml:"timeout"`
	// InterDigit is how long each further one may take; default 3s.
	InterDigit time.Duration `yaml:"interDigit"`
	// NoInput is for callers who press nothing.
	NoInput missFile `yaml:"noInput"`
	// NoMatch is for callers who enter a wrong code.
	NoMatch missFile `yaml:"noMatch"`
	// Next is where the right code leads.
	Next NodeID `yaml:"next,required"`
	// Error is where it goes on when Is cannot be computed; default: onError.
	Error NodeID `yaml:"error"`
}

// branchFile goes where the first condition that holds leads.
type branchFile struct {
	// Cases are the conditions, in their order.
	Cases []caseFile `yaml:"cases,required"`
	// Else is where it goes on when none holds.
	Else NodeID `yaml:"else,required"`
	// Error is where it goes on when a condition cannot be computed; default:
	// onError.
	Error NodeID `yaml:"error"`
}

type caseFile struct {
	// When is an expression that is true or false.
	When exprFile `yaml:"when,required"`
	// Next is the node.
	Next NodeID `yaml:"next,required"`
}

// hoursFile goes on by the time of the day. A span belongs to the day on which
// it begins, also when it ends after midnight.
type hoursFile struct {
	// Zone is the time zone; default the flow's.
	Zone string `yaml:"zone"`
	// Week is when it is open, by days (mon, mon-fri, "sat, sun", daily):
	// "09:00-12:30, 13:30-18:00", "22:00-06:00" over midnight, or closed. Days
	// that are not named are closed.
	Week map[string]string `yaml:"week,required"`
	// Dates stand in place of the week on their days: 2026-12-24, 12-25 for every
	// year, 2026-12-27..2026-12-30 for several. One day stands before several,
	// and a certain year before every year.
	Dates map[string]string `yaml:"dates"`
	// Holidays is an iCalendar file (*.ics) beside the flow: its events of whole
	// days, once or every year, stand in place of the week too, behind dates.
	Holidays string `yaml:"holidays"`
	// HolidayHours is when it is open on them, as in week; default closed.
	HolidayHours string `yaml:"holidayHours"`
	// Until names a variable for when it closes or, while closed, opens next;
	// {name|time} and {name|date} speak it.
	Until string `yaml:"until"`
	// Open is where it goes on while open.
	Open NodeID `yaml:"open,required"`
	// Closed is where it goes on while closed.
	Closed NodeID `yaml:"closed,required"`
}

// splitFile sends a share of the callers each way.
type splitFile struct {
	// Ways are the shares; they make 100 together.
	Ways []wayFile `yaml:"ways,required"`
}

type wayFile struct {
	// Percent is the share.
	Percent int `yaml:"percent,required"`
	// Next is the node.
	Next NodeID `yaml:"next,required"`
}

// subFile runs another flow and comes back.
type subFile struct {
	// Flow is of kind sub.
	Flow FlowID `yaml:"flow,required"`
	// With gives its inputs: expressions, by input.
	With map[string]exprFile `yaml:"with"`
	// Into takes its outputs: the name of each, by the variable that takes it.
	Into map[string]string `yaml:"into"`
	// Endings are where the words of its return nodes lead.
	Endings map[string]NodeID `yaml:"endings"`
	// Else is where any other word leads.
	Else NodeID `yaml:"else,required"`
	// Error is where it goes on when With cannot be computed; default: onError.
	Error NodeID `yaml:"error"`
}

// jumpFile goes on in another flow for good; a plain string is the flow.
type jumpFile struct {
	// Flow is of kind call.
	Flow FlowID `yaml:"flow,required"`
	// With gives its inputs: expressions, by input.
	With map[string]exprFile `yaml:"with"`
	// Error is where it goes on when With cannot be computed; default: onError.
	Error NodeID `yaml:"error"`
}

func (j *jumpFile) UnmarshalText(text []byte) error {
	j.Flow = FlowID(text)
	return nil
}

// Problems are the faults of flow files.
type Problems = strictyaml.Problems
