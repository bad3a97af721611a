// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strings"
	"time"
)

const (
	// maxSteps is how many nodes one event may lead through without a sound:
	// more is a flow that runs in circles.
	maxSteps = 64
	// maxTyped is how many keys of one entry, or pressed ahead, are kept.
	maxTyped = 32
	// promptLimit ends a prompt that nobody reports the end of; longer than any
	// that is not a loop.
	promptLimit = 10 * time.Minute
	// causeEnded is the cause of a call whose flow has no more to say;
	// causeBroken that of one whose flow runs in circles.
	causeEnded  = "flowEnded"
	causeBroken = "internalError"
	// maxFailures is how many errors one call may bring to a flow's handler: who
	// makes more has a handler that is wrong itself.
	maxFailures = 8
)

// A Contact is who calls: what expressions and shares are made of.
type Contact struct {
	ID      string // of the call
	Caller  string // the caller's number as it came
	Dialled string
}

// LongestWay is how many nodes one event may lead through: a flow that does so
// runs in circles, and is led to its error handler.
const LongestWay = maxSteps

// The names of exits, for coverage and drawings.
const (
	exitNext    = "next"
	exitElse    = "else"
	exitEnd     = "end" // of the call
	exitError   = "error"
	exitReturn  = "return"
	exitNoInput = "noInput"
	exitNoMatch = "noMatch"
)

// A Machine runs one flow for one caller. It belongs to one goroutine.
type Machine struct {
	flow     *Flow
	frames   []frame // flows that wait for the present one
	contact  Contact
	wanted   string // the language of the call
	language int    // of flow.Languages
	maxTime  time.Duration
	failures int

	node     *node
	phase    phase
	deadline time.Time // of the phase; zero: none
	endsAt   time.Time // of the flow as a whole; zero while resting

	typed     keys // of the present menu or entry
	ahead     keys // pressed before anybody asked
	noInputs  int
	noMatches int
	label     Text      // of the choice that led to the next node
	swallow   string    // the terminators, of which one may follow a full entry
	swallowBy time.Time // until then

	variables []variable
	env       map[string]any // of expressions; nil: to be made
	visited   []*node        // questions asked before, that say so the short way
	waiting   waitState
	filling   bool // while awaiting: something plays meanwhile
	recording bool // while awaiting: the caller is recorded
	priority  *int // of queues to come that name none
	notices   int  // sent so far
	trace     func(FlowID, NodeID, string)

	effects []Effect
}

// phase is what a machine is in the middle of.
type phase uint8

const (
	unborn    phase = iota
	prompting       // a prompt plays
	listening       // the prompt is over; keys are awaited
	resting         // in a queue, or dialling
	awaiting        // an answer of the call, which has its time
	echoing
	over
)

// variable is what a caller entered, or a set node computed.
type variable struct {
	name  string
	value any // as its variableKind.zero
}

// timeUp is the event a node gets when its deadline is reached.
type timeUp struct{}

func (timeUp) ivrEvent() {}

// NewMachine makes a machine for f that speaks lang, or f's first language if f
// does not have it. Its first event is Started.
func NewMachine(f *Flow, lang string) *Machine {
	return &Machine{flow: f, wanted: lang, language: f.language(lang), maxTime: f.maxTime}
}

// For says who calls; before the first event.
func (m *Machine) For(c Contact) *Machine {
	m.contact = c
	return m
}

// Trace calls told for each exit by which the machine leaves a node, as
// Flow.Graph names them; before the first event.
func (m *Machine) Trace(told func(flow FlowID, node NodeID, exit string)) { m.trace = told }

// Variables are what the present flow knows, by name; secrets are masked.
func (m *Machine) Variables() map[string]string {
	known := make(map[string]string, len(m.variables))
	for _, v := range m.variables {
		known[v.name] = textOf(v.value)
		if kind := m.flow.variables[v.name]; kind != nil && kind.secret {
			known[v.name] = masked
		}
	}
	return known
}

// masked stands for a secret wherever one would be shown.
const masked = "****"

// Language is what the machine speaks.
func (m *Machine) Language() string { return m.flow.Languages[m.language] }

// Apply records ev, which happened at now, and returns what must be done about
// it, in order; the slice is valid until the next Apply. Timers that are due at
// now come before the event. Enqueue, Dial, Leave and Hangup are always last.
// The same events at the same times give the same effects.
func (m *Machine) Apply(now time.Time, ev Event) []Effect {
	if m.phase == over {
		return nil
	}
	clear(m.effects)
	m.effects = m.effects[:0]
	switch e := ev.(type) {
	case HungUp:
		m.cleanUp(now)
		return m.done()
	case Digit:
		if !isKey(e.Key) {
			ev = Tick{} // what is no key still lets time pass
		}
	}
	if m.flow.wait != nil {
		m.applyWait(now, ev)
	} else {
		m.applyCall(now, ev)
	}
	return m.done()
}

