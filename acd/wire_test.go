// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWireKnowsEveryKind reads the package's source: a new event or effect that
// was not listed could not be journalled.
func TestWireKnowsEveryKind(t *testing.T) {
	for method, known := range map[string]map[string]reflect.Type{"acdEvent": eventKinds, "acdEffect": effectKinds} {
		declared := receivers(t, method)
		for _, name := range declared {
			if known[wireName(name)] == nil {
				t.Errorf("%s is not in the list of wire.go", name)
			}
		}
		if len(declared) != len(known) {
			t.Errorf("%s: %d kinds declared, %d listed", method, len(declared), len(known))
		}
	}
}

// receivers are the types that have a method of that name.
func receivers(t *testing.T, method string) (names []string) {
	t.Helper()
	//nolint:staticcheck // the package's own files, no build constraints
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range packages["acd"].Files {
		for _, decl := range file.Decls {
			f, is := decl.(*ast.FuncDecl)
			if is && f.Recv != nil && f.Name.Name == method {
				names = append(names, f.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// TestWireLosesNothing fills every field of every kind.
func TestWireLosesNothing(t *testing.T) {
	for _, known := range []map[string]reflect.Type{eventKinds, effectKinds} {
		for word, kind := range known {
			v := reflect.New(kind).Elem()
			fill(v, new(int))
			for _, value := range []any{v.Interface(), reflect.Zero(kind).Interface()} {
				var text []byte
				var back any
				var err error
				if ev, is := value.(Event); is {
					text = AppendEvent(nil, ev)
					back, err = ParseEvent(text)
				} else {
					text = AppendEffect(nil, value.(Effect))
					back, err = ParseEffect(text)
				}
				if err != nil || !reflect.DeepEqual(value, back) {
					t.Errorf("%s: %v\nwas  %+v\nis   %+v\ntext %s", word, err, value, back, text)
				}
			}
		}
	}
}

// fill gives every field another value than zero.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Type() {
	case durationType:
		v.SetInt(int64(math.MaxInt64) - int64(*n)) // exact to the nanosecond
		return
	case timeType:
		v.Set(reflect.ValueOf(time.Date(2026, 2, 28, 23, 59, 59, 123456700+*n, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("\"größe\"\n号码" + string(rune('a'+*n)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(math.MinInt64 + int64(*n))
	case reflect.Uint64:
		v.SetUint(math.MaxUint64 - uint64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	default:
		if v.CanInt() {
			v.SetInt(1)
		} else if v.CanUint() {
			v.SetUint(1)
		}
	}
}

func TestWireForm(t *testing.T) {
	zero := 0
	at := time.Date(2026, 1, 31, 9, 30, 0, 5e6, time.FixedZone("CET", 3600))
	d := Decision{
		At:    at,
		Event: ContactArrived{Contact: "c1", Queue: "sales", Priority: &zero, Credit: 90 * time.Second},
		Effects: []Effect{
			Offer{ID: 7, Contact: "c1", Queue: "sales", Agent: "ann", RingTime: 20 * time.Second},
			ActivityChanged{Agent: "ann", Activity: Ringing, Contact: "c1", Queue: "sales", Until: at.Add(20 * time.Second)},
		},
	}
	want := `{"at":"2026-01-31T08:30:00.005Z","event":{"type":"contactArrived","contact":"c1","queue":"sales","priority":0,"credit":"1m30s"},` +
		`"effects":[{"type":"offer","id":7,"contact":"c1","queue":"sales","agent":"ann","ringTime":"20s"},` +
		`{"type":"activityChanged","agent":"ann","activity":"ringing","contact":"c1","queue":"sales","until":"2026-01-31T08:30:20.005Z"}]}`
	text := AppendDecision(nil, d)
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	back, err := ParseDecision(text)
	if err != nil {
		t.Fatal(err)
	}
	if again := AppendDecision(nil, back); string(again) != want {
		t.Errorf("read and written again: %s", again)
	}
}

func TestWireRefuses(t *testing.T) {
	f := func(text, complaint string) {
		t.Helper()
		if _, err := ParseEvent([]byte(text)); err == nil || !strings.Contains(err.Error(), complaint) {
			t.Errorf("%s: %v", text, err)
		}
	}
	f(`{"type":"nonsense"}`, `no "nonsense" is known`)
	f(`{"type":"offer"}`, `no "offer" is known`) // an effect
	f(`{}`, "one word is wanted")
	f(`[]`, "read event")
	f(`{"type":"tick","when":1}`, "tick: no field is named when")
	f(`{"type":"contactArrived","credit":5}`, "contactArrived.credit: a duration")
	f(`{"type":"configured","queues":[{"id":"a"},{"id":"b","ringTime":"soon"}]}`, "configured.queues[1].ringTime: a duration")
	f(`{"type":"configured","agents":[{"id":"a","colour":"red"}]}`, "configured.agents[0]: no field is named colour")
}

func TestWireOptions(t *testing.T) {
	o := Options{Queues: []Queue{{ID: "q", RingTime: time.Second, Strategy: RingAll, Seed: math.MaxUint64}}, Agents: []Agent{{ID: "a", Queues: []Membership{{Queue: "q", Delay: 1}}}}}
	back, err := ParseOptions(AppendOptions(nil, o))
	if err != nil || !reflect.DeepEqual(o, back) {
		t.Errorf("%v %+v", err, back)
	}
}

// FuzzParseDecision: nothing that is read panics, and what can be read is read
// the same again.
func FuzzParseDecision(f *testing.F) {
	f.Add([]byte(`{"at":"2026-01-31T08:30:00.005Z","event":{"type":"tick"},"effects":[{"type":"bridge","id":1}]}`))
	f.Add([]byte(`{"at":"2026-01-31T08:30:00Z","event":{"type":"configured","queues":[{"id":"a","guard":"5m"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDecision(text)
		if err != nil {
			return
		}
		once := AppendDecision(nil, d)
		again, err := ParseDecision(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := AppendDecision(nil, again); string(once) != string(twice) {
			t.Fatalf("%s\n%s", once, twice)
		}
	})
}

func BenchmarkAppendDecision(b *testing.B) {
	d := Decision{At: time.Unix(1, 1), Event: OfferTaken{Offer: 3}, Effects: []Effect{
		OfferEnded{ID: 3, Contact: "0123456789abcdefghjk", Queue: "sales", Agent: "ann", How: Taken, Began: time.Unix(1, 0)},
		Bridge{ID: 3, Contact: "0123456789abcdefghjk", Agent: "ann"},
	}}
	var buf []byte
	for b.Loop() {
		buf = AppendDecision(buf[:0], d)
	}
}
