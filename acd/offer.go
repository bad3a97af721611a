// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"slices"
	"time"
)

// BridgeLimit is how long an accepted offer may stay unbridged. The owner
// reports Bridged or BridgeFailed within milliseconds; should it ever forget,
// neither caller nor agent hangs in between.
const BridgeLimit = 10 * time.Second

// offer is one asking of one agent to take one contact.
type offer struct {
	id      OfferID
	contact *contact
	agent   *agent
	began   instant
	shared  bool // others are asked to take the contact too (rule 8)
	asked   bool // the agent is, or was; else only reserved
}

// offer asks the agent of p to take the contact. Where the queue rings all, more
// pairs of the contact may follow.
func (d *Distributor) offer(p pair) {
	c := p.contact
	if c.queue.conf.Strategy == RingAll && !c.more && c.cb == nil {
		c.more = true
		d.calling = append(d.calling, c)
	}
	d.ask(c, p.seat.agent)
}

// doneCalling: everybody free was asked who may take those whom all are asked
// to take.
func (d *Distributor) doneCalling() {
	for _, c := range d.calling {
		c.more = false
		c.queue.line.update(c)
		d.touch(c.queue)
		for _, o := range c.offers {
			o.shared = len(c.offers) > 1
		}
	}
	clear(d.calling)
	d.calling = d.calling[:0]
}

// ask asks a to take c, after the customer is reached where that comes first.
func (d *Distributor) ask(c *contact, a *agent) {
	d.lastOffer++
	o := &offer{id: d.lastOffer, contact: c, agent: a}
	d.offers[o.id] = o
	c.offers = append(c.offers, o)
	c.queue.asked(a)
	a.offer = o
	if c.cb != nil && !c.cb.reached && c.queue.conf.Callbacks.Order == CustomerFirst {
		d.dial(o)
		return
	}
	d.present(o)
}

// present rings the agent.
func (d *Distributor) present(o *offer) {
	c, a := o.contact, o.agent
	o.began, o.asked = d.now, true
	c.phase = ringing
	if c.queue.conf.Strategy == RingProgressively {
		c.more = false
		for _, other := range c.offers {
			other.shared = other.shared || len(c.offers) > 1
		}
	}
	c.ringNext = d.now.add(c.queue.conf.RingNext)
	c.asked++
	c.queue.line.update(c)
	d.touch(c.queue)
	d.rearm(c)
	ring := c.queue.conf.RingTime
	if a.ringTime > 0 {
		ring = a.ringTime
	}
	d.emit(Offer{ID: o.id, Contact: c.id, Queue: c.queue.conf.ID, Agent: a.id, Kind: c.kind, RingTime: ring})
	d.engage(a, work{
		activity: Ringing, contact: c.id, queue: c.queue.conf.ID, channel: c.kind.channel(),
		until: d.now.add(ring),
	})
}

// taken: the agent accepted. Answered it is only when bridged (rule 9).
func (d *Distributor) taken(id OfferID) {
	o := d.offers[id]
	if o == nil || o.contact.phase != ringing {
		return // too late, or said twice
	}
	c, a := o.contact, o.agent
	for _, loser := range slices.Clone(c.offers) {
		if loser != o {
			d.endOffer(loser, Elsewhere)
		}
	}
	a.misses, c.more = 0, false
	if c.cb != nil && !c.cb.reached {
		c.cb.last = o.id
		d.offerEnded(o, Taken)
		d.dial(o)
		return
	}
	c.phase = bridging
	c.queue.line.update(c)
	a.workOn(c.id).until = d.now.add(BridgeLimit)
	d.rearmAgent(a)
	d.offerEnded(o, Taken)
	d.emit(Bridge{ID: o.id, Contact: c.id, Agent: a.id})
}

// bridged: caller and agent hear each other.
func (d *Distributor) bridged(id ContactID) {
	c := d.contacts[id]
	if c == nil || c.phase != bridging && (c.phase != dialling || !c.offers[0].asked) {
		return
	}
	a := c.offers[0].agent
	if c.cb != nil {
		c.cb.last = c.offers[0].id
		if !c.cb.reached {
			c.cb.reached = true
			d.dialEnded(c.offers[0], DialReached, never)
		}
	}
	delete(d.offers, c.offers[0].id)
	c.offers, a.offer = nil, nil
	c.agent = a
	if s := a.seat(c.queue); s != nil {
		s.answered++
		s.rerank()
	}
	d.visitEnded(c, EndAnswered, a.id, "")
	d.engage(a, work{activity: Talking, contact: c.id, queue: c.queue.conf.ID, channel: c.kind.channel(), until: never})
}

