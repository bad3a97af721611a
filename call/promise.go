// SPDX-License-Identifier: Apache-2.0

package call

import (
	"sync/atomic"
	"time"

	"tandem/acd"
)

// promises are what waits for the journal (rule 24): effects that offer or
// announce something, and answers to those who changed something. What ends,
// releases or carries sound never waits. Owned by the desk's goroutine, but for
// kept.
type promises struct {
	waiting []promise
	handed  uint64        // decisions handed to the journal
	kept    atomic.Uint64 // of these, on disk
	news    chan struct{} // kept has grown; capacity 1
}

// promise is given when decision number is on disk.
type promise struct {
	number uint64
	offer  OfferID // that it makes, or 0
	give   func()
}

// isPromise sorts effects by rule 24. One that is new and not listed waits.
func isPromise(effect acd.Effect) bool {
	switch effect.(type) {
	case acd.Withdraw, acd.Bridge, acd.Release, acd.VisitEnded, acd.Intervened, acd.OfferEnded, acd.ActivityChanged, acd.DialEnded,
		acd.CallbackKept: // whose answer to the caller waits, see serve
		return false
	}
	return true
}

// hand gives a decision to the journal.
func (d *Desk) hand(x acd.Decision) {
	if d.cfg.Journal == nil {
		return
	}
	p := &d.promises
	p.handed++
	number := p.handed
	d.cfg.Journal.Hand(x, func() {
		p.kept.Store(number) // one goroutine calls, in order
		select {
		case p.news <- struct{}{}:
		default:
		}
	})
}

// promiseEffect carries out an effect when the last decision is on disk.
func (d *Desk) promiseEffect(now time.Time, effect acd.Effect) {
	d.promises.add(d, func() { d.carryOut(now, effect) })
	if o, is := effect.(acd.Offer); is && len(d.promises.waiting) > 0 {
		d.promises.waiting[len(d.promises.waiting)-1].offer = o.ID
	}
}

// add gives a promise as soon as the last decision is on disk, at once without
// a journal.
func (p *promises) add(d *Desk, give func()) {
	if d.cfg.Journal == nil {
		give()
		return
	}
	p.waiting = append(p.waiting, promise{number: p.handed, give: give})
}

// keepPromises gives those whose decision is on disk.
func (d *Desk) keepPromises() {
	p := &d.promises
	kept := p.kept.Load()
	n := 0
	for n < len(p.waiting) && p.waiting[n].number <= kept {
		if give := p.waiting[n].give; give != nil {
			give()
		}
		n++
	}
	clear(p.waiting[:n])
	p.waiting = p.waiting[n:]
}

// recall says whether an offer has not been made yet, and sees to it that it
// never is.
func (d *Desk) recall(id OfferID) bool {
	for i := range d.promises.waiting {
		if w := &d.promises.waiting[i]; w.offer == id && id != 0 {
			w.give, w.offer = nil, 0
			return true
		}
	}
	return false
}

// alarms are the journal's; nil without one.
func (d *Desk) alarms() <-chan bool {
	if d.cfg.Journal == nil {
		return nil
	}
	return d.cfg.Journal.Alarms()
}

// late is what an alarm means for routing: no new offers, and those that wait
// for the disk are taken back before their time runs out on somebody who never
// heard of them.
func (d *Desk) late(on bool) acd.Event {
	if !on {
		return acd.OffersResumed{}
	}
	var unmade []OfferID
	for _, w := range d.promises.waiting {
		if w.offer != 0 {
			unmade = append(unmade, w.offer)
		}
	}
	return acd.OffersPaused{Recall: unmade}
}

// mayQueue says whether a place in line can still be promised.
func (d *Desk) mayQueue() bool { return d.cfg.Journal == nil || !d.cfg.Journal.Full() }
