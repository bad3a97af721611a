// SPDX-License-Identifier: Apache-2.0

// Package strictyaml decodes YAML into Go structs and reports every fault of a
// file at once, each with file, line, column and what would be right.
//
// Its contract: a file either decodes without a Problem, or every part of it
// that could not be taken is named by a Problem, and the rest is decoded all
// the same, so that the checks that follow (is there such a queue?) can add
// theirs to the same list. A Document remembers where each value stood, by its
// path ("queues[2].wrapUp").
//
// Only the plain part of YAML is taken: mappings, sequences, scalars, one
// document. Anchors, aliases, merge keys and tags are refused, because a
// configuration must read as what it is.
//
// Begin with Decode.
package strictyaml
