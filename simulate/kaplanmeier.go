// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// observed is how long something took, or that it took longer: a caller who was
// answered after 20 s would have waited at least that long.
type observed struct {
	lasted time.Duration
	ended  bool // false: it was cut off then (censored)
}

// kaplanMeier is the distribution that observations, cut off or not, speak for
// (the product-limit estimate). What outlasted every ending never ends.
func kaplanMeier(all []observed) Distribution {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b observed) int { return cmp.Compare(a.lasted, b.lasted) })
	d := Distribution{kind: empirical}
	still := 1.0 // the chance to outlast
	for i := 0; i < len(all); {
		at, ended, j := all[i].lasted, 0, i
		for ; j < len(all) && all[j].lasted == at; j++ {
			if all[j].ended {
				ended++
			}
		}
		if ended > 0 {
			still *= 1 - float64(ended)/float64(len(all)-i)
			d.times, d.over = append(d.times, at), append(d.over, 1-still)
		}
		i = j
	}
	return d
}

// drawBeyond draws one that is longer than least.
func (d Distribution) drawBeyond(l *lot, least time.Duration) time.Duration {
	i := sort.Search(len(d.times), func(i int) bool { return d.times[i] > least })
	before := 0.0
	if i > 0 {
		before = d.over[i-1]
	}
	x := before + (1-before)*l.share()
	for ; i < len(d.times); i++ {
		if d.over[i] > x {
			return d.times[i]
		}
	}
	return never
}

// longest is the longest that ended, or never if none did.
func (d Distribution) longest() time.Duration {
	if len(d.times) == 0 {
		return never
	}
	return d.times[len(d.times)-1]
}
