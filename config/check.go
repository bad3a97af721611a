// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"tandem/acd"
	"tandem/ivr"
	"tandem/strictyaml"
)

// Limits of a configuration.
const (
	maxNumbers     = 1000
	maxQueues      = 1000
	maxSkills      = 64 // of one agent
	maxAgents      = 10000
	maxNamed       = 100 // reasons, and dispositions
	maxName        = 60  // bytes of an ID or a name
	maxAllowed     = 200 // patterns of dial.allow
	longestDelay   = 24 * time.Hour
	longestRinging = 5 * time.Minute
	shortestRing   = time.Second
)

// checker adds what only the whole shows to the problems of the file.
type checker struct {
	*Config
	doc *strictyaml.Document
}

func (c *Config) check(doc *strictyaml.Document) {
	k := checker{c, doc}
	for _, section := range []struct {
		path  string
		check func(report func(path, problem string))
	}{
		{"sip", c.SIP.Check},
		{"media", c.Media.Check},
		{"softphone", c.Softphone.Check},
		{"web", c.Web.Check},
		{"prompts", c.Prompts.Check},
		{"journal", c.Journal.Check},
		{"dips", c.Dips.Check},
	} {
		section.check(func(path, problem string) {
			at := section.path
			if path != "" {
				at += "." + path
			}
			doc.Report(at, problem)
		})
	}
	if c.noFlows {
		k.report("flowsFolder", "%s is no folder; make it, or remove the line to use the built-in flows", c.FlowsFolder)
	}
	k.log()
	k.span("drain", c.Drain, longestDelay)
	k.span("desk.resumeGrace", c.Desk.ResumeGrace, longestRinging)
	k.queues()
	k.retired()
	k.reasons()
	k.dispositions()
	k.agents()
	k.numbers()
	k.dial()
	k.listeners()
	k.reach()
	k.demo()
}

func (k checker) report(path, format string, args ...any) {
	k.doc.Report(path, fmt.Sprintf(format, args...))
}

func (k checker) log() {
	k.oneOf("log.level", k.Log.Level, "debug", "info", "warn", "error")
	k.oneOf("log.format", k.Log.Format, "text", "json")
}

func (k checker) queues() {
	k.count("queues", len(k.Queues), maxQueues)
	seen := map[string]int{}
	for i, q := range k.Queues {
		at := fmt.Sprintf("queues[%d]", i)
		k.id(at, string(q.ID), seen, i, "queues")
		k.name(at+".name", q.Name)
		if q.Goal < 1 || q.Goal > 100 {
			k.report(at+".goal", "%d is no percentage; write 1 to 100", q.Goal)
		}
		if q.RingTime != 0 && q.RingTime < shortestRing {
			k.report(at+".ringTime", "%v is below %v; write a time people can answer in, like 20s", q.RingTime, shortestRing)
		}
		for _, d := range []struct {
			key   string
			value time.Duration
			most  time.Duration
		}{
			{"serviceLevel", q.ServiceLevel, longestDelay}, {"ringTime", q.RingTime, longestRinging},
			{"wrapUp", q.WrapUp, longestDelay}, {"maxWait", q.MaxWait, longestDelay}, {"guard", q.Guard, longestDelay},
			{"announceFirst", q.AnnounceFirst, longestDelay}, {"announceEvery", q.AnnounceEvery, longestDelay},
			{"missedDelay", q.MissedDelay, longestDelay}, {"refusedDelay", q.RefusedDelay, longestDelay},
			{"busyDelay", q.BusyDelay, longestDelay}, {"unreachableDelay", q.UnreachableDelay, longestDelay},
			{"overflowAfter", q.OverflowAfter, longestDelay},
		} {
			if d.key != "ringTime" || d.value >= shortestRing {
				k.span(at+"."+d.key, d.value, d.most)
			}
		}
		if q.AnnounceFirst > 0 && q.AnnounceEvery == 0 {
			k.report(at+".announceFirst", "means nothing without announceEvery; add it, like announceEvery: 45s")
		}
		k.choice(at, q)
		k.callback(at+".callback", q.Callback)
		k.closing(at, q)
		k.notNegative(at+".maxLength", q.MaxLength)
		k.notNegative(at+".missedLimit", q.MissedLimit)
	}
}

