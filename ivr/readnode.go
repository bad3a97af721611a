// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/strictyaml"
)

var nodeKinds = []string{"say", "play", "menu", "collect", "queue", "dial", "echo", "hangup", "goto",
	"branch", "set", "hours", "language", "wait", "split", "confirm", "pin", "sub", "return", "jump",
	"callback", "leave", "fetch", "queueStatus", "priority", "transfer", "survey", "record", "webhook"}

// goesOn are the kinds whose next stands beside them.
var goesOn = []string{"say", "play", "echo", "set", "language", "wait", "priority"}

// node gives n its step.
func (r *reader) node(n *node, f nodeFile, path string) {
	n.label = r.label(path+".label", f.Label)
	var kinds []string
	for _, kind := range nodeKinds {
		if r.doc.Has(path + "." + kind) {
			kinds = append(kinds, kind)
		}
	}
	if len(kinds) != 1 {
		if len(kinds) == 0 {
			r.report(path, "does nothing; give it one of %s", strings.Join(nodeKinds, ", "))
		} else {
			r.report(path, "is %s at once; make a node of each", strings.Join(kinds, " and "))
		}
		return
	}
	at := path + "." + kinds[0]
	r.belongs(path, kinds[0])
	if r.flow.Kind == WaitFlow && !slices.Contains(waitNodes, kinds[0]) {
		r.report(at, "has no place in a flow of kind wait; %s", strictyaml.Known(kinds[0], waitNodes))
		return
	}
	switch kinds[0] {
	case "say":
		n.step = r.play(path, r.prompt(at, []partFile{{Say: f.Say}}), f)
	case "play":
		n.step = r.play(path, r.prompt(at, f.Play), f)
	case "menu":
		n.step = r.menu(at, f.Menu)
	case "collect":
		n.step = r.collect(at, f.Collect)
	case "queue":
		n.step = r.queue(at, f.Queue)
	case "dial":
		n.step = r.dial(at, f.Dial)
	case "echo":
		n.step = r.echo(path, f)
	case "hangup":
		n.step = r.hangup(at, f.Hangup)
	case "goto":
		n.step = &jump{next: r.to(at, f.Goto)}
	case "callback":
		n.step = r.callback(n, at, f.Callback)
	case "fetch":
		n.step = r.fetch(at, f.Fetch)
	case "queueStatus":
		n.step = r.queueStatus(at, f.QueueStatus)
	case "priority":
		n.step = r.rank(path, f)
	case "transfer":
		n.step = r.transfer(at, f.Transfer)
	case "survey":
		n.step = r.survey(at, f.Survey)
	case "record":
		n.step = r.record(n, at, f.Record)
	case "webhook":
		n.step = r.webhook(at, f.Webhook)
	case "leave":
		if r.flow.Kind != WaitFlow {
			r.report(at, "belongs to a flow of kind wait; write hangup to end the call")
		}
		n.step = &leaving{}
	default:
		n.step = r.silent(path, kinds[0], f)
	}
}

// belongs reports keys that have no meaning for this kind of node.
func (r *reader) belongs(path, kind string) {
	sound := kind == "say" || kind == "play"
	for _, key := range []string{"next", "bargeIn", "loop"} {
		if r.doc.Has(path+"."+key) && !sound && (key != "next" || !slices.Contains(goesOn, kind)) {
			r.report(path+"."+key, "means nothing for %s; remove it or write it inside %s", kind, kind)
		}
	}
}

