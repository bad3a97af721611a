// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"math"
	"time"
)

// instant is a moment as nanoseconds since the first Apply: cheap to compare,
// and independent of zones.
type instant int64

// never is later than every moment.
const never instant = math.MaxInt64

// add is t + d, or never where that cannot be told.
func (t instant) add(d time.Duration) instant {
	sum := t + instant(d)
	if d > 0 && sum < t {
		return never
	}
	return sum
}

func (t instant) since(earlier instant) time.Duration { return time.Duration(t - earlier) }

// An alarm is the next moment at which a contact, a queue or an agent must be
// looked at. Each owns one, set to the earliest of its limits. A contact's
// stands among those of its queue, and the queue's own alarm is the first of
// them: so a contact's many changes stay among few. Alarms of one moment ring
// queue by queue, its contacts by ID, and then agent by agent.
type alarm struct {
	at    instant
	slot  int
	class alarmClass
	key   string
	owner waker
}

type alarmClass uint8

const (
	queueAlarm alarmClass = iota
	contactAlarm
	agentAlarm
)

// A waker is the owner of an alarm. wake deals with every limit that has been
// reached, and must set the alarm to a later moment or none.
type waker interface{ wake(d *Distributor) }

func (a *alarm) heapSlot() *int   { return &a.slot }
func (a *alarm) heapKey() instant { return a.at }

func (a *alarm) tieBefore(b *alarm) bool {
	if a.class != b.class {
		return a.class < b.class
	}
	return a.key < b.key
}

// alarms are those of the floor, or of one queue's contacts.
type alarms struct{ heap[*alarm] }

// set moves a to at; never switches it off.
func (h *alarms) set(a *alarm, at instant) {
	switch {
	case at == never && a.slot == 0, at == a.at && a.slot != 0:
	case at == never:
		h.remove(a)
	case a.slot == 0:
		a.at = at
		h.push(a)
	default:
		a.at = at
		h.moved(a)
	}
}

// next is the moment of the first, or never.
func (h *alarms) next() instant {
	if h.len() == 0 {
		return never
	}
	return h.first().at
}

// ring wakes whoever has reached a limit at now. The alarm stays where it is
// meanwhile, for most owners only move it.
func (h *alarms) ring(d *Distributor) {
	for h.next() <= d.now {
		h.first().owner.wake(d)
	}
}

// expire deals with every limit that is reached at t <= now (rule 4). Places
// are told last, when everybody's place at this moment is known.
func (d *Distributor) expire() {
	d.alarms.ring(d)
	for _, c := range d.telling {
		d.announce(c)
	}
	clear(d.telling)
	d.telling = d.telling[:0]
}

// Deadline is when Apply must next be called, with a Tick if nothing else has
// happened by then. It is always later than the last Apply, or the zero Time if
// only an event can change anything.
func (d *Distributor) Deadline() time.Time {
	next := d.alarms.next()
	if next == never {
		return time.Time{}
	}
	return d.time(next)
}

// time is t for the outside.
func (d *Distributor) time(t instant) time.Time { return d.base.Add(time.Duration(t)) }
