// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// statements makes the nodes of executable content that goes on at next.
func (i *importer) statements(all []*element, next string, ctx context) string {
	for k := len(all) - 1; k >= 0; k-- {
		if heardElement(all[k]) {
			first := k
			for first > 0 && heardElement(all[first-1]) {
				first--
			}
			if prompt := i.heard(all[first : k+1]...); prompt != "" {
				body := []string{"play: " + prompt, "next: " + next}
				if slices.ContainsFunc(all[first:k+1], func(e *element) bool { return e.attrs["bargein"] == "false" }) {
					body = append(body, "bargeIn: false")
				}
				next = i.add(i.name("say"), all[first], []string{next}, body...)
			}
			k = first
			continue
		}
		next = i.statement(all[k], next, ctx)
	}
	return next
}

// heardElement says whether an element is something to hear.
func heardElement(e *element) bool {
	return slices.Contains([]string{"", "prompt", "audio", "value", "enumerate"}, e.name)
}

func (i *importer) statement(e *element, next string, ctx context) string {
	switch e.name {
	case "var", "assign":
		return i.assign(e, next)
	case "if":
		return i.branch(e, next, ctx)
	case "goto":
		return i.target(e, next, ctx)
	case "submit":
		return i.submit(e, ctx)
	case "exit", "disconnect":
		if i.sub && e.name == "disconnect" || i.sub && e.name == "exit" {
			return i.add(i.name("hangup"), e, nil, "hangup: ")
		}
		return "end"
	case "return":
		return "end"
	case "reprompt":
		if ctx.self != "" {
			return ctx.self
		}
	case "filled":
		return next
	case "log":
		return next // ours are written by the server
	}
	i.remark(e, "%s is not carried over; the flow goes on behind it", e.name)
	return next
}

// assign sets a variable.
func (i *importer) assign(e *element, next string) string {
	name := e.attrs["name"]
	source := e.attrs["expr"]
	if source == "" {
		source = map[string]string{"text": "''", "number": "0", "flag": "false"}[i.kinds[name]]
	}
	value, ok := i.script(source)
	if !ok || i.kinds[name] == "" {
		i.remark(e, "%s = %s cannot be computed in a flow; left out", name, e.attrs["expr"])
		return next
	}
	return i.add(i.name("set"), e, []string{next}, fmt.Sprintf("set: {%s: %q}", name, value), "next: "+next)
}

// branch makes an if with its elseif and else.
func (i *importer) branch(e *element, next string, ctx context) string {
	type arm struct {
		at       *element
		children []*element
	}
	arms := []arm{{at: e}}
	for _, c := range e.children {
		if c.name == "elseif" || c.name == "else" {
			arms = append(arms, arm{at: c})
			continue
		}
		last := &arms[len(arms)-1]
		last.children = append(last.children, c)
	}
	other := next
	body, leads := []string{"branch:", "  cases:"}, []string(nil)
	for _, a := range arms {
		to := i.statements(a.children, next, ctx)
		if a.at.name == "else" {
			other = to
			continue
		}
		when, ok := i.script(a.at.attrs["cond"])
		if !ok {
			i.remark(a.at, "condition %q cannot be computed in a flow; it is written as false", a.at.attrs["cond"])
			when = "false"
		}
		body = append(body, fmt.Sprintf("    - {when: %q, next: %s}", when, to))
		leads = append(leads, to)
	}
	return i.add(i.name("if"), e, append(leads, other), append(body, "  else: "+other)...)
}

// target is where goto, or a choice of a menu, leads.
func (i *importer) target(e *element, next string, ctx context) string {
	to := e.attrs["next"]
	switch {
	case e.attrs["nextitem"] != "":
		if item := ctx.items[e.attrs["nextitem"]]; item != "" {
			return item
		}
	case strings.HasPrefix(to, "#"):
		if dialog := i.dialogs[to[1:]]; dialog != "" {
			return dialog
		}
	case to != "":
		file, _, _ := strings.Cut(to, "#")
		id := i.flowName(file)
		i.remark(e, "%s is another document: import it too, as %s.yaml", to, id)
		return i.add(i.name("jump"), e, nil, "jump: "+id)
	case len(e.children) > 0 && e.name == "choice" && e.attrs["event"] == "" && e.attrs["expr"] == "":
		return next
	}
	i.remark(e, "where %s leads cannot be told; it ends", e.name)
	return "end"
}

