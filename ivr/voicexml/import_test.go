// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tandem/ivr"
)

var update = flag.Bool("update", false, "write testdata/*.yaml and *.txt anew")

// TestGolden: what a document becomes, and what is said about it, line by line.
func TestGolden(t *testing.T) {
	documents, err := filepath.Glob("testdata/*.vxml")
	if err != nil || len(documents) < 2 {
		t.Fatal(documents, err)
	}
	for _, file := range documents {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		flow, remarks, err := Import(filepath.Base(file), src)
		if err != nil {
			t.Fatal(err)
		}
		read, problems := ivr.Read("flow.yaml", []byte(flow))
		if read == nil {
			t.Errorf("%s: %v\n%s", file, problems, flow)
			continue
		}
		if odd := read.Check(); len(odd) > 0 {
			t.Errorf("%s: %v", file, odd)
		}
		var said strings.Builder
		for _, r := range remarks {
			said.WriteString(r.String() + "\n")
		}
		for ending, got := range map[string]string{".yaml": flow, ".txt": said.String()} {
			name := strings.TrimSuffix(file, ".vxml") + ending
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name)
			if err != nil || string(want) != got {
				t.Errorf("%s: %v\n%s", name, err, got)
			}
		}
	}
}

func TestWhatIsNoDocumentIsSaidSo(t *testing.T) {
	f := func(src, want string) {
		t.Helper()
		if _, _, err := Import("x.vxml", []byte(src)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", src, err)
		}
	}
	f("", "no vxml element")
	f("<vxml>\n<form>", "line 2: is no XML")
	f("<html/>", "no vxml element")
	f(strings.Repeat("<a>", 100), "nested deeper")
}

func FuzzImport(f *testing.F) {
	documents, _ := filepath.Glob("testdata/*.vxml")
	for _, file := range documents {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		flow, remarks, err := Import("x.vxml", src)
		if err != nil {
			return
		}
		// What cannot be read is at least said so.
		if read, _ := ivr.Read("flow.yaml", []byte(flow)); read == nil && len(remarks) == 0 {
			t.Errorf("no remark on\n%s", flow)
		}
	})
}
