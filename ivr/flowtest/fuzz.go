// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/ivr"
)

const (
	// maxActs is how much a random caller does before they fall silent.
	maxActs = 60
	// maxSilence is how many prompts and waits a silent caller may be kept for
	// after that: every call must be over by then.
	maxSilence = 200
	// keysAtOnce is the longest thing that a random caller enters.
	keysAtOnce = 16
)

// Random makes calls that no test thought of: callers who press anything, at any
// time, and agents, data and lines that come to any end.
type Random struct {
	Seed  uint64 // the same seed makes the same calls
	Calls int    // of each flow
}

// Finding is a call that got stuck or ran in circles.
type Finding struct {
	Flow  ivr.FlowID
	Fault string
	Given string   // as in a test file
	When  []string // the shortest found that does it
}

// String tells the finding as a case of a test file.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n  given: %s\n  when:", f.Flow, f.Fault, f.Given)
	for _, w := range f.When {
		fmt.Fprintf(&b, "\n    - %q", w)
	}
	return b.String()
}

// Try lets random callers ring flow, and gives the first call that went wrong,
// or nil. The words of cases, which know what its menus and entries take, are
// tried too. coverage may be nil.
func (r Random) Try(flow *ivr.Flow, cases []Case, coverage *Coverage) *Finding {
	words := wordsOf(flow, cases)
	h := fnv.New64a()
	h.Write([]byte(flow.ID)) //nolint:errcheck // a hash takes everything
	for i := range r.Calls {
		dice := &dice{r.Seed<<32 + uint64(i) ^ h.Sum64()}
		c := randomCall{flow: flow, start: time.Date(2026, 1, 1, 0, dice.upTo(365*24*60), 0, 0, time.UTC),
			language: flow.Languages[dice.upTo(len(flow.Languages))], contact: "c" + strconv.Itoa(i)}
		p := c.player(coverage)
		for n := dice.upTo(maxActs); n > 0 && !p.Over() && p.longest < ivr.LongestWay; n-- {
			act := next(p, dice, words)
			c.acts = append(c.acts, act)
			p.do(mustAct(act))
		}
		if fault := p.silentEnd(); fault != "" {
			if shorter := c.shrink(); shorter != "" {
				fault = shorter
			}
			return &Finding{Flow: flow.ID, Fault: fault, When: c.acts, Given: fmt.Sprintf("{time: %q, language: %s, contact: %s}",
				c.start.In(zoneOf(flow)).Format("2006-01-02 15:04"), c.language, c.contact)}
		}
	}
	return nil
}

// randomCall is one call, so that it can be made again.
type randomCall struct {
	flow     *ivr.Flow
	start    time.Time
	language string
	contact  string
	acts     []string
}

func (c *randomCall) player(coverage *Coverage) *Player {
	return NewPlayer(c.flow, c.language, c.start, ivr.Contact{ID: c.contact, Caller: "+4930123456", Dialled: "1000"}, coverage)
}

// fault says what goes wrong in the call with the given acts.
func (c *randomCall) fault(acts []string) string {
	p := c.player(nil)
	for _, a := range acts {
		p.do(mustAct(a))
	}
	return p.silentEnd()
}

// shrink leaves out every act, and every key, without which the call still goes
// wrong, and says how it goes wrong then; "" if nothing could be left out.
func (c *randomCall) shrink() (fault string) {
	try := func(acts []string) bool {
		wrong := c.fault(acts)
		if wrong != "" {
			c.acts, fault = acts, wrong
		}
		return wrong != ""
	}
	for i := len(c.acts) - 1; i >= 0; i-- {
		if try(slices.Delete(slices.Clone(c.acts), i, i+1)) {
			continue
		}
		keys, presses := strings.CutPrefix(c.acts[i], pressing)
		for k := len(keys) - 1; presses && k >= 0 && len(keys) > 1; k-- {
			less := slices.Clone(c.acts)
			less[i] = pressing + keys[:k] + keys[k+1:]
			if try(less) {
				keys = keys[:k] + keys[k+1:]
			}
		}
	}
	return fault
}

const pressing = "presses "

// dice is SplitMix64: the same state gives the same throws on every machine.
type dice struct{ state uint64 }