func (r *reader) play(path string, p *prompt, f nodeFile) *play {
	p.loop = f.Loop
	p.barge = f.BargeIn == nil || *f.BargeIn
	n := &play{prompt: p, cause: causeEnded}
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

func (r *reader) menu(path string, f *menuFile) *menu {
	n := &menu{}
	p := r.prompt(path+".prompt", f.Prompt)
	p.barge = f.BargeIn == nil || *f.BargeIn
	n.question = r.question(path, p, f.Again, f.NoInput, f.NoMatch)
	n.fresh = f.TypeAhead != nil && !*f.TypeAhead
	n.timeout = r.span(path+".timeout", f.Timeout, defaultTimeout, maxWait)
	n.interDigit = r.span(path+".interDigit", f.InterDigit, defaultInterDigit, maxWait)
	if r.doc.Has(path+".keys") && len(f.Keys) == 0 || len(f.Keys) > maxChoices {
		r.report(path+".keys", "holds %d choices; write 1 to %d", len(f.Keys), maxChoices)
	}
	for keys, c := range f.Keys {
		at := path + ".keys." + keys
		if !isKeys(keys) {
			r.report(at, "%q cannot be pressed; write up to %d of 0-9, * and # in quotes", keys, maxKeys)
		}
		choice := choice{keys: keys, label: r.label(at+".label", c.Label)}
		if c.Next != "" {
			choice.next = r.to(at+".next", c.Next)
		}
		n.choices = append(n.choices, choice)
	}
	slices.SortFunc(n.choices, func(a, b choice) int { return strings.Compare(a.keys, b.keys) })
	return n
}

func (r *reader) question(path string, p *prompt, again []partFile, noInput, noMatch missFile) question {
	q := question{prompt: p}
	if len(again) > 0 {
		q.again = r.prompt(path+".again", again)
		q.again.barge = p.barge
		p = q.again
	}
	q.noInput = r.miss(path+".noInput", noInput, p, nil)
	q.noMatch = r.miss(path+".noMatch", noMatch, p, wrongKey)
	q.noInput.name, q.noMatch.name = exitNoInput, exitNoMatch
	return q
}

func (r *reader) miss(path string, f missFile, p *prompt, said Text) miss {
	m := miss{tries: r.whole(path+".tries", f.Tries, defaultTries, 1, maxTries)}
	m.next = r.toOr(path+".next", f.Next, goodbye)
	switch {
	case len(f.Each) > 0:
		if len(f.Prompt) > 0 || len(f.Each) > maxTries {
			r.report(path+".each", "stands beside prompt, or is longer than %d; keep one of them", maxTries)
		}
		for i, e := range f.Each {
			m.prompts = append(m.prompts, r.prompt(fmt.Sprintf("%s.each[%d].prompt", path, i), e.Prompt).then(p))
		}
	case len(f.Prompt) > 0:
		m.prompts = []*prompt{r.prompt(path+".prompt", f.Prompt).then(p)}
	case said != nil && m.tries > 1:
		m.prompts = []*prompt{r.prompt("", []partFile{{Say: said}}).then(p)}
	default:
		m.prompts = []*prompt{p}
	}
	return m
}

func (r *reader) collect(path string, f *collectFile) *collect {
	p := r.prompt(path+".prompt", f.Prompt)
	p.barge = f.BargeIn == nil || *f.BargeIn
	n := &collect{question: r.question(path, p, f.Again, f.NoInput, f.NoMatch), into: f.Into}
	n.timeout = r.span(path+".timeout", f.Timeout, defaultTimeout, maxWait)
	n.interDigit = r.span(path+".interDigit", f.InterDigit, defaultInterDigit, maxWait)
	r.lengths(n, path, f)
	n.valid = r.validation(path, f)
	r.special(n, path, f)
	n.fresh = f.TypeAhead != nil && !*f.TypeAhead
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

// lengths reads how long an entry may be.
func (r *reader) lengths(n *collect, path string, f *collectFile) {
	switch {
	case r.doc.Has(path + ".exact"):
		n.max = r.whole(path+".exact", f.Exact, 0, 1, maxTyped)
		n.min = n.max
		if r.doc.Has(path+".min") || r.doc.Has(path+".max") {
			r.report(path+".exact", "stands beside min or max; keep one of them")
		}
		return
	case !r.doc.Has(path + ".max"):
		r.report(path+".max", "is missing; add it, or exact")
		return
	}
	n.min = r.whole(path+".min", f.Min, 1, 0, maxTyped)
	n.max = r.whole(path+".max", f.Max, 0, max(1, n.min), maxTyped)
}

// special reads which keys count, and which end, clear and leave an entry.
func (r *reader) special(n *collect, path string, f *collectFile) {
	n.allowed = cmp.Or(f.Allowed, digits)
	switch {
	case f.Terminator == "" && !r.doc.Has(path+".terminator"):
		n.terminators = "#"
	case f.Terminator == "none":
	case !isKeys(f.Terminator):
		r.report(path+".terminator", "%q is no key; write one of 0-9, * and # in quotes, or several, or none", f.Terminator)
	default:
		n.terminators = f.Terminator
	}
	n.clear, n.cancel = r.key(path+".clear", f.Clear, '*'), r.key(path+".cancel", f.Cancel, 0)
	if f.Clear == "" && n.cancel == '*' { // the key is wanted for something else
		n.clear = 0
	}
	if !isKeys(n.allowed[:min(len(n.allowed), maxKeys)]) || len(n.allowed) > len("0123456789*#ABCD") {
		r.report(path+".allowed", "%q are no keys; write some of 0-9, *, # and A-D in quotes", f.Allowed)
	}
	taken := map[byte]string{}
	for _, k := range []struct{ key, pressed string }{
		{"allowed", n.allowed}, {"terminator", n.terminators}, {"clear", string(n.clear)}, {"cancel", string(n.cancel)},
	} {
		for i := range len(k.pressed) {
			if c := k.pressed[i]; c != 0 && taken[c] != "" && taken[c] != k.key {
				r.report(path+"."+k.key, "%c is %s too; choose another key or none", c, taken[c])
			} else if c != 0 {
				taken[c] = k.key
			}
		}
	}
	switch {
	case f.Cancelled != "":
		n.cancelled = r.to(path+".cancelled", f.Cancelled)
		if n.cancel == 0 {
			r.report(path+".cancelled", "means nothing without cancel; name a key there")
		}
	case n.cancel != 0:
		r.report(path+".cancelled", "is missing; say where cancel leads")
	}
}

// key is a single key, the default if none is given, 0 for "none".
func (r *reader) key(path, given string, byDefault byte) byte {
	switch {
	case given == "" && !r.doc.Has(path):
		return byDefault
	case given == "none":
		return 0
	case len(given) != 1 || !isKey(given[0]):
		r.report(path, "%q is no key; write one of 0-9, * and # in quotes, or none", given)
		return 0
	}
	return given[0]
}

func (r *reader) queue(path string, f *queueFile) *queue {
	n := &queue{enqueue: Enqueue{Queue: f.ID, Priority: f.Priority, WaitFlow: f.WaitFlow, Require: r.require(path, f)}}
	e := f.Endings
	branches := []struct {
		key   string
		given NodeID
		bye   builtin
		words []string // of routing-rules 14 and the refusals at the door
	}{
		{"timedOut", e.TimedOut, byeTimedOut, []string{"timedOut"}},
		{"full", e.Full, byeFull, []string{"full"}},
		{"joinEmpty", e.JoinEmpty, byeNobody, []string{"joinEmpty"}},
		{"leaveEmpty", e.LeaveEmpty, byeNobody, []string{"leaveEmpty"}},
		{"closed", e.Closed, byeClosed, []string{"closed", "refusedClosed"}},
		{"exitKey", e.ExitKey, goodbye, []string{"exitKey"}},
	}
	for _, b := range branches {
		to := r.ending(path, b.key, b.given, e.Else, b.bye)
		for _, word := range b.words {
			n.endings = append(n.endings, ending{word, to})
		}
	}
	n.other = r.ending(path, "else", e.Else, r.file.OnError, byeFailed)
	if e.Answered != "" {
		n.enqueue.Returns = true
		n.endings = append(n.endings, ending{answered, r.to(path+".endings."+answered, e.Answered)})
	}
	if e.CallbackRequested != "" {
		n.endings = append(n.endings, ending{callbackRequested, r.to(path+".endings."+callbackRequested, e.CallbackRequested)})
	}
	return n
}

// answered is how a talk with an agent ended that the caller outlasts.
const answered = "answered"

// callbackRequested is how a contact leaves that is to be called back.
const callbackRequested = "callbackRequested"

func (r *reader) dial(path string, f *dialFile) *dial {
	n := &dial{written: f.Target, ringTime: r.span(path+".ringTime", f.RingTime, defaultRing, maxRing)}
	n.target = r.target(path+".target", f.Target)
	e := f.Endings
	for _, b := range []struct {
		key   string
		given NodeID
		bye   builtin
	}{
		{"busy", e.Busy, byeBusy},
		{"refused", e.Refused, byeRefused},
		{"noAnswer", e.NoAnswer, byeUnheard},
		{"unreachable", e.Unreachable, byeUnreachable},
		{"notAllowed", e.NotAllowed, byeBarred},
	} {
		n.endings = append(n.endings, ending{b.key, r.ending(path, b.key, b.given, e.Else, b.bye)})
	}
	n.other = r.ending(path, "else", e.Else, "", byeUnreachable)
	return n
}

// target reads whom to call.
func (r *reader) target(at, text string) template {
	parts, err := targetSegments(text)
	if err != nil {
		r.report(at, "%v", err)
	}
	for _, s := range parts {
		if s.variable != "" {
			r.open(at, s.variable)
		}
	}
	return parts
}

// ending is a branch's own node, else that of "else", else a goodbye.
func (r *reader) ending(path, key string, given, other NodeID, bye builtin) *node {
	at := path + ".endings." + key
	if given == "" && other != "" {
		return r.nodes[other] // if it does not exist, "else" itself is reported
	}
	return r.toOr(at, given, bye)
}

func (r *reader) echo(path string, f nodeFile) *echo {
	n := &echo{length: r.span(path+".echo.for", f.Echo.For, defaultEcho, maxEcho)}
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

func (r *reader) hangup(path string, f *hangupFile) *hangup {
	if f.Cause == "" {
		return &hangup{cause: causeEnded}
	}
	if !slices.Contains(hangupCauses, f.Cause) {
		r.report(path+".cause", "%q is no cause a flow may name; %s", f.Cause, strictyaml.Known(f.Cause, hangupCauses))
	}
	return &hangup{cause: f.Cause}
}

func isKeys(s string) bool {
	for i := range len(s) {
		if !isKey(s[i]) {
			return false
		}
	}
	return s != "" && len(s) <= maxKeys
}

// targetSegments cuts a dial target at its {variables}, and leaves the rest as
// it stands.
func targetSegments(target string) (template, error) {
	var out template
	for rest := target; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		if before != "" {
			out = append(out, segment{text: before})
		}
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed || !isName(name) {
			return nil, fmt.Errorf("%q has a { that begins no variable; write {name}", target)
		}
		out = append(out, segment{variable: name})
		rest = tail
	}
	return out, nil
}
