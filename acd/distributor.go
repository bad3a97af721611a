// SPDX-License-Identifier: Apache-2.0

package acd

import "time"

// Options are the queues and agents a Distributor starts with. Every agent
// starts offline and with a device; all may be changed by Configured.
type Options struct {
	Queues []Queue
	Agents []Agent
}

// A Distributor is the floor: who waits, who is free, who is asked to take
// whom. It is not safe for concurrent use: one goroutine owns it.
type Distributor struct {
	base    time.Time // of the first Apply; instants count from here
	started bool
	now     instant

	queues   map[QueueID]*queue
	agents   map[AgentID]*agent
	contacts map[ContactID]*contact
	offers   map[OfferID]*offer
	open     map[numbered]*contact // callbacks that are
	lapses   map[numbered]lapse    // places of who was cut off

	lapseOrder []lapseKey // of lapses, the first to end first, as far as the grace is the same

	queueOrder []*queue // as configured, then removed ones that still hold contacts
	agentOrder []*agent // as configured, then removed ones that still talk

	needs  map[string]*need // of contacts, by content
	skills map[string]int   // numbers, as configured

	alarms    alarms
	paused    bool // no offers are made
	lastOffer OfferID

	// What the running Apply has touched.
	out     []Effect
	dirty   []*queue   // line or free agents changed: look for pairs, set the alarm
	stood   []*contact // entered or came back: did they find an agent at once?
	calling []*contact // ring all: more agents may be asked
	telling []*contact // to be told their place
	drained bool       // a removed queue has become empty

	applies, looks uint64 // mark what was found in one Apply, in one look at a group
}

// New makes a Distributor of o. Queues and agents named twice count once;
// memberships of unknown queues are ignored.
func New(o Options) *Distributor {
	d := &Distributor{
		queues:   make(map[QueueID]*queue),
		agents:   make(map[AgentID]*agent),
		contacts: make(map[ContactID]*contact),
		offers:   make(map[OfferID]*offer),
		needs:    make(map[string]*need),
		open:     make(map[numbered]*contact),
		lapses:   make(map[numbered]lapse),
	}
	d.configure(Configured(o))
	d.dirty, d.out = nil, nil
	for _, q := range d.queueOrder {
		q.dirty = false
	}
	return d
}

// Apply records ev, which happened at now, and returns what must be done about
// it, in order. The same events at the same times give the same effects. A now
// before that of the last Apply counts as that one. Limits that are reached at
// now come before ev (rule 4). Events that no longer apply (a late answer, an
// unknown agent) change nothing.
func (d *Distributor) Apply(now time.Time, ev Event) []Effect {
	d.advance(now)
	d.out = nil
	d.expire()
	d.take(ev)
	d.expire() // a changed configuration may have made limits due
	d.match()
	d.settle()
	return d.out
}

func (d *Distributor) advance(now time.Time) {
	if !d.started {
		d.base, d.started = now.Round(0), true
	}
	d.now = max(d.now, instant(now.Sub(d.base)))
}

func (d *Distributor) take(ev Event) {
	switch ev := ev.(type) {
	case Configured:
		d.configure(ev)
	case ContactArrived:
		d.admit(ev)
	case ContactLeft:
		d.remove(ev.Contact, ev.Ending)
	case Bridged:
		d.bridged(ev.Contact)
	case BridgeFailed:
		d.bridgeFailed(ev)
	case ContactCompleted:
		d.complete(ev.Contact)
	case OfferTaken:
		d.taken(ev.Offer)
	case OfferFailed:
		d.offerFailed(ev.Offer, ev.How)
	case QueueClosed:
		d.closeQueue(ev)
	case QueueOpened:
		d.openQueue(ev)
	case Restarted:
		d.restarted()
	case OffersPaused:
		d.pauseOffers(ev.Recall)
	case OffersResumed:
		d.resumeOffers()
	case DayChanged:
		d.dayChanged(ev.Queue)
	case ContactWithdrawn:
		d.withdrawContact(ev)
	case ContactMoved:
		d.moveContact(ev)
	case PrioritySet:
		d.prioritise(ev)
	case ContactAssigned:
		d.assign(ev)
	case CallbackRequested:
		d.requestCallback(ev)
	case CustomerReached:
		d.customerReached(ev.Offer)
	case DialFailed:
		d.dialFailed(ev.Offer, ev.How)
	case MachineReached:
		d.machineReached(ev.Contact)
	case DialWindow:
		d.dialWindow(ev)
	case ContactPaused:
		d.pause(ev.Contact)
	case ContactResumed:
		d.resume(ev.Contact)
	default:
		d.takeForAgent(ev)
	}
}

func (d *Distributor) takeForAgent(ev Event) {
	switch ev := ev.(type) {
	case StatusSet:
		d.setStatus(ev)
	case NextStatusCancelled:
		d.cancelNext(ev.Agent)
	case DeviceLost:
		d.deviceLost(ev.Agent)
	case DeviceBack:
		d.deviceBack(ev.Agent)
	case HoldChanged:
		d.hold(ev)
	case WrapUpWanted:
		d.wantWrapUp(ev)
	case WrapUpExtended:
		d.extendWrapUp(ev)
	case WrapUpFinished:
		d.finishWrapUp(ev)
	}
}

func (d *Distributor) emit(e Effect) { d.out = append(d.out, e) }

// settle ends an Apply: who has to wait is known now, and queues that were
// looked at get their next alarm.
func (d *Distributor) settle() {
	for _, c := range d.stood {
		if c.phase == waiting && !c.waited {
			c.waited = true
			c.queue.pace.join(d.now)
		}
	}
	clear(d.stood)
	d.stood = d.stood[:0]
	for _, q := range d.dirty {
		q.dirty = false
		d.rearmQueue(q)
	}
	clear(d.dirty)
	d.dirty = d.dirty[:0]
	if d.drained {
		d.drained = false
		d.dropDrained()
	}
}
