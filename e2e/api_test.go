// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"testing"
	"time"
)

// A person is somebody signed in at the HTTP API, without a browser: their own
// session and the live stream that pages see.
type person struct {
	t      *testing.T
	name   string
	base   string
	page   string
	client *http.Client

	mu      sync.Mutex // guards what follows
	desk    deskState
	floor   floorState
	changed chan struct{} // closed at the next frame
}

// deskState is what an agent's page sees.
type deskState struct {
	Now         time.Time
	Page        string
	Status      string
	Reason      string
	Actor       string
	StatusSince time.Time
	NextStatus  string
	Activity    string
	Device      string
	DeviceLost  bool
	Offer       json.Number
	Call        *cardState
	Last        *struct {
		How, Name, Number, Queue string
	}
	Queues []struct {
		ID                string
		Waiting, SignedIn int
	}
}

// cardState is the call on an agent's page.
type cardState struct {
	ID, Name, Number, Dialled, Queue string
	HeldSince                        *time.Time
	Ended                            *time.Time
	EndedBy                          string
	Resuming                         bool
	MenuPath                         []string
	Disposition, Notes               string
}

// floorState is the wallboard.
type floorState struct {
	Now    time.Time
	Queues []queueState
	Agents []struct {
		ID, Status, Reason, NextStatus, Activity, Queue string
	}
}

type queueState struct {
	ID                        string
	Waiting                   int
	SignedIn, Available, Free int
	Today, Last30             numbers
	Contacts                  []struct {
		ID, Name, Number string
		Position         int
		Agent            string
	}
}

// numbers are those of one queue and window.
type numbers struct {
	Offered, Answered, Abandoned, ShortAbandoned, AnsweredWithin int
	ServiceLevel                                                 *float64
	FlowOuts, Refused                                            map[string]int
	AverageAnswerSeconds                                         *float64
}

// call answers one request; it fails the story unless the status is want.
func (p *person) call(method, path string, body any, want int) []byte {
	p.t.Helper()
	status, answer, err := p.try(method, path, body)
	if err != nil {
		p.t.Fatal(err)
	}
	if status != want {
		p.t.Fatalf("%s %s as %s: status %d, want %d: %s", method, path, p.name, status, want, answer)
	}
	return answer
}

func (p *person) try(method, path string, body any) (int, []byte, error) {
	data, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	if body == nil {
		data = nil
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.base+path, bytes.NewReader(data))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Requested-By", "tandem")
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, answer, err
}

// signIn opens a session at base with name and password.
func signIn(t *testing.T, base, name, password string) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{
		t: t, name: name, base: base, page: "story-" + name,
		client: &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}, changed: make(chan struct{}),
	}
	p.call("POST", "/api/v1/session", map[string]string{"name": name, "password": password}, http.StatusOK)
	return p
}

// follow keeps the person's picture of the floor up to date until the story
// ends, coming back when the stream breaks.
func (p *person) follow() *person {
	ctx, cancel := context.WithCancel(p.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			_ = p.stream(ctx)
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	}()
	p.t.Cleanup(func() { cancel(); <-done })
	return p
}

// stream reads server-sent events until the connection ends.
func (p *person) stream(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, "GET", p.base+"/api/v1/live?page="+p.page, nil)
	if err != nil {
		return err
	}
	res, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("live: status %d", res.StatusCode)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	event, data := "", ""
	for lines.Scan() {
		line := lines.Text()
		if name, ok := strings.CutPrefix(line, "event:"); ok {
			event = strings.TrimSpace(name)
		}
		if body, ok := strings.CutPrefix(line, "data:"); ok {
			data = strings.TrimSpace(body)
		}
		if line == "" { // only now the event is whole: one that the end cuts off is none
			p.take(event, []byte(data))
			event, data = "", ""
		}
	}
	return lines.Err()
}

func (p *person) take(event string, data []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var err error
	switch event {
	case "desk":
		next := deskState{}
		err = json.Unmarshal(data, &next)
		p.desk = next
	case "floor":
		next := floorState{}
		err = json.Unmarshal(data, &next)
		p.floor = next
	default:
		return
	}
	if err != nil {
		p.t.Errorf("live event %s: %v in %s", event, err, data)
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// picture is what the person sees now.
func (p *person) picture() (deskState, floorState, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.desk, p.floor, p.changed
}

// until waits for a picture; the story fails, saying what was seen instead,
// after limit.
func (p *person) until(what string, limit time.Duration, ok func(deskState, floorState) bool) {
	p.t.Helper()
	end := time.After(limit)
	for {
		desk, floor, changed := p.picture()
		if ok(desk, floor) {
			return
		}
		select {
		case <-changed:
		case <-end:
			d, _ := json.Marshal(desk)
			f, _ := json.Marshal(floor)
			p.t.Fatalf("%s does not see %s within %s\ndesk: %s\nfloor: %s", p.name, what, limit, d, f)
		}
	}
}

// queue finds a queue on the floor.
func (f floorState) queue(id string) queueState {
	for _, q := range f.Queues {
		if q.ID == id {
			return q
		}
	}
	return queueState{}
}

// agent says status and activity of an agent on the floor.
func (f floorState) agent(id string) (status, activity string) {
	for _, a := range f.Agents {
		if a.ID == id {
			return a.Status, a.Activity
		}
	}
	return "", ""
}

// status asks for a status of one's own desk.
func (p *person) status(status string) {
	p.t.Helper()
	p.call("POST", "/api/v1/desk/status", map[string]string{"status": status}, http.StatusNoContent)
}

// force sets an agent's status as a supervisor.
func (p *person) force(agent, status string) {
	p.t.Helper()
	p.call("POST", "/api/v1/agents/"+agent+"/status", map[string]string{"status": status, "reason": "the story wants it"}, http.StatusNoContent)
}
