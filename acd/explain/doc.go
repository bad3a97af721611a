// SPDX-License-Identifier: Apache-2.0

// Package explain tells why a contact waited: what happened to it, who was
// considered for it and why each was not chosen, who went before and why. It
// derives all of that from the events of routing alone, by taking them once more
// with a Distributor of its own, so it works on any machine that has them, and
// the reasons are those of the very code that decided.
//
// Begin with follow.go (the events become a story) and sentence.go (the story
// becomes sentences in English and Chinese).
package explain
