// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"tandem/acd"
	"tandem/call"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123_456_000, time.UTC)

// open opens a store in folder, closed at the end of the test.
func open(t *testing.T, o Options) *Store {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func opened(id string, at time.Time) call.CallOpened {
	return call.CallOpened{Call: call.ID(id), At: at, From: call.Party{Number: "+49301234", Name: "李伟", Diverted: "+49301", Verstat: call.VerstatPassed},
		Dialled: "1000", Trunk: "local", Flow: "help", Version: "0123456789abcdef", SIPCallID: "x@y"}
}

func ended(id string, at time.Time) call.CallEnded {
	return call.CallEnded{Call: call.ID(id), At: at, Cause: call.CauseCompleted, Answered: at.Add(-time.Minute),
		Bridged: at.Add(-30 * time.Second), Agent: "anna", Queue: "support", MenuPath: "German > Invoice",
		Path: []call.Passed{{At: at.Add(-time.Minute), Flow: "help", Node: "menu"}}}
}

func visit(q string, entered time.Time, wait time.Duration, ending acd.Ending) call.QueueVisit {
	return call.QueueVisit{Call: "c", VisitEnded: acd.VisitEnded{Contact: "k", Queue: acd.QueueID(q),
		Entered: entered, Ended: entered.Add(wait), Ending: ending}}
}

func status(agent string, s acd.Status, at time.Time) call.AgentStatus {
	return call.AgentStatus{At: at, StatusChanged: acd.StatusChanged{Agent: acd.AgentID(agent), Status: s,
		Reason: "r", Actor: "anna"}}
}

func activity(agent string, a acd.Activity, at time.Time) call.AgentActivity {
	return call.AgentActivity{At: at, Call: "c1", ActivityChanged: acd.ActivityChanged{Agent: acd.AgentID(agent),
		Activity: a, Contact: "k", Queue: "support"}}
}

func synced(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, s *Store, query string, args ...any) int {
	t.Helper()
	var n int
	if err := s.read.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// value reads a counter or gauge.
func value(t *testing.T, m prometheus.Metric) float64 {
	t.Helper()
	var d dto.Metric
	if err := m.Write(&d); err != nil {
		t.Fatal(err)
	}
	return d.GetCounter().GetValue() + d.GetGauge().GetValue()
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	if err := s.Open(t.Context(), opened("c1", noon)); err != nil {
		t.Fatal(err)
	}
	s.Keep(ended("c1", noon.Add(time.Minute)))
	s.Keep(call.CallDisposition{Call: "c1", Agent: "anna", At: noon, Disposition: "fixed", Notes: "first"})
	s.Keep(call.CallDisposition{Call: "c1", Agent: "anna", At: noon, Disposition: "refund", Notes: "second"})
	synced(t, s)
	got, err := s.RecentCalls(t.Context(), "anna", 10)
	if err != nil || len(got) != 1 {
		t.Fatalf("recent calls: %v, %v", got, err)
	}
	want := Call{ID: "c1", Arrived: noon, From: call.Party{Number: "+49301234", Name: "李伟", Diverted: "+49301", Verstat: call.VerstatPassed}, Dialled: "1000",
		Trunk: "local", Flow: "help", Answered: noon, Bridged: noon.Add(30 * time.Second), Ended: noon.Add(time.Minute),
		Cause: call.CauseCompleted, Agent: "anna", Queue: "support", MenuPath: "German > Invoice",
		Disposition: "refund", Notes: "second"}
	if got[0] != want {
		t.Errorf("got  %+v\nwant %+v", got[0], want)
	}
	if n := count(t, s, `SELECT count(*) FROM dispositions`); n != 2 {
		t.Errorf("%d choices kept, want both", n)
	}
	if ok, err := s.Talked(t.Context(), "anna", "c1"); !ok || err != nil {
		t.Errorf("anna talked in c1: %v, %v", ok, err)
	}
	if ok, err := s.Talked(t.Context(), "bob", "c1"); ok || err != nil {
		t.Errorf("bob talked in c1: %v, %v", ok, err)
	}
	all, err := s.Calls(t.Context(), noon, noon.Add(time.Nanosecond), 10)
	if err != nil || len(all) != 0 {
		t.Errorf("[noon, noon+1ns) is half-open in microseconds: %v, %v", all, err)
	}
}

func TestChangesCloseTheRowBefore(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	s.Keep(status("anna", acd.Available, noon))
	s.Keep(status("bob", acd.Available, noon))
	s.Keep(status("anna", "break", noon.Add(time.Minute)))
	s.Keep(activity("anna", acd.Ringing, noon))
	s.Keep(activity("anna", acd.Talking, noon.Add(time.Second)))
	synced(t, s)
	for _, c := range []struct {
		query string
		want  int
	}{
		{`SELECT count(*) FROM agent_status`, 3},
		{`SELECT count(*) FROM agent_status WHERE ended IS NULL`, 2},
		{`SELECT ended - began FROM agent_status WHERE ended IS NOT NULL`, 60_000_000},
		{`SELECT count(*) FROM agent_activity WHERE ended IS NULL AND activity = 'talking'`, 1},
		{`SELECT ended - began FROM agent_activity WHERE activity = 'ringing'`, 1_000_000},
	} {
		if got := count(t, s, c.query); got != c.want {
			t.Errorf("%s: %d, want %d", c.query, got, c.want)
		}
	}
	last, err := s.LastStatuses(t.Context())
	if err != nil || len(last) != 2 || last[0].Status != "break" || !last[0].Since.Equal(noon.Add(time.Minute)) || last[1].Agent != "bob" {
		t.Errorf("last statuses: %+v, %v", last, err)
	}
}

func TestRestartClosesWhatWasOpen(t *testing.T) {
	folder := t.TempDir()
	now := noon.Add(time.Hour)
	s := open(t, Options{Folder: folder, Now: func() time.Time { return now }})
	if err := s.Open(t.Context(), opened("left", noon)); err != nil {
		t.Fatal(err)
	}
	if err := s.Open(t.Context(), opened("over", noon)); err != nil {
		t.Fatal(err)
	}
	s.Keep(ended("over", noon.Add(time.Minute)))
	s.Keep(status("anna", acd.Available, noon))
	s.Keep(activity("anna", acd.Talking, noon))
	s.Keep(call.QueueEntered{Call: "c", Contact: "k", Queue: "support", At: noon})
	s.Keep(visit("support", noon, 10*time.Second, acd.EndAnswered))
	s.Keep(call.QueueEntered{Call: "left", Contact: "left", Queue: "support", At: noon.Add(30 * time.Minute)})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Hour)
	s = open(t, Options{Folder: folder, Now: func() time.Time { return later }})
	for _, c := range []struct {
		query string
		want  int
	}{
		{`SELECT count(*) FROM calls WHERE ended IS NULL`, 0},
		{`SELECT count(*) FROM calls WHERE id = 'left' AND cause = 'serverRestart'`, 1},
		{`SELECT count(*) FROM queue_waits`, 0},
		{`SELECT count(*) FROM queue_visits WHERE call_id = 'left' AND ending = 'systemError'`, 1},
		{`SELECT count(*) FROM calls WHERE id = 'over' AND cause = 'completed'`, 1},
		{`SELECT count(*) FROM agent_status WHERE ended IS NULL`, 0},
		{`SELECT count(*) FROM agent_activity WHERE ended IS NULL`, 0},
	} {
		if got := count(t, s, c.query); got != c.want {
			t.Errorf("%s: %d, want %d", c.query, got, c.want)
		}
	}
	var at int64
	if err := s.read.QueryRow(`SELECT ended FROM calls WHERE id = 'left'`).Scan(&at); err != nil || at != now.UnixMicro() {
		t.Errorf("left call ended at %v, want when the server was last seen, %v", time.UnixMicro(at).UTC(), now)
	}
	if n := s.Numbers("support", 20*time.Second, noon); n.Answered != 1 || n.Offered != 2 || n.FlowOuts[acd.EndSystemError] != 1 {
		t.Errorf("the day after a restart: %+v", n)
	}
	last, err := s.LastStatuses(t.Context())
	if err != nil || len(last) != 1 || last[0].Status != acd.Available {
		t.Errorf("last statuses: %+v, %v", last, err)
	}
}

func TestSecondServerIsRefused(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Options{Folder: folder, Now: func() time.Time { return noon }})
	synced(t, s)
	if _, err := Open(t.Context(), Options{Folder: folder}); !errors.Is(err, ErrInUse) {
		t.Fatalf("second server: %v", err)
	}
	before := count(t, s, `SELECT max(at) FROM heartbeat`)
	tool, err := Attach(t.Context(), Options{Folder: folder, Now: func() time.Time { return noon.Add(time.Hour) }})
	if err != nil {
		t.Fatalf("a tool beside the server: %v", err)
	}
	if err := tool.SetPassword(t.Context(), "anna", "correct horse"); err != nil {
		t.Error(err)
	}
	if err := tool.Close(); err != nil {
		t.Error(err)
	}
	if after := count(t, s, `SELECT max(at) FROM heartbeat`); after != before {
		t.Error("a tool wrote that the server is alive")
	}
}

