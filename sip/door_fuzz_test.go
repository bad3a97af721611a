// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"slices"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// FuzzDoor: whatever is sent, and wherever TCP cuts it, what passes is a message
// that has what handlers rely on, the same whatever the cuts, and as sipgo reads
// it: no octet of one message is taken for another message.
func FuzzDoor(f *testing.F) {
	seed := func(text string) {
		for cut := range 5 {
			f.Add([]byte(text), uint16(cut*len(text)/4), uint16(cut*7))
		}
	}
	seed(invite)
	seed(invite + "\r\n\r\n" + options)
	seed(strings.Replace(invite, "Max-Forwards: 70", "Max-Forwards:\r\n 70", 1) + reInv)
	seed(strings.Replace(invite, "Content-Length: 5", "Content-Length: 0\r\nl: 5", 1) + options)
	seed(strings.Replace(invite, "Content-Length: 5\r\n\r\nv=0\r\n", "Content-Length: 400\r\n\r\n"+options, 1))
	seed("SIP/2.0 200 OK\r\n" + invite[strings.Index(invite, "\r\n")+2:])
	seed(strings.Replace(invite, `"Ann"`, "\"\\\x00\\\x7f \xd0\xb0\"", 1))
	seed(strings.Replace(invite, "sip:1000@tandem.example SIP", "sip:1%00@[2001:db8::1]:99999;x=%41?y SIP", 1))
	seed("\r\n\r\n\r" + invite)
	seed(strings.ReplaceAll(invite, "\r\n", "\n"))
	f.Fuzz(func(t *testing.T, data []byte, first, second uint16) {
		if len(data) > 1<<14 {
			return
		}
		if passed, _ := byUDP(newDoor(wideOpen), data); len(passed) == 1 {
			// sipgo drops a datagram that it cannot read, so it may still refuse.
			if m, err := sip.ParseMessage([]byte(passed[0])); err == nil {
				mustBeWhole(t, m)
			}
		}
		a, b := min(int(first), len(data)), min(int(second), len(data))
		a, b = min(a, b), max(a, b)
		whole, _, _ := byTCP(t, newDoor(wideOpen), data)
		cut, _, _ := byTCP(t, newDoor(wideOpen), data[:a], data[a:b], data[b:])
		if !slices.Equal(whole, cut) {
			t.Fatalf("whole %q, cut %q", whole, cut)
		}
		for _, text := range whole {
			count := 0
			err := sip.NewParser().NewSIPStream().ParseSIPStream([]byte(text), func(m sip.Message) {
				count++
				mustBeWhole(t, m)
			})
			if err != nil || count != 1 {
				t.Fatalf("sipgo reads %d messages, %v, in %q", count, err, text)
			}
		}
	})
}

func mustBeWhole(t *testing.T, m sip.Message) {
	t.Helper()
	if m.From() == nil || m.To() == nil || m.CallID() == nil || m.CSeq() == nil || m.Via() == nil {
		t.Fatalf("a header is missing: %q", m.String())
	}
	if r, ok := m.(*sip.Request); ok && r.Method != r.CSeq().MethodName {
		t.Fatalf("methods differ: %q", m.String())
	}
}
