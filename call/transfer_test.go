// SPDX-License-Identifier: Apache-2.0

package call

import (
	"testing"

	"tandem/acd"
)

func TestTransferByTelephone(t *testing.T) {
	// handed checks that bob is rung and talks, and ends it.
	handed := func(fl *floor, caller, ann *testLeg) {
		t.Helper()
		fl.settle()
		if cause, ended := ann.ended(); !ended || cause != CauseCompleted {
			fl.t.Fatalf("ann's leg has ended %v: %s", ended, cause)
		}
		fl.activity("ann", acd.WrapUp)
		bob := fl.phones.last("bob")
		if bob == nil {
			fl.t.Fatal("bob is not rung")
		}
		bob.says(Answered{})
		fl.settle()
		fl.activity("bob", acd.Talking)
		if !caller.port.reaches(bob.port) || !bob.port.reaches(caller.port) || ann.port.reaches(caller.port) {
			fl.t.Fatal("caller and bob do not hear each other alone")
		}
		caller.leaves()
		if row := fl.ending(CauseCompleted); row.Agent != "bob" || row.Queue != "everybody" {
			fl.t.Fatalf("kept %+v", row)
		}
		visits := kept[QueueVisit](fl.ledger)
		if len(visits) != 2 || visits[0].Queue != "support" || visits[1].Queue != "everybody" || visits[1].Ending != acd.EndAnswered {
			fl.t.Fatalf("visits %+v", visits)
		}
	}
	story(t, "by the telephone's key, told to the end", func(t *testing.T, fl *floor) {
		caller, ann := fl.talking()
		fl.available("bob")
		var told []bool
		report := func(done bool) { told = append(told, done) }
		ann.says(Referred{To: "unheard-of", Report: report})
		fl.settle()
		if len(told) != 1 || told[0] || !caller.port.reaches(ann.port) {
			t.Fatalf("told %v: a transfer to nowhere leaves the first call", told)
		}
		ann.says(Referred{To: "everybody", Report: report})
		handed(fl, caller, ann)
		if len(told) != 2 || !told[1] {
			t.Fatalf("told %v", told)
		}
	})
}
