// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/config"
)

const smallConfig = `# a comment that stays
dataFolder: data
sip: {listeners: [{transport: udp, address: "127.0.0.1:0"}]}
queues:
  - id: support
agents:
  # the first one
  - id: anna
    queues: [support]

# behind the list
numbers: []
`

func TestWithAgent(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		got, err := withAgent(text, config.Agent{ID: "li", Role: "agent", Device: "browser"}, []string{"support"})
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
	const item = "- {id: li, role: agent, device: browser, queues: [support]}\n"
	f("agents:\n  - id: a\n    name: A\n\n# end\nnumbers: []\n", "agents:\n  - id: a\n    name: A\n  "+item+"\n# end\nnumbers: []\n")
	f("agents:\n- id: a\nnumbers: []\n", "agents:\n- id: a\n"+item+"numbers: []\n")
	f("agents:\n    - id: a", "agents:\n    - id: a\n    "+item)
	f("agents:\nnumbers: []\n", "agents:\n  "+item+"numbers: []\n")
	f("numbers: []\n", "numbers: []\n\nagents:\n  "+item)
	if _, err := withAgent("agents: [{id: a}]\n", config.Agent{ID: "li"}, nil); err == nil {
		t.Error("a list in one line was changed")
	}
}

// tandem runs a verb as the command line does.
func tandem(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(context.Background(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestAgentIsAddedAndGetsSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.yaml")
	if err := os.WriteFile(path, []byte(smallConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := tandem(t, "agent", "add", "li", "-config", path, "-name", "Li Wei", "-device", "phone")
	if code != 0 || !strings.Contains(out, "web password of li: ") || !strings.Contains(out, "phone secret") {
		t.Fatalf("%d %q %q", code, out, errs)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := cfg.Agent("li"); !ok || a.Name != "Li Wei" || a.Device != "phone" || len(a.Queues) != 1 {
		t.Fatalf("%+v", a)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "# a comment that stays\n") {
		t.Fatalf("the comments are gone: %v\n%s", err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the mode has changed: %v %v", info.Mode(), err)
	}
	link := filepath.Join(t.TempDir(), "link.yaml")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := tandem(t, "agent", "add", "mo", "-config", link); code != 0 {
		t.Fatalf("%d %s", code, errs)
	}
	if text, err = os.ReadFile(path); err != nil || !strings.Contains(string(text), "id: mo") {
		t.Fatalf("added beside the file that the link names: %v\n%s", err, text)
	}
	_, first, _ := tandem(t, "agent", "password", "li", "-config", path)
	_, second, _ := tandem(t, "agent", "password", "-config", path, "li")
	if first == second || !strings.HasPrefix(second, "web password of li: ") {
		t.Fatalf("%q then %q", first, second)
	}
	if code, _, errs := tandem(t, "agent", "add", "li", "-config", path); code != 1 || !strings.Contains(errs, "already") {
		t.Fatalf("added twice: %d %q", code, errs)
	}
	if code, _, errs := tandem(t, "agent", "add", "bad id", "-config", path); code != 1 || errs == "" {
		t.Fatalf("a bad ID: %d %q", code, errs)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, text) {
		t.Fatal("a refused addition changed the file")
	}
}

func TestCheckNamesEveryProblem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tandem.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(smallConfig, "[support]", "[suport]", 1)+"nonsense: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := tandem(t, "check", "-config", path)
	if code != 1 || !strings.Contains(errs, "tandem.yaml:9:") || !strings.Contains(errs, "tandem.yaml:13:1") {
		t.Fatalf("%d %s", code, errs)
	}
	if code, _, _ := tandem(t, "check", "-nonsense"); code != 2 {
		t.Fatalf("a wrong flag: %d", code)
	}
	if code, _, errs := tandem(t, "dance"); code != 2 || !strings.Contains(errs, "serve") {
		t.Fatalf("a wrong verb: %d %s", code, errs)
	}
}
