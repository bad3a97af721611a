// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/ivr"
)

const (
	// promptLength is how long every prompt takes on the virtual clock.
	promptLength = 2 * time.Second
	// keyGap is the time between keys that are pressed together.
	keyGap = 200 * time.Millisecond
	// maxTicks bounds one act: how many deadlines it may pass.
	maxTicks = 1000
)

// Act is one thing that happens, by its first word: hears (Count prompts),
// presses (Text), says (nothing), waits (Span), hangs (up), leaves (by the ending
// Text), fails (as Text says), place (Count in the line, Span to wait).
type Act struct {
	Verb, Text string
	Count      int
	Span       time.Duration
	Told       ivr.QueueTold // of queue
}

// fetchEnds are the ways in which a fetch ends without a status.
var fetchEnds = []string{ivr.FetchTimedOut, ivr.FetchUnavailable, ivr.FetchTooLarge, ivr.FetchNotAllowed}

// verbs are what can happen, and what stands behind each.
const verbs = `hears, presses 12#, says nothing, speaks 12s, waits 5s, hangs up, leaves timedOut, fails busy, place 3 2m, ` +
	`queue waiting=3, callback requested, answers 200 {"a": 1}, answers unavailable, upstream hangs, recording fails`

func actOf(text string) (Act, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	a, fault := Act{Verb: verb, Text: rest}, fmt.Errorf("%q cannot happen; write one of %s", text, verbs)
	var err error
	switch verb {
	case "hears":
		a.Count = 1
		if rest != "" {
			a.Count, err = strconv.Atoi(rest)
		}
		if err != nil || a.Count < 1 || a.Count > maxSteps {
			return a, fault
		}
	case "presses":
		if strings.Trim(rest, "0123456789*#ABCD") != "" || rest == "" {
			return a, fault
		}
	case "waits", "speaks":
		if a.Span, err = time.ParseDuration(rest); err != nil || a.Span <= 0 {
			return a, fault
		}
	case "place":
		position, span, has := strings.Cut(rest, " ")
		if a.Count, err = strconv.Atoi(position); err != nil {
			return a, fault
		}
		if has {
			if a.Span, err = time.ParseDuration(span); err != nil {
				return a, fault
			}
		}
	case "leaves", "fails", "callback":
		if rest == "" {
			return a, fault
		}
	case "answers":
		status, body, _ := strings.Cut(rest, " ")
		if a.Count, err = strconv.Atoi(status); err != nil && !slices.Contains(fetchEnds, rest) {
			return a, fault
		}
		a.Text = body
		if err != nil {
			a.Text = rest
		}
	case "queue":
		if a.Told, err = toldOf(rest); err != nil {
			return a, fault
		}
	case "recording":
		if rest != "fails" {
			return a, fault
		}
	case "upstream":
		if rest != "hangs" {
			return a, fault
		}
	case "says":
		if rest != "nothing" {
			return a, fault
		}
	case "hangs":
		if rest != "up" {
			return a, fault
		}
	default:
		return a, fault
	}
	return a, nil
}

// toldOf reads how a queue is: waiting=3 estimate=2m signedIn=2 available=1
// open=false.
func toldOf(text string) (ivr.QueueTold, error) {
	told := ivr.QueueTold{Open: true}
	for _, part := range strings.Fields(text) {
		key, value, _ := strings.Cut(part, "=")
		var err error
		switch key {
		case "waiting":
			told.Waiting, err = strconv.Atoi(value)
		case "signedIn":
			told.SignedIn, err = strconv.Atoi(value)
		case "available":
			told.Available, err = strconv.Atoi(value)
		case "estimate":
			told.Estimate, err = time.ParseDuration(value)
		case "open":
			told.Open, err = strconv.ParseBool(value)
		default:
			err = fmt.Errorf("%q is nothing that is told of a queue", key)
		}
		if err != nil {
			return told, err
		}
	}
	return told, nil
}

