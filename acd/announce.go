// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// told is what a contact has been told of its place, and when it is told next.
type told struct {
	next     instant
	position int // 0: nothing yet
	estimate time.Duration
}

// first sets the first announcement.
func (t *told) first(c *contact) {
	t.next = never
	if conf := c.queue.conf; conf.AnnounceEvery > 0 && c.kind.awaited() {
		t.next = c.entered.add(conf.AnnounceFirst)
	}
}

// skip moves the next announcement past now, in whole intervals.
func (t *told) skip(c *contact, now instant) {
	if t.next > now {
		return
	}
	every := c.queue.conf.AnnounceEvery
	missed := now.since(t.next) / every
	t.next = t.next.add((missed + 1) * every)
}

// announce tells c its place. A worse place than last told is never told, nor a
// longer estimate unless it rose by more than estimateRise.
func (d *Distributor) announce(c *contact) {
	if c.phase > ringing {
		return // accepted, or released at this very moment
	}
	t, position := &c.told, c.queue.line.position(c)
	if t.position != 0 && position > t.position {
		return
	}
	t.position = position
	estimate := c.queue.estimate(d.now, c, position)
	if rise := estimate - t.estimate; t.estimate != 0 && rise > 0 && rise <= estimateRise {
		estimate = 0
	}
	if estimate != 0 {
		t.estimate = estimate
	}
	low, high := estimateRange(estimate)
	d.emit(Announce{Contact: c.id, Position: position, Estimate: estimate, Low: low, High: high})
}
