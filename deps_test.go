// SPDX-License-Identifier: Apache-2.0

// Package tandem_test holds the architecture: the arrows between the packages,
// which of them may touch the outside world, and what every file must carry.
// Begin with TestArrows, which is the table of the house as code.
package tandem_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const ours = "tandem"

// listed is what `go list -json` says of one package.
type listed struct {
	ImportPath   string
	Dir          string
	Doc          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// house lists every package of the module, the stories included.
func house(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags", "e2e", "-json=ImportPath,Dir,Doc,GoFiles,Imports,TestImports,XTestImports", "./...")
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, problems.String())
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// room is a package's name in the house: "tandem/web/ui" belongs to "web".
func room(path string) string {
	name := strings.TrimPrefix(path, ours+"/")
	if strings.HasPrefix(name, "cmd/") {
		return "cmd"
	}
	first, _, _ := strings.Cut(name, "/")
	return first
}

// arrows says which of our packages each package may import. What is not in it
// may import none; "*" means all.
var arrows = map[string][]string{
	"cmd":        {"*"},
	"e2e":        {"*"},
	"config":     {"acd", "call", "configs", "dip", "ivr", "journal", "media", "sip", "softphone", "store", "strictyaml", "web"},
	"dialtest":   {"call", "media", "sip"}, // call for the nouns of its legs only
	"journal":    {"acd", "call"},
	"web":        {"acd", "call", "store"},
	"sip":        {"call", "media"},
	"softphone":  {"media"},
	"store":      {"acd", "call"},
	"call":       {"acd", "ivr", "media"},
	"dip":        {"call", "ivr"}, // for the nouns of its requests and notices only
	"ivr":        {"strictyaml"},
	"media":      {},
	"acd":        {},
	"strictyaml": {},
	"configs":    {},
	"simulate":   {"acd", "ivr", "journal", "strictyaml"},
	"tandem":     {}, // this test
}

func TestArrows(t *testing.T) {
	for _, p := range house(t) {
		from := room(p.ImportPath)
		allowed, known := arrows[from]
		if !known {
			t.Errorf("%s has no row in arrows: say what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			to := room(imported)
			if !strings.HasPrefix(imported, ours+"/") || to == from || slices.Contains(allowed, "*") {
				continue
			}
			if !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which points up the house", p.ImportPath, imported)
			}
		}
	}
}

// TestNobodyImportsTheTop because main, the joined configuration and the
// stories are where everything meets.
func TestNobodyImportsTheTop(t *testing.T) {
	for _, p := range house(t) {
		from := room(p.ImportPath)
		for _, imported := range p.Imports {
			to := room(imported)
			if to == "cmd" && from != "cmd" || to == "e2e" || to == "config" && from != "cmd" && from != "e2e" && from != "config" {
				if strings.HasPrefix(imported, ours+"/") {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
	}
}

// TestForeignModulesHaveOneUser keeps sipgo, WebRTC and SQL each behind one
// package, so that they can be replaced there. Tests may use them as twins.
func TestForeignModulesHaveOneUser(t *testing.T) {
	all := house(t)
	f := func(module string, users ...string) {
		t.Helper()
		for _, p := range all {
			for _, imported := range p.Imports {
				if strings.HasPrefix(imported, module) && !slices.Contains(users, room(p.ImportPath)) {
					t.Errorf("%s imports %s, which belongs to %v", p.ImportPath, imported, users)
				}
			}
		}
	}
	f("github.com/emiago/sipgo", "sip")
	f("github.com/icholy/digest", "sip")
	f("github.com/coder/websocket", "sip")
	f("github.com/pion/webrtc", "softphone")
	f("github.com/pion/ice", "softphone")
	f("github.com/pion/dtls", "softphone")
	f("github.com/pion/sdp", "media", "softphone")
	f("database/sql", "store")
	f("modernc.org/sqlite", "store")
	f("github.com/pressly/goose", "store")
	f("github.com/danielgtaylor/huma", "web")
	f("github.com/goccy/go-yaml", "strictyaml")
	f("github.com/nats-io", "journal")
	f("github.com/expr-lang/expr", "ivr")
}

// TestPureStaysPure: routing and flows take an event and the time; they open
// nothing, start nothing and read no clock.
func TestPureStaysPure(t *testing.T) {
	for _, p := range house(t) {
		name := room(p.ImportPath)
		if name != "acd" && name != "ivr" {
			continue
		}
		for _, imported := range p.Imports {
			for _, banned := range []string{"net", "os", "log", "sync", "context", "math/rand", "runtime", "github.com/prometheus"} {
				if imported == banned || strings.HasPrefix(imported, banned+"/") {
					t.Errorf("%s imports %s", p.ImportPath, imported)
				}
			}
		}
		for _, file := range p.GoFiles {
			pureFile(t, p.Dir+"/"+file)
		}
	}
}

// clockReaders are the functions of package time that read or wait for a clock.
var clockReaders = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick"}

func pureFile(t *testing.T, path string) {
	t.Helper()
	files := token.NewFileSet()
	tree, err := parser.ParseFile(files, path, nil, 0)
	if err != nil {
		t.Error(err)
		return
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s starts a goroutine", files.Position(n.Pos()))
		case *ast.SelectorExpr:
			if of, ok := n.X.(*ast.Ident); ok && of.Name == "time" && slices.Contains(clockReaders, n.Sel.Name) {
				t.Errorf("%s reads the clock: time.%s", files.Position(n.Pos()), n.Sel.Name)
			}
		}
		return true
	})
}

// TestEveryPackageSaysWhatItIs in a package comment.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	for _, p := range house(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}
