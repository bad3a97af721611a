// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/call"
)

func TestSignInAndOut(t *testing.T) {
	h := newHouse(t)
	nobody := h.somebody()
	contains(t, nobody.want(401, "GET", "/api/v1/session", nil), `"status":401`, "not signed in")
	anna := h.signedIn("anna")
	contains(t, anna.want(200, "GET", "/api/v1/session", nil), `"agent":{"id":"anna","name":"Anna Müller","role":"agent"}`)
	anna.want(204, "POST", "/api/v1/desk/status", map[string]string{"status": "available"})
	h.status("anna", acd.Available)
	again := h.somebody() // a second browser, by name and in another letter case
	contains(t, again.want(200, "POST", "/api/v1/session", map[string]string{"name": "anna müller", "password": password}), `"id":"anna"`)
	anna.want(204, "DELETE", "/api/v1/session", nil)
	h.status("anna", acd.Offline)
	anna.want(401, "GET", "/api/v1/session", nil)
	again.want(401, "GET", "/api/v1/session", nil)
	if len(h.phones.out) != 1 || h.phones.out[0] != "anna" {
		t.Errorf("SIP sockets closed of %v, want anna", h.phones.out)
	}
	if strings.Contains(h.log.String(), password) {
		t.Error("a password is in the log")
	}
}

func TestSessionCookieIsKeptFromScriptsAndOtherSites(t *testing.T) {
	h := newHouse(t)
	h.signedIn("anna")
	p := h.somebody()
	resp, _ := p.send(p.request("POST", "/api/v1/session", map[string]string{"name": "anna", "password": password}))
	cookies := resp.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies: %v", resp.Header["Set-Cookie"])
	}
	c := cookies[0]
	if c.Name != "tandem" || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Secure {
		t.Errorf("cookie: %s", c.Raw)
	}
	h.past.Store(int64(defaultSessionLife)) // the session ends though the browser keeps the cookie
	p.want(401, "GET", "/api/v1/settings", nil)
}

func TestWrongNameAndWrongPasswordLookTheSame(t *testing.T) {
	h := newHouse(t)
	h.signedIn("anna")
	p := h.somebody()
	strip := func(r *http.Response) string {
		r.Header.Del("Date")
		return strings.Join([]string{r.Status, r.Header.Get("Content-Type"), r.Header.Get("Cache-Control")}, " ")
	}
	one, oneBody := p.send(p.request("POST", "/api/v1/session", map[string]string{"name": "anna", "password": "wrong one"}))
	two, twoBody := p.send(p.request("POST", "/api/v1/session", map[string]string{"name": "nobody", "password": "wrong one"}))
	if one.StatusCode != 401 || oneBody != twoBody || strip(one) != strip(two) {
		t.Errorf("%s %s\n%s %s", strip(one), oneBody, strip(two), twoBody)
	}
	contains(t, one.Header.Get("Content-Type"), "application/problem+json")
}

func TestGuessingIsLimited(t *testing.T) {
	h := newHouse(t)
	h.signedIn("anna")
	p := h.somebody()
	var last *http.Response
	for range knownBurst + 1 { // anna has signed in from here
		last, _ = p.send(p.request("POST", "/api/v1/session", map[string]string{"name": "anna", "password": "wrong one"}))
	}
	if last.StatusCode != 429 || last.Header.Get("Retry-After") == "" {
		t.Fatalf("after %d guesses: %s, Retry-After %q", knownBurst, last.Status, last.Header.Get("Retry-After"))
	}
	p.want(429, "POST", "/api/v1/session", map[string]string{"name": "anna", "password": password})
	h.past.Store(int64(knownRefill))
	p.want(200, "POST", "/api/v1/session", map[string]string{"name": "anna", "password": password})
}