// upTo is a whole number from 0 to below n.
func (d *dice) upTo(n int) int {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

// silentEnd lets the caller say nothing more: the call must come to its end.
func (p *Player) silentEnd() string {
	for range maxSilence {
		switch {
		case p.longest >= ivr.LongestWay:
			return fmt.Sprintf("spins: one event led through %d nodes, to %s", p.longest, p.at.node)
		case p.machine.Over():
			return ""
		case p.resting != nil:
			p.do(mustAct(endOf(p.resting)))
		case p.machine.Deadline().IsZero() && !p.playing:
			if p.at.node == "" { // a wait flow lasts as long as the queue wants
				return ""
			}
			return fmt.Sprintf("is stuck in %s: nothing but the caller's hang-up ends it", p.at.node)
		default:
			p.do(Act{Verb: "says", Text: "nothing"})
		}
	}
	return fmt.Sprintf("goes on for ever: a silent caller is still in %s after %d prompts and waits", p.at.node, maxSilence)
}

// endOf is how what a flow waits for comes to nothing.
func endOf(resting ivr.Effect) string {
	switch resting.(type) {
	case ivr.Dial:
		return "fails noAnswer"
	case ivr.RequestCallback:
		return "callback closed"
	case ivr.Fetch:
		return "upstream hangs"
	}
	return "leaves timedOut"
}

// next is what happens next in a random call.
func next(p *Player, dice *dice, words []string) string {
	pick := func(of ...string) string { return of[dice.upTo(len(of))] }
	switch p.resting.(type) {
	case ivr.Enqueue:
		return "leaves " + pick("timedOut", "full", "joinEmpty", "leaveEmpty", "closed", "exitKey", "withdrawn", "overflowed")
	case ivr.Dial:
		return "fails " + pick("busy", "refused", "noAnswer", "unreachable", "notAllowed")
	case ivr.Fetch:
		if n := dice.upTo(2 * len(words)); n < len(words) && strings.HasPrefix(words[n], "answers ") {
			return words[n]
		}
		return pick("upstream hangs", "answers unavailable", "answers tooLarge", "answers notAllowed", "answers 200 {}", "answers 404", "answers 500", "answers 200 nonsense", "presses 1", "hangs up")
	case ivr.RequestCallback:
		return "callback " + pick("requested", "duplicate", "notAllowed", "closed")
	}
	switch n := dice.upTo(10); {
	case n == 9 && dice.upTo(maxActs/3) == 0:
		return "hangs up"
	case n < 2:
		return "hears"
	case n < 4:
		return "says nothing"
	case n == 4:
		return "waits " + pick("1ms", "1s", "3s", "5s", "1m", "20m")
	case n == 5 && p.at.node == "": // a wait flow
		return fmt.Sprintf("place %d %dm", dice.upTo(120), dice.upTo(120))
	case n < 8 && len(words) > 0:
		if word := words[dice.upTo(len(words))]; strings.HasPrefix(word, pressing) {
			return word
		}
	}
	keys := make([]byte, 1+dice.upTo(keysAtOnce)*dice.upTo(2))
	for i := range keys {
		keys[i] = "0123456789*#"[dice.upTo(12)]
	}
	return pressing + string(keys)
}

// wordsOf are the keys that the menus of a flow take, and what its tests press.
func wordsOf(flow *ivr.Flow, cases []Case) []string {
	var words []string
	for _, n := range flow.Graph() {
		for _, e := range n.Exits {
			if n.Kind == "menu" && strings.Trim(e.Name, "0123456789*#ABCD") == "" {
				words = append(words, "presses "+e.Name)
			}
		}
	}
	for _, c := range cases {
		if c.flow != flow {
			continue
		}
		for _, a := range c.when {
			switch {
			case a.Verb == "presses":
				words = append(words, pressing+a.Text)
			case a.Verb == "answers" && a.Count > 0:
				words = append(words, fmt.Sprintf("answers %d %s", a.Count, a.Text))
			}
		}
	}
	return words
}

func mustAct(text string) Act {
	a, err := actOf(text)
	if err != nil {
		panic("flowtest: " + err.Error()) // all are made here
	}
	return a
}

func zoneOf(flow *ivr.Flow) *time.Location {
	if z := flow.Zone(); z != nil {
		return z
	}
	return time.UTC
}