func BenchmarkOpen(b *testing.B) {
	s, err := Open(b.Context(), Options{Folder: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var n atomic.Int64
	b.SetParallelism(50) // callers who are answered at the same time
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := s.Open(b.Context(), opened(fmt.Sprintf("b%09d", n.Add(1)), noon)); err != nil {
				b.Error(err)
			}
		}
	})
}

// full makes the database take no further page, as a full disk does, until the
// returned function is called.
func full(t *testing.T, s *Store) (room func()) {
	t.Helper()
	set := func(pages int) {
		if _, err := s.w.db.Exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
			t.Fatal(err)
		}
	}
	set(1) // SQLite makes it the present size
	return func() { set(1 << 30) }
}

func TestFullDatabaseSpoolsAndHeals(t *testing.T) {
	folder := t.TempDir()
	reg := prometheus.NewRegistry()
	s := open(t, Options{Folder: folder, Registerer: reg})
	room := full(t, s)
	const calls = 400
	for i := range calls {
		id := fmt.Sprintf("c%03d", i)
		if err := s.Open(t.Context(), opened(id, noon)); err != nil {
			t.Fatal(err)
		}
		s.Keep(ended(id, noon.Add(time.Minute)))
		s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	}
	if s.Err() == nil || value(t, s.w.m.failing) != 1 || value(t, s.w.m.spooled) == 0 {
		t.Fatalf("no alarm: %v", s.Err())
	}
	if n := s.Numbers("support", time.Minute, noon); n.Answered != calls {
		t.Errorf("numbers while the database refuses: %+v", n)
	}
	room()
	synced(t, s)
	if got := count(t, s, `SELECT count(*) FROM calls WHERE ended IS NOT NULL`); got != calls {
		t.Errorf("%d calls after healing, want %d", got, calls)
	}
	if got := count(t, s, `SELECT count(*) FROM queue_visits`); got != calls {
		t.Errorf("%d visits after healing, want %d", got, calls)
	}
	if names, _ := spoolFiles(folder); len(names) != 0 || s.Err() != nil {
		t.Errorf("after healing: spool %v, err %v", names, s.Err())
	}
	for _, reason := range []string{lostFull, lostRefused, lostUnreadable} {
		if lost := value(t, s.w.m.lost.WithLabelValues(reason)); lost != 0 {
			t.Errorf("%v records lost: %s", lost, reason)
		}
	}
}

