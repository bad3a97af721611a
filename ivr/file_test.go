// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestOneofIsWhatTheReaderTakes: the words that the JSON Schema offers are those
// that the reader knows.
func TestOneofIsWhatTheReaderTakes(t *testing.T) {
	f := func(file any, key string, want ...string) {
		t.Helper()
		for _, field := range reflect.VisibleFields(reflect.TypeOf(file)) {
			if name, _, _ := strings.Cut(field.Tag.Get("yaml"), ","); name != key {
				continue
			}
			got := strings.Fields(field.Tag.Get("oneof"))
			slices.Sort(got)
			want := slices.Sorted(slices.Values(want))
			if !slices.Equal(got, want) {
				t.Errorf("%T.%s: oneof %q, the reader takes %q", file, key, got, want)
			}
			return
		}
		t.Errorf("%T has no %s", file, key)
	}
	f(flowFile{}, "kind", string(CallFlow), string(SubFlow), string(WaitFlow))
	f(flowFile{}, "languages", Languages...)
	f(nodeFile{}, "language", Languages...)
	f(collectFile{}, "format", formats...)
	f(hangupFile{}, "cause", hangupCauses...)
	f(queueFile{}, "skip", "signedIn", "available")
}

// TestEveryKindOfNodeHasAKey of its own name.
func TestEveryKindOfNodeHasAKey(t *testing.T) {
	var keys []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[nodeFile]()) {
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		keys = append(keys, name)
	}
	for _, kind := range nodeKinds {
		if !slices.Contains(keys, kind) {
			t.Errorf("there is no key for a node of kind %s", kind)
		}
	}
}
