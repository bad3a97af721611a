// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/call"
	"tandem/media"
)

// linphone is a telephone of another make, driven by its command line. It plays
// a tone of linphoneTone into its calls and records what it hears.
type linphone struct {
	t        *testing.T
	in       io.Writer
	recorded string

	mu   sync.Mutex // guards what follows
	said []string
	read int // of said
}

const linphoneTone = 700

func openLinphone(t *testing.T, server, user, secret string) *linphone {
	t.Helper()
	folder := t.TempDir()
	tone, config := filepath.Join(folder, "tone.wav"), filepath.Join(folder, "linphonerc")
	l := &linphone{t: t, recorded: filepath.Join(folder, "heard.wav")}
	if err := os.WriteFile(tone, pcmWAV(media.Tone(linphoneTone, 0.5, 30*time.Second)), 0o600); err != nil {
		t.Fatal(err)
	}
	rc := fmt.Sprintf(`[sip]
sip_port=%[4]d
sip_tcp_port=0
sip_tls_port=0
use_ipv6=0
default_proxy=0
[rtp]
audio_rtp_port=17000-17999
[net]
firewall_policy=0
[proxy_0]
reg_proxy=<sip:%[1]s>
reg_identity=sip:%[2]s@%[1]s
reg_expires=60
reg_sendregister=1
publish=0
[auth_info_0]
username=%[2]s
passwd=%[3]s
realm=tandem
`, server, user, secret, freeUDP(t))
	if err := os.WriteFile(config, []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(folder, ".local", "share", "linphone"), 0o700); err != nil {
		t.Fatal(err) // its database; without it linphone starts nothing
	}
	cmd := exec.Command("linphonec", "-c", config)
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_DATA_HOME="+folder, "XDG_CONFIG_HOME="+folder)
	cmd.Dir = folder
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("linphonec (apt-get install linphone-cli): %v", err)
	}
	l.in = in
	var reading sync.WaitGroup
	reading.Go(func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			l.mu.Lock()
			l.said = append(l.said, lines.Text())
			l.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		l.do("quit")
		stop := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		reading.Wait()
		_ = cmd.Wait()
		stop.Stop()
		if t.Failed() {
			t.Logf("linphonec says:\n%s", strings.Join(l.said, "\n"))
		}
	})
	l.do("soundcard use files")
	l.do("play " + tone)
	l.do("record " + l.recorded)
	return l
}

func (l *linphone) do(command string) { fmt.Fprintln(l.in, command) }

// heard is the newest of what it has recorded: 16-bit samples at 8 kHz. The
// file's head is written when the call is over.
func (l *linphone) heard() []int16 {
	const newest = 1600
	b, err := os.ReadFile(l.recorded)
	if err != nil || len(b) < 44+2*newest {
		return nil
	}
	b = b[len(b)&^1-2*newest:]
	s := make([]int16, newest)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return s
}

// wait returns when it has said something that contains text, after what was
// waited for before.
func (l *linphone) wait(text string) {
	l.t.Helper()
	limit := time.Now().Add(15 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(limit) {
		l.mu.Lock()
		for l.read < len(l.said) {
			l.read++
			if strings.Contains(l.said[l.read-1], text) {
				l.mu.Unlock()
				return
			}
		}
		l.mu.Unlock()
		<-tick.C
	}
	l.t.Fatalf("linphone does not say %q", text)
}

// freeUDP is a port that nobody had a moment ago.
func freeUDP(t *testing.T) int {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port
}

// hearsTone waits until a foreign telephone hears a tone.
func hearsTone(t *testing.T, who string, heard func() []int16, hertz float64) {
	t.Helper()
	limit := time.Now().Add(15 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var best float64
	for time.Now().Before(limit) {
		if s := media.Goertzel(heard(), hertz); s > best {
			best = s
		}
		if best > 0.8 {
			return
		}
		<-tick.C
	}
	t.Errorf("%s hears %.2f of %v Hz", who, best, hertz)
}

// pcmWAV is a file of 16-bit samples at 8 kHz.
func pcmWAV(samples []int16) []byte {
	size := 2 * len(samples)
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00")
	for i := range 4 {
		b[4+i], b[40+i] = byte((size+36)>>(8*i)), byte(size>>(8*i))
	}
	for _, s := range samples {
		b = append(b, byte(s), byte(uint16(s)>>8))
	}
	return b
}

// Linphone registers, is called, calls, and both hear each other.
func TestLinphoneCallsAndIsCalled(t *testing.T) {
	legs := make(chan call.Leg, 1)
	tw := newTwins(t, "udp", "127.0.0.1", func(ctx context.Context, in Incoming) {
		in.Leg.Ring()
		if err := in.Leg.Answer(ctx); err != nil {
			t.Error(err)
		}
		legs <- in.Leg
		drain(in.Leg)
	})
	server := tw.callee
	phone := openLinphone(t, server.addr("udp").String(), "ann", "secret-ann")
	select {
	case <-server.back:
	case <-time.After(20 * time.Second):
		t.Fatal("linphone does not register")
	}

	leg, err := server.Dial(t.Context(), call.Target{Agent: "ann", Call: "c1", From: call.Party{Number: "123"}})
	if err != nil {
		t.Fatal(err)
	}
	wantEvent(t, leg, call.Ringing{})
	phone.do("answer")
	wantEvent(t, leg, call.Answered{})
	tw.speak(t, leg, 440)
	hears(t, "the server", leg, linphoneTone, 440)
	hearsTone(t, "linphone", phone.heard, 440)
	leg.Hangup(call.CauseCompleted)
	drain(leg)
	phone.wait("ended")

	phone.do("call sip:1000@" + server.addr("udp").String())
	in := within(t, "call", legs)
	tw.speak(t, in, 1000)
	hears(t, "the server", in, linphoneTone, 1000)
	hearsTone(t, "linphone", phone.heard, 1000)
	phone.do("terminate")
	waitFor(t, "the legs to go", func() bool { return server.Legs() == 0 })
}

// wantEvent waits longer than tests among ourselves do.
func wantEvent(t *testing.T, l call.Leg, want call.LegEvent) {
	t.Helper()
	limit := time.After(15 * time.Second)
	for {
		select {
		case ev := <-l.Events():
			if ev == want {
				return
			}
			if _, ended := ev.(call.Ended); ended || ev == nil {
				t.Fatalf("event %#v, want %#v", ev, want)
			}
		case <-limit:
			t.Fatalf("no %#v", want)
		}
	}
}
