// SPDX-License-Identifier: Apache-2.0

// Command reference writes docs/configuration.md and docs/flows.md out of the
// comments that stand beside the fields of the configuration, of flow files and
// of their tests, so that page and program cannot differ. A test compares them.
//
// Begin with pages.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	root := flag.String("root", "..", "the checkout")
	out := flag.String("o", "../docs", "the folder of the pages")
	flag.Parse()
	if err := run(*root, *out); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(root, out string) error {
	all, err := pages(root)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("make folder of the pages: %w", err)
	}
	for name, text := range all {
		if err := os.WriteFile(filepath.Join(out, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("write page: %w", err)
		}
	}
	return nil
}
