// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/acd"
	"tandem/call"
	"tandem/store"
)

const password = "correct horse"

// house is a web server on a loopback port with the real desk and the real
// store behind it.
type house struct {
	t      *testing.T
	server *Server
	desk   *call.Desk
	store  *store.Store
	stage  *stage
	phones *phones
	reg    *prometheus.Registry
	log    *logBuffer
	url    string
	past   atomic.Int64 // nanoseconds added to the clock of store and web
}

// stage shows the desk's snapshot, or one that a test has put up.
type stage struct {
	*call.Desk
	mu      sync.Mutex
	shown   *call.Snapshot
	changed chan struct{}
}

func (s *stage) Snapshot() *call.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown != nil {
		return s.shown
	}
	return s.Desk.Snapshot()
}

func (s *stage) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown != nil {
		return s.changed
	}
	return s.Desk.Changed()
}

// show puts a snapshot up. The first one is seen by streams when the desk next
// publishes, later ones at once.
func (s *stage) show(snap *call.Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.changed
	s.shown, s.changed = snap, make(chan struct{})
	if old != nil {
		close(old)
	}
}

// phones stands for the SIP side: it opens no socket, it says who may.
type phones struct {
	mu  sync.Mutex
	out []call.AgentID
}

func (p *phones) WSHandler(authenticate func(*http.Request) (call.AgentID, string, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent, page, err := authenticate(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		fmt.Fprintf(w, "%s %s", agent, page)
	})
}

func (p *phones) SignOut(agent call.AgentID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out = append(p.out, agent)
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newHouse(t *testing.T, change ...func(*Options, *Deps)) *house {
	t.Helper()
	h := &house{t: t, reg: prometheus.NewRegistry(), log: &logBuffer{}, phones: &phones{}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	now := func() time.Time { return time.Now().Add(time.Duration(h.past.Load())) }
	var err error
	h.store, err = store.Open(t.Context(), store.Options{Folder: t.TempDir(), Registerer: h.reg, Log: log, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.store.Close() })
	queues := []acd.Queue{{ID: "support"}, {ID: "billing"}}
	members := []acd.Membership{{Queue: "support"}}
	h.desk = call.NewDesk(call.Desks{Queues: queues, Statuses: []acd.Status{"break"}, Records: h.store,
		Agents:  []acd.Agent{{ID: "anna", Queues: members}, {ID: "bob", Queues: members}},
		Metrics: call.NewMetrics(h.reg, queues), Log: log})
	h.stage = &stage{Desk: h.desk}
	o := Options{Address: "127.0.0.1:0", PublicNames: []string{"desk.example"}}
	d := Deps{Floor: h.stage, Intents: h.desk, CallIntents: h.desk, Deeds: h.desk, Callbacks: h.desk, Secrets: h.store, Sessions: h.store, History: h.store,
		Tally: h.store, Phones: h.phones, Version: "1.2.3", DataFolder: t.TempDir(), Log: log, Now: now,
		Registerer: h.reg, Gatherer: h.reg,
		House: House{Queues: []Queue{{ID: "support", Name: Text{En: "Support", Zh: "支持"}, Goal: 80, Zone: time.UTC},
			{ID: "billing", Name: Text{En: "Billing", Zh: "账单"}, Goal: 80, Zone: time.UTC}},
			Agents: []Agent{
				{ID: "anna", Name: "Anna Müller", Role: RoleAgent, Device: DeviceBrowser, Queues: []acd.QueueID{"support"}},
				{ID: "bob", Name: "Bob", Role: RoleAgent, Device: DevicePhone, Queues: []acd.QueueID{"support"}},
				{ID: "sue", Name: "Sue", Role: RoleSupervisor, Device: DeviceBrowser}},
			Reasons:      []Reason{{Named: Named{ID: "break", Name: Text{En: "Break", Zh: "小休"}}, Limit: 15 * time.Minute}},
			Dispositions: []Named{{ID: "fixed", Name: Text{En: "Fixed", Zh: "已解决"}}}}}
	for _, f := range change {
		f(&o, &d)
	}
	if h.server, err = New(o, d); err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if h.server.cert != nil {
		scheme = "https://"
	}
	h.url = scheme + h.server.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { h.desk.Run(ctx) })
	wg.Go(func() {
		if err := h.server.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return h
}

// person is one browser.
type person struct {
	h    *house
	http *http.Client
}

// somebody opens a browser that nobody is signed in with.
func (h *house) somebody() *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if h.server.cert != nil {
		transport.TLSClientConfig = trusting(h.server)
	}
	h.t.Cleanup(transport.CloseIdleConnections)
	return &person{h: h, http: &http.Client{Jar: jar, Transport: transport}}
}

// signedIn opens a browser and signs an agent in.
func (h *house) signedIn(agent string) *person {
	h.t.Helper()
	if err := h.store.SetPassword(h.t.Context(), acd.AgentID(agent), password); err != nil {
		h.t.Fatal(err)
	}
	p := h.somebody()
	if status, body := p.ask("POST", "/api/v1/session", map[string]string{"name": agent, "password": password}); status != 200 {
		h.t.Fatalf("sign in %s: %d %s", agent, status, body)
	}
	return p
}

// request makes one as our pages do.
func (p *person) request(method, path string, body any) *http.Request {
	p.h.t.Helper()
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			p.h.t.Fatal(err)
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(p.h.t.Context(), method, p.h.url+path, in)
	if err != nil {
		p.h.t.Fatal(err)
	}
	r.Header.Set("X-Requested-By", "tandem")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (p *person) send(r *http.Request) (*http.Response, string) {
	p.h.t.Helper()
	resp, err := p.http.Do(r)
	if err != nil {
		p.h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.h.t.Fatal(err)
	}
	return resp, string(text)
}

// ask sends a request and returns status and body.
func (p *person) ask(method, path string, body any) (int, string) {
	p.h.t.Helper()
	resp, text := p.send(p.request(method, path, body))
	return resp.StatusCode, text
}

// want asks and checks the status.
func (p *person) want(status int, method, path string, body any) string {
	p.h.t.Helper()
	got, text := p.ask(method, path, body)
	if got != status {
		p.h.t.Errorf("%s %s: %d %s, want %d", method, path, got, text, status)
	}
	return text
}

// get reads JSON.
func get[T any](p *person, path string) (v T) {
	p.h.t.Helper()
	text := p.want(200, "GET", path, nil)
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		p.h.t.Fatalf("GET %s: %v in %s", path, err, text)
	}
	return v
}

// status waits until the desk shows an agent's status.
func (h *house) status(agent acd.AgentID, want acd.Status) {
	h.t.Helper()
	late := time.After(5 * time.Second)
	for {
		changed := h.stage.Changed()
		snap := h.stage.Snapshot()
		for _, a := range snap.Agents {
			if a.Agent == agent && a.Status == want {
				return
			}
		}
		select {
		case <-changed:
		case <-late:
			h.t.Fatalf("%s is not %s: %+v", agent, want, snap.Agents)
		}
	}
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %s", part, text)
		}
	}
}
