// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/call"
)

// box is a store of notices in memory.
type box struct {
	mu     sync.Mutex
	due    map[string]call.DueNotice
	told   []string
	failed map[string]time.Time
}

func (b *box) DueNotices(_ context.Context, now time.Time, most int) (due []call.DueNotice, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, n := range b.due {
		if again := b.failed[id]; !again.After(now) && len(due) < most {
			due = append(due, n)
		}
	}
	return due, nil
}

func (b *box) NoticeTold(_ context.Context, id string, _ time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.due, id)
	b.told = append(b.told, id)
	return nil
}

func (b *box) NoticeFailed(_ context.Context, id string, again time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.due[id]
	if n.ID == "" {
		return errors.New("no such notice")
	}
	n.Attempts++
	b.due[id], b.failed[id] = n, again
	if again.IsZero() {
		delete(b.due, id)
	}
	return nil
}

func TestOutboxTellsUntilItIsTaken(t *testing.T) {
	var mu sync.Mutex
	var keys []string
	refuse := 2
	c, url := upstream(t, Options{BreakAfter: 100}, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if len(keys) <= refuse {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	notice := call.DueNotice{Notice: call.Notice{ID: "n1", URL: url, Body: []byte("{}")}, At: time.Now()}
	b := &box{due: map[string]call.DueNotice{"n1": notice}, failed: map[string]time.Time{}}
	o := NewOutbox(c, b, slog.New(slog.DiscardHandler))
	for range 5 {
		o.round(t.Context())
		for id := range b.failed { // the pause has passed
			b.failed[id] = time.Now()
		}
	}
	if got := strings.Join(keys, " "); got != "n1 n1 n1" || len(b.told) != 1 || len(b.due) != 0 {
		t.Errorf("told under %q; %d taken, %d left", got, len(b.told), len(b.due))
	}
}

// fullDisk is a store that can be read and not written.
type fullDisk struct{ *box }

func (fullDisk) NoticeTold(context.Context, string, time.Time) error { return errors.New("disk full") }

func TestOutboxDoesNotHammerWhenTheDiskIsFull(t *testing.T) {
	c, url := upstream(t, Options{}, func(http.ResponseWriter, *http.Request) {})
	b := &box{due: map[string]call.DueNotice{}, failed: map[string]time.Time{}}
	for i := range outboxMost {
		id := string(rune('a' + i))
		b.due[id] = call.DueNotice{Notice: call.Notice{ID: id, URL: url}, At: time.Now()}
	}
	o := NewOutbox(c, fullDisk{b}, slog.New(slog.DiscardHandler))
	if n := o.round(t.Context()); n != 0 {
		t.Errorf("%d count as noted, so that they are told again at once", n)
	}
}

func TestOutboxGivesUpAfterDays(t *testing.T) {
	c, url := upstream(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	old := call.DueNotice{Notice: call.Notice{ID: "n1", URL: url}, At: time.Now().Add(-noticeAge - time.Hour), Attempts: 500}
	b := &box{due: map[string]call.DueNotice{"n1": old}, failed: map[string]time.Time{}}
	NewOutbox(c, b, slog.New(slog.DiscardHandler)).round(t.Context())
	if len(b.due) != 0 || len(b.told) != 0 {
		t.Errorf("%d left, %d taken", len(b.due), len(b.told))
	}
}

func TestOutboxPausesGrow(t *testing.T) {
	f := func(attempts int, want time.Duration) {
		t.Helper()
		if got := pauseAfter(attempts); got != want {
			t.Errorf("after %d: %v, want %v", attempts, got, want)
		}
	}
	f(0, 2*time.Second)
	f(1, 4*time.Second)
	f(8, 512*time.Second)
	f(9, 10*time.Minute)
	f(1_000_000, 10*time.Minute)
}
