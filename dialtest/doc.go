// SPDX-License-Identifier: Apache-2.0

// Package dialtest plays callers and agents: simulated phones over real SIP and
// real media, made of the product's own sip and media packages but with their
// own listener and ports, so that whatever they reach they reach by the
// network. They place calls, press keys (RFC 4733), speak recorded speech and
// tone bursts, and measure what they hear.
//
// `tandem demo` uses them as callers, the end-to-end stories as callers and
// agents. Begin with Open, then Phones.Call or Phones.Answer; a Call has a
// Mouth and an Ear.
package dialtest
