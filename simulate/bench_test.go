// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"testing"
	"time"

	"tandem/acd"
)

// BenchmarkMillionContacts plays ten days of 100,000 callers each: 10 queues of
// 50 agents, wrap-up, announcements, patience, agents who take three seconds to
// accept and now and then miss an offer.
func BenchmarkMillionContacts(b *testing.B) {
	s := &Scenario{
		Date: "2026-03-02", TimeZone: "UTC", From: 0, To: Clock(10 * time.Hour), Interval: 30 * time.Minute, Seed: 1, Replications: 10,
		PickUp: Distribution{kind: constant, a: 3 * time.Second}, ComeBack: Distribution{kind: constant, a: time.Minute}, Ignored: 0.01,
	}
	var queues []acd.Queue
	for i := range 10 {
		q := acd.Queue{ID: acd.QueueID('a' + rune(i)), WrapUp: 10 * time.Second, AnnounceFirst: 20 * time.Second, AnnounceEvery: 45 * time.Second}
		queues = append(queues, q)
		s.Arrivals = append(s.Arrivals, Stream{Queue: q.ID, PerInterval: []float64{500}, Talk: Distribution{kind: lognormal, a: 155 * time.Second, b: 2 * time.Minute}, Patience: Distribution{kind: exponential, a: 3 * time.Minute}})
		s.Staff = append(s.Staff, Shift{Count: 50, Queues: []Seat{{Queue: q.ID}}, Times: []Period{{0, Clock(24 * time.Hour)}}})
	}
	doc := blank(b)
	days, err := s.Days(Base{Queues: queues}, doc)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		results, err := Play(b.Context(), days, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(results[0].Contacts), "contacts")
	}
}
