// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// This file finds the sound of a sentence, a file or a piece of music.

const (
	indexFile   = "index.tsv"
	musicFolder = "music"
	soundFolder = "sound"
	// maxIndexLines and maxSentence (bytes) bound what an index may hold.
	maxIndexLines = 20000
	maxSentence   = 2000
)

// Sentence is a text in one language ("en", "zh"). Its sound is found by
// content: the same words are the same file, whoever says them.
type Sentence struct{ Lang, Text string }

// Name is the file that a sentence is rendered to, below a prompts folder.
func (s Sentence) Name() string {
	sum := sha256.Sum256([]byte(s.Lang + "\x00" + s.Text))
	return path.Join(s.Lang, hex.EncodeToString(sum[:8])+".wav")
}

// Library holds prompts: sentences, sound files and music. Sound is read at
// first use and kept. Safe for concurrent use.
//
// A prompts folder holds index.tsv (language, file, text by tabs), the files it
// names, music/NAME.wav and sound/*.wav.
type Library struct {
	folders []fs.FS // the first one that has it wins

	mu        sync.Mutex // guards all below
	sentences map[Sentence]place
	clips     map[place]Clip
}

// place is a file in one of the folders.
type place struct {
	folder int
	name   string
}

// NewLibrary reads the indexes of folders, of which earlier ones win: what a
// site says stands before what is built in. A folder without an index has no
// sentences.
func NewLibrary(folders ...fs.FS) (*Library, error) {
	l := &Library{folders: folders, sentences: make(map[Sentence]place), clips: make(map[place]Clip)}
	for i, f := range folders {
		b, err := fs.ReadFile(f, indexFile)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read prompt index: %w", err)
		}
		if err := l.index(i, b); err != nil {
			return nil, fmt.Errorf("read prompt index: %w", err)
		}
	}
	return l, nil
}

func (l *Library) index(folder int, b []byte) error {
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		if n > maxIndexLines {
			return fmt.Errorf("%s has more than %d lines", indexFile, maxIndexLines)
		}
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		field := strings.Split(line, "\t")
		if len(field) != 3 || !fs.ValidPath(field[1]) || len(field[2]) > maxSentence {
			return fmt.Errorf("%s:%d: want language, file and text separated by tabs", indexFile, n)
		}
		s := Sentence{Lang: field[0], Text: field[2]}
		if _, ok := l.sentences[s]; !ok {
			l.sentences[s] = place{folder, field[1]}
		}
	}
	return lines.Err()
}

// Sentence is the sound of text in lang; false if there is none.
func (l *Library) Sentence(lang, text string) (Clip, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, ok := l.sentences[Sentence{lang, text}]
	if !ok {
		return Clip{}, false
	}
	c, err := l.load(at)
	return c, err == nil
}

// File is the sound file name below a prompts folder ("sound/minute.wav"), or
// below its folder sound ("minute.wav").
func (l *Library) File(name string) (Clip, error) {
	if !fs.ValidPath(name) {
		return Clip{}, fmt.Errorf("sound %q: %w", name, fs.ErrInvalid)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(name, path.Join(soundFolder, name))
}

// Music is the piece called name: music/NAME.wav.
func (l *Library) Music(name string) (Clip, error) {
	file := path.Join(musicFolder, name+".wav")
	if !fs.ValidPath(file) {
		return Clip{}, fmt.Errorf("music %q: %w", name, fs.ErrInvalid)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.find(file)
}

// Missing are those of wanted that have no sound here that can be read, each
// once, in order.
func (l *Library) Missing(wanted []Sentence) []Sentence {
	var missing []Sentence
	seen := make(map[Sentence]bool)
	for _, s := range wanted {
		if seen[s] {
			continue
		}
		seen[s] = true
		if _, ok := l.Sentence(s.Lang, s.Text); !ok {
			missing = append(missing, s)
		}
	}
	return missing
}

// find loads the first of names that any folder has. The lock is held.
func (l *Library) find(names ...string) (Clip, error) {
	for _, name := range names {
		for i := range l.folders {
			c, err := l.load(place{i, name})
			if !errors.Is(err, fs.ErrNotExist) {
				return c, err
			}
		}
	}
	return Clip{}, fmt.Errorf("sound %s: %w", names[0], fs.ErrNotExist)
}

// load reads a file once. The lock is held.
func (l *Library) load(at place) (Clip, error) {
	if c, ok := l.clips[at]; ok {
		return c, nil
	}
	b, err := fs.ReadFile(l.folders[at.folder], at.name)
	if err != nil {
		return Clip{}, wavError(at.name, err)
	}
	c, err := clipOf(b)
	if err != nil {
		return Clip{}, wavError(at.name, err)
	}
	l.clips[at] = c
	return c, nil
}

// clipOf keeps mu-law at 8 kHz as it is.
func clipOf(wav []byte) (Clip, error) {
	f, err := parseWAV(wav)
	if err != nil {
		return Clip{}, err
	}
	if f.format == wavULaw && f.rate == SampleRate && f.channels == 1 {
		return ulawClip(bytes.Clone(f.data)), nil
	}
	samples, err := ReadWAV(wav)
	if err != nil {
		return Clip{}, err
	}
	return NewClip(samples), nil
}
