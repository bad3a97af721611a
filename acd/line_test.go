// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestLineAgainstSortedSlice plays random joins, parts and changes of phase on
// the line and on a slice that is sorted anew each time.
func TestLineAgainstSortedSlice(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var l line
	var all []*contact
	for n := range 6000 {
		switch k := rnd.IntN(10); {
		case k < 5 && len(all) < 400 || len(all) == 0:
			c := &contact{
				id: ContactID(fmt.Sprint(rnd.IntN(1 << 30))), priority: rnd.IntN(3), guarded: rnd.IntN(4) == 0,
				entered: instant(rnd.IntN(50)), effective: instant(rnd.IntN(50)), phase: phase(rnd.IntN(2)),
			}
			all = append(all, c)
			l.join(c)
		case k < 8:
			i := rnd.IntN(len(all))
			l.part(all[i])
			all = slices.Delete(all, i, i+1)
		default:
			c := all[rnd.IntN(len(all))]
			c.phase = 1 - c.phase
			l.update(c)
		}
		slices.SortFunc(all, func(a, b *contact) int {
			if x, y := placeOf(a), placeOf(b); x.ahead(&y) {
				return -1
			}
			return 1
		})
		if !slices.Equal(l.all(), all) || l.len() != len(all) {
			t.Fatalf("step %d: order differs", n)
		}
		for i, c := range all {
			if l.position(c) != i+1 {
				t.Fatalf("step %d: position %d of %d", n, l.position(c), i+1)
			}
		}
		earliest := never
		for _, c := range all {
			if c.phase == waiting {
				earliest = min(earliest, c.entered)
			}
		}
		if l.earliest() != earliest {
			t.Fatalf("step %d: earliest %d, not %d", n, l.earliest(), earliest)
		}
		by := instant(rnd.IntN(50))
		i := slices.IndexFunc(all, func(c *contact) bool { return c.phase == waiting && c.entered <= by })
		if got := l.first(by, func(*place) bool { return true }); i < 0 && got != nil || i >= 0 && got != all[i] {
			t.Fatalf("step %d: first(%d) differs", n, by)
		}
	}
}

// TestLineStaysInFewPieces: however a line grew and shrank, its pieces are not
// many more than it needs.
func TestLineStaysInFewPieces(t *testing.T) {
	var l line
	var all []*contact
	for i := range 20000 {
		c := &contact{effective: instant(i * 7919 % 20011)}
		all = append(all, c)
		l.join(c)
	}
	f := func(when string) {
		t.Helper()
		if limit := l.len()/pieceMin + 1; len(l.pieces) > limit {
			t.Errorf("%s: %d contacts in %d pieces, more than %d", when, l.len(), len(l.pieces), limit)
		}
		for _, p := range l.pieces {
			if len(p.places) == 0 || len(p.places) > pieceMax {
				t.Fatalf("%s: a piece of %d", when, len(p.places))
			}
		}
	}
	f("grown")
	for i, c := range all {
		if i%50 != 0 {
			l.part(c)
		}
	}
	f("shrunk")
	for i, c := range all {
		if i%50 == 0 {
			l.part(c)
		}
	}
	if l.len() != 0 || len(l.pieces) != 0 {
		t.Errorf("emptied: %d contacts in %d pieces", l.len(), len(l.pieces))
	}
}
