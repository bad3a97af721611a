// SPDX-License-Identifier: Apache-2.0

package media

import (
	"sync/atomic"
	"time"
)

// Clip is a piece of sound, or of silence, in whole frames of 20 ms. It is
// immutable and cheap to copy; many players may play one.
type Clip struct {
	sound  *sound
	frames int
}

// sound is kept as mu-law; A-law is made when the first far end asks for it.
type sound struct {
	ulaw []byte
	alaw atomic.Pointer[[]byte]
}

var silentFrames = func() (s [2][frameSamples]byte) {
	for i := range frameSamples {
		s[0][i], s[1][i] = silenceULaw, silenceALaw
	}
	return s
}()

// NewClip makes a clip of samples at 8 kHz; the last frame is filled up with
// silence.
func NewClip(samples []int16) Clip { return ulawClip(Encode(PCMU, samples)) }

// ulawClip takes ownership of ulaw.
func ulawClip(ulaw []byte) Clip {
	for len(ulaw)%frameSamples != 0 {
		ulaw = append(ulaw, silenceULaw)
	}
	return Clip{sound: &sound{ulaw: ulaw}, frames: len(ulaw) / frameSamples}
}

// Silence is a pause of d, rounded up to a frame.
func Silence(d time.Duration) Clip {
	return Clip{frames: int((max(d, 0) + frameTime - 1) / frameTime)}
}

// Frames is the clip's length in frames of 20 ms.
func (c Clip) Frames() int { return c.frames }

// Duration is the clip's length.
func (c Clip) Duration() time.Duration { return time.Duration(c.frames) * frameTime }

// Samples is the clip's sound, newly made.
func (c Clip) Samples() []int16 {
	if c.sound == nil {
		return make([]int16, c.frames*frameSamples)
	}
	return decodeBytes(nil, PCMU, c.sound.ulaw)
}

// frame is the i-th 20 ms as codec, PCMU or PCMA. It must not be changed.
func (c Clip) frame(i int, codec Codec) []byte {
	if c.sound == nil {
		if codec == PCMA {
			return silentFrames[1][:]
		}
		return silentFrames[0][:]
	}
	b := c.sound.ulaw
	if codec == PCMA {
		b = c.sound.asALaw()
	}
	return b[i*frameSamples : (i+1)*frameSamples]
}

// asALaw converts at first use. Two players that begin at once may both do it,
// with the same outcome.
func (s *sound) asALaw() []byte {
	if b := s.alaw.Load(); b != nil {
		return *b
	}
	b := make([]byte, len(s.ulaw))
	transcode(b, s.ulaw, PCMU)
	s.alaw.Store(&b)
	return b
}
