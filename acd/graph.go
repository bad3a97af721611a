// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// A Distributor is a graph: contacts, agents, queues, seats, offers and alarms
// that point at each other. Its text is the list of all that pointers lead to,
// from the Distributor on, in the order in which they are met; a pointer is its
// target's number in that list. Pointers into slices there must be none. Every field is in it, also what could be
// derived, so that nothing can be forgotten and nothing is derived otherwise;
// fields that are zero are left out. This is the one file of the package that
// reaches into memory by itself: reflection reads fields that are not exported
// but does not set them.

// graphTypes are the types that pointers and interfaces may lead to.
var graphTypes = func() map[string]reflect.Type {
	types := map[string]reflect.Type{}
	var look func(t reflect.Type)
	look = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Map, reflect.Slice, reflect.Array:
			look(t.Elem())
		case reflect.Pointer:
			if _, known := types[typeWord(t)]; !known {
				types[typeWord(t)] = t
				look(t.Elem())
			}
		case reflect.Struct:
			if t == timeType {
				return
			}
			for i := range t.NumField() {
				look(t.Field(i).Type)
			}
		}
	}
	look(reflect.TypeFor[*Distributor]())
	return types
}()

// typeWord is the name of the type that a pointer type points to.
func typeWord(t reflect.Type) string {
	_, name, _ := strings.Cut(t.Elem().String(), ".")
	return name
}

// reachable is v, a field perhaps not exported, as one that can be set and read
// as an interface. v must be addressable.
func reachable(v reflect.Value) reflect.Value {
	return reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Elem()
}

// transient says that a field means nothing between two Applies.
func transient(t reflect.Type, field string) bool {
	return t == reflect.TypeFor[Distributor]() && field == "out"
}

type graphKey struct {
	at   unsafe.Pointer
	kind reflect.Type // of the target: a struct and its first field have one address
}

// graphWriter numbers what it meets. A pointer into another thing, such as to a
// contact's alarm, is the number of that thing and the way to the field.
type graphWriter struct {
	met    map[graphKey]bool
	things []reflect.Value // what pointers lead to, as met, parts of others among them
	refs   map[graphKey]graphRef
}

// meet collects all that can be reached from v, then numbers it.
func (w *graphWriter) meet(root reflect.Value) {
	w.look(root)
	for i := 0; i < len(w.things); i++ { // grows meanwhile
		w.look(w.things[i])
	}
	parts := map[graphKey]bool{}
	for _, thing := range w.things {
		for _, in := range partsOf[thing.Type()] {
			parts[in.key(thing)] = true
		}
	}
	whole := w.things[:0]
	for _, thing := range w.things {
		key := graphKey{unsafe.Pointer(thing.UnsafeAddr()), thing.Type()}
		if parts[key] {
			continue
		}
		whole = append(whole, thing)
		w.refs[key] = graphRef{thing: len(whole)}
		for _, in := range partsOf[thing.Type()] {
			w.refs[in.key(thing)] = graphRef{len(whole), in.path}
		}
	}
	w.things = whole
}

// graphRef is the number of a thing, and the way to a part of it or "".
type graphRef struct {
	thing int
	path  string
}

func (r graphRef) append(b []byte) []byte {
	if r.path == "" {
		return strconv.AppendInt(b, int64(r.thing), 10)
	}
	b = strconv.AppendInt(append(b, '"'), int64(r.thing), 10)
	return append(append(b, r.path...), '"')
}

// graphPart is a struct within another that a pointer may lead to.
type graphPart struct {
	offset uintptr
	kind   reflect.Type
	path   string
}

func (p graphPart) key(thing reflect.Value) graphKey {
	return graphKey{unsafe.Add(unsafe.Pointer(thing.UnsafeAddr()), p.offset), p.kind}
}

// partsOf are those of each type, learnt at start.
var partsOf = map[reflect.Type][]graphPart{}

func learnParts(whole, t reflect.Type, offset uintptr, path string) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type.Kind() != reflect.Struct || f.Type == timeType {
			continue
		}
		at, to := offset+f.Offset, path+"."+f.Name
		if graphTypes[typeWord(reflect.PointerTo(f.Type))] != nil {
			partsOf[whole] = append(partsOf[whole], graphPart{at, f.Type, to})
		}
		learnParts(whole, f.Type, at, to)
	}
}

