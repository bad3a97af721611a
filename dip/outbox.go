// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"tandem/call"
	"tandem/ivr"
)

const (
	// outboxLook is how often the outbox looks for what is due.
	outboxLook = time.Second
	// outboxMost is how many notices are told at once.
	outboxMost = 16
	// noticeTimeout and noticeConnect bound one attempt.
	noticeTimeout = 10 * time.Second
	noticeConnect = 3 * time.Second
	// noticeBody is how much of an answer is read; it is not looked at.
	noticeBody = 64 << 10
	// noticeFirst and noticeLongest are the pauses between attempts, doubled each
	// time.
	noticeFirst   = 2 * time.Second
	noticeLongest = 10 * time.Minute
	// noticeAge is how long a notice is worth telling.
	noticeAge = 3 * 24 * time.Hour
)

// Notices keeps what other systems are to be told. Declared here, satisfied by
// store.Store.
type Notices interface {
	DueNotices(ctx context.Context, now time.Time, most int) ([]call.DueNotice, error)
	NoticeTold(ctx context.Context, id string, at time.Time) error
	// NoticeFailed says when it is told again; the zero time: never.
	NoticeFailed(ctx context.Context, id string, again time.Time) error
}

// Outbox tells other systems what flows have for them: each notice at least
// once, under an ID by which a repetition is known.
type Outbox struct {
	client  *Client
	notices Notices
	log     *slog.Logger
}

// NewOutbox makes one; Run tells.
func NewOutbox(c *Client, notices Notices, log *slog.Logger) *Outbox {
	return &Outbox{client: c, notices: notices, log: log}
}

// Run tells what is due until ctx ends.
func (o *Outbox) Run(ctx context.Context) {
	look := time.NewTicker(outboxLook)
	defer look.Stop()
	for {
		for o.round(ctx) == outboxMost && ctx.Err() == nil { // more may be due
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// round tells what is due now and returns of how much the outcome was noted: what
// was not stays due, and must not be told again at once.
func (o *Outbox) round(ctx context.Context) int {
	due, err := o.notices.DueNotices(ctx, time.Now(), outboxMost)
	if err != nil {
		if ctx.Err() == nil {
			o.log.Error("outbox not read", "err", err)
		}
		return 0
	}
	var telling sync.WaitGroup
	var noted atomic.Int64
	for _, n := range due {
		telling.Go(func() {
			if o.tell(ctx, n) {
				noted.Add(1)
			}
		})
	}
	telling.Wait()
	return int(noted.Load())
}

// tell makes one attempt and notes what became of it; false if it could not.
func (o *Outbox) tell(ctx context.Context, n call.DueNotice) bool {
	headers := append([]ivr.Header{{Name: "Idempotency-Key", Value: n.ID}}, n.Headers...)
	got := o.client.Fetch(ctx, ivr.Fetch{
		Method: "POST", URL: n.URL, Headers: headers, Body: n.Body,
		Connect: noticeConnect, Timeout: noticeTimeout, MaxBody: noticeBody,
	})
	now := time.Now()
	var err error
	switch {
	case ctx.Err() != nil:
		return false // it stays due
	case got.Status >= 200 && got.Status < 300: // also if the answer was too large to read
		err = o.notices.NoticeTold(ctx, n.ID, now)
	case now.Sub(n.At) > noticeAge:
		o.log.Error("notice given up", "notice", n.ID, "how", got.How, "status", got.Status, "attempts", n.Attempts+1)
		err = o.notices.NoticeFailed(ctx, n.ID, time.Time{})
	default:
		if n.Attempts == 0 {
			o.log.Warn("notice not taken, trying again", "notice", n.ID, "how", got.How, "status", got.Status)
		}
		err = o.notices.NoticeFailed(ctx, n.ID, now.Add(pauseAfter(n.Attempts)))
	}
	if err != nil {
		o.log.Error("outbox not written", "notice", n.ID, "err", err)
	}
	return err == nil
}

// pauseAfter is the pause behind an attempt that failed, after so many before.
func pauseAfter(attempts int) time.Duration {
	pause := noticeFirst
	for range attempts {
		if pause *= 2; pause >= noticeLongest {
			return noticeLongest
		}
	}
	return pause
}
