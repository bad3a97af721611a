// SPDX-License-Identifier: Apache-2.0

package acd

import "slices"

// configure replaces the configuration. Contacts keep their places and
// everybody keeps what they are doing. A queue that is gone shuts its door and
// is served by those who were its members until it is empty; who is in it when
// none of them is signed in is released. An agent who is gone gets no more
// offers, finishes the talk, and is then forgotten.
func (d *Distributor) configure(ev Configured) {
	for _, q := range d.queueOrder {
		q.staffed = q.signedIn > 0
	}
	changed := d.configureQueues(ev.Queues)
	d.numberSkills(ev.Agents)
	d.configureAgents(ev.Agents)
	for _, q := range d.queueOrder {
		d.touch(q)
		q.recheck = true
		for _, s := range q.seats {
			s.rerank()
		}
		if q.draining {
			d.giveUpCallbacks(q)
		}
		if q.staffed || q.draining {
			d.emptied(q)
		}
		if q.draining && q.line.len() == 0 {
			d.drained = true
		}
	}
	for _, q := range changed {
		d.doorMoved(q)
		if q.closed {
			d.shut(q)
		}
		for _, c := range q.line.all() {
			if c.more && q.conf.Strategy != RingProgressively {
				c.more = false
				q.line.update(c)
			}
			d.guard(c)
			c.told.first(c)
			c.told.skip(c, d.now)
			d.rearm(c)
		}
	}
}

// configureQueues returns the queues that stay with other numbers.
func (d *Distributor) configureQueues(confs []Queue) (changed []*queue) {
	former := d.queueOrder
	d.queueOrder = make([]*queue, 0, len(confs))
	listed := make(map[QueueID]bool, len(confs))
	for _, conf := range confs {
		if listed[conf.ID] {
			continue
		}
		listed[conf.ID] = true
		q := d.queues[conf.ID]
		if q == nil {
			q = newQueue(conf)
			d.queues[conf.ID] = q
		} else if q.reconfigure(conf) {
			changed = append(changed, q)
		}
		d.queueOrder = append(d.queueOrder, q)
	}
	for _, q := range former {
		if !listed[q.conf.ID] {
			q.draining = true
			d.queueOrder = append(d.queueOrder, q)
		}
	}
	return changed
}

// reconfigure says whether anything changed. A door that was closed or opened
// at run time stays so unless its configuration changes.
func (q *queue) reconfigure(conf Queue) bool {
	conf = withDefaults(conf)
	if q.conf == conf && !q.draining {
		return false
	}
	if conf.Closed != q.conf.Closed {
		q.reopen()
		q.closed = conf.Closed
	}
	q.conf, q.draining = conf, false
	return true
}

func (d *Distributor) configureAgents(confs []Agent) {
	former := d.agentOrder
	d.agentOrder = make([]*agent, 0, len(confs))
	listed := make(map[AgentID]bool, len(confs))
	for _, conf := range confs {
		if listed[conf.ID] {
			continue
		}
		listed[conf.ID] = true
		a := d.agents[conf.ID]
		if a == nil {
			a = newAgent(conf.ID, d.now)
			d.agents[conf.ID] = a
		}
		a.leaving = false
		a.order, a.ringTime, a.capacity = len(d.agentOrder), conf.RingTime, conf.Capacity.withDefaults()
		a.levels = d.levels(conf.Skills)
		d.reseat(a, conf.Queues)
		d.agentOrder = append(d.agentOrder, a)
	}
	var leaving []*agent
	for _, a := range former {
		if !listed[a.id] {
			d.agentOrder = append(d.agentOrder, a)
			leaving = append(leaving, a)
		}
	}
	for _, q := range d.queueOrder {
		q.dropUnused()
	}
	for _, a := range leaving {
		a.levels = nil // numbered as before
		d.leave(a)
	}
}

