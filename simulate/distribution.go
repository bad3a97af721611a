// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
	"time"
)

// A Distribution says how long something takes: a talk, a caller's patience.
// Written "4m" (always), "exponential 4m" (its mean), "lognormal 4m 3m" (mean
// and standard deviation), "uniform 10s 30s" (from, to), or "never".
type Distribution struct {
	kind distributionKind
	a, b time.Duration
	// empirical: the chance that it is over by each time, which rise; after the
	// last one it never is.
	times []time.Duration
	over  []float64
}

type distributionKind uint8

const (
	unset distributionKind = iota
	constant
	exponential
	lognormal
	uniform
	endless
	empirical
)

// never is longer than any simulation.
const never = time.Duration(math.MaxInt64)

const distributionForms = `write one like 4m, "exponential 4m", "lognormal 4m 3m" (mean, deviation), "uniform 10s 30s" or "never"`

// UnmarshalText reads what the type's comment says.
func (d *Distribution) UnmarshalText(text []byte) error {
	words := strings.Fields(string(text))
	if len(words) == 0 {
		return errors.New("is empty; " + distributionForms)
	}
	kinds := map[string]struct {
		kind   distributionKind
		values int
	}{"exponential": {exponential, 1}, "lognormal": {lognormal, 2}, "uniform": {uniform, 2}, "never": {endless, 0}}
	k, named := kinds[words[0]]
	if named {
		words = words[1:]
	} else {
		k.kind, k.values = constant, 1
	}
	if len(words) != k.values {
		return fmt.Errorf("%q is no distribution; %s", text, distributionForms)
	}
	values := [2]time.Duration{}
	for i, w := range words {
		v, err := time.ParseDuration(w)
		if err != nil || v < 0 {
			return fmt.Errorf("%q is no distribution; %s", text, distributionForms)
		}
		values[i] = v
	}
	if k.kind == uniform && values[0] > values[1] {
		return fmt.Errorf("%q ends before it begins; write the shorter time first", text)
	}
	if k.kind == lognormal && values[0] == 0 {
		return fmt.Errorf("%q has the mean 0; write a longer one", text)
	}
	*d = Distribution{kind: k.kind, a: values[0], b: values[1]}
	return nil
}

// String is how d is written.
func (d Distribution) String() string {
	switch d.kind {
	case constant:
		return d.a.String()
	case exponential:
		return "exponential " + d.a.String()
	case lognormal:
		return "lognormal " + d.a.String() + " " + d.b.String()
	case uniform:
		return "uniform " + d.a.String() + " " + d.b.String()
	case endless:
		return "never"
	case empirical:
		return fmt.Sprintf("empirical (%d steps)", len(d.times))
	}
	return ""
}

// or is d, or other where nothing was written.
func (d Distribution) or(other Distribution) Distribution {
	if d.kind != unset {
		return d
	}
	return other
}

// Draw takes the next value by the lot l.
func (d Distribution) Draw(l *lot) time.Duration {
	switch d.kind {
	case constant:
		return d.a
	case exponential:
		return span(-math.Log(1-l.share()) * float64(d.a))
	case lognormal:
		mean, deviation := float64(d.a), float64(d.b)
		s2 := math.Log(1 + deviation*deviation/(mean*mean))
		return span(math.Exp(math.Log(mean) - s2/2 + math.Sqrt(s2)*l.normal()))
	case uniform:
		return d.a + span(l.share()*float64(d.b-d.a))
	case endless:
		return never
	case empirical:
		x := l.share()
		i := sort.SearchFloat64s(d.over, math.Nextafter(x, 1))
		if i == len(d.times) {
			return never
		}
		return d.times[i]
	}
	return 0
}

func span(ns float64) time.Duration {
	if ns >= float64(never) {
		return never
	}
	return time.Duration(ns)
}

// lot draws numbers that depend on where it began and nothing else (splitmix64).
type lot uint64

func (l *lot) next() uint64 {
	*l += 0x9e3779b97f4a7c15
	x := uint64(*l)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// share is from 0 to below 1.
func (l *lot) share() float64 { return float64(l.next()>>11) / (1 << 53) }

// normal has the mean 0 and the deviation 1.
func (l *lot) normal() float64 {
	return math.Sqrt(-2*math.Log(1-l.share())) * math.Cos(2*math.Pi*l.share())
}

// lotOf begins one that is independent of those of other numbers.
func lotOf(numbers ...uint64) lot {
	l := lot(0)
	for _, n := range numbers {
		l = lot(l.next() ^ n)
		l.next()
	}
	return l
}
