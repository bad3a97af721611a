// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// schemaOf is where a schema is kept below configs, and the struct it is of.
var schemaOf = map[string]string{
	"schema/flow.json":      "ivr.flowFile",
	"schema/flow.test.json": "ivr/flowtest.suiteFile",
}

// schemas are the JSON Schemas of flow files and of their tests, by file below
// configs: what editors complete and underline by.
func schemas(root string) (map[string]string, error) {
	s := &sources{types: map[string]*structType{}, scalars: map[string]bool{}}
	for _, folder := range []string{"ivr", "ivr/flowtest"} {
		if err := s.read(root, folder); err != nil {
			return nil, err
		}
	}
	out := map[string]string{}
	for file, typeName := range schemaOf {
		w := &schemaWriter{sources: s, defs: map[string]any{}}
		w.define(typeName)
		if w.err != nil {
			return nil, w.err
		}
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(object{
			"$schema":     "http://json-schema.org/draft-07/schema#", // the one that YAML editors know best
			"$comment":    "Made by `go generate ./config` from the comments in the sources; do not edit.",
			"allOf":       []any{object{"$ref": "#/definitions/" + plain(typeName)}},
			"definitions": w.defs,
		}); err != nil {
			return nil, fmt.Errorf("write %s: %w", file, err)
		}
		out[file] = text.String()
	}
	return out, nil
}

// object is a JSON object; encoding/json writes its keys sorted.
type object = map[string]any

// schemaWriter makes a definition of each struct.
type schemaWriter struct {
	*sources
	defs object
	err  error
}

// plain is a struct's name as a definition: flowFile is flow.
func plain(typeName string) string {
	name := typeName[strings.LastIndexAny(typeName, "./")+1:]
	return strings.TrimSuffix(name, "File")
}

// define makes the definition of a struct, and of those it holds.
func (w *schemaWriter) define(typeName string) {
	name := plain(typeName)
	if w.defs[name] != nil {
		return
	}
	shape := object{"type": "object", "additionalProperties": false}
	w.defs[name] = shape // now, as structs may hold themselves
	fields, err := w.fields(typeName)
	if err != nil {
		w.err = err
		return
	}
	properties, required := object{}, []string{}
	for _, f := range fields {
		properties[f.key] = w.property(f)
		if f.required {
			required = append(required, f.key)
		}
	}
	shape["properties"] = properties
	if len(required) > 0 {
		shape["required"] = required
	}
	doc := w.types[typeName].doc
	if doc != "" {
		shape["description"] = doc
	}
	w.kinds(shape, doc, fields)
	if typeName == "ivr.flowFile" {
		w.flowKinds(shape, fields)
	}
	if w.scalars[typeName] {
		delete(w.defs, name)
		w.defs[name] = object{"anyOf": []any{object{"type": []string{"string", "number"}}, shape}}
	}
}

// oneKind begins the list of kinds in the comment of a struct that has exactly
// one of some keys.
const oneKind = "exactly one of its kinds: "

// kinds demands one of the keys that the comment names.
func (w *schemaWriter) kinds(shape object, doc string, fields []field) {
	_, list, found := strings.Cut(doc, oneKind)
	if !found {
		return
	}
	list, _, _ = strings.Cut(list, ".")
	var one []any
	for _, kind := range strings.Split(list, ",") {
		kind = strings.TrimSpace(kind)
		if !slices.ContainsFunc(fields, func(f field) bool { return f.key == kind }) {
			w.err = fmt.Errorf("the comment names a kind %q that is no key", kind)
			return
		}
		one = append(one, object{"required": []string{kind}})
	}
	shape["oneOf"] = one
}

// flowKinds parts the keys of a wait flow from those of all others.
func (w *schemaWriter) flowKinds(shape object, all []field) {
	waits, err := w.fields("ivr.waitFile")
	if err != nil {
		w.err = err
		return
	}
	none := func(keys []string) object {
		return object{"properties": refused(keys)}
	}
	var ofWait, ofOthers []string
	for _, f := range all {
		switch {
		case slices.ContainsFunc(waits, func(o field) bool { return o.key == f.key }):
			ofWait = append(ofWait, f.key)
		case !slices.Contains([]string{"kind", "languages", "nodes", "timeZone"}, f.key):
			ofOthers = append(ofOthers, f.key)
		}
	}
	others := none(ofWait)
	others["required"] = []string{"start", "nodes"}
	shape["if"] = object{"properties": object{"kind": object{"const": "wait"}}, "required": []string{"kind"}}
	shape["then"] = none(ofOthers)
	shape["else"] = others
}

// refused are properties that may not stand here.
func refused(keys []string) object {
	out := object{}
	for _, k := range keys {
		out[k] = false
	}
	return out
}

// property is what a key may hold.
func (w *schemaWriter) property(f field) object {
	value := w.element(f.elem, f.oneOf)
	list := func(of any) object { return object{"type": []string{"array", "null"}, "items": of} }
	switch {
	case f.listOfTables:
		value = list(object{"type": "object", "additionalProperties": value})
	case f.list && f.table: // by name: lists
		value = object{"type": []string{"object", "null"}, "additionalProperties": list(value)}
	case f.table:
		value = object{"type": []string{"object", "null"}, "additionalProperties": value}
		if f.elem == "ivr.nodeFile" {
			value["propertyNames"] = object{"pattern": namePattern}
		}
	case f.orOne:
		value = object{"anyOf": []any{value, list(value)}}
	case f.list:
		value = list(value)
	case value["$ref"] != nil && !w.demands(f.elem): // a key alone means all the defaults
		value = object{"anyOf": []any{value, object{"type": "null"}}}
	}
	if f.doc != "" {
		value["description"] = f.doc
	}
	return value
}

// demands says whether a struct has keys that must be there.
func (w *schemaWriter) demands(typeName string) bool {
	fields, err := w.fields(typeName)
	return err != nil || slices.ContainsFunc(fields, func(f field) bool { return f.required })
}

const (
	// namePattern is what nodes, flows and variables may be called.
	namePattern = `^[A-Za-z][A-Za-z0-9_-]{0,31}$`
	// durationPattern is how a time is written.
	durationPattern = `^-?([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h))*$|^0$`
)

// element is what one value of a type may be. What is plain text in YAML may
// stand there without quotes, also where it looks like a number.
func (w *schemaWriter) element(typeName string, oneOf []string) object {
	text := []string{"string", "number"}
	switch {
	case len(oneOf) > 0:
		return object{"enum": oneOf}
	case typeName == "time.Duration":
		return object{"type": []string{"string", "integer"}, "pattern": durationPattern, "minimum": 0, "maximum": 0}
	case typeName == "int":
		return object{"type": "integer"}
	case typeName == "float64":
		return object{"type": "number"}
	case typeName == "bool":
		return object{"type": "boolean"}
	case typeName == "ivr.NodeID" || typeName == "ivr.FlowID":
		return object{"type": "string", "pattern": namePattern}
	case typeName == "ivr.exprFile":
		return object{"type": []string{"string", "number", "boolean"}}
	case typeName == "ivr.Text":
		return object{"anyOf": []any{
			object{"type": text},
			object{"type": "object", "properties": object{"en": object{"type": text}, "zh": object{"type": text}}, "additionalProperties": false},
		}}
	case w.types[typeName] != nil:
		w.define(typeName)
		return object{"$ref": "#/definitions/" + plain(typeName)}
	}
	return object{"type": text}
}
