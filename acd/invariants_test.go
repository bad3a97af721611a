// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"fmt"
	"slices"
	"time"

	"tandem/acd"
)

// longestRest is more than any delay after a failed offer in a walk.
const longestRest = 7 * time.Second

// A watch follows a floor from the outside, by its events, effects and
// snapshots, and holds it to the invariants of routing-rules and
// A-8, to a contact in one place, and to a deadline that is always ahead. A-6,
// the order, is the model's part.
type watch struct {
	late    bool // ticks may come late, so limits may be passed
	conf    acd.Options
	last    acd.Snapshot
	ringing map[acd.OfferID]ringing
	asking  map[acd.AgentID]bool      // by this Apply
	rested  map[acd.AgentID]time.Time // the last end of an offer
	entered map[acd.QueueID]int
	left    map[acd.QueueID]int
	moved   map[visit]bool // begun by moving
	kinds   map[acd.ContactID]acd.Kind
}

type ringing struct {
	acd.Offer
	at time.Time
}

// visit names one stay in one line.
type visit struct {
	contact acd.ContactID
	queue   acd.QueueID
	entered time.Time
}

func newWatch(conf acd.Options, late bool) *watch {
	return &watch{
		late: late, conf: conf,
		ringing: map[acd.OfferID]ringing{},
		rested:  map[acd.AgentID]time.Time{},
		entered: map[acd.QueueID]int{}, left: map[acd.QueueID]int{}, moved: map[visit]bool{},
		kinds: map[acd.ContactID]acd.Kind{},
	}
}

// see says what is wrong after one Apply.
func (w *watch) see(now time.Time, ev acd.Event, effects []acd.Effect, d *acd.Distributor) error {
	if next := d.Deadline(); !next.IsZero() && !next.After(now) {
		return fmt.Errorf("deadline %v is not ahead of %v: the owner would spin", next, now)
	}
	if conf, ok := ev.(acd.Configured); ok {
		w.conf = acd.Options(conf)
	}
	s := d.Snapshot(now)
	w.asking = map[acd.AgentID]bool{}
	before, after := visits(w.last), visits(s)
	w.last = s
	for v := range after {
		if !before[v] {
			w.entered[v.queue]++
		}
	}
	for _, e := range effects {
		if err := w.effect(now, e, before); err != nil {
			return err
		}
	}
	for _, r := range w.ringing {
		if !w.late && now.Sub(r.at) >= r.RingTime {
			return fmt.Errorf("A-3: offer %d still rings after %v", r.ID, now.Sub(r.at))
		}
	}
	if err := w.capacity(s); err != nil {
		return err
	}
	if err := w.balance(s); err != nil {
		return err
	}
	if err := onePlace(s); err != nil {
		return err
	}
	return w.nobodyWaitsBesideTheFree(now, s)
}

func visits(s acd.Snapshot) map[visit]bool {
	all := map[visit]bool{}
	for _, q := range s.Queues {
		for _, c := range q.Waiting {
			all[visit{c.Contact, q.Queue, c.Entered}] = true
		}
	}
	return all
}

func (w *watch) effect(now time.Time, e acd.Effect, before map[visit]bool) error {
	switch e := e.(type) {
	case acd.Offer:
		w.asking[e.Agent] = true
		w.ringing[e.ID] = ringing{e, now}
	case acd.Dial:
		w.asking[e.Agent] = true
	case acd.OfferEnded:
		if _, ok := w.ringing[e.ID]; !ok {
			return fmt.Errorf("offer %d ended twice or never began", e.ID)
		}
		delete(w.ringing, e.ID)
		w.rested[e.Agent] = now
	case acd.VisitEnded:
		if e.To != "" {
			w.moved[visit{e.Contact, e.To, e.Ended}] = true
		}
		if v := (visit{e.Contact, e.Queue, e.Entered}); before[v] {
			w.left[e.Queue]++
		} else if w.moved[v] || e.Kind == acd.KindCallback || e.Ending == acd.EndLeaveEmpty { // came and went in one moment
			w.entered[e.Queue]++
			w.left[e.Queue]++
		} else if !e.Entered.Equal(e.Ended) || !refusal(e.Ending) {
			return fmt.Errorf("A-8: a visit ended that was not in line: %+v", e)
		}
	case acd.ActivityChanged:
		if e.Activity == acd.Idle {
			w.rested[e.Agent] = now
		}
	}
	return nil
}

func refusal(e acd.Ending) bool {
	return e == acd.RefusedClosed || e == acd.RefusedFull || e == acd.RefusedJoinEmpty || e == acd.EndSystemError
}

