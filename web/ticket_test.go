// SPDX-License-Identifier: Apache-2.0

package web

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

type ticketJSON struct{ URL, URI, Instance string }

func (p *person) ticket(page string) ticketJSON {
	p.h.t.Helper()
	var v ticketJSON
	text := p.want(200, "POST", "/api/v1/sip-ticket", map[string]string{"page": page})
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		p.h.t.Fatal(err)
	}
	return v
}

// open uses a ticket without any cookie, as the socket may.
func (h *house) open(t ticketJSON) (int, string) {
	h.t.Helper()
	at, err := url.Parse(t.URL)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.somebody().ask("GET", at.RequestURI(), nil)
}

func TestTicketOpensOneSocketForItsAgent(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	ticket := anna.ticket("page-1")
	if !strings.HasPrefix(ticket.URL, "ws://"+h.server.Addr().String()+"/sip?ticket=") || ticket.URI != "sip:anna@tandem" {
		t.Errorf("ticket: %+v", ticket)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(ticket.Instance) {
		t.Errorf("instance %q is no UUID", ticket.Instance)
	}
	if again := anna.ticket("page-1"); again.Instance != ticket.Instance || again.URL == ticket.URL {
		t.Errorf("the same page: %+v, then %+v", ticket, again)
	}
	if status, body := h.open(ticket); status != 200 || body != "anna page-1" {
		t.Errorf("first use: %d %s", status, body)
	}
	if status, _ := h.open(ticket); status != 403 {
		t.Errorf("second use: %d", status)
	}
	if status, _ := h.open(ticketJSON{URL: "/sip"}); status != 403 {
		t.Errorf("no ticket: %d", status)
	}
	secret := ticket.URL[strings.Index(ticket.URL, "=")+1:]
	if strings.Contains(h.log.String(), secret) {
		t.Error("a ticket is in the log")
	}
}

func TestTicketEnds(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	late := anna.ticket("p")
	h.past.Store(int64(ticketLife - time.Second))
	inTime := anna.ticket("p")
	h.past.Store(int64(ticketLife))
	if status, _ := h.open(late); status != 403 {
		t.Errorf("after 30 s: %d", status)
	}
	if status, _ := h.open(inTime); status != 200 {
		t.Errorf("after 1 s: %d", status)
	}
	kept := anna.ticket("p")
	for range ticketsPerAgent {
		anna.ticket("p")
	}
	if status, _ := h.open(kept); status != 403 {
		t.Error("an agent may hold any number of tickets")
	}
	last := anna.ticket("p")
	anna.want(204, "DELETE", "/api/v1/session", nil)
	if status, _ := h.open(last); status != 403 {
		t.Errorf("after sign-out: %d", status)
	}
	if n := len(h.server.tickets.who); n != 0 {
		t.Errorf("%d tickets left", n)
	}
}

func TestNewestPageHasTheDesk(t *testing.T) {
	h := newHouse(t)
	anna := h.signedIn("anna")
	first, second := anna.listen("?page=a&floor=off"), anna.listen("?page=b&floor=off")
	old := anna.ticket("a")
	next(t, first, "desk", time.Second, func(d deskJSON) bool { return d.Page == "a" })
	anna.ticket("b")
	next(t, first, "desk", time.Second, func(d deskJSON) bool { return d.Page == "b" })
	next(t, second, "desk", time.Second, func(d deskJSON) bool { return d.Page == "b" })
	if status, _ := h.open(old); status != 403 {
		t.Errorf("the old page's ticket after the move: %d", status)
	}
	anna.ticket("a") // "use it here"
	next(t, second, "desk", time.Second, func(d deskJSON) bool { return d.Page == "a" })
}

func TestPhoneAgentsGetNoTicket(t *testing.T) {
	h := newHouse(t)
	h.signedIn("bob").want(409, "POST", "/api/v1/sip-ticket", map[string]string{"page": "p"})
	h.somebody().want(401, "POST", "/api/v1/sip-ticket", map[string]string{"page": "p"})
	h.signedIn("anna").want(422, "POST", "/api/v1/sip-ticket", map[string]string{"page": "a\r\nb"})
}
