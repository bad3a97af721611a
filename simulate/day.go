// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"tandem/acd"
	"tandem/strictyaml"
)

// A Day is one scenario, or one variant of it, joined with a configuration:
// ready to be played.
type Day struct {
	Name     string // "" for the scenario itself
	Queues   []acd.Queue
	Agents   []acd.Agent
	scenario *Scenario
	streams  []stream
	shifts   []shiftEvent
	manners  *manners
	talk     float64
	without  []acd.AgentID
	again    *again                                   // the day is a recorded one
	watch    func(time.Time, acd.Event, []acd.Effect) // is told each decision beside; may be nil
}

// stream is a Stream ready to be played.
type stream struct {
	Stream
	factor  float64
	require *acd.Require
}

// shiftEvent is a change of an agent's status that the staff plan brings.
type shiftEvent struct {
	at     time.Duration // since the start; below 0: before the first caller
	status acd.StatusSet
}

// Base is the configuration that a scenario is played on.
type Base struct {
	Queues []acd.Queue
	Agents []acd.Agent
	// Change gives a queue with keys of its configuration changed.
	Change func(queue acd.QueueID, keys map[string]string) (acd.Queue, error)
}

// Days joins s with base: the scenario as it is first, then its variants.
// Whatever does not fit is reported to doc.
func (s *Scenario) Days(base Base, doc *strictyaml.Document) ([]*Day, error) {
	days := []*Day{s.day(base, Variant{Traffic: 1, Talk: 1}, "", doc)}
	for i, v := range s.Variants {
		days = append(days, s.day(base, v, fmt.Sprintf("variants[%d]", i), doc))
	}
	return days, doc.Problems().Err()
}

func (s *Scenario) day(base Base, v Variant, at string, doc *strictyaml.Document) *Day {
	d := &Day{
		Name: v.Name, Queues: slices.Clone(base.Queues), Agents: slices.Clone(base.Agents), scenario: s, talk: v.Talk, without: v.Without,
		manners: &manners{pickUp: s.PickUp, ignored: s.Ignored, refused: s.Refused, comeBack: s.ComeBack},
	}
	b := builder{day: d, doc: doc}
	for _, id := range slices.Sorted(maps.Keys(v.Queues)) {
		b.change(base, id, v.Queues[id], at)
	}
	if at == "" {
		for i, a := range s.Arrivals {
			b.known(fmt.Sprintf("arrivals[%d].queue", i), a.Queue)
		}
	}
	for _, a := range s.Arrivals {
		d.streams = append(d.streams, stream{Stream: a, factor: v.Traffic, require: a.requirement()})
	}
	b.staff("staff", s.Staff, v.Without, at == "")
	if at != "" {
		for i, id := range v.Without {
			if !slices.ContainsFunc(d.Agents, func(a acd.Agent) bool { return a.ID == id }) {
				b.report(fmt.Sprintf("%s.without[%d]", at, i), "there is no agent %q", id)
			}
		}
		b.staff(at+".staff", v.Staff, nil, true)
	}
	slices.SortStableFunc(d.shifts, func(a, b shiftEvent) int { return cmp.Compare(a.at, b.at) })
	return d
}

// builder reports what does not fit.
type builder struct {
	day *Day
	doc *strictyaml.Document
}

func (b builder) report(path, format string, args ...any) {
	b.doc.Report(path, fmt.Sprintf(format, args...))
}

func (b builder) known(path string, id acd.QueueID) {
	var known []string
	for _, q := range b.day.Queues {
		known = append(known, string(q.ID))
	}
	if !slices.Contains(known, string(id)) {
		b.report(path, "there is no queue %q; %s", id, strictyaml.Known(string(id), known))
	}
}

func (b builder) change(base Base, id acd.QueueID, keys Keys, at string) {
	i := slices.IndexFunc(b.day.Queues, func(q acd.Queue) bool { return q.ID == id })
	path := at + ".queues." + string(id)
	if i < 0 {
		b.known(path, id)
		return
	}
	plain := make(map[string]string, len(keys))
	for k, v := range keys {
		plain[k] = string(v)
	}
	changed, err := base.Change(id, plain)
	if err != nil {
		b.report(path, "%v", err)
		return
	}
	b.day.Queues[i] = changed
}

// staff brings the shifts of staff; loud: reporting what is wrong with them.
func (b builder) staff(at string, staff []Shift, without []acd.AgentID, loud bool) {
	for i, s := range staff {
		in := fmt.Sprintf("%s[%d]", at, i)
		for k, id := range s.Agents {
			if loud && !slices.ContainsFunc(b.day.Agents, func(a acd.Agent) bool { return a.ID == id }) {
				b.report(fmt.Sprintf("%s.agents[%d]", in, k), "there is no agent %q in the configuration", id)
			}
			if !slices.Contains(without, id) {
				b.shift(id, s)
			}
		}
		for k, m := range s.Queues {
			if loud {
				b.known(fmt.Sprintf("%s.queues[%d]", in, k), m.Queue)
			}
		}
		for k := range s.Count {
			a := acd.Agent{ID: acd.AgentID(in + "#" + strconv.Itoa(k+1)), Skills: skillsOf(s.Skills)}
			for _, m := range s.Queues {
				a.Queues = append(a.Queues, acd.Membership{Queue: m.Queue, Priority: m.Priority, Delay: m.Delay})
			}
			b.day.Agents = append(b.day.Agents, a)
			b.shift(a.ID, s)
		}
	}
}

