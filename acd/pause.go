// SPDX-License-Identifier: Apache-2.0

package acd

import "slices"

// pauseOffers: no offers from here on, and those recalled never happened for anybody.
func (d *Distributor) pauseOffers(recall []OfferID) {
	d.paused = true
	for _, id := range recall {
		if o := d.offers[id]; o != nil && o.contact.phase == ringing {
			d.withdraw(o)
		}
	}
}

// resumeOffers looks at everybody: who is free and who waits may have come together
// meanwhile.
func (d *Distributor) resumeOffers() {
	d.paused = false
	for _, q := range d.queueOrder {
		d.touch(q)
	}
}

// restarted: nobody's device is there, and what was between waiting and talking
// is back in line.
func (d *Distributor) restarted() {
	d.paused = false
	for _, a := range slices.Clone(d.agentOrder) {
		if o := a.offer; o != nil {
			d.withdraw(o)
		}
		if !a.lost {
			a.lost, a.graceEnd = true, d.now.add(ConnectionGrace)
			d.refresh(a)
		}
	}
	for _, q := range d.queueOrder {
		d.touch(q)
	}
}
