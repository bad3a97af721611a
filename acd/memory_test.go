// SPDX-License-Identifier: Apache-2.0

package acd_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"tandem/acd"
)

// TestMemoryPerWaitingContact holds a waiting contact to 2 KiB, three in ten of
// them with relaxing steps, one in ten a callback.
func TestMemoryPerWaitingContact(t *testing.T) {
	const contacts, most = 20_000, 2 << 10
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	d := acd.New(acd.Options{Queues: []acd.Queue{{ID: "q", JoinEmpty: true, AnnounceEvery: time.Minute,
		RedialGrace: time.Minute, Callbacks: acd.Callbacks{Order: acd.AgentFirst}}}})
	before := heap()
	for i := range contacts {
		id := acd.ContactID(fmt.Sprintf("c%026d", i)) // as long as those of calls
		var ev acd.Event = acd.ContactArrived{Contact: id, Queue: "q", From: fmt.Sprintf("+49%d", i)}
		switch i % 10 {
		case 0:
			ev = acd.CallbackRequested{Callback: id, Queue: "q", From: fmt.Sprintf("+49%d", i)}
		case 1, 2, 3:
			ev = acd.ContactArrived{Contact: id, Queue: "q", Require: benchRequires[i%len(benchRequires)]}
		}
		d.Apply(morning.Add(time.Duration(i)*time.Millisecond), ev)
	}
	each := (heap() - before) / contacts
	runtime.KeepAlive(d)
	t.Logf("%d bytes each", each)
	if each > most {
		t.Errorf("a waiting contact holds %d bytes, more than %d", each, most)
	}
}
