// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tandem/call"
)

// aRehearsal has one call, in no queue.
type aRehearsal struct{}

func (aRehearsal) Rehearse(s call.Script) (string, string, error) {
	if s.Flow != "help" {
		return "", "", call.ErrUnknownFlow
	}
	return "token", "1000", nil
}

func (aRehearsal) RehearsalTrail(token string) (call.Trail, error) {
	if token != "token" {
		return call.Trail{}, call.ErrUnknownRehearsal
	}
	return call.Trail{Lines: []string{"say Welcome."}}, nil
}

func (aRehearsal) RehearsalLeave(string, string) error { return call.ErrNotWaiting }

func (aRehearsal) RehearsalAnswer(_ string, a call.Answer) error {
	if (a != call.Answer{How: "answered", Status: 200, Body: "{}"}) {
		return call.ErrNotWaiting
	}
	return nil
}

func TestRehearsalsAreForProgramsOnThisMachine(t *testing.T) {
	h := newHouse(t, func(_ *Options, d *Deps) { d.Rehearsal = aRehearsal{} })
	f := func(method, path, body, from, by string, status int, want string) {
		t.Helper()
		r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
		r.RemoteAddr = from
		r.Header.Set("X-Requested-By", by)
		w := httptest.NewRecorder()
		h.server.http.Handler.ServeHTTP(w, r)
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s from %s by %q: %d %s", method, path, from, by, w.Code, w.Body)
		}
	}
	const here = "127.0.0.1:4711"
	f("POST", "/rehearsals/", `{"flow":"help"}`, here, "tandem", http.StatusOK, `"dial":"1000"`)
	f("POST", "/rehearsals/", `{"flow":"none"}`, here, "tandem", http.StatusNotFound, "no such flow")
	f("POST", "/rehearsals/", `nonsense`, here, "tandem", http.StatusBadRequest, "")
	f("GET", "/rehearsals/token", "", "[::1]:4711", "tandem", http.StatusOK, "say Welcome.")
	f("GET", "/rehearsals/other", "", here, "tandem", http.StatusNotFound, "no such rehearsal")
	f("POST", "/rehearsals/token/leave/full", "", here, "tandem", http.StatusConflict, "waits for nothing")
	f("POST", "/rehearsals/token/answer", `{"how":"answered","status":200,"body":"{}"}`, here, "tandem", http.StatusOK, "")
	f("POST", "/rehearsals/token/answer", `{"how":"timedOut"}`, here, "tandem", http.StatusConflict, "waits for nothing")
	f("GET", "/rehearsals/token", "", "192.0.2.7:4711", "tandem", http.StatusForbidden, "this machine")
	f("GET", "/rehearsals/token", "", here, "", http.StatusForbidden, "programs")

	without := newHouse(t)
	r := httptest.NewRequest("GET", "http://localhost/rehearsals/token", nil)
	r.RemoteAddr = here
	r.Header.Set("X-Requested-By", "tandem")
	w := httptest.NewRecorder()
	without.server.http.Handler.ServeHTTP(w, r)
	if strings.Contains(w.Body.String(), "Welcome.") {
		t.Error("told without being configured:", w.Code)
	}
}