func (m *Machine) done() []Effect {
	if len(m.effects) == 0 {
		return nil
	}
	return m.effects
}

// cleanUp runs the hang-up handler, whose nodes are all silent; a Hangup among
// its effects names the cause of the ending.
func (m *Machine) cleanUp(now time.Time) {
	handler := m.flow.onHangup
	for m.phase != unborn && handler == nil && len(m.frames) > 0 {
		top := m.frames[len(m.frames)-1]
		m.frames = m.frames[:len(m.frames)-1]
		m.run(top.flow, top.variables)
		handler = m.flow.onHangup
	}
	if m.phase != unborn && handler != nil {
		m.phase = listening
		m.enter(now, handler)
	}
	m.end()
}

// Deadline is when Apply must next be called, with a Tick if nothing else has
// happened by then. It is the zero Time if only an event can change anything.
func (m *Machine) Deadline() time.Time {
	first := earlier(m.deadline, m.endsAt)
	if m.flow.wait != nil {
		first = earlier(first, m.waitDeadline())
	}
	return first
}

// earlier is the first of two times, of which either may be zero: never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Over says that the flow has ended, by Hangup, Leave or the caller.
func (m *Machine) Over() bool { return m.phase == over }

func (m *Machine) applyCall(now time.Time, ev Event) {
	if m.phase == unborn {
		if _, ok := ev.(Started); ok {
			m.endsAt = now.Add(m.maxTime)
			m.enter(now, m.flow.start)
		}
		if ev, ok := ev.(Resumed); ok {
			m.again(now, ev)
		}
		return
	}
	if !m.endsAt.IsZero() && !now.Before(m.endsAt) {
		m.silence()
		m.hangup(causeEnded)
		return
	}
	if !m.deadline.IsZero() && !now.Before(m.deadline) {
		m.deadline = time.Time{}
		m.enter(now, m.node.step.apply(m, now, timeUp{}))
		_, key := ev.(Digit)
		if m.phase == resting || m.phase == awaiting && !key { // what happened at this instant cannot be about a rest that has just begun
			return
		}
	}
	switch ev := ev.(type) {
	case Tick, Started:
		return
	case Digit:
		if m.swallowed(now, ev.Key) {
			return
		}
	}
	if m.phase != over {
		m.enter(now, m.node.step.apply(m, now, ev))
	}
}

// enter goes to n, and on from there as long as a node leads straight to the
// next. A nil n stays.
func (m *Machine) enter(now time.Time, n *node) {
	for steps := 0; n != nil; steps++ {
		if steps == maxSteps {
			m.silence()
			if n, steps = m.fail(nil), 0; n == nil {
				return
			}
		}
		label := n.label
		if m.label != nil {
			label = m.label
		}
		m.node, m.label, m.deadline = n, nil, time.Time{}
		m.typed.clear()
		m.noInputs, m.noMatches = 0, 0
		m.effect(Entered{Flow: m.flow.ID, Node: n.id, Label: label.In(m.Language())})
		n = n.step.begin(m, now)
	}
}

// The rest are the verbs that nodes act by.

// exit leaves the present node by the exit of that name.
func (m *Machine) exit(name string, next *node) *node {
	if m.trace != nil {
		m.trace(m.flow.ID, m.node.id, name)
	}
	return next
}

// fail leaves the present node by its error branch: its own, or the handler of
// its flow or of the nearest that called it, or a sentence and the end.
func (m *Machine) fail(own *node) *node {
	m.exit(exitError, nil)
	if m.failures++; m.failures > maxFailures {
		m.hangup(causeBroken)
		return nil
	}
	if own != nil {
		return own
	}
	if m.flow.onError != nil {
		return m.flow.onError
	}
	for i := len(m.frames) - 1; i >= 0; i-- {
		if caller := m.frames[i]; caller.flow.onError != nil {
			m.frames = m.frames[:i]
			m.run(caller.flow, caller.variables)
			return caller.flow.onError
		}
	}
	if m.flow.failed == nil {
		m.hangup(causeBroken)
	}
	return m.flow.failed
}

func (m *Machine) effect(e Effect) { m.effects = append(m.effects, e) }

