// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// speaker sends a tone, or silence, as packets of 20 ms by the clock.
type speaker struct {
	to    Sink
	codec Codec
	at    uint32
}

func (s *speaker) say(hertz float64, d time.Duration) {
	samples := make([]int16, int(d*SampleRate/time.Second))
	if hertz > 0 {
		samples = Tone(hertz, 0.3, d)
	}
	for len(samples) >= frameSamples {
		s.to.WriteRTP(&Packet{Codec: s.codec, Timestamp: s.at, Payload: Encode(s.codec, samples[:frameSamples])})
		s.at += uint32(frameSamples)
		samples = samples[frameSamples:]
		time.Sleep(frameTime)
	}
}

// recorded runs a recorder in a bubble while f speaks, and gives the file's
// samples.
func recorded(t *testing.T, limits RecorderLimits, f func(r *Recorder, s *speaker, file func() []int16)) (length time.Duration, how RecorderEnd, samples []int16) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "day", "one.wav")
	file := func() []int16 {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		samples, err := ReadWAV(b)
		if err != nil {
			t.Fatal(err)
		}
		return samples
	}
	synctest.Test(t, func(t *testing.T) {
		r, err := NewRecorder(path, limits)
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan bool)
		go func() {
			defer close(done)
			if length, how, err = r.Run(t.Context()); err != nil {
				t.Error(err)
			}
		}()
		f(r, &speaker{to: r, codec: PCMU, at: 4_294_960_000}, file)
		<-done
	})
	return length, how, file()
}

func about(t *testing.T, what string, got, want, most time.Duration) {
	t.Helper()
	if got < want-most || got > want+most {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func lasts(samples []int16) time.Duration {
	return time.Duration(len(samples)) * time.Second / SampleRate
}

func TestRecorderKeepsWhatIsSaid(t *testing.T) {
	length, how, samples := recorded(t, RecorderLimits{Length: time.Minute}, func(r *Recorder, s *speaker, _ func() []int16) {
		s.say(1000, 3*time.Second)
		s.codec = PCMA
		s.say(500, 2*time.Second)
		r.Stop()
		r.Stop()
	})
	about(t, "the length", length, 5*time.Second, 50*time.Millisecond)
	about(t, "the file", lasts(samples), 5*time.Second, 50*time.Millisecond)
	if how != RecorderStopped || Goertzel(samples[SampleRate:2*SampleRate], 1000) < 0.2 || Goertzel(samples[7*SampleRate/2:4*SampleRate], 500) < 0.2 {
		t.Errorf("%s; the tones are not there", how)
	}
}

func TestRecorderEndsBySilence(t *testing.T) {
	length, how, _ := recorded(t, RecorderLimits{Length: time.Minute, Silence: 3 * time.Second}, func(_ *Recorder, s *speaker, _ func() []int16) {
		s.say(0, 2*time.Second)
		s.say(700, 2*time.Second)
		s.say(0, 2*time.Second)
		s.say(700, time.Second)
		s.say(0, 4*time.Second)
	})
	about(t, "the length", length, 7*time.Second, 50*time.Millisecond)
	if how != RecorderSilence {
		t.Errorf("ended by %s", how)
	}
}

// A far end that suppresses silence sends nothing: the clock fills it up.
func TestRecorderEndsBySilenceThatIsNotSent(t *testing.T) {
	began := time.Time{}
	length, how, _ := recorded(t, RecorderLimits{Length: time.Minute, Silence: 3 * time.Second}, func(_ *Recorder, s *speaker, _ func() []int16) {
		began = time.Now()
		s.say(700, 2*time.Second)
		time.Sleep(1 * time.Second)
		s.at += SampleRate
		s.say(700, 2*time.Second)
		time.Sleep(4 * time.Second)
	})
	about(t, "the length", length, 5*time.Second, 500*time.Millisecond)
	if how != RecorderSilence {
		t.Errorf("ended by %s, begun %v", how, began)
	}
}

func TestRecorderEndsWhenFull(t *testing.T) {
	length, how, samples := recorded(t, RecorderLimits{Length: 2 * time.Second, Silence: time.Second}, func(_ *Recorder, s *speaker, _ func() []int16) {
		s.say(700, 3*time.Second)
	})
	about(t, "the length", length, 2*time.Second, 150*time.Millisecond)
	about(t, "the file", lasts(samples), 2*time.Second, 150*time.Millisecond)
	if how != RecorderFull {
		t.Errorf("ended by %s", how)
	}
}

// Whenever the process is killed, the file can be played up to 2 s before.
func TestRecorderFileIsAlwaysWhole(t *testing.T) {
	recorded(t, RecorderLimits{Length: time.Minute}, func(r *Recorder, s *speaker, file func() []int16) {
		for range 40 {
			s.say(700, 260*time.Millisecond)
			heard := time.Duration(s.at+7296) * time.Second / SampleRate // the timestamps began 7296 before their end
			if behind := heard - lasts(file()); behind > 2*time.Second {
				t.Fatalf("after %v the file lacks %v", heard, behind)
			}
		}
		r.Stop()
	})
}

func TestRecorderFillsWhatIsLost(t *testing.T) {
	_, _, samples := recorded(t, RecorderLimits{Length: time.Minute}, func(r *Recorder, s *speaker, _ func() []int16) {
		s.say(1000, time.Second)
		s.at += 5 * uint32(frameSamples) // five packets are lost
		time.Sleep(5 * frameTime)
		s.say(1000, time.Second)
		s.at -= 2 * uint32(frameSamples)
		s.to.WriteRTP(&Packet{Codec: PCMU, Timestamp: s.at, Payload: make([]byte, frameSamples)}) // late: left out
		s.to.WriteRTP(&Packet{Event: true, Timestamp: s.at, Payload: make([]byte, 4)})            // no sound
		r.Stop()
	})
	about(t, "the file", lasts(samples), 2100*time.Millisecond, 50*time.Millisecond)
	if Level(samples[SampleRate+200:SampleRate+600]) > 0.01 {
		t.Error("what was lost is not silent")
	}
}

func TestRecorderEndsWithItsContext(t *testing.T) {
	r, err := NewRecorder(filepath.Join(t.TempDir(), "one.wav"), RecorderLimits{Length: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, how, err := r.Run(ctx); how != RecorderStopped || err != nil {
		t.Errorf("%s, %v", how, err)
	}
	if _, err := NewRecorder(filepath.Join(t.TempDir(), "\x00"), RecorderLimits{}); err == nil {
		t.Error("a file that cannot be made was")
	}
}