// A Player runs a flow on a virtual clock and writes down what is heard and
// done, a line each.
type Player struct {
	machine  *ivr.Machine
	now      time.Time
	playing  bool
	coverage *Coverage
	lines    []string
	speaks   time.Time // since when the caller is recorded; zero: not

	resting ivr.Effect // what the flow waits for the end of: Enqueue, Dial; nil: nothing
	at      spot       // the node that it is in
	passed  []Step
	longest int // nodes that one event led through, at most
}

// NewPlayer begins a call at start; coverage may be nil.
func NewPlayer(flow *ivr.Flow, lang string, start time.Time, who ivr.Contact, coverage *Coverage) *Player {
	p := &Player{machine: ivr.NewMachine(flow, lang).For(who), now: start, coverage: coverage}
	if coverage != nil {
		coverage.entered(flow.ID, waitNode)
		p.machine.Trace(coverage.left)
	}
	p.apply(ivr.Started{})
	return p
}

// Over says that the flow has ended.
func (p *Player) Over() bool { return p.machine.Over() }

// Lines are what was heard and done since the last call of Lines.
func (p *Player) Lines() []string {
	lines := p.lines
	p.lines = nil
	return lines
}

// Do lets something happen, in the words of a test file's when.
func (p *Player) Do(text string) error {
	a, err := actOf(text)
	if err != nil {
		return err
	}
	p.do(a)
	return nil
}

func (p *Player) do(a Act) {
	switch a.Verb {
	case "hears":
		for range a.Count {
			p.pass(p.now.Add(promptLength))
			p.apply(ivr.PromptDone{})
		}
	case "presses":
		for i := range len(a.Text) {
			p.pass(p.now.Add(keyGap))
			p.apply(ivr.Digit{Key: a.Text[i]})
		}
	case "says":
		if p.playing {
			p.do(Act{Verb: "hears", Count: 1})
		}
		if due := p.machine.Deadline(); !due.IsZero() && !p.playing {
			p.pass(due)
		}
	case "waits":
		p.pass(p.now.Add(a.Span))
	case "hangs":
		p.apply(ivr.HungUp{})
		p.lines = append(p.lines, "gone")
	case "leaves":
		p.apply(ivr.QueueLeft{Ending: a.Text})
	case "fails":
		p.apply(ivr.DialFailed{How: a.Text})
	case "answers":
		if a.Count == 0 {
			p.apply(ivr.Fetched{How: a.Text})
		} else {
			p.apply(ivr.Fetched{How: ivr.FetchAnswered, Status: a.Count, Body: []byte(a.Text)})
		}
	case "queue":
		p.apply(a.Told)
	case "speaks":
		p.pass(p.now.Add(a.Span))
		p.recorded(ivr.RecordSilence)
	case "recording":
		p.apply(ivr.Recorded{How: ivr.RecordFailed})
	case "upstream":
		if due := p.machine.Deadline(); !due.IsZero() {
			p.pass(due)
		}
	case "callback":
		p.apply(ivr.CallbackKept{How: a.Text})
	case "place":
		p.apply(ivr.Announced{Position: a.Count, Estimate: a.Span})
	}
}

// pass lets time pass until then, with the machine's deadlines on the way.
func (p *Player) pass(until time.Time) {
	for range maxTicks {
		due := p.machine.Deadline()
		if p.machine.Over() || due.IsZero() || due.After(until) {
			break
		}
		p.now = due
		p.apply(ivr.Tick{})
	}
	p.now = until
}

// recorded ends what is recorded now.
func (p *Player) recorded(how string) {
	if began := p.speaks; !began.IsZero() {
		p.speaks = time.Time{}
		p.apply(ivr.Recorded{Name: "recording", Length: p.now.Sub(began), How: how})
	}
}