// play starts a prompt; a prompt with nothing in it is over at once, which the
// caller learns from false.
func (m *Machine) play(now time.Time, p *prompt) bool {
	parts := p.by[m.language].fill(m.spell)
	if len(parts) == 0 {
		return false
	}
	m.phase, m.deadline = prompting, time.Time{}
	if !p.loop {
		m.deadline = now.Add(promptLimit)
	}
	m.effect(Play{Prompt: Prompt{Parts: parts, Language: m.Language(), Loop: p.loop}})
	return true
}

// silence stops what plays or echoes.
func (m *Machine) silence() {
	switch m.phase {
	case prompting:
		m.effect(Stop{})
	case echoing:
		m.effect(EchoStop{})
	case awaiting:
		m.settled()
		m.effect(GiveUp{})
	default:
		return
	}
	m.phase, m.deadline = listening, time.Time{}
}

// await rests for a while, until the call answers e; keys are kept.
func (m *Machine) await(now time.Time, e Effect, limit time.Duration) {
	m.phase, m.deadline = awaiting, now.Add(limit)
	m.effect(e)
}

// settled ends an await.
func (m *Machine) settled() {
	if m.filling {
		m.effect(Stop{})
	}
	m.phase, m.deadline, m.filling, m.recording = listening, time.Time{}, false, false
}

// answerLimit is how long the call may take to answer what it can tell at once.
const answerLimit = 10 * time.Second

// rest waits for the queue or the dial to come to something.
func (m *Machine) rest(e Effect) {
	m.ahead.clear()
	m.phase, m.deadline, m.endsAt = resting, time.Time{}, time.Time{}
	m.effect(e)
}

// resume goes on after a rest.
func (m *Machine) resume(now time.Time) {
	m.phase, m.endsAt = listening, now.Add(m.maxTime)
}

// hangup ends the call; in a wait flow the music goes on instead.
func (m *Machine) hangup(cause string) {
	if m.flow.wait != nil {
		m.phase, m.deadline, m.endsAt = listening, time.Time{}, time.Time{}
		m.waiting.aside = false
		return
	}
	m.effect(Hangup{Cause: cause})
	m.end()
}

func (m *Machine) end() {
	m.phase, m.deadline, m.endsAt = over, time.Time{}, time.Time{}
}

func (m *Machine) set(name string, value any) {
	if m.env != nil {
		if _, moment := value.(time.Time); !moment {
			m.env[name] = value
		}
	}
	for i := range m.variables {
		if m.variables[i].name == name {
			m.variables[i].value = value
			return
		}
	}
	m.variables = append(m.variables, variable{name, value})
}

func (m *Machine) value(name string) string { return textOf(m.held(name)) }

// held is what a variable or a given name holds; nil if nothing.
func (m *Machine) held(name string) any {
	for i := range m.variables {
		if m.variables[i].name == name {
			return m.variables[i].value
		}
	}
	switch name {
	case nameCaller:
		return m.contact.Caller
	case nameDialled:
		return m.contact.Dialled
	}
	if kind := m.flow.variables[name]; kind != nil {
		return kind.zero
	}
	return nil
}

func (m *Machine) spell(name, as string) []string {
	return spell(m.Language(), as, m.held(name), m.flow.zone)
}

// branch leaves by the word for how something ended.
func (m *Machine) branch(endings []ending, word string, other *node) *node {
	for _, e := range endings {
		if e.word == word {
			return m.exit(word, e.next)
		}
	}
	return m.exit(exitElse, other)
}

// swallowed says that key is the terminator that people press after an entry
// that was full already: nobody means it for the next node.
func (m *Machine) swallowed(now time.Time, key byte) bool {
	was := m.swallow
	m.swallow = ""
	return was != "" && strings.IndexByte(was, key) >= 0 && now.Before(m.swallowBy)
}

func isKey(c byte) bool {
	return '0' <= c && c <= '9' || c == '*' || c == '#' || 'A' <= c && c <= 'D'
}

// keys are key presses in order; more than maxTyped are dropped.
type keys struct {
	pressed [maxTyped]byte
	n       int
}

func (k *keys) push(c byte) {
	if k.n < maxTyped {
		k.pressed[k.n] = c
		k.n++
	}
}

func (k *keys) shift() (byte, bool) {
	if k.n == 0 {
		return 0, false
	}
	first := k.pressed[0]
	copy(k.pressed[:], k.pressed[1:k.n])
	k.n--
	return first, true
}

func (k *keys) clear()         { k.n = 0 }
func (k *keys) String() string { return string(k.pressed[:k.n]) }
