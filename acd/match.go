// SPDX-License-Identifier: Apache-2.0

package acd

// A pair is a contact whom nobody is asked to take and a free agent who may
// take it now.
type pair struct {
	contact *contact
	seat    *seat
}

// before is the order of rule 1 over all pairs of the floor. It is total.
func (p pair) before(o pair) bool {
	c, b := p.contact, o.contact
	if c.guarded != b.guarded {
		return c.guarded
	}
	if !c.guarded && c.priority != b.priority {
		return c.priority > b.priority
	}
	if g, h := p.seat.group, o.seat.group; g.priority != h.priority {
		return g.priority > h.priority
	}
	if c != b {
		return c.older(b)
	}
	if x, y := p.seat.heapKey(), o.seat.heapKey(); x != y {
		return x < y
	}
	return p.seat.tieBefore(o.seat)
}

// match makes every offer that can be made, best pair first. Before the event
// no pair stood together, so each pair now is in a queue that was touched.
func (d *Distributor) match() {
	d.recheck()
	for !d.paused {
		var best pair
		for _, q := range d.dirty {
			if p := q.bestPair(d); p.contact != nil && (best.contact == nil || p.before(best)) {
				best = p
			}
		}
		if best.contact == nil {
			break
		}
		d.offer(best)
	}
	d.doneCalling()
	d.desert()
}

// bestPair is the first pair of q in the order of rule 1. Within a group every
// pair has the same membership priority and delay, so that the first contact
// who has waited long enough and whom somebody may take, and the first agent by
// the strategy who may, are its best pair.
func (q *queue) bestPair(d *Distributor) pair {
	if q.found {
		return q.best
	}
	q.found, q.best = true, pair{}
	if q.line.earliest() == never || q.free == 0 {
		return q.best
	}
	for _, g := range q.groups {
		if g.free.len() == 0 {
			continue
		}
		var anybody [channels]*seat
		for ch := range anybody {
			if q.line.kinds[ch] > 0 {
				anybody[ch] = g.first(q, nil, channel(ch))
			}
		}
		if anybody == ([channels]*seat{}) {
			continue
		}
		d.looks++
		c := q.line.first(d.now-instant(g.delay), func(p *place) bool {
			if p.class == nil {
				return anybody[p.channel] != nil
			}
			return p.class.seat(q, g, d.looks) != nil
		})
		if c == nil {
			continue
		}
		p := pair{contact: c, seat: anybody[c.kind.channel()]}
		if c.class != nil {
			p.seat = c.class.first
		}
		if q.best.contact == nil || p.before(q.best) {
			q.best = p
		}
	}
	return q.best
}

// seat is the first agent of g for c, or nil; found once per look.
func (c *class) seat(q *queue, g *group, look uint64) *seat {
	if c.lookedAt != look {
		c.lookedAt, c.first = look, g.first(q, c, c.need.channel)
	}
	return c.first
}
