// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bufio"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/call"
)

// deskJSON and floorJSON read what pages get, as pages do.
type (
	deskJSON struct {
		Now                                     time.Time
		Page, Status, Reason, Actor, NextStatus string
		Activity, Device                        string
		Offer                                   uint64
		StatusSince                             time.Time
		Call                                    *cardJSON
		Last                                    *struct{ How, Name, Number, Queue string }
		Queues                                  []struct {
			ID                           string
			Waiting, SignedIn, Available int
		}
	}
	cardJSON struct {
		ID, Name, Number, Queue, EndedBy string
		MenuPath                         []string
		HeldSeconds                      float64
		Bridged                          *time.Time
	}
	numbersJSON struct {
		Offered, Answered, Abandoned, ShortAbandoned, AnsweredWithin, Waiting int
		ServiceLevel, AverageAnswerSeconds                                    *float64
		FlowOuts, Refused                                                     map[string]int
	}
	floorJSON struct {
		Now    time.Time
		Queues []struct {
			ID            string
			Waiting       int
			Today, Last30 numbersJSON
			Contacts      []struct {
				ID, Name, Number string
				Position         int
			}
		}
		Agents   []struct{ ID, Status, Activity string }
		Formulas map[string]Text
	}
)

type event struct {
	name string
	data string
}

// listen opens the live events of a page.
func (p *person) listen(query string) <-chan event {
	p.h.t.Helper()
	r := p.request("GET", "/api/v1/live"+query, nil)
	resp, err := p.http.Do(r)
	if err != nil {
		p.h.t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		p.h.t.Fatalf("live: %s", resp.Status)
	}
	p.h.t.Cleanup(func() { resp.Body.Close() })
	out := make(chan event, 256)
	go func() {
		defer close(out)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		var e event
		for lines.Scan() {
			switch line := lines.Text(); {
			case strings.HasPrefix(line, "event: "):
				e.name = line[7:]
			case strings.HasPrefix(line, "data: "):
				e.data = line[6:]
			case line == "":
				select {
				case out <- e:
				default: // nobody looks any more
				}
			}
		}
	}()
	return out
}

// next waits for an event of one kind for which ok holds.
func next[T any](t *testing.T, events <-chan event, name string, limit time.Duration, ok func(T) bool) T {
	t.Helper()
	late := time.After(limit)
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the stream ended before a %s", name)
			}
			var v T
			if e.name == name {
				if err := json.Unmarshal([]byte(e.data), &v); err != nil {
					t.Fatalf("%s: %v in %s", name, err, e.data)
				}
				if ok(v) {
					return v
				}
			}
		case <-late:
			t.Fatalf("no such %s within %v", name, limit)
		}
	}
}

func TestChangesArePushedWithinASecond(t *testing.T) {
	h := newHouse(t)
	anna, sue := h.signedIn("anna"), h.signedIn("sue")
	mine, board := anna.listen("?page=p1&floor=off"), sue.listen("")
	next(t, mine, "desk", time.Second, func(d deskJSON) bool { return d.Status == "offline" })
	next(t, board, "floor", time.Second, func(f floorJSON) bool { return len(f.Agents) == 2 && f.Formulas["serviceLevel"].Zh != "" })
	anna.want(204, "POST", "/api/v1/desk/status", map[string]string{"status": "available"})
	d := next(t, mine, "desk", time.Second, func(d deskJSON) bool { return d.Status == "available" })
	if d.Actor != "anna" || d.StatusSince.IsZero() || d.Now.Before(d.StatusSince.Add(-time.Second)) || d.Queues[0].Available != 1 {
		t.Errorf("desk: %+v", d)
	}
	next(t, board, "floor", time.Second, func(f floorJSON) bool { return f.Agents[0].Status == "available" })
	next(t, mine, "ping", 3*time.Second, func(p struct{ Now time.Time }) bool { return !p.Now.IsZero() })
	anna.want(204, "DELETE", "/api/v1/session", nil)
	late := time.After(time.Second)
	for open := true; open; {
		select {
		case _, open = <-mine:
		case <-late:
			t.Fatal("the stream outlives the session")
		}
	}
	anna.want(401, "GET", "/api/v1/live", nil)
}