// closing checks a queue's hours, and what happens at the edges of a contact.
func (k checker) closing(at string, q Queue) {
	k.oneOf(at+".wrapUpMode", string(q.WrapUpMode), "", string(acd.WrapUpNone), string(acd.WrapUpOptional), string(acd.WrapUpDismissed), string(acd.WrapUpLimited))
	k.oneOf(at+".atClose", string(q.AtClose), "", string(acd.ServeLine), string(acd.ReleaseLine), string(acd.OverflowLine))
	for _, p := range []struct {
		key   string
		value acd.Presence
	}{{"joinCounts", q.JoinCounts}, {"leaveCounts", q.LeaveCounts}} {
		k.oneOf(at+"."+p.key, string(p.value), "", string(acd.PresentSignedIn), string(acd.PresentAvailable), string(acd.PresentIdle))
	}
	k.span(at+".serveFor", q.ServeFor, longestDelay)
	k.span(at+".redialGrace", q.RedialGrace, longestDelay)
	k.span(at+".ringNext", q.RingNext, longestRinging)
	switch {
	case q.WrapUpMode == acd.WrapUpLimited && q.WrapUp == 0:
		k.report(at+".wrapUpMode", "limited to what? add wrapUp, like wrapUp: 30s")
	case q.AtClose == acd.OverflowLine && q.OverflowTo == "":
		k.report(at+".atClose", "overflow to where? add overflowTo")
	case q.ServeFor != 0 && q.AtClose != "" && q.AtClose != acd.ServeLine:
		k.report(at+".serveFor", "means nothing with atClose: %s; remove it", q.AtClose)
	}
	if q.DispositionNeeded && len(k.Dispositions) == 0 {
		k.report(at+".dispositionNeeded", "there are no dispositions to choose from; add some, or remove it")
	}
	q.Hours.Hours(time.UTC, func(path, problem string) { k.report(at+".hours."+path, "%s", problem) })
	q.Callback.Hours.Hours(time.UTC, func(path, problem string) { k.report(at+".callback.hours."+path, "%s", problem) })
}

// longestExpiry bounds how long a callback may stay open.
const longestExpiry = 30 * 24 * time.Hour

func (k checker) callback(at string, c Callback) {
	if c.Order == "" && c.Attempts == 0 && c.Gap == 0 && c.RingTime == 0 && c.Expiry == 0 && c.From == "" && c.FromName == "" {
		return
	}
	k.oneOf(at+".order", string(c.Order), string(acd.AgentFirst), string(acd.CustomerFirst))
	k.notNegative(at+".attempts", c.Attempts)
	k.span(at+".gap", c.Gap, longestDelay)
	k.span(at+".ringTime", c.RingTime, longestRinging)
	k.span(at+".expiry", c.Expiry, longestExpiry)
	k.length(at+".fromName", c.FromName)
	if c.From != "" && !isDialled(c.From) {
		k.report(at+".from", "%q is no number; write digits, also with a leading +, without spaces", c.From)
	}
	if len(k.Dial.Allow) == 0 {
		k.report(at, "nobody can be called back, because dial.allow has no pattern; add one, like 0049*")
	}
}

// capacity checks how much an agent has in hand, and how it is rung.
func (k checker) capacity(at string, a Agent) {
	if a.RingTime != 0 && (a.RingTime < shortestRing || a.RingTime > longestRinging) {
		k.report(at+".ringTime", "%v is not between %v and %v", a.RingTime, shortestRing, longestRinging)
	}
	if key := a.AcceptKey; key != "" && (len(key) != 1 || !strings.Contains("0123456789*#", key)) {
		k.report(at+".acceptKey", "%q is no key; write one of 0-9, * and # in quotes", key)
	}
	if a.AcceptKey != "" && a.Device == DeviceBrowser {
		k.report(at+".acceptKey", "is for phones; a page has a button. Write device: phone, or remove it")
	}
	for _, n := range []struct {
		key          string
		value, least int
	}{{"chats", a.Capacity.Chats, -1}, {"tasks", a.Capacity.Tasks, -1}, {"total", a.Capacity.Total, 0}, {"besideCall", a.Capacity.BesideCall, 0}} {
		if n.value < n.least || n.value > maxInHand {
			k.report(at+".capacity."+n.key, "%d is not between %d and %d", n.value, n.least, maxInHand)
		}
	}
}

// maxInHand bounds what one agent does at once.
const maxInHand = 50