// look notes what the pointers in v lead to.
func (w *graphWriter) look(v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			w.look(v.Elem())
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if key := (graphKey{v.UnsafePointer(), v.Type().Elem()}); !w.met[key] {
			w.met[key] = true
			w.things = append(w.things, v.Elem())
		}
	case reflect.Struct:
		if !plain(v.Type()) {
			for i := range v.NumField() {
				if !transient(v.Type(), v.Type().Field(i).Name) {
					w.look(v.Field(i))
				}
			}
		}
	case reflect.Slice, reflect.Array:
		if !plain(v.Type().Elem()) {
			for i := range v.Len() {
				w.look(v.Index(i))
			}
		}
	case reflect.Map:
		if !plain(v.Type().Elem()) {
			for _, key := range sortedKeys(v) {
				w.look(v.MapIndex(key))
			}
		}
	}
}

// plainTypes are those without pointers, learnt at start.
var plainTypes = map[reflect.Type]bool{}

// plain says that nothing is to be found behind a value of t.
func plain(t reflect.Type) bool {
	known, learnt := plainTypes[t]
	if learnt {
		return known
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map:
		return false
	case reflect.Slice, reflect.Array:
		return plain(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if t != timeType && !plain(t.Field(i).Type) {
				return false
			}
		}
	}
	return true
}

func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int {
		if x.CanUint() {
			return cmp.Compare(x.Uint(), y.Uint())
		}
		return cmp.Compare(keyText(x), keyText(y))
	})
	return keys
}

func (w *graphWriter) append(b []byte, v reflect.Value) []byte {
	if v.Type() == timeType {
		return appendWire(b, reachable(v))
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(b, '0')
		}
		return w.refs[graphKey{v.UnsafePointer(), v.Type().Elem()}].append(b)
	case reflect.Interface:
		if v.IsNil() {
			return append(b, '0')
		}
		return w.append(b, v.Elem())
	case reflect.Struct:
		return w.appendStruct(b, v)
	case reflect.Slice, reflect.Array:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			b = w.append(b, v.Index(i))
		}
		return append(b, ']')
	case reflect.Map:
		return w.appendMap(b, v)
	default:
		return appendWire(b, v)
	}
}

func (w *graphWriter) appendStruct(b []byte, v reflect.Value) []byte {
	b = append(b, '{')
	first, t := true, v.Type()
	for i := range v.NumField() {
		field := v.Field(i)
		if empty(field) || transient(t, t.Field(i).Name) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), t.Field(i).Name...), '"', ':')
		b = w.append(b, field)
	}
	return append(b, '}')
}

// empty says that v has no text: it is zero, or a list that has been emptied.
func empty(v reflect.Value) bool {
	switch {
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Map:
		return v.Len() == 0
	case v.Kind() == reflect.Struct && v.Type() != timeType:
		for i := range v.NumField() {
			if !empty(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}

// appendMap writes a map as a list of keys and values, by key.
func (w *graphWriter) appendMap(b []byte, v reflect.Value) []byte {
	b = append(b, '[')
	for i, key := range sortedKeys(v) {
		if i > 0 {
			b = append(b, ',')
		}
		// The copies can be addressed, what lies in a map cannot.
		k, value := reflect.New(key.Type()).Elem(), reflect.New(v.Type().Elem()).Elem()
		k.Set(exported(key))
		value.Set(exported(v.MapIndex(key)))
		b = append(w.append(append(b, '['), k), ',')
		b = append(w.append(b, value), ']')
	}
	return append(b, ']')
}

// exported is v without the mark of having come from a field that is not
// exported. Map keys and values are strings, numbers, pointers or plain structs.
func exported(v reflect.Value) reflect.Value {
	to := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.String:
		to.SetString(v.String())
	case reflect.Pointer:
		*(*unsafe.Pointer)(to.Addr().UnsafePointer()) = v.UnsafePointer()
	case reflect.Bool:
		to.SetBool(v.Bool())
	case reflect.Struct:
		for i := range v.NumField() {
			reachable(to.Field(i)).Set(exported(v.Field(i)))
		}
	case reflect.Slice:
		to.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			to.Index(i).Set(exported(v.Index(i)))
		}
	default:
		if v.CanUint() {
			to.SetUint(v.Uint())
		} else {
			to.SetInt(v.Int())
		}
	}
	return to
}

// keyText orders keys that are no unsigned numbers.
func keyText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			parts = append(parts, keyText(v.Field(i)))
		}
		return strings.Join(parts, "\x00")
	default:
		return fmt.Sprintf("%020d", v.Int())
	}
}