func TestStreamEndsWithItsSession(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	events := anna.listen("?floor=off")
	next(t, events, "desk", time.Second, func(deskJSON) bool { return true })
	// A password set by a tool ends the sessions behind the server's back.
	if err := h.store.SetPassword(t.Context(), "anna", "another horse"); err != nil {
		t.Fatal(err)
	}
	h.past.Store(int64(sessionGap))
	anna2 := h.signedIn("anna")
	anna2.want(204, "POST", "/api/v1/desk/status", map[string]string{"status": "available"}) // wakes the stream
	late := time.After(sessionGap)
	for open := true; open; {
		select {
		case _, open = <-events:
		case <-late:
			t.Fatal("the stream outlives its session")
		}
	}
}

func TestTooManyPagesAreRefused(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	for range streamsAgent {
		anna.listen("?floor=off")
	}
	anna.want(429, "GET", "/api/v1/live", nil)
}

// talking is a floor with anna talking, bob rung for one of two who wait.
func talking(now time.Time) *call.Snapshot {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	li := call.Card{Call: "c1", From: call.Party{Number: "+49301", Name: "Li Wei"}, Dialled: "1000", Queue: "support",
		Arrived: ago(time.Minute), Entered: ago(50 * time.Second), Bridged: ago(20 * time.Second), HeldBefore: 1500 * time.Millisecond,
		MenuPath: []string{"German", "Invoice"}}
	return &call.Snapshot{
		Snapshot: acd.Snapshot{At: now,
			Queues: []acd.QueueSnapshot{{Queue: "support", SignedIn: 2, Available: 2, Waiting: []acd.WaitingSnapshot{
				{Contact: "c2", Entered: ago(5 * time.Second), Position: 1, Priority: 9, Agent: "bob"},
				{Contact: "c3", Entered: ago(40 * time.Minute), Position: 2}}}, {Queue: "billing"}},
			Agents: []acd.AgentSnapshot{
				{Agent: "anna", Status: acd.Available, Activity: acd.Talking, Contact: "c1", Queue: "support", StatusSince: ago(time.Hour)},
				{Agent: "bob", Status: acd.Available, Activity: acd.Ringing, Contact: "c2", Queue: "support", Until: now.Add(time.Second)}}},
		Cards: map[acd.ContactID]call.Card{"c1": li,
			"c2": {Call: "c2", From: call.Party{Number: "+49302"}, Queue: "support"},
			"c3": {Call: "c3", From: call.Party{Number: "+49303", Name: "Chen"}, Queue: "support"}},
		Desks: map[call.AgentID]call.DeskView{"anna": {}, "bob": {Offer: 7, Last: &call.OfferView{Offer: 6, How: acd.Missed, Card: li}}},
	}
}

func TestDeskShowsTheCallersStory(t *testing.T) {
	h := newHouse(t)
	h.stage.show(talking(time.Now()))
	anna, bob := h.signedIn("anna"), h.signedIn("bob")
	d := get[deskJSON](anna, "/api/v1/desk")
	if d.Activity != "talking" || d.Call == nil || d.Call.Name != "Li Wei" || d.Call.HeldSeconds != 1.5 || d.Call.Bridged == nil ||
		!slices.Equal(d.Call.MenuPath, []string{"German", "Invoice"}) || d.Queues[0].Waiting != 2 {
		t.Errorf("anna: %+v, %+v", d, d.Call)
	}
	d = get[deskJSON](bob, "/api/v1/desk")
	if d.Offer != 7 || d.Call == nil || d.Call.Number != "+49302" || d.Call.MenuPath == nil || d.Call.Bridged != nil ||
		d.Last == nil || d.Last.How != "missed" || d.Last.Name != "Li Wei" || d.Device != "phone" {
		t.Errorf("bob: %+v, %+v, %+v", d, d.Call, d.Last)
	}
	text := anna.want(200, "GET", "/api/v1/desk", nil)
	contains(t, text, `"heldSince":null`, `"until":null`, `"last":null`, `"nextStatus":""`)
	if !strings.Contains(text, `.`) || strings.Contains(text, "0001-01-01") {
		t.Errorf("times: %s", text)
	}
}

