// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// output is what a verb has printed so far; it may be read meanwhile.
type output struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// served runs `tandem serve` with a configuration until the test ends, and
// returns the address of its pages.
func served(t *testing.T, config string) (address string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var out, log output
	over := make(chan int, 1)
	go func() { over <- run(ctx, []string{"serve", "-config", config}, &out, &log) }()
	t.Cleanup(func() {
		stop()
		if status := <-over; status != 0 {
			t.Errorf("serve ended with %d\n%s", status, log.String())
		}
	})
	desk := regexp.MustCompile(`Agent's desk  (\S+)/\n`)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 3000 {
		<-look.C
		if found := desk.FindStringSubmatch(out.String()); found != nil {
			return found[1]
		}
	}
	t.Fatalf("the server did not start\n%s", log.String())
	return ""
}

const liveConfig = `dataFolder: data
sip:
  listeners: [{transport: udp, address: "127.0.0.1:0"}]
  trunks: [{name: local, from: [127.0.0.0/8]}]
media: {addresses: [127.0.0.1], rtpPorts: 31000-31003}
softphone: {address: "127.0.0.1:0"}
web: {address: "127.0.0.1:0", tls: {mode: "off"}}
numbers: [{number: "1003", flow: straight}]
queues:
  - {id: support}
  - {id: billing}
agents:
  - {id: anna, queues: [support]}
`

// TestReloadWhileServing: the file is read again by SIGHUP; what cannot change,
// or is wrong, changes nothing.
func TestReloadWhileServing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tandem.yaml")
	write := func(pairs ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.NewReplacer(pairs...).Replace(liveConfig)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	if out, status := ran(t, "reload", "-config", file); status != 1 || !strings.Contains(out, "no server answers at") {
		t.Fatalf("%d %s", status, out)
	}
	address := served(t, file)
	queues := func() string {
		t.Helper()
		answer, err := http.Get(address + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close() //nolint:errcheck // only read
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(regexp.MustCompile(`acd_waiting_contacts\{queue="\w+"\}`).FindAllString(string(text), -1), " ")
	}
	both := queues()
	f := func(want string, wantStatus int) {
		t.Helper()
		if out, status := ran(t, "reload", "-config", file); status != wantStatus || !strings.Contains(out, want) {
			t.Errorf("%d %s", status, out)
		}
	}
	write("127.0.0.1:0\"}]\n  trunks", "127.0.0.1:1\"}]\n  trunks", "id: billing", "id: sales")
	f("sip.listeners cannot change while the server runs; nothing was taken over", 1)
	write("queues: [support]", "queues: [suport]")
	f(`there is no queue "suport"`, 1)
	if now := queues(); now != both || !strings.Contains(now, `"billing"`) {
		t.Errorf("a refused reload changed the queues to %s", now)
	}
	write("id: billing", "id: sales", "agents:\n", "agents:\n  - {id: li, queues: [sales]}\n", "name: local", "name: carrier")
	f("the server has taken the configuration over", 0)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for range 300 {
		if now := queues(); strings.Contains(now, `"sales"`) && !strings.Contains(now, `"billing"`) {
			return
		}
		<-look.C
	}
	t.Errorf("the queues are still %s", queues())
}
