// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// turning runs a wheel for the length of a synctest bubble.
func turning(t *testing.T) *Wheel {
	t.Helper()
	w := NewWheel(nil)
	ctx, cancel := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { w.Run(ctx) })
	t.Cleanup(func() { cancel(); work.Wait() })
	return w
}

// clock notes when each packet comes.
type clock struct {
	wire
	at []time.Time
}

func (c *clock) WriteRTP(p *Packet) {
	c.send(p)
	c.at = append(c.at, time.Now())
}

func TestPlayerPacesToTheMillisecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		var c clock
		begun := time.Now()
		<-NewPlayer(w, &c).Play([]Clip{NewClip(Tone(440, 0.5, time.Second)), Silence(30 * time.Millisecond)}, false)
		if d := time.Since(begun); d < 1040*time.Millisecond || d > 1060*time.Millisecond {
			t.Errorf("1.04 s took %v", d)
		}
		if len(c.sent) != 52 {
			t.Fatalf("%d packets", len(c.sent))
		}
		continuous(t, c.sent)
		for i := 1; i < len(c.at); i++ {
			if d := c.at[i].Sub(c.at[i-1]); d != frameTime {
				t.Fatalf("packet %d after %v", i, d)
			}
		}
		if s := Goertzel(decodeBytes(nil, PCMU, c.sent[10].Payload), 440); s < 0.9 {
			t.Errorf("share of 440 Hz is %.2f", s)
		}
		if c.sent[51].Payload[0] != silenceULaw {
			t.Error("no silence at the end")
		}
	})
}

func TestPlayerLoopsWithoutASeam(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		var c clock
		p := NewPlayer(w, &c)
		done := p.Play([]Clip{Silence(40 * time.Millisecond), Silence(0), Silence(20 * time.Millisecond)}, true)
		time.Sleep(10 * time.Second)
		p.Stop()
		if n := len(c.sent); n < 499 || n > 501 {
			t.Fatalf("%d packets in 10 s", n)
		}
		continuous(t, c.sent)
		select {
		case <-done:
			t.Error("a stopped loop was heard to its end")
		default:
		}
	})
}

func TestNothingIsWrittenAfterStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		var c clock
		p := NewPlayer(w, &c)
		for i := range 50 {
			p.Play([]Clip{Silence(time.Hour)}, false)
			time.Sleep(time.Duration(i) * 3 * time.Millisecond)
			p.Stop()
			p.Stop()
			n := len(c.sent)
			time.Sleep(time.Second)
			if len(c.sent) != n {
				t.Fatalf("round %d: %d packets after Stop", i, len(c.sent)-n)
			}
		}
	})
}

func TestPlayReplacesWhatIsPlaying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		var c clock
		p := NewPlayer(w, &c)
		first := p.Play([]Clip{Silence(time.Hour)}, true)
		time.Sleep(time.Second)
		<-p.Play([]Clip{NewClip(Tone(440, 0.5, time.Second))}, false)
		select {
		case <-first:
			t.Error("what was replaced was heard to its end")
		default:
		}
		if n := len(c.sent); n < 99 || n > 101 {
			t.Errorf("%d packets of two seconds", n)
		}
		if c.sent[0].SSRC == c.sent[len(c.sent)-1].SSRC {
			t.Error("two pieces look like one source")
		}
	})
}

func TestNothingToPlayIsDoneAtOnce(t *testing.T) {
	p := NewPlayer(NewWheel(nil), new(Ear))
	<-p.Play(nil, true)
	<-p.Play([]Clip{Silence(0)}, true)
	p.Stop()
}

func TestManyPlayersKeepTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		clocks := make([]clock, 400)
		var ends []<-chan struct{}
		for i := range clocks {
			time.Sleep(time.Duration(i%7) * time.Millisecond)
			ends = append(ends, NewPlayer(w, &clocks[i]).Play([]Clip{Silence(2 * time.Second)}, false))
		}
		for _, end := range ends {
			<-end
		}
		for i := range clocks {
			c := &clocks[i]
			if len(c.sent) != 100 {
				t.Fatalf("player %d wrote %d packets", i, len(c.sent))
			}
			late := slices.MaxFunc(c.at[1:], time.Time.Compare).Sub(c.at[1])
			if late != 98*frameTime {
				t.Fatalf("player %d took %v for 98 packets", i, late)
			}
		}
		if n := w.slots[0].count.Load(); n != 0 {
			t.Errorf("%d players left on the wheel", n)
		}
	})
}

func TestPanickingSinkStopsNoOtherPlayer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		var c clock
		bad := NewPlayer(w, sinkFunc(func(*Packet) { panic("a fault of ours") })).Play([]Clip{Silence(time.Second)}, false)
		good := NewPlayer(w, &c).Play([]Clip{Silence(time.Second)}, false)
		<-bad
		<-good
		if len(c.sent) != 50 {
			t.Fatalf("%d packets of the other player", len(c.sent))
		}
	})
}

