// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"strconv"
	"strings"
)

// This file finds a value in JSON by a path such as orders[0].total, which is
// RFC 9535's $.orders[0].total: names and indexes, nothing that searches.

// maxPath is how many steps a path may have.
const maxPath = 16

// pathStep is a name, or an index where name is "".
type pathStep struct {
	name  string
	index int
}

func readPath(text string) ([]pathStep, error) {
	fault := fmt.Errorf("%q is no path; write names and indexes, like orders[0].total", text)
	var out []pathStep
	rest := strings.TrimPrefix(strings.TrimPrefix(text, "$"), ".")
	if rest == "" {
		return nil, fault
	}
	for part := range strings.SplitSeq(rest, ".") {
		name, indexes, _ := strings.Cut(part, "[")
		if name != "" {
			out = append(out, pathStep{name: name})
		}
		if indexes == "" && (name == "" || strings.HasSuffix(part, "[")) {
			return nil, fault
		}
		for indexes != "" {
			index, after, closed := strings.Cut(indexes, "]")
			n, err := strconv.Atoi(index)
			if !closed || err != nil || n < 0 {
				return nil, fault
			}
			out = append(out, pathStep{index: n})
			if after != "" && after[0] != '[' || after == "[" {
				return nil, fault
			}
			indexes = strings.TrimPrefix(after, "[")
		}
	}
	if len(out) > maxPath {
		return nil, fmt.Errorf("%q has more than %d steps", text, maxPath)
	}
	return out, nil
}

// follow finds what stands at path in a decoded JSON value.
func follow(in any, path []pathStep) (any, bool) {
	for _, step := range path {
		switch v := in.(type) {
		case map[string]any:
			next, there := v[step.name]
			if step.name == "" || !there {
				return nil, false
			}
			in = next
		case []any:
			if step.name != "" || step.index >= len(v) {
				return nil, false
			}
			in = v[step.index]
		default:
			return nil, false
		}
	}
	return in, true
}
