// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"testing"
	"time"
)

// TestResumed: another machine goes on at the node, with what was known there
// but the secrets; a node that is gone begins the flow anew.
func TestResumed(t *testing.T) {
	const src = `
start: first
nodes:
  first: {set: {asked: "2", rate: "1.5", sure: "true"}, next: number}
  number: {collect: {prompt: {say: {en: Number, zh: 号码}}, into: number, min: 1, max: 3, next: pin}}
  pin: {collect: {prompt: {say: {en: PIN, zh: 密码}}, into: pin, secret: true, min: 1, max: 3, next: last}}
  last: {menu: {prompt: {say: {en: Key, zh: 按键}}, keys: {"1": last}}}
`
	flow, problems := Read("resumed.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	now := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	m := NewMachine(flow, "en")
	m.Apply(now, Started{})
	for _, key := range []byte("42#77#") {
		m.Apply(now, Digit{Key: key})
	}
	node, known := m.Keep()
	if node != "last" || known["number"] != "42" || known["asked"] != "2" {
		t.Fatalf("kept %s with %v", node, known)
	}
	if _, secret := known["pin"]; secret {
		t.Error("a secret is kept")
	}
	again := NewMachine(flow, "en")
	effects := again.Apply(now, Resumed{Node: node, Variables: known})
	if e, is := effects[0].(Entered); !is || e.Node != "last" {
		t.Errorf("entered %+v", effects)
	}
	for name, value := range map[string]any{"asked": 2, "rate": 1.5, "sure": true, "number": "42", "pin": ""} {
		if got := again.held(name); got != value {
			t.Errorf("%s is %v, want %v", name, got, value)
		}
	}
	lost := NewMachine(flow, "en").Apply(now, Resumed{Node: "cellar"})
	if e, is := lost[0].(Entered); !is || e.Node != "first" {
		t.Errorf("an unknown node leads to %+v", lost)
	}
}