func TestPlayerSpeaksThePortsLaw(t *testing.T) {
	f := func(line string, codec Codec, silence byte) {
		t.Helper()
		e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
		far := rawPeer(t, "127.0.0.1")
		if _, err := e.Answer(context.Background(), far.offer(line)); err != nil {
			t.Fatal(err)
		}
		p := NewPlayer(NewWheel(nil), e)
		p.clips = []Clip{NewClip(Tone(440, 0.5, frameTime)), Silence(frameTime)}
		p.began = -1
		p.frame(0)
		p.frame(1)
		if tone := far.read(t); Goertzel(decodeBytes(nil, codec, tone.Payload), 440) < 0.9 {
			t.Errorf("%s: no tone heard", line)
		}
		if pause := far.read(t); pause.Payload[7] != silence {
			t.Errorf("%s: silence is %#x", line, pause.Payload[7])
		}
	}
	f("m=audio PORT RTP/AVP 0", PCMU, silenceULaw)
	f("m=audio PORT RTP/AVP 8", PCMA, silenceALaw)
}

func TestAWheelThatIsBehindSkips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := turning(t)
		var c clock
		stall := sinkFunc(func(p *Packet) {
			c.WriteRTP(p)
			if len(c.sent) == 10 {
				time.Sleep(time.Second) // the machine stands still
			}
		})
		<-NewPlayer(w, stall).Play([]Clip{Silence(time.Second)}, false)
		if len(c.sent) != 50 {
			t.Fatalf("%d packets", len(c.sent))
		}
		for i := 1; i < len(c.sent); i++ {
			if d := c.at[i].Sub(c.at[i-1]); d < frameTime/2 {
				t.Fatalf("packet %d %v after the one before: a burst", i, d)
			}
			heard := c.at[i].Sub(c.at[0])
			stamped := time.Duration(c.sent[i].Timestamp-c.sent[0].Timestamp) * time.Second / SampleRate
			if d := heard - stamped; d < -frameTime || d > frameTime {
				t.Fatalf("packet %d came after %v with a timestamp of %v", i, heard, stamped)
			}
		}
	})
}

// BenchmarkWheel measures, for each prompt that plays for a second, the CPU
// time of the whole process as a share of one core, and how exactly it is
// paced: the delay of a packet behind its stream's earliest one.
func BenchmarkWheel(b *testing.B) {
	for _, n := range []int{100, 400} {
		b.Run(fmt.Sprintf("prompts=%d", n), func(b *testing.B) { benchmarkWheel(b, n) })
	}
}

func benchmarkWheel(b *testing.B, prompts int) {
	ctx, cancel := context.WithCancel(b.Context())
	w := NewWheel(nil)
	var work sync.WaitGroup
	work.Go(func() { w.RunExact(ctx) })
	defer work.Wait()
	defer cancel()
	ports := newPorts(PortsOptions{RTPPorts: PortRange{First: 30000, Last: 39999}})
	clip := NewClip(Tone(440, 0.5, 10*time.Second))
	listener := rawPeer(b, "127.0.0.1") // nobody need read it
	paces := make([]pace, prompts)
	for i := range paces {
		e := testEndpoint(b, ports, "127.0.0.1")
		e.agree(&description{codec: PCMU, rtp: listener.addr})
		paces[i].to = e
		NewPlayer(w, &paces[i]).Play([]Clip{clip}, true)
		time.Sleep(rand.N(frameTime) / 16)
	}
	cpu, begun := cpuTime(b), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		time.Sleep(time.Second)
	}
	cpu, passed := cpuTime(b)-cpu, time.Since(begun)
	cancel()
	work.Wait()
	var late []time.Duration
	for i := range paces {
		late = append(late, paces[i].lateness()...)
	}
	slices.Sort(late)
	b.ReportMetric(100*cpu.Seconds()/passed.Seconds()/float64(prompts), "%core/prompt")
	b.ReportMetric(float64(late[len(late)*99/100].Microseconds()), "pdv-p99-us")
	b.ReportMetric(float64(late[len(late)*999/1000].Microseconds()), "pdv-p999-us")
}

// pace passes packets on and notes when.
type pace struct {
	to Port
	at []time.Duration // since start, less the stream's own time
	t0 time.Time
	n  int
}

func (p *pace) WriteRTP(q *Packet) {
	p.to.WriteRTP(q)
	if p.n == 0 {
		p.t0 = time.Now()
	}
	if len(p.at) < 1000 {
		p.at = append(p.at, time.Since(p.t0)-time.Duration(p.n)*frameTime)
	}
	p.n++
}

func (p *pace) lateness() []time.Duration {
	least := slices.Min(p.at)
	for i := range p.at {
		p.at[i] -= least
	}
	return p.at
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
