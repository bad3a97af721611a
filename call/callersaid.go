// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"tandem/ivr"
	"tandem/media"
)

// This file keeps what callers say into a recording of a flow.

// maxRecordings is how many recordings one call may make; more fail.
const maxRecordings = 20

// recordTone is the tone after which the caller may speak.
var recordTone = sync.OnceValue(func() []media.Clip {
	return []media.Clip{media.NewClip(media.Tone(1000, 0.2, 400*time.Millisecond))}
})

// record keeps what the caller says from now on; ivr.Recorded is the answer. Who
// hangs up ends it, and what was said is kept.
func (c *Call) record(ctx context.Context, e ivr.Record) {
	began := c.desk.clock.Now()
	c.recordings++
	name := filepath.Join(began.UTC().Format(time.DateOnly), fmt.Sprintf("%s-%d.wav", c.id, c.recordings))
	recorder, err := c.recorder(name, e)
	if err != nil {
		c.log.Error("caller not recorded", "node", e.Label, "err", err)
		c.ask(ctx, func(context.Context) ivr.Event { return ivr.Recorded{How: ivr.RecordFailed} })
		return
	}
	var heard <-chan struct{} // the tone
	if e.Beep {
		heard = c.ear.player.Play(recordTone(), false)
		c.ear.done = nil
	}
	c.ask(ctx, func(ctx context.Context) ivr.Event {
		if heard != nil {
			select {
			case <-heard:
			case <-ctx.Done():
			}
		}
		c.caller.Port().Attach(recorder)
		length, how, err := recorder.Run(ctx)
		c.caller.Port().Attach(nil)
		if err != nil {
			c.log.Error("recording lost", "node", e.Label, "err", err)
			return ivr.Recorded{How: ivr.RecordFailed}
		}
		c.desk.cfg.Records.Keep(CallerRecorded{Call: c.id, At: began, Name: name, Length: length, How: string(how), Node: e.Label})
		c.log.Info("caller recorded", "node", e.Label, "how", how, "lasted", length.Round(time.Second))
		return ivr.Recorded{Name: name, Length: length, How: string(how)}
	})
	c.asked.stop = recorder.Stop
}

func (c *Call) recorder(name string, e ivr.Record) (*media.Recorder, error) {
	switch {
	case c.desk.cfg.Recordings == "":
		return nil, fmt.Errorf("record caller: there is no folder for it")
	case c.recordings > maxRecordings:
		return nil, fmt.Errorf("record caller: more than %d recordings in one call", maxRecordings)
	}
	return media.NewRecorder(filepath.Join(c.desk.cfg.Recordings, name), media.RecorderLimits{Length: e.MaxLength, Silence: e.Silence})
}
