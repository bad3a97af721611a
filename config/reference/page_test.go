// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

func TestPageIsThatOfTheSources(t *testing.T) {
	all, err := pages("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range all {
		got, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("docs/%s is not what the comments say; run go generate ./config", name)
		}
	}
}

// TestEveryKeyIsExplained: a key without a comment is a riddle.
func TestEveryKeyIsExplained(t *testing.T) {
	all, err := pages("../..")
	if err != nil {
		t.Fatal(err)
	}
	text := all["configuration.md"] + all["flows.md"]
	if n := strings.Count(text, "\n| `"); n < 200 {
		t.Errorf("only %d keys", n)
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `[^|]*\\|[^|]*\\|  \\|$").FindAllString(text, -1) {
		t.Errorf("no comment for %s", row)
	}
}
