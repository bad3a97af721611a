// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// This file is the shared wheel: the one clock of all that is played.

const (
	frameTime    = 20 * time.Millisecond
	frameSamples = int(frameTime / (time.Second / SampleRate))
	slotTime     = time.Millisecond
	wheelSlots   = int(frameTime / slotTime)
	// slotFill is how many players share a slot before the next one is begun:
	// fewer slots are fewer wake-ups, a longer slot delays its last player.
	slotFill = 16
	// maxBehind is how late the wheel may be and still make up for it; beyond it
	// frames are skipped, as a burst would only be thrown away by the far end.
	maxBehind = 100 * time.Millisecond
	// complainEvery keeps an overloaded machine from filling its log.
	complainEvery = 10 * time.Second
)

// Wheel paces players: every 20 ms each of them writes one packet, in one of
// twenty slots 1 ms apart. One goroutine serves them all.
type Wheel struct {
	log   *slog.Logger
	slots [wheelSlots]slot

	placing sync.Mutex // serialises the choice of a slot
	wake    chan struct{}
}

// slot holds the players of one millisecond. Its lock is held while they write,
// so that a player which has been stopped writes no more.
type slot struct {
	mu      sync.Mutex
	players []*Player
	count   atomic.Int32 // len(players), read without the lock
}

// NewWheel makes a wheel; it turns while Run does. log may be nil.
func NewWheel(log *slog.Logger) *Wheel {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Wheel{log: log, wake: make(chan struct{}, 1)}
}

// Run turns the wheel until ctx ends. It or RunExact is called once.
func (w *Wheel) Run(ctx context.Context) {
	w.run(ctx, time.Sleep)
}

// RunExact is Run where the clock is the kernel's: Go's timers wake up to a
// millisecond late, which is heard as jitter. It costs a thread, and knows no
// fake time in tests.
func (w *Wheel) RunExact(ctx context.Context) { w.run(ctx, nap) }

func (w *Wheel) run(ctx context.Context, sleep func(time.Duration)) {
	var done int64 // slot times since base that have been served
	base := time.Now()
	var complained time.Time
	skips := 0
	for ctx.Err() == nil {
		step, any := w.next(done)
		if !any {
			select {
			case <-ctx.Done():
				return
			case <-w.wake:
			}
			done = max(done, int64(time.Since(base)/slotTime))
			continue
		}
		target := done + step
		if d := time.Until(base.Add(time.Duration(target) * slotTime)); d > 0 {
			sleep(d)
		}
		due := int64(time.Since(base) / slotTime)
		if behind := time.Duration(due-target) * slotTime; behind > maxBehind {
			if skips++; time.Since(complained) > complainEvery {
				w.log.Warn("playback behind, frames skipped", "behind", behind, "times", skips)
				complained, skips = time.Now(), 0
			}
			done = due - int64(wheelSlots)
		}
		for done < due {
			done++
			// Who came during the sleep begins a round later, not out of step.
			w.turn(&w.slots[done%int64(wheelSlots)], done/int64(wheelSlots), done == target)
		}
	}
}

// next is how many slots after done the next one with a player is.
func (w *Wheel) next(done int64) (step int64, any bool) {
	for step = 1; step <= int64(wheelSlots); step++ {
		if w.slots[(done+step)%int64(wheelSlots)].count.Load() > 0 {
			return step, true
		}
	}
	return 0, false
}

// turn lets each player of s write its frame of this round; new ones only where
// begin says so.
func (w *Wheel) turn(s *slot, round int64, begin bool) {
	if s.count.Load() == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := 0; i < len(s.players); {
		p := s.players[i]
		if (!begin && p.began < 0) || w.frame(p, round) {
			i++
		} else {
			s.remove(p)
		}
	}
}

// frame lets p write and reports whether it goes on. What panics is dropped
// from the wheel: no call may stop the sound of the others.
func (w *Wheel) frame(p *Player, round int64) (more bool) {
	defer func() {
		if v := recover(); v != nil {
			w.log.Error("player panicked", "cause", fmt.Sprint(v), "stack", string(debug.Stack()))
			p.finish()
			more = false
		}
	}()
	return p.frame(round)
}

// place gives p a slot: the fullest one that has room, else the emptiest.
func (w *Wheel) place(p *Player) {
	w.placing.Lock()
	defer w.placing.Unlock()
	best, emptiest := -1, 0
	for i := range w.slots {
		n := int(w.slots[i].count.Load())
		if n < int(w.slots[emptiest].count.Load()) {
			emptiest = i
		}
		if n < slotFill && (best < 0 || n > int(w.slots[best].count.Load())) {
			best = i
		}
	}
	if best < 0 {
		best = emptiest
	}
	p.slot = &w.slots[best]
}

// start puts p on the wheel. The caller holds the lock of p.slot.
func (w *Wheel) start(p *Player) {
	p.slot.players = append(p.slot.players, p)
	p.slot.count.Store(int32(len(p.slot.players)))
	select {
	case w.wake <- struct{}{}:
	default: // it is awake already
	}
}

// remove takes p off. The caller holds the lock.
func (s *slot) remove(p *Player) {
	for i, q := range s.players {
		if q == p {
			last := len(s.players) - 1
			s.players[i], s.players[last] = s.players[last], nil
			s.players = s.players[:last]
			break
		}
	}
	s.count.Store(int32(len(s.players)))
}
