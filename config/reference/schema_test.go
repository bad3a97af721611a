// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const shipped = "../../configs"

func TestSchemasAreThoseOfTheSources(t *testing.T) {
	all, err := schemas("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range all {
		got, err := os.ReadFile(filepath.Join(shipped, name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("configs/%s is not what the comments say; run go generate ./config", name)
		}
	}
}

func compiled(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join(shipped, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid says what a schema finds wrong with a YAML file.
func valid(t *testing.T, s *jsonschema.Schema, src []byte) error {
	t.Helper()
	text, err := yaml.YAMLToJSON(src)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(value)
}

// TestShippedFlowsMeetTheSchema: and each names it, so that editors find it.
func TestShippedFlowsMeetTheSchema(t *testing.T) {
	flow, story := compiled(t, "schema/flow.json"), compiled(t, "schema/flow.test.json")
	seen := 0
	for _, folder := range []string{"flows", "flows/bench"} {
		files, err := filepath.Glob(filepath.Join(shipped, folder, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			schema, name := flow, "flow.json"
			if strings.HasSuffix(file, ".test.yaml") {
				schema, name = story, "flow.test.json"
			}
			if err := valid(t, schema, src); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			up, err := filepath.Rel(filepath.Dir(file), filepath.Join(shipped, "schema", name))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(src), "# yaml-language-server: $schema="+up+"\n") {
				t.Errorf("%s does not name its schema %s", file, up)
			}
			seen++
		}
	}
	if seen < 10 {
		t.Errorf("only %d files", seen)
	}
}

// TestSchemaUnderlines what the reader refuses too.
func TestSchemaUnderlines(t *testing.T) {
	flow := compiled(t, "schema/flow.json")
	const start = "start: a\nnodes:\n  a: "
	f := func(src string, right bool) {
		t.Helper()
		if err := valid(t, flow, []byte(src)); (err == nil) != right {
			t.Errorf("%s\n%v", src, err)
		}
	}
	f(start+"{hangup: }", true)
	f(start+"{hangup: {cause: closed}}", true)
	f(start+"{hangup: {cause: bored}}", false)
	f(start+"{say: Hello., next: a}", true)
	f(start+"{say: Hello., nxt: a}", false)
	f(start+"{say: {en: Hello., zh: 您好。}}", true)
	f(start+"{say: {fr: Bonjour.}}", false)
	f(start+"{say: Hello., menu: {prompt: [], keys: {}}}", false)
	f(start+"{next: a}", false)
	f(start+"{wait: 3s, next: a}", true)
	f(start+"{wait: 3, next: a}", false)
	f(start+"{wait: soon, next: a}", false)
	f(start+"{queue: support}", true)
	f(start+"{queue: {id: support, endings: {full: a}}}", true)
	f(start+"{queue: {endings: {full: a}}}", false)
	f(start+"{menu: {prompt: {say: One?}, keys: {\"1\": a}}}", true)
	f(start+"{menu: {prompt: [hello.wav, {pause: 1s}], keys: {\"1\": {next: a, label: A}}}}", true)
	f(start+"{menu: {keys: {\"1\": a}}}", false)
	f("nodes: {a: {hangup: }}", false)
	f("kind: wait\nmusic: hold", true)
	f("kind: wait\nmusic: hold\nstart: a", false)
	f("kind: weight", false)
}

// TestSchemaDescribesEveryKey: what an editor shows beside it.
func TestSchemaDescribesEveryKey(t *testing.T) {
	all, err := schemas("../..")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range all {
		var schema struct {
			Definitions map[string]struct {
				Properties map[string]any
			}
		}
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			t.Fatal(err)
		}
		for def, d := range schema.Definitions {
			for key, p := range d.Properties {
				if shape, is := p.(map[string]any); is && shape["description"] == nil {
					t.Errorf("%s: %s.%s has no description", name, def, key)
				}
			}
		}
	}
}

// TestSchemaTakesEveryKindOfNode that the reader of flows takes.
func TestSchemaTakesEveryKindOfNode(t *testing.T) {
	src, err := os.ReadFile("../../ivr/readnode.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(src), "var nodeKinds = []string{")
	list, _, _ = strings.Cut(list, "}")
	all, err := schemas("../..")
	if err != nil {
		t.Fatal(err)
	}
	kinds := 0
	for _, kind := range strings.Split(list, ",") {
		kind = strings.Trim(strings.TrimSpace(kind), `"`)
		if kind == "" {
			continue
		}
		kinds++
		if !strings.Contains(all["schema/flow.json"], "\"required\": [\n            \""+kind+"\"\n") {
			t.Errorf("the comment of nodeFile does not name %s", kind)
		}
	}
	if kinds < 10 {
		t.Errorf("only %d kinds found", kinds)
	}
}
