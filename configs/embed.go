// SPDX-License-Identifier: Apache-2.0

// Package configs holds the files that Tandem comes with: the sample
// configuration that `make run` starts, that of the load test, the flows and
// the recorded prompts, and the schemas of flows. They are in the binary, so that nothing else need be
// installed; copies beside a configuration file of one's own stand before them.
//
// Its contract: every file here is complete, commented and runs as it is; a
// test of package config loads them all. Begin with tandem.yaml.
package configs

import "embed"

// Files are the files of this folder that the server uses.
//
//go:embed tandem.yaml bench.yaml flows prompts schema
var Files embed.FS
