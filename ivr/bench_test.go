// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"runtime"
	"testing"
	"testing/fstest"
	"time"
)

// What flows may cost. The benchmarks measure times, and fail only far beyond
// them, for machines that others use too; the tests hold what no load changes.
const (
	mostStep   = 2 * time.Microsecond
	mostBytes  = 4 << 10 // of one call in a flow, beside its sound
	mostRead   = time.Second
	readFlows  = 1000
	manyInFlow = 10_000
	slack      = 5 // of times, where others use the machine too
)

// benchFlow is one of many, as long as those that ship.
func benchFlow(i int) []byte {
	return fmt.Appendf(nil, `languages: [en]
timeZone: Europe/Berlin
start: main
nodes:
  main:
    menu:
      prompt: {say: Welcome to line %d. For orders press one. For a person press zero.}
      keys: {"1": order, "0": open, "2": days}
      noInput: {tries: 3, prompt: {say: We did not hear you.}, next: open}
  order: {collect: {into: order, prompt: {say: Your number.}, exact: 8, format: luhn, next: right}}
  right: {confirm: {prompt: {say: "{order}. Right?"}, next: sort, refused: order}}
  sort: {branch: {cases: [{when: 'hasPrefix(order, "9")', next: line}], else: open}}
  days: {set: {days: "time.month >= 11 ? 60 : 30"}, next: told}
  told: {say: "{days} days.", next: main}
  open: {hours: {week: {mon-fri: "08:00-20:00"}, dates: {"12-25": closed}, until: until, open: line, closed: shut}}
  shut: {say: "We open at {until|time}."}
  line: {queue: {id: support, endings: {else: sorry}}}
  sorry: {say: Sorry.}
`, i)
}

// TestCallsInFlowsAreSmall: ten thousand calls in flows cost at most 4 KiB each.
func TestCallsInFlowsAreSmall(t *testing.T) {
	flow := flowOf(t, string(benchFlow(1)))
	size := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := size()
	calls := make([]*Machine, manyInFlow)
	for i := range calls {
		m := NewMachine(flow, "en").For(Contact{ID: fmt.Sprint("c", i), Caller: "+4930123456"})
		m.Apply(noon, Started{})
		for _, key := range "19000000" { // an entry half made, variables and expressions behind it
			m.Apply(noon, Digit{byte(key)})
		}
		m.Apply(noon, Digit{'1'})
		m.Apply(noon, Digit{'8'})
		calls[i] = m
	}
	each := (size() - before) / manyInFlow
	runtime.KeepAlive(calls)
	t.Logf("%d bytes each", each)
	if each > mostBytes {
		t.Errorf("a call in a flow costs %d bytes, want at most %d", each, mostBytes)
	}
}

// TestDigitsCostNothing: no key of an entry or a menu allocates.
func TestDigitsCostNothing(t *testing.T) {
	flow := flowOf(t, `
languages: [en]
start: a
nodes:
  a: {collect: {into: x, prompt: {say: X.}, max: 32, next: a}}
`)
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	m.Apply(noon, Digit{'1'})
	var key, clear Event = Digit{'1'}, Digit{'*'}
	if n := testing.AllocsPerRun(100, func() {
		for range 8 {
			m.Apply(noon, key)
		}
		m.Apply(noon, clear)
	}); n != 0 {
		t.Errorf("nine keys allocate %v times", n)
	}
}

func BenchmarkStep(b *testing.B) {
	flow := flowOf(b, string(benchFlow(1)))
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	b.ReportAllocs()
	var one, wrong Event = Digit{'2'}, Tick{}
	for b.Loop() { // days, told, main: three nodes, an expression and two prompts
		m.Apply(noon, one)
		m.Apply(noon, wrong)
		m.Apply(noon, PromptDone{})
	}
	if each := b.Elapsed() / time.Duration(max(b.N, 1)) / 3; b.N > 1000 && each > slack*mostStep {
		b.Errorf("a step takes %v, want at most %v", each, mostStep)
	}
}

func BenchmarkDigit(b *testing.B) {
	flow := flowOf(b, string(benchFlow(1)))
	m := NewMachine(flow, "en")
	m.Apply(noon, Started{})
	m.Apply(noon, Digit{'1'})
	var key, clear Event = Digit{'1'}, Digit{'*'}
	b.ReportAllocs()
	for b.Loop() {
		m.Apply(noon, key)
		m.Apply(noon, clear)
	}
}

func BenchmarkRead(b *testing.B) {
	src := benchFlow(1)
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := Read("f.yaml", src); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// BenchmarkReadThousand: a thousand flows are read within a second.
func BenchmarkReadThousand(b *testing.B) {
	files := fstest.MapFS{}
	for i := range readFlows {
		files[fmt.Sprintf("f%d.yaml", i)] = &fstest.MapFile{Data: benchFlow(i)}
	}
	for b.Loop() {
		if flows, problems := Load(files, "flows"); len(problems) > 0 || len(flows) != readFlows {
			b.Fatalf("%d flows, %v", len(flows), problems)
		}
	}
	if each := b.Elapsed() / time.Duration(max(b.N, 1)); each > slack*mostRead {
		b.Errorf("%d flows took %v, want at most %v", readFlows, each, mostRead)
	}
}
