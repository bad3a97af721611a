// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a requirement; what goes beyond them is cut off.
const (
	MaxSteps      = 8
	MaxStepSkills = 8
	MaxStepAgents = 32
	MaxLevel      = 10 // of a skill; the least is 1
)

// Skill is what an agent can do and how well, or what a contact asks for and
// how well at least.
type Skill struct {
	Name  string
	Level int // 1 to MaxLevel
}

// Step is what an agent must meet to take a contact: every skill and, where
// agents are named, to be one of them. An empty step is met by anyone.
type Step struct {
	// For is how long it is before the next step opens too, counted from the end
	// of the step before, that of the first from entry; 0: until skipped.
	For    time.Duration
	Skills []Skill
	Agents []AgentID
}

// Require is whom a contact wants, frozen at its entry (rule 7). Steps open one
// after another and stay open: an agent may take the contact who meets one of
// the open steps, and Always whatever is open. A step is skipped at once, the
// next one opened with it, when no member of the queue who is signed in could
// meet it.
type Require struct {
	Always []Skill // never without
	Steps  []Step  // none: anyone
	// Never are not asked at all, such as the agent who has just passed the contact
	// on (rule 18).
	Never []AgentID
	// SkipUnavailable skips a step also when somebody signed in could meet it but
	// nobody whose status is available.
	SkipUnavailable bool
}

// need is a Require at run time, one for all contacts who ask for the same.
type need struct {
	key     string
	channel channel // of the contacts
	asked   Require
	always  []demand
	steps   []needStep
	classes []*class
	users   int
}

// needStep is one step.
type needStep struct {
	until   time.Duration // wait after which the next one is open; forever: never
	demands []demand
	agents  []AgentID

	// Whether it is met in a queue, as of one Apply.
	checkedFor *queue
	checkedAt  uint64
	unmet      bool
}

const forever = time.Duration(1<<63 - 1)

// demand is a skill by its number, and the least level. A skill that nobody has
// has the number -1.
type demand struct{ skill, least int }

// class is everybody with one need and the same steps open: for them the same
// agents may be asked.
type class struct {
	need *need
	open int // steps 0 to open are

	// The first agent of a group, as of one look at it.
	lookedAt uint64
	first    *seat
}

// admits says whether a may take a contact of c; the nil class takes anyone.
func (c *class) admits(a *agent) bool {
	if c == nil {
		return true
	}
	if !a.meets(c.need.always) || slices.Contains(c.need.asked.Never, a.id) {
		return false
	}
	for i := c.open; i >= 0; i-- {
		if c.need.steps[i].metBy(a) {
			return true
		}
	}
	return false
}

func (a *agent) meets(demands []demand) bool {
	for _, d := range demands {
		if d.skill < 0 || d.skill >= len(a.levels) || int(a.levels[d.skill]) < d.least {
			return false
		}
	}
	return true
}

func (s *needStep) metBy(a *agent) bool {
	return (len(s.agents) == 0 || slices.Contains(s.agents, a.id)) && a.meets(s.demands)
}

// need finds or makes the need of r for contacts of a channel; nil if it asks for
// nothing.
func (d *Distributor) need(r *Require, ch channel) *need {
	if r == nil || len(r.Always) == 0 && len(r.Steps) == 0 && len(r.Never) == 0 {
		return nil
	}
	var space [256]byte
	key := r.appendKey(append(space[:0], '0'+byte(ch)))
	n := d.needs[string(key)]
	if n == nil {
		asked := r.frozen()
		n = &need{key: string(key), channel: ch, asked: asked}
		for i := range asked.Steps {
			n.classes = append(n.classes, &class{need: n, open: i})
		}
		n.compile(d.skills)
		d.needs[n.key] = n
	}
	n.users++
	return n
}

// frozen is a copy of r within the limits, that nobody else can change.
func (r *Require) frozen() Require {
	out := Require{Always: cut(r.Always, MaxStepSkills), SkipUnavailable: r.SkipUnavailable, Never: cut(r.Never, MaxStepAgents)}
	for _, s := range cut(r.Steps, MaxSteps) {
		out.Steps = append(out.Steps, Step{For: max(s.For, 0), Skills: cut(s.Skills, MaxStepSkills), Agents: cut(s.Agents, MaxStepAgents)})
	}
	if len(out.Steps) == 0 {
		out.Steps = []Step{{}}
	}
	return out
}

// appendKey appends what tells the frozen r from any other.
func (r *Require) appendKey(b []byte) []byte {
	word := func(s string) { b = append(append(strconv.AppendInt(b, int64(len(s)), 10), ':'), s...) }
	number := func(n int64) { b = append(strconv.AppendInt(b, n, 10), ';') }
	skills := func(list []Skill) {
		list = list[:min(len(list), MaxStepSkills)]
		number(int64(len(list)))
		for _, s := range list {
			word(s.Name)
			number(int64(s.Level))
		}
	}
	if r.SkipUnavailable {
		b = append(b, '!')
	}
	never := r.Never[:min(len(r.Never), MaxStepAgents)]
	number(int64(len(never)))
	for _, a := range never {
		word(string(a))
	}
	skills(r.Always)
	for _, s := range r.Steps[:min(len(r.Steps), MaxSteps)] {
		number(int64(max(s.For, 0)))
		skills(s.Skills)
		agents := s.Agents[:min(len(s.Agents), MaxStepAgents)]
		number(int64(len(agents)))
		for _, a := range agents {
			word(string(a))
		}
	}
	return b
}

