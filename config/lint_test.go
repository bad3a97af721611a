// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const lintBase = `dataFolder: data
sip: {listeners: [{transport: udp, address: "127.0.0.1:0"}], trunks: [{name: t, from: [192.0.2.1], address: "192.0.2.1", takes: {prefixes: ["+"]}}]}
dial: {allow: ["+49*"]}
queues:
  - {id: support, maxWait: 5m}
agents:
  - {id: anna, queues: [support], skills: {german: 5}}
`

// TestRoutingRemarks: each oddity is remarked once, at its place, and a plain
// configuration not at all.
func TestRoutingRemarks(t *testing.T) {
	f := func(from, to string, want ...string) {
		t.Helper()
		c, problems := parse("tandem.yaml", []byte(strings.Replace(lintBase, from, to, 1)), func(string) string { return "" })
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		var got []string
		for _, r := range c.RoutingRemarks() {
			got = append(got, r.String())
		}
		if !slices.EqualFunc(got, want, strings.Contains) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	f("", "")
	f("queues: [support]", "queues: []", "tandem.yaml:5:5: queues[0]: nobody serves support at any hour")
	f("queues: [support]", `device: uri, uri: "sip:x@192.0.2.9", queues: [support]`, "queues[0]: nobody can serve support at any hour")
	f("queues: [support]", "queues: [{queue: support, delay: 5m}]", "agents[0].queues[0]: anna is never asked for support: the delay 5m0s is not below its maxWait 5m0s")
	f("  - {id: support, maxWait: 5m}\n", "  - {id: support, maxWait: 5m}\n  - {id: gold, priority: 5}\n", "queues[1]: nobody serves gold")
	f("maxWait: 5m}\nagents:\n  - {id: anna, queues: [support]", "maxWait: 5m}\n  - {id: gold, priority: 5}\nagents:\n  - {id: anna, queues: [support, gold]",
		"queues[0]: support starves while callers wait in gold: everybody who serves it serves that first; give it a guard")
	f("maxWait: 5m}\nagents:\n  - {id: anna, queues: [support]", "maxWait: 5m, overflowAfter: 1m, overflowTo: b}\n  - {id: b, overflowAfter: 1m, overflowTo: support}\nagents:\n  - {id: anna, queues: [support, b]",
		"queues[1].overflowTo: callers go round in circles: b, then support, then b")
	f("maxWait: 5m}", "maxWait: 5m, callback: {order: agentFirst}}")
	f("dial: {allow: [\"+49*\"]}\nqueues:\n  - {id: support,", "dial: {allow: [\"sip:*@192.0.2.7\"]}\nqueues:\n  - {id: support, callback: {order: agentFirst},",
		"queues[0].callback: no callback of support can ever be dialled: dial.allow has no pattern")
	f(", takes: {prefixes: [\"+\"]}}]}\ndial: {allow: [\"+49*\"]}\nqueues:\n  - {id: support,", "}]}\ndial: {allow: [\"+49*\"]}\nqueues:\n  - {id: support, callback: {order: agentFirst},",
		"queues[0].callback: no callback of support can ever be dialled: no trunk takes numbers")
}

// TestRemarksOnWhatFlowsWant: skills that nobody in the queue has.
func TestRemarksOnWhatFlowsWant(t *testing.T) {
	f := func(require string, want ...string) {
		t.Helper()
		c := loadWith(t, strings.Replace(lintBase, "queues:\n", "flowsFolder: flows\nnumbers: [{number: \"1\", flow: f}]\nqueues:\n", 1), map[string]string{
			"f.yaml": "start: q\nnodes:\n  q: {queue: {id: support, " + require + "}}\n",
		})
		var got []string
		for _, r := range c.RoutingRemarks() {
			got = append(got, r.String())
		}
		if !slices.EqualFunc(got, want, strings.Contains) {
			t.Errorf("%s: got\n%s", require, strings.Join(got, "\n"))
		}
	}
	f("require: [{skills: {german: 5}, for: 30s}, {}]")
	f("require: [{skills: {german: 7}, for: 30s}, {}]", "f.yaml: nodes.q.queue: step 1 of what callers want is met by nobody who serves support, and is always skipped")
	f("require: [{skills: {german: 7}}]", "step 1 of what", "nobody who serves support may ever take these callers")
	f("neverWithout: {german: 9}", "nobody who serves support may ever take these callers")
}

// loadWith loads a configuration with flows beside it.
func loadWith(t *testing.T, text string, flows map[string]string) *Config {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "flows"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, flow := range flows {
		if err := os.WriteFile(filepath.Join(folder, "flows", name), []byte(flow), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(folder, "tandem.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
