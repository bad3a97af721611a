// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tandem/acd"
)

// BenchmarkApply is a floor in steady state: every agent works in five queues
// of all strategies, has ten skills, and talks or wraps up; three in ten contacts
// want a skill in three steps; the lines keep their length. Each turn a talk ends,
// the wrap-up is finished, the freed agent is offered the next contact, takes
// it, is bridged, and a new contact arrives; now and then an offer is refused,
// a caller hangs up, a status changes. Places are announced every half minute,
// each at its deadline by a tick of its own. Events and ticks are timed apart;
// ns/op is the mean of both, with the benchmark's own doings.
func BenchmarkApply(b *testing.B) {
	for _, size := range []struct{ agents, queues, waiting int }{
		{10, 2, 50}, {1000, 100, 5000}, {10000, 1000, 50000},
	} {
		b.Run(fmt.Sprintf("agents=%d", size.agents), func(b *testing.B) {
			f := newBenchFloor(b, size.agents, size.queues, size.waiting)
			var events, ticks []time.Duration
			for b.Loop() {
				ev := f.next()
				began := time.Now()
				effects := f.d.Apply(f.now, ev)
				took := time.Since(began)
				if _, ok := ev.(acd.Tick); ok {
					ticks = append(ticks, took)
				} else {
					events = append(events, took)
				}
				f.note(effects)
			}
			reportTimes(b, events, "event")
			reportTimes(b, ticks, "tick")
			if n := f.waiting(); n < size.waiting*8/10 || n > size.waiting*12/10 {
				b.Fatalf("%d wait, not %d: not a steady state", n, size.waiting)
			}
		})
	}
}

// benchWarmUp is more than anybody waits, so that those in line are of all ages.
const benchWarmUp = 400 * time.Second

// BenchmarkConfigured is the cost of a changed configuration on a full floor.
func BenchmarkConfigured(b *testing.B) {
	for _, size := range []struct{ agents, queues, waiting int }{{1000, 100, 5000}, {10000, 1000, 50000}} {
		b.Run(fmt.Sprintf("agents=%d", size.agents), func(b *testing.B) {
			f := newBenchFloor(b, size.agents, size.queues, size.waiting)
			conf := f.options
			conf.Queues = slices.Clone(conf.Queues)
			for b.Loop() {
				for i := range conf.Queues {
					conf.Queues[i].MaxWait += time.Second
				}
				f.now = f.now.Add(time.Millisecond)
				f.d.Apply(f.now, acd.Configured{Queues: slices.Clone(conf.Queues), Agents: conf.Agents})
			}
		})
	}
}

func reportTimes(b *testing.B, took []time.Duration, what string) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(took)), what+"s")
	b.ReportMetric(float64(took[len(took)/2]), what+"-p50-ns")
	b.ReportMetric(float64(took[len(took)*99/100]), what+"-p99-ns")
}

type benchFloor struct {
	options  acd.Options
	d        *acd.Distributor
	rnd      *rand.Rand
	now      time.Time
	due      time.Time     // of the next event
	step     time.Duration // between two events
	queues   int
	arrivals int
	todo     []acd.Event
	talking  []acd.ContactID
	by       map[acd.ContactID]acd.AgentID
	line     []acd.ContactID
	at       map[acd.ContactID]int // index in line
}

func newBenchFloor(b *testing.B, agents, queues, waiting int) *benchFloor {
	var o acd.Options
	for q := range queues {
		o.Queues = append(o.Queues, acd.Queue{
			ID: acd.QueueID(fmt.Sprintf("q%04d", q)), JoinEmpty: true, WrapUp: time.Hour,
			Guard: time.Minute, MaxWait: 30 * 24 * time.Hour, RingTime: time.Hour,
			AnnounceFirst: 5 * time.Second, AnnounceEvery: 30 * time.Second, Strategy: benchStrategies[q%len(benchStrategies)],
		})
	}
	for a := range agents {
		agent := acd.Agent{ID: acd.AgentID(fmt.Sprintf("a%05d", a))}
		for k := range 10 {
			agent.Skills = append(agent.Skills, acd.Skill{Name: fmt.Sprintf("s%02d", (a+k)%benchSkills), Level: 1 + (7*a+3*k)%acd.MaxLevel})
		}
		for m := range min(5, queues) {
			agent.Queues = append(agent.Queues, acd.Membership{
				Queue: o.Queues[(a+m*queues/5)%queues].ID, Priority: m % 2,
				Delay: time.Duration(m/4) * 20 * time.Second,
			})
		}
		o.Agents = append(o.Agents, agent)
	}
	f := &benchFloor{
		options: o, d: acd.New(o), rnd: rand.New(rand.NewPCG(1, 1)), now: morning, queues: queues,
		by: map[acd.ContactID]acd.AgentID{}, at: map[acd.ContactID]int{},
	}
	for range waiting + agents {
		f.now = f.now.Add(time.Millisecond)
		f.note(f.d.Apply(f.now, f.arrival()))
	}
	for _, a := range o.Agents {
		f.now = f.now.Add(time.Millisecond)
		f.note(f.d.Apply(f.now, acd.StatusSet{Agent: a.ID, Status: acd.Available, Actor: "a"}))
		for ; len(f.todo) > 0; f.todo = f.todo[1:] {
			f.note(f.d.Apply(f.now, f.todo[0]))
		}
	}
	if len(f.talking) < agents*9/10 {
		b.Fatalf("%d of %d agents talk", len(f.talking), agents)
	}
	f.step = 10 * time.Second / time.Duration(agents) // a talk of a minute
	f.due = f.now
	for begin := f.now; f.now.Sub(begin) < benchWarmUp; {
		ev := f.next()
		f.note(f.d.Apply(f.now, ev))
	}
	return f
}

