// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"fmt"
	"slices"
	"time"

	"tandem/acd"
)

// A walk turns bytes into a day on a small floor: few queues, agents and
// contacts, whole seconds, so that everything meets everything.
type walk struct {
	data      []byte
	lastOffer acd.OfferID
	ringing   []acd.OfferID
	accepted  []acd.ContactID
	bridging  map[acd.ContactID]acd.OfferID
	talking   []acd.ContactID
	dials     []acd.Dial
	callbacks int
}

// note keeps in mind what can be answered, bridged and ended, so that a walk
// gets somewhere.
func (w *walk) note(e acd.Effect) {
	switch e := e.(type) {
	case acd.Offer:
		w.lastOffer = e.ID
		w.ringing = append(w.ringing, e.ID)
	case acd.OfferEnded:
		w.ringing = slices.DeleteFunc(w.ringing, func(id acd.OfferID) bool { return id == e.ID })
	case acd.Bridge:
		w.accepted = append(w.accepted, e.Contact)
		if w.bridging == nil {
			w.bridging = map[acd.ContactID]acd.OfferID{}
		}
		w.bridging[e.Contact] = e.ID
	case acd.Dial:
		w.dials = append(w.dials, e)
	case acd.DialEnded:
		w.dials = slices.DeleteFunc(w.dials, func(d acd.Dial) bool { return d.ID == e.ID })
	case acd.VisitEnded:
		w.accepted = slices.DeleteFunc(w.accepted, func(id acd.ContactID) bool { return id == e.Contact })
		if e.Ending == acd.EndAnswered {
			w.talking = append(w.talking, e.Contact)
		}
	}
}

// oneOf is mostly one of the likely, else anybody.
func (w *walk) oneOf(likely []acd.ContactID) acd.ContactID {
	if len(likely) == 0 || w.oneIn(8) {
		return w.contact()
	}
	return likely[w.below(len(likely))]
}

// below is a number in [0, n); 0 when the bytes are used up.
func (w *walk) below(n int) int {
	if len(w.data) == 0 {
		return 0
	}
	b := w.data[0]
	w.data = w.data[1:]
	return int(b) % n
}

func (w *walk) more() bool { return len(w.data) > 0 }

func (w *walk) oneIn(n int) bool { return w.below(n) == n-1 }

func (w *walk) seconds(choice ...int) time.Duration {
	return time.Duration(choice[w.below(len(choice))]) * time.Second
}

var (
	queueIDs   = []acd.QueueID{"p", "q", "r"}
	agentIDs   = []acd.AgentID{"ann", "bob", "cid", "dan", "eve"}
	statuses   = []acd.Status{acd.Available, acd.Available, acd.Available, acd.Available, acd.Available, "break", "lunch", acd.Offline, acd.NotResponding, ""}
	leavings   = []acd.Ending{acd.EndAbandoned, acd.EndAbandoned, acd.EndExitKey, acd.EndWithdrawn, acd.EndAnswered}
	failures   = []acd.OfferEnding{acd.Refused, acd.Busy, acd.Unreachable, acd.Missed, acd.CallerGone}
	presences  = []acd.Presence{"", acd.PresentSignedIn, acd.PresentAvailable, acd.PresentIdle}
	kinds      = []acd.Kind{"", "", "", acd.KindCall, acd.KindChat, acd.KindTask, acd.KindConsult, acd.KindCallback}
	priorities = []int{-1, 0, 0, 5}
	strategies = []acd.Strategy{"", acd.LongestIdle, acd.FewestToday, acd.LeastOccupied, acd.RoundRobin, acd.FixedOrder, acd.Random, acd.RingAll, acd.RingAll, acd.RingProgressively, acd.RingProgressively}
)

func (w *walk) agent() acd.AgentID { return agentIDs[w.below(len(agentIDs))] }
func (w *walk) queue() acd.QueueID { return queueIDs[w.below(len(queueIDs))] }
func (w *walk) contact() acd.ContactID {
	if w.oneIn(5) {
		return acd.ContactID(fmt.Sprintf("b%02d", w.below(12)))
	}
	return acd.ContactID(fmt.Sprintf("c%02d", w.below(12)))
}

// offer is mostly one that stands, else any late one, or one never made.
func (w *walk) offer() acd.OfferID {
	if len(w.ringing) == 0 || w.oneIn(8) {
		return w.lastOffer + 1 - min(acd.OfferID(w.below(5)), w.lastOffer+1)
	}
	return w.ringing[w.below(len(w.ringing))]
}

