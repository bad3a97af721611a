// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/dialtest"
)

// TestCallOverIPv6: signalling and media over ::1, tones both ways.
func TestCallOverIPv6(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").start()
	six := "[::1]" + s.setting.SIP[strings.LastIndexByte(s.setting.SIP, ':'):]
	for _, transport := range []string{"udp", "tcp"} {
		phones, err := dialtest.Open(dialtest.Options{Server: six, Transport: transport})
		must(t, err)
		t.Cleanup(phones.Close)
		c, err := phones.Call("1002", dialtest.Caller{Number: "+4930600001"})
		must(t, err)
		must(t, c.WaitAnswered(within(t, 10*time.Second)))
		c.Mouth.Tone(callerTone, burstOn, burstOff)
		if err := c.Ear.WaitTone(within(t, 15*time.Second), callerTone); err != nil {
			t.Errorf("echo over %s: %v", transport, err)
		}
		c.Hangup()
		must(t, c.WaitEnded(within(t, 3*time.Second)))
	}
}

// TestSoundCheckPlaysOn: 1001 answers at once and speaks over and over.
func TestSoundCheckPlaysOn(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").start()
	begun := time.Now()
	c := s.answered("1001", "+4930600002")
	if took := time.Since(begun); took > time.Second {
		t.Errorf("answered after %s, want at once", took)
	}
	must(t, c.Ear.WaitSound(within(t, 3*time.Second)))
	pass(t, 10*time.Second)
	stream := c.Ear.Stream()
	if stream.Packets < 450 || stream.Lost != 0 || stream.Sources != 1 {
		t.Errorf("after 10 s: %+v, want about 500 packets, none lost, one source", stream)
	}
	c.Hangup()
}

// TestUnknownNumberAndStranger are refused, each in its own way.
func TestUnknownNumberAndStranger(t *testing.T) {
	t.Parallel()
	s := newServer(t).supervisor("sam").start()
	c := s.call("9999", "+4930600003")
	must(t, c.WaitEnded(within(t, 5*time.Second)))
	select {
	case <-c.Answered():
		t.Error("an unknown number was answered")
	default:
	}
	if len(s.rows()) != 0 {
		t.Errorf("%d rows for a number that does not exist", len(s.rows()))
	}
	if fmt.Sprint(c.Cause()) == "" {
		t.Error("the call ended without a cause")
	}
}
