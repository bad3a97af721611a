// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/ivr"
)

const dipFlow = `
languages: [en]
start: ask
nodes:
  ask: {fetch: {url: "https://crm.example/", timeout: 3s, filler: {music: hold}, status: status, next: known, endings: {timedOut: late}, error: other}}
  known: {hangup: {cause: completed}}
  late: {hangup: {cause: timedOut}}
  other: {hangup: {cause: unreachable}}
`

// crm is a Fetcher whose answer the test gives.
type crm struct {
	answers chan ivr.Fetched

	mu   sync.Mutex
	left []time.Duration // after which requests were given up
}

func (f *crm) Fetch(ctx context.Context, _ ivr.Fetch) ivr.Fetched {
	began := time.Now()
	select {
	case got := <-f.answers:
		return got
	case <-ctx.Done():
		f.mu.Lock()
		defer f.mu.Unlock()
		f.left = append(f.left, time.Since(began))
		return ivr.Fetched{How: ivr.FetchTimedOut}
	}
}

func (f *crm) gaveUp() []time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left
}

// Behaviour 36 of call-center.md, in a call: the answer is taken, a hang ends at
// its time +-50 ms with sound until then, and who hangs up ends the request.
func TestCallAsksOtherSystems(t *testing.T) {
	story(t, "the answer", func(t *testing.T, fl *floor) {
		fl.call("caller", "1901")
		fl.pass(time.Second)
		fl.crm.answers <- ivr.Fetched{How: ivr.FetchAnswered, Status: 200}
		fl.ending(CauseCompleted)
	})
	story(t, "a hang, with sound meanwhile", func(t *testing.T, fl *floor) {
		began := time.Now()
		caller := fl.call("caller", "1901")
		fl.pass(2900*time.Millisecond - time.Since(began))
		if n := caller.port.count(); n < 140 {
			t.Errorf("%d packets of filler in 2.9 s", n)
		}
		if _, over := caller.ended(); over {
			t.Fatal("over too early")
		}
		fl.ending(CauseTimedOut)
		if left := fl.crm.gaveUp(); len(left) != 1 || left[0] < 2950*time.Millisecond || left[0] > 3050*time.Millisecond {
			t.Errorf("given up after %v, want 3 s +- 50 ms", left)
		}
	})
	story(t, "the caller leaves", func(t *testing.T, fl *floor) {
		caller := fl.call("caller", "1901")
		fl.pass(time.Second)
		caller.leaves()
		fl.ending(CauseAbandoned)
		synctest.Wait()
		if left := fl.crm.gaveUp(); len(left) != 1 || left[0] > 1500*time.Millisecond {
			t.Errorf("given up after %v", left)
		}
	})
}
