// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// context is what elements inherit from those around them.
type context struct {
	timeout, interDigit string     // as properties say; "" for ours
	noBargeIn           bool       // prompts are heard to their end
	handlers            []*element // of noinput and nomatch
	fields              []string   // of the form, for submit
	items               map[string]string
	self                string // the node that asks, for reprompt
}

// document makes the nodes of all dialogs; the answer is the first node.
func (i *importer) document(doc *element) string {
	switch lang := doc.attrs["lang"]; {
	case strings.HasPrefix(lang, "zh"):
		i.language = "zh"
	case lang != "" && !strings.HasPrefix(lang, "en"):
		i.remark(doc, "language %q is none that flows speak; en is written", lang)
	}
	i.declare(doc)
	i.add("end", &element{}, nil, "hangup: ")
	i.add("failed", &element{}, nil, "hangup: ")
	if i.sub {
		i.nodes[0].body = []string{"return: done"}
	}
	dialogs := doc.all("form", "menu")
	for _, d := range dialogs {
		id := cmp.Or(d.attrs["id"], d.name)
		i.dialogs[id] = i.name(id)
	}
	ctx := context{}.within(i, doc)
	for _, d := range dialogs {
		name := i.dialogs[cmp.Or(d.attrs["id"], d.name)]
		if d.name == "menu" {
			i.menu(d, name, ctx.within(i, d))
		} else {
			i.form(d, name, ctx.within(i, d))
		}
	}
	i.rest(doc, "form", "menu", "var", "property", "noinput", "nomatch", "meta", "metadata")
	start := "end"
	if len(dialogs) > 0 {
		start = i.dialogs[cmp.Or(dialogs[0].attrs["id"], dialogs[0].name)]
	}
	start = i.statements(doc.all("var"), start, ctx)
	for chunk := range slices.Chunk(i.unset, 20) {
		name := i.name("begin")
		body := []string{"set:"}
		for _, v := range chunk {
			body = append(body, fmt.Sprintf("  %s: %q", v, map[string]string{"text": `""`, "number": "0", "flag": "false"}[i.kinds[v]]))
		}
		start = i.add(name, &element{}, []string{start}, append(body, "next: "+start)...)
	}
	return start
}

