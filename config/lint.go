// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"tandem/acd"
	"tandem/ivr"
	"tandem/strictyaml"
)

// RoutingRemarks are what is allowed and yet can hardly be meant: queues that
// nobody can serve, callers whom nobody in their queue may take, members who are
// never asked, queues that starve, overflow in circles, callbacks that can never
// be dialled. Each stands at its place of the file.
func (c *Config) RoutingRemarks() strictyaml.Problems {
	l := linter{Config: c, doc: c.document.Blank(), index: map[acd.QueueID]int{}, members: map[acd.QueueID][]member{}}
	for i, q := range c.Queues {
		l.index[q.ID] = i
	}
	for i := range c.Agents {
		for j := range c.Agents[i].Queues {
			m := &c.Agents[i].Queues[j]
			l.members[m.Queue] = append(l.members[m.Queue], member{&c.Agents[i], m, fmt.Sprintf("agents[%d].queues[%d]", i, j)})
		}
	}
	for i := range c.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		l.served(at, &c.Queues[i])
		l.asked(&c.Queues[i])
		l.starves(at, &c.Queues[i])
		l.circles(at, &c.Queues[i])
		l.dialled(at, &c.Queues[i])
	}
	remarks := l.doc.Problems()
	for _, f := range c.usedFlows() {
		remarks = append(remarks, l.wanted(f)...)
	}
	return remarks
}

// linter gathers remarks.
type linter struct {
	*Config
	doc     *strictyaml.Document
	index   map[acd.QueueID]int
	members map[acd.QueueID][]member
}

// member is an agent's membership with its place in the file.
type member struct {
	agent *Agent
	seat  *Membership
	path  string
}

func (l *linter) remark(path, format string, args ...any) {
	l.doc.Report(path, fmt.Sprintf(format, args...))
}

// comes says whether an agent can ever be available.
func (m member) comes() bool {
	return m.agent.Device != DeviceURI || m.agent.InitialStatus != acd.Offline
}

// served: a queue needs somebody.
func (l *linter) served(at string, q *Queue) {
	all := l.members[q.ID]
	switch {
	case q.Closed:
	case len(all) == 0:
		l.remark(at, "nobody serves %s at any hour; name it in queues of an agent", q.ID)
	case !slices.ContainsFunc(all, member.comes):
		l.remark(at, "nobody can serve %s at any hour: its agents have a fixed device that starts offline, and cannot sign in; write initialStatus: available", q.ID)
	}
}

// asked: a member whose delay is longer than anybody waits is never asked.
func (l *linter) asked(q *Queue) {
	longest, why := q.MaxWait, "maxWait"
	if q.OverflowAfter > 0 && (longest == 0 || q.OverflowAfter < longest) {
		longest, why = q.OverflowAfter, "overflowAfter"
	}
	for _, m := range l.members[q.ID] {
		if longest > 0 && m.seat.Delay >= longest {
			l.remark(m.path, "%s is never asked for %s: the delay %v is not below its %s %v", m.agent.ID, q.ID, m.seat.Delay, why, longest)
		}
	}
}

// starves: all who serve a queue serve a more urgent one too, and no guard ends
// the waiting.
func (l *linter) starves(at string, q *Queue) {
	all := l.members[q.ID]
	if q.Guard > 0 || len(all) == 0 {
		return
	}
	var urgent []string
	for _, m := range all {
		i := slices.IndexFunc(m.agent.Queues, func(o Membership) bool {
			j, known := l.index[o.Queue]
			return known && l.Queues[j].Priority > q.Priority
		})
		if i < 0 {
			return
		}
		urgent = append(urgent, string(m.agent.Queues[i].Queue))
	}
	slices.Sort(urgent)
	l.remark(at, "%s starves while callers wait in %s: everybody who serves it serves that first; give it a guard, like guard: 10m", q.ID, strings.Join(slices.Compact(urgent), ", "))
}

// circles: overflow that comes back to where it began. Each circle is told once.
func (l *linter) circles(at string, q *Queue) {
	way := []string{string(q.ID)}
	for next := q; next.OverflowTo != ""; {
		i, known := l.index[next.OverflowTo]
		if !known || slices.Contains(way[1:], string(next.OverflowTo)) {
			return
		}
		next = &l.Queues[i]
		way = append(way, string(next.ID))
		if next.ID == q.ID {
			if slices.Min(way) == string(q.ID) {
				l.remark(at+".overflowTo", "callers go round in circles: %s; let one of them keep its callers", strings.Join(way, ", then "))
			}
			return
		}
	}
}

// dialled: a callback needs a way out.
func (l *linter) dialled(at string, q *Queue) {
	if q.Callback.Order == acd.NoCallbacks {
		return
	}
	in := at + ".callback"
	if !slices.ContainsFunc(l.Dial.Allow, allowsNumbers) {
		l.remark(in, "no callback of %s can ever be dialled: dial.allow has no pattern that a number meets; add one, like \"+49*\"", q.ID)
		return
	}
	out := false
	for _, t := range l.SIP.Trunks {
		out = out || t.Address != "" && len(t.Takes.Prefixes) > 0
	}
	if !out {
		l.remark(in, "no callback of %s can ever be dialled: no trunk takes numbers; give one an address and takes: {prefixes: [\"+\"]}", q.ID)
	}
}

// allowsNumbers says whether a pattern can meet a number.
func allowsNumbers(pattern string) bool {
	plain := strings.TrimLeft(pattern, "+0123456789*?")
	if plain == "" {
		return true
	}
	for _, number := range []string{"+4930123456", "004930123456", "030123456"} {
		if ok, err := path.Match(pattern, number); err == nil && ok {
			return true
		}
	}
	return false
}

// wanted: each step of what callers want should be met by some member.
func (l *linter) wanted(f *ivr.Flow) strictyaml.Problems {
	var remarks strictyaml.Problems
	for _, use := range f.Queues() {
		if use.Require == nil || len(l.members[acd.QueueID(use.Queue)]) == 0 {
			continue
		}
		met := false
		for i, step := range use.Require.Steps {
			if l.meets(use, step) {
				met = true
				continue
			}
			remarks = append(remarks, strictyaml.Problem{File: string(f.ID) + ".yaml", Path: use.Path, Text: fmt.Sprintf(
				"step %d of what callers want is met by nobody who serves %s, and is always skipped", i+1, use.Queue)})
		}
		if last := len(use.Require.Steps); last > 0 && !met || last == 0 && !l.meets(use, ivr.Step{}) {
			remarks = append(remarks, strictyaml.Problem{File: string(f.ID) + ".yaml", Path: use.Path, Text: fmt.Sprintf(
				"nobody who serves %s may ever take these callers: add a step that somebody meets, or give an agent the skill", use.Queue)})
		}
	}
	return remarks
}

func (l *linter) meets(use ivr.QueueUse, step ivr.Step) bool {
	return slices.ContainsFunc(l.members[acd.QueueID(use.Queue)], func(m member) bool {
		if len(step.Agents) > 0 && !slices.Contains(step.Agents, string(m.agent.ID)) {
			return false
		}
		for _, s := range slices.Concat(use.Require.Always, step.Skills) {
			if m.agent.Skills[s.Name] < s.Level {
				return false
			}
		}
		return true
	})
}
