// SPDX-License-Identifier: Apache-2.0

// Package e2e tells the product's stories from end to end: the real binary,
// callers on SIPp and on our own simulated phones, agents in headless Chromium
// and on baresip. Sound is checked by its samples, numbers by counting again.
//
// The stories carry the build tag e2e, so that `go test ./...` stays quick; run
// them with `make e2e`, one of them with `make e2e RUN=TestName`. Each starts a
// server of its own on free ports with a data folder of its own. Begin with
// story_test.go, the main job; server_test.go starts the binary,
// browser_test.go drives Chromium through browser.mjs.
package e2e
