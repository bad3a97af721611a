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

// act is one thing that happens.
type act struct {
	verb, text string
	count      int
	span       time.Duration
}

// fetchEnds are the ways in which a fetch ends without a status.
var fetchEnds = []string{ivr.FetchTimedOut, ivr.FetchUnavailable, ivr.FetchTooLarge, ivr.FetchNotAllowed}

// verbs are what can happen, and what stands behind each.
const verbs = `hears, presses 12#, says nothing, waits 5s, hangs up, leaves timedOut, fails busy, place 3 2m, callback requested, answers 200 {"a": 1}, answers unavailable, upstream hangs`

func actOf(text string) (act, error) {
	verb, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	a, fault := act{verb: verb, text: rest}, fmt.Errorf("%q cannot happen; write one of %s", text, verbs)
	var err error
	switch verb {
	case "hears":
		a.count = 1
		if rest != "" {
			a.count, err = strconv.Atoi(rest)
		}
		if err != nil || a.count < 1 || a.count > maxSteps {
			return a, fault
		}
	case "presses":
		if strings.Trim(rest, "0123456789*#ABCD") != "" || rest == "" {
			return a, fault
		}
	case "waits":
		if a.span, err = time.ParseDuration(rest); err != nil || a.span <= 0 {
			return a, fault
		}
	case "place":
		position, span, has := strings.Cut(rest, " ")
		if a.count, err = strconv.Atoi(position); err != nil {
			return a, fault
		}
		if has {
			if a.span, err = time.ParseDuration(span); err != nil {
				return a, fault
			}
		}
	case "leaves", "fails", "callback":
		if rest == "" {
			return a, fault
		}
	case "answers":
		status, body, _ := strings.Cut(rest, " ")
		if a.count, err = strconv.Atoi(status); err != nil && !slices.Contains(fetchEnds, rest) {
			return a, fault
		}
		a.text = body
		if err != nil {
			a.text = rest
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

// A Player runs a flow on a virtual clock and writes down what is heard and
// done, a line each.
type Player struct {
	machine  *ivr.Machine
	now      time.Time
	playing  bool
	coverage *Coverage
	lines    []string

	resting ivr.Effect // what the flow waits for the end of: Enqueue, Dial; nil: nothing
	at      spot       // the node that it is in
	longest int        // nodes that one event led through, at most
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

func (p *Player) do(a act) {
	switch a.verb {
	case "hears":
		for range a.count {
			p.pass(p.now.Add(promptLength))
			p.apply(ivr.PromptDone{})
		}
	case "presses":
		for i := range len(a.text) {
			p.pass(p.now.Add(keyGap))
			p.apply(ivr.Digit{Key: a.text[i]})
		}
	case "says":
		if p.playing {
			p.do(act{verb: "hears", count: 1})
		}
		if due := p.machine.Deadline(); !due.IsZero() && !p.playing {
			p.pass(due)
		}
	case "waits":
		p.pass(p.now.Add(a.span))
	case "hangs":
		p.apply(ivr.HungUp{})
		p.lines = append(p.lines, "gone")
	case "leaves":
		p.apply(ivr.QueueLeft{Ending: a.text})
	case "fails":
		p.apply(ivr.DialFailed{How: a.text})
	case "answers":
		if a.count == 0 {
			p.apply(ivr.Fetched{How: a.text})
		} else {
			p.apply(ivr.Fetched{How: ivr.FetchAnswered, Status: a.count, Body: []byte(a.text)})
		}
	case "upstream":
		if due := p.machine.Deadline(); !due.IsZero() {
			p.pass(due)
		}
	case "callback":
		p.apply(ivr.CallbackKept{How: a.text})
	case "place":
		p.apply(ivr.Announced{Position: a.count, Estimate: a.span})
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

func (p *Player) apply(ev ivr.Event) {
	if _, done := ev.(ivr.PromptDone); done && !p.playing {
		return
	}
	if _, done := ev.(ivr.PromptDone); done {
		p.playing = false
	}
	way := 0
	defer func() { p.longest = max(p.longest, way) }()
	for _, effect := range p.machine.Apply(p.now, ev) {
		p.resting = nil
		switch e := effect.(type) {
		case ivr.Enqueue, ivr.Dial:
			p.resting = e
		case ivr.Play:
			p.playing = !e.Prompt.Loop
		case ivr.Stop:
			p.playing = false
		case ivr.Entered:
			way++
			p.at = spot{flow: e.Flow, node: e.Node}
			if p.coverage != nil {
				p.coverage.entered(e.Flow, e.Node)
			}
		}
		if line := lineOf(effect); line != "" {
			p.lines = append(p.lines, line)
		}
	}
}

func lineOf(effect ivr.Effect) string {
	switch e := effect.(type) {
	case ivr.Play:
		verb := "say "
		if e.Prompt.Loop {
			verb = "loop "
		}
		return verb + heard(e.Prompt)
	case ivr.Enqueue:
		line := "queue " + e.Queue
		if e.Priority != nil {
			line += " priority " + strconv.Itoa(*e.Priority)
		}
		if e.WaitFlow != "" {
			line += " with " + string(e.WaitFlow)
		}
		return line
	case ivr.Dial:
		return "dial " + e.Target
	case ivr.Echo:
		return "echo"
	case ivr.RequestCallback:
		return callbackLine(e)
	case ivr.Fetch:
		return fetchLine(e)
	case ivr.HoldOffers:
		if e.On {
			return "hold offers"
		}
		return "take offers"
	case ivr.Leave:
		return "leave " + e.Ending
	case ivr.Hangup:
		return "end " + e.Cause
	}
	return ""
}

func callbackLine(e ivr.RequestCallback) string {
	line := "callback " + e.Number
	if e.Queue != "" {
		line += " by " + e.Queue
	}
	if e.Priority != nil {
		line += " priority " + strconv.Itoa(*e.Priority)
	}
	if e.After > 0 {
		line += " after " + e.After.String()
	}
	if !e.At.IsZero() {
		line += " at " + e.At.Format("2006-01-02 15:04")
	}
	return line
}

func fetchLine(e ivr.Fetch) string {
	line := "fetch " + e.Method + " " + e.URL
	switch {
	case e.Secret:
		line += " ****"
	case e.Body != nil:
		line += " " + string(e.Body)
	}
	return line
}

func heard(p ivr.Prompt) string {
	var out []string
	for _, part := range p.Parts {
		switch {
		case part.Say != "":
			out = append(out, part.Say)
		case part.File != "":
			out = append(out, "<"+part.File+">")
		case part.Music != "":
			out = append(out, "~"+part.Music+"~")
		default:
			out = append(out, "("+part.Pause.String()+")")
		}
	}
	return strings.Join(out, " ")
}

// Run plays the story; it gives "" or what differs. coverage may be nil.
func (c *Case) Run(coverage *Coverage) string {
	p := NewPlayer(c.flow, c.language, c.start, c.contact, coverage)
	for _, a := range c.when {
		p.do(a)
	}
	var faults []string
	if got := p.Lines(); !matches(c.then, got) {
		faults = append(faults, diff(c.then, got))
	}
	known := p.machine.Variables()
	for _, name := range sorted(c.variables) {
		if known[name] != c.variables[name] {
			faults = append(faults, fmt.Sprintf("%s is %q, not %q", name, known[name], c.variables[name]))
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
