// SPDX-License-Identifier: Apache-2.0

package strictyaml

import (
	"fmt"
	"strings"
)

// maxListed is how many known names a remedy lists when none is near.
const maxListed = 12

// Known is the remedy for an unknown name: the nearest of the known ones, or,
// if none is near, all of them.
func Known(name string, known []string) string {
	if near := nearest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case len(known) == 0:
		return "remove it"
	case len(known) > maxListed:
		return "known here: " + strings.Join(known[:maxListed], ", ") + ", ..."
	}
	return "known here: " + strings.Join(known, ", ")
}

// nearest is the known name that a slip of the fingers would turn into name, or
// "".
func nearest(name string, known []string) string {
	best, bestDistance := "", 1+min(2, (len(name)+1)/3)
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// maxCompared bounds the work of one comparison; no key of ours is longer.
const maxCompared = 64

// distance counts the insertions, deletions, changes and swaps of neighbours
// that turn a into b.
func distance(a, b string) int {
	if len(a) > maxCompared || len(b) > maxCompared {
		return maxCompared
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
