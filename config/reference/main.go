// SPDX-License-Identifier: Apache-2.0

// Command reference writes docs/configuration.md, docs/flows.md and the JSON
// Schemas of flows (configs/schema) out of the types and comments that stand in
// the sources of the configuration, of flow files and of their tests, so that
// page, editor and program cannot differ. A test compares them.
//
// Begin with pages, then schemas.
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
	shipped := flag.String("configs", "../configs", "the folder of the shipped files")
	flag.Parse()
	if err := run(*root, *out, *shipped); err != nil {
		fmt.Fprintln(os.Stderr, "reference:", err)
		os.Exit(1)
	}
}

func run(root, out, shipped string) error {
	all, err := pages(root)
	if err != nil {
		return err
	}
	if err := write(out, all); err != nil {
		return err
	}
	if all, err = schemas(root); err != nil {
		return err
	}
	return write(shipped, all)
}

func write(folder string, files map[string]string) error {
	for name, text := range files {
		name = filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return fmt.Errorf("write what was made: %w", err)
		}
	}
	return nil
}
