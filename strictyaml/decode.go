// SPDX-License-Identifier: Apache-2.0

package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

const (
	// maxSize is the largest file taken, in bytes; a configuration of 10,000
	// agents has a quarter of it.
	maxSize = 4 << 20
	// maxDepth is how deep values may be nested; ours go to about ten.
	maxDepth = 40
)

// Decode decodes src, which is called file in problems, into the struct that
// into points to. What the file does not name keeps its value.
//
// A field takes the key of its tag `yaml:"name"`; a field without one, or with
// "-", takes none. The tag's options: "required" (the key must be there) and
// "orOne" (a list that may be written as its only element). An embedded struct
// without a tag gives its fields to the one around it. Maps have keys of a
// string kind. A scalar goes to a type's UnmarshalText if it has one, also
// where the type is a struct or a map that is usually written as a mapping. A
// key without a value means the zero value for lists, maps and structs, and is
// a problem for all else.
//
// Decode panics if into is not a pointer to a struct.
func Decode(file string, src []byte, into any) *Document {
	d := &Document{file: file, places: map[string]place{"": {1, 1}}}
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		panic("strictyaml: Decode into a " + v.Kind().String())
	}
	if body := d.parse(src); body != nil {
		d.value(body, v.Elem(), "", 0, false)
	} else if len(d.problems) == 0 {
		d.missing(v.Elem().Type(), nil, place{1, 1}, "")
	}
	return d
}

// parse gives the root of the only document of src, or nil.
func (d *Document) parse(src []byte) (root ast.Node) {
	if len(src) > maxSize {
		d.add(place{}, "", fmt.Sprintf("is larger than %d bytes", maxSize))
		return nil
	}
	if at, deep := tooDeep(src); deep {
		d.add(at, "", fmt.Sprintf("is nested deeper than %d levels", maxDepth))
		return nil
	}
	// The parser is not ours and has panicked on odd input before; a
	// configuration file must never end the process that runs.
	defer func() {
		if r := recover(); r != nil {
			d.add(place{1, 1}, "", "cannot be read as YAML; look for an unusual character or an unfinished line")
			root = nil
		}
	}()
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) && syntax.GetToken() != nil {
			at := syntax.GetToken().Position
			d.add(place{at.Line, at.Column}, "", "is not YAML here: "+syntax.GetMessage())
		} else {
			d.add(place{1, 1}, "", "is not YAML: "+firstLine(err.Error()))
		}
		return nil
	}
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if root != nil {
			d.add(where(doc.Body), "", "a second document begins; one file holds one document")
			break
		}
		root = doc.Body
	}
	return root
}

// tooDeep looks for brackets or list marks nested so deep that the parser, which
// recurses, would be hurt. Brackets inside quotes count too; nobody writes
// forty. (Nesting by indentation alone is bounded by the size of the file.)
func tooDeep(src []byte) (place, bool) {
	brackets, marks, line, column := 0, 0, 1, 0
	prefix := true // only spaces and marks so far in this line
	for _, c := range src {
		column++
		switch c {
		case '\n':
			line, column, marks, prefix = line+1, 0, 0, true
			continue
		case '[', '{':
			brackets++
		case ']', '}':
			brackets = max(0, brackets-1)
		case '-', '?':
			if prefix {
				marks++
			}
		}
		prefix = prefix && (c == ' ' || c == '-' || c == '?')
		if brackets > maxDepth || (marks > maxDepth && !prefix) {
			return place{line, column}, true
		}
	}
	return place{}, marks > maxDepth
}

// value decodes node into v. one: a list may be written as its only element.
func (d *Document) value(node ast.Node, v reflect.Value, path string, depth int, one bool) {
	if depth > maxDepth {
		d.add(where(node), path, fmt.Sprintf("is nested deeper than %d levels", maxDepth))
		return
	}
	switch node.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode, *ast.DirectiveNode:
		d.add(where(node), path, "anchors, aliases and tags are not taken; write the value out")
		return
	}
	if _, known := d.places[path]; !known {
		d.places[path] = where(node)
	}
	if isNull(node) {
		d.null(node, v, path)
		return
	}
	if v.Kind() == reflect.Pointer {
		fresh := reflect.New(v.Type().Elem())
		d.value(node, fresh.Elem(), path, depth, one)
		v.Set(fresh)
		return
	}
	scalar, isScalar := node.(ast.ScalarNode)
	if isScalar {
		if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
			d.places[path] = where(node)
			d.text(scalar, u, path)
			return
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(node, v, path, depth, d.structure)
	case reflect.Map:
		d.mapping(node, v, path, depth, d.table)
	case reflect.Slice:
		d.list(node, v, path, depth, one)
	default:
		if !isScalar {
			d.add(where(node), path, "is a "+kind(node)+"; write "+wanted(v.Type()))
			return
		}
		d.places[path] = where(node)
		d.scalar(scalar, v, path)
	}
}

