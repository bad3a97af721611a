// SPDX-License-Identifier: Apache-2.0

package media

import (
	"math/rand/v2"
	"sync"
)

// Player plays clips into one sink, paced by the wheel. Its methods may be
// called by any goroutine but a Sink's.
type Player struct {
	wheel *Wheel
	out   Sink
	codec func() Codec

	mu   sync.Mutex // one Play or Stop at a time
	slot *slot      // set by Play; its lock guards what follows

	on     bool
	clips  []Clip
	loop   bool
	done   chan struct{}
	clip   int    // index of the clip
	at     int    // and the frame within it
	began  int64  // the wheel's round of the first frame; -1 before it
	first  uint32 // timestamp of the first frame
	packet Packet
}

// NewPlayer makes a player that writes to out. If out is a Port the player
// speaks the port's own law, else mu-law.
func NewPlayer(w *Wheel, out Sink) *Player {
	p := &Player{wheel: w, out: out, codec: func() Codec { return PCMU }}
	if port, ok := out.(interface{ Codec() Codec }); ok {
		p.codec = port.Codec
	}
	return p
}

// Play starts clips one after another, in place of what is playing; with loop
// over and over. done is closed when the last one was heard to its end, and
// never if it is stopped or replaced before.
func (p *Player) Play(clips []Clip, loop bool) (done <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
	ch := make(chan struct{})
	p.wheel.place(p)
	p.slot.mu.Lock()
	defer p.slot.mu.Unlock()
	p.on, p.clips, p.loop, p.done = true, clips, loop, ch
	p.clip, p.at, p.began = 0, 0, -1
	p.first = rand.Uint32()
	p.packet = Packet{SSRC: rand.Uint32(), Sequence: uint16(rand.Uint32()), Marker: true}
	if total(clips) == 0 {
		p.finish()
		return ch
	}
	p.wheel.start(p)
	return ch
}

// Stop ends what is playing. When it returns no packet of it is written any
// more.
func (p *Player) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop()
}

func (p *Player) stop() {
	if p.slot == nil {
		return
	}
	p.slot.mu.Lock()
	defer p.slot.mu.Unlock()
	if p.on {
		p.on, p.clips, p.done = false, nil, nil
		p.slot.remove(p)
	}
}

// finish ends what was heard to its end. The slot's lock is held.
func (p *Player) finish() {
	if p.on {
		close(p.done)
		p.on, p.clips, p.done = false, nil, nil
	}
}

// frame writes the next 20 ms and reports whether there was one. The slot's
// lock is held. Rounds that the wheel skipped are skipped in the timestamps.
func (p *Player) frame(round int64) bool {
	for p.at >= p.clips[p.clip].Frames() {
		p.clip, p.at = p.clip+1, 0
		if p.clip == len(p.clips) {
			if !p.loop {
				p.finish()
				return false
			}
			p.clip = 0
		}
	}
	if p.began < 0 {
		p.began = round
	}
	if p.packet.Codec = p.codec(); p.packet.Codec != PCMA {
		p.packet.Codec = PCMU
	}
	p.packet.Timestamp = p.first + uint32(round-p.began)*uint32(frameSamples)
	p.packet.Payload = p.clips[p.clip].frame(p.at, p.packet.Codec)
	p.out.WriteRTP(&p.packet)
	p.packet.Sequence++
	p.packet.Marker = false
	p.at++
	return true
}

func total(clips []Clip) (frames int) {
	for _, c := range clips {
		frames += c.Frames()
	}
	return frames
}
