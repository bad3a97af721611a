// SPDX-License-Identifier: Apache-2.0

package web

import (
	"slices"
	"testing"
	"time"

	"tandem/call"
)

func (p *phones) signedOut() []call.AgentID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.out)
}

func TestSIPSocketEndsWithItsSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	anna, sue := h.signedIn("anna"), h.signedIn("sue")
	ticket := anna.ticket("p")
	sue.ticket("q")
	// A password set by a tool ends the sessions behind the server's back.
	if err := h.store.SetPassword(t.Context(), "anna", "another horse"); err != nil {
		t.Fatal(err)
	}
	late, look := time.After(3*sessionGap), time.NewTicker(sessionGap/50)
	defer look.Stop()
	for len(h.phones.signedOut()) == 0 {
		select {
		case <-late:
			t.Fatal("the SIP socket outlives its session")
		case <-look.C:
		}
	}
	if out := h.phones.signedOut(); !slices.Equal(out, []call.AgentID{"anna"}) {
		t.Errorf("signed out: %v", out)
	}
	if status, _ := h.open(ticket); status != 403 {
		t.Errorf("a ticket of the session that is over: %d", status)
	}
}

func TestNewSessionEndsTheSocketOfOneThatIsOver(t *testing.T) {
	h := newHouse(t)
	h.signedIn("anna").ticket("p")
	again := h.signedIn("anna") // sets the password anew
	ticket := again.ticket("p")
	if out := h.phones.signedOut(); !slices.Equal(out, []call.AgentID{"anna"}) {
		t.Errorf("signed out: %v", out)
	}
	if status, _ := h.open(ticket); status != 200 {
		t.Errorf("the new session's ticket: %d", status)
	}
	again.ticket("r") // the same session in another page
	if out := h.phones.signedOut(); len(out) != 1 {
		t.Errorf("signed out: %v", out)
	}
}
