// SPDX-License-Identifier: Apache-2.0

// Package flowtest tests flows by stories in plain YAML, with a virtual clock
// and no telephone: given who calls and when, when the caller does this, then
// exactly that is heard and done.
//
// Its contract: a Case runs the very machine that runs calls, and gives the
// same result every time. Coverage counts the nodes and the exits of nodes that
// the cases have passed.
//
// Begin with Case.Run; file.go is what a test file may hold.
package flowtest
