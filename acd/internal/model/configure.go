// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"slices"
	"time"

	"tandem/acd"
)

func (f *Floor) configure(ev acd.Configured) {
	for _, q := range f.queues {
		q.staffed = f.signedIn(q) > 0
	}
	f.configureQueues(ev.Queues)
	f.configureAgents(ev.Agents)
	for _, q := range f.queues {
		if q.removed {
			f.giveUpCallbacks(q)
		}
		if q.staffed || q.removed {
			f.sendAway(q)
		}
	}
	for _, q := range f.queues {
		if !q.changed {
			continue
		}
		q.changed = false
		f.doorMoved(q)
		if q.shut {
			f.atClose(q)
		}
	}
}

func (f *Floor) configureQueues(confs []acd.Queue) {
	for _, q := range f.queues {
		q.wasRemoved = q.removed
		q.removed = !slices.ContainsFunc(confs, func(c acd.Queue) bool { return c.ID == q.ID })
	}
	for _, conf := range confs {
		conf = defaults(conf)
		q := f.queue(conf.ID)
		if q == nil {
			f.queues = append(f.queues, &queue{Queue: conf, shut: conf.Closed, wasShut: conf.Closed})
			continue
		}
		changed := q.Queue != conf || q.wasRemoved
		if q.Closed != conf.Closed {
			q.reopen()
			q.shut = conf.Closed
		}
		announces := q.AnnounceEvery != conf.AnnounceEvery || q.AnnounceFirst != conf.AnnounceFirst
		q.Queue = conf
		q.changed = changed
		for _, c := range f.line(q) {
			c.wantsMore = c.wantsMore && q.Strategy == acd.RingProgressively
			if announces {
				c.tellAt = c.entered.Add(conf.AnnounceFirst)
				for conf.AnnounceEvery > 0 && f.reached(c.tellAt) {
					c.tellAt = c.tellAt.Add(conf.AnnounceEvery)
				}
			}
		}
	}
}

func defaults(q acd.Queue) acd.Queue {
	for _, d := range []struct {
		field    *time.Duration
		fallback time.Duration
	}{
		{&q.RingTime, 20 * time.Second}, {&q.ServiceLevel, 20 * time.Second},
		{&q.RefusedDelay, 5 * time.Second}, {&q.BusyDelay, 5 * time.Second},
		{&q.UnreachableDelay, 5 * time.Second}, {&q.MissedDelay, 5 * time.Second},
		{&q.RingNext, 5 * time.Second}, {&q.AnnounceFirst, q.AnnounceEvery}, {&q.Callbacks.Gap, 10 * time.Minute},
		{&q.Callbacks.RingTime, 30 * time.Second}, {&q.Callbacks.Expiry, 7 * 24 * time.Hour},
	} {
		if *d.field <= 0 {
			*d.field = d.fallback
		}
	}
	if q.Strategy == "" {
		q.Strategy = acd.LongestIdle
	}
	q.MissedLimit = max(q.MissedLimit, 1)
	q.WrapUpMode = cmp.Or(q.WrapUpMode, map[bool]acd.WrapUpMode{true: acd.WrapUpLimited}[q.WrapUp > 0])
	q.AtClose = cmp.Or(q.AtClose, acd.ServeLine)
	q.JoinCounts, q.LeaveCounts = cmp.Or(q.JoinCounts, acd.PresentSignedIn), cmp.Or(q.LeaveCounts, acd.PresentSignedIn)
	if q.Callbacks.Attempts <= 0 {
		q.Callbacks.Attempts = 3
	}
	return q
}

func (f *Floor) configureAgents(confs []acd.Agent) {
	for i, conf := range confs {
		a := f.agent(conf.ID)
		if a == nil {
			a = &agent{id: conf.ID, status: acd.Offline, shown: job{activity: acd.Idle}}
			f.agents = append(f.agents, a)
		}
		a.removed, a.order, a.skills = false, i, map[string]int{}
		a.ringTime, a.capacity = conf.RingTime, conf.Capacity
		for _, s := range conf.Skills {
			if a.skills[s.Name] == 0 {
				a.skills[s.Name] = min(max(s.Level, 1), acd.MaxLevel)
			}
		}
		var memberships []acd.Membership
		for _, m := range conf.Queues {
			if q := f.queue(m.Queue); q != nil && !q.removed {
				m.Delay = max(m.Delay, 0)
				memberships = append(memberships, m)
			}
		}
		for _, m := range a.memberships { // those of queues still being emptied stay
			if q := f.queue(m.Queue); q != nil && q.removed {
				memberships = append(memberships, m)
			}
		}
		a.memberships = memberships
		f.keepShares(a)
	}
	for _, a := range slices.Clone(f.agents) {
		if !a.removed && !slices.ContainsFunc(confs, func(c acd.Agent) bool { return c.ID == a.id }) {
			f.remove(a)
		}
	}
}

func (f *Floor) remove(a *agent) {
	f.unplan(a)
	a.removed, a.skills = true, nil
	if len(a.jobs) == 0 {
		f.rests(a, nil, a.status, a.reason, "")
		return
	}
	f.takeBack(a) // unless accepted already
	for _, j := range slices.Clone(a.jobs) {
		if j.activity == acd.WrapUp {
			f.rests(a, j.contact, a.status, a.reason, "")
		}
	}
}
