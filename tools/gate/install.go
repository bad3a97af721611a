// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

// installLimit bounds apt-get: a mirror that hangs must not hang the run.
const installLimit = 10 * time.Minute

// A need is something the parts use beyond Go and Node.
type need struct {
	what    string      // a command, or what it is in words
	debian  string      // the Debian package that has it
	present func() bool // nil: the command is on the path
}

func needs() []need {
	return []need{
		{"go", "", nil},
		{"node", "", nil},
		{"npm", "", nil},
		{"gcc", "gcc", nil},
		{"the C library's headers", "libc6-dev", fileThere("/usr/include/stdio.h")},
		{"sipp", "sip-tester", nil},
		{"baresip", "baresip", nil},
		{"linphonec", "linphone-cli", nil},
		{"kamailio", "kamailio", nil},
		{"chromium", "chromium", nil},
		{"ip", "iproute2", nil},
		{"Chinese fonts", "fonts-noto-cjk", fileThere("/usr/share/fonts/*/noto/NotoSansCJK*", "/usr/share/fonts/*/*/NotoSansCJK*", "/usr/share/fonts/noto-cjk/*")},
	}
}

func fileThere(patterns ...string) func() bool {
	return func() bool {
		for _, p := range patterns {
			if found, err := filepath.Glob(p); err == nil && len(found) > 0 {
				return true
			}
		}
		return false
	}
}

func missing() (lacking []need) {
	for _, n := range needs() {
		if n.present != nil {
			if !n.present() {
				lacking = append(lacking, n)
			}
		} else if _, err := exec.LookPath(n.what); err != nil {
			lacking = append(lacking, n)
		}
	}
	return lacking
}

// install installs what is missing when run as root on Debian, else says in one
// line what to install. It returns the names of what is still missing.
func (g *gate) install(ctx context.Context) []string {
	lacking := missing()
	if len(lacking) == 0 {
		return nil
	}
	if packages := debianPackages(lacking); len(packages) > 0 {
		if _, err := exec.LookPath("apt-get"); err == nil && os.Geteuid() == 0 {
			begun := time.Now()
			fmt.Printf("== install %s\n", strings.Join(packages, " "))
			if err := aptInstall(ctx, packages); err != nil {
				fmt.Println(shorten(err.Error()))
			}
			g.timed = append(g.timed, timing{"install packages", time.Since(begun)})
			lacking = missing()
		}
	}
	var names []string
	for _, n := range lacking {
		names = append(names, n.what)
	}
	if packages := debianPackages(lacking); len(packages) > 0 {
		fmt.Printf("missing; as root: apt-get install -y --no-install-recommends %s\n", strings.Join(packages, " "))
	}
	return names
}

func debianPackages(lacking []need) (packages []string) {
	for _, n := range lacking {
		if n.debian != "" {
			packages = append(packages, n.debian)
		}
	}
	sort.Strings(packages)
	return packages
}

// aptInstall installs packages without starting any service they bring.
func aptInstall(ctx context.Context, packages []string) error {
	ctx, cancel := context.WithTimeout(ctx, installLimit)
	defer cancel()
	restore, err := forbidServices("/usr/sbin/policy-rc.d")
	if err != nil {
		return err
	}
	defer restore()
	install := append([]string{"install", "-y", "-q", "--no-install-recommends"}, packages...)
	if listsThere() {
		if err := apt(ctx, install...); err == nil {
			return nil
		}
	}
	if err := apt(ctx, "update", "-q"); err != nil {
		return err
	}
	return apt(ctx, install...)
}

func listsThere() bool { return fileThere("/var/lib/apt/lists/*_Packages*")() }

func apt(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	return quiet(cmd)
}

// forbidServices tells Debian's maintainer scripts to start nothing (101, "not
// allowed"), unless the machine has a rule of its own. The returned function
// takes that back.
func forbidServices(rule string) (restore func(), err error) {
	file, err := os.OpenFile(rule, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, os.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keep services from starting: %w", err)
	}
	_, writeErr := file.WriteString("#!/bin/sh\nexit 101\n")
	if err := errors.Join(writeErr, file.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(rule))
	}
	return func() {
		if err := os.Remove(rule); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}, nil
}