func (f *benchFloor) arrival() acd.Event {
	f.arrivals++
	id := acd.ContactID(fmt.Sprintf("c%09d", f.arrivals))
	f.at[id] = len(f.line)
	f.line = append(f.line, id)
	ev := acd.ContactArrived{
		Contact: id, Queue: acd.QueueID(fmt.Sprintf("q%04d", f.rnd.IntN(f.queues))),
		Credit: time.Duration(f.rnd.IntN(30)) * time.Second,
	}
	if f.rnd.IntN(10) < 3 {
		ev.Require = benchRequires[f.rnd.IntN(len(benchRequires))]
	}
	if f.rnd.IntN(10) == 0 {
		urgent := 1
		ev.Priority = &urgent
	}
	return ev
}

// next is the next event, or a Tick when a limit is reached before it.
func (f *benchFloor) next() acd.Event {
	if len(f.todo) == 0 {
		f.turn()
	}
	if limit := f.d.Deadline(); !limit.IsZero() && !limit.After(f.due) {
		f.now = limit
		return acd.Tick{}
	}
	f.now, f.due = f.due, f.due.Add(f.step)
	ev := f.todo[0]
	f.todo = f.todo[1:]
	return ev
}

// turn queues the next events: one talk ends, one contact comes.
func (f *benchFloor) turn() {
	if len(f.talking) == 0 {
		f.todo = append(f.todo, acd.Tick{})
		return
	}
	i := f.rnd.IntN(len(f.talking))
	c := f.talking[i]
	f.talking[i] = f.talking[len(f.talking)-1]
	f.talking = f.talking[:len(f.talking)-1]
	agent := f.by[c]
	delete(f.by, c)
	f.todo = append(f.todo, acd.ContactCompleted{Contact: c}, acd.WrapUpFinished{Agent: agent}, f.arrival())
	if f.rnd.IntN(10) == 0 { // a caller gives up, another comes
		gone := f.line[f.rnd.IntN(len(f.line))]
		f.todo = append(f.todo, acd.ContactLeft{Contact: gone, Ending: acd.EndAbandoned}, f.arrival())
	}
	if f.rnd.IntN(10) == 0 {
		f.todo = append(f.todo, acd.StatusSet{Agent: agent, Status: "break", Actor: "a", Force: true},
			acd.StatusSet{Agent: agent, Status: acd.Available, Actor: "a", Force: true})
	}
}

// note answers offers as agents do.
func (f *benchFloor) note(effects []acd.Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case acd.Offer:
			if f.rnd.IntN(20) == 0 {
				f.todo = append(f.todo, acd.OfferFailed{Offer: e.ID, How: acd.Refused})
				continue
			}
			f.todo = append(f.todo, acd.OfferTaken{Offer: e.ID}, acd.Bridged{Contact: e.Contact})
		case acd.VisitEnded:
			last := f.line[len(f.line)-1]
			f.line[f.at[e.Contact]], f.at[last] = last, f.at[e.Contact]
			f.line = f.line[:len(f.line)-1]
			delete(f.at, e.Contact)
			if e.Ending == acd.EndAnswered {
				f.talking = append(f.talking, e.Contact)
				f.by[e.Contact] = e.Agent
			}
		}
	}
}

func (f *benchFloor) waiting() (n int) {
	for _, q := range f.d.Snapshot(f.now).Queues {
		n += len(q.Waiting)
	}
	return n
}

// benchSkills are how many skills there are; each agent has ten of them.
const benchSkills = 20

// benchStrategies are those of the queues: one in twenty rings all.
var benchStrategies = []acd.Strategy{
	acd.RingAll, acd.LeastOccupied, acd.LongestIdle, acd.FewestToday, acd.LongestIdle,
	acd.RoundRobin, acd.LongestIdle, acd.LeastOccupied, acd.LongestIdle, acd.FixedOrder,
	acd.LongestIdle, acd.Random, acd.LongestIdle, acd.LeastOccupied, acd.LongestIdle,
	acd.FewestToday, acd.LongestIdle, acd.RoundRobin, acd.LongestIdle, acd.LongestIdle,
}

// benchRequires ask for each skill in three steps.
var benchRequires = func() (all []*acd.Require) {
	for s := range benchSkills {
		name := fmt.Sprintf("s%02d", s)
		all = append(all, &acd.Require{Steps: []acd.Step{
			{For: 30 * time.Second, Skills: []acd.Skill{{Name: name, Level: 7}}},
			{For: 30 * time.Second, Skills: []acd.Skill{{Name: name, Level: 4}}},
			{},
		}})
	}
	return all
}()