// flowName is what the flow of another document is called.
func (i *importer) flowName(file string) string {
	base := strings.TrimSuffix(path.Base(file), path.Ext(file))
	names := &importer{taken: map[string]bool{}}
	return names.name(base)
}

// submit sends variables over HTTP. What the answer would say next is another
// document, which a flow does not read.
func (i *importer) submit(e *element, ctx context) string {
	to := e.attrs["next"]
	if !strings.HasPrefix(to, "http://") && !strings.HasPrefix(to, "https://") {
		i.remark(e, "submit to %q: write the whole URL of a fetch node; left out", to)
		return "end"
	}
	i.remark(e, "submit becomes a fetch with JSON; what its answer would say next is not carried over")
	i.fallible = true
	names := strings.Fields(e.attrs["namelist"])
	if len(names) == 0 {
		names = ctx.fields
	}
	var values []string
	for _, n := range names {
		if i.kinds[n] != "" {
			values = append(values, n+": "+n)
		}
	}
	return i.add(i.name("submit"), e, []string{"end"}, "fetch:", "  url: "+strconv.Quote(strings.NewReplacer("{", "%7B", "}", "%7D").Replace(to)),
		"  method: POST", "  json: {"+strings.Join(values, ", ")+"}", "  next: end")
}

// transfer dials. What is filled in is how it failed: an answered call is over
// for the flow.
func (i *importer) transfer(e *element, own, next string, ctx context) string {
	to := cmp.Or(e.attrs["dest"], e.attrs["destexpr"])
	if e.attrs["destexpr"] != "" {
		word, known := i.identifier(to)
		if !known {
			i.remark(e, "transfer to %q cannot be computed in a flow; left out", to)
			return i.add(own, e, []string{next}, "goto: "+next)
		}
		to = "{" + word + "}"
	}
	to = strings.TrimPrefix(to, "tel:")
	after := next
	for _, f := range slices.Backward(e.all("filled")) {
		after = i.statements(f.children, after, ctx)
	}
	i.remark(e, "name %s in dial.allow of the configuration; once somebody answers, the flow is over", to)
	var endings, leads []string
	if name := e.attrs["name"]; i.kinds[name] != "" && len(e.all("filled")) > 0 {
		for _, w := range [][2]string{{"busy", "busy"}, {"noAnswer", "noanswer"}, {"else", "unknown"}} {
			set := i.add(i.name("set"), e, []string{after}, fmt.Sprintf("set: {%s: %q}", name, strconv.Quote(w[1])), "next: "+after)
			endings, leads = append(endings, w[0]+": "+set), append(leads, set)
		}
	} else {
		endings, leads = []string{"else: " + after}, []string{after}
	}
	body := []string{"dial:", "  target: " + strconv.Quote(to)}
	if t := e.attrs["connecttimeout"]; t != "" {
		if t = i.span(e, t); t != "" {
			body = append(body, "  ringTime: "+t)
		}
	}
	body = append(body, "  endings: {"+strings.Join(endings, ", ")+"}")
	entry := i.add(own, e, leads, body...)
	return i.statements(e.all("prompt"), entry, ctx)
}

// subdialog calls the flow of another document.
func (i *importer) subdialog(e *element, own, next string) string {
	src := e.attrs["src"]
	if src == "" || strings.HasPrefix(src, "#") {
		i.remark(e, "a subdialog within the document is not carried over: make it a file of its own, of kind sub")
		return i.add(own, e, []string{next}, "goto: "+next)
	}
	id := i.flowName(src)
	i.remark(e, "import %s too, as %s.yaml; name its inputs under with and its outputs under into", src, id)
	body := []string{"sub:", "  flow: " + id}
	var with []string
	for _, p := range e.all("param") {
		if value, ok := i.script(p.attrs["expr"]); ok && named.MatchString(p.attrs["name"]) {
			with = append(with, fmt.Sprintf("%s: %q", p.attrs["name"], value))
		} else {
			i.remark(p, "param %s cannot be computed in a flow; left out", p.attrs["name"])
		}
	}
	if len(with) > 0 {
		body = append(body, "  with: {"+strings.Join(with, ", ")+"}")
	}
	return i.add(own, e, []string{next}, append(body, "  else: "+next)...)
}