func TestGateKeepsGoodSourcesOpen(t *testing.T) {
	now := time.Unix(0, 0)
	g := newGate(func() time.Time { return now })
	try := func(source, name string, ok bool) bool {
		pass, _ := g.enter(source, name)
		if pass == nil {
			return false
		}
		pass(ok)
		return true
	}
	if !try("10.0.0.1", "anna", true) {
		t.Fatal("the first sign-in is refused")
	}
	let := 0
	for i := range 100 { // from many addresses
		if try(string(rune('a'+i%26)), "anna", false) {
			let++
		}
	}
	if let != nameBurst {
		t.Errorf("%d guesses for one name, want %d", let, nameBurst)
	}
	if !try("10.0.0.1", "anna", true) {
		t.Error("anna is locked out where she has signed in before")
	}
	let = 0
	for i := range 100 { // many names from one address
		if try("10.6.6.6", string(rune('A'+i)), false) {
			let++
		}
	}
	if let != sourceBurst {
		t.Errorf("%d guesses from one address, want %d", let, sourceBurst)
	}
	for range 1000 {
		if !try("10.0.0.2", "carl", true) {
			t.Fatal("sign-ins that succeed are limited")
		}
	}
	now = now.Add(sourceRefill)
	if !try("10.6.6.6", "x", false) || try("10.6.6.6", "y", false) {
		t.Error("one more guess per refill, no more")
	}
}

func TestGateForgets(t *testing.T) {
	now := time.Unix(0, 0)
	g := newGate(func() time.Time { return now })
	for i := range bucketsMost {
		now = now.Add(time.Second)
		if pass, _ := g.enter(time.Duration(i).String(), time.Duration(i).String()); pass != nil {
			pass(false)
		}
	}
	if len(g.buckets) > bucketsMost {
		t.Errorf("%d buckets", len(g.buckets))
	}
}

func TestSignOutWhileTalkingWaitsForTheEnd(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	anna.want(204, "POST", "/api/v1/desk/status", map[string]string{"status": "available"})
	h.status("anna", acd.Available)
	snap := *h.desk.Snapshot()
	show := func(status acd.Status, activity acd.Activity) {
		next := snap
		next.Agents = append([]acd.AgentSnapshot(nil), snap.Agents...)
		for i := range next.Agents {
			if next.Agents[i].Agent == "anna" {
				next.Agents[i].Status, next.Agents[i].Activity = status, activity
			}
		}
		h.stage.show(&next)
	}
	show(acd.Available, acd.Talking)
	anna.want(202, "DELETE", "/api/v1/session", nil)
	show(acd.Available, acd.WrapUp)
	anna.want(200, "GET", "/api/v1/session", nil)
	show(acd.Offline, acd.Idle)
	late := time.Now().Add(5 * time.Second)
	for {
		if status, _ := anna.ask("GET", "/api/v1/session", nil); status == 401 {
			break
		}
		if time.Now().After(late) {
			t.Fatal("the session outlives the work")
		}
	}
}

