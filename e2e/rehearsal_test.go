// SPDX-License-Identifier: Apache-2.0

//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestShippedFlowsOverTheWire: the tests of every shipped flow hold by calls to
// a running server too; and where what is heard is another, the run says so.
func TestShippedFlowsOverTheWire(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.setting.Rehearsal = true
	s.start()
	shipped := filepath.Join(root(), "configs", "flows")
	live := func(folder string) (string, error) {
		out, err := exec.CommandContext(t.Context(), theBinary, "ivr", "test", "-live", s.setting.SIP, "-web", s.url(""), folder).CombinedOutput()
		return string(out), err
	}
	out, err := live(shipped)
	if err != nil || !strings.Contains(out, ", 0 failed") || strings.HasPrefix(lastLine(out), "0 cases") {
		t.Errorf("%v\n%s", err, out)
	}
	t.Log(lastLine(out))

	other := t.TempDir()
	text, err := os.ReadFile(filepath.Join(shipped, "help.yaml"))
	must(t, err)
	changed := strings.ReplaceAll(string(text), "Welcome to the help line.", "Welcome to another line.")
	must(t, os.WriteFile(filepath.Join(other, "help.yaml"), []byte(changed), 0o600))
	must(t, os.WriteFile(filepath.Join(other, "help.test.yaml"), []byte("cases: [{name: one, when: [presses 1], then: [...]}]\n"), 0o600))
	out, err = live(other)
	if err == nil || !strings.Contains(out, "- say Welcome to another line.") || !strings.Contains(out, "+ say Welcome to the help line.") {
		t.Errorf("%v\n%s", err, out)
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}