func cut[T any](from []T, most int) []T { return append([]T(nil), from[:min(len(from), most)]...) }

// compile numbers the skills as the configuration does.
func (n *need) compile(skills map[string]int) {
	number := func(from []Skill) (to []demand) {
		for _, s := range from {
			i, known := skills[s.Name]
			if !known {
				i = -1
			}
			to = append(to, demand{i, max(s.Level, 1)})
		}
		return to
	}
	n.always = number(n.asked.Always)
	n.steps = n.steps[:0]
	until := time.Duration(0)
	for _, s := range n.asked.Steps {
		if s.For == 0 || until > forever-s.For {
			until = forever
		} else {
			until += s.For
		}
		n.steps = append(n.steps, needStep{until: until, demands: number(s.Skills), agents: s.Agents})
	}
}

// drop forgets n when nobody has it any more.
func (d *Distributor) drop(n *need) {
	if n == nil {
		return
	}
	if n.users--; n.users == 0 {
		delete(d.needs, n.key)
	}
}

// last says whether no further step can open for c.
func (c *contact) last() bool { return c.need == nil || c.open >= len(c.need.steps)-1 }

// nextStep is when the next step opens by itself, or never.
func (c *contact) nextStep() instant {
	if c.last() || c.need.steps[c.open].until == forever {
		return never
	}
	return c.entered.add(c.need.steps[c.open].until)
}

// openInTime opens the steps of c that time has opened.
func (d *Distributor) openInTime(c *contact) {
	for !c.last() && c.nextStep() <= d.now {
		d.openNext(c)
	}
}

func (d *Distributor) openNext(c *contact) {
	c.open++
	c.class = c.need.classes[c.open]
	c.queue.line.update(c)
	c.queue.recheck = true
	d.touch(c.queue)
}

// recheck skips, in every queue where that may have changed, the steps that
// nobody could meet.
func (d *Distributor) recheck() {
	d.applies++
	for i := 0; i < len(d.dirty); i++ {
		q := d.dirty[i]
		if !q.recheck {
			continue
		}
		q.recheck = false
		if q.demanding == 0 {
			continue
		}
		for _, c := range q.line.all() {
			d.skipSteps(c)
		}
		q.recheck = false // openNext asked for it
	}
}

func (d *Distributor) skipSteps(c *contact) {
	if c.last() {
		return
	}
	was := c.open
	for !c.last() && (c.nextStep() <= d.now || d.unmet(c.queue, c.need, c.open)) {
		d.openNext(c)
	}
	if c.open != was {
		d.rearm(c)
	}
}

// unmet says whether nobody in q could meet a step, whatever they do now.
func (d *Distributor) unmet(q *queue, n *need, step int) bool {
	s := &n.steps[step]
	if s.checkedFor == q && s.checkedAt == d.applies {
		return s.unmet
	}
	s.checkedFor, s.checkedAt, s.unmet = q, d.applies, true
	for _, seat := range q.seats {
		a := seat.agent
		there := a.signedIn() && (!n.asked.SkipUnavailable || a.status == Available)
		if there && a.meets(n.always) && !slices.Contains(n.asked.Never, a.id) && s.metBy(a) {
			s.unmet = false
			break
		}
	}
	return s.unmet
}

// untilMet is how long c has to wait before a step opens that somebody signed in
// meets (rule 27).
func (c *contact) untilMet(waited time.Duration) time.Duration {
	if c.need == nil {
		return 0
	}
	for i := range c.need.steps {
		opens := time.Duration(0)
		if i > c.open {
			opens = max(c.need.steps[i-1].until-waited, 0)
		}
		if opens == max(forever-waited, 0) {
			return 0
		}
		for _, seat := range c.queue.seats {
			if a := seat.agent; a.signedIn() && a.meets(c.need.always) && !slices.Contains(c.need.asked.Never, a.id) && c.need.steps[i].metBy(a) {
				return opens
			}
		}
	}
	return 0
}

// String is what a contact asks for, for logs and pages: "german>=7 for 30s,
// then anyone".
func (r *Require) String() string {
	if r == nil {
		return ""
	}
	skills := func(list []Skill) (out []string) {
		for _, s := range list {
			out = append(out, fmt.Sprintf("%s>=%d", s.Name, s.Level))
		}
		return out
	}
	var steps []string
	for _, s := range r.Steps {
		words := skills(s.Skills)
		for _, a := range s.Agents {
			words = append(words, "agent "+string(a))
		}
		if len(words) == 0 {
			words = []string{"anyone"}
		}
		text := strings.Join(words, " and ")
		if s.For > 0 {
			text += " for " + s.For.String()
		}
		steps = append(steps, text)
	}
	text := strings.Join(steps, ", then ")
	if len(r.Always) > 0 {
		text = strings.TrimPrefix(text+", never without "+strings.Join(skills(r.Always), " and "), ", ")
	}
	for i, a := range r.Never {
		if i == 0 {
			text += ", not"
		}
		text += " agent " + string(a)
	}
	return strings.TrimPrefix(text, ", ")
}
