// SPDX-License-Identifier: Apache-2.0

// Command render makes the built-in prompts: it speaks every sentence of the
// given lists that configs/prompts does not have yet, every recording of
// sounds.tsv, and the hold music. It needs flite and espeak-ng; what it writes
// is committed, so that nothing need be installed to run Tandem.
//
//	go run ./cmd/tandem prompts | go run ./media/render -prompts configs/prompts -
//
// A list has a line for each sentence: language and text, separated by a tab.
// "-" reads it from standard input.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"tandem/media"
)

// voices are the commands that speak, by name; those called as a language
// speak the sentences.
var voices = map[string][]string{
	"en":  flite("slt"),
	"zh":  espeak("cmn", "195"),
	"rms": flite("rms"),
	"awb": flite("awb"),
	"zh2": espeak("cmn+f3", "200"),
}

func flite(voice string) []string {
	return []string{"flite", "-voice", voice, "-t", "{text}", "-o", "{file}"}
}

func espeak(voice, wordsPerMinute string) []string {
	return []string{"espeak-ng", "-v", voice, "-s", wordsPerMinute, "-w", "{file}", "{text}"}
}

func main() {
	folder := flag.String("prompts", "configs/prompts", "the prompts folder")
	flag.Parse()
	if err := run(context.Background(), *folder, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "render:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, folder string, lists []string) error {
	var sentences []media.Sentence
	for _, list := range lists {
		err := eachLine(list, func(field []string) error {
			if len(field) != 2 {
				return errors.New("want language and text")
			}
			sentences = append(sentences, media.Sentence{Lang: field[0], Text: field[1]})
			return nil
		})
		if err != nil {
			return err
		}
	}
	engines := media.PromptOptions{Engines: voices}
	return errors.Join(
		engines.Speak(ctx, folder, sentences),
		sounds(ctx, folder),
		unlessThere(filepath.Join(folder, "music", "hold.wav"), func() ([]int16, error) { return holdMusic(), nil }),
	)
}

// sounds speaks the recordings of sounds.tsv: file, voice, seconds, text. What
// is shorter than seconds is filled up with silence; 0 is its own length.
func sounds(ctx context.Context, folder string) error {
	return eachLine(filepath.Join(folder, "sounds.tsv"), func(field []string) error {
		if len(field) != 4 {
			return errors.New("want file, voice, seconds and text")
		}
		seconds, err := strconv.Atoi(field[2])
		if err != nil {
			return err
		}
		return unlessThere(filepath.Join(folder, "sound", field[0]), func() ([]int16, error) {
			return recording(ctx, field[1], seconds, field[3])
		})
	})
}

func recording(ctx context.Context, voice string, seconds int, text string) ([]int16, error) {
	said, err := media.Speak(ctx, voices[voice], text)
	if err != nil || seconds == 0 {
		return said, err
	}
	n := seconds * media.SampleRate
	if len(said) > n {
		return nil, fmt.Errorf("%d samples are longer than %d s", len(said), seconds)
	}
	return append(said, make([]int16, n-len(said))...), nil
}

// unlessThere writes file once.
func unlessThere(file string, make func() ([]int16, error)) error {
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	samples, err := make()
	if err != nil {
		return fmt.Errorf("render %s: %w", file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, media.WriteWAV(samples), 0o644)
}

// eachLine gives the tab-separated fields of each line that is no comment.
func eachLine(file string, take func(field []string) error) error {
	var in io.Reader = os.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		in = f
	}
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		if err := take(strings.Split(line, "\t")); err != nil {
			return fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	return lines.Err()
}
