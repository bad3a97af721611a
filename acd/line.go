// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"sort"
)

// line holds the contacts of one queue that are not yet answered, ringing ones
// included, in the order of rule 1. It is a sorted list in pieces: entering,
// leaving, a contact's position and the first one who has waited long enough
// each look at one piece and at a line of sums over the pieces, which lie side
// by side in memory. A line of 50 is one piece; one of 50,000 about 700.
type line struct {
	pieces  []piece
	count   int
	kinds   [channels]int
	soonest instant // the least of the pieces' earliest
}

// piece is a stretch of the line, never empty.
type piece struct {
	places   []place
	earliest instant // the least of its places' open
}

// place is a contact with its order beside it, so that finding a place touches
// no contact.
type place struct {
	guarded   bool
	channel   channel
	priority  int
	effective instant
	open      instant // the entry while nobody is asked to take it and it does not rest, else never
	contact   *contact
	class     *class
}

const (
	pieceMax   = 128 // a longer piece is cut in two
	pieceMin   = 32  // a shorter piece is joined with the next one
	pieceMerge = 96  // unless the two would be longer than this
)

func placeOf(c *contact) place {
	p := place{guarded: c.guarded, channel: c.kind.channel(), priority: c.priority, effective: c.effective, open: never, contact: c, class: c.class}
	if c.phase == waiting && !c.resting || c.more {
		p.open = c.entered
	}
	return p
}

// ahead is the order of one line: rule 1 without the agents.
func (p *place) ahead(o *place) bool {
	if p.guarded != o.guarded {
		return p.guarded
	}
	if !p.guarded && p.priority != o.priority {
		return p.priority > o.priority
	}
	if p.effective != o.effective {
		return p.effective < o.effective
	}
	return p.contact.id < o.contact.id
}

func (l *line) len() int { return l.count }

// earliest is the entry of the longest-waiting contact that nobody is asked to
// take, or never.
func (l *line) earliest() instant {
	if l.count == 0 {
		return never
	}
	return l.soonest
}

// sum follows a change of any piece's earliest.
func (l *line) sum() {
	l.soonest = never
	for i := range l.pieces {
		l.soonest = min(l.soonest, l.pieces[i].earliest)
	}
}

// earliestAfter is the first entry after t of a contact that nobody is asked to
// take, or never.
func (l *line) earliestAfter(t instant) instant {
	next := never
	for i := range l.pieces {
		for j := range l.pieces[i].places {
			if open := l.pieces[i].places[j].open; open > t {
				next = min(next, open)
			}
		}
	}
	return next
}

// first is the first contact in order that nobody is asked to take, that entered
// at or before by, and of which accepts holds; nil if there is none.
func (l *line) first(by instant, accepts func(*place) bool) *contact {
	for i := range l.pieces {
		if l.pieces[i].earliest > by {
			continue
		}
		for j := range l.pieces[i].places {
			if p := &l.pieces[i].places[j]; p.open <= by && accepts(p) {
				return p.contact
			}
		}
	}
	return nil
}

// position is the 1-based place of c.
func (l *line) position(c *contact) int {
	i, j := l.find(placeOf(c))
	for k := range i {
		j += len(l.pieces[k].places)
	}
	return j + 1
}

// all lists the line in order.
func (l *line) all() []*contact {
	out := make([]*contact, 0, l.count)
	for i := range l.pieces {
		for j := range l.pieces[i].places {
			out = append(out, l.pieces[i].places[j].contact)
		}
	}
	return out
}

// join puts c where it belongs.
func (l *line) join(c *contact) {
	p := placeOf(c)
	l.count++
	l.kinds[p.channel]++
	defer l.sum()
	if len(l.pieces) == 0 {
		l.pieces = append(l.pieces, piece{places: []place{p}, earliest: p.open})
		return
	}
	i, j := l.find(p)
	s := &l.pieces[i]
	s.places = slices.Insert(s.places, j, p)
	s.earliest = min(s.earliest, p.open)
	if len(s.places) > pieceMax {
		l.cut(i)
	}
}

// part takes c out; its order must be that with which it joined.
func (l *line) part(c *contact) {
	defer l.sum()
	i, j := l.find(placeOf(c))
	s := &l.pieces[i]
	open := s.places[j].open
	s.places = slices.Delete(s.places, j, j+1)
	l.count--
	l.kinds[c.kind.channel()]--
	if open == s.earliest {
		s.sum()
	}
	switch n := len(s.places); {
	case n == 0:
		l.pieces = slices.Delete(l.pieces, i, i+1)
	case n < pieceMin && i+1 < len(l.pieces) && n+len(l.pieces[i+1].places) <= pieceMerge:
		l.merge(i)
	}
}

// update must follow each change of c.phase, c.resting or c.class while c is in
// the line.
func (l *line) update(c *contact) {
	defer l.sum()
	p := placeOf(c)
	i, j := l.find(p)
	s := &l.pieces[i]
	was := s.places[j].open
	s.places[j].open, s.places[j].class = p.open, p.class
	if was == s.earliest {
		s.sum()
	}
	s.earliest = min(s.earliest, p.open)
}

// find is the piece and the index in it where p stands or would stand.
func (l *line) find(p place) (i, j int) {
	if len(l.pieces) > 1 {
		i = sort.Search(len(l.pieces)-1, func(i int) bool {
			last := &l.pieces[i].places[len(l.pieces[i].places)-1]
			return !last.ahead(&p)
		})
	}
	places := l.pieces[i].places
	return i, sort.Search(len(places), func(j int) bool { return !places[j].ahead(&p) })
}

// cut halves piece i.
func (l *line) cut(i int) {
	places := l.pieces[i].places
	half := len(places) / 2
	rest := piece{places: append(make([]place, 0, pieceMax+1), places[half:]...)}
	rest.sum()
	clear(places[half:])
	l.pieces[i].places = places[:half]
	l.pieces[i].sum()
	l.pieces = slices.Insert(l.pieces, i+1, rest)
}

// merge joins piece i with the one after it.
func (l *line) merge(i int) {
	a, b := &l.pieces[i], &l.pieces[i+1]
	a.places = append(a.places, b.places...)
	a.earliest = min(a.earliest, b.earliest)
	l.pieces = slices.Delete(l.pieces, i+1, i+2)
}

func (s *piece) sum() {
	s.earliest = never
	for j := range s.places {
		s.earliest = min(s.earliest, s.places[j].open)
	}
}
