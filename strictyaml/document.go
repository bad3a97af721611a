// SPDX-License-Identifier: Apache-2.0

package strictyaml

import (
	"strings"
)

// maxProblems bounds the list: who makes more faults than this mends some
// first.
const maxProblems = 200

// A Document is one file as it was decoded: where each value stood, and what
// is wrong with it.
type Document struct {
	file     string
	places   map[string]place
	problems Problems
}

type place struct{ line, column int }

// File is the name the document was decoded under.
func (d *Document) File() string { return d.file }

// Report adds a problem at the value of path. If the file does not have that
// path (a default is at fault, or something is missing), it stands at the
// nearest enclosing value that the file has.
func (d *Document) Report(path, text string) {
	at := d.find(path)
	d.add(at, path, text)
}

// Blank is d without its problems, for remarks that are kept apart from them.
func (d *Document) Blank() *Document { return &Document{file: d.file, places: d.places} }

// Has says whether the file gives a value at path.
func (d *Document) Has(path string) bool {
	_, ok := d.places[path]
	return ok
}

// At is where the value of path stands, or the nearest enclosing value; line
// and column from 1, or 0, 0 for an empty file.
func (d *Document) At(path string) (line, column int) {
	p := d.find(path)
	return p.line, p.column
}

// Problems are all problems so far, in the order of the file.
func (d *Document) Problems() Problems {
	d.problems.Sort()
	return d.problems
}

func (d *Document) find(path string) place {
	for {
		if p, ok := d.places[path]; ok {
			return p
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return d.places[""]
		}
		path = path[:cut]
	}
}

func (d *Document) add(at place, path, text string) {
	switch len(d.problems) {
	case maxProblems:
		return
	case maxProblems - 1:
		text, path = "too many problems; mend the ones above first", ""
	}
	d.problems = append(d.problems, Problem{
		File: d.file, Line: at.line, Column: at.column, Path: path, Text: text,
	})
}
