// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// message is a request on its way to a leg. tx is nil for an ACK.
type message struct {
	req    *sip.Request
	tx     *sip.ServerTx
	source netip.AddrPort
}

// opening names an INVITE for the detection of copies that came another way
// (RFC 3261, section 8.2.2.2).
type opening struct {
	sipCallID, fromTag string
	seq                uint32
}

// origin is the INVITE that made an inbound leg.
type origin struct {
	opening
	branch string
	addr   netip.Addr // it came from
}

// legs is the table of the legs that exist, by the tag of our own side.
type legs struct {
	mu       sync.Mutex // guards the rest
	byTag    map[string]*leg
	openings map[opening]*leg // by the INVITE that made them
	inbound  int
	closed   bool
	empty    chan struct{} // closed once closed is set and no leg is left
}

func newLegs() *legs {
	return &legs{byTag: map[string]*leg{}, openings: map[opening]*leg{}, empty: make(chan struct{})}
}

// add takes a leg in, unless the server is closing or has as many callers as
// most allows.
func (t *legs) add(l *leg, most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || l.inbound() && t.inbound >= most {
		return false
	}
	t.byTag[l.tag] = l
	if l.inbound() {
		t.inbound++
		t.openings[l.origin.opening] = l
	}
	return true
}

func (t *legs) remove(l *leg) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byTag, l.tag)
	if l.inbound() {
		t.inbound--
		delete(t.openings, l.origin.opening)
	}
	if t.closed && len(t.byTag) == 0 {
		t.shut()
	}
}

func (t *legs) find(tag string) *leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byTag[tag]
}

// openedBy is the leg that an INVITE has made, or nil.
func (t *legs) openedBy(o opening) *leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.openings[o]
}

// of returns the legs to the devices of an agent.
func (t *legs) of(agent call.AgentID) []*leg {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []*leg
	for _, l := range t.byTag {
		if l.agent == agent && agent != "" {
			found = append(found, l)
		}
	}
	return found
}

func (t *legs) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byTag)
}

// close refuses further legs.
func (t *legs) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if len(t.byTag) == 0 {
		t.shut()
	}
}

func (t *legs) shut() {
	select {
	case <-t.empty:
	default:
		close(t.empty)
	}
}

// wait says whether all legs have gone within the time given. Only after close.
func (t *legs) wait(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-t.empty:
		return true
	case <-timer.C:
		return false
	}
}

// toDialog hands a request to the leg whose dialog it names (RFC 3261, section
// 12.2.2) and says whether there is one.
func (s *Server) toDialog(m message) bool {
	ours, _ := m.req.To().Params.Get("tag")
	l := s.legs.find(ours)
	if l == nil || l.sipCallID != m.req.CallID().Value() {
		return false
	}
	taken, open := l.mail.put(m)
	if open && !taken && m.tx != nil {
		s.rejectBusy(m.req, m.tx)
	}
	return open
}

// put leaves a message for the leg's goroutine: taken says whether there was
// room, open whether anybody will look.
func (b *mailbox) put(m message) (taken, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.shut {
		return false, false
	}
	select {
	case b.messages <- m:
		return true, true
	default:
		return false, true
	}
}

// close lets nothing more in; what is in it nobody will look at.
func (b *mailbox) close() {
	b.mu.Lock()
	b.shut = true
	b.mu.Unlock()
	close(b.messages)
	close(b.done)
}
