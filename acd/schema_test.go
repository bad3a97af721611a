// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"encoding/json"
	"strings"
	"testing"
)

// fingerprint is of the structs that make the text of schema StateSchema.
const fingerprint = "7f48272970fe18e5"

// TestStateSchema notices that the structs of the state have changed.
func TestStateSchema(t *testing.T) {
	if got := stateFingerprint(); got != fingerprint {
		t.Errorf(`the state's structs have changed: fingerprint %s.
If a snapshot of before is still read right (a new field is right when zero),
note the new fingerprint. If not, raise StateSchema and write an upgrade.`, got)
	}
}

// TestStateUpgrade reads a text of an older schema by way of its upgrade.
func TestStateUpgrade(t *testing.T) {
	d := New(Options{Queues: []Queue{{ID: "q", JoinEmpty: true}}})
	now := d.AppendState(nil)
	older := strings.Replace(strings.Replace(string(now), `"schema":1`, `"schema":0`, 1), `"lastOffer"`, `"offersMade"`, 1)
	upgrades[0] = func(state []byte) ([]byte, error) {
		if !json.Valid(state) {
			t.Errorf("no JSON: %s", state)
		}
		return []byte(strings.Replace(string(state), `"offersMade"`, `"lastOffer"`, 1)), nil
	}
	defer delete(upgrades, 0)
	restored, err := ParseState([]byte(older))
	if err != nil {
		t.Fatal(err)
	}
	if got := restored.AppendState(nil); string(got) != string(now) {
		t.Errorf("got  %s\nwant %s", got, now)
	}
}

func BenchmarkAppendState(b *testing.B) {
	d := New(Options{Queues: []Queue{{ID: "q", JoinEmpty: true}}})
	for i := range 1000 {
		d.Apply(d.time(0), ContactArrived{Contact: ContactID("contact" + string(rune('a'+i%26)) + string(rune('a'+i/26))), Queue: "q"})
	}
	b.ReportAllocs()
	for b.Loop() {
		d.AppendState(nil)
	}
}
