// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tandem/acd"
)

// Limits of what a page may send.
const (
	dispositionLimit = 64   // bytes
	notesLimit       = 8192 // bytes
)

// The messages that an agent's intents and devices send to the call the agent
// is in.
type (
	holdWanted   struct{ on bool }
	hangupWanted struct{ agent AgentID }
	deviceIsBack struct{ agent AgentID }
)

// SetStatus changes an agent's status, at once or after the work (see
// acd.StatusSet). ErrUnknownAgent, ErrBadStatus.
func (d *Desk) SetStatus(ctx context.Context, agent AgentID, status acd.Status, reason string, actor acd.Actor, force bool) error {
	if status != acd.Available && status != acd.Offline && !slices.Contains(d.plan().Statuses, status) {
		return fmt.Errorf("set status %q: %w", status, ErrBadStatus)
	}
	return d.ask(ctx, func() ([]acd.Event, error) {
		if d.seats[agent] == nil {
			return nil, ErrUnknownAgent
		}
		return []acd.Event{acd.StatusSet{Agent: agent, Status: status, Reason: reason, Actor: actor, Force: force}}, nil
	})
}

// CancelNextStatus takes back a status chosen while busy.
func (d *Desk) CancelNextStatus(ctx context.Context, agent AgentID) error {
	return d.simple(ctx, agent, acd.NextStatusCancelled{Agent: agent})
}

// FinishWrapUp ends the agent's wrap-up; ErrWrongState when there is none.
// ErrNoDisposition where the queue wants one first.
func (d *Desk) FinishWrapUp(ctx context.Context, agent AgentID) error {
	return d.ask(ctx, func() ([]acd.Event, error) {
		s := d.seats[agent]
		if s == nil {
			return nil, ErrUnknownAgent
		}
		if s.activity != acd.WrapUp {
			return nil, ErrWrongState
		}
		if l := d.lines[s.contact]; l != nil && d.plan().Disposing[l.card.Queue] && l.card.Disposition == "" {
			return nil, ErrNoDisposition
		}
		return []acd.Event{acd.WrapUpFinished{Agent: agent}}, nil
	})
}

// WantWrapUp says that the agent wants a wrap-up after the contact in hand, or no
// longer, where the queue leaves it to the agent.
func (d *Desk) WantWrapUp(ctx context.Context, agent AgentID, on bool) error {
	return d.simple(ctx, agent, acd.WrapUpWanted{Agent: agent, On: on}, acd.Talking, acd.OnHold)
}

// ExtendWrapUp prolongs it.
func (d *Desk) ExtendWrapUp(ctx context.Context, agent AgentID, by time.Duration) error {
	return d.simple(ctx, agent, acd.WrapUpExtended{Agent: agent, By: by}, acd.WrapUp)
}

// simple tells the distributor event if the agent exists and, where activities
// are named, is in one of them.
func (d *Desk) simple(ctx context.Context, agent AgentID, event acd.Event, in ...acd.Activity) error {
	return d.ask(ctx, func() ([]acd.Event, error) {
		s := d.seats[agent]
		if s == nil {
			return nil, ErrUnknownAgent
		}
		if len(in) > 0 && !slices.Contains(in, s.activity) {
			return nil, ErrWrongState
		}
		return []acd.Event{event}, nil
	})
}

// Hold puts the agent's caller on hold, or takes the caller back; ErrWrongState
// also while the agent's device is being called back.
func (d *Desk) Hold(ctx context.Context, agent AgentID, on bool) error {
	return d.toCall(ctx, agent, holdWanted{on}, acd.Talking, acd.OnHold)
}

// Hangup ends the agent's call, refuses one that rings, and ends a dialling.
func (d *Desk) Hangup(ctx context.Context, agent AgentID) error {
	return d.toCall(ctx, agent, hangupWanted{agent}, acd.Talking, acd.OnHold, acd.Ringing, acd.Dialling)
}

// toCall mails message to the call the agent works on.
func (d *Desk) toCall(ctx context.Context, agent AgentID, message any, in ...acd.Activity) error {
	return d.ask(ctx, func() ([]acd.Event, error) {
		s := d.seats[agent]
		if s == nil {
			return nil, ErrUnknownAgent
		}
		if l := d.lines[s.contact]; l == nil || l.call == nil || !slices.Contains(in, s.activity) {
			return nil, ErrWrongState
		}
		if _, hold := message.(holdWanted); hold && d.lines[s.contact].card.Resuming {
			return nil, ErrWrongState
		}
		d.mail(s.contact, message)
		return nil, nil
	})
}

// Dispose keeps what the agent notes about the call in hand or in wrap-up. It
// may be repeated; the last one holds.
func (d *Desk) Dispose(ctx context.Context, agent AgentID, id ID, disposition, notes string) error {
	if len(disposition) > dispositionLimit || len(notes) > notesLimit {
		return fmt.Errorf("keep notes: %w: at most %d bytes of notes", ErrWrongState, notesLimit)
	}
	return d.ask(ctx, func() ([]acd.Event, error) {
		s, l := d.seats[agent], d.lines[acd.ContactID(id)]
		if s == nil {
			return nil, ErrUnknownAgent
		}
		if l == nil || s.contact != acd.ContactID(id) {
			return nil, ErrWrongState
		}
		l.card.Disposition, l.card.Notes = disposition, notes
		d.dirty = true
		d.cfg.Records.Keep(CallDisposition{Call: id, Agent: agent, At: d.clock.Now(), Disposition: disposition, Notes: notes})
		return nil, nil
	})
}

// DeviceBack says that an agent's device is registered, again or anew.
func (d *Desk) DeviceBack(agent AgentID) {
	d.send(request{event: acd.DeviceBack{Agent: agent}, do: func() ([]acd.Event, error) {
		if s := d.seats[agent]; s != nil && s.contact != "" {
			d.mail(s.contact, deviceIsBack{agent})
		}
		return nil, nil
	}})
}

// DeviceLost says that an agent's last device is gone.
func (d *Desk) DeviceLost(agent AgentID) { d.tell(acd.DeviceLost{Agent: agent}) }

// Restore gives agents the statuses they had, before any call is taken. Agents
// whose device is a page have to show up within the connection's grace.
func (d *Desk) Restore(agent AgentID, status acd.Status, reason string, actor acd.Actor, needsDevice bool) {
	d.tell(acd.StatusSet{Agent: agent, Status: status, Reason: reason, Actor: actor, Force: true})
	if needsDevice {
		d.tell(acd.DeviceLost{Agent: agent})
	}
}
