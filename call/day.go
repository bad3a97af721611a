// SPDX-License-Identifier: Apache-2.0

package call

import (
	"time"

	"tandem/acd"
)

// longestDay bounds how long the desk sleeps before it looks at the calendar
// again: a day with its hour given back.
const longestDay = 25 * time.Hour

// firstDays notes when the day that runs now ends in each queue.
func (d *Desk) firstDays() {
	after := d.clock.Now()
	if d.Restored() { // it may have begun while nobody was there to see it
		after = d.cfg.Recovered.At
	}
	d.daysAfter(after)
}

// daysAfter notes when the days end that ran at a time.
func (d *Desk) daysAfter(at time.Time) {
	d.days = make([]time.Time, len(d.plan().Queues))
	for i := range d.days {
		d.days[i] = d.nextDay(i, at)
	}
}

// nextDay is the next midnight of a queue after a time.
func (d *Desk) nextDay(queue int, after time.Time) time.Time {
	plan := d.plan()
	zone := plan.Zones[plan.Queues[queue].ID]
	if zone == nil {
		zone = time.Local
	}
	now := after.In(zone)
	next := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, zone)
	if !next.After(now) { // a zone whose clocks skip midnight
		next = next.Add(time.Hour)
	}
	return next
}

// untilMidnight is how long until the first day ends.
func (d *Desk) untilMidnight() time.Duration {
	wait := longestDay
	for _, at := range d.days {
		wait = min(wait, at.Sub(d.clock.Now()))
	}
	return max(wait, 0)
}

// beginDays begins the days of all queues where it is midnight.
func (d *Desk) beginDays() {
	for i, at := range d.days {
		if d.clock.Now().Before(at) {
			continue
		}
		d.apply(acd.DayChanged{Queue: d.plan().Queues[i].ID})
		d.days[i] = d.nextDay(i, d.clock.Now())
	}
}