func (w *walk) options() acd.Options {
	var o acd.Options
	for _, id := range queueIDs {
		if !w.oneIn(8) {
			o.Queues = append(o.Queues, w.queueOptions(id))
		}
	}
	for _, id := range agentIDs {
		if w.oneIn(8) {
			continue
		}
		a := acd.Agent{ID: id, Skills: w.skills(), RingTime: w.seconds(0, 0, 0, 7)}
		if w.oneIn(4) {
			a.Capacity = acd.Capacity{Chats: w.below(4) - 1, Tasks: w.below(3) - 1, Total: w.below(4), BesideCall: w.below(3)}
		}
		for _, q := range queueIDs {
			if !w.oneIn(3) {
				a.Queues = append(a.Queues, acd.Membership{Queue: q, Priority: w.below(3), Delay: w.seconds(0, 0, 10, 25)})
			}
		}
		o.Agents = append(o.Agents, a)
	}
	return o
}

func (w *walk) queueOptions(id acd.QueueID) acd.Queue {
	return acd.Queue{
		ID: id, Priority: w.below(2), Guard: w.seconds(0, 0, 30),
		RingTime: w.seconds(0, 5, 15), WrapUp: w.seconds(0, 0, 10),
		MaxLength: []int{0, 0, 4}[w.below(3)], MaxWait: w.seconds(0, 0, 40),
		Closed: w.oneIn(9), JoinEmpty: !w.oneIn(3), LeaveEmpty: w.oneIn(3),
		RefusedDelay: w.seconds(0, 2), BusyDelay: w.seconds(0, 3), UnreachableDelay: w.seconds(0, 4),
		MissedLimit: w.below(3), MissedDelay: w.seconds(0, 6),
		AnnounceEvery: w.seconds(0, 10), AnnounceFirst: w.seconds(0, 3),
		Strategy: strategies[w.below(len(strategies))], Seed: uint64(w.below(3)),
		OverflowAfter: w.seconds(0, 0, 0, 12, 30), OverflowTo: w.queue(), OverflowFresh: w.oneIn(3),
		WrapUpMode: []acd.WrapUpMode{"", "", acd.WrapUpNone, acd.WrapUpOptional, acd.WrapUpDismissed, acd.WrapUpLimited}[w.below(6)],
		AtClose:    []acd.AtClose{"", acd.ServeLine, acd.ReleaseLine, acd.OverflowLine}[w.below(4)], ServeFor: w.seconds(0, 9),
		RingNext: w.seconds(0, 2), RedialGrace: w.seconds(0, 15, 60),
		JoinCounts: presences[w.below(4)], LeaveCounts: presences[w.below(4)],
		Callbacks: acd.Callbacks{
			Order:    []acd.CallbackOrder{acd.AgentFirst, acd.CustomerFirst, acd.NoCallbacks}[w.below(3)],
			Attempts: w.below(4), Gap: w.seconds(3, 15), RingTime: w.seconds(0, 8), Expiry: w.seconds(0, 60, 200),
		},
	}
}

func (w *walk) event() acd.Event {
	switch w.below(30) {
	case 23, 24:
		return w.callback()
	case 25, 26:
		return w.dialled()
	case 27, 28:
		return acd.StatusSet{Agent: w.agent(), Status: acd.Available, Actor: "boss"}
	case 29:
		switch c := w.contact(); w.below(3) {
		case 0:
			return acd.ContactPaused{Contact: c}
		case 1:
			return acd.ContactResumed{Contact: c}
		}
		return acd.DialWindow{Queue: w.queue(), Open: !w.oneIn(3)}
	case 0, 1, 2, 3, 4:
		ev := acd.ContactArrived{Contact: w.contact(), Queue: w.queue(), Credit: w.seconds(0, 0, 0, 20)}
		ev.Kind = kinds[w.below(len(kinds))]
		ev.From = w.from()
		if w.oneIn(3) {
			ev.Priority = &priorities[w.below(len(priorities))]
		}
		if w.oneIn(3) {
			ev.Require = w.require()
		}
		return ev
	case 5, 6:
		return acd.ContactLeft{Contact: w.contact(), Ending: leavings[w.below(len(leavings))]}
	case 7, 8, 9:
		return acd.OfferTaken{Offer: w.offer()}
	case 10, 11:
		return acd.OfferFailed{Offer: w.offer(), How: failures[w.below(len(failures))]}
	case 12, 13:
		return acd.Bridged{Contact: w.oneOf(w.accepted)}
	case 14:
		failed := w.oneOf(w.accepted)
		return acd.BridgeFailed{Contact: failed, Offer: w.bridging[failed]}
	case 15, 16:
		done := w.oneOf(w.talking)
		w.talking = slices.DeleteFunc(w.talking, func(id acd.ContactID) bool { return id == done })
		return acd.ContactCompleted{Contact: done}
	case 17, 18, 19:
		return w.status()
	case 20:
		return acd.DeviceLost{Agent: w.agent()}
	case 21:
		return acd.DeviceBack{Agent: w.agent()}
	case 22:
		return w.rarely()
	}
	return acd.Tick{}
}

