// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// mostDigits is the longest entry that a flow takes.
const mostDigits = 32

// typeOf is the built-in grammar of a field: its name and its parameters.
func typeOf(e *element) (string, map[string]string) {
	source := e.attrs["type"]
	for _, g := range e.all("grammar") {
		if src := g.attrs["src"]; strings.HasPrefix(src, "builtin:") {
			source = src[strings.LastIndexByte(src, '/')+1:]
		}
	}
	name, list, _ := strings.Cut(source, "?")
	parameters := map[string]string{}
	for _, p := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == '&' }) {
		key, value, _ := strings.Cut(p, "=")
		parameters[key] = value
	}
	return name, parameters
}

func isBoolean(e *element) bool {
	name, _ := typeOf(e)
	return name == "boolean"
}

// field makes what asks for one value, and what follows when it is there.
func (i *importer) field(e *element, own, next string, ctx context) string {
	ctx.self = own
	for _, f := range slices.Backward(e.all("filled")) {
		next = i.statements(f.children, next, ctx)
	}
	i.rest(e, "prompt", "audio", "value", "grammar", "option", "filled", "property", "noinput", "nomatch")
	name := e.attrs["name"]
	prompts := slices.DeleteFunc(slices.Clone(e.children), func(c *element) bool { return !heardElement(c) })
	prompt := i.heard(prompts...)
	if prompt == "" {
		i.remark(e, "field %s has no prompt; a pause is heard", name)
		prompt = "{pause: 100ms}"
	}
	if i.kinds[name] == "" {
		i.remark(e, "a field needs a name of letters and digits; left out")
		return next
	}
	if e.attrs["cond"] != "" || e.attrs["expr"] != "" {
		i.remark(e, "cond and expr of a field are not carried over; it is always asked")
	}
	if options := e.all("option"); len(options) > 0 || isBoolean(e) {
		return i.choose(e, own, next, prompt, ctx, prompts)
	}
	body := []string{"collect:", "  into: " + name, "  prompt: " + prompt}
	body = append(body, i.limits(e)...)
	asking, leads := i.asking(ctx, prompts)
	body = append(append(body, asking...), "  next: "+next)
	return i.add(own, e, append(leads, next), body...)
}

// limits are how many digits an entry has, and of what kind.
func (i *importer) limits(e *element) []string {
	name, parameters := typeOf(e)
	number := func(key string, byDefault int) int {
		n, err := strconv.Atoi(parameters[key])
		if err != nil || n < 1 || n > mostDigits {
			return byDefault
		}
		return n
	}
	switch name {
	case "digits", "number":
		least, most := number("minlength", 1), number("maxlength", mostDigits)
		if n := number("length", 0); n > 0 {
			least, most = n, n
		}
		return []string{fmt.Sprintf("  min: %d", min(least, most)), fmt.Sprintf("  max: %d", most)}
	case "date":
		return []string{"  max: 8", "  format: date-ymd"}
	case "phone":
		i.remark(e, "a phone number is taken as digits; add format: phone and a country if it shall be checked")
	case "":
		if len(e.all("grammar")) > 0 {
			i.remark(e.all("grammar")[0], "the grammar is not carried over: up to %d digits are taken; write min, max, pattern or range", mostDigits)
		} else {
			i.remark(e, "a field without a grammar takes up to %d digits", mostDigits)
		}
	default:
		i.remark(e, "a field of type %s is taken as digits", name)
	}
	return []string{fmt.Sprintf("  max: %d", mostDigits)}
}

// choose makes a menu of the options of a field, or of yes and no.
func (i *importer) choose(e *element, own, next, prompt string, ctx context, prompts []*element) string {
	name := e.attrs["name"]
	body, leads := []string{"menu:", "  prompt: " + prompt, "  keys:"}, []string(nil)
	choice := func(at *element, key, value, label string) {
		set := i.add(i.name("set"), at, []string{next}, fmt.Sprintf("set: {%s: %q}", name, value), "next: "+next)
		body = append(body, fmt.Sprintf("    %q: {next: %s, label: %q}", key, set, shortened(label)))
		leads = append(leads, set)
	}
	if isBoolean(e) {
		_, parameters := typeOf(e)
		yes, no := parameters["y"], parameters["n"]
		if yes == "" || no == "" {
			yes, no = "1", "2"
		}
		choice(e, yes, "true", "Yes")
		choice(e, no, "false", "No")
	}
	for k, o := range e.all("option") {
		key, value := o.attrs["dtmf"], o.attrs["value"]
		if key == "" {
			key = strconv.Itoa(k + 1)
			i.remark(o, "the option is spoken only; the key %s is given to it", key)
		}
		if value == "" {
			value = o.words()
		}
		choice(o, key, strconv.Quote(value), o.words())
	}
	asking, more := i.asking(ctx, prompts)
	return i.add(own, e, append(leads, more...), append(body, asking...)...)
}