// capacity is A-1: who was asked by this Apply has no more to do than allowed, and
// hears one contact at most.
func (w *watch) capacity(s acd.Snapshot) error {
	kinds := map[acd.ContactID]acd.Kind{}
	for _, q := range s.Queues {
		for _, c := range q.Waiting {
			kinds[c.Contact] = c.Kind
		}
	}
	for _, a := range s.Agents {
		calls, beside, asked := 0, 0, 0
		for _, work := range a.Works {
			switch w.kind(work.Contact, kinds) {
			case acd.KindChat, acd.KindTask:
				beside++
			default:
				calls++
			}
			if work.Activity == acd.Ringing || work.Activity == acd.Dialling {
				asked++
			}
		}
		if asked > 1 || calls > 1 {
			return fmt.Errorf("A-1: %s is asked %d times and hears %d", a.Agent, asked, calls)
		}
		if !w.asking[a.Agent] {
			continue
		}
		for _, conf := range w.conf.Agents {
			if most := max(conf.Capacity.Total, 1); conf.ID == a.Agent && (calls+beside > most || calls > 0 && beside > conf.Capacity.BesideCall) {
				return fmt.Errorf("A-1: %s has %d calls and %d beside, of %+v", a.Agent, calls, beside, conf.Capacity)
			}
		}
	}
	return nil
}

// kind is that of a contact in line, or the last one known.
func (w *watch) kind(id acd.ContactID, inLine map[acd.ContactID]acd.Kind) acd.Kind {
	if k, ok := inLine[id]; ok {
		w.kinds[id] = k
	}
	return w.kinds[id]
}

// balance is A-8: who came is answered, left in a named way, or still waits.
func (w *watch) balance(s acd.Snapshot) error {
	waiting := map[acd.QueueID]int{}
	for _, q := range s.Queues {
		waiting[q.Queue] = len(q.Waiting)
	}
	for q, n := range w.entered {
		if n != w.left[q]+waiting[q] {
			return fmt.Errorf("A-8: %s: %d came, %d left, %d wait", q, n, w.left[q], waiting[q])
		}
	}
	return nil
}

// onePlace: a contact stands in one line or talks with one agent, and a ringing
// agent rings for who is in line.
func onePlace(s acd.Snapshot) error {
	asked := map[acd.AgentID]acd.ContactID{}
	seen := map[acd.ContactID]bool{}
	for _, q := range s.Queues {
		for i, c := range q.Waiting {
			if seen[c.Contact] {
				return fmt.Errorf("%s stands in two places", c.Contact)
			}
			if c.Position != i+1 {
				return fmt.Errorf("%s has position %d in place %d", c.Contact, c.Position, i+1)
			}
			seen[c.Contact] = true
			for _, a := range c.Agents {
				asked[a] = c.Contact
			}
		}
	}
	for _, a := range s.Agents {
		for _, work := range a.Works {
			switch work.Activity {
			case acd.Talking, acd.OnHold:
				if seen[work.Contact] {
					return fmt.Errorf("%s talks and is elsewhere too", work.Contact)
				}
				seen[work.Contact] = true
			case acd.Ringing, acd.Dialling:
				if asked[a.Agent] != work.Contact {
					return fmt.Errorf("%s rings for %s, but is asked to take %q", a.Agent, work.Contact, asked[a.Agent])
				}
				delete(asked, a.Agent)
			}
		}
	}
	for a, c := range asked {
		return fmt.Errorf("%s is said to ring at %s, who does not", c, a)
	}
	return nil
}

// nobodyWaitsBesideTheFree is A-5. Agents whose last offer ended a moment ago
// may be resting and are left out.
func (w *watch) nobodyWaitsBesideTheFree(now time.Time, s acd.Snapshot) error {
	for _, a := range s.Agents {
		if a.Status != acd.Available || a.Activity != acd.Idle || a.DeviceLost || now.Sub(w.rested[a.Agent]) < longestRest {
			continue
		}
		for _, q := range s.Queues {
			delay, member := w.delay(a.Agent, q.Queue)
			for _, c := range q.Waiting {
				if c.Resting || c.Kind == acd.KindChat || c.Kind == acd.KindTask {
					continue // not offered now, or not to everybody: the model follows them
				}
				if member && c.Agent == "" && c.Require == "" && now.Sub(c.Entered) >= delay {
					return fmt.Errorf("A-5: %s waits in %s beside %s, who is free", c.Contact, q.Queue, a.Agent)
				}
			}
		}
	}
	return nil
}

// delay is the configured one. The members of a removed queue are its former
// ones, whom the watch does not follow.
func (w *watch) delay(agent acd.AgentID, queue acd.QueueID) (time.Duration, bool) {
	if !slices.ContainsFunc(w.conf.Queues, func(q acd.Queue) bool { return q.ID == queue }) {
		return 0, false
	}
	for _, a := range w.conf.Agents {
		for _, m := range a.Queues {
			if a.ID == agent && m.Queue == queue {
				return m.Delay, true
			}
		}
	}
	return 0, false
}
