// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strings"
)

// StateSchema counts the forms that the state of a Distributor has had; see
// upgrades. It grows when a change of the structs below Distributor could make
// an older text mean something else.
const StateSchema = 1

// upgrades turn the text of schema n into that of n+1, by n. A field that is new
// and right when zero needs none: it is only missing.
var upgrades = map[int]func(state []byte) ([]byte, error){}

// stateText is the text of AppendState.
type stateText struct {
	Schema int
	Graph  json.RawMessage
}

// AppendState appends the whole state of d to b, as JSON that ParseState reads:
// the restored Distributor takes every further event as d does, to the byte. The
// same state gives the same bytes. It costs time in proportion to all contacts
// and memberships.
func (d *Distributor) AppendState(b []byte) []byte {
	w := graphWriter{met: map[graphKey]bool{}, refs: map[graphKey]graphRef{}}
	w.meet(reflect.ValueOf(d))
	b = fmt.Appendf(b, `{"schema":%d,"graph":[`, StateSchema)
	for i, thing := range w.things {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[', '"')
		b = append(b, typeWord(thing.Addr().Type())...)
		b = append(b, '"', ',')
		b = append(w.append(b, thing), ']')
	}
	return append(b, ']', '}')
}

// ParseState makes the Distributor whose state was written, also by an older
// version whose schema can be upgraded.
func ParseState(text []byte) (*Distributor, error) {
	var t stateText
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	for ; t.Schema < StateSchema; t.Schema++ {
		up := upgrades[t.Schema]
		if up == nil {
			return nil, fmt.Errorf("read state: schema %d cannot be upgraded to %d", t.Schema, StateSchema)
		}
		var err error
		if t.Graph, err = up(t.Graph); err != nil {
			return nil, fmt.Errorf("upgrade state from schema %d: %w", t.Schema, err)
		}
	}
	if t.Schema != StateSchema {
		return nil, fmt.Errorf("read state: schema %d is of a later version than ours, which has %d", t.Schema, StateSchema)
	}
	d, err := readGraph(t.Graph)
	if err != nil {
		return nil, fmt.Errorf("read state: %w", err)
	}
	return d, nil
}

// stateFingerprint names the fields and types that a state's text is made of, so
// that a test notices a change of them.
func stateFingerprint() string {
	var lines []string
	seen := map[reflect.Type]bool{}
	var look func(t reflect.Type)
	look = func(t reflect.Type) {
		if seen[t] || t == timeType {
			return
		}
		seen[t] = true
		switch t.Kind() {
		case reflect.Map:
			look(t.Key())
			look(t.Elem())
		case reflect.Pointer, reflect.Slice, reflect.Array:
			look(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				lines = append(lines, t.String()+"."+t.Field(i).Name+" "+t.Field(i).Type.String())
				look(t.Field(i).Type)
			}
		}
	}
	look(reflect.TypeFor[Distributor]())
	slices.Sort(lines)
	h := fnv.New64a()
	h.Write([]byte(strings.Join(lines, "\n")))
	return fmt.Sprintf("%016x", h.Sum64())
}