// callback is a request for one, in place of a wait or without one.
func (w *walk) callback() acd.Event {
	w.callbacks++
	ev := acd.CallbackRequested{
		Contact: w.contact(), Callback: acd.ContactID(fmt.Sprintf("b%02d", w.callbacks%12)), Queue: w.queue(), From: w.from(),
		Credit: w.seconds(0, 15),
	}
	if w.oneIn(3) {
		ev.Require = w.require()
	}
	if w.oneIn(4) {
		ev.Priority = &priorities[w.below(len(priorities))]
	}
	if w.oneIn(3) {
		ev.At = morning.Add(time.Duration(w.below(100)) * 5 * time.Second)
	}
	return ev
}

// dialled answers a dial, mostly one that goes on.
func (w *walk) dialled() acd.Event {
	if len(w.dials) == 0 || w.oneIn(8) {
		return acd.MachineReached{Contact: w.oneOf(w.talking)}
	}
	d := w.dials[w.below(len(w.dials))]
	switch w.below(4) {
	case 0, 1:
		return acd.CustomerReached{Offer: d.ID}
	case 2:
		return acd.Bridged{Contact: d.Contact}
	}
	return acd.DialFailed{Offer: d.ID, How: []acd.DialEnding{acd.DialBusy, acd.DialNoAnswer, acd.DialReached}[w.below(3)]}
}

func (w *walk) from() string { return []string{"", "", "1", "2", "3"}[w.below(5)] }

func (w *walk) status() acd.Event {
	a := w.agent()
	ev := acd.StatusSet{Agent: a, Status: statuses[w.below(len(statuses))], Actor: acd.Actor(a)}
	if w.oneIn(4) {
		ev.Force, ev.Actor, ev.Reason = true, "boss", "needed"
	}
	return ev
}

func (w *walk) rarely() acd.Event {
	switch w.below(14) {
	case 9, 10:
		return acd.ContactMoved{Contact: w.contact(), Queue: w.queue(), Actor: "boss"}
	case 11:
		return acd.PrioritySet{Contact: w.contact(), Priority: w.below(4), Actor: "boss"}
	case 12:
		return acd.ContactWithdrawn{Contact: w.contact(), Actor: "boss"}
	case 13:
		return acd.ContactAssigned{Contact: w.contact(), Agent: w.agent(), Actor: "boss"}
	case 8:
		return acd.DayChanged{Queue: w.queue()}
	case 0:
		return acd.HoldChanged{Agent: w.agent(), On: w.oneIn(2)}
	case 1:
		return acd.WrapUpExtended{Agent: w.agent(), By: w.seconds(0, 5, 9000)}
	case 2:
		return acd.WrapUpFinished{Agent: w.agent()}
	case 7:
		if w.oneIn(2) {
			return acd.WrapUpWanted{Agent: w.agent(), On: !w.oneIn(3)}
		}
	case 3:
		return acd.NextStatusCancelled{Agent: w.agent()}
	case 4:
		return acd.QueueClosed{Queue: w.queue(), Release: w.oneIn(2), Actor: []acd.Actor{"", "boss"}[w.below(2)]}
	case 5, 6:
		return acd.QueueOpened{Queue: w.queue()}
	}
	return acd.Configured(w.options())
}

var skillNames = []string{"de", "zh", "licensed"}

// skills are some, at levels that often just do and often just do not.
func (w *walk) skills() (some []acd.Skill) {
	for _, name := range skillNames {
		if w.oneIn(2) {
			some = append(some, acd.Skill{Name: name, Level: 2 + 3*w.below(3)})
		}
	}
	return some
}

func (w *walk) require() *acd.Require {
	r := &acd.Require{SkipUnavailable: w.oneIn(3)}
	if w.oneIn(6) {
		r.Never = []acd.AgentID{w.agent()}
	}
	if w.oneIn(3) {
		r.Always = w.skills()
	}
	for range w.below(4) {
		s := acd.Step{For: w.seconds(10, 5, 20, 0), Skills: w.skills()}
		if w.oneIn(4) {
			s.Agents = []acd.AgentID{w.agent(), w.agent()}
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}
