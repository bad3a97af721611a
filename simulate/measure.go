// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"math"
	"slices"
	"time"

	"tandem/acd"
)

// shortAbandon is the wait under which an abandoned caller is counted apart, as
// on the wallboard (rule 26).
const shortAbandon = 5 * time.Second

// A Metric is one number about a queue, or about all of them, in an interval.
// Contacts count in the interval in which they entered, whenever they left.
type Metric int

// Every metric, with its formula.
const (
	Offered        Metric = iota // entered; refused at the door are not in it
	Answered                     // bridged with an agent
	Abandoned                    // hung up before, short ones included
	ShortAbandoned               // of these, who waited less than 5 s
	FlowOuts                     // left in another way
	Refused                      // at the door
	Waiting                      // still in line when the simulation ended
	ServiceLevel                 // answered within the queue's threshold / (answered + abandoned), in per cent
	AbandonedShare               // abandoned / (answered + abandoned), in per cent
	WaitMean                     // of the answered, in seconds
	Wait90                       // 90 % of the answered waited no longer, in seconds
	Wait99                       // 99 % likewise
	WaitAll                      // mean of answered and abandoned together, in seconds
	Occupancy                    // time with work (talk, hold, wrap-up) / time signed in, in per cent; of all agents
	Agents                       // signed in on average
	metricCount
)

var metricNames = [metricCount]string{
	"offered", "answered", "abandoned", "shortAbandoned", "flowOuts", "refused", "waiting", "serviceLevel",
	"abandonedShare", "waitMean", "wait90", "wait99", "waitAll", "occupancy", "agents",
}

// String is the metric's name in JSON.
func (m Metric) String() string { return metricNames[m] }

// sample is one number of each metric; NaN without data.
type sample [metricCount]float64

// cell counts one queue's contacts of one interval.
type cell struct {
	offered, answered, within, abandoned, short, flowOuts, refused, waiting int
	waits                                                                   []time.Duration // of the answered
	waited                                                                  time.Duration   // of the abandoned
}

// load is what agents did in one interval.
type load struct{ signed, worked time.Duration }

// A Tally counts one run.
type Tally struct {
	start      time.Time
	interval   time.Duration
	queues     []acd.QueueID
	index      map[acd.QueueID]int
	thresholds []time.Duration
	cells      [][]cell // by queue, then interval
	loads      []load
	agents     map[acd.AgentID]*busyness
}

// busyness is what an agent does since when.
type busyness struct {
	signed, works bool
	since         time.Duration
}

// newTally counts the intervals after start.
func newTally(start time.Time, interval time.Duration, intervals int, queues []acd.Queue) *Tally {
	t := &Tally{start: start, interval: interval, index: map[acd.QueueID]int{}, loads: make([]load, intervals), agents: map[acd.AgentID]*busyness{}}
	for _, q := range queues {
		t.learn(q, intervals)
	}
	return t
}

func (t *Tally) learn(q acd.Queue, intervals int) {
	threshold := q.ServiceLevel
	if threshold <= 0 {
		threshold = acd.DefaultServiceLevel
	}
	if i, known := t.index[q.ID]; known {
		t.thresholds[i] = threshold
		return
	}
	t.index[q.ID] = len(t.queues)
	t.queues = append(t.queues, q.ID)
	t.thresholds = append(t.thresholds, threshold)
	t.cells = append(t.cells, make([]cell, intervals))
}

// see follows one event of the run.
func (t *Tally) see(at time.Time, ev acd.Event, effects []acd.Effect) {
	if c, ok := ev.(acd.Configured); ok {
		for _, q := range c.Queues {
			t.learn(q, len(t.loads))
		}
	}
	for _, e := range effects {
		switch e := e.(type) {
		case acd.VisitEnded:
			t.visit(e)
		case acd.StatusChanged:
			b := t.follow(e.Agent, at)
			b.signed = e.Status != acd.Offline
		case acd.ActivityChanged:
			b := t.follow(e.Agent, at)
			b.works = e.Activity == acd.Talking || e.Activity == acd.OnHold || e.Activity == acd.WrapUp
		}
	}
}

// cell is that of a contact that entered at the time; nil outside the day.
func (t *Tally) cell(queue acd.QueueID, entered time.Time) (*cell, time.Duration) {
	q, known := t.index[queue]
	at := entered.Sub(t.start)
	i := int(at / t.interval)
	if !known || at < 0 || i >= len(t.cells[q]) {
		return nil, 0
	}
	return &t.cells[q][i], t.thresholds[q]
}