// choice checks how a queue chooses, its day, and where it overflows to.
func (k checker) choice(at string, q Queue) {
	var strategies, queues []string
	for _, s := range acd.Strategies() {
		strategies = append(strategies, string(s))
	}
	k.oneOf(at+".strategy", string(q.Strategy), strategies...)
	if _, err := time.LoadLocation(q.TimeZone); err != nil {
		k.report(at+".timeZone", "%q is no time zone; write one like Europe/Berlin", q.TimeZone)
	}
	for _, other := range k.Queues {
		if other.ID != q.ID {
			queues = append(queues, string(other.ID))
		}
	}
	switch {
	case q.OverflowTo == "" && q.OverflowAfter == 0:
	case q.OverflowTo == "":
		k.report(at+".overflowAfter", "means nothing without overflowTo; name a queue there")
	case q.OverflowAfter == 0 && q.AtClose != acd.OverflowLine:
		k.report(at+".overflowTo", "means nothing without overflowAfter; add it, like overflowAfter: 3m")
	case !slices.Contains(queues, string(q.OverflowTo)):
		k.report(at+".overflowTo", "there is no other queue %q; %s", q.OverflowTo, strictyaml.Known(string(q.OverflowTo), queues))
	}
}

// skills checks the names and levels of an agent's.
func (k checker) skills(at string, a Agent) {
	if len(a.Skills) > maxSkills {
		k.report(at+".skills", "holds %d skills; write at most %d", len(a.Skills), maxSkills)
	}
	for name, level := range a.Skills {
		in := at + ".skills." + name
		if !isID(name) {
			k.report(in, "%q is no name for a skill; write letters, digits, - and _", name)
		}
		if level < 1 || level > acd.MaxLevel {
			k.report(in, "%d is no level; write 1 to %d", level, acd.MaxLevel)
		}
	}
}

func (k checker) retired() {
	k.count("retiredQueues", len(k.RetiredQueues), maxQueues)
	var queues []string
	for _, q := range k.Queues {
		queues = append(queues, string(q.ID))
	}
	for i, r := range k.RetiredQueues {
		at := fmt.Sprintf("retiredQueues[%d]", i)
		if slices.Contains(queues, string(r.ID)) {
			k.report(at+".id", "%q is still one of queues; remove it there, or here", r.ID)
		}
		if r.MoveTo != "" && !slices.Contains(queues, string(r.MoveTo)) {
			k.report(at+".moveTo", "there is no queue %q; %s", r.MoveTo, strictyaml.Known(string(r.MoveTo), queues))
		}
	}
}

func (k checker) reasons() {
	k.count("reasons", len(k.Reasons), maxNamed)
	seen := map[string]int{}
	for i, r := range k.Reasons {
		at := fmt.Sprintf("reasons[%d]", i)
		k.id(at, string(r.ID), seen, i, "reasons")
		k.name(at+".name", r.Name)
		k.span(at+".limit", r.Limit, longestDelay)
		if slices.Contains([]acd.Status{acd.Available, acd.NotResponding, acd.Offline}, r.ID) {
			k.report(at+".id", "%q is a status of Tandem's own; choose another word", r.ID)
		}
	}
}

func (k checker) dispositions() {
	k.count("dispositions", len(k.Dispositions), maxNamed)
	seen := map[string]int{}
	for i, d := range k.Dispositions {
		at := fmt.Sprintf("dispositions[%d]", i)
		k.id(at, d.ID, seen, i, "dispositions")
		k.name(at+".name", d.Name)
	}
}

func (k checker) agents() {
	k.count("agents", len(k.Agents), maxAgents)
	var queues []string
	for _, q := range k.Queues {
		queues = append(queues, string(q.ID))
	}
	known := map[string]bool{}
	for _, q := range queues {
		known[q] = true
	}
	seen := map[string]int{}
	for i, a := range k.Agents {
		at := fmt.Sprintf("agents[%d]", i)
		k.id(at, string(a.ID), seen, i, "agents")
		k.length(at+".name", a.Name)
		k.oneOf(at+".role", a.Role, RoleAgent, RoleSupervisor)
		k.device(at, a)
		k.skills(at, a)
		k.capacity(at, a)
		joined := map[acd.QueueID]bool{}
		for j, m := range a.Queues {
			in := fmt.Sprintf("%s.queues[%d]", at, j)
			switch {
			case m.Queue == "":
			case !known[string(m.Queue)]:
				k.report(in, "there is no queue %q; %s", m.Queue, strictyaml.Known(string(m.Queue), queues))
			case joined[m.Queue]:
				k.report(in, "%q stands here twice; keep one", m.Queue)
			}
			joined[m.Queue] = true
			k.span(in+".delay", m.Delay, longestDelay)
		}
	}
}

