// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tandem/web"
)

// console serves what a running server would, on the socket of a configuration
// that it returns.
func console(t *testing.T, handler http.HandlerFunc) (config string) {
	t.Helper()
	folder, err := os.MkdirTemp("", "tandem") //nolint:usetesting // t.TempDir is too long a name for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	config = filepath.Join(folder, "tandem.yaml")
	if err := os.WriteFile(config, []byte(strings.Replace(smallConfig, "dataFolder: data", "dataFolder: .", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := openConsole(folder)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(folder, consoleSocket)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may open the console: %v %v", info.Mode(), err)
	}
	server := &http.Server{Handler: handler, BaseContext: func(net.Listener) context.Context { return t.Context() }}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() { server.Close(); serving.Wait() })
	return config
}

func TestTrunkVerbAsksTheServerThatRuns(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	config := console(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + " " + r.URL.Path {
		case "GET /api/v1/trunks":
			w.Write([]byte(`[{"name":"carrier","address":"c.example","callsIn":2,"registration":{"state":"refused","reason":"403 Forbidden"},` +
				`"targets":[{"target":"192.0.2.1:5060","up":false,"problem":"no answer came"}],"refused":1,` +
				`"refusals":[{"at":"2026-05-01T12:00:00Z","direction":"inbound","number":"77","status":404,"reason":"the number is not configured"}]}]`))
		case "POST /api/v1/trunks/carrier/test":
			w.Write([]byte(`{"rang":0.25,"answered":1.5,"cause":"completed"}`))
		default:
			w.WriteHeader(404)
			w.Write([]byte(`{"detail":"nothing is kept of such a call"}`))
		}
	})
	f := func(code int, want []string, args ...string) {
		t.Helper()
		got, stdout, stderr := tandem(t, append(args, "-config", config)...)
		if got != code {
			t.Errorf("%v: %d %s%s", args, got, stdout, stderr)
		}
		for _, part := range want {
			if !strings.Contains(stdout+stderr, part) {
				t.Errorf("%v: no %q in\n%s%s", args, part, stdout, stderr)
			}
		}
	}
	f(0, []string{"carrier", "refused", "0 of 1 up", "77: 404 the number is not configured", at.Local().Format(time.DateTime)}, "trunk")
	f(0, []string{"c.example", "2 in", "refused: 403 Forbidden", "192.0.2.1:5060 down", "no answer came"}, "trunk", "carrier")
	f(1, []string{`no trunk "other"`}, "trunk", "other")
	f(0, []string{"ringing after 0.250 s", "answered after 1.500 s"}, "trunk", "carrier", "test", "+4930")
	f(1, []string{"nothing is kept"}, "sip", "trace", "x")
	f(1, []string{"say which call"}, "sip")
	if err := os.Remove(filepath.Join(filepath.Dir(config), consoleSocket)); err != nil {
		t.Fatal(err)
	}
	f(1, []string{"is it running"}, "trunk")
}

var _ web.Trunks = trunks{}
