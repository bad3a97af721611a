// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"fmt"
	"strings"
)

const top = `# Configuration

Made by ` + "`go generate ./config`" + ` from the comments in the sources; do not edit.

` + "`tandem check -config FILE`" + ` names every problem of a configuration and its flows at
once, each with file, line, column and what would be right. A key that Tandem
does not know is an error. Durations are written with their unit: 500ms, 20s,
1m30s, 2h. Paths are relative to the file's own folder. The sample,
` + "`configs/tandem.yaml`" + `, is complete and runs as it is.

`

// tutorial stands before the reference of flows.
//
//go:embed flows.md
var tutorial string

// pages are the whole reference, by file below docs, from the sources under
// root.
func pages(root string) (map[string]string, error) {
	s := &sources{types: map[string]*structType{}}
	for _, folder := range []string{"config", "sip", "media", "softphone", "web", "dip", "ivr", "ivr/flowtest"} {
		if err := s.read(root, folder); err != nil {
			return nil, err
		}
	}
	out := map[string]string{}
	for _, p := range []struct {
		file, top string
		sections  []string // title and struct by turns
	}{
		{"configuration.md", top, []string{"tandem.yaml", "config.Config"}},
		{"flows.md", tutorial, []string{"flow.yaml", "ivr.flowFile", "flow.test.yaml", "ivr/flowtest.suiteFile"}},
	} {
		w := &writer{sources: s, out: &strings.Builder{}, written: map[string]string{}}
		w.out.WriteString(p.top)
		for i := 0; i < len(p.sections); i += 2 {
			if err := w.section(p.sections[i], "", p.sections[i+1]); err != nil {
				return nil, err
			}
		}
		out[p.file] = strings.TrimRight(w.out.String(), "\n") + "\n"
	}
	return out, nil
}

// writer writes one table for each struct, then those of its fields.
type writer struct {
	*sources
	out     *strings.Builder
	written map[string]string // where each struct stands
}

func (w *writer) section(title, prefix, typeName string) error {
	t := w.types[typeName]
	if t == nil {
		return fmt.Errorf("no struct %s in the sources", typeName)
	}
	fmt.Fprintf(w.out, "## %s\n\n", title)
	if first := w.written[typeName]; first != "" {
		fmt.Fprintf(w.out, "As `%s`.\n\n", first)
		return nil
	}
	w.written[typeName] = title
	if t.doc != "" && prefix != "" {
		fmt.Fprintf(w.out, "%s\n\n", t.doc)
	}
	w.out.WriteString("| key | value | meaning |\n| --- | --- | --- |\n")
	fields, err := w.fields(typeName)
	if err != nil {
		return err
	}
	for _, f := range fields {
		fmt.Fprintf(w.out, "| `%s` | %s | %s |\n", f.key, w.value(f), strings.ReplaceAll(f.doc, "|", "\\|"))
	}
	w.out.WriteString("\n")
	for _, f := range fields {
		if w.types[f.elem] == nil || leaves[f.elem] {
			continue
		}
		path := join(prefix, f.key)
		if f.list {
			path += "[]"
		}
		if f.table {
			path += ".NAME"
		}
		if err := w.section(path, path, f.elem); err != nil {
			return err
		}
	}
	return nil
}

// leaves are structs that are written as one value, or explained elsewhere.
var leaves = map[string]bool{
	"config.Names": true, "media.PortRange": true, "ivr.partFile": true,
}

// values says how the value of a field of each type is written.
var values = map[string]string{
	"string": "text", "int": "number", "bool": "true or false", "byte": "number",
	"time.Duration": "duration", "netip.Addr": "IP address", "netip.Prefix": "network",
	"netip.AddrPort": "IP address and port",
	"config.Names":   "text, or {en, zh}", "media.PortRange": "ports, like 20000-20999",
	"ivr.exprFile": "expression", "ivr.Text": "text, or {en, zh}", "ivr.partFile": "sound",
	"ivr.NodeID": "node", "ivr.FlowID": "flow", "acd.QueueID": "text", "acd.AgentID": "text",
	"acd.Status": "text",
}

func (w *writer) value(f field) string {
	word, known := values[f.elem]
	switch {
	case known:
	case w.types[f.elem] != nil:
		word = "see below"
	default:
		word = "text"
	}
	switch {
	case f.table && f.list:
		word = "by name: list of " + word
	case f.table:
		word = "by name: " + word
	case f.list && f.orOne:
		word += ", or a list"
	case f.list:
		word = "list: " + word
	}
	if f.required {
		word += ", required"
	}
	return word
}

func join(prefix, key string) string {
	if prefix == "" {
		return key
	}
	return prefix + "." + key
}