func TestRecordsWaitInMemoryWhileNothingTakesThem(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	s.w.spool.folder = filepath.Join(s.folder, "gone") // no spool can be made
	const most = 5000
	s.w.mu.Lock()
	s.w.most = most
	s.w.mu.Unlock()
	room := full(t, s)
	if s.Full() {
		t.Error("full before anything waits")
	}
	// One batch is always in the writer's hands, and what is left of the last
	// page takes a few records.
	for range most/fullShare + 2*maxBatch {
		s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	}
	if lost := value(t, s.w.m.lost.WithLabelValues(lostFull)); !s.Full() || lost != 0 {
		t.Errorf("new calls are taken with %d records waiting; %v lost", s.w.count(), lost)
	}
	const much = 2*most + maxBatch
	for range much - most/fullShare - 2*maxBatch {
		s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	}
	lost := int(value(t, s.w.m.lost.WithLabelValues(lostFull)))
	if lost == 0 || lost > most+maxBatch {
		t.Errorf("%d of %d records lost with room for %d", lost, much, most)
	}
	if waiting := s.w.count(); waiting > most+maxBatch {
		t.Errorf("%d records wait", waiting)
	}
	room()
	synced(t, s)
	if s.Full() {
		t.Error("still full after healing")
	}
	if got := count(t, s, `SELECT count(*) FROM queue_visits`); got != much-lost {
		t.Errorf("%d records after healing, want %d", got, much-lost)
	}
}

func TestCloseGivesADeadDiskUp(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := open(t, Options{Folder: folder})
	s.w.spool.folder = filepath.Join(s.folder, "gone")
	full(t, s)
	for range 3 * maxBatch {
		s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	}
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 2*closeLimit {
		t.Errorf("closing took %v", took)
	}
	lost := int(value(t, s.w.m.lost.WithLabelValues(lostFull)))
	c, err := Check(t.Context(), folder) // a few fitted into the last page
	if err != nil || lost == 0 || lost+c.Visits != 3*maxBatch {
		t.Errorf("%d records lost and %d kept of %d, %v", lost, c.Visits, 3*maxBatch, err)
	}
	if err := s.Open(t.Context(), opened("late", noon)); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed store: %v", err)
	}
}

