// SPDX-License-Identifier: Apache-2.0

package media

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const builtIn = "../configs/prompts"

// TestBuiltInPromptsAreWhole holds the shipped folder against its own lists.
func TestBuiltInPromptsAreWhole(t *testing.T) {
	l, err := NewLibrary(os.DirFS(builtIn))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range tsv(t, "index.tsv") {
		s := Sentence{line[0], line[2]}
		if s.Name() != line[1] {
			t.Errorf("%q is in %s, want %s", s.Text, line[1], s.Name())
		}
		c, ok := l.Sentence(s.Lang, s.Text)
		if !ok || c.Duration() < 200*time.Millisecond || c.Duration() > 30*time.Second {
			t.Errorf("%q: %v long, read %v", s.Text, c.Duration(), ok)
		}
		if level := Level(c.Samples()); level < 0.02 || level > 0.3 {
			t.Errorf("%q has a level of %.3f", s.Text, level)
		}
	}
	for _, line := range tsv(t, "sounds.tsv") {
		if c, err := l.File(line[0]); err != nil || c.Frames() == 0 {
			t.Errorf("%s: %v", line[0], err)
		}
	}
}

func TestBuiltInSounds(t *testing.T) {
	l, err := NewLibrary(os.DirFS(builtIn))
	if err != nil {
		t.Fatal(err)
	}
	f := func(c Clip, err error, want time.Duration) {
		t.Helper()
		if err != nil || c.Duration() != want {
			t.Errorf("%v long, want %v (%v)", c.Duration(), want, err)
		}
	}
	c, err := l.File("minute.wav")
	f(c, err, time.Minute)
	c, err = l.File("sound/menu4s.wav")
	f(c, err, 4*time.Second)
	c, err = l.Music("hold")
	f(c, err, 51200*time.Millisecond)
	s := c.Samples()
	// A seam would click: the last sample leads into the first like any other.
	if step := int(s[0]) - int(s[len(s)-1]); step > 2500 || step < -2500 {
		t.Errorf("the music jumps by %d where it begins again", step)
	}
}

func tsv(t *testing.T, name string) (lines [][]string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(builtIn, name))
	if err != nil {
		t.Fatal(err)
	}
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' {
			lines = append(lines, strings.Split(line, "\t"))
		}
	}
	if len(lines) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return lines
}

func TestLibraryPrefersTheSitesOwn(t *testing.T) {
	short, long := WriteWAV(Tone(440, 0.5, 20*time.Millisecond)), WriteWAV(Tone(440, 0.5, 60*time.Millisecond))
	site := fstest.MapFS{
		"index.tsv":      {Data: []byte("# ours\nen\tgreeting.wav\tWelcome.\n")},
		"greeting.wav":   {Data: short},
		"music/hold.wav": {Data: short},
	}
	house := fstest.MapFS{
		"index.tsv":      {Data: []byte("en\ten/a.wav\tWelcome.\nen\ten/b.wav\tGoodbye.\nzh\tgone.wav\t再见。\n")},
		"en/a.wav":       {Data: long},
		"en/b.wav":       {Data: long},
		"music/hold.wav": {Data: long},
		"music/jazz.wav": {Data: long},
		"sound/beep.wav": {Data: long},
		"bad.wav":        {Data: []byte("no sound")},
	}
	l, err := NewLibrary(site, house)
	if err != nil {
		t.Fatal(err)
	}
	f := func(what string, c Clip, ok bool, frames int) {
		t.Helper()
		if ok != (frames > 0) || c.Frames() != frames {
			t.Errorf("%s: %d frames, want %d", what, c.Frames(), frames)
		}
	}
	c, ok := l.Sentence("en", "Welcome.")
	f("the site's sentence", c, ok, 1)
	c, ok = l.Sentence("en", "Goodbye.")
	f("the house's sentence", c, ok, 3)
	c, ok = l.Sentence("zh", "Goodbye.")
	f("another language", c, ok, 0)
	c, ok = l.Sentence("zh", "再见。")
	f("a file that is gone", c, ok, 0)
	c, err = l.Music("hold")
	f("the site's music", c, err == nil, 1)
	c, err = l.Music("jazz")
	f("the house's music", c, err == nil, 3)
	c, err = l.File("beep.wav")
	f("below sound", c, err == nil, 3)
	c, err = l.File("bad.wav")
	f("no WAV", c, err == nil, 0)
	for _, name := range []string{"../secret.wav", "/etc/passwd", "", "nothing.wav"} {
		if _, err := l.File(name); err == nil {
			t.Errorf("%q was found", name)
		}
	}
	if _, err := l.File("nothing.wav"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	got := l.Missing([]Sentence{{"en", "Welcome."}, {"zh", "再见。"}, {"en", "Hello."}, {"en", "Hello."}})
	if len(got) != 2 || got[0].Text != "再见。" || got[1].Text != "Hello." {
		t.Errorf("missing %v", got)
	}
}

func TestLibraryRefusesABadIndex(t *testing.T) {
	for _, line := range []string{"en\tonly two", "en\t../up.wav\ttext", "en\t/abs.wav\ttext", "en\ta.wav\t" + strings.Repeat("x", maxSentence+1)} {
		_, err := NewLibrary(fstest.MapFS{"index.tsv": {Data: []byte("# first\n" + line + "\n")}})
		if err == nil || !strings.Contains(err.Error(), "index.tsv:2") {
			t.Errorf("%.30q: %v", line, err)
		}
	}
}

func TestSpeakRendersOnceWhatIsMissing(t *testing.T) {
	// The engine repeats a recording, whatever the text, so that no speech
	// program need be installed.
	recording := filepath.Join(builtIn, "sound", "menu4s.wav")
	log := filepath.Join(t.TempDir(), "said")
	o := PromptOptions{Engines: map[string][]string{
		"en": {"sh", "-c", "cat >>" + log + "; cat " + recording},
		"zh": {"sh", "-c", "printf %s {text} >>" + log + "; cp " + recording + " {file}"},
		"de": {"false"},
	}}
	folder := t.TempDir()
	sentences := []Sentence{{"en", "Hello."}, {"zh", "你好"}, {"en", "Hello."}}
	for range 2 {
		if err := o.Speak(context.Background(), folder, sentences); err != nil {
			t.Fatal(err)
		}
	}
	if said, err := os.ReadFile(log); err != nil || string(said) != "Hello.你好" {
		t.Errorf("spoken: %q, %v", said, err)
	}
	l, err := NewLibrary(os.DirFS(folder))
	if err != nil {
		t.Fatal(err)
	}
	if missing := l.Missing(sentences); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
	err = o.Speak(context.Background(), folder, []Sentence{{"de", "Hallo."}, {"fr", "Salut."}, {"en", "two\nlines"}, {"en", "Bye."}})
	for _, part := range []string{`"Hallo."`, `"Salut.": no engine`, "one line"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not tell of %s", err, part)
		}
	}
	if l, err = NewLibrary(os.DirFS(folder)); err != nil || len(l.Missing([]Sentence{{"en", "Bye."}})) > 0 {
		t.Errorf("a failure kept others from being spoken (%v)", err)
	}
}

func TestPromptOptionsCheck(t *testing.T) {
	var got []string
	PromptOptions{
		Folder:  "/nowhere",
		Engines: map[string][]string{"en": nil, "zh": {"no-such-program"}, "de": {"sh"}},
	}.Check(func(path, problem string) { got = append(got, path+": "+problem) })
	want := "folder: /nowhere is no folder|engines.en: names no command|engines.zh: command no-such-program is not installed"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("reported %s", s)
	}
}
