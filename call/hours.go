// SPDX-License-Identifier: Apache-2.0

package call

import (
	"slices"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// hoursLook bounds how long the desk sleeps before it looks at the clock on the
// wall again.
const hoursLook = time.Hour

// hours is what the calendar says of one queue; each is told to the distributor
// when it changes, so that no calendar has a say in a replay.
type hours struct {
	queue  QueueID
	dial   bool // of its callbacks, else of its door
	hours  *ivr.Hours
	change func(open bool) acd.Event
	next   time.Time // the next change; zero: look again after hoursLook
	open   bool
}

// calendar are the queues' opening hours and the hours of their callbacks.
func (d *Desk) calendar() (all []hours) {
	for _, q := range d.plan().Queues {
		if h := d.plan().Hours[q.ID]; h != nil {
			all = append(all, hours{queue: q.ID, hours: h, open: true, change: func(open bool) acd.Event {
				if open {
					return acd.QueueOpened{Queue: q.ID}
				}
				return acd.QueueClosed{Queue: q.ID}
			}})
		}
		if h := d.plan().DialHours[q.ID]; h != nil {
			all = append(all, hours{queue: q.ID, dial: true, hours: h, open: true, change: func(open bool) acd.Event {
				return acd.DialWindow{Queue: q.ID, Open: open}
			}})
		}
	}
	return all
}

// firstHours begins the calendar where the journal ends: what it had said by then
// is in the distributor already, and a door that a supervisor moved stays so.
func (d *Desk) firstHours() {
	d.hours = d.calendar()
	if at := d.cfg.Recovered.At; !at.IsZero() {
		for i := range d.hours {
			d.hours[i].open, _ = d.hours[i].hours.At(at)
		}
	}
}

// newHours follows a new plan: what an old calendar had closed, and no new one
// speaks of, opens.
func (d *Desk) newHours() {
	old := d.hours
	d.hours = d.calendar()
	for _, was := range old {
		i := slices.IndexFunc(d.hours, func(h hours) bool { return h.queue == was.queue && h.dial == was.dial })
		if i >= 0 {
			d.hours[i].open = was.open
		} else if !was.open {
			d.apply(was.change(true))
		}
	}
}

// keepHours tells the distributor what has changed by the calendar, and returns
// how long until the next look. A door that a supervisor has moved stays so until
// the calendar says otherwise.
func (d *Desk) keepHours() time.Duration {
	now, wait := d.clock.Now(), hoursLook
	for i := range d.hours {
		h := &d.hours[i]
		if h.next.IsZero() || !now.Before(h.next) {
			open, next := h.hours.At(now)
			if h.next = next; open != h.open {
				h.open = open
				d.log.Info("by the calendar", "queue", h.queue, "open", open)
				d.apply(h.change(open))
			}
		}
		if !h.next.IsZero() {
			wait = min(wait, h.next.Sub(now))
		}
	}
	return max(wait, 0)
}
