// SPDX-License-Identifier: Apache-2.0

package web

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tandem/acd"
	"tandem/call"
)

const (
	// ticketLife is how long a ticket for the SIP socket may be used, once.
	ticketLife = 30 * time.Second
	// ticketsPerAgent may be unused at a time; the oldest goes first.
	ticketsPerAgent = 4
)

// ErrTicket says that a ticket is unknown, used, too old, or of a page that no
// longer has the desk. Which of these is told to nobody.
var ErrTicket = errors.New("ticket is not valid")

// ticket lets one page open one SIP socket. Its secret is kept as a hash only.
type ticket struct {
	hash  [sha256.Size]byte
	agent acd.AgentID
	page  string
	ends  time.Time
}

type tickets struct {
	now  func() time.Time
	mu   sync.Mutex // guards open; leaf
	open map[acd.AgentID][]ticket
	who  map[[sha256.Size]byte]acd.AgentID
}

func newTickets(now func() time.Time) *tickets {
	return &tickets{now: now, open: map[acd.AgentID][]ticket{}, who: map[[sha256.Size]byte]acd.AgentID{}}
}

// issue makes a ticket.
func (t *tickets) issue(agent acd.AgentID, page string) (secret string) {
	secret = rand.Text()
	made := ticket{hash: sha256.Sum256([]byte(secret)), agent: agent, page: page, ends: t.now().Add(ticketLife)}
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := t.open[agent]
	if len(mine) >= ticketsPerAgent {
		delete(t.who, mine[0].hash)
		mine = mine[1:]
	}
	t.open[agent] = append(mine, made)
	t.who[made.hash] = agent
	return secret
}

// redeem takes a ticket, once.
func (t *tickets) redeem(secret string) (agent acd.AgentID, page string, err error) {
	hash := sha256.Sum256([]byte(secret))
	t.mu.Lock()
	defer t.mu.Unlock()
	agent, ok := t.who[hash]
	if !ok {
		return "", "", ErrTicket
	}
	delete(t.who, hash)
	mine := t.open[agent]
	for i, found := range mine {
		if found.hash != hash {
			continue
		}
		t.open[agent] = append(mine[:i:i], mine[i+1:]...)
		if t.now().Before(found.ends) {
			return agent, found.page, nil
		}
	}
	return "", "", ErrTicket
}

// revoke takes an agent's tickets back.
func (t *tickets) revoke(agent acd.AgentID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, old := range t.open[agent] {
		delete(t.who, old.hash)
	}
	delete(t.open, agent)
}

// instanceOf makes the instance ID of a page load (RFC 5626, section 4.1): the
// same page comes back under the same one, as a UUID of version 8 (RFC 9562).
func instanceOf(agent acd.AgentID, page string) string {
	sum := sha256.Sum256([]byte(string(agent) + "\n" + page))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// sipHandler mounts SIP over WebSocket. Who opens the socket is settled by the
// ticket alone; the Origin is checked by the handler.
func (s *Server) sipHandler() http.Handler {
	return s.deps.Phones.WSHandler(func(r *http.Request) (call.AgentID, string, error) {
		agent, page, err := s.tickets.redeem(r.URL.Query().Get("ticket"))
		if err == nil && s.desks.page(agent) != page {
			err = ErrTicket // another page has the desk meanwhile
		}
		result := "ok"
		if err != nil {
			result = "refused"
		}
		s.m.tickets.WithLabelValues(result).Inc()
		return agent, page, err
	})
}

// desks remembers which page load has each agent's desk: the one that last
// asked for a ticket.
type desks struct {
	mu      sync.Mutex // guards the rest; leaf
	pages   map[acd.AgentID]string
	bearers map[acd.AgentID]string // the token of the session that the page bore
	gone    map[acd.AgentID]uint64 // how often all sessions have ended
	changed chan struct{}
}

func newDesks() *desks {
	return &desks{pages: map[acd.AgentID]string{}, bearers: map[acd.AgentID]string{}, gone: map[acd.AgentID]uint64{}, changed: make(chan struct{})}
}

func (d *desks) page(agent acd.AgentID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pages[agent]
}

// move gives the desk to a page, which bears a session's token, and says
// whether it had it not.
func (d *desks) move(agent acd.AgentID, page, token string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bearers[agent] = token
	if d.pages[agent] == page {
		return false
	}
	d.pages[agent] = page
	d.announce()
	return true
}

// leave takes the desk from every page, because the sessions have ended.
func (d *desks) leave(agent acd.AgentID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.pages, agent)
	delete(d.bearers, agent)
	d.gone[agent]++
	d.announce()
}

// bearer is the token of the session by which the agent's page has the desk, ""
// if no page has it.
func (d *desks) bearer(agent acd.AgentID) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bearers[agent]
}

// announce wakes who waits. d.mu is held.
func (d *desks) announce() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// watch returns a channel that is closed at the next move or leave, and how
// often the agent's sessions have ended.
func (d *desks) watch(agent acd.AgentID) (changed <-chan struct{}, gone uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changed, d.gone[agent]
}
