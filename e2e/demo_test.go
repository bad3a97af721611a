// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// signInLine is how the server prints a demo's sign-in.
var signInLine = regexp.MustCompile(`Sign in\s+anna\s+(\S+)`)

// TestDemo: as the README's first try, one person with one tab takes a test
// caller who came before them, and hears the caller speak; another one comes by
// the page's own button.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := newServer(t).agent("anna")
	s.setting.Demo = true
	s.setting.RingTime = "20s"
	s.writeConfig()
	s.boot("demo", "-calls", "1")
	t.Cleanup(s.kill)
	found := signInLine.FindStringSubmatch(s.log.String())
	if found == nil {
		t.Fatalf("no sign-in is printed:\n%s", s.log)
	}
	s.secrets["anna"] = found[1]
	anna := s.openDesk(openBrowser(t), "anna")
	anna.passReadyCheck()
	anna.answer()
	anna.hearsSpeech()
	anna.hangUp()
	anna.finishWrapUp()
	anna.click(byTestID("demo-call"))
	anna.answer()
	anna.hearsSpeech()
}

// hearsSpeech fails the story unless the page receives sound that comes and
// goes, as speech does.
func (d *deskPage) hearsSpeech() {
	d.t.Helper()
	const loud, quiet = 0.03, 0.01
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		var windows []heardWindow
		mustUnmarshal(d.t, d.do(command{"do": "listen", "freqs": []float64{}, "ms": 3000, "limit": answerLimit.Milliseconds()}), &windows)
		high, low := 0, 0
		for _, w := range windows {
			if w.RMS >= loud {
				high++
			}
			if w.RMS <= quiet {
				low++
			}
		}
		if high >= 5 && low >= 2 {
			return
		}
	}
	d.t.Fatal("no speech is heard in the page")
}

// TestReadmeConfigurationIsWhole: the ten lines of the README are a
// configuration that the server takes.
func TestReadmeConfigurationIsWhole(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(root(), "README.md"))
	must(t, err)
	_, rest, found := strings.Cut(string(readme), "```yaml\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("the README has no YAML")
	}
	if lines := strings.Count(text, "\n"); lines > 10 {
		t.Errorf("%d lines, the README promises ten", lines)
	}
	s := newServer(t)
	must(t, os.WriteFile(s.config, []byte(text), 0o600))
	s.tandem("check", "-config", s.config)
}
