// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/store"
)

// rows reads the records of all calls from the data folder, beside the running
// server or after its end.
func (s *server) rows() []store.Call {
	s.t.Helper()
	return rowsOf(s.t, s.setting.Data)
}

func rowsOf(t *testing.T, folder string) []store.Call {
	t.Helper()
	records, err := store.Attach(t.Context(), store.Options{Folder: folder, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	calls, err := records.Calls(t.Context(), time.Now().Add(-24*time.Hour), time.Now().Add(time.Hour), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := records.Close(); err != nil {
		t.Fatal(err)
	}
	return calls
}

// metrics reads /metrics: value by series as printed, such as
// `call_endings_total{cause="completed"}`.
func (s *server) metrics() map[string]float64 {
	s.t.Helper()
	values := make(map[string]float64)
	for line := range strings.Lines(s.get("/metrics")) {
		line = strings.TrimSpace(line)
		i := strings.LastIndexByte(line, ' ')
		if i < 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if v, err := strconv.ParseFloat(line[i+1:], 64); err == nil {
			values[line[:i]] = v
		}
	}
	return values
}
