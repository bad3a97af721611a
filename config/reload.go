// SPDX-License-Identifier: Apache-2.0

package config

import (
	"reflect"
	"slices"
	"strings"

	"tandem/acd"
)

// liveKeys are the keys that a reload takes over while calls live. Whatever is
// not among them, new keys too, needs a restart.
var liveKeys = []string{
	"drain", "numbers", "flowsFolder", "waitFlow", "holdMusic", "prompts", "dial", "queues", "retiredQueues",
	"agents", "reasons", "dispositions", "desk",
	"sip.trunks", "sip.numbers", "sip.outgoing", "sip.maxCalls", "sip.limits",
}

// RestartKeys names the keys in which next differs from c and that a running
// server does not take over.
func (c *Config) RestartKeys(next *Config) []string {
	return differing("", reflect.ValueOf(*c), reflect.ValueOf(*next))
}

func differing(path string, a, b reflect.Value) (keys []string) {
	t := a.Type()
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		key = strings.TrimPrefix(path+"."+key, ".")
		switch {
		case slices.Contains(liveKeys, key), reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()):
		case slices.ContainsFunc(liveKeys, func(live string) bool { return strings.HasPrefix(live, key+".") }):
			keys = append(keys, differing(key, a.Field(i), b.Field(i))...)
		default:
			keys = append(keys, key)
		}
	}
	return keys
}

// MoveTo says where those go who wait in queues that are retired.
func (c *Config) MoveTo() map[acd.QueueID]acd.QueueID {
	to := map[acd.QueueID]acd.QueueID{}
	for _, r := range c.RetiredQueues {
		to[r.ID] = r.MoveTo
	}
	return to
}
