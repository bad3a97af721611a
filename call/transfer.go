// SPDX-License-Identifier: Apache-2.0

package call

import "tandem/acd"

// This file is the transfer by a key of the agent's telephone: it passes the
// caller on as the page does.

// referred passes the caller on to the queue that the telephone names, and says
// whether it did; a transfer to nowhere leaves the talk as it is.
func (t *talk) referred(e Referred) bool {
	to := QueueID(e.To)
	if t.agent == "" || t.card.Kind == acd.KindCallback || !t.desk.hasQueue(to) {
		t.log.Info("transfer refused", "agent", t.agent)
		e.Report(false)
		return false
	}
	e.Report(true) // before the goodbye
	t.passOn(passWanted{t.agent, to})
	return true
}
