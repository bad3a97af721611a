// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/acd/internal/model"
)

var morning = time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)

// A day is what happened in a walk: it can be played again.
type day struct {
	options acd.Options
	moments []moment
}

type moment struct {
	now     time.Time
	ev      acd.Event
	effects []acd.Effect
}

// live plays a walk on a Distributor and holds it to the invariants. With exact
// ticks it is also held to the model; with late ones the owner sleeps over
// deadlines.
func live(t *testing.T, data []byte, exact bool) day {
	w := &walk{data: data}
	p := day{options: w.options()}
	d, slow := acd.New(p.options), model.New(p.options)
	watch := newWatch(p.options, !exact)
	apply := func(now time.Time, ev acd.Event) {
		effects := d.Apply(now, ev)
		p.moments = append(p.moments, moment{now, ev, effects})
		for _, e := range effects {
			w.note(e)
		}
		err := watch.see(now, ev, effects, d)
		if err == nil && exact {
			err = same(effects, slow.Apply(now, ev))
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, p.tail(40))
		}
	}
	now := morning
	for w.more() {
		now = now.Add(w.seconds(0, 0, 1, 1, 2, 3, 9))
		tickAt := w.oneIn(2) // at the event's own instant the event may come alone
		for next := d.Deadline(); exact && !next.IsZero() && (next.Before(now) || tickAt && next.Equal(now)); next = d.Deadline() {
			apply(next, acd.Tick{})
		}
		apply(now, w.event())
	}
	return p
}

// same compares the real effects with the model's: offers in order, the rest in
// any order, estimates left out.
func same(real, slow []acd.Effect) error {
	realOffers, realRest := sorted(real)
	slowOffers, slowRest := sorted(slow)
	if !slices.Equal(realOffers, slowOffers) || !slices.Equal(realRest, slowRest) {
		return fmt.Errorf("the model disagrees\nreal  %s\nmodel %s",
			strings.Join(append(realOffers, realRest...), "\n      "),
			strings.Join(append(slowOffers, slowRest...), "\n      "))
	}
	return nil
}

func sorted(effects []acd.Effect) (offers, rest []string) {
	for _, e := range effects {
		switch e := e.(type) {
		case acd.Offer:
			offers = append(offers, fmt.Sprintf("%T%+v", e, e))
		case acd.Announce:
			e.Estimate, e.Low, e.High = 0, 0, 0
			rest = append(rest, fmt.Sprintf("%T%+v", e, e))
		default:
			rest = append(rest, fmt.Sprintf("%T%+v", e, e))
		}
	}
	slices.Sort(rest)
	return offers, rest
}

func (p day) tail(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n", p.options)
	for _, m := range p.moments[max(0, len(p.moments)-n):] {
		fmt.Fprintf(&b, "%5.0f s %T%+v\n", m.now.Sub(morning).Seconds(), m.ev, m.ev)
		for _, e := range m.effects {
			fmt.Fprintf(&b, "          -> %T%+v\n", e, e)
		}
	}
	return b.String()
}

// bytesOf are n random bytes of a seed.
func bytesOf(seed uint64, n int) []byte {
	rnd := rand.New(rand.NewPCG(seed, 7))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	return data
}

// FuzzApply holds random days to the invariants and to the model.
func FuzzApply(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(bytesOf(seed, 600), seed%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, exact bool) {
		if len(data) > 4000 {
			data = data[:4000]
		}
		live(t, data, exact)
	})
}

// TestDecidesAsTheModel is the property test: many random days, each decided
// alike by the Distributor and by the slow model.
func TestDecidesAsTheModel(t *testing.T) {
	days, offers, endings := 60, 0, map[acd.OfferEnding]int{}
	if testing.Short() {
		days = 25
	}
	for seed := range days {
		p := live(t, bytesOf(uint64(seed), 4000), true)
		for _, m := range p.moments {
			for _, e := range m.effects {
				switch e := e.(type) {
				case acd.Offer:
					offers++
				case acd.OfferEnded:
					endings[e.How]++
				}
			}
		}
	}
	if offers < 20*days {
		t.Errorf("only %d offers in %d days: the walk proves nothing", offers, days)
	}
	for _, how := range []acd.OfferEnding{acd.Taken, acd.Missed, acd.Refused, acd.Busy, acd.Unreachable, acd.CallerGone, acd.Withdrawn} {
		if endings[how] < days/20 {
			t.Errorf("only %d offers ended %s in %d days", endings[how], how, days)
		}
	}
	t.Logf("%d offers, ended %v", offers, endings)
}

// TestHoldsWhenTicksComeLate: an owner who oversleeps breaks no invariant.
func TestHoldsWhenTicksComeLate(t *testing.T) {
	for seed := range uint64(200) {
		live(t, bytesOf(1000+seed, 2000), false)
	}
}

// TestReplayDecidesAlike: the same events at the same times give the same
// effects, in a hundred fresh distributors (rule 23).
func TestReplayDecidesAlike(t *testing.T) {
	p := live(t, bytesOf(42, 6000), true)
	for run := range 100 {
		d := acd.New(p.options)
		for i, m := range p.moments {
			if got := d.Apply(m.now, m.ev); !reflect.DeepEqual(got, m.effects) {
				t.Fatalf("run %d, event %d: %v, first %v", run, i, got, m.effects)
			}
		}
	}
}
