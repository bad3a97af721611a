// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// wireField is one field of a struct as the JSON form names it.
type wireField struct {
	name  string
	index int
}

var (
	// wireFieldsOf is learnt at start and only read afterwards.
	wireFieldsOf = map[reflect.Type][]wireField{}

	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	errWireKind  = errors.New("has no form on the wire")
)

// wireName is a Go name as the JSON form has it: ID is id, RingTime is ringTime.
func wireName(name string) string {
	small := strings.ToLower(name)
	if name == strings.ToUpper(name) {
		return small
	}
	return small[:1] + name[1:]
}

func init() {
	for _, known := range []map[string]reflect.Type{eventKinds, effectKinds} {
		for _, t := range known {
			learnWire(t)
		}
	}
	learnWire(reflect.TypeFor[Options]())
	for _, t := range graphTypes {
		plainTypes[t.Elem()] = plain(t.Elem())
		if t.Elem().Kind() == reflect.Struct {
			learnParts(t.Elem(), t.Elem(), 0, "")
		}
	}
}

// learnWire notes the fields of t and of what it is made of.
func learnWire(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		learnWire(t.Elem())
	case reflect.Struct:
		if _, known := wireFieldsOf[t]; known || t == timeType {
			return
		}
		fields := make([]wireField, t.NumField())
		wireFieldsOf[t] = fields
		for i := range fields {
			fields[i] = wireField{wireName(t.Field(i).Name), i}
			learnWire(t.Field(i).Type)
		}
	}
}

// appendFields appends the fields of v that are not zero, each after a comma
// unless it is the first.
func appendFields(b []byte, v reflect.Value, first bool) []byte {
	for _, f := range wireFieldsOf[v.Type()] {
		field := v.Field(f.index)
		if field.IsZero() || field.Kind() == reflect.Slice && field.Len() == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, '"', ':')
		b = appendWire(b, field)
	}
	return b
}

// appendWire appends one value. A type that has no form is a fault of this
// package that its test finds.
func appendWire(b []byte, v reflect.Value) []byte {
	switch v.Type() {
	case durationType:
		return append(append(append(b, '"'), time.Duration(v.Int()).String()...), '"')
	case timeType:
		return appendTime(b, v.Interface().(time.Time))
	}
	switch v.Kind() {
	case reflect.String:
		return appendText(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.AppendInt(b, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.AppendUint(b, v.Uint(), 10)
	case reflect.Pointer:
		return appendWire(b, v.Elem())
	case reflect.Struct:
		return append(appendFields(append(b, '{'), v, true), '}')
	case reflect.Slice, reflect.Array:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendWire(b, v.Index(i))
		}
		return append(b, ']')
	default:
		panic(fmt.Sprintf("acd: %s %v", v.Type(), errWireKind))
	}
}

func appendTime(b []byte, t time.Time) []byte {
	return append(t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
}

// appendText appends a JSON string. Plain ASCII, nearly everything, costs one
// look; what is not UTF-8 is replaced.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic(err) // a string can always be written
			}
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// parseWire reads text into v, which can be set; path says where for errors.
func parseWire(text []byte, v reflect.Value, path string) error {
	wrong := func(want string) error { return fmt.Errorf("%s: %s is wanted, not %.40s", path, want, text) }
	switch v.Type() {
	case durationType:
		var s string
		d, err := time.Duration(0), json.Unmarshal(text, &s)
		if err == nil {
			d, err = time.ParseDuration(s)
		}
		if err != nil {
			return wrong(`a duration such as "1m30s"`)
		}
		v.SetInt(int64(d))
		return nil
	case timeType:
		var t time.Time
		if err := json.Unmarshal(text, &t); err != nil {
			return wrong(`a time such as "2026-01-31T08:30:00Z"`)
		}
		v.Set(reflect.ValueOf(t.UTC()))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		var s string
		if json.Unmarshal(text, &s) != nil {
			return wrong("text")
		}
		v.SetString(s)
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if json.Unmarshal(text, v.Addr().Interface()) != nil {
			return wrong("a " + v.Kind().String())
		}
	case reflect.Pointer:
		to := reflect.New(v.Type().Elem())
		if err := parseWire(text, to.Elem(), path); err != nil {
			return err
		}
		v.Set(to)
	case reflect.Struct:
		var fields map[string]json.RawMessage
		if json.Unmarshal(text, &fields) != nil {
			return wrong("an object")
		}
		return setFields(fields, v, path)
	case reflect.Slice, reflect.Array:
		return parseList(text, v, path)
	default:
		return fmt.Errorf("%s: %s %w", path, v.Type(), errWireKind)
	}
	return nil
}

func parseList(text []byte, v reflect.Value, path string) error {
	var items []json.RawMessage
	if json.Unmarshal(text, &items) != nil {
		return fmt.Errorf("%s: a list is wanted, not %.40s", path, text)
	}
	if v.Kind() == reflect.Array {
		if len(items) != v.Len() {
			return fmt.Errorf("%s: %d values are wanted, not %d", path, v.Len(), len(items))
		}
	} else if len(items) > 0 {
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	}
	for i, item := range items {
		if err := parseWire(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

// setFields sets the fields of v that are named, and refuses names it lacks.
func setFields(fields map[string]json.RawMessage, v reflect.Value, path string) error {
	left := len(fields)
	for _, f := range wireFieldsOf[v.Type()] {
		text, given := fields[f.name]
		if !given {
			continue
		}
		left--
		if err := parseWire(text, v.Field(f.index), strings.TrimPrefix(path+"."+f.name, ".")); err != nil {
			return err
		}
	}
	if left == 0 {
		return nil
	}
	var unknown []string
	for name := range fields {
		if !slices.ContainsFunc(wireFieldsOf[v.Type()], func(f wireField) bool { return f.name == name }) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return fmt.Errorf("%s: no field is named %s", path, strings.Join(unknown, ", "))
}