// named is what a variable of a flow may be called.
var named = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,31}$`)

// span is a time as a flow takes it; "" after a remark if it is none.
func (i *importer) span(e *element, text string) string {
	if t, err := time.ParseDuration(text); err != nil || t <= 0 {
		i.remark(e, "%q is no time; left out", text)
		return ""
	}
	return text
}

// declare finds the variables of the whole document and what they hold.
func (i *importer) declare(e *element) {
	name := cmp.Or(e.attrs["name"], e.attrs["id"])
	known := func(kind string) {
		if i.kinds[name] == "" && named.MatchString(name) {
			i.kinds[name] = kind
		}
	}
	switch e.name {
	case "var", "assign":
		if kind := i.kindOf(e.attrs["expr"]); kind != "" || e.name == "var" {
			known(cmp.Or(kind, "text"))
		}
	case "field":
		if isBoolean(e) {
			known("flag")
		} else {
			known("text")
		}
	case "transfer":
		known("text")
	case "return":
		i.sub = true
		for _, out := range strings.Fields(e.attrs["namelist"]) {
			if named.MatchString(out) && !slices.Contains(i.outputs, out) {
				i.outputs = append(i.outputs, out)
			}
		}
	}
	for _, c := range e.children {
		i.declare(c)
	}
}

// within is the context inside e.
func (ctx context) within(i *importer, e *element) context {
	for _, p := range e.all("property") {
		switch value := p.attrs["value"]; p.attrs["name"] {
		case "timeout":
			ctx.timeout = i.span(p, value)
		case "interdigittimeout":
			ctx.interDigit = i.span(p, value)
		case "bargein":
			ctx.noBargeIn = value == "false"
		default:
			i.remark(p, "property %s is not carried over", p.attrs["name"])
		}
	}
	if own := e.all("noinput", "nomatch", "catch"); len(own) > 0 {
		ctx.handlers = append(slices.Clone(own), ctx.handlers...)
	}
	for _, h := range e.all("help", "error", "link", "script") {
		i.remark(h, "%s is not carried over", h.name)
	}
	return ctx
}

// rest remarks children that nobody has looked at.
func (i *importer) rest(e *element, known ...string) {
	for _, c := range e.children {
		if c.name != "" && !slices.Contains(append(known, "help", "error", "link", "script", "catch"), c.name) {
			i.remark(c, "%s is not carried over", c.name)
		}
	}
}

// form makes the nodes of a form: its items one after another.
func (i *importer) form(e *element, name string, ctx context) {
	ctx.items = map[string]string{}
	items := e.all("block", "field", "transfer", "subdialog", "record", "filled", "var", "initial", "object")
	for _, item := range items {
		id := item.attrs["name"]
		if item.name == "field" {
			ctx.fields = append(ctx.fields, id)
		}
		if id != "" && item.name != "var" {
			ctx.items[id] = i.name(id)
		}
	}
	next := "end"
	for _, item := range slices.Backward(items) {
		next = i.item(item, next, ctx)
	}
	i.rest(e, "block", "field", "transfer", "subdialog", "record", "filled", "var", "initial", "object", "property", "noinput", "nomatch")
	i.add(name, e, []string{next}, "goto: "+next)
}

// item makes the nodes of one form item.
func (i *importer) item(e *element, next string, ctx context) string {
	own := ctx.items[e.attrs["name"]]
	switch e.name {
	case "block":
		return i.statements(e.children, next, ctx)
	case "filled":
		return i.statements(e.children, next, ctx)
	case "var":
		return i.statements([]*element{e}, next, ctx)
	case "field":
		return i.field(e, cmp.Or(own, i.name("field")), next, ctx.within(i, e))
	case "transfer":
		return i.transfer(e, cmp.Or(own, i.name("transfer")), next, ctx)
	case "subdialog":
		return i.subdialog(e, cmp.Or(own, i.name("subdialog")), next)
	}
	i.remark(e, "%s is not carried over; the flow goes on behind it", e.name)
	return next
}

// menu makes a menu.
func (i *importer) menu(e *element, name string, ctx context) {
	ctx.self = name
	body := []string{"menu:"}
	prompt := i.heard(e.all("prompt", "audio")...)
	keys := []string{"  keys:"}
	var leads, spoken []string
	for k, c := range e.all("choice") {
		key := strings.ReplaceAll(c.attrs["dtmf"], " ", "")
		if key == "" {
			if key = strconv.Itoa(k + 1); k >= 9 || e.attrs["dtmf"] != "true" && k >= 9 {
				i.remark(c, "a choice without a key is not carried over")
				continue
			}
			if e.attrs["dtmf"] != "true" {
				i.remark(c, "the choice is spoken only; the key %s is given to it", key)
			}
		}
		target := i.target(c, "end", ctx)
		leads = append(leads, target)
		label := c.words()
		keys = append(keys, fmt.Sprintf("    %q: {next: %s, label: %q}", key, target, shortened(label)))
		spoken = append(spoken, "For "+strings.TrimRight(label, ".")+", press "+strings.Join(strings.Split(key, ""), " ")+".")
	}
	if prompt == "" {
		prompt = "{say: " + strconv.Quote(strings.Join(spoken, " ")) + "}"
	}
	body = append(body, "  prompt: "+prompt)
	body = append(body, keys...)
	asking, more := i.asking(ctx, e.all("prompt"))
	i.rest(e, "prompt", "audio", "choice", "property", "noinput", "nomatch", "enumerate")
	i.add(name, e, append(leads, more...), append(body, asking...)...)
}

// asking are the keys of a node that asks: its times, and what follows on
// silence and on wrong keys.
func (i *importer) asking(ctx context, prompts []*element) (body, leads []string) {
	if ctx.timeout != "" {
		body = append(body, "  timeout: "+ctx.timeout)
	}
	if ctx.interDigit != "" {
		body = append(body, "  interDigit: "+ctx.interDigit)
	}
	if ctx.noBargeIn || slices.ContainsFunc(prompts, func(p *element) bool { return p.attrs["bargein"] == "false" }) {
		body = append(body, "  bargeIn: false")
	}
	for _, what := range []struct{ event, key string }{{"noinput", "noInput"}, {"nomatch", "noMatch"}} {
		line, lead := i.miss(ctx, what.event)
		if line != "" {
			body = append(body, "  "+what.key+": "+line)
		}
		leads = append(leads, lead...)
	}
	return body, leads
}

// miss writes what handlers of noinput or nomatch do: what each time is said,
// and where the last leads.
func (i *importer) miss(ctx context, event string) (line string, leads []string) {
	var each []string
	tries, next := 0, ""
	for _, h := range ctx.handlers {
		if h.name != event && !slices.Contains(strings.Fields(h.attrs["event"]), event) {
			continue
		}
		count, err := strconv.Atoi(cmp.Or(h.attrs["count"], "1"))
		if err != nil || count < 1 {
			count = 1
		}
		if ends(h) {
			if tries == 0 || count < tries {
				tries, next = min(count, 10), i.statements(h.children, "end", ctx)
			}
			continue
		}
		if said := i.heard(h.said()...); said != "" && len(each) < 10 {
			each = append(each, "{prompt: "+said+"}")
		}
	}
	switch {
	case tries == 0 && len(each) == 0:
		return "", nil
	case tries == 0:
		tries = min(max(3, len(each)+1), 10)
	}
	parts := []string{fmt.Sprintf("tries: %d", tries)}
	if len(each) > 0 && tries > 1 {
		parts = append(parts, "each: ["+strings.Join(each[:min(len(each), tries)], ", ")+"]")
	}
	if next != "" {
		parts, leads = append(parts, "next: "+next), []string{next}
	}
	return "{" + strings.Join(parts, ", ") + "}", leads
}

// said are the children that are heard.
func (e *element) said() []*element {
	return slices.DeleteFunc(slices.Clone(e.children), func(c *element) bool { return c.name == "reprompt" })
}

// ends says whether a handler leads away from what is asked.
func ends(h *element) bool {
	return len(h.all("goto", "exit", "disconnect", "submit", "return", "if")) > 0
}
