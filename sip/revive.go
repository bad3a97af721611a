// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"tandem/call"
)

// This file brings the legs of a former process back: their dialogs are plain
// values that the journal keeps, their RTP ports are bound again, and a
// re-INVITE asks the far end whether it is still there.

const (
	// reviveGap is what our CSeq skips, so that it is above whatever the former
	// process used and did not keep any more.
	reviveGap = 100
	// reviveLimit is how long the far end may take to answer.
	reviveLimit = 4 * time.Second
)

// keptLeg is a leg as the journal has it.
type keptLeg struct {
	ID       call.LegID   `json:"id"`
	Tag      string       `json:"tag"`
	Party    call.Party   `json:"party"`
	Agent    call.AgentID `json:"agent,omitempty"`
	Instance string       `json:"instance,omitempty"`
	Trunk    string       `json:"trunk,omitempty"`
	// The INVITE that made an inbound leg.
	Branch  string     `json:"branch,omitempty"`
	FromTag string     `json:"fromTag,omitempty"`
	Seq     uint32     `json:"seq,omitempty"`
	Source  netip.Addr `json:"source,omitzero"`
	Dialog  dialog     `json:"dialog"`
}

// Keep satisfies call.Keeper. It is nil before the answer, and for a browser,
// which comes back by itself.
func (l *leg) Keep() []byte {
	if text := l.kept.Load(); text != nil {
		return *text
	}
	return nil
}

// save makes what Keep returns, and says so to the call when it has changed. An
// RemoteSeq that is behind does no harm, nor does a LocalSeq by less than
// reviveGap.
func (l *leg) save() {
	d := &l.dialog
	if l.page || l.over || !l.opened ||
		l.savedAt == savePoint(d) && string(l.savedLocal) == string(d.LocalSDP) && string(l.savedRemote) == string(d.RemoteSDP) {
		return
	}
	l.savedAt, l.savedLocal, l.savedRemote = savePoint(d), d.LocalSDP, d.RemoteSDP
	k := keptLeg{
		ID: l.id, Tag: l.tag, Party: l.remote, Agent: l.agent, Instance: l.instance,
		Branch: l.origin.branch, FromTag: l.origin.fromTag, Seq: l.origin.seq, Source: l.origin.addr, Dialog: *d,
	}
	if l.trunk != nil {
		k.Trunk = l.trunk.Name
	}
	text, err := json.Marshal(k)
	if err != nil {
		l.log.Error("leg not kept", "err", err)
		return
	}
	if l.kept.Swap(&text) != nil {
		l.post(call.Changed{})
	}
}

// savedPoint is what of a dialog is worth keeping anew.
type savedPoint struct {
	target   string
	flow     flow
	localSeq uint32
}

func savePoint(d *dialog) savedPoint { return savedPoint{d.Target, d.Flow, d.LocalSeq} }

// Revive satisfies call.Reviver: it makes a leg of what Keep returned in a former
// process. Its RTP port is bound when it returns; Answered follows when the far
// end has answered a re-INVITE, else Ended with CauseServerRestart. It may be
// called before Run. ctx bounds the life of an outbound leg.
func (s *Server) Revive(ctx context.Context, kept []byte) (call.Leg, error) {
	var k keptLeg
	if err := json.Unmarshal(kept, &k); err != nil {
		return nil, fmt.Errorf("revive a leg: %w", err)
	}
	if s.endpoints.Reopen == nil {
		return nil, fmt.Errorf("revive leg %s: %w", k.ID, call.ErrUnreachable)
	}
	endpoint, local, err := s.endpoints.Reopen(k.Dialog.Flow.Remote.Addr(), k.Dialog.LocalSDP, k.Dialog.RemoteSDP)
	if err != nil {
		return nil, fmt.Errorf("revive leg %s: %w", k.ID, err)
	}
	l := s.newLeg(k.Tag, k.Dialog.SIPCallID, k.Party)
	l.id, l.agent, l.instance, l.endpoint = k.ID, k.Agent, k.Instance, endpoint
	l.log = s.log.With("leg", l.id, "sip_call_id", l.sipCallID)
	l.origin = origin{opening: opening{sipCallID: l.sipCallID, fromTag: k.FromTag, seq: k.Seq}, branch: k.Branch, addr: k.Source}
	for _, t := range s.trunks() {
		if t.Name == k.Trunk && k.Trunk != "" {
			l.trunk = t
			l.endpoint = withCodecs(endpoint, t.Codecs)
		}
	}
	l.dialog, l.opened, l.reviving = k.Dialog, true, true
	l.dialog.LocalSDP = local
	l.dialog.LocalSeq += reviveGap
	l.dialog.Updates = false // the session is offered anew, which takes an INVITE
	if l.dialog.Timer.Interval == 0 {
		l.dialog.Timer = sessionTimer{Interval: s.options().SessionExpires, Ours: true}
	}
	l.abandon = func() {}
	l.save() // a crash before the answer must not use the same CSeq again
	if !s.start(l, func() { l.revive(ctx) }) {
		endpoint.Close()
		return nil, fmt.Errorf("revive leg %s: the server has no room: %w", k.ID, call.ErrUnreachable)
	}
	return l, nil
}

// revive is the story of a leg of a former process.
func (l *leg) revive(ctx context.Context) {
	select {
	case <-l.server.serving:
	case <-l.server.quit:
		l.end(call.CauseDrainForced)
		return
	}
	l.expireAt = time.Now().Add(reviveLimit)
	if err := l.refreshSession(ctx); err != nil {
		l.log.Info("far end not asked", "err", err)
		l.end(call.CauseServerRestart)
		return
	}
	l.live(ctx)
}

// revived: the far end is still there.
func (l *leg) revived() {
	if l.reviving && !l.over {
		l.reviving = false
		l.log.Info("leg goes on after a restart")
		l.post(call.Answered{})
	}
}

// lost is why a leg ends whose far end does not answer within the dialog.
func (l *leg) lost() call.Cause {
	if l.reviving {
		return call.CauseServerRestart
	}
	return call.CauseMediaLost
}
