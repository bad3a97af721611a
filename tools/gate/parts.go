// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// endToEndLimit is the longest that all stories together may take.
const endToEndLimit = 10 * time.Minute

// command prepares a command in a folder of the checkout.
func (g *gate) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Join(g.root, dir)
	cmd.Env = append(os.Environ(), "CI=1", "NO_COLOR=1", "npm_config_update_notifier=false")
	return cmd
}

// quiet runs a command and shows its output only if it fails.
func quiet(cmd *exec.Cmd) error {
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s%s: %w", out, strings.Join(cmd.Args, " "), err)
	}
	return nil
}

func gofmt(ctx context.Context, g *gate) error {
	files, err := g.goFiles()
	if err != nil {
		return err
	}
	out, err := g.command(ctx, ".", "gofmt", append([]string{"-l"}, files...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w", out, err)
	}
	if len(out) > 0 {
		return fmt.Errorf("not formatted:\n%s", out)
	}
	return nil
}

// goFiles lists our Go sources; node_modules may hold some that are not ours.
func (g *gate) goFiles() ([]string, error) {
	var files []string
	err := filepath.WalkDir(g.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "bin") {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			files = append(files, path)
		}
		return nil
	})
	return files, err
}

func vet(ctx context.Context, g *gate) error {
	return errors.Join(
		quiet(g.command(ctx, ".", "go", "vet", "-tags", "e2e", "./...")),
		quiet(g.command(ctx, ".", "go", "vet", "-tags", "conformance", "./sip")),
		quiet(g.command(ctx, "tools", "go", "vet", "./gate")))
}

func build(ctx context.Context, g *gate) error {
	cmd := g.command(ctx, ".", "go", "build", "-trimpath", "-o", g.binary(), "./cmd/tandem")
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	return quiet(cmd)
}

func (g *gate) binary() string { return filepath.Join(g.root, "bin", "tandem") }

func lint(ctx context.Context, g *gate) error {
	return quiet(g.command(ctx, ".", "go", "tool", "-modfile=tools/go.mod", "golangci-lint", "run", "./..."))
}

const page = "web/ui"

// pageInstall leaves node_modules alone when it was made from the same lock
// file.
func pageInstall(ctx context.Context, g *gate) error {
	lock, err := os.ReadFile(filepath.Join(g.root, page, "package-lock.json"))
	if err != nil {
		return err
	}
	sum := fmt.Sprintf("%x\n", sha256.Sum256(lock))
	mark := filepath.Join(g.root, page, "node_modules", ".lock-sha256")
	if old, err := os.ReadFile(mark); err == nil && string(old) == sum {
		return nil
	}
	if err := quiet(g.command(ctx, page, "npm", "ci", "--no-audit", "--no-fund")); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(sum), 0o644)
}

func pageCheck(ctx context.Context, g *gate) error {
	return quiet(g.command(ctx, page, "npm", "run", "--silent", "check"))
}

// pageDist builds the pages into a folder of its own and compares the bytes
// with what is committed.
func pageDist(ctx context.Context, g *gate) error {
	fresh, err := os.MkdirTemp("", "tandem-dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := quiet(g.command(ctx, page, "npx", "--no-install", "vite", "build", "--outDir", fresh, "--emptyOutDir")); err != nil {
		return err
	}
	return sameTree(filepath.Join(g.root, page, "dist"), fresh)
}

// sameTree compares two folders byte for byte.
func sameTree(committed, fresh string) error {
	a, errA := readTree(committed)
	b, errB := readTree(fresh)
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	var problems []error
	for name, body := range a {
		if other, ok := b[name]; !ok {
			problems = append(problems, fmt.Errorf("dist/%s is committed but not built", name))
		} else if !bytes.Equal(body, other) {
			problems = append(problems, fmt.Errorf("dist/%s differs from a fresh build", name))
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			problems = append(problems, fmt.Errorf("dist/%s is built but not committed", name))
		}
	}
	if len(a) == 0 {
		problems = append(problems, errors.New("dist is empty"))
	}
	return errors.Join(problems...)
}

func readTree(root string) (map[string][]byte, error) {
	tree := make(map[string][]byte)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		tree[name], err = os.ReadFile(path)
		return err
	})
	return tree, err
}

func race(ctx context.Context, g *gate) error {
	cmd := g.command(ctx, ".", "go", "test", "-race", "-count=1", "-timeout", "5m", "-json", "./...")
	cmd.Env = append(cmd.Env, "CGO_ENABLED=1")
	own := g.command(ctx, "tools", "go", "test", "-count=1", "-json", "./gate")
	return errors.Join(g.goTest(cmd, "package "), g.goTest(own, "package "))
}

func endToEnd(ctx context.Context, g *gate) error {
	cmd := g.command(ctx, ".", "go", "test", "-tags", "e2e", "-count=1", "-parallel", "4",
		"-timeout", endToEndLimit.String(), "-json", "./e2e")
	cmd.Env = append(cmd.Env, "TANDEM_BIN="+g.binary())
	return g.goTest(cmd, "story ")
}
