// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"reflect"
	"testing"
	"time"
)

func TestSnapshotShowsTheFloor(t *testing.T) {
	d := New(Options{
		Queues: []Queue{{ID: "q", JoinEmpty: true}, {ID: "p", Closed: true}},
		Agents: []Agent{
			{ID: "bob", Queues: []Membership{{Queue: "q"}}},
			{ID: "ann", Queues: []Membership{{Queue: "q"}, {Queue: "p"}}},
		}})
	if s := d.Snapshot(t0); s.Agents[0].Status != Offline || !s.Agents[0].StatusSince.IsZero() {
		t.Fatalf("before the first event: %+v", s.Agents[0])
	}
	d.Apply(sec(0), available("ann"))
	d.Apply(sec(1), arrives("c1"))
	d.Apply(sec(2), urgent("c2", "q", 4))
	d.Apply(sec(3), status("bob", "break"))
	d.Apply(sec(4), status("ann", "lunch"))
	d.Apply(sec(5), DeviceLost{"bob"})
	d.Apply(sec(6), StatusSet{Agent: "bob", Status: "break", Reason: "late", Actor: "boss"})
	want := Snapshot{
		At: sec(9),
		Queues: []QueueSnapshot{
			{Queue: "q", SignedIn: 2, Available: 1, Waiting: []WaitingSnapshot{
				{Contact: "c2", Entered: sec(2), Priority: 4, Position: 1, Kind: KindCall},
				{Contact: "c1", Entered: sec(1), Position: 2, Agent: "ann", Agents: []AgentID{"ann"}, Kind: KindCall}}},
			{Queue: "p", Closed: true, SignedIn: 1, Available: 1},
		},
		Agents: []AgentSnapshot{
			{Agent: "bob", Status: "break", Reason: "late", Actor: "boss", StatusSince: sec(6),
				Activity: Idle, ActivitySince: sec(0), DeviceLost: true},
			{Agent: "ann", Status: Available, Actor: "ann", StatusSince: sec(0), NextStatus: "lunch",
				Activity: Ringing, ActivitySince: sec(1), Until: sec(21), Contact: "c1", Queue: "q",
				Works: []WorkSnapshot{{Contact: "c1", Queue: "q", Activity: Ringing, Since: sec(1), Until: sec(21)}}},
		},
	}
	if got := d.Snapshot(sec(9)); !reflect.DeepEqual(got, want) {
		t.Fatalf("got  %+v\nwant %+v", got, want)
	}
}

func TestSnapshotCountsTheFree(t *testing.T) {
	d := New(floor(nil, "ann", "bob"))
	f := func(ev Event, free int) {
		t.Helper()
		d.Apply(sec(0), ev)
		if got := d.Snapshot(sec(0)).Queues[0].Free; got != free {
			t.Errorf("after %T%+v: %d free, want %d", ev, ev, got, free)
		}
	}
	f(available("ann"), 1)
	f(available("bob"), 2)
	f(DeviceLost{"bob"}, 1)
	f(DeviceBack{"bob"}, 2)
	f(arrives("c1"), 1)
	f(OfferFailed{1, Refused}, 0) // bob rings, ann rests from the refusal
	f(hangsUp("c1"), 1)
}

func TestTimeNeverRunsBackwards(t *testing.T) {
	d := New(floor(func(q *Queue) { q.MaxWait = 10 * time.Second }))
	d.Apply(sec(100), arrives("c1"))
	got := d.Apply(sec(50), hangsUp("c1"))[0].(VisitEnded)
	if !got.Ended.Equal(sec(100)) {
		t.Errorf("left at %v, before it came", got.Ended)
	}
}