func (p *Player) apply(ev ivr.Event) {
	if _, done := ev.(ivr.PromptDone); done && !p.playing {
		return
	}
	if _, done := ev.(ivr.PromptDone); done {
		p.playing = false
	}
	way, stopped := 0, false
	defer func() {
		if p.longest = max(p.longest, way); stopped {
			p.recorded(ivr.RecordStopped)
		}
	}()
	for _, effect := range p.machine.Apply(p.now, ev) {
		switch e := effect.(type) {
		case ivr.Enqueue, ivr.Dial, ivr.RequestCallback, ivr.Fetch:
			p.resting = e
		case ivr.Play:
			p.playing = !e.Prompt.Loop
		case ivr.Stop:
			p.playing = false
		case ivr.Record:
			p.speaks = p.now
		case ivr.RecordStop:
			stopped = true
		case ivr.Entered:
			p.resting = nil
			way++
			p.at = spot{flow: e.Flow, node: e.Node}
			p.passed = append(p.passed, Step{e.Flow, e.Node})
			if p.coverage != nil {
				p.coverage.entered(e.Flow, e.Node)
			}
		}
		if line := ivr.Told(effect); line != "" {
			p.lines = append(p.lines, line)
		}
	}
}

// Step is a node that was passed.
type Step struct {
	Flow ivr.FlowID
	Node ivr.NodeID
}

// Played is what became of a story.
type Played struct {
	Nodes     []Step
	Lines     []string
	Variables map[string]string // secrets are masked
}

// Play plays the story; coverage may be nil.
func (c *Case) Play(coverage *Coverage) Played {
	p := NewPlayer(c.flow, c.language, c.start, c.contact, coverage)
	for _, a := range c.when {
		p.do(a)
	}
	return Played{Nodes: p.passed, Lines: p.Lines(), Variables: p.machine.Variables()}
}

// Run plays the story; it gives "" or what differs. coverage may be nil.
func (c *Case) Run(coverage *Coverage) string {
	played := c.Play(coverage)
	var faults []string
	if !matches(c.then, played.Lines) {
		faults = append(faults, diff(c.then, played.Lines))
	}
	for _, name := range sorted(c.variables) {
		if got := played.Variables[name]; got != c.variables[name] {
			faults = append(faults, fmt.Sprintf("%s is %q, not %q", name, got, c.variables[name]))
		}
	}
	return strings.Join(faults, "\n")
}

// Difference says how another telling of the story differs from ours, "" if it
// does not: the nodes passed, what was heard and done, and the variables.
func (p Played) Difference(other Played) string {
	nodes := func(of []Step) (lines []string) {
		for _, s := range of {
			lines = append(lines, "node "+string(s.Flow)+"."+string(s.Node))
		}
		return lines
	}
	variables := func(of map[string]string) (lines []string) {
		for _, name := range sorted(of) {
			lines = append(lines, name+" = "+of[name])
		}
		return lines
	}
	var faults []string
	for _, of := range []struct{ ours, theirs []string }{
		{nodes(p.Nodes), nodes(other.Nodes)}, {p.Lines, other.Lines}, {variables(p.Variables), variables(other.Variables)},
	} {
		if !slices.Equal(of.ours, of.theirs) {
			faults = append(faults, diff(of.ours, of.theirs))
		}
	}
	return strings.Join(faults, "\n")
}

// matches compares lines with those wanted, where "..." stands for any number.
func matches(want, got []string) bool {
	reached := []bool{true} // reached[j]: the wanted so far fit got[:j]
	reached = append(reached, make([]bool, len(got))...)
	for _, w := range want {
		next := make([]bool, len(got)+1)
		for j := range next {
			switch {
			case w == "...":
				next[j] = reached[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = reached[j-1] && got[j-1] == w
			}
		}
		reached = next
	}
	return reached[len(got)]
}

// diff writes what was wanted (-) beside what came (+).
func diff(want, got []string) string {
	common := make([][]int, len(want)+1)
	for i := range common {
		common[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got) - 1; j >= 0; j-- {
			if want[i] == got[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			out = append(out, "  "+want[i])
			i, j = i+1, j+1
		case i < len(want) && (j == len(got) || common[i+1][j] >= common[i][j+1]):
			out = append(out, "- "+want[i])
			i++
		default:
			out = append(out, "+ "+got[j])
			j++
		}
	}
	return strings.Join(out, "\n")
}

func sorted[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
