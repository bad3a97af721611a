// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"math"
	"testing"
	"time"

	"tandem/acd"
)

// station is one queue with agents who accept at once, in steady state: what
// Erlang's formulas speak of.
func station(t *testing.T, agents int, perHour float64, talk time.Duration, patience Distribution, threshold time.Duration) QueueResult {
	t.Helper()
	s := &Scenario{
		Date: "2026-03-02", TimeZone: "UTC", From: 0, To: Clock(24 * time.Hour), Interval: time.Hour, WarmUp: 2 * time.Hour,
		Seed: 7, Replications: 24,
		Arrivals: []Stream{{Queue: "q", PerInterval: []float64{perHour}, Talk: Distribution{kind: exponential, a: talk}, Patience: patience}},
		Staff:    []Shift{{Count: agents, Queues: []Seat{{Queue: "q"}}, Times: []Period{{0, Clock(24 * time.Hour)}}}},
		PickUp:   Distribution{kind: constant}, ComeBack: Distribution{kind: constant},
	}
	days, err := s.Days(Base{Queues: []acd.Queue{{ID: "q", ServiceLevel: threshold}}}, blank(t))
	if err != nil {
		t.Fatal(err)
	}
	results, err := Play(t.Context(), days, nil)
	if err != nil {
		t.Fatal(err)
	}
	return results[0].Queues[0]
}

// agrees: the true value lies within the interval. With 95 % confidence one in
// twenty intervals misses; half as much again leaves that to luck that the seed
// has settled.
func agrees(t *testing.T, what string, got Figure, want float64) {
	t.Helper()
	if math.Abs(got.Mean-want) > 1.5*got.HalfWidth {
		t.Errorf("%s: %.3f ± %.3f, but the formula says %.3f", what, got.Mean, got.HalfWidth, want)
	}
	if got.HalfWidth > 0.15*want {
		t.Errorf("%s: ± %.3f of %.3f says nothing", what, got.HalfWidth, want)
	}
}

// TestAgreesWithErlangC: nobody hangs up.
func TestAgreesWithErlangC(t *testing.T) {
	f := func(agents int, perHour float64, talk time.Duration) {
		t.Helper()
		load := perHour * talk.Hours()
		threshold := 20 * time.Second
		q := station(t, agents, perHour, talk, Distribution{kind: endless}, threshold)
		term, sum := 1.0, 0.0 // load^k / k!
		for k := range agents {
			sum += term
			term *= load / float64(k+1)
		}
		n := float64(agents)
		last := term * n / (n - load)
		waits := last / (sum + last) // the chance that somebody waits
		drain := (n - load) / talk.Seconds()
		agrees(t, "mean wait", q.Total(WaitMean), waits/drain)
		agrees(t, "service level", q.Total(ServiceLevel), 100*(1-waits*math.Exp(-drain*threshold.Seconds())))
		agrees(t, "90 %", q.Total(Wait90), math.Max(0, math.Log(waits/0.1)/drain))
		agrees(t, "occupancy", q.Total(Occupancy), 100*load/n)
	}
	f(10, 120, 4*time.Minute)
	f(3, 240, 30*time.Second)
	f(40, 450, 5*time.Minute)
}

// TestAgreesWithErlangA: callers have an exponential patience.
func TestAgreesWithErlangA(t *testing.T) {
	f := func(agents int, perHour float64, talk, patience time.Duration) {
		t.Helper()
		q := station(t, agents, perHour, talk, Distribution{kind: exponential, a: patience}, 20*time.Second)
		arrive, serve, leave := perHour/3600, 1/talk.Seconds(), 1/patience.Seconds()
		// The chances of how many are there, from one to the next.
		chance, all, line, idle := 1.0, 0.0, 0.0, 0.0
		for k := range 100 * agents {
			all += chance
			line += chance * math.Max(0, float64(k-agents))
			idle += chance * math.Max(0, float64(agents-k))
			over := math.Min(float64(k+1), float64(agents))*serve + math.Max(0, float64(k+1-agents))*leave
			chance *= arrive / over
		}
		line, idle = line/all, idle/all
		agrees(t, "abandoned", q.Total(AbandonedShare), 100*leave*line/arrive)
		agrees(t, "wait of all", q.Total(WaitAll), line/arrive)
		agrees(t, "occupancy", q.Total(Occupancy), 100*(1-idle/float64(agents)))
	}
	f(10, 150, 4*time.Minute, 2*time.Minute)
	f(5, 90, 4*time.Minute, 3*time.Minute) // more than they can serve
}
