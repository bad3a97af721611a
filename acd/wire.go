// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// The JSON form of events, effects, configuration and whole decisions. The
// journal keeps it, traces and bug reports are written in it, so it is stable:
// a name or a unit once given is never given another meaning.
//
// An event or effect is one object whose "type" is the Go name of its kind with
// a small first letter: {"type":"contactArrived","contact":"c1","queue":"sales"}.
// Fields stand in the order of the Go struct under their Go names with a small
// first letter (ID is "id"). A field that has its zero value is left out, but a
// pointer that is not nil never is: "priority":0 is a priority. A duration is
// text as Go writes it ("1m30s", "250ms"), a time is RFC 3339 in UTC with as
// many decimals as it has; both are exact to the nanosecond. The same value
// always gives the same bytes. Reading refuses unknown fields and types, and
// gives empty lists as nil and times in UTC.

// A Decision is one Apply: what happened, when, and what was decided about it.
type Decision struct {
	At      time.Time
	Event   Event
	Effects []Effect
}

// MaxWire bounds the text of one decision that is read; a configuration of ten
// thousand agents has about 5 MB.
const MaxWire = 64 << 20

// eventKinds and effectKinds are all there are; a test holds the lists complete.
var (
	eventKinds = kinds[Event](
		Tick{}, Configured{}, ContactArrived{}, ContactLeft{}, Bridged{}, BridgeFailed{}, ContactCompleted{},
		OfferTaken{}, OfferFailed{}, StatusSet{}, NextStatusCancelled{}, DeviceLost{}, DeviceBack{},
		HoldChanged{}, WrapUpExtended{}, WrapUpFinished{}, QueueClosed{}, QueueOpened{},
		ContactWithdrawn{}, ContactMoved{}, PrioritySet{}, ContactAssigned{}, DayChanged{},
		Restarted{}, OffersPaused{}, OffersResumed{},
		ContactPaused{}, ContactResumed{}, CallbackRequested{}, CustomerReached{}, DialFailed{}, MachineReached{}, DialWindow{}, WrapUpWanted{},
	)
	effectKinds = kinds[Effect](
		Offer{}, Withdraw{}, Bridge{}, Release{}, Announce{}, VisitEnded{}, Intervened{}, OfferEnded{},
		StatusChanged{}, NextStatusChanged{}, ActivityChanged{},
		Dial{}, DialEnded{}, CallbackKept{}, PlaceResumed{},
	)
)

// AppendEvent appends the JSON of ev, one of this package's events, to b.
func AppendEvent(b []byte, ev Event) []byte { return appendKind(b, reflect.ValueOf(ev)) }

// AppendEffect appends the JSON of one of this package's effects to b.
func AppendEffect(b []byte, e Effect) []byte { return appendKind(b, reflect.ValueOf(e)) }

// AppendOptions appends the JSON of a configuration to b.
func AppendOptions(b []byte, o Options) []byte { return appendWire(b, reflect.ValueOf(o)) }

// AppendDecision appends {"at":...,"event":...,"effects":[...]} to b, on one
// line; effects are left out if there are none.
func AppendDecision(b []byte, d Decision) []byte {
	b = append(b, `{"at":`...)
	b = appendTime(b, d.At)
	b = append(b, `,"event":`...)
	b = AppendEvent(b, d.Event)
	if len(d.Effects) > 0 {
		b = append(b, `,"effects":[`...)
		for i, e := range d.Effects {
			if i > 0 {
				b = append(b, ',')
			}
			b = AppendEffect(b, e)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// ParseEvent reads what AppendEvent wrote, or what a person wrote in its form.
func ParseEvent(text []byte) (Event, error) {
	v, err := parseKind(text, eventKinds)
	if err != nil {
		return nil, fmt.Errorf("read event: %w", err)
	}
	return v.(Event), nil
}

// ParseEffect reads what AppendEffect wrote.
func ParseEffect(text []byte) (Effect, error) {
	v, err := parseKind(text, effectKinds)
	if err != nil {
		return nil, fmt.Errorf("read effect: %w", err)
	}
	return v.(Effect), nil
}

// ParseOptions reads what AppendOptions wrote.
func ParseOptions(text []byte) (Options, error) {
	var o Options
	if err := parseWire(text, reflect.ValueOf(&o).Elem(), ""); err != nil {
		return Options{}, fmt.Errorf("read configuration: %w", err)
	}
	return o, nil
}

// ParseDecision reads what AppendDecision wrote.
func ParseDecision(text []byte) (Decision, error) {
	var raw struct {
		At      json.RawMessage
		Event   json.RawMessage
		Effects []json.RawMessage
	}
	if len(text) > MaxWire {
		return Decision{}, fmt.Errorf("read decision: %d bytes, more than %d", len(text), MaxWire)
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&raw); err != nil {
		return Decision{}, fmt.Errorf("read decision: %w", err)
	}
	var d Decision
	if err := parseWire(raw.At, reflect.ValueOf(&d.At).Elem(), "at"); err != nil {
		return Decision{}, fmt.Errorf("read decision: %w", err)
	}
	var err error
	if d.Event, err = ParseEvent(raw.Event); err != nil {
		return Decision{}, err
	}
	for _, text := range raw.Effects {
		e, err := ParseEffect(text)
		if err != nil {
			return Decision{}, err
		}
		d.Effects = append(d.Effects, e)
	}
	return d, nil
}

// kinds lists types by their word.
func kinds[T any](of ...T) map[string]reflect.Type {
	m := make(map[string]reflect.Type, len(of))
	for _, v := range of {
		t := reflect.TypeOf(v)
		m[wireName(t.Name())] = t
	}
	return m
}

func appendKind(b []byte, v reflect.Value) []byte {
	b = append(b, `{"type":"`...)
	b = append(b, wireName(v.Type().Name())...)
	b = append(b, '"')
	return append(appendFields(b, v, false), '}')
}

func parseKind(text []byte, known map[string]reflect.Type) (any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	var word string
	if err := json.Unmarshal(fields["type"], &word); err != nil {
		return nil, fmt.Errorf("type: one word is wanted")
	}
	t := known[word]
	if t == nil {
		return nil, fmt.Errorf("type: no %q is known", word)
	}
	delete(fields, "type")
	v := reflect.New(t).Elem()
	err := setFields(fields, v, word)
	return v.Interface(), err
}
