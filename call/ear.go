// SPDX-License-Identifier: Apache-2.0

package call

import (
	"fmt"
	"sync"
	"time"

	"tandem/ivr"
	"tandem/media"
)

// Sounds is what callers can be let hear.
type Sounds struct {
	Wheel   *media.Wheel
	Library Library
	// HoldMusic is the piece that plays while an agent holds the caller.
	HoldMusic string
}

// Library finds recordings; satisfied by media.Library.
type Library interface {
	Sentence(lang, text string) (media.Clip, bool)
	File(name string) (media.Clip, error)
	Music(name string) (media.Clip, error)
}

// ear is the one player that owns the caller's ear.
type ear struct {
	sounds   Sounds
	language string
	player   *media.Player
	done     <-chan struct{} // closed when the prompt was heard to its end
}

func newEar(sounds Sounds, port media.Port, language string) *ear {
	return &ear{sounds: sounds, language: language, player: media.NewPlayer(sounds.Wheel, port)}
}

// play starts a prompt in place of what plays. A piece that is missing is left
// out and reported; the rest is heard.
func (e *ear) play(p ivr.Prompt) error {
	clips, err := e.sounds.clips(p)
	e.done = e.player.Play(clips, p.Loop)
	return err
}

// music plays the hold music until stopped.
func (e *ear) music() {
	if clip, err := e.sounds.Library.Music(e.sounds.HoldMusic); err == nil {
		e.player.Play([]media.Clip{clip}, true)
	}
	e.done = nil
}

// ringing plays the ringing tone until stopped (ITU-T E.180: 425 Hz, one
// second of five).
func (e *ear) ringing() {
	e.player.Play(ringingTone(), true)
	e.done = nil
}

var ringingTone = sync.OnceValue(func() []media.Clip {
	return []media.Clip{media.NewClip(media.Tone(425, 0.1, time.Second)), media.Silence(4 * time.Second)}
})

// asking plays the two beeps after which a phone's accept key is pressed, until
// stopped.
func (e *ear) asking() {
	e.player.Play(acceptTone(), true)
	e.done = nil
}

var acceptTone = sync.OnceValue(func() []media.Clip {
	beep := media.NewClip(media.Tone(880, 0.1, 120*time.Millisecond))
	return []media.Clip{media.Silence(200 * time.Millisecond), beep, media.Silence(100 * time.Millisecond), beep, media.Silence(1500 * time.Millisecond)}
})

// stop is silence: when it returns nothing of the prompt is sent any more.
func (e *ear) stop() {
	e.player.Stop()
	e.done = nil
}

// clips finds what a prompt is made of.
func (s Sounds) clips(p ivr.Prompt) ([]media.Clip, error) {
	var clips []media.Clip
	var missing error
	add := func(clip media.Clip, err error) {
		if err != nil {
			missing = err
			return
		}
		clips = append(clips, clip)
	}
	for _, part := range p.Parts {
		switch {
		case part.Say != "":
			clip, ok := s.Library.Sentence(p.Language, part.Say)
			if !ok {
				missing = fmt.Errorf("no recording of %q in %q", part.Say, p.Language)
				continue
			}
			clips = append(clips, clip)
		case part.File != "":
			add(s.Library.File(part.File))
		case part.Music != "":
			add(s.Library.Music(part.Music))
		case part.Pause > 0:
			clips = append(clips, media.Silence(part.Pause))
		}
	}
	return clips, missing
}
