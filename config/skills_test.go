// SPDX-License-Identifier: Apache-2.0

package config

import (
	"strings"
	"testing"
)

func TestRoutingFaults(t *testing.T) {
	for _, f := range []struct{ extra, want string }{
		{"queues: [{id: q, strategy: luckiest}]\n", `"luckiest" is unknown`},
		{"queues: [{id: q, timeZone: Moon/Base}]\n", "is no time zone"},
		{"queues: [{id: q, overflowTo: q, overflowAfter: 1m}]\n", "there is no other queue"},
		{"queues: [{id: q, overflowAfter: 1m}]\n", "means nothing without overflowTo"},
		{"queues: [{id: q}]\nagents: [{id: a, skills: {german: 11}}]\n", "11 is no level"},
		{"queues: [{id: q}]\nagents: [{id: a, skills: {germ: 3}}]\nnumbers: [{number: '1', flow: f}]\n", `no agent has the skill "german"`},
	} {
		err := configured(t, f.extra, "start: q\nnodes: {q: {queue: {id: q, require: [{skills: {german: 7}}]}}}\n")
		if err == nil || !strings.Contains(err.Error(), f.want) {
			t.Errorf("%s: %v does not say %q", f.extra, err, f.want)
		}
	}
}
