// SPDX-License-Identifier: Apache-2.0

package tandem_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// notOurs are folders that are made, not written.
var notOurs = []string{".git", "node_modules", "dist", "bin", "data", ".cache"}

// sources calls do with each file of ours that has one of the endings.
func sources(t *testing.T, do func(path, body string), endings ...string) {
	t.Helper()
	found := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(notOurs, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(endings, filepath.Ext(path)) {
			return nil
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found++
		do(path, string(body))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found == 0 {
		t.Fatalf("no file ends in %v", endings)
	}
}

// TestEverySourceNamesItsLicence in its first line, or in the second after a
// `#!`.
func TestEverySourceNamesItsLicence(t *testing.T) {
	sources(t, func(path, body string) {
		lines := strings.SplitN(body, "\n", 3)
		if strings.HasPrefix(lines[0], "#!") && len(lines) > 1 {
			lines = lines[1:]
		}
		if !strings.Contains(lines[0], "SPDX-License-Identifier: Apache-2.0") {
			t.Errorf("%s does not begin with its SPDX line", path)
		}
	}, ".go", ".ts", ".tsx", ".mjs", ".sh")
}

// TestNoFoldersWithoutANoun: a thing lives with its noun.
func TestNoFoldersWithoutANoun(t *testing.T) {
	sources(t, func(path, _ string) {
		for _, part := range strings.Split(filepath.ToSlash(strings.TrimSuffix(path, filepath.Ext(path))), "/") {
			if slices.Contains([]string{"utils", "util", "common", "helpers", "helper", "types", "misc"}, part) {
				t.Errorf("%s: %q names nothing", path, part)
			}
		}
	}, ".go")
}