// graphReader has the things by number.
type graphReader struct{ things []reflect.Value }

func readGraph(text []byte) (*Distributor, error) {
	var raw [][]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return nil, err
	}
	var r graphReader
	for i, item := range raw {
		var word string
		if len(item) != 2 || json.Unmarshal(item[0], &word) != nil || graphTypes[word] == nil {
			return nil, fmt.Errorf("item %d is of no known type", i+1)
		}
		thing := reflect.New(graphTypes[word].Elem())
		makeMaps(thing.Elem())
		r.things = append(r.things, thing)
	}
	if len(r.things) == 0 {
		return nil, fmt.Errorf("it is empty")
	}
	d, is := r.things[0].Interface().(*Distributor)
	if !is {
		return nil, fmt.Errorf("item 1 is no distributor")
	}
	for i, item := range raw {
		if err := r.read(item[1], r.things[i].Elem()); err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
	}
	return d, nil
}

// makeMaps makes every map within v: an empty one has no text.
func makeMaps(v reflect.Value) {
	switch {
	case v.Kind() == reflect.Map:
		reachable(v).Set(reflect.MakeMap(v.Type()))
	case v.Kind() == reflect.Struct && v.Type() != timeType:
		for i := range v.NumField() {
			makeMaps(v.Field(i))
		}
	}
}

// target is what a reference names: a number, or "number.field.field".
func (r *graphReader) target(text json.RawMessage) (reflect.Value, error) {
	path := strings.Split(strings.Trim(string(text), `"`), ".")
	n, err := strconv.Atoi(path[0])
	if err != nil || n < 1 || n > len(r.things) {
		return reflect.Value{}, fmt.Errorf("%.40s points nowhere", text)
	}
	to := r.things[n-1]
	for _, name := range path[1:] {
		field := to.Elem()
		if field.Kind() == reflect.Struct {
			field = field.FieldByName(name)
		}
		if !field.IsValid() || field.Kind() != reflect.Struct {
			return reflect.Value{}, fmt.Errorf("%.40s points nowhere", text)
		}
		to = reachable(field).Addr()
	}
	return to, nil
}

func (r *graphReader) read(text json.RawMessage, v reflect.Value) error {
	v = reachable(v)
	if v.Type() == timeType {
		return parseWire(text, v, "time")
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if string(text) == "0" {
			return nil
		}
		to, err := r.target(text)
		if err != nil {
			return err
		}
		if !to.Type().AssignableTo(v.Type()) {
			return fmt.Errorf("%s is a %s where a %s must be", text, to.Type(), v.Type())
		}
		v.Set(to)
		return nil
	case reflect.Struct:
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(text, &fields); err != nil {
			return err
		}
		for name, value := range fields {
			f := v.FieldByName(name)
			if !f.IsValid() {
				return fmt.Errorf("%s has no field %s", v.Type(), name)
			}
			if err := r.read(value, f); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	case reflect.Slice, reflect.Array, reflect.Map:
		return r.readList(text, v)
	default:
		return parseWire(text, v, v.Type().String())
	}
}

func (r *graphReader) readList(text json.RawMessage, v reflect.Value) error {
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return err
	}
	switch v.Kind() {
	case reflect.Map:
		v.Set(reflect.MakeMapWithSize(v.Type(), len(items)))
		for _, item := range items {
			var pair []json.RawMessage
			if json.Unmarshal(item, &pair) != nil || len(pair) != 2 {
				return fmt.Errorf("%.40s is no pair", item)
			}
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			if err := r.read(pair[0], key); err != nil {
				return err
			}
			if err := r.read(pair[1], value); err != nil {
				return err
			}
			v.SetMapIndex(key, value)
		}
		return nil
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
	default:
		if len(items) != v.Len() {
			return fmt.Errorf("%d values where %d must be", len(items), v.Len())
		}
	}
	for i, item := range items {
		if err := r.read(item, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}
