// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// This file turns sentences into sound by a command, once each, at load.

const (
	engineTime = 30 * time.Second // for one sentence
	// maxEngineError is how much of a command's complaint is repeated.
	maxEngineError = 200
)

// PromptOptions say where sentences get their sound. The zero value of each
// field means its default.
type PromptOptions struct {
	// Folder holds prompts of the site's own, which win over those built in:
	// index.tsv (language, file, text by tabs), sound/*.wav, music/*.wav.
	// Default: none.
	Folder string `yaml:"folder"`
	// Engines name for each language the command that speaks a sentence, as a
	// list of arguments without a shell: {text} stands for the sentence (without
	// it the sentence goes to standard input), {file} for the WAV file to be
	// written (without it the sound comes from standard output). Default: none;
	// then every sentence must be built in or in Folder.
	Engines map[string][]string `yaml:"engines"`
}

// Check reports each problem with the path of its field.
func (o PromptOptions) Check(report func(path, problem string)) {
	if o.Folder != "" {
		if s, err := os.Stat(o.Folder); err != nil || !s.IsDir() {
			report("folder", fmt.Sprintf("%s is no folder", o.Folder))
		}
	}
	langs := make([]string, 0, len(o.Engines))
	for lang := range o.Engines {
		langs = append(langs, lang)
	}
	slices.Sort(langs)
	for _, lang := range langs {
		command := o.Engines[lang]
		if len(command) == 0 {
			report("engines."+lang, "names no command")
		} else if _, err := exec.LookPath(command[0]); err != nil {
			report("engines."+lang, fmt.Sprintf("command %s is not installed", command[0]))
		}
	}
}

// Speak renders sentences into folder, with their index, by o.Engines. Those
// that are there already are left alone. It goes on after a failure and
// returns all of them joined.
func (o PromptOptions) Speak(ctx context.Context, folder string, sentences []Sentence) error {
	there, err := NewLibrary(os.DirFS(folder))
	if err != nil {
		return fmt.Errorf("render sentences: %w", err)
	}
	var failures []error
	var lines strings.Builder
	for _, s := range there.Missing(sentences) {
		if err := o.speak(ctx, folder, s); err != nil {
			failures = append(failures, fmt.Errorf("render %s sentence %q: %w", s.Lang, s.Text, err))
			continue
		}
		fmt.Fprintf(&lines, "%s\t%s\t%s\n", s.Lang, s.Name(), s.Text)
	}
	if lines.Len() > 0 {
		failures = append(failures, extendIndex(folder, lines.String()))
	}
	return errors.Join(failures...)
}

func (o PromptOptions) speak(ctx context.Context, folder string, s Sentence) error {
	command := o.Engines[s.Lang]
	switch {
	case len(command) == 0:
		return errors.New("no engine for this language")
	case len(s.Text) > maxSentence || strings.ContainsAny(s.Text, "\t\r\n"):
		return fmt.Errorf("want one line of at most %d bytes without tabs", maxSentence)
	case !fs.ValidPath(s.Name()):
		return errors.New("bad language")
	}
	samples, err := Speak(ctx, command, s.Text)
	if err != nil {
		return err
	}
	file := filepath.Join(folder, filepath.FromSlash(s.Name()))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return writeWhole(file, WriteWAV(samples))
}

// Speak runs command (as in PromptOptions.Engines) for text and returns its
// sound at 8 kHz, without the silence around it and at an even loudness.
func Speak(ctx context.Context, command []string, text string) ([]int16, error) {
	ctx, cancel := context.WithTimeout(ctx, engineTime)
	defer cancel()
	args, file, err := arguments(command, text)
	if err != nil {
		return nil, err
	}
	if file != "" {
		defer func() { _ = os.Remove(file) }() // a leftover in the temporary folder harms nobody
	}
	run := exec.CommandContext(ctx, args[0], args[1:]...)
	if !slices.ContainsFunc(command, func(a string) bool { return strings.Contains(a, "{text}") }) {
		run.Stdin = strings.NewReader(text)
	}
	var sound, complaint bytes.Buffer
	run.Stdout, run.Stderr = &sound, &complaint
	if err := run.Run(); err != nil {
		said, _ := io.ReadAll(io.LimitReader(&complaint, maxEngineError))
		return nil, fmt.Errorf("run %s: %w: %s", args[0], err, bytes.TrimSpace(said))
	}
	wav := sound.Bytes()
	if file != "" {
		if wav, err = os.ReadFile(file); err != nil {
			return nil, fmt.Errorf("read what %s wrote: %w", args[0], err)
		}
	}
	samples, err := ReadWAV(wav)
	if err != nil {
		return nil, fmt.Errorf("read what %s wrote: %w", args[0], err)
	}
	return condition(samples), nil
}

// arguments fills in the places; file is the temporary one if there is {file}.
func arguments(command []string, text string) (args []string, file string, err error) {
	for _, a := range command {
		if strings.Contains(a, "{file}") && file == "" {
			f, err := os.CreateTemp("", "sentence-*.wav")
			if err != nil {
				return nil, "", err
			}
			file = f.Name()
			if err := f.Close(); err != nil {
				return nil, "", err
			}
		}
		args = append(args, strings.NewReplacer("{text}", text, "{file}", file).Replace(a))
	}
	return args, file, nil
}

const (
	quiet       = 200                   // of 32767: below it is silence
	leadIn      = 40 * SampleRate / 1e3 // samples kept before the first sound
	leadOut     = 120 * SampleRate / 1e3
	speechLevel = 0.1  // RMS of what is not silence, of full scale: -20 dBFS
	loudest     = 0.89 // peak, of full scale: -1 dBFS
)

// condition trims the silence around speech and brings it to an even loudness.
func condition(s []int16) []int16 {
	loud := func(v int16) bool { return v > quiet || v < -quiet }
	first := slices.IndexFunc(s, loud)
	if first < 0 {
		return s
	}
	last := len(s) - 1
	for !loud(s[last]) {
		last--
	}
	s = slices.Clone(s[max(0, first-leadIn):min(len(s), last+leadOut)])
	var energy, peak float64
	n := 0
	for _, v := range s {
		x := math.Abs(float64(v)) / math.MaxInt16
		peak = max(peak, x)
		if loud(v) {
			energy += x * x
			n++
		}
	}
	gain := min(speechLevel/math.Sqrt(energy/float64(n)), loudest/peak)
	for i, v := range s {
		s[i] = clamp(gain * float64(v))
	}
	return s
}

// extendIndex adds lines to the index of folder, and keeps it sorted.
func extendIndex(folder, lines string) error {
	file := filepath.Join(folder, indexFile)
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("extend prompt index: %w", err)
	}
	all := strings.Split(strings.TrimRight(string(old)+lines, "\n"), "\n")
	slices.Sort(all)
	all = slices.Compact(all)
	if err := writeWhole(file, []byte(strings.Join(all, "\n")+"\n")); err != nil {
		return fmt.Errorf("extend prompt index: %w", err)
	}
	return nil
}

// writeWhole leaves either the old file or the whole new one.
func writeWhole(file string, b []byte) error {
	temporary := file + ".new"
	if err := os.WriteFile(temporary, b, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}
