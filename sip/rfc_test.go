// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/rfc.md says what we do of each standard that the sources name.
func TestEveryRFCInTheSourcesIsInTheTable(t *testing.T) {
	page, err := os.ReadFile("../docs/rfc.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	row := regexp.MustCompile(`(?m)^\| ([0-9, ]+) \| [^|]+ \| (yes|partial|no) \| [^|]*\|$`)
	for _, m := range row.FindAllStringSubmatch(string(page), -1) {
		for _, n := range strings.Split(m[1], ",") {
			listed[strings.TrimSpace(n)] = true
		}
	}
	if rows := strings.Count(string(page), "\n| ") - 2*3; len(row.FindAllString(string(page), -1)) != rows {
		t.Errorf("%d rows are well formed, want %d", len(row.FindAllString(string(page), -1)), rows)
	}
	cited := regexp.MustCompile(`RFC ([0-9]{3,5})`)
	err = filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range cited.FindAllStringSubmatch(string(text), -1) {
			if !listed[m[1]] {
				t.Errorf("%s names RFC %s, which docs/rfc.md does not", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
