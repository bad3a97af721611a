// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"strings"
	"time"

	"tandem/strictyaml"
)

// maxVariables is how many variables one flow may have.
const maxVariables = 100

// declare finds the variables of a flow and what they hold, before its nodes
// are read: what collects, hours and sub nodes fill, then, as far as it can be
// told from those, what set nodes compute.
func (r *reader) declare(ids []NodeID) {
	for _, name := range r.file.Inputs {
		r.variable("inputs", name, "", slices.Contains(r.file.Secrets, name))
	}
	for _, name := range r.file.Secrets {
		if !slices.Contains(r.file.Inputs, name) {
			r.report("secrets", "%q is no input of this flow; %s", name, strictyaml.Known(name, r.file.Inputs))
		}
	}
	for _, id := range ids {
		f := r.file.Nodes[id]
		at := "nodes." + string(id)
		if f.Collect != nil && f.Collect.Into != "" {
			r.variable(at+".collect.into", f.Collect.Into, "", f.Collect.Secret)
		}
		if f.Fetch != nil {
			r.declareFetch(at+".fetch", f.Fetch)
		}
		if f.QueueStatus != nil {
			r.declareStatus(at+".queueStatus", f.QueueStatus)
		}
		r.declareKept(at, f)
		if f.Callback != nil && f.Callback.Into != "" {
			r.variable(at+".callback.into", f.Callback.Into, "", false)
		}
		if f.Hours != nil && f.Hours.Until != "" {
			r.variable(at+".hours.until", f.Hours.Until, time.Time{}, false)
		}
		if f.Sub != nil {
			for _, name := range sortedKeys(f.Sub.Into) {
				r.variable(at+".sub.into."+name, name, "", false)
			}
		}
	}
	for again := true; again; {
		again = false
		for _, id := range ids {
			for _, name := range sortedKeys(r.file.Nodes[id].Set) {
				again = r.computed(id, name) || again
			}
		}
	}
	r.flow.inputs, r.flow.outputs = r.file.Inputs, r.file.Outputs
	for _, name := range r.flow.outputs {
		if r.flow.variables[name] == nil {
			r.report("outputs", "%q is filled by nothing in this flow; %s", name, strictyaml.Known(name, sortedKeys(r.flow.variables)))
		}
	}
	if len(r.flow.variables) > maxVariables {
		r.report("nodes", "fill more than %d variables; split the flow", maxVariables)
	}
}

func (r *reader) declareFetch(at string, f *fetchFile) {
	if f.Status != "" {
		r.variable(at+".status", f.Status, 0, false)
	}
	for _, name := range sortedKeys(f.Into) {
		if zero, known := fieldZeros[f.Into[name].Kind]; known {
			r.variable(at+".into."+name, name, zero, false)
		}
	}
}

// computed declares what a set node computes, if it can be told already and
// changes anything.
func (r *reader) computed(id NodeID, name string) bool {
	if kind := r.flow.variables[name]; kind != nil && (kind.secret || !r.anySecret()) {
		return false // there is nothing more to learn
	}
	e, err := compile(string(r.file.Nodes[id].Set[name]), r.flow.variables)
	if err != nil || e.zeroOf() == nil {
		return false
	}
	if kind := r.flow.variables[name]; kind != nil {
		if e.secret && !kind.secret {
			kind.secret = true
			return true
		}
		return false
	}
	r.variable("nodes."+string(id)+".set."+name, name, e.zeroOf(), e.secret)
	return r.flow.variables[name] != nil
}

func (r *reader) anySecret() bool {
	for _, kind := range r.flow.variables {
		if kind.secret {
			return true
		}
	}
	return false
}

func (r *reader) variable(at, name string, zero any, secret bool) {
	_, given := givenNames[name]
	kind := r.flow.variables[name]
	switch {
	case !isName(name):
		r.report(at, "%q is no name for a variable; write letters and digits", name)
	case given:
		r.report(at, "%q is known everywhere already; use another name", name)
	case kind == nil:
		r.flow.variables[name] = &variableKind{zero, secret}
	case kind.zero != zero:
		r.report(at, "%q holds another kind of value elsewhere in this flow; use another name", name)
	default:
		kind.secret = kind.secret || secret
	}
}

