// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// restarted puts the floor in order that the journal gave back: every device is
// away until it shows up, and contacts whose call is not among those that can go
// on are gone. Places, statuses, wrap-ups and counters are as they were; all
// clocks ran on (rule 25).
func (d *Desk) restarted() {
	alive := map[acd.ContactID]bool{}
	for _, k := range d.cfg.Recovered.Calls {
		contact := acd.ContactID(k.Call)
		alive[contact] = k.Place != PlaceWrapUp
		if k.Place != PlaceMenu {
			d.lines[contact] = &line{card: k.Card, language: k.Language}
		}
	}
	d.apply(acd.Restarted{})
	floor := d.acd.Snapshot(d.clock.Now())
	d.notYetTalking(floor)
	for _, q := range floor.Queues {
		for _, w := range q.Waiting {
			if w.Kind != acd.KindCallback && !alive[w.Contact] {
				d.apply(acd.ContactLeft{Contact: w.Contact, Ending: acd.EndSystemError})
			}
		}
	}
	for _, a := range floor.Agents {
		if s := d.seats[a.Agent]; s != nil {
			s.contact, s.activity = a.Contact, a.Activity
		}
		for _, w := range a.Works {
			if (w.Activity == acd.Talking || w.Activity == acd.OnHold) && !alive[w.Contact] {
				d.apply(acd.ContactCompleted{Contact: w.Contact})
			}
		}
	}
	for contact := range d.lines {
		if !alive[contact] {
			d.forget(contact)
		}
	}
}

// notYetTalking: whose bridge was not kept any more waits on at the old place.
func (d *Desk) notYetTalking(floor acd.Snapshot) {
	talking := map[acd.ContactID]bool{}
	for _, a := range floor.Agents {
		for _, w := range a.Works {
			talking[w.Contact] = talking[w.Contact] || w.Activity == acd.Talking || w.Activity == acd.OnHold
		}
	}
	for i := range d.cfg.Recovered.Calls {
		k := &d.cfg.Recovered.Calls[i]
		if k.Place == PlaceTalking && k.Agent != "" && !talking[acd.ContactID(k.Call)] {
			k.Place, k.Card.HeldSince = PlaceWaiting, time.Time{}
		}
	}
}

// Restored says whether the floor came back from a journal, so that nobody's
// status need be given back.
func (d *Desk) Restored() bool { return d.cfg.Recovered.ACD != nil && !d.cfg.Recovered.At.IsZero() }

// note keeps the call as it is now. A call that was not answered is not worth it.
func (c *Call) note(place Place) {
	c.place = place
	if c.desk.cfg.Journal == nil || c.answered.IsZero() && place != PlaceOver {
		return
	}
	k := Kept{
		Call: c.id, Place: place, Trunk: c.trunk, Language: c.language, Node: c.at, Vars: c.known,
		Card: c.card, Answered: c.answered, Bridged: c.bridged, Agent: c.agent,
	}
	if place != PlaceWrapUp && place != PlaceOver {
		k.Caller = keepable(c.caller)
	}
	if place == PlaceTalking {
		k.Offer, k.Other = c.took, keepable(c.other)
	}
	c.desk.cfg.Journal.Note(k)
}

// keepWay notes the caller's way through the flow.
func (c *Call) keepWay(flow *ivr.Machine, effects []ivr.Effect) {
	if c.desk.cfg.Journal == nil {
		return
	}
	for _, e := range effects {
		if _, is := e.(ivr.Entered); is {
			node, known := flow.Keep()
			c.at, c.known, c.language = string(node), known, flow.Language()
			if !c.placed { // the place that it has is worth more
				c.note(PlaceMenu)
			}
			return
		}
	}
}

// RestoreCallback puts a callback back in line that an earlier process kept,
// before any call is taken: the story goes on of one that has its place, and one
// that the journal does not know is asked for again.
func (d *Desk) RestoreCallback(ctx context.Context, id acd.ContactID, w CallbackWish) error {
	return d.ask(ctx, func() ([]acd.Event, error) {
		if d.hasContact(id) {
			d.wishes[id] = w
			defer delete(d.wishes, id)
			d.beginCallback(d.clock.Now(), acd.CallbackKept{Callback: id, Queue: w.Queue})
			return nil, nil
		}
		d.keepCallback(id, w)
		return nil, nil
	})
}

// hasContact says whether a contact has a place.
func (d *Desk) hasContact(id acd.ContactID) bool {
	for _, q := range d.acd.Snapshot(d.clock.Now()).Queues {
		for _, w := range q.Waiting {
			if w.Contact == id {
				return true
			}
		}
		for _, l := range q.Later {
			if l.Contact == id {
				return true
			}
		}
	}
	return false
}