func (d *Document) null(node ast.Node, v reflect.Value, path string) {
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		if t.Elem().Kind() == reflect.Struct { // "hangup:" means it with its defaults
			v.Set(reflect.New(t.Elem()))
			d.missing(t.Elem(), nil, where(node), path)
			return
		}
		t = t.Elem()
	}
	if _, text := reflect.New(t).Interface().(encoding.TextUnmarshaler); !text {
		switch t.Kind() {
		case reflect.Struct:
			d.missing(t, nil, where(node), path)
			return
		case reflect.Map, reflect.Slice:
			return
		}
	}
	d.add(where(node), path, "has no value; write "+wanted(t)+` or remove the line (a lone # begins a comment: write "#")`)
}

// mapping hands the pairs of node, without those that cannot be taken, to into.
func (d *Document) mapping(node ast.Node, v reflect.Value, path string, depth int,
	into func(at place, pairs []pair, v reflect.Value, path string, depth int)) {
	m, ok := node.(*ast.MappingNode)
	if !ok {
		d.add(where(node), path, "is a "+kind(node)+"; write a mapping (key: value)")
		return
	}
	var pairs []pair
	for _, mv := range m.Values {
		key, ok := mv.Key.(ast.ScalarNode)
		if !ok || mv.Key.Type() == ast.MergeKeyType {
			d.add(where(mv.Key), path, "a key must be a plain word; write it out")
			continue
		}
		p := pair{name: scalarText(key), at: where(mv.Key), value: mv.Value}
		if i := slices.IndexFunc(pairs, func(q pair) bool { return q.name == p.name }); i >= 0 {
			d.add(p.at, join(path, p.name), fmt.Sprintf("stands here a second time (first in line %d); keep one", pairs[i].at.line))
			continue
		}
		pairs = append(pairs, p)
	}
	into(where(node), pairs, v, path, depth)
}

type pair struct {
	name  string
	at    place
	value ast.Node
}

func (d *Document) structure(at place, pairs []pair, v reflect.Value, path string, depth int) {
	fields := fieldsOf(v.Type())
	for _, p := range pairs {
		name := join(path, p.name)
		i := slices.IndexFunc(fields, func(f field) bool { return f.name == p.name })
		if i < 0 {
			d.add(p.at, name, "is unknown; "+Known(p.name, names(fields)))
			continue
		}
		d.places[name] = p.at
		d.value(p.value, v.FieldByIndex(fields[i].index), name, depth+1, fields[i].orOne)
	}
	if home, ok := d.places[path]; ok {
		at = home // where the key of this struct stands reads better than its first child
	}
	d.missing(v.Type(), pairs, at, path)
}

func (d *Document) missing(t reflect.Type, pairs []pair, at place, path string) {
	for _, f := range fieldsOf(t) {
		if f.required && !slices.ContainsFunc(pairs, func(p pair) bool { return p.name == f.name }) {
			d.add(at, join(path, f.name), "is missing; add it")
		}
	}
}

func (d *Document) table(_ place, pairs []pair, v reflect.Value, path string, depth int) {
	t := v.Type()
	out := reflect.MakeMapWithSize(t, len(pairs))
	for _, p := range pairs {
		name := join(path, p.name)
		d.places[name] = p.at
		element := reflect.New(t.Elem()).Elem()
		d.value(p.value, element, name, depth+1, false)
		out.SetMapIndex(reflect.ValueOf(p.name).Convert(t.Key()), element)
	}
	v.Set(out)
}

func (d *Document) list(node ast.Node, v reflect.Value, path string, depth int, one bool) {
	elements := []ast.Node{node}
	sequence, ok := node.(*ast.SequenceNode)
	switch {
	case ok:
		elements = sequence.Values
	case !one:
		d.add(where(node), path, "is a "+kind(node)+"; write a list (- item)")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(elements), len(elements))
	for i, e := range elements {
		d.value(e, out.Index(i), fmt.Sprintf("%s[%d]", path, i), depth+1, false)
	}
	v.Set(out)
}

type field struct {
	name            string
	index           []int
	required, orOne bool
}

// fieldsMet holds the fields of types met before, by reflect.Type: a flow has
// hundreds of values of a few types.
var fieldsMet sync.Map

// fieldsOf are the keys of a struct; not to be changed.
func fieldsOf(t reflect.Type) []field {
	if fields, met := fieldsMet.Load(t); met {
		return fields.([]field)
	}
	fields := findFields(t)
	fieldsMet.Store(t, fields)
	return fields
}

func findFields(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("yaml")
		if !tagged {
			if f.Anonymous && f.Type.Kind() == reflect.Struct {
				for _, inner := range fieldsOf(f.Type) {
					inner.index = append([]int{i}, inner.index...)
					fields = append(fields, inner)
				}
			}
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || name == "" || !f.IsExported() {
			continue
		}
		fields = append(fields, field{
			name: name, index: []int{i},
			required: strings.Contains(options, "required"),
			orOne:    strings.Contains(options, "orOne"),
		})
	}
	return fields
}

func names(fields []field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.name)
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
