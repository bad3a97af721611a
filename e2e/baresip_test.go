// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A baresip is a registered SIP phone of foreign make, driven over its control
// socket (netstrings of JSON).
type baresip struct {
	t    *testing.T
	conn net.Conn

	mu     sync.Mutex // guards events
	events []baresipEvent
	more   chan struct{}
}

type baresipEvent struct {
	Event bool
	Type  string
	Class string
	Param string
}

// baresipTone is what a baresip sends: a steady tone made by its sine source.
const baresipTone = 700

// openBaresip registers a phone for user at the server with its secret.
func openBaresip(t *testing.T, server, user, secret string) *baresip {
	t.Helper()
	folder := t.TempDir()
	control := freeTCP(t)
	config := fmt.Sprintf(`
sip_listen		127.0.0.1:0
audio_source		ausine,%d
audio_player		aufile,%s
audio_alert		aufile,%s
ausrc_format		s16
ausrc_srate		48000
ausrc_channels		2
auplay_format		s16
call_local_timeout	120
call_max_calls		4
rtp_ports		12000-15999
module_path		%s
module			g711.so
module			ausine.so
module			aufile.so
module_tmp		uuid.so
module_tmp		account.so
module_app		menu.so
module			ctrl_tcp.so
ctrl_tcp_listen		127.0.0.1:%d
`, baresipTone, filepath.Join(folder, "heard.wav"), filepath.Join(folder, "ring.wav"), baresipModules(t), control)
	account := fmt.Sprintf("<sip:%s@%s>;auth_pass=%s;answermode=manual;regint=60;audio_codecs=PCMU,PCMA;ptime=20\n", user, server, secret)
	for name, body := range map[string]string{"config": config, "accounts": account, "contacts": ""} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("baresip", "-f", folder)
	output := &logWriter{t: t, name: "baresip " + user, quiet: true}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatalf("start baresip: %v", err)
	}
	b := &baresip{t: t, more: make(chan struct{}, 1)}
	b.conn = dialSoon(t, net.JoinHostPort("127.0.0.1", strconv.Itoa(control)))
	done := make(chan struct{})
	go func() { defer close(done); b.read() }()
	t.Cleanup(func() {
		_ = b.send("quit", "")
		time.AfterFunc(3*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		_ = b.conn.Close()
		<-done
		if t.Failed() {
			t.Logf("baresip says:\n%s", tail(output.String(), 60))
		}
	})
	// The event of the first registration may have come before we listened.
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for end := time.Now().Add(15 * time.Second); output.count(user+"@", "200 OK") == 0; <-tick.C {
		if time.Now().After(end) {
			t.Fatal("baresip does not register")
		}
	}
	return b
}

func baresipModules(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("baresip's modules are missing: apt-get install baresip")
	return ""
}

// dialSoon connects to something that is about to listen.
func dialSoon(t *testing.T, address string) net.Conn {
	t.Helper()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); <-tick.C {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			return conn
		}
	}
	t.Fatalf("nothing listens at %s", address)
	return nil
}

func (b *baresip) send(name, params string) error {
	body, err := json.Marshal(map[string]string{"command": name, "params": params})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(b.conn, "%d:%s,", len(body), body)
	return err
}

// do sends one of baresip's commands, such as accept or hangup.
func (b *baresip) do(name string) {
	b.t.Helper()
	if err := b.send(name, ""); err != nil {
		b.t.Fatalf("baresip %s: %v", name, err)
	}
}

// read takes netstrings until the connection ends.
func (b *baresip) read() {
	in := bufio.NewReader(b.conn)
	for {
		size, err := in.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
		if err != nil || n < 0 || n > 1<<20 {
			return
		}
		body := make([]byte, n+1)
		for at := 0; at < len(body); {
			k, err := in.Read(body[at:])
			if err != nil {
				return
			}
			at += k
		}
		var ev baresipEvent
		if json.Unmarshal(body[:n], &ev) == nil && ev.Event {
			b.mu.Lock()
			b.events = append(b.events, ev)
			b.mu.Unlock()
			select {
			case b.more <- struct{}{}:
			default:
			}
		}
	}
}

// wait returns when an event of the kind has come that was not waited for yet.
func (b *baresip) wait(kind string, limit time.Duration) {
	b.t.Helper()
	end := time.After(limit)
	for !b.taken(kind) {
		select {
		case <-b.more:
		case <-end:
			b.mu.Lock()
			defer b.mu.Unlock()
			b.t.Fatalf("baresip: no %s within %s; what came: %+v", kind, limit, b.events)
		}
	}
}

// taken removes the events up to the first of the kind.
func (b *baresip) taken(kind string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, ev := range b.events {
		if ev.Type == kind {
			b.events = b.events[i+1:]
			return true
		}
	}
	return false
}
