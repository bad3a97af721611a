// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"context"
	"errors"
	"testing"
	"time"

	"tandem/call"
)

// twins opens two sets of phones that call each other directly.
func twins(t *testing.T, address, transport string) (callers, agents *Phones) {
	t.Helper()
	agents, err := Open(Options{Server: "127.0.0.1:1", Address: address, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(agents.Close)
	callers, err = Open(Options{Server: agents.Address(), Address: address, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(callers.Close)
	return callers, agents
}

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// taken is the next call that rings.
func taken(t *testing.T, rings <-chan *Call) *Call {
	t.Helper()
	select {
	case c := <-rings:
		return c
	case <-soon(t).Done():
		t.Fatal("nothing rings")
		return nil
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTwinsHearEachOther over every transport and family that phones may use.
func TestTwinsHearEachOther(t *testing.T) {
	f := func(address, transport string) {
		t.Helper()
		callers, agents := twins(t, address, transport)
		rings := agents.Answer("bob", Agent{After: 50 * time.Millisecond})
		c, err := callers.Call("bob", Caller{Number: "+4930123", Name: "Li Wei"})
		must(t, err)
		must(t, c.WaitAnswered(soon(t)))
		b := taken(t, rings)
		if b.Remote() != (call.Party{Number: "+4930123", Name: "Li Wei"}) {
			t.Errorf("%s %s: the phone shows %+v", address, transport, b.Remote())
		}
		c.Mouth.Tone(1000, 200*time.Millisecond, 100*time.Millisecond)
		b.Mouth.Tone(440, 200*time.Millisecond, 100*time.Millisecond)
		must(t, b.Ear.WaitTone(soon(t), 1000))
		must(t, c.Ear.WaitTone(soon(t), 440))
		if s := c.Ear.Stream(); s.Sources != 1 || s.Jumps != 0 {
			t.Errorf("%s %s: the stream is %+v, want one source without jumps", address, transport, s)
		}
		c.Hangup()
		must(t, b.WaitEnded(soon(t)))
		must(t, c.WaitEnded(soon(t)))
	}
	f("127.0.0.1:0", "udp")
	f("127.0.0.1:0", "tcp")
	f("[::1]:0", "udp")
}

// TestKeysArriveOnceInOrder, two alike in a row among them, in the middle of a
// tone.
func TestKeysArriveOnceInOrder(t *testing.T) {
	callers, agents := twins(t, "127.0.0.1:0", "udp")
	rings := agents.Answer("bob", Agent{})
	c, err := callers.Call("bob", Caller{})
	must(t, err)
	must(t, c.WaitAnswered(soon(t)))
	b := taken(t, rings)
	c.Mouth.Tone(1000, time.Second, 0)
	const keys = "1223*0#A99"
	must(t, c.Mouth.Press(keys))
	ctx := soon(t)
	for b.Digits() != keys {
		select {
		case <-ctx.Done():
			t.Fatalf("keys %q arrived, want %q", b.Digits(), keys)
		case <-time.After(20 * time.Millisecond):
		}
	}
	if err := c.Mouth.Press("12x"); err == nil {
		t.Error("an x was pressed")
	}
}

// TestRefusalsHaveTheirCause at the caller.
func TestRefusalsHaveTheirCause(t *testing.T) {
	callers, agents := twins(t, "127.0.0.1:0", "udp")
	f := func(user string, a *Agent, want call.Cause) {
		t.Helper()
		if a != nil {
			agents.Answer(user, *a)
		}
		c, err := callers.Call(user, Caller{})
		must(t, err)
		if err := c.WaitAnswered(soon(t)); !errors.Is(err, ErrEnded) {
			t.Errorf("%s: %v, want %v", user, err, ErrEnded)
		}
		if c.Cause() != want {
			t.Errorf("%s: cause %q, want %q", user, c.Cause(), want)
		}
	}
	f("refuser", &Agent{Refuse: call.CauseRefused}, call.CauseRefused)
	f("busy", &Agent{Refuse: call.CauseBusy}, call.CauseBusy)
	f("nobody", nil, call.CauseUnreachable)
}

// TestNeverOnlyRings until the caller gives up; then the phone stops.
func TestNeverOnlyRings(t *testing.T) {
	callers, agents := twins(t, "127.0.0.1:0", "udp")
	rings := agents.Answer("bob", Agent{Never: true})
	c, err := callers.Call("bob", Caller{})
	must(t, err)
	b := taken(t, rings)
	<-c.Ringing()
	c.Hangup()
	must(t, b.WaitEnded(soon(t)))
	must(t, c.WaitEnded(soon(t)))
	select {
	case <-c.Answered():
		t.Error("the call was answered")
	default:
	}
}

// TestCloseLeavesNothing: a call in talk ends on both sides when phones close.
func TestCloseLeavesNothing(t *testing.T) {
	callers, agents := twins(t, "127.0.0.1:0", "udp")
	rings := agents.Answer("bob", Agent{})
	c, err := callers.Call("bob", Caller{})
	must(t, err)
	must(t, c.WaitAnswered(soon(t)))
	b := taken(t, rings)
	callers.Close()
	must(t, b.WaitEnded(soon(t)))
	must(t, c.WaitEnded(soon(t)))
}
