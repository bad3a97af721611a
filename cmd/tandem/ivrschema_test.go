// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"testing"
)

func TestIVRSchemaIsOfBothFiles(t *testing.T) {
	for _, f := range []struct {
		args []string
		key  string
	}{{[]string{"ivr", "schema"}, "nodes"}, {[]string{"ivr", "schema", "-tests"}, "cases"}} {
		out, status := ran(t, f.args...)
		var schema struct {
			Definitions map[string]struct{ Properties map[string]any }
		}
		if err := json.Unmarshal([]byte(out), &schema); err != nil || status != 0 {
			t.Fatal(status, err)
		}
		found := false
		for _, d := range schema.Definitions {
			found = found || d.Properties[f.key] != nil
		}
		if !found {
			t.Errorf("%v has no %s", f.args, f.key)
		}
	}
}
