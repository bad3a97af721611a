// SPDX-License-Identifier: Apache-2.0

package voicexml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of documents.
const (
	maxSize  = 1 << 20
	maxDepth = 60
)

// element is one element of a document, or a piece of text (name "").
type element struct {
	name     string
	line     int
	text     string
	attrs    map[string]string
	children []*element
}

// parse reads a document into its elements.
func parse(src []byte) (*element, error) {
	if len(src) > maxSize {
		return nil, fmt.Errorf("is larger than %d bytes", maxSize)
	}
	decoder := xml.NewDecoder(bytes.NewReader(src))
	decoder.Strict = true
	decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	root := &element{}
	open := []*element{root}
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := decoder.InputPos()
		if err != nil {
			return nil, fmt.Errorf("line %d: is no XML: %w", line, err)
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			e := &element{name: t.Name.Local, line: line, attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			top.children = append(top.children, e)
			if open = append(open, e); len(open) > maxDepth {
				return nil, fmt.Errorf("line %d: is nested deeper than %d", line, maxDepth)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if text := strings.Join(strings.Fields(string(t)), " "); text != "" {
				top.children = append(top.children, &element{line: line, text: text})
			}
		}
	}
	for _, e := range root.children {
		if e.name == "vxml" {
			return e, nil
		}
	}
	return nil, errors.New("line 1: is no VoiceXML: there is no vxml element")
}

// all are the children of some names.
func (e *element) all(names ...string) []*element {
	var out []*element
	for _, c := range e.children {
		for _, name := range names {
			if c.name == name {
				out = append(out, c)
			}
		}
	}
	return out
}

// words is all text within.
func (e *element) words() string {
	if e.name == "" {
		return e.text
	}
	var out []string
	for _, c := range e.children {
		if w := c.words(); w != "" {
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}
