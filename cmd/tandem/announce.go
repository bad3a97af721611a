// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tandem/acd"
	"tandem/config"
	"tandem/store"
)

// demoSignInsFile keeps the demo's passwords in the data folder, so that they
// are the same at the next start. Only its owner may read it.
const demoSignInsFile = "demo-sign-ins"

// announce prints where everything is, in a few lines that a person can read.
func (h *house) announce(w io.Writer) {
	scheme := "http"
	if h.web.Fingerprint() != "" {
		scheme = "https"
	}
	base := scheme + "://" + hostFor(h.web.Addr(), h.cfg().Web.PublicNames)
	out := bufio.NewWriter(w)
	defer out.Flush() //nolint:errcheck // nobody to tell if the terminal is gone
	fmt.Fprintf(out, "Tandem %s is running.\n", version)
	fmt.Fprintf(out, "  Agent's desk  %s/\n", base)
	fmt.Fprintf(out, "  Wallboard     %s/wallboard\n", base)
	for _, a := range h.sip.Addrs() {
		fmt.Fprintf(out, "  SIP           %s (%s)\n", a.Addr, a.Transport)
	}
	for _, n := range h.cfg().Numbers {
		dial := n.Number
		if dial == "" {
			dial = n.Prefix + "..."
		}
		fmt.Fprintf(out, "  Number        %-6s %s\n", dial, n.Flow)
	}
	if f := h.web.Fingerprint(); f != "" {
		fmt.Fprintf(out, "  Certificate   SHA-256 %s\n", f)
	}
	h.announceSignIns(out)
	fmt.Fprintln(out, "End with Ctrl-C.")
}

// announceSignIns prints the demo's, and how to make others.
func (h *house) announceSignIns(w io.Writer) {
	if !h.cfg().Demo {
		return
	}
	signIns, err := readDemoSignIns(h.cfg().DataFolder)
	if err != nil {
		h.log.Error("demo sign-ins not read", "err", err)
		return
	}
	for _, a := range h.cfg().Agents {
		if password, ok := signIns[a.ID]; ok {
			fmt.Fprintf(w, "  Sign in       %-6s %s  (%s, demo only)\n", a.ID, password, a.Role)
		}
	}
}

// makeDemoSignIns gives every agent who signs in and has no password a random
// one. A password that was set since by hand is no longer shown.
func makeDemoSignIns(ctx context.Context, cfg *config.Config, s *store.Store) error {
	signIns, err := readDemoSignIns(cfg.DataFolder)
	if err != nil {
		return err
	}
	made := map[acd.AgentID]string{}
	for _, a := range cfg.Agents {
		if a.Device == config.DeviceURI {
			continue
		}
		has, err := s.HasPassword(ctx, a.ID)
		if err != nil {
			return fmt.Errorf("make demo sign-ins: %w", err)
		}
		password, known := signIns[a.ID]
		switch {
		case !has:
			password = newPassword()
			if err := s.SetPassword(ctx, a.ID, password); err != nil {
				return fmt.Errorf("make demo sign-ins: %w", err)
			}
		case !known:
			continue
		default:
			same, err := s.CheckPassword(ctx, a.ID, password)
			if err != nil {
				return fmt.Errorf("check demo sign-ins: %w", err)
			}
			if !same {
				continue
			}
		}
		made[a.ID] = password
	}
	var b strings.Builder
	for _, a := range cfg.Agents {
		if password, ok := made[a.ID]; ok {
			fmt.Fprintf(&b, "%s %s\n", a.ID, password)
		}
	}
	if err := os.WriteFile(filepath.Join(cfg.DataFolder, demoSignInsFile), []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("keep demo sign-ins: %w", err)
	}
	return nil
}

func readDemoSignIns(folder string) (map[acd.AgentID]string, error) {
	b, err := os.ReadFile(filepath.Join(folder, demoSignInsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read demo sign-ins: %w", err)
	}
	signIns := map[acd.AgentID]string{}
	for line := range strings.Lines(string(b)) {
		if id, password, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			signIns[acd.AgentID(id)] = password
		}
	}
	return signIns, nil
}

// newPassword makes one that can be read out: 60 random bits in three groups.
func newPassword() string {
	t := strings.ToLower(rand.Text())
	return t[0:4] + "-" + t[4:8] + "-" + t[8:12]
}