func TestWallboardCountsTheDay(t *testing.T) {
	h := newHouse(t)
	now := time.Now()
	h.stage.show(talking(now))
	keep := func(entered time.Time, wait time.Duration, ending acd.Ending) {
		h.store.Keep(call.QueueVisit{Call: "c", VisitEnded: acd.VisitEnded{Contact: "k", Queue: "support",
			Entered: entered, Ended: entered.Add(wait), Ending: ending}})
	}
	for range 3 {
		keep(now.Add(-time.Minute), 20*time.Second, acd.EndAnswered)
	}
	keep(now.Add(-time.Minute), 21*time.Second, acd.EndAnswered)
	keep(now.Add(-time.Minute), time.Second, acd.EndAbandoned)
	keep(now.Add(-time.Minute), 9*time.Second, acd.EndExitKey)
	keep(now.Add(-time.Minute), 0, acd.RefusedFull)
	keep(now.Add(-31*time.Minute), time.Second, acd.EndAnswered)
	keep(now.Add(-25*time.Hour), time.Second, acd.EndAnswered)
	sue, anna := h.signedIn("sue"), h.signedIn("anna")
	f := get[floorJSON](sue, "/api/v1/floor")
	last := f.Queues[0].Last30
	if last.Offered != 7 || last.Answered != 4 || last.AnsweredWithin != 3 || last.Abandoned != 1 || last.ShortAbandoned != 1 ||
		last.Waiting != 1 || last.FlowOuts["exitKey"] != 1 || last.Refused["full"] != 1 {
		t.Errorf("last 30 minutes: %+v", last)
	}
	if last.ServiceLevel == nil || *last.ServiceLevel != 60 || *last.AverageAnswerSeconds != 20.25 {
		t.Errorf("service level %v, average %v", last.ServiceLevel, last.AverageAnswerSeconds)
	}
	if empty := f.Queues[1].Today; empty.ServiceLevel != nil || empty.AverageAnswerSeconds != nil || empty.FlowOuts == nil {
		t.Errorf("a queue without data: %+v", empty)
	}
	if f.Queues[0].Contacts[1].Name != "Chen" || f.Queues[0].Contacts[0].Number != "+49302" {
		t.Errorf("a supervisor sees %+v", f.Queues[0].Contacts)
	}
	f = get[floorJSON](anna, "/api/v1/floor")
	if c := f.Queues[0].Contacts; len(c) != 2 || c[1].Name != "" || c[0].Number != "" {
		t.Errorf("an agent sees %+v", c)
	}
}

func TestTodayBeginsAtTheQueuesMidnight(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f := func(now, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := midnight(at, berlin).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", now, got, want)
		}
	}
	f("2026-11-22T23:30:00Z", "2026-11-22T23:00:00Z") // already tomorrow there
	f("2026-11-22T22:30:00Z", "2026-11-21T23:00:00Z")
	f("2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z") // the clocks went back at night
}

func TestFloorHasItsPace(t *testing.T) {
	h := newHouse(t)
	sue := h.signedIn("sue")
	h.stage.show(talking(time.Now()))
	board := sue.listen("")
	next(t, board, "floor", time.Second, func(floorJSON) bool { return true })
	stop := time.After(1100 * time.Millisecond)
	change := time.NewTicker(20 * time.Millisecond)
	defer change.Stop()
	frames := 0
	for {
		select {
		case <-stop:
			if frames < 2 || frames > 5 {
				t.Errorf("%d wallboards in 1.1 s of changes, want 2 to 5", frames)
			}
			return
		case <-change.C:
			h.stage.show(talking(time.Now()))
		case e := <-board:
			if e.name == "floor" {
				frames++
			}
		}
	}
}

func TestServerEndsItsStreams(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	events := anna.listen("")
	next(t, events, "desk", time.Second, func(deskJSON) bool { return true })
	h.server.stop.Do(func() { close(h.server.over) })
	late := time.After(time.Second)
	for open := true; open; {
		select {
		case _, open = <-events:
		case <-late:
			t.Fatal("a stream keeps the server from ending")
		}
	}
	if resp, _ := anna.send(anna.request("GET", "/healthz", nil)); resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
}
