// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
)

const (
	// A refused caller tries again after this many seconds, chosen at random so
	// that they do not all come back together.
	retryAfterMin = 5
	retryAfterMax = 15
)

// refusal is the response to a message that sipgo never sees, or nil if there
// is nobody to answer or no allowance left. It is stateless: what is sent again
// is refused again.
func (a *admission) refusal(e *envelope, f *flaw, from netip.AddrPort) []byte {
	if !e.answerable() || !a.mayAnswer(f) {
		return nil
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "SIP/2.0 %d %s\r\n", f.status, f.reason)
	for i, via := range e.vias {
		b.WriteString("Via: ")
		if i == 0 {
			writeReceived(&b, via, from)
		} else {
			b.Write(via)
		}
		b.WriteString("\r\n")
	}
	for _, h := range []struct {
		name  string
		value []byte
	}{{"From", e.from}, {"To", e.to}, {"Call-ID", e.callID}, {"CSeq", e.seq}} {
		if len(h.value) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s: %s", h.name, h.value)
		if h.name == "To" && !hasTag(h.value) && nameAddr(h.value) {
			fmt.Fprintf(&b, ";tag=%08x", rand.Uint32()) // RFC 3261, section 8.2.6.2
		}
		b.WriteString("\r\n")
	}
	if f.status == 503 {
		fmt.Fprintf(&b, "Retry-After: %d\r\n", retryAfterMin+rand.IntN(retryAfterMax-retryAfterMin+1))
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return b.Bytes()
}

// writeReceived writes the top Via with where the request came from (RFC 3261,
// section 18.2.1; RFC 3581, section 4).
func writeReceived(b *bytes.Buffer, via []byte, from netip.AddrPort) {
	top, others, many := bytes.Cut(via, []byte(","))
	if i := indexFold(top, ";rport"); i >= 0 {
		after := top[i+len(";rport"):]
		if len(after) == 0 || after[0] == ';' {
			b.Write(top[:i])
			fmt.Fprintf(b, ";rport=%d", from.Port())
			b.Write(after)
			top = nil
		}
	}
	b.Write(top)
	fmt.Fprintf(b, ";received=%s", from.Addr().Unmap().WithZone(""))
	if many {
		b.WriteByte(',')
		b.Write(others)
	}
}

// indexFold is the index of the first lower-case ASCII word in b, in any case.
func indexFold(b []byte, word string) int {
	for i := range len(b) - len(word) + 1 {
		if equalName(b[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}
