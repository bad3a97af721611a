// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// agentTone is what Chromium's microphone hears: bursts, since the browser's
	// noise suppression stays on and would take a steady tone away.
	agentTone = 440.0
	burstOn   = 400 * time.Millisecond
	burstOff  = 300 * time.Millisecond

	// answerLimit is the longest that the browser's driver may take for an
	// answer; its own commands end sooner.
	answerLimit = 90 * time.Second
)

// A browser is one headless Chromium, driven by browser.mjs.
type browser struct {
	t     *testing.T
	stdin io.Writer

	mu      sync.Mutex // guards what follows
	next    int
	waiting map[int]chan reply
}

type reply struct {
	ID    int
	OK    bool
	Error string
	Value json.RawMessage
}

// browsersAtOnce bounds the Chromiums of stories that run side by side: each is
// worth most of a core while it starts.
var browsersAtOnce = make(chan struct{}, 2)

// openBrowser starts Chromium with a microphone that hears agentTone bursts.
func openBrowser(t *testing.T) *browser { return openBrowserIn(t, nil) }

// openBrowserIn does so behind a command such as `ip netns exec NAME`.
func openBrowserIn(t *testing.T, prefix []string) *browser {
	t.Helper()
	browsersAtOnce <- struct{}{}
	t.Cleanup(func() { <-browsersAtOnce })
	wav := filepath.Join(t.TempDir(), "microphone.wav")
	writeBurstWAV(t, wav, agentTone, burstOn, burstOff)
	args := append(append([]string{}, prefix...), "node", "browser.mjs",
		filepath.Join(root(), "web", "ui", "node_modules", "playwright-core"), chromiumPath(t), wav)
	cmd := exec.Command(args[0], args[1:]...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = &logWriter{t: t, name: "browser"}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the browser's driver: %v", err)
	}
	b := &browser{t: t, stdin: stdin, waiting: make(map[int]chan reply)}
	ready := b.expect(0)
	done := make(chan struct{})
	go func() { defer close(done); b.read(stdout) }()
	t.Cleanup(func() {
		_ = stdin.Close()
		<-done
		_ = cmd.Wait()
	})
	select {
	case <-ready:
	case <-time.After(answerLimit):
		t.Fatal("the browser does not start")
	}
	return b
}

func (b *browser) expect(id int) <-chan reply {
	answer := make(chan reply, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[id] = answer
	return answer
}

func (b *browser) read(r io.Reader) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var got reply
		if json.Unmarshal(lines.Bytes(), &got) != nil {
			continue
		}
		b.mu.Lock()
		answer := b.waiting[got.ID]
		delete(b.waiting, got.ID)
		b.mu.Unlock()
		if answer != nil {
			answer <- got
		}
	}
}

type command map[string]any

// try sends a command and returns its value or what went wrong.
func (b *browser) try(c command) (json.RawMessage, error) {
	b.mu.Lock()
	b.next++
	id := b.next
	b.mu.Unlock()
	answer := b.expect(id)
	c["id"] = id
	line, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	_, err = b.stdin.Write(append(line, '\n'))
	b.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case got := <-answer:
		if !got.OK {
			return nil, fmt.Errorf("%v %v: %s", c["do"], c["tab"], got.Error)
		}
		return got.Value, nil
	case <-time.After(answerLimit):
		return nil, fmt.Errorf("%v %v: no answer from the browser", c["do"], c["tab"])
	}
}

// A tab is one page.
type tab struct {
	*browser
	name string
}

// open loads a page in a new tab; tabs of one person share their cookies.
func (b *browser) open(name, person, url string) *tab {
	b.t.Helper()
	p := &tab{browser: b, name: name}
	p.do(command{"do": "open", "person": person, "url": url, "insecure": strings.HasPrefix(url, "https:")})
	b.t.Cleanup(func() {
		if b.t.Failed() {
			p.confess()
		}
	})
	return p
}

// confess logs what the page showed and said, for a story that failed.
func (p *tab) confess() {
	if body, err := p.try(command{"do": "text", "tab": p.name, "selector": "body", "limit": 2000}); err == nil {
		p.t.Logf("tab %s shows: %s", p.name, body)
	}
	if said, err := p.try(command{"do": "said", "tab": p.name}); err == nil {
		p.t.Logf("tab %s said: %s", p.name, said)
	}
}

// do sends a command to this tab; the story ends if it fails.
func (p *tab) do(c command) json.RawMessage {
	p.t.Helper()
	c["tab"] = p.name
	value, err := p.try(c)
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(command{"do": "click", "selector": selector})
}

func (p *tab) fill(selector, text string) {
	p.t.Helper()
	p.do(command{"do": "fill", "selector": selector, "text": text})
}

func (p *tab) press(key string) {
	p.t.Helper()
	p.do(command{"do": "press", "key": key})
}

// see waits until something that matches is visible.
func (p *tab) see(selector string, limit time.Duration) {
	p.t.Helper()
	p.do(command{"do": "wait", "selector": selector, "limit": limit.Milliseconds()})
}

func (p *tab) text(selector string) string {
	p.t.Helper()
	var text string
	mustUnmarshal(p.t, p.do(command{"do": "text", "selector": selector}), &text)
	return text
}

// heardWindow is 85 ms of what the page receives.
type heardWindow struct {
	At   int64
	RMS  float64
	Amps []float64
}

const (
	// pageToneFloor is the amplitude (of 1) from which a tone counts as heard in
	// the page, pageToneShare the part of the window's power it must have.
	pageToneFloor = 0.02
	pageToneShare = 0.5
	// pageToneWindows of 85 ms must bear it.
	pageToneWindows = 2
)

// heard counts the windows in the next d in which the page receives freq.
func (p *tab) heard(freq float64, d time.Duration) int {
	p.t.Helper()
	var windows []heardWindow
	mustUnmarshal(p.t, p.do(command{"do": "listen", "freqs": []float64{freq}, "ms": d.Milliseconds(), "limit": answerLimit.Milliseconds()}), &windows)
	count := 0
	for _, w := range windows {
		if a := w.Amps[0]; a >= pageToneFloor && a*a/2 >= pageToneShare*w.RMS*w.RMS {
			count++
		}
	}
	return count
}

// hears fails the story unless the page receives freq within limit.
func (p *tab) hears(freq float64, limit time.Duration) {
	p.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); {
		if p.heard(freq, 2*time.Second) >= pageToneWindows {
			return
		}
	}
	p.t.Fatalf("the page of %s does not hear %.0f Hz", p.name, freq)
}

// deaf fails the story if the page receives freq in the next d.
func (p *tab) deaf(freq float64, d time.Duration) {
	p.t.Helper()
	if n := p.heard(freq, d); n >= pageToneWindows {
		p.t.Fatalf("the page of %s hears %.0f Hz in %d windows and should not", p.name, freq, n)
	}
}

func chromiumPath(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("chromium is missing: apt-get install chromium")
	return ""
}

func mustUnmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
}

// within is a context that ends with the test, or after d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