func (k checker) device(at string, a Agent) {
	if !k.oneOf(at+".device", a.Device, DeviceBrowser, DevicePhone, DeviceURI) {
		return
	}
	if a.Device != DeviceURI {
		if a.URI != "" {
			k.report(at+".uri", "means nothing for device %s; write device: uri, or remove it", a.Device)
		}
		if k.doc.Has(at + ".initialStatus") {
			k.report(at+".initialStatus", "is for device uri only, where nobody signs in; remove it")
		}
		return
	}
	switch {
	case a.URI == "":
		k.report(at+".uri", "is missing; write the SIP address of the device, like sip:gate@192.0.2.7")
	case !strings.HasPrefix(a.URI, "sip:") || strings.ContainsAny(a.URI, " <>\r\n"):
		k.report(at+".uri", "%q is no SIP address; write one like sip:gate@192.0.2.7", a.URI)
	}
	known := []string{string(acd.Available), string(acd.Offline)}
	for _, r := range k.Reasons {
		known = append(known, string(r.ID))
	}
	k.oneOf(at+".initialStatus", string(a.InitialStatus), known...)
}

func (k checker) numbers() {
	k.count("numbers", len(k.Numbers), maxNumbers)
	var trunks []string
	for _, t := range k.SIP.Trunks {
		trunks = append(trunks, t.Name)
	}
	type dialled struct{ number, prefix, trunk string }
	seen := map[dialled]int{}
	for i, n := range k.Numbers {
		at := fmt.Sprintf("numbers[%d]", i)
		if (n.Number == "") == (n.Prefix == "") {
			k.report(at, "needs either number or prefix; write one of them")
		}
		digits, key := n.Number, "number"
		if digits == "" {
			digits, key = n.Prefix, "prefix"
		}
		if digits != "" && !isDialled(digits) {
			k.report(at+"."+key, "%q is no number; write digits, also with a leading +, without spaces", digits)
		}
		d := dialled{n.Number, n.Prefix, n.Trunk}
		if first, twice := seen[d]; twice && digits != "" {
			k.report(at+"."+key, "%s stands here a second time (first in numbers[%d]); keep one", digits, first)
		} else {
			seen[d] = i
		}
		if n.Trunk != "" && !slices.Contains(trunks, n.Trunk) {
			k.report(at+".trunk", "there is no trunk %q; %s", n.Trunk, strictyaml.Known(n.Trunk, trunks))
		}
		if n.Flow != "" {
			k.flow(at+".flow", n.Flow, ivr.CallFlow)
		}
		if k.oneOf(at+".language", n.Language, ivr.Languages...) {
			if f := k.Flows[n.Flow]; f != nil && !slices.Contains(f.Languages, n.Language) {
				k.report(at+".language", "flow %q does not speak %s; %s", n.Flow, n.Language, strictyaml.Known(n.Language, f.Languages))
			}
		}
		k.span(at+".ringback", n.Ringback, longestRinging)
	}
	k.flow("waitFlow", k.WaitFlow, ivr.WaitFlow)
}

// flow checks that there is a flow of that kind. While flows have problems of
// their own some are missing for that reason alone, and nothing is said.
func (k checker) flow(path string, id ivr.FlowID, kind ivr.Kind) {
	if problem := k.flowProblem(id, kind); problem != "" {
		k.report(path, "%s", problem)
	}
}

func (c *Config) flowProblem(id ivr.FlowID, kind ivr.Kind) string {
	f := c.Flows[id]
	if f != nil && f.Kind != kind {
		return fmt.Sprintf("flow %q is of kind %s; name one of kind %s", id, f.Kind, kind)
	}
	if f != nil || c.noFlows || slices.Contains(c.faulty, id) {
		return ""
	}
	var known []string
	for other, f := range c.Flows {
		if f.Kind == kind {
			known = append(known, string(other))
		}
	}
	slices.Sort(known)
	where := "the built-in flows"
	if c.FlowsFolder != "" {
		where = c.FlowsFolder
	}
	return fmt.Sprintf("there is no flow %q in %s; %s", id, where, strictyaml.Known(string(id), known))
}

func (k checker) dial() {
	k.count("dial.allow", len(k.Dial.Allow), maxAllowed)
	for i, pattern := range k.Dial.Allow {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			k.report(fmt.Sprintf("dial.allow[%d]", i), "%q is no pattern; write one like sip:*@192.0.2.7 or 0049*", pattern)
		}
	}
}

