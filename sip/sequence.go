// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"slices"
	"time"
)

const (
	// orderWait is how long a request waits for one with a lower CSeq. sipgo
	// hands over each message in a goroutine of its own, so two that arrived
	// together may come in the wrong order, by far less than this.
	orderWait = 10 * time.Millisecond
	maxParked = 16 // requests that wait; with more the lowest is taken at once
)

// sequence puts the requests of a dialog into the order of their CSeq.
type sequence struct {
	parked []message // by ascending CSeq
	until  time.Time // when the lowest is taken whatever is missing
}

func (q *sequence) push(m message, now time.Time) {
	if len(q.parked) == 0 {
		q.until = now.Add(orderWait)
	}
	seq := m.req.CSeq().SeqNo
	i := slices.IndexFunc(q.parked, func(p message) bool { return p.req.CSeq().SeqNo > seq })
	if i < 0 {
		i = len(q.parked)
	}
	q.parked = slices.Insert(q.parked, i, m)
}

// pop returns the request whose turn it is after the CSeq last, if there is
// one. heard says that last means anything.
func (q *sequence) pop(last uint32, heard bool, now time.Time) (message, bool) {
	if len(q.parked) == 0 {
		return message{}, false
	}
	next := heard && q.parked[0].req.CSeq().SeqNo <= last+1
	if !next && len(q.parked) <= maxParked && now.Before(q.until) {
		return message{}, false
	}
	m := q.parked[0]
	q.parked = slices.Delete(q.parked, 0, 1)
	q.until = now.Add(orderWait)
	return m, true
}

// wait is how long until pop must be called again, 0 if nothing waits.
func (q *sequence) wait(now time.Time) time.Duration {
	if len(q.parked) == 0 {
		return 0
	}
	return max(q.until.Sub(now), time.Millisecond)
}
