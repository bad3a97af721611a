// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"tandem/acd"
)

// A Figure is a number of many runs: their mean, and how far the true one may be
// from it with 95 % confidence (Student's t over the replications). Mean is NaN
// without data, HalfWidth with fewer than two runs.
type Figure struct{ Mean, HalfWidth float64 }

// A Result is what many runs of one day gave.
type Result struct {
	Name     string
	Contacts int // simulated in all
	// Queues are those in which somebody arrived, in the configuration's order;
	// where there are several, the last one, with the ID "", is all together.
	Queues []QueueResult
}

// QueueResult are a queue's numbers.
type QueueResult struct {
	Queue     acd.QueueID
	Threshold time.Duration
	Goal      float64    // not known here: 0 unless the caller sets it
	runs      [][]sample // by replication: each interval, then the total
}

// Interval is a metric in the i-th interval.
func (q *QueueResult) Interval(i int, m Metric) Figure {
	return q.figure(func(run []sample) float64 { return run[i][m] })
}

// Total is a metric of the day without its warm-up.
func (q *QueueResult) Total(m Metric) Figure {
	return q.figure(func(run []sample) float64 { return run[len(run)-1][m] })
}

// Intervals is how many there are.
func (q *QueueResult) Intervals() int { return len(q.runs[0]) - 1 }

// Versus is by how much a total differs from that of base: run by run, because
// both met the same callers.
func (q *QueueResult) Versus(base *QueueResult, m Metric) Figure {
	i := 0
	return q.figure(func(run []sample) float64 {
		other := base.runs[i]
		i++
		return run[len(run)-1][m] - other[len(other)-1][m]
	})
}

func (q *QueueResult) figure(of func(run []sample) float64) Figure {
	values := make([]float64, 0, len(q.runs))
	for _, run := range q.runs {
		if v := of(run); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return figure(values)
}

func figure(values []float64) Figure {
	n := float64(len(values))
	if n == 0 {
		return Figure{math.NaN(), math.NaN()}
	}
	sum, squares := 0.0, 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	if n < 2 {
		return Figure{mean, math.NaN()}
	}
	return Figure{mean, student(len(values)-1) * math.Sqrt(squares/(n-1)/n)}
}

// student is the 97.5 % quantile of Student's t: a table up to 30 degrees of
// freedom, then its expansion around the normal one.
func student(freedom int) float64 {
	table := [...]float64{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
		2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042}
	if freedom <= len(table) {
		return table[freedom-1]
	}
	const z = 1.959964
	v := float64(freedom)
	return z + (z*z*z+z)/(4*v) + (5*math.Pow(z, 5)+16*z*z*z+3*z)/(96*v*v)
}

// Play plays each day as often as its scenario says, on all processors, and
// counts. progress is told the share that is done, from any goroutine; it may
// be nil. The numbers do not depend on how many processors there are.
func Play(ctx context.Context, days []*Day, progress func(share float64)) ([]Result, error) {
	for _, d := range days {
		if len(d.streams) == 0 && d.again == nil {
			return nil, errors.New("a recorded day is played by its Recording")
		}
	}
	type job struct{ day, replication int }
	replications := days[0].scenario.Replications
	jobs := make(chan job)
	tallies := make([][]*Tally, len(days))
	for i := range tallies {
		tallies[i] = make([]*Tally, replications)
	}
	var done atomic.Int64
	all := float64(len(days) * replications)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(days)*replications) {
		workers.Go(func() {
			for j := range jobs {
				d := days[j.day]
				s := d.scenario
				t := newTally(s.start(), s.Interval, s.intervals(), d.Queues)
				d.play(j.replication, t, func(share float64) {
					if progress != nil {
						progress((float64(done.Load()) + share) / all)
					}
				})
				tallies[j.day][j.replication] = t
				done.Add(1)
			}
		})
	}
	for r := range replications {
		for d := range days {
			if ctx.Err() != nil {
				break
			}
			jobs <- job{d, r}
		}
	}
	close(jobs)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	results := make([]Result, len(days))
	for i, d := range days {
		s := d.scenario
		results[i] = collect(d.Name, tallies[i], int(s.WarmUp/s.Interval))
	}
	return results, nil
}

// collect makes a result of the tallies of one day.
func collect(name string, tallies []*Tally, first int) Result {
	r := Result{Name: name}
	t := tallies[0]
	for q, id := range t.queues {
		result := QueueResult{Queue: id, Threshold: t.thresholds[q]}
		seen := 0.0
		for _, t := range tallies {
			run := t.samples(q, first)
			result.runs = append(result.runs, run)
			for _, s := range run[:len(run)-1] {
				seen += s[Offered] + s[Refused]
			}
		}
		r.Contacts += int(seen)
		if seen > 0 {
			r.Queues = append(r.Queues, result)
		}
	}
	if len(r.Queues) != 1 {
		result := QueueResult{}
		for _, t := range tallies {
			result.runs = append(result.runs, t.samples(-1, first))
		}
		r.Queues = append(r.Queues, result)
	}
	return r
}
