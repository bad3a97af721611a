// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"fmt"
	"slices"
	"time"

	"tandem/acd"
	"tandem/strictyaml"
)

// Gaps are the times of a day at which callers are expected and nobody who could
// serve them is there, each reported at its arrivals. Breaks count as being
// there: a queue's door stays open for them.
func (d *Day) Gaps(doc *strictyaml.Document) strictyaml.Problems {
	s := d.scenario
	for i, a := range s.Arrivals {
		serve := d.able(a)
		if len(serve) == 0 {
			doc.Report(fmt.Sprintf("arrivals[%d]", i), fmt.Sprintf("nobody of the staff may ever serve these callers of %s", a.Queue))
			continue
		}
		var from Clock
		gap := false
		for k := range s.intervals() + 1 {
			at := s.From + Clock(time.Duration(k)*s.Interval)
			missing := k < s.intervals() && a.PerInterval[min(k, len(a.PerInterval)-1)] > 0 && !d.there(serve, time.Duration(at-s.From), s.Interval)
			switch {
			case missing && !gap:
				from, gap = at, true
			case !missing && gap:
				gap = false
				doc.Report(fmt.Sprintf("arrivals[%d]", i), fmt.Sprintf("nobody who may serve these callers of %s is there from %v to %v", a.Queue, from, at))
			}
		}
	}
	return doc.Problems()
}

// able are the agents who may serve a stream's callers, at its last step at least.
func (d *Day) able(a Stream) []acd.AgentID {
	var able []acd.AgentID
	for _, agent := range d.Agents {
		member := slices.ContainsFunc(agent.Queues, func(m acd.Membership) bool { return m.Queue == a.Queue })
		if member && a.meets(agent) {
			able = append(able, agent.ID)
		}
	}
	return able
}

func (a Stream) meets(agent acd.Agent) bool {
	has := func(wanted map[string]int) bool {
		for name, level := range wanted {
			if !slices.ContainsFunc(agent.Skills, func(s acd.Skill) bool { return s.Name == name && s.Level >= level }) {
				return false
			}
		}
		return true
	}
	if !has(a.NeverWithout) {
		return false
	}
	return len(a.Require) == 0 || slices.ContainsFunc(a.Require, func(w Wanted) bool {
		return has(w.Skills) && (len(w.Agents) == 0 || slices.Contains(w.Agents, agent.ID))
	})
}

// there says whether one of agents is signed in during the whole time.
func (d *Day) there(agents []acd.AgentID, from, length time.Duration) bool {
	for at := from; at < from+length; at += time.Minute {
		if !slices.ContainsFunc(agents, func(id acd.AgentID) bool { return d.signedIn(id, at) }) {
			return false
		}
	}
	return true
}

func (d *Day) signedIn(id acd.AgentID, at time.Duration) bool {
	in := false
	for _, e := range d.shifts {
		if e.status.Agent == id && e.at <= at {
			in = e.status.Status != acd.Offline
		}
	}
	return in
}
