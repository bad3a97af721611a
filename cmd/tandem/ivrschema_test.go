// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
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

func TestIVRImportTellsWhatItLeftOut(t *testing.T) {
	folder := folderOf(t, map[string]string{"a.vxml": "<vxml><form><block>Goodbye.</block>\n<object/></form></vxml>"})
	out, status := ran(t, "ivr", "import", filepath.Join(folder, "a.vxml"))
	if status != 0 || !strings.Contains(out, `play: {say: "Goodbye."}`) || !strings.Contains(out, "a.vxml: line 2: object is not carried over") {
		t.Errorf("%d\n%s", status, out)
	}
	if out, status := ran(t, "ivr", "import", filepath.Join(folder, "none.vxml")); status != 1 {
		t.Error(status, out)
	}
}
