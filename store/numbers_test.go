// SPDX-License-Identifier: Apache-2.0

package store

import (
	"math"
	"reflect"
	"testing"
	"time"

	"tandem/acd"
)

// many returns n visits that entered at noon.
func many(n int, ending acd.Ending, wait time.Duration) []Visit {
	all := make([]Visit, n)
	for i := range all {
		all[i] = Visit{Entered: noon, Ended: noon.Add(wait), Ending: ending}
	}
	return all
}

func join(parts ...[]Visit) (all []Visit) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

const sec = time.Second

func TestServiceLevelOfTheWorkedCases(t *testing.T) {
	f := func(name string, visits []Visit, want float64) {
		t.Helper()
		got, ok := Count(visits, 20*sec, noon, noon.Add(time.Hour)).ServiceLevel()
		if !ok || math.Abs(got-want) > 0.05 {
			t.Errorf("%s: %.2f (%v), want %.1f", name, got, ok, want)
		}
	}
	// Cisco: 70 answered within T, 10 abandoned within T, 20 over.
	f("cisco, negative impact", join(many(70, acd.EndAnswered, 10*sec), many(10, acd.EndAbandoned, 10*sec),
		many(20, acd.EndAnswered, 30*sec)), 70)
	// 1000 answered, 860 of them within 20 s; 60 abandoned, 20 within 20 s, 10 within 5 s.
	f("call centre helper, third formula", join(many(860, acd.EndAnswered, 20*sec), many(140, acd.EndAnswered, 21*sec),
		many(10, acd.EndAbandoned, 4*sec), many(10, acd.EndAbandoned, 20*sec), many(40, acd.EndAbandoned, 60*sec)), 81.1)
	f("a wait equal to the threshold is within it", many(1, acd.EndAnswered, 20*sec), 100)
	f("one microsecond more is not", many(1, acd.EndAnswered, 20*sec+time.Microsecond), 0)
	f("flow-outs and refusals are outside", join(many(1, acd.EndAnswered, sec), many(9, acd.EndTimedOut, 60*sec),
		many(5, acd.EndExitKey, sec), many(7, acd.RefusedFull, 0)), 100)
	f("abandoned only", many(3, acd.EndAbandoned, sec), 0)
}

func TestCountsBalance(t *testing.T) {
	n := Count(join(many(4, acd.EndAnswered, 10*sec), many(1, acd.EndAnswered, 30*sec), many(2, acd.EndAbandoned, 5*sec),
		many(3, acd.EndAbandoned, 5*sec-1), many(2, acd.EndTimedOut, 60*sec), many(1, acd.EndLeaveEmpty, sec),
		many(6, acd.RefusedClosed, 0), many(1, acd.RefusedJoinEmpty, 0)), 20*sec, noon, noon.Add(1))
	n.AddWaiting(3)
	flow := n.FlowOuts[acd.EndTimedOut] + n.FlowOuts[acd.EndLeaveEmpty]
	if n.Offered != 16 || n.Answered != 5 || n.AnsweredWithin != 4 || n.Abandoned != 5 || n.ShortAbandoned != 3 || flow != 3 {
		t.Errorf("%+v", n)
	}
	if n.Offered != n.Answered+n.Abandoned+flow+n.Waiting {
		t.Errorf("out of balance: %+v", n)
	}
	if n.Refused[acd.RefusedClosed] != 6 || n.Refused[acd.RefusedJoinEmpty] != 1 {
		t.Errorf("refused: %+v", n.Refused)
	}
	if asa, ok := n.AverageAnswer(); !ok || asa != 14*sec {
		t.Errorf("average answer %v", asa)
	}
}

func TestWindowsAreHalfOpenByArrival(t *testing.T) {
	f := func(name string, from, to time.Time, want int) {
		t.Helper()
		if got := Count(many(1, acd.EndAnswered, time.Hour), sec, from, to).Offered; got != want {
			t.Errorf("%s: %d", name, got)
		}
	}
	f("entered at the beginning", noon, noon.Add(1), 1)
	f("entered at the end", noon.Add(-sec), noon, 0)
	f("ended within, entered before", noon.Add(1), noon.Add(2*time.Hour), 0)
}

func TestNoDataIsNoNumber(t *testing.T) {
	n := Count(many(3, acd.EndTimedOut, sec), sec, noon, noon.Add(1))
	if _, ok := n.ServiceLevel(); ok {
		t.Error("a service level without answered or abandoned")
	}
	if _, ok := n.AverageAnswer(); ok {
		t.Error("an average of nothing")
	}
}

func TestEveryFormulaHasBothLanguages(t *testing.T) {
	for name, text := range Formulas {
		if text.En == "" || text.Zh == "" {
			t.Errorf("%s lacks a language", name)
		}
	}
}

func TestBookForgetsYesterdayOnly(t *testing.T) {
	var s Store
	for i := range 3 * bookTrim {
		at := noon.Add(time.Duration(i) * time.Minute) // more than two days
		s.book.add(visit("q", at, sec, acd.EndAnswered))
	}
	last := noon.Add(time.Duration(3*bookTrim-1) * time.Minute)
	if got := s.Numbers("q", sec, last.Add(-bookAge+time.Hour)).Answered; got != 35*60+1 {
		t.Errorf("%d visits of the last 35 hours", got)
	}
	if kept := len(s.book.queues["q"]); kept > 36*60+bookTrim+1 {
		t.Errorf("%d visits kept", kept)
	}
}

func TestTodayIsCountedOn(t *testing.T) {
	var s Store
	f := func(name string, from time.Time) {
		t.Helper()
		if got, want := s.Today("q", 20*sec, from), s.Numbers("q", 20*sec, from); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	f("nothing yet", noon)
	for i := range 2*bookTrim + 7 { // trimmed on the way
		ending := []acd.Ending{acd.EndAnswered, acd.EndAbandoned, acd.EndExitKey, acd.RefusedFull}[i%4]
		s.book.add(visit("q", noon.Add(time.Duration(i-9)*sec), time.Duration(i%40)*sec, ending))
		if i%100 == 0 {
			f("in the day", noon)
		}
	}
	f("at the end", noon)
	f("the next day", noon.Add(24*time.Hour))
	f("back", noon)
	shown := s.Today("q", 20*sec, noon)
	shown.FlowOuts[acd.EndExitKey] = -1
	f("what was handed out belongs to who asked", noon)
}

func BenchmarkTodayOfABusyDay(b *testing.B) {
	var s Store
	for i := range 20_000 {
		s.book.add(visit("q", noon.Add(time.Duration(i)*sec), sec, acd.EndAnswered))
	}
	for b.Loop() {
		s.Today("q", 20*sec, noon)
	}
}

func BenchmarkLast30OfABusyDay(b *testing.B) {
	var s Store
	for i := range 20_000 {
		s.book.add(visit("q", noon.Add(time.Duration(i)*sec), sec, acd.EndAnswered))
	}
	for b.Loop() {
		s.Numbers("q", 20*sec, noon.Add((20_000-1800)*sec))
	}
}
