// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"testing"
	"time"
)

// TestRestartKeys: what a running server cannot change is named, and nothing
// else.
func TestRestartKeys(t *testing.T) {
	f := func(change func(c *Config), want ...string) {
		t.Helper()
		was, err := Sample("data")
		if err != nil {
			t.Fatal(err)
		}
		next, err := Sample("data")
		if err != nil {
			t.Fatal(err)
		}
		change(next)
		if got := was.RestartKeys(next); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	f(func(*Config) {})
	f(func(c *Config) {
		c.Queues[0].RingTime, c.Agents, c.Numbers, c.Drain = time.Minute, c.Agents[1:], nil, time.Hour
		c.SIP.Trunks, c.SIP.MaxCalls, c.SIP.Limits.Messages = nil, 5, 7
	})
	f(func(c *Config) { c.SIP.Listeners, c.SIP.Realm = nil, "other" }, "sip.listeners", "sip.realm")
	f(func(c *Config) { c.DataFolder, c.Web.Address = "elsewhere", ":1" }, "dataFolder", "web")
}

// TestChangedQueue changes one key as the file would write it.
func TestChangedQueue(t *testing.T) {
	c, err := Sample("data")
	if err != nil {
		t.Fatal(err)
	}
	before := c.Queues[0].Routing()
	got, err := c.ChangedQueue("support", map[string]string{"ringTime": "15s", "strategy": "ringAll"})
	if err != nil || got.RingTime != 15*time.Second || got.Strategy != "ringAll" || got.MaxLength != before.MaxLength {
		t.Errorf("%v %+v", err, got)
	}
	if c.Queues[0].Routing() != before {
		t.Error("the configuration itself changed")
	}
	f := func(want, key, value string) {
		t.Helper()
		if _, err := c.ChangedQueue("support", map[string]string{key: value}); err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
	f(`ringTime: 500ms is below 1s; write a time people can answer in, like 20s`, "ringTime", "500ms")
	f(`maxLength: "many" is no whole number; write a whole number like 20`, "maxLength", "many")
	f(`ringTime cannot be changed here; write one plain value`, "ringTime", "1s\nid: x")
}
