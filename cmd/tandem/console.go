// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tandem/config"
)

// This file is how verbs speak with the server that runs: the API, over a socket
// file in the data folder that only the server's own account can open.

const (
	consoleSocket = "console.sock"
	consoleHeader = 5 * time.Second
	consoleAnswer = time.Minute // a test call rings for a while
	maxAnswer     = 64 << 20    // bytes; a trace
)

// openConsole binds the socket. The data folder is ours alone by now, so a file
// that is there was left by a server that ended without a word.
func openConsole(folder string) (net.Listener, error) {
	name := filepath.Join(folder, consoleSocket)
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("open console: %w", err)
	}
	l, err := net.Listen("unix", name)
	if err != nil {
		return nil, fmt.Errorf("open console: %w", err)
	}
	if err := os.Chmod(name, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open console: %w", err), l.Close())
	}
	return l, nil
}

// serveConsole serves the API on it until ctx ends.
func (h *house) serveConsole(ctx context.Context) {
	server := &http.Server{Handler: h.web.Local(), ReadHeaderTimeout: consoleHeader, ReadTimeout: consoleHeader}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(h.console); !errors.Is(err, http.ErrServerClosed) {
		h.log.Error("console not served", "err", err)
	}
}

// ask makes a request of the server that runs with the configuration.
func ask(ctx context.Context, cfg *config.Config, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, consoleAnswer)
	defer cancel()
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, fmt.Errorf("ask the server: %w", err)
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://tandem/api/v1"+path, &content)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	name := filepath.Join(cfg.DataFolder, consoleSocket)
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", name)
	}}}
	defer client.CloseIdleConnections()
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("no server answers at %s; is it running, with this configuration, and are you its account? %w", name, err)
	}
	defer res.Body.Close() //nolint:errcheck // it was read
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		var problem struct {
			Detail string `json:"detail"`
		}
		if json.Unmarshal(answer, &problem) != nil || problem.Detail == "" {
			problem.Detail = res.Status
		}
		return nil, errors.New(problem.Detail)
	}
	return answer, nil
}