// shift plans one agent's day.
func (b builder) shift(id acd.AgentID, s Shift) {
	set := func(at Clock, status acd.Status) {
		b.day.shifts = append(b.day.shifts, shiftEvent{
			at:     time.Duration(at - b.day.scenario.From),
			status: acd.StatusSet{Agent: id, Status: status, Actor: acd.Actor(id)},
		})
	}
	for _, t := range s.Times {
		set(t.From, acd.Available)
		set(t.To, acd.Offline)
	}
	for _, t := range s.Breaks {
		set(t.From, onBreak)
		set(t.To, acd.Available)
	}
}

// onBreak is the status of a break in a scenario.
const onBreak acd.Status = "break"

// requirement is what callers of a stream want, or nil.
func (a Stream) requirement() *acd.Require {
	if len(a.Require) == 0 && len(a.NeverWithout) == 0 {
		return nil
	}
	r := &acd.Require{Always: skillsOf(a.NeverWithout)}
	for _, w := range a.Require {
		r.Steps = append(r.Steps, acd.Step{For: w.For, Skills: skillsOf(w.Skills), Agents: w.Agents})
	}
	return r
}

func skillsOf(levels map[string]int) (skills []acd.Skill) {
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		skills = append(skills, acd.Skill{Name: name, Level: levels[name]})
	}
	return skills
}

// play plays the day once. Its chances depend on the seed, the replication and
// the caller's number alone, so that variants meet the same callers.
func (d *Day) play(replication int, tally *Tally, tell func(share float64)) {
	s := d.scenario
	options := acd.Options{Queues: d.Queues, Agents: d.Agents}
	if d.again != nil {
		options = d.again.options(d.again.recording.options)
	}
	p := newPlayer(acd.New(options), s.start())
	p.manners, p.sees = d.manners, tally.see
	if d.watch != nil {
		p.sees = func(at time.Time, ev acd.Event, effects []acd.Effect) {
			tally.see(at, ev, effects)
			d.watch(at, ev, effects)
		}
	}
	p.luck = lotOf(s.Seed, uint64(replication), 1<<40)
	for _, e := range d.shifts { // who is there at the start comes before the first caller
		p.plan(happening{at: max(e.at, 0), what: eventHappens, event: e.status})
	}
	if d.again != nil {
		d.again.plan(p, d, replication, d.without)
	}
	sources := make([]source, len(d.streams))
	for i := range d.streams {
		sources[i] = source{day: d, stream: &d.streams[i], index: i, lot: lotOf(s.Seed, uint64(replication), uint64(i)), replication: replication}
		sources[i].plan(p)
	}
	p.more = func(p *player, i int) {
		if d.again != nil {
			return
		}
		sources[i].plan(p)
		if tell != nil && sources[i].number&1023 == 0 {
			tell(float64(p.now) / float64(s.length()))
		}
	}
	p.run(s.length() + overtime)
	at := p.start.Add(p.now)
	tally.finish(at, p.d.Snapshot(at))
}

// source makes the callers of one stream, one after another.
type source struct {
	day         *Day
	stream      *stream
	index       int
	lot         lot // of the moments
	at          time.Duration
	number      uint64
	replication int
	id          []byte
}

// plan plans the next caller: a Poisson process whose rate changes with the
// intervals.
func (c *source) plan(p *player) {
	s := c.day.scenario
	need := -math.Log(1 - c.lot.share()) // of expected callers until the next one
	for c.at < s.length() {
		i := int(c.at / s.Interval)
		ends := min(time.Duration(i+1)*s.Interval, s.length())
		rate := c.stream.PerInterval[min(i, len(c.stream.PerInterval)-1)] * c.stream.factor
		within := rate * float64(ends-c.at) / float64(s.Interval)
		if need < within {
			c.at += time.Duration(need / rate * float64(s.Interval))
			c.arrive(p)
			return
		}
		need -= within
		c.at = ends
	}
}

func (c *source) arrive(p *player) {
	c.number++
	c.id = append(c.id[:0], 'c')
	c.id = strconv.AppendInt(c.id, int64(c.index+1), 10)
	c.id = append(c.id, '-')
	c.id = strconv.AppendUint(c.id, c.number, 10)
	v := &visitor{id: acd.ContactID(c.id), talk: c.stream.Talk, lot: lotOf(c.day.scenario.Seed, uint64(c.replication), uint64(c.index)<<32|c.number)}
	v.patience = c.stream.Patience.Draw(&v.lot)
	v.talk = Distribution{kind: constant, a: stretch(v.talk.Draw(&v.lot), c.day.talk)}
	p.plan(happening{at: c.at, what: arrivalHappens, caller: v, source: c.index, event: acd.ContactArrived{
		Contact: v.id, Queue: c.stream.Queue, Priority: c.stream.Priority, Require: c.stream.require,
	}})
}

func stretch(d time.Duration, by float64) time.Duration {
	if d == never || by == 1 {
		return d
	}
	return span(float64(d) * by)
}
