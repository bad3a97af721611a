// SPDX-License-Identifier: Apache-2.0

// Package config joins every package's Options to one YAML file, tandem.yaml,
// with the flows it names.
//
// Its contract: Load gives a configuration that can be run, or every problem
// of the file and of its flows at once, each in one line with file, line,
// column and what would be right. Nothing of a faulty configuration is ever
// returned.
//
// Begin with config.go, which is the file's table of contents;
// docs/configuration.md is made from the comments of its fields.
package config

//go:generate go run ./reference -o ../docs