func TestForgeryIsRefused(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	at, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	f := func(name string, want int, change func(*http.Request)) {
		t.Helper()
		r := anna.request("POST", "/api/v1/desk/status", map[string]string{"status": "available"})
		change(r)
		if resp, body := anna.send(r); resp.StatusCode != want {
			t.Errorf("%s: %s %s, want %d", name, resp.Status, body, want)
		}
	}
	bare := func(r *http.Request) { r.Header.Del("X-Requested-By") }
	f("our page", 204, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") })
	f("our page, old browser", 204, func(r *http.Request) { bare(r); r.Header.Set("Origin", h.url) })
	f("a program that says so", 204, func(*http.Request) {})
	f("a program that does not", 403, bare)
	f("a form elsewhere", 403, func(r *http.Request) { bare(r); r.Header.Set("Origin", "https://evil.example") })
	f("a script elsewhere with our header", 403, func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") })
	f("another site", 403, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	f("a neighbour site", 403, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") })
	f("a name of theirs for our address", 421, func(r *http.Request) { r.Host = "evil.example" })
	known := anna.http.Jar.Cookies(at)[0]
	f("a configured name", 204, func(r *http.Request) { r.Host = "Desk.Example:8080"; r.AddCookie(known) })
	f("localhost", 204, func(r *http.Request) { r.Host = "localhost"; r.AddCookie(known) })
	r := anna.request("GET", "/api/v1/live", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if resp, _ := anna.send(r); resp.StatusCode != 403 {
		t.Errorf("live events for another site: %s", resp.Status)
	}
}

func TestRoles(t *testing.T) {
	h := newHouse(t)
	anna, sue := h.signedIn("anna"), h.signedIn("sue")
	force := map[string]string{"status": "break", "reason": "fire drill"}
	anna.want(403, "POST", "/api/v1/agents/bob/status", force)
	anna.want(403, "POST", "/api/v1/agents/bob/sign-out", map[string]string{"reason": "x"})
	sue.want(404, "POST", "/api/v1/agents/nobody/status", force)
	sue.want(422, "POST", "/api/v1/agents/bob/status", map[string]string{"status": "asleep", "reason": ""})
	sue.want(204, "POST", "/api/v1/agents/anna/status", force)
	h.status("anna", "break")
	desk := get[deskJSON](anna, "/api/v1/desk")
	if desk.Status != "break" || desk.Reason != "fire drill" || desk.Actor != "sue" {
		t.Errorf("anna sees %+v", desk)
	}
	sue.want(204, "POST", "/api/v1/agents/anna/sign-out", map[string]string{"reason": "shift over"})
	h.status("anna", acd.Offline)
	anna.want(401, "GET", "/api/v1/desk", nil)
	sue.want(404, "POST", "/api/v1/desk/status", map[string]string{"status": "available"}) // takes no calls
	sue.want(204, "DELETE", "/api/v1/session", nil)
}

func TestIntentsAreRefusedInWrongStates(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	anna.want(409, "POST", "/api/v1/desk/hold", map[string]bool{"on": true})
	anna.want(409, "POST", "/api/v1/desk/hangup", nil)
	anna.want(409, "POST", "/api/v1/desk/wrap-up", map[string]string{"action": "finish"})
	anna.want(422, "POST", "/api/v1/desk/wrap-up", map[string]string{"action": "dance"})
	anna.want(422, "POST", "/api/v1/desk/status", map[string]string{"status": "asleep"})
	anna.want(204, "DELETE", "/api/v1/desk/next-status", nil)
	anna.want(404, "POST", "/api/v1/demo/calls", map[string]int{"count": 1})
	anna.want(413, "POST", "/api/v1/desk/status", map[string]string{"status": strings.Repeat("x", bodyBytes)})
}

func TestNotesOfACallThatIsOver(t *testing.T) {
	h := newHouse(t)
	anna, bob := h.signedIn("anna"), h.signedIn("bob")
	at := time.Now().Add(-time.Hour)
	h.store.Keep(call.CallEnded{Call: "c1", At: at.Add(90 * time.Second), Cause: call.CauseCompleted, Answered: at,
		Bridged: at.Add(30 * time.Second), Agent: "anna", Queue: "support"})
	if err := h.store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	choice := map[string]string{"disposition": "fixed", "notes": "说明 ok"}
	bob.want(404, "PUT", "/api/v1/desk/calls/c1", choice)
	anna.want(422, "PUT", "/api/v1/desk/calls/c1", map[string]string{"disposition": "unheard of", "notes": ""})
	anna.want(204, "PUT", "/api/v1/desk/calls/c1", choice)
	if err := h.store.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	recent := get[[]struct {
		ID, Disposition, Notes, Queue string
		TalkedSeconds                 float64
	}](anna, "/api/v1/desk/recent")
	if len(recent) != 1 || recent[0].Disposition != "fixed" || recent[0].Notes != "说明 ok" || recent[0].TalkedSeconds != 60 {
		t.Errorf("recent: %+v", recent)
	}
	contains(t, bob.want(200, "GET", "/api/v1/desk/recent", nil), "[]")
}

func TestDemoCalls(t *testing.T) {
	placed := 0
	h := newHouse(t, func(_ *Options, d *Deps) {
		d.DemoCalls = func(_ context.Context, n int) error { placed += n; return nil }
	})
	anna := h.signedIn("anna")
	contains(t, anna.want(200, "GET", "/api/v1/settings", nil), `"demo":true`, `"version":"1.2.3"`, `"uri":"sip:anna@tandem"`,
		`{"id":"break","name":{"en":"Break","zh":"小休"},"limitSeconds":900}`)
	anna.want(204, "POST", "/api/v1/demo/calls", map[string]int{"count": 3})
	anna.want(422, "POST", "/api/v1/demo/calls", map[string]int{"count": 21})
	if placed != 3 {
		t.Errorf("%d calls placed, want 3", placed)
	}
}