// skillsAndAgents are all skills that somebody has, and everybody, sorted.
func (c *Config) skillsAndAgents() (skills, agents []string) {
	for _, a := range c.Agents {
		agents = append(agents, string(a.ID))
		skills = slices.AppendSeq(skills, maps.Keys(a.Skills))
	}
	slices.Sort(skills)
	slices.Sort(agents)
	return slices.Compact(skills), agents
}

// flowReports are the problems of flows that only the whole shows: queues, wait
// flows and targets that are not there. Only flows that a call can reach count.
func (c *Config) flowReports() strictyaml.Problems {
	var queues []string
	for _, q := range c.Queues {
		queues = append(queues, string(q.ID))
	}
	skills, agents := c.skillsAndAgents()
	var problems strictyaml.Problems
	for _, f := range c.usedFlows() {
		for _, use := range f.Queues() {
			if !slices.Contains(queues, use.Queue) {
				f.Report(use.Path+".id", fmt.Sprintf("there is no queue %q; %s", use.Queue, strictyaml.Known(use.Queue, queues)))
			}
			if use.WaitFlow != "" {
				if problem := c.flowProblem(use.WaitFlow, ivr.WaitFlow); problem != "" {
					f.Report(use.Path+".waitFlow", problem)
				}
			}
		}
		for _, use := range f.Wants() {
			switch {
			case use.Skill != "" && !slices.Contains(skills, use.Skill):
				f.Report(use.Path, fmt.Sprintf("no agent has the skill %q; %s", use.Skill, strictyaml.Known(use.Skill, skills)))
			case use.Agent != "" && !slices.Contains(agents, use.Agent):
				f.Report(use.Path, fmt.Sprintf("there is no agent %q; %s", use.Agent, strictyaml.Known(use.Agent, agents)))
			}
		}
		for _, use := range f.Secrets() {
			if _, known := c.Dips.Secrets[use.Name]; !known {
				f.Report(use.Path, fmt.Sprintf("there is no secret %q in dips.secrets of the configuration; %s", use.Name, strictyaml.Known(use.Name, c.Dips.Names())))
			}
		}
		for _, use := range f.Dials() {
			if !strings.Contains(use.Target, "{") && !c.mayDial(use.Target) {
				f.Report(use.Path+".target", fmt.Sprintf("%q is not allowed; add it to dial.allow of the configuration", use.Target))
			}
		}
		problems = append(problems, f.Problems()...)
	}
	return problems
}

func (c *Config) mayDial(target string) bool {
	return slices.ContainsFunc(c.Dial.Allow, func(pattern string) bool {
		ok, err := path.Match(pattern, target)
		return ok && err == nil
	})
}

// The rest are the questions asked again and again.

// oneOf reports a word that is none of known.
func (k checker) oneOf(path, word string, known ...string) bool {
	if slices.Contains(known, word) {
		return true
	}
	k.report(path, "%q is unknown; %s", word, strictyaml.Known(word, known))
	return false
}

func (k checker) span(path string, d, most time.Duration) {
	switch {
	case d < 0:
		k.report(path, "%v is below 0; write 0s or more", d)
	case d > most:
		k.report(path, "%v is too long; write at most %v", d, most)
	}
}

func (k checker) notNegative(path string, n int) {
	if n < 0 {
		k.report(path, "%d is below 0; write 0 or more", n)
	}
}

func (k checker) count(path string, n, most int) {
	if n > most {
		k.report(path, "holds %d; at most %d are possible", n, most)
	}
}

// id checks the id of the i-th element of a list.
func (k checker) id(at, id string, seen map[string]int, i int, list string) {
	if id == "" {
		return // missing, which has been reported
	}
	if !isID(id) {
		k.report(at+".id", "%q is no ID; write letters, digits, - and _, at most %d", id, maxName)
		return
	}
	if first, twice := seen[id]; twice {
		k.report(at+".id", "%q is the ID of %s[%d] already; choose another", id, list, first)
		return
	}
	seen[id] = i
}

func (k checker) name(path string, n Names) {
	k.length(path+".en", n.EN)
	k.length(path+".zh", n.ZH)
}

func (k checker) length(path, s string) {
	if len(s) > maxName {
		k.report(path, "is longer than %d bytes; make it shorter", maxName)
	}
}

func isID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}

func isDialled(s string) bool {
	s = strings.TrimPrefix(s, "+")
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && s[i] != '*' && s[i] != '#' {
			return false
		}
	}
	return s != "" && len(s) <= maxName
}