// reseat gives a the memberships of the configuration, and leaves it those of
// queues that are still being emptied. Who keeps the same seats stays in them,
// so that a reload on a large floor is short.
func (d *Distributor) reseat(a *agent, memberships []Membership) {
	seats := make([]*seat, 0, len(memberships))
	taken := make(map[*queue]bool, len(memberships))
	for _, m := range memberships {
		q := d.queues[m.Queue]
		if q == nil || q.draining || taken[q] {
			continue
		}
		taken[q] = true
		s := &seat{agent: a, queue: q, group: q.group(m)}
		if was := a.seat(q); was != nil {
			s.tally = was.tally
		} else {
			s.beginDay(d.now)
		}
		seats = append(seats, s)
	}
	for _, s := range a.seats {
		if s.queue.draining {
			seats = append(seats, s)
		}
	}
	if slices.EqualFunc(seats, a.seats, func(s, was *seat) bool { return s.queue == was.queue && s.group == was.group }) {
		d.refresh(a)
		return
	}
	d.unseat(a)
	a.seats = seats
	for _, s := range seats {
		s.group.members++
		s.queue.seats = append(s.queue.seats, s)
		s.queue.attend(a.attends, 1)
		if a.signedIn() {
			s.queue.signedIn++
			s.group.signedIn++
		}
	}
	d.refresh(a)
}

// unlist takes s out of the queue's list.
func (q *queue) unlist(s *seat) {
	i := slices.Index(q.seats, s)
	last := len(q.seats) - 1
	q.seats[i], q.seats[last] = q.seats[last], nil
	q.seats = q.seats[:last]
}

// numberSkills gives every skill that somebody has a number.
func (d *Distributor) numberSkills(confs []Agent) {
	d.skills = map[string]int{}
	for _, conf := range confs {
		for _, s := range conf.Skills {
			if _, known := d.skills[s.Name]; !known {
				d.skills[s.Name] = len(d.skills)
			}
		}
	}
	for _, n := range d.needs {
		n.compile(d.skills)
	}
}

// levels are an agent's skills by number.
func (d *Distributor) levels(skills []Skill) []uint8 {
	if len(skills) == 0 {
		return nil
	}
	levels := make([]uint8, len(d.skills))
	for _, s := range skills {
		if at := &levels[d.skills[s.Name]]; *at == 0 {
			*at = uint8(min(max(s.Level, 1), MaxLevel))
		}
	}
	return levels
}

// unseat takes all seats from a. Nobody is released yet: seats may follow.
func (d *Distributor) unseat(a *agent) {
	for _, s := range a.seats {
		s.group.members--
		s.queue.unlist(s)
		if a.free != 0 {
			s.leave()
			d.touch(s.queue)
		}
		s.queue.attend(a.attends, -1)
		if a.signedIn() {
			s.queue.signedIn--
			s.group.signedIn--
		}
	}
	a.seats, a.free = nil, 0
}

// dropUnused forgets groups without members.
func (q *queue) dropUnused() {
	q.groups = slices.DeleteFunc(q.groups, func(g *group) bool { return g.members == 0 })
}

// leave lets a go who is no longer configured: at once, or after the talk.
func (d *Distributor) leave(a *agent) {
	if a.leaving {
		return
	}
	d.cancelNext(a.id)
	a.leaving = true
	switch {
	case a.offer != nil && a.offer.contact.phase == ringing:
		d.withdraw(a.offer)
	case !a.busy():
		d.rest(a, "", a.standing)
	default:
		for w := a.wrapping(""); w != nil; w = a.wrapping("") {
			d.rest(a, w.contact, a.standing)
		}
		if d.agents[a.id] == a {
			d.refresh(a)
		}
	}
}

// forget removes a, who has left.
func (d *Distributor) forget(a *agent) {
	d.unseat(a)
	d.alarms.set(&a.alarm, never)
	delete(d.agents, a.id)
	d.agentOrder = slices.DeleteFunc(d.agentOrder, func(other *agent) bool { return other == a })
}

// dropDrained forgets the removed queues that have become empty.
func (d *Distributor) dropDrained() {
	kept := d.queueOrder[:0]
	for _, q := range d.queueOrder {
		if !q.draining || q.line.len() > 0 {
			kept = append(kept, q)
			continue
		}
		d.alarms.set(&q.alarm, never)
		delete(d.queues, q.conf.ID)
	}
	clear(d.queueOrder[len(kept):])
	d.queueOrder = kept
	for _, a := range d.agentOrder {
		d.stayWith(a)
	}
}

// stayWith takes from a the seats of queues that are gone.
func (d *Distributor) stayWith(a *agent) {
	kept := a.seats[:0]
	for _, s := range a.seats {
		if d.queues[s.queue.conf.ID] == s.queue {
			kept = append(kept, s)
		} else if a.free != 0 {
			s.leave()
		}
	}
	clear(a.seats[len(kept):])
	a.seats = kept
}
