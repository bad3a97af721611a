// SPDX-License-Identifier: Apache-2.0

// Package voicexml turns VoiceXML 2.1 documents for keypads into flows of ours:
// forms with fields, menus, prompts, conditions, transfers, data submitted.
//
// Its contract: Import gives a flow that package ivr reads and finds nothing odd
// in, and a remark, with its line, for everything that it could not carry over
// or had to change. It opens nothing: documents that a document names are
// remarks.
//
// Begin with Import; element.go is the XML, dialog.go the dialogs, prompt.go
// what is heard, script.go the expressions, flow.go the YAML.
package voicexml
