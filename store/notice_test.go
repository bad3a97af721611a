// SPDX-License-Identifier: Apache-2.0

package store

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/call"
	"tandem/ivr"
)

func TestNoticesAreKeptUntilTheyAreTold(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	n := call.Notice{ID: "n1", URL: "https://desk.example/", Body: []byte(`{"a":1}`), Headers: []ivr.Header{{Name: "A", Secret: "crm"}}}
	s.Keep(call.NoticeKept{Call: "c1", At: noon, Notice: n})
	s.Keep(call.NoticeKept{Call: "c1", At: noon, Notice: n}) // the same again is the same
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	due := func(at time.Time) []call.DueNotice {
		t.Helper()
		all, err := s.DueNotices(t.Context(), at, 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := due(noon); len(got) != 1 || got[0].ID != "n1" || string(got[0].Body) != `{"a":1}` || got[0].Headers[0].Secret != "crm" || !got[0].At.Equal(noon) {
		t.Fatalf("due %+v", got)
	}
	if err := s.NoticeFailed(t.Context(), "n1", noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := due(noon.Add(59 * time.Second)); len(got) != 0 {
		t.Fatalf("due too early: %+v", got)
	}
	if got := due(noon.Add(time.Minute)); len(got) != 1 || got[0].Attempts != 1 {
		t.Fatalf("due %+v", got)
	}
	if err := s.NoticeTold(t.Context(), "n1", noon); err != nil {
		t.Fatal(err)
	}
	if got := due(noon.Add(time.Hour)); len(got) != 0 {
		t.Fatalf("told, and due: %+v", got)
	}
}

// TestNoticesThatAreOverGo: what was said goes at once, the row some days later.
func TestNoticesThatAreOverGo(t *testing.T) {
	now := noon
	var mu sync.Mutex
	s := open(t, Options{Folder: t.TempDir(), Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	keep := func(id string, at time.Time) {
		t.Helper()
		s.Keep(call.NoticeKept{Call: "c1", At: at, Notice: call.Notice{ID: id, URL: "https://desk.example/",
			Body: []byte(`{"number":"1"}`), Headers: []ivr.Header{{Name: "A", Value: "b"}}}})
		if err := s.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	rows := func() (all string) {
		t.Helper()
		err := s.read.QueryRowContext(t.Context(),
			`SELECT coalesce(group_concat(id || ' ' || headers || body, ', '), '') FROM (SELECT * FROM notices ORDER BY id)`).Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	keep("given up", noon)
	keep("told", noon)
	keep("waits", noon)
	if err := s.NoticeFailed(t.Context(), "given up", time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := s.NoticeTold(t.Context(), "told", noon); err != nil {
		t.Fatal(err)
	}
	keep("told", noon) // the same again
	if got := rows(); !strings.HasPrefix(got, "given up [], told [], waits [{") {
		t.Errorf("over, and still there: %s", got)
	}
	mu.Lock()
	now = noon.Add(noticeKept + time.Second)
	mu.Unlock()
	keep("z", now)
	if err := s.NoticeTold(t.Context(), "z", now); err != nil {
		t.Fatal(err)
	}
	if got := rows(); !strings.HasPrefix(got, "waits [{") || !strings.HasSuffix(got, ", z []") {
		t.Errorf("long over, and still there: %s", got)
	}
}