func (t *Tally) visit(e acd.VisitEnded) {
	c, threshold := t.cell(e.Queue, e.Entered)
	if c == nil {
		return
	}
	wait := e.Ended.Sub(e.Entered)
	switch e.Ending {
	case acd.RefusedFull, acd.RefusedJoinEmpty, acd.RefusedClosed:
		c.refused++
		return
	case acd.EndAnswered:
		c.answered++
		c.waits = append(c.waits, wait)
		if wait <= threshold {
			c.within++
		}
	case acd.EndAbandoned:
		c.abandoned++
		c.waited += wait
		if wait < shortAbandon {
			c.short++
		}
	default:
		c.flowOuts++
	}
	c.offered++
}

// follow adds up what the agent did until now.
func (t *Tally) follow(id acd.AgentID, at time.Time) *busyness {
	b := t.agents[id]
	if b == nil {
		b = &busyness{}
		t.agents[id] = b
	}
	t.spend(b, at.Sub(t.start))
	return b
}

func (t *Tally) spend(b *busyness, until time.Duration) {
	from := max(b.since, 0)
	b.since = until
	if !b.signed {
		return
	}
	for from < until {
		i := int(from / t.interval)
		if i >= len(t.loads) {
			return
		}
		to := min(until, time.Duration(i+1)*t.interval)
		t.loads[i].signed += to - from
		if b.works {
			t.loads[i].worked += to - from
		}
		from = to
	}
}

// finish ends the run at the time, with those who are still in line.
func (t *Tally) finish(at time.Time, floor acd.Snapshot) {
	for _, b := range t.agents { // sums: the order is nothing
		t.spend(b, at.Sub(t.start))
	}
	for _, q := range floor.Queues {
		for _, w := range q.Waiting {
			if c, _ := t.cell(q.Queue, w.Entered); c != nil {
				c.offered++
				c.waiting++
			}
		}
	}
}

// samples are the numbers of a queue (-1: all): of each interval, and last of
// those from the one called first on, together.
func (t *Tally) samples(queue, first int) []sample {
	out := make([]sample, 0, len(t.loads)+1)
	var all cell
	var load load
	for i := range t.loads {
		var c cell
		for q := range t.cells {
			if queue < 0 || q == queue {
				c.add(&t.cells[q][i])
			}
		}
		out = append(out, c.sample(t.loads[i], t.interval))
		if i >= first {
			all.add(&c)
			load.signed += t.loads[i].signed
			load.worked += t.loads[i].worked
		}
	}
	return append(out, all.sample(load, time.Duration(len(t.loads)-first)*t.interval))
}

func (c *cell) add(o *cell) {
	c.offered += o.offered
	c.answered += o.answered
	c.within += o.within
	c.abandoned += o.abandoned
	c.short += o.short
	c.flowOuts += o.flowOuts
	c.refused += o.refused
	c.waiting += o.waiting
	c.waits = append(c.waits, o.waits...)
	c.waited += o.waited
}

func (c *cell) sample(l load, length time.Duration) (s sample) {
	ratio := func(a, b float64) float64 {
		if b == 0 {
			return math.NaN()
		}
		return a / b
	}
	var waited time.Duration
	for _, w := range c.waits {
		waited += w
	}
	slices.Sort(c.waits)
	counted := float64(c.answered + c.abandoned)
	s[Offered], s[Answered], s[Abandoned] = float64(c.offered), float64(c.answered), float64(c.abandoned)
	s[ShortAbandoned], s[FlowOuts], s[Refused], s[Waiting] = float64(c.short), float64(c.flowOuts), float64(c.refused), float64(c.waiting)
	s[ServiceLevel] = ratio(100*float64(c.within), counted)
	s[AbandonedShare] = ratio(100*float64(c.abandoned), counted)
	s[WaitMean] = ratio(waited.Seconds(), float64(c.answered))
	s[Wait90], s[Wait99] = quantile(c.waits, 0.9), quantile(c.waits, 0.99)
	s[WaitAll] = ratio((waited + c.waited).Seconds(), counted)
	s[Occupancy] = ratio(100*l.worked.Seconds(), l.signed.Seconds())
	s[Agents] = ratio(l.signed.Seconds(), length.Seconds())
	return s
}

// quantile is the least of the sorted waits that a share of all do not exceed,
// in seconds.
func quantile(waits []time.Duration, share float64) float64 {
	if len(waits) == 0 {
		return math.NaN()
	}
	return waits[max(int(math.Ceil(share*float64(len(waits)))), 1)-1].Seconds()
}
