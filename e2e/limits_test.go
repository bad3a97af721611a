// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"sync"
	"testing"
	"time"
)

// TestLimitIsReachedAndRecoveredFrom: with ten calls on the trunk the eleventh
// gets 503 with Retry-After, existing calls are not touched, and as soon as
// there is room calls are taken again.
func TestLimitIsReachedAndRecoveredFrom(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	s.setting.TrunkCalls = 10
	s.start()
	sam := s.as("sam")

	var full sync.WaitGroup
	full.Go(func() {
		// These ten fill the trunk and must all end well.
		got, err := sippRun{scenario: "call", number: "1001", calls: 10, rate: 20, stay: 8 * time.Second, remote: s.setting.SIP}.run(within(t, 40*time.Second), t)
		if err != nil || got.good != 10 {
			t.Errorf("the calls within the limit: %d of 10 good, %v\n%s", got.good, err, tail(got.output, 40))
		}
	})
	s.eventually("ten calls alive", 10*time.Second, func() bool { return s.metrics()["call_alive"] == 10 })
	sippRun{scenario: "full", number: "1001", calls: 15, rate: 10, remote: s.setting.SIP}.mustAll(t, 20*time.Second)
	full.Wait()

	s.eventually("nothing left", 5*time.Second, func() bool { return s.metrics()["call_alive"] == 0 })
	sippRun{scenario: "call", number: "1001", calls: 10, rate: 10, stay: time.Second, remote: s.setting.SIP}.mustAll(t, 20*time.Second)
	sippRun{scenario: "options", number: "1001", remote: s.setting.SIP}.mustAll(t, 10*time.Second)
	s.settled(sam, map[string]int{"abandoned": 20})
}

// TestTooManyNewCallsASecond: a burst above the trunk's rate is refused in
// part, with 503, and the rest is served.
func TestTooManyNewCallsASecond(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam")
	s.setting.TrunkRate = 5
	s.start()
	got, err := sippRun{scenario: "call", number: "1001", calls: 40, rate: 40, stay: 500 * time.Millisecond, remote: s.setting.SIP}.run(within(t, 60*time.Second), t)
	must(t, err)
	if got.good < 5 || got.good > 20 || got.good+got.bad != 40 {
		t.Errorf("%d of 40 calls in a second were served at a limit of 5 a second, want 5 to 20", got.good)
	}
	s.eventually("calls are taken again", 10*time.Second, func() bool {
		got, err := sippRun{scenario: "call", number: "1001", stay: 100 * time.Millisecond, remote: s.setting.SIP}.run(within(t, 20*time.Second), t)
		return err == nil && got.good == 1
	})
}

// TestCancelBeforeTheAnswer: a caller who gives up while the number rings is
// abandoned and was never answered.
func TestCancelBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").start()
	sippRun{scenario: "cancel", number: "2000", calls: 5, stay: time.Second, remote: s.setting.SIP}.mustAll(t, 20*time.Second)
	sippRun{scenario: "cancel", number: "2000", calls: 2, stay: time.Second, remote: s.setting.SIP, tcp: true}.mustAll(t, 20*time.Second)
	s.eventually("seven abandoned", 5*time.Second, func() bool {
		m := s.metrics()
		return m["call_alive"] == 0 && m[`call_endings_total{cause="abandoned"}`] == 7
	})
	for _, row := range s.rows() {
		if !row.Answered.IsZero() {
			t.Errorf("call %s has an answer time, but was never answered", row.ID)
		}
	}
}

// TestSIPpPressesAKey: digits in SIP INFO lead through the menu.
func TestSIPpPressesAKey(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").agent("anna").start()
	sam, anna := s.as("sam"), s.as("anna")
	anna.status("break") // signed in, so that the queue takes callers
	sam.until("anna on a break", 5*time.Second, idle("anna", "break"))
	var work sync.WaitGroup
	work.Go(func() {
		got, err := sippRun{scenario: "key", number: "1000", calls: 3, rate: 3, stay: 5 * time.Second, remote: s.setting.SIP}.run(within(t, 30*time.Second), t)
		if err != nil || got.good != 3 {
			t.Errorf("%d of 3 calls good, %v\n%s", got.good, err, tail(got.output, 40))
		}
	})
	sam.until("three who wait in support", 15*time.Second, waiting("support", 3))
	work.Wait()
	s.settled(sam, map[string]int{"abandoned": 3})
}
