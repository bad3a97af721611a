// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// Limits of what a queue node may require.
const (
	maxRequired   = 8
	maxStepSkills = 8
	maxStepAgents = 32
	maxLevel      = 10
	maxStep       = time.Hour
)

// Require is whom a contact wants to talk to. Steps open one after another and
// stay open; an agent who meets an open step and Always may take it.
type Require struct {
	Always          []Skill // never without
	Steps           []Step  // none: anyone
	SkipUnavailable bool    // skip steps that nobody available could meet, not only nobody signed in
}

// Step is every one of Skills and, where agents are named, one of them.
type Step struct {
	For    time.Duration // then the next one opens; 0: until skipped
	Skills []Skill
	Agents []string
}

// Skill is a skill at a level of at least Level, 1 to 10.
type Skill struct {
	Name  string
	Level int
}

// WantUse is a skill or an agent that a flow asks for; the other is "".
type WantUse struct {
	Skill, Agent string
	Path         string // for Report
}

// stepFile is one step of require; an empty one is anyone in the queue.
type stepFile struct {
	// Skills are the least levels wanted, 1 to 10: {german: 7}.
	Skills map[string]int `yaml:"skills"`
	// Agents are the only ones wanted.
	Agents []string `yaml:"agents"`
	// For is how long until the next step opens too; default: until nobody who
	// is signed in could meet this one.
	For time.Duration `yaml:"for"`
}

// preferredFile is an agent who is asked before all others.
type preferredFile struct {
	// Agent is the ID, or last: who talked to the caller last, if anybody did.
	Agent string `yaml:"agent,required"`
	// For is how long the others are not asked; default 20s.
	For time.Duration `yaml:"for"`
}

// LastAgent stands for the agent who talked to the caller last.
const LastAgent = "last"

const defaultPreferred = 20 * time.Second

// require reads whom a queue node wants; nil: anyone.
func (r *reader) require(path string, f *queueFile) *Require {
	out := &Require{Always: r.skills(path+".neverWithout", f.NeverWithout)}
	if p := f.Preferred; p != nil {
		at := path + ".preferred"
		if p.Agent != LastAgent {
			r.flow.wants = append(r.flow.wants, WantUse{Agent: p.Agent, Path: at + ".agent"})
		}
		out.Steps = append(out.Steps, Step{For: r.span(at+".for", p.For, defaultPreferred, maxStep), Agents: []string{p.Agent}})
		if len(f.Require) == 0 {
			out.Steps = append(out.Steps, Step{})
		}
	}
	if len(f.Require)+len(out.Steps) > maxRequired {
		r.report(path+".require", "holds %d steps; write at most %d, preferred included", len(f.Require), maxRequired)
	}
	for i, s := range f.Require {
		out.Steps = append(out.Steps, r.requireStep(path, i, s))
	}
	switch f.Skip {
	case "", "signedIn":
	case "available":
		out.SkipUnavailable = true
	default:
		r.report(path+".skip", "%q is not known; write signedIn or available", f.Skip)
	}
	if len(out.Always) == 0 && len(out.Steps) == 0 {
		if f.Skip != "" {
			r.report(path+".skip", "means nothing without require or preferred; remove it")
		}
		return nil
	}
	return out
}

func (r *reader) requireStep(path string, i int, f stepFile) Step {
	at := path + ".require[" + strconv.Itoa(i) + "]"
	s := Step{For: r.span(at+".for", f.For, 0, maxStep), Skills: r.skills(at+".skills", f.Skills), Agents: f.Agents}
	if len(f.Agents) > maxStepAgents {
		r.report(at+".agents", "holds %d agents; write at most %d", len(f.Agents), maxStepAgents)
	}
	for j, a := range f.Agents {
		r.flow.wants = append(r.flow.wants, WantUse{Agent: a, Path: at + ".agents[" + strconv.Itoa(j) + "]"})
	}
	return s
}

// skills reads least levels, sorted by name.
func (r *reader) skills(path string, levels map[string]int) []Skill {
	var out []Skill
	for name, level := range levels {
		at := path + "." + name
		if level < 1 || level > maxLevel {
			r.report(at, "%d is no level; write 1 to %d", level, maxLevel)
		}
		r.flow.wants = append(r.flow.wants, WantUse{Skill: name, Path: at})
		out = append(out, Skill{Name: name, Level: level})
	}
	if len(out) > maxStepSkills {
		r.report(path, "holds %d skills; write at most %d", len(out), maxStepSkills)
	}
	slices.SortFunc(out, func(a, b Skill) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Wants are the skills and agents that f asks for.
func (f *Flow) Wants() []WantUse { return f.wants }