// bridgeFailed: the leg of the agent who accepted died before the bridge.
func (d *Distributor) bridgeFailed(ev BridgeFailed) {
	c := d.contacts[ev.Contact]
	switch {
	case c == nil || len(c.offers) == 0 || c.offers[0].id != ev.Offer || !c.offers[0].asked:
	case c.phase == bridging:
		d.endOffer(c.offers[0], Unreachable)
	case c.phase == dialling:
		d.endDial(c.offers[0], DialCancelled, Unreachable)
	}
}

// offerFailed: the agent's side ended the offer.
func (d *Distributor) offerFailed(id OfferID, how OfferEnding) {
	o := d.offers[id]
	if o == nil || o.contact.phase != ringing {
		return
	}
	switch how {
	case Refused, Busy, Missed:
	default:
		how = Unreachable
	}
	d.endOffer(o, how)
}

// ringOut: the ring time, or the time to bridge, is over.
func (d *Distributor) ringOut(o *offer) {
	how := Missed
	if o.contact.phase == bridging {
		how = Unreachable
	}
	if o.contact.phase == dialling {
		d.emit(Withdraw{ID: o.id, Contact: o.contact.id, Agent: o.agent.id, How: Unreachable})
		d.endDial(o, DialUnreachable, CallerGone)
		return
	}
	d.emit(Withdraw{ID: o.id, Contact: o.contact.id, Agent: o.agent.id, How: how})
	d.endOffer(o, how)
}

// endOffer ends an offer that did not lead to a talk, with its consequence for
// the agent (rule 10), and returns the contact to its place (rule 11).
func (d *Distributor) endOffer(o *offer, how OfferEnding) {
	c, a := o.contact, o.agent
	d.closeOffer(o, how)
	d.rest(a, c.id, d.consequence(o, how))
	d.back(c)
}

// closeOffer parts contact and agent; the contact is in line, and waiting unless
// somebody else is asked.
func (d *Distributor) closeOffer(o *offer, how OfferEnding) {
	c, a := o.contact, o.agent
	if how == CallerGone || how == Withdrawn || how == Elsewhere {
		d.emit(Withdraw{ID: o.id, Contact: c.id, Agent: a.id, How: how})
	}
	if c.phase == ringing {
		d.offerEnded(o, how)
	}
	delete(d.offers, o.id)
	a.offer = nil
	c.offers = slices.DeleteFunc(slices.Clone(c.offers), func(other *offer) bool { return other == o })
	if len(c.offers) > 0 {
		return
	}
	c.phase, c.more = waiting, false
	c.resting = c.restsUntil() > d.now
	c.queue.line.update(c)
	d.touch(c.queue)
}

// consequence is what a failed offer does to the agent, over all queues; it
// returns the status that follows. What the agent's side ended makes others
// longer idle (rule 5); the rest leaves no trace. An offer to several that nobody
// took counts as missed by none of them (rule 8).
func (d *Distributor) consequence(o *offer, how OfferEnding) standing {
	a, conf, delay := o.agent, o.contact.queue.conf, time.Duration(0)
	switch how {
	case Missed:
		if o.shared {
			break
		}
		if a.misses++; a.misses >= conf.MissedLimit && a.status == Available {
			d.idles(a)
			return standing{status: NotResponding, reason: ReasonMissed, actor: Server}
		}
		delay = conf.MissedDelay
	case Refused:
		delay = conf.RefusedDelay
	case Busy:
		delay = conf.BusyDelay
	case Unreachable:
		delay = conf.UnreachableDelay
	default:
		return a.standing
	}
	d.idles(a)
	a.notBefore = d.now.add(delay)
	return a.standing
}

func (d *Distributor) offerEnded(o *offer, how OfferEnding) {
	d.emit(OfferEnded{
		ID: o.id, Contact: o.contact.id, Queue: o.contact.queue.conf.ID, Agent: o.agent.id,
		How: how, Began: d.time(o.began),
	})
}
