// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"tandem/media"
)

// This file keeps a trunk to the codecs that are configured for it.

// codecNames are those that can be configured.
var codecNames = []string{"PCMU", "PCMA", "G722"}

// staticPayloads are the payload types that need no rtpmap (RFC 3551, section
// 6).
var staticPayloads = map[string]string{
	"0": "PCMU", "3": "GSM", "4": "G723", "8": "PCMA", "9": "G722", "13": "CN", "15": "G728", "18": "G729",
}

// withCodecs is an endpoint that offers and takes these codecs only; none: all.
func withCodecs(e Endpoint, names []string) Endpoint {
	if len(names) == 0 {
		return e
	}
	upper := make([]string, 0, len(names))
	for _, name := range names {
		upper = append(upper, strings.ToUpper(name))
	}
	return &chosen{Endpoint: e, names: upper}
}

type chosen struct {
	Endpoint
	names []string
}

// Offer satisfies Endpoint.
func (c *chosen) Offer(ctx context.Context) ([]byte, error) {
	sdp, err := c.Endpoint.Offer(ctx)
	if err != nil {
		return nil, err
	}
	if sdp, ok := keepCodecs(sdp, c.names); ok {
		return sdp, nil
	}
	return nil, fmt.Errorf("make an offer: none of %v is ours to offer", c.names)
}

// Answer satisfies Endpoint.
func (c *chosen) Answer(ctx context.Context, offer []byte) ([]byte, error) {
	kept, ok := keepCodecs(offer, c.names)
	if !ok {
		return nil, fmt.Errorf("none of the codecs %v of the trunk is offered: %w", c.names, media.ErrNoCodec)
	}
	return c.Endpoint.Answer(ctx, kept)
}

// keepCodecs drops the payload types of other codecs from the audio of a session
// description. It says whether one of names is left in every audio stream that
// is not refused. Key presses and comfort noise stay.
func keepCodecs(sdp []byte, names []string) ([]byte, bool) {
	lines := bytes.SplitAfter(sdp, []byte("\n"))
	var out []byte
	ok := true
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && !bytes.HasPrefix(lines[end], []byte("m=")) {
			end++
		}
		section := lines[i:end]
		if bytes.HasPrefix(section[0], []byte("m=audio ")) {
			var kept bool
			section, kept = keepInStream(section, names)
			ok = ok && kept
		}
		out = append(out, bytes.Join(section, nil)...)
		i = end
	}
	return out, ok
}

func keepInStream(section [][]byte, names []string) (out [][]byte, kept bool) {
	fields := strings.Fields(string(section[0]))
	if len(fields) < 4 {
		return section, false
	}
	if fields[1] == "0" {
		return section, true
	}
	called := map[string]string{}
	for _, line := range section[1:] {
		if pt, rest, found := strings.Cut(attribute(line, "rtpmap"), " "); found {
			name, _, _ := strings.Cut(strings.TrimSpace(rest), "/")
			called[pt] = strings.ToUpper(name)
		}
	}
	stays := map[string]bool{}
	list := fields[:3:3]
	for _, pt := range fields[3:] {
		name := called[pt]
		if name == "" {
			name = staticPayloads[pt]
		}
		codec := slices.Contains(names, name)
		kept = kept || codec
		if stays[pt] = codec || name == "TELEPHONE-EVENT" || name == "CN"; stays[pt] {
			list = append(list, pt)
		}
	}
	out = append(out, []byte(strings.Join(list, " ")+"\r\n"))
	for _, line := range section[1:] {
		drop := false
		for _, key := range []string{"rtpmap", "fmtp"} {
			pt, _, found := strings.Cut(attribute(line, key), " ")
			drop = drop || found && !stays[pt]
		}
		if !drop {
			out = append(out, line)
		}
	}
	return out, kept
}

// attribute is the value of a line a=key:, or "".
func attribute(line []byte, key string) string {
	value, ok := strings.CutPrefix(string(line), "a="+key+":")
	if !ok {
		return ""
	}
	return strings.TrimSpace(value)
}