// open reports a variable that nothing fills, or that is secret.
func (r *reader) open(at, name string) *variableKind {
	if name == nameCaller || name == nameDialled {
		return &variableKind{zero: ""}
	}
	kind := r.flow.variables[name]
	switch {
	case kind == nil:
		r.report(at, "{%s} is filled by nothing in this flow; %s", name, strictyaml.Known(name, sortedKeys(r.flow.variables)))
	case kind.secret:
		r.report(at, "{%s} is a secret; it may only be compared in expressions", name)
	}
	return kind
}

// spoken is how {name|as} is spoken in a flow of nodes.
func (r *reader) spoken(at, name, as string) string {
	kind := r.open(at, name)
	if kind == nil {
		return asDigits
	}
	_, moment := kind.zero.(time.Time)
	_, flag := kind.zero.(bool)
	if as == "" {
		switch kind.zero.(type) {
		case int, float64:
			as = asNumber
		case time.Time:
			as = asTime
		default:
			as = asDigits
		}
	}
	word, currency, _ := strings.Cut(as, " ")
	switch {
	case flag:
		r.report(at, "{%s} is true or false, which cannot be spoken; branch on it", name)
	case word == asMoney && !slices.Contains(Currencies, currency):
		r.report(at, "{%s|%s} is no money; write a currency behind it, like {%s|money EUR}; known here: %s", name, as, name, strings.Join(Currencies, ", "))
	case word != asMoney && !slices.Contains([]string{asDigits, asNumber, asDate, asTime, asOrdinal, asDuration}, as):
		r.report(at, "{%s|%s} is no way to speak; %s", name, as, strictyaml.Known(as, []string{asDigits, asNumber, asDate, asTime, asMoney, asOrdinal, asDuration}))
	case moment && as != asTime && as != asDate:
		r.report(at, "{%s} is a time; write {%s|time} or {%s|date}", name, name, name)
	}
	return as
}

// linked reports what is wrong with a call of another flow.
func (f *Flow) linked(at string, id FlowID, other *Flow, kind Kind, with []assignment) {
	if other == nil {
		f.Report(at+".flow", "there is no flow "+string(id)+" without problems beside this one")
		return
	}
	if other.Kind != kind {
		f.Report(at+".flow", string(id)+" is of kind "+string(other.Kind)+"; name one of kind "+string(kind))
	}
	for _, lang := range f.Languages {
		if !slices.Contains(other.Languages, lang) {
			f.Report(at+".flow", string(id)+" does not speak "+lang+"; add it there")
		}
	}
	for _, input := range other.inputs {
		if !slices.ContainsFunc(with, func(a assignment) bool { return a.name == input }) {
			f.Report(at+".with", string(id)+" needs "+input+"; add it")
		}
	}
	for _, a := range with {
		if !slices.Contains(other.inputs, a.name) {
			f.Report(at+".with."+a.name, "is no input of "+string(id)+"; "+strictyaml.Known(a.name, other.inputs))
		}
		if kind := other.variables[a.name]; a.value.secret && kind != nil && !kind.secret {
			f.Report(at+".with."+a.name, "is a secret; name "+a.name+" among the secrets of "+string(id))
		}
	}
}

// returns reports outputs and words that the called flow does not have.
func (f *Flow) returns(at string, s *sub) {
	if s.flow == nil {
		return
	}
	for _, o := range s.into {
		kind := s.flow.variables[o.from]
		if !slices.Contains(s.flow.outputs, o.from) {
			f.Report(at+".into."+o.name, o.from+" is no output of "+string(s.id)+"; "+strictyaml.Known(o.from, s.flow.outputs))
		} else if kind != nil && kind.secret {
			f.Report(at+".into."+o.name, o.from+" is a secret of "+string(s.id)+"; compare it there")
		}
	}
	for _, e := range s.endings {
		if !slices.Contains(s.flow.words(), e.word) {
			f.Report(at+".endings."+e.word, string(s.id)+" never returns that; "+strictyaml.Known(e.word, s.flow.words()))
		}
	}
}

// words are those that a flow of kind sub returns, sorted.
func (f *Flow) words() []string {
	var out []string
	for _, n := range f.nodes {
		if b, is := n.step.(*goBack); is {
			out = append(out, b.word)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