func TestPanicCostsOneBatch(t *testing.T) {
	var log bytes.Buffer
	s := open(t, Options{Folder: t.TempDir(), Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := s.act(t.Context(), func(context.Context, *sql.Tx) error { panic("boom") }); err == nil {
		t.Error("a panic is answered with success")
	}
	s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	synced(t, s)
	if got := count(t, s, `SELECT count(*) FROM queue_visits`); got != 1 {
		t.Errorf("%d visits after a panic, want 1", got)
	}
	s.Close()
	if !strings.Contains(log.String(), "boom") {
		t.Error("the panic is not in the log")
	}
}

func TestSpoolSurvivesARestart(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Options{Folder: folder})
	full(t, s)
	for i := range 300 {
		if err := s.Open(t.Context(), opened(fmt.Sprintf("c%03d", i), noon)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := spoolFiles(folder)
	if err != nil || len(names) != 1 {
		t.Fatalf("spool files: %v, %v", names, err)
	}
	// A kill in the middle of a line: that line is lost, and counted.
	f, err := os.OpenFile(filepath.Join(folder, names[0]), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"uid":12,"kind":"callOp`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s = open(t, Options{Folder: folder})
	if got := count(t, s, `SELECT count(*) FROM calls WHERE cause = 'serverRestart'`); got != 300 {
		t.Errorf("%d calls, want 300", got)
	}
	if got := value(t, s.w.m.lost.WithLabelValues(lostUnreadable)); got != 1 {
		t.Errorf("%v lines unreadable, want 1", got)
	}
}

func TestSpoolIsNotTakenTwice(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Options{Folder: folder})
	s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	synced(t, s)
	// As if the kill came between the commit of the last chunk and the removal.
	line := []byte(`{"uid":9000000000000000000,"kind":"agentStatus","record":{"At":"2026-11-23T12:00:00Z","Agent":"a","Status":"available","Actor":"a"}}` + "\n")
	name := spoolPrefix + strings.Repeat("0", 19) + "1" + spoolSuffix
	if err := os.WriteFile(filepath.Join(folder, name), line, 0o600); err != nil {
		t.Fatal(err)
	}
	err := s.act(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, sqlSpool, name, len(line))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s = open(t, Options{Folder: folder})
	if got := count(t, s, `SELECT count(*) FROM agent_status`); got != 0 {
		t.Errorf("%d rows of a spool that had been taken over", got)
	}
	if names, _ := spoolFiles(folder); len(names) != 0 {
		t.Errorf("spool left: %v", names)
	}
}

func TestLockedDatabaseKeepsNobodyWaiting(t *testing.T) {
	folder := t.TempDir()
	s := open(t, Options{Folder: folder})
	other, err := openDB(filepath.Join(folder, Name), startBusy, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin() // takes the write lock
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.Open(t.Context(), opened("c1", noon)); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("waited %v for another's lock", took)
	}
	if err := s.SetPassword(t.Context(), "anna", "correct horse"); err == nil {
		t.Error("a password was set in a locked database")
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	synced(t, s)
	if got := count(t, s, `SELECT count(*) FROM calls WHERE id = 'c1'`); got != 1 {
		t.Errorf("%d rows, want 1", got)
	}
}

func TestLateOpenIsCountedAndFollows(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// The row may be on disk before the context is looked at: ask until late.
	late := 0
	for i := range 50 {
		err := s.Open(ctx, opened(fmt.Sprintf("c%d", i), noon))
		if errors.Is(err, context.Canceled) {
			late++
		}
	}
	synced(t, s)
	if got := count(t, s, `SELECT count(*) FROM calls`); got != 50 {
		t.Errorf("%d rows, want 50", got)
	}
	if late == 0 || value(t, s.w.m.openLate) != float64(late) {
		t.Errorf("%d late, counted %v", late, value(t, s.w.m.openLate))
	}
}

func TestInvalidRecordStopsNothing(t *testing.T) {
	s := open(t, Options{Folder: t.TempDir()})
	s.Keep(nil) // of no kind the store knows
	s.Keep(visit("support", noon, time.Second, acd.EndAnswered))
	synced(t, s)
	if got := count(t, s, `SELECT count(*) FROM queue_visits`); got != 1 {
		t.Errorf("%d visits, want 1", got)
	}
}

func TestBackupWhileRunning(t *testing.T) {
	folder, dest := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	s := open(t, Options{Folder: folder})
	for i := range 100 {
		if err := s.Open(t.Context(), opened(fmt.Sprintf("c%d", i), noon)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetPassword(t.Context(), "anna", "correct horse"); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, "tls"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "tls", "cert.pem"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	tool, err := Attach(t.Context(), Options{Folder: folder}) // as `tandem backup` does
	if err != nil {
		t.Fatal(err)
	}
	defer tool.Close()
	if err := tool.Backup(t.Context(), dest); err != nil {
		t.Fatal(err)
	}
	if err := tool.Backup(t.Context(), dest); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("backup onto a backup: %v", err)
	}
	got, err := Check(t.Context(), dest)
	if err != nil || got.Calls != 100 || got.Agents != 1 {
		t.Errorf("backup holds %+v, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(dest, "tls", "cert.pem")); err != nil {
		t.Errorf("the certificate is not in the backup: %v", err)
	}
	back := filepath.Join(t.TempDir(), "back")
	if c, err := Restore(t.Context(), dest, back); err != nil || c != got {
		t.Errorf("restored %+v, %v, want %+v", c, err, got)
	}
	if _, err := Restore(t.Context(), dest, back); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("restore over a data folder: %v", err)
	}
	if _, err := Restore(t.Context(), filepath.Join(dest, "nowhere"), t.TempDir()); err == nil {
		t.Error("a folder that is not there was restored")
	}
	restored := open(t, Options{Folder: back})
	if ok, err := restored.CheckPassword(t.Context(), "anna", "correct horse"); !ok || err != nil {
		t.Errorf("sign-in after a restore: %v, %v", ok, err)
	}
	if err := os.WriteFile(filepath.Join(dest, Name), []byte("SQLite format 3\x00 broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(t.Context(), dest); err == nil {
		t.Error("a broken backup passes the check")
	}
}

func TestSecretsAndSessions(t *testing.T) {
	var past atomic.Int64 // nanoseconds after noon
	s := open(t, Options{Folder: t.TempDir(), Now: func() time.Time { return noon.Add(time.Duration(past.Load())) }})
	ctx := t.Context()
	if err := s.SetPassword(ctx, "anna", "short"); !errors.Is(err, ErrPassword) {
		t.Errorf("short password: %v", err)
	}
	if err := s.SetPassword(ctx, "anna", "correct horse"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		agent    acd.AgentID
		password string
		want     bool
	}{
		{"anna", "correct horse", true},
		{"anna", "correct hors", false},
		{"anna", "", false},
		{"bob", "correct horse", false},
		{"bob", "", false},
		{"anna", strings.Repeat("x", 10_000), false},
	} {
		if got, err := s.CheckPassword(ctx, c.agent, c.password); got != c.want || err != nil {
			t.Errorf("%s %q: %v, %v", c.agent, c.password[:min(20, len(c.password))], got, err)
		}
	}
	token, err := s.StartSession(ctx, "anna", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if who, ok, err := s.Session(ctx, token); who != "anna" || !ok || err != nil {
		t.Errorf("session: %v %v %v", who, ok, err)
	}
	if n := count(t, s, `SELECT count(*) FROM sessions WHERE token = ?`, token); n != 0 {
		t.Error("the token itself is in the database")
	}
	past.Add(int64(time.Hour))
	if _, ok, _ := s.Session(ctx, token); ok {
		t.Error("a session outlives its life")
	}
	token, err = s.StartSession(ctx, "anna", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, `SELECT count(*) FROM sessions`); n != 1 {
		t.Errorf("%d sessions, the old one should be swept", n)
	}
	if err := s.SetPassword(ctx, "anna", "another horse"); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := s.Session(ctx, token); ok {
		t.Error("a session outlives a new password")
	}
	// RFC 2617, section 3.5, has the same user, realm and password.
	if err := s.SetPhoneSecret(ctx, "Mufasa", "testrealm@host.com", "Circle Of Life"); err != nil {
		t.Fatal(err)
	}
	if ha1, err := s.PhoneHA1(ctx, "Mufasa", "testrealm@host.com"); ha1 != "939e7578ed9e3c518a452acee763bce9" || err != nil {
		t.Errorf("HA1 %q, %v", ha1, err)
	}
	if ha1, err := s.PhoneHA1(ctx, "Mufasa", "elsewhere"); ha1 != "" || err != nil {
		t.Errorf("HA1 of another realm %q, %v", ha1, err)
	}
}

func TestMetricsAreWellFormed(t *testing.T) {
	reg := prometheus.NewRegistry()
	open(t, Options{Folder: t.TempDir(), Registerer: reg})
	families, err := reg.Gather()
	if err != nil || len(families) < 8 {
		t.Fatalf("%d families, %v", len(families), err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("promlint: %v, %v", problems, err)
	}
}
