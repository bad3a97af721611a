// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"tandem/call"
)

// This file says how the trunks are, for people.

// States of a Registration.
const (
	RegistrationOff     = "off"     // none is configured
	RegistrationTrying  = "trying"  // not yet, or not again
	RegistrationUp      = "up"      // valid until Until
	RegistrationRefused = "refused" // the far end says no; tried again later
)

// A TrunkState is how one trunk is now.
type TrunkState struct {
	Name          string
	Address       string // where calls go out, "" if none do
	CallsIn       int    // that exist now
	CallsOut      int
	CallsOutToday int
	Registration  Registration
	Targets       []Probe   // what the address leads to, in the order it is tried
	Refused       int       // calls, since the start
	Refusals      []Refusal // the last of them, newest first
}

// A Registration is ours at a trunk.
type Registration struct {
	State  string
	Status int    // of the last answer, 0 if there was none
	Reason string // in words, "" while all is well
	At     time.Time
	Until  time.Time
}

// A Probe is what one target last answered to OPTIONS.
type Probe struct {
	Target  netip.AddrPort
	Up      bool
	Status  int           // 0: no answer, or not asked yet
	Took    time.Duration // until the answer
	At      time.Time     // zero: not asked yet
	Problem string        // why there was no answer
}

// A Refusal is a call that did not come to be.
type Refusal struct {
	At        time.Time
	Direction string // "inbound" or "outbound"
	Number    string // dialled
	Status    int
	Reason    string
}

// TrunkStates are the trunks in the order of the configuration.
func (s *Server) TrunkStates() []TrunkState {
	now := time.Now()
	all := make([]TrunkState, 0, len(s.trunks()))
	for _, t := range s.trunks() {
		state := TrunkState{Name: t.Name, Address: t.Address}
		state.CallsIn, _ = t.in.use(now)
		state.CallsOut, state.CallsOutToday = t.out.use(now)
		order := t.order()
		t.history.mu.Lock()
		state.Registration = t.history.reg
		state.Registration.State = cmp.Or(state.Registration.State, RegistrationOff)
		state.Refused = t.history.refused
		state.Refusals = slices.Clone(t.history.refusals)
		for _, to := range order {
			p := t.history.targets[to.flow.Remote].last
			p.Target = to.flow.Remote
			p.Up = t.history.targets[to.flow.Remote].failed < downAfter
			state.Targets = append(state.Targets, p)
		}
		t.history.mu.Unlock()
		slices.Reverse(state.Refusals)
		all = append(all, state)
	}
	return all
}

// A TestCall is what became of one.
type TestCall struct {
	Rang, Answered time.Duration // since the INVITE; 0: it did not
	Cause          call.Cause    // why it ended; CauseCompleted: answered, and hung up by us
}

// Errors of CallTest.
var (
	ErrNoTrunk    = errors.New("there is no such trunk, or no calls go out by it")
	errTestUnsure = errors.New("the leg ended without a cause")
)

// testRing is how long a test call may ring.
const testRing = 25 * time.Second

// CallTest calls a number that a trunk takes by that trunk alone, and hangs up as
// soon as it is answered.
func (s *Server) CallTest(ctx context.Context, name, number string) (TestCall, error) {
	t := s.trunks().named(name)
	if t == nil || t.Address == "" {
		return TestCall{}, ErrNoTrunk
	}
	ctx, cancel := context.WithTimeout(ctx, testRing)
	defer cancel()
	began := time.Now()
	leg, err := s.dialOut(ctx, call.Target{URI: number}, []*trunk{t})
	if err != nil {
		return TestCall{}, err
	}
	var out TestCall
	for ev := range leg.Events() {
		switch ev := ev.(type) {
		case call.Ringing:
			out.Rang = time.Since(began)
		case call.Answered:
			out.Answered = time.Since(began)
			leg.Hangup(call.CauseCompleted)
		case call.Ended:
			out.Cause = ev.Cause
			if out.Answered > 0 {
				out.Cause = call.CauseCompleted
			}
			return out, nil
		}
	}
	return out, errTestUnsure
}
