// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// This file keeps what the far end says as a WAV file, which can be played at
// any moment while it grows.

const (
	// recorderStep is how often a recording looks at silence and length.
	recorderStep = 100 * time.Millisecond
	// recorderFlush is how often what was heard goes to the file, its header
	// with it: what a killed process loses at most.
	recorderFlush = time.Second
	// recorderGap is how far the stream may lie behind the clock before silence
	// fills it up: a far end that suppresses silence sends nothing.
	recorderGap = 300 * time.Millisecond
	// recorderAhead bounds what waits for a slow disk; more is dropped.
	recorderAhead = 10 * SampleRate
	// recorderQuiet is the mean amplitude below which a packet is silence: 40 dB
	// below the largest.
	recorderQuiet = 330
)

// A RecorderEnd says how a recording ended.
type RecorderEnd string

// The ends there are.
const (
	RecorderStopped RecorderEnd = "stopped" // by Stop, or the context
	RecorderSilence RecorderEnd = "silence"
	RecorderFull    RecorderEnd = "full"
)

// RecorderLimits end a recording by themselves.
type RecorderLimits struct {
	Length  time.Duration // of the whole
	Silence time.Duration // at a stretch; 0: however long
}

// Recorder is a Sink that keeps what it is given in a file. Run it once.
type Recorder struct {
	limits RecorderLimits
	file   *os.File
	stop   chan struct{}
	once   sync.Once

	mu      sync.Mutex // guards the rest; leaf
	decoder Decoder
	samples []int16 // of the last packet; reused
	pending []byte  // mu-law that is not in the file yet
	kept    int     // bytes in the file and in pending
	written int     // bytes in the file
	aligned bool    // next is the timestamp that follows
	next    uint32
	loud    int // where the last sound ended, in bytes
}

// NewRecorder makes the file, which must not be there yet, and its folder.
func NewRecorder(path string, limits RecorderLimits) (*Recorder, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("make folder of recordings: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, fmt.Errorf("make recording: %w", err)
	}
	r := &Recorder{limits: limits, file: file, stop: make(chan struct{})}
	if _, err := file.Write(headULaw(0)); err != nil {
		return nil, errors.Join(fmt.Errorf("begin recording: %w", err), file.Close())
	}
	return r, nil
}

// WriteRTP takes one packet of what is to be kept.
func (r *Recorder) WriteRTP(p *Packet) {
	if p.Event {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.samples = r.decoder.Decode(r.samples[:0], p)
	if len(r.samples) == 0 || len(r.pending) > recorderAhead {
		return
	}
	// What was lost on the way is silence; what comes late is left out.
	if lost := int32(p.Timestamp - r.next); r.aligned && lost != 0 {
		switch {
		case lost < 0 && lost > -SampleRate:
			return
		case lost > 0 && lost < SampleRate:
			r.pad(int(lost))
		}
	}
	r.aligned, r.next = true, p.Timestamp+uint32(len(r.samples))
	sum := 0
	for _, s := range r.samples {
		sum += max(int(s), -int(s))
		r.pending = append(r.pending, encodeULaw(s))
	}
	r.kept += len(r.samples)
	if sum/len(r.samples) > recorderQuiet {
		r.loud = r.kept
	}
}

// pad adds silence. The lock is held.
func (r *Recorder) pad(samples int) {
	for range samples {
		r.pending = append(r.pending, silenceULaw)
	}
	r.kept += samples
}

// Stop ends the recording; Run returns soon. It may be called more than once.
func (r *Recorder) Stop() { r.once.Do(func() { close(r.stop) }) }

// Run keeps what comes until Stop, the end of ctx or a limit, and closes the
// file, whose length without the silence that ended it is returned. The caller
// attaches the recorder before, and parts it after.
func (r *Recorder) Run(ctx context.Context) (length time.Duration, how RecorderEnd, err error) {
	step := time.NewTicker(recorderStep)
	defer step.Stop()
	began, flushed := time.Now(), time.Now()
	for how == "" && err == nil {
		select {
		case <-ctx.Done():
			how = RecorderStopped
		case <-r.stop:
			how = RecorderStopped
		case now := <-step.C:
			how = r.ended(now.Sub(began))
			if now.Sub(flushed) >= recorderFlush {
				flushed = now
				err = r.flush()
			}
		}
	}
	length = r.length(how)
	err = errors.Join(err, r.flush(), r.file.Close())
	if err != nil {
		return length, how, fmt.Errorf("keep recording: %w", err)
	}
	return length, how, nil
}

// ended fills up to the clock and says whether a limit is reached.
func (r *Recorder) ended(elapsed time.Duration) RecorderEnd {
	r.mu.Lock()
	defer r.mu.Unlock()
	if behind := bytesOf(elapsed-recorderGap) - r.kept; behind > 0 {
		r.pad(min(behind, recorderAhead))
		r.aligned = false
	}
	switch {
	case elapsed >= r.limits.Length:
		return RecorderFull
	case r.limits.Silence > 0 && r.kept-r.loud >= bytesOf(r.limits.Silence-recorderGap):
		return RecorderSilence
	}
	return ""
}

func bytesOf(d time.Duration) int { return int(d * SampleRate / time.Second) }

// length is how long was recorded.
func (r *Recorder) length(how RecorderEnd) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	bytes := r.kept
	if how == RecorderSilence {
		bytes = r.loud
	}
	return time.Duration(bytes) * time.Second / SampleRate
}

// flush brings what was heard into the file, and then its header up to date: a
// process that is killed in between leaves a file that ends a moment earlier.
func (r *Recorder) flush() error {
	r.mu.Lock()
	pending := r.pending
	r.pending = nil
	r.mu.Unlock()
	if len(pending) == 0 {
		return nil
	}
	if _, err := r.file.WriteAt(pending, int64(len(headULaw(0))+r.written)); err != nil {
		return err
	}
	r.written += len(pending)
	_, err := r.file.WriteAt(headULaw(r.written), 0)
	return err
}
