// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"tandem/acd"
	"tandem/call"
)

const (
	// bookAge is how far back the book goes: the longest day with a change of
	// clocks, and a visit that began the evening before.
	bookAge = 36 * time.Hour
	// bookMost bounds the visits of one queue in memory (56 bytes each); older
	// ones are read from the database by who wants them.
	bookMost = 500_000
	// bookTrim is how many additions to a queue lie between two trims.
	bookTrim = 1024
)

// book holds the visits of the last day in memory, in the order in which they
// ended, so that the wallboard's numbers cost no query and are right also
// while the database refuses.
type book struct {
	mu     sync.Mutex // guards the rest; leaf
	queues map[acd.QueueID][]Visit
	days   map[acd.QueueID]*day
}

// day is a count that goes on: a queue's visits from a moment on, as far as
// they have been counted.
type day struct {
	from      time.Time
	threshold time.Duration
	counted   int // of the queue's visits
	numbers   Numbers
}

// add notes a visit that has just ended.
func (b *book) add(v call.QueueVisit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put(v.Queue, Visit{Entered: v.Entered, Ended: v.Ended, Ending: v.Ending})
}

func (b *book) put(q acd.QueueID, v Visit) {
	if b.queues == nil {
		b.queues = map[acd.QueueID][]Visit{}
	}
	all := append(b.queues[q], v)
	if len(all)%bookTrim == 0 || len(all) > bookMost {
		all = trimmed(all, v.Ended.Add(-bookAge))
		delete(b.days, q) // its place in the list is no longer true
	}
	b.queues[q] = all
}

// trimmed leaves out what ended before oldest or is more than half of bookMost
// when there are too many.
func trimmed(all []Visit, oldest time.Time) []Visit {
	from, _ := slices.BinarySearchFunc(all, oldest, func(v Visit, t time.Time) int { return v.Ended.Compare(t) })
	if len(all)-from > bookMost {
		from = len(all) - bookMost/2
	}
	return slices.Clone(all[from:])
}

// loadBook reads the last day's visits from the database.
func (s *Store) loadBook(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, `SELECT queue, entered, ended, ending FROM queue_visits
		WHERE entered >= ? ORDER BY ended, uid`, s.now().Add(-bookAge).UnixMicro())
	if err != nil {
		return fmt.Errorf("read the day's visits: %w", err)
	}
	defer rows.Close()
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	for rows.Next() {
		var q acd.QueueID
		var ending acd.Ending
		var entered, ended int64
		if err := rows.Scan(&q, &entered, &ended, &ending); err != nil {
			return fmt.Errorf("read the day's visits: %w", err)
		}
		s.book.put(q, Visit{Entered: time.UnixMicro(entered).UTC(), Ended: time.UnixMicro(ended).UTC(), Ending: ending})
	}
	return rows.Err()
}

// Numbers counts the visits to a queue that entered at from or later, which is
// at most 36 hours ago. Those who still wait are added by who knows them.
func (s *Store) Numbers(q acd.QueueID, threshold time.Duration, from time.Time) Numbers {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	all := s.book.queues[q]
	// Who ended before the window has entered before it.
	first, _ := slices.BinarySearchFunc(all, from, func(v Visit, t time.Time) int { return v.Ended.Compare(t) })
	return Count(all[first:], threshold, from, endOfTime)
}

// Today is Numbers for a from that stays the same for long: it counts only what
// is new since it was last asked.
func (s *Store) Today(q acd.QueueID, threshold time.Duration, from time.Time) Numbers {
	s.book.mu.Lock()
	defer s.book.mu.Unlock()
	d := s.book.days[q]
	if d == nil || !d.from.Equal(from) || d.threshold != threshold {
		d = &day{from: from, threshold: threshold, numbers: Count(nil, threshold, from, endOfTime)}
		if s.book.days == nil {
			s.book.days = map[acd.QueueID]*day{}
		}
		s.book.days[q] = d
	}
	all := s.book.queues[q]
	for _, v := range all[d.counted:] {
		if !v.Entered.Before(from) {
			d.numbers.add(v, threshold)
		}
	}
	d.counted = len(all)
	n := d.numbers
	n.FlowOuts, n.Refused = maps.Clone(n.FlowOuts), maps.Clone(n.Refused)
	return n
}

// endOfTime is after every visit.
var endOfTime = time.Unix(1<<40, 0)
