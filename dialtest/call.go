// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"tandem/call"
)

// ErrEnded says that a call ended before what was waited for.
var ErrEnded = errors.New("the call has ended")

// A Call is one call of a phone of ours, placed or answered. It lives until
// either side hangs up or its Phones are closed.
type Call struct {
	Ear   *Ear
	Mouth *Mouth

	leg call.Leg
	// ringing, answered, held and ended are closed when that has happened.
	ringing, answered, ended chan struct{}

	mu     sync.Mutex // guards what follows
	cause  call.Cause
	digits []byte
	held   bool
}

func newCall(leg call.Leg) *Call {
	c := &Call{
		Ear: &Ear{}, Mouth: newMouth(leg.Port()), leg: leg,
		ringing: make(chan struct{}), answered: make(chan struct{}), ended: make(chan struct{}),
	}
	leg.Port().Attach(c.Ear)
	return c
}

// run follows the leg until it ends; ctx ends the call.
func (c *Call) run(ctx context.Context) {
	defer close(c.ended)
	ctx, hush := context.WithCancel(ctx)
	var mouth sync.WaitGroup
	defer mouth.Wait()
	defer hush()
	stop := context.AfterFunc(ctx, func() { c.leg.Hangup(call.CauseHangup) })
	defer stop()
	mouth.Go(func() {
		select {
		case <-c.answered:
			c.Mouth.run(ctx)
		case <-ctx.Done():
		}
	})
	for ev := range c.leg.Events() {
		switch ev := ev.(type) {
		case call.Ringing:
			once(c.ringing)
		case call.Answered:
			c.up()
		case call.Digit:
			c.mu.Lock()
			c.digits = append(c.digits, ev.Key)
			c.mu.Unlock()
		case call.Held:
			c.hold(true)
		case call.Resumed:
			c.hold(false)
		case call.Ended:
			c.mu.Lock()
			c.cause = ev.Cause
			c.mu.Unlock()
		}
	}
}

// up says that the call was answered: from now on the mouth sends.
func (c *Call) up() { once(c.answered) }

func (c *Call) hold(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = on
}

// once closes a channel that is closed by one goroutine only, which may come
// by more than once.
func once(done chan struct{}) {
	select {
	case <-done:
	default:
		close(done)
	}
}

// Remote is who called, or who was called.
func (c *Call) Remote() call.Party { return c.leg.Remote() }

// Answered is closed when the call was answered, Ringing when the far end is
// alerting, Ended when all is over.
func (c *Call) Answered() <-chan struct{} { return c.answered }

// Ringing is closed when the far end is alerting.
func (c *Call) Ringing() <-chan struct{} { return c.ringing }

// Ended is closed when the call is over.
func (c *Call) Ended() <-chan struct{} { return c.ended }

// Cause says why the call ended; "" while it lasts.
func (c *Call) Cause() call.Cause {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause
}

// Digits are the keys that the far end pressed so far.
func (c *Call) Digits() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.digits)
}

// Held reports whether the far end has put us on hold.
func (c *Call) Held() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// Hangup ends the call from our side.
func (c *Call) Hangup() { c.leg.Hangup(call.CauseHangup) }

// WaitAnswered returns when the call is answered; an error says that it ended
// before, with its cause, or that ctx did.
func (c *Call) WaitAnswered(ctx context.Context) error { return c.await(ctx, "answer", c.answered) }

// WaitEnded returns when the call is over.
func (c *Call) WaitEnded(ctx context.Context) error {
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the end: %w", context.Cause(ctx))
	}
}

func (c *Call) await(ctx context.Context, what string, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-c.ended:
		return fmt.Errorf("wait for %s: %w (%s)", what, ErrEnded, c.Cause())
	case <-ctx.Done():
		return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
	}
}
