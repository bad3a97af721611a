// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tandem/acd"
	"tandem/config"
	"tandem/store"
)

var errAgentUsage = errors.New("say what: tandem agent add ID, tandem agent password ID, or tandem agent phone ID")

// agent adds an agent to the configuration file, or makes a new web password
// or phone secret. A running server takes secrets at once; a new agent is there
// after its next start.
func agent(ctx context.Context, v *invocation) error {
	path := v.flags.String("config", defaultConfig, "the configuration `file`")
	name := v.flags.String("name", "", "add: the `name` shown on pages; default the ID")
	queues := v.flags.String("queues", "", "add: `IDs` of queues, with commas; default all")
	device := v.flags.String("device", config.DeviceBrowser, "add: browser or phone")
	role := v.flags.String("role", config.RoleAgent, "add: agent or supervisor")
	if err := v.parse(); err != nil {
		return err
	}
	if len(v.args) != 2 {
		return errAgentUsage
	}
	cfg, err := v.load(*path)
	if err != nil {
		return err
	}
	id := acd.AgentID(v.args[1])
	_, known := cfg.Agent(id)
	switch v.args[0] {
	case "add":
		if known {
			return fmt.Errorf("add agent: %s is there already", id)
		}
		a := config.Agent{ID: id, Name: *name, Device: *device, Role: *role}
		if err := addAgent(*path, cfg, a, splitList(*queues)); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(v.stdout, "%s added to %s; there after the next start\n", id, *path); err != nil {
			return err
		}
		if err := v.newSecret(ctx, cfg, id, false); err != nil {
			return err
		}
		if *device != config.DevicePhone {
			return nil
		}
		return v.newSecret(ctx, cfg, id, true)
	case "password", "phone":
		if !known {
			return fmt.Errorf("no agent %s in %s", id, *path)
		}
		return v.newSecret(ctx, cfg, id, v.args[0] == "phone")
	default:
		return errAgentUsage
	}
}

// newSecret makes a password or a phone's secret and prints it: the one time it
// can be read.
func (v *invocation) newSecret(ctx context.Context, cfg *config.Config, id acd.AgentID, phone bool) error {
	s, err := store.Attach(ctx, store.Options{Folder: cfg.DataFolder})
	if err != nil {
		return fmt.Errorf("open data folder: %w", err)
	}
	secret, what := newPassword(), "web password"
	if phone {
		what = "phone secret (user " + string(id) + ")"
		secret, err = s.NewPhoneSecret(ctx, id, realmOf(cfg))
	} else if err = s.SetPassword(ctx, id, secret); err == nil {
		err = s.EndSessions(ctx, id)
	}
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(v.stdout, "%s of %s: %s\n", what, id, secret)
	return err
}

// addAgent writes a into the file's agents. The new text is read as a
// configuration before it replaces the old one, whose comments and mode stay.
func addAgent(path string, cfg *config.Config, a config.Agent, queues []string) error {
	if len(queues) == 0 {
		for _, q := range cfg.Queues {
			queues = append(queues, string(q.ID))
		}
	}
	path, err := filepath.EvalSymlinks(path) // the file is replaced, not a link to it
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	old, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	text, err := withAgent(string(old), a, queues)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".tandem-*.yaml")
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	defer os.Remove(file.Name()) //nolint:errcheck // renamed by then, or only litter
	_, err = file.WriteString(text)
	if err := errors.Join(err, file.Chmod(info.Mode().Perm()), file.Close()); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	if _, err := config.Load(file.Name()); err != nil {
		return fmt.Errorf("add agent: %w", err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	return nil
}

// withAgent puts an item behind the last one of the top-level list "agents",
// with the indentation that the list has.
func withAgent(text string, a config.Agent, queues []string) (string, error) {
	lines := strings.SplitAfter(text, "\n")
	start := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "agents:") })
	item := fmt.Sprintf("- {id: %s, name: %q, role: %s, device: %s, queues: [%s]}\n",
		a.ID, a.Name, a.Role, a.Device, strings.Join(queues, ", "))
	if a.Name == "" {
		item = strings.Replace(item, `name: "", `, "", 1)
	}
	if start < 0 {
		return strings.TrimRight(text, "\n") + "\n\nagents:\n  " + item, nil
	}
	if value := strings.TrimSpace(strings.TrimPrefix(lines[start], "agents:")); value != "" && value[0] != '#' {
		return "", errors.New("add agent: the agents stand in one line; write them as a list below \"agents:\"")
	}
	end, indent := start+1, "  "
	for i := start + 1; i < len(lines); i++ {
		content := strings.TrimLeft(lines[i], " ")
		own := len(lines[i]) - len(content)
		if strings.TrimSpace(content) == "" || content[0] == '#' {
			continue
		}
		if own == 0 && !strings.HasPrefix(content, "- ") {
			break
		}
		if strings.HasPrefix(content, "- ") && end == start+1 {
			indent = lines[i][:own]
		}
		end = i + 1
	}
	if !strings.HasSuffix(lines[end-1], "\n") {
		lines[end-1] += "\n"
	}
	return strings.Join(slices.Insert(lines, end, indent+item), ""), nil
}

func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}
