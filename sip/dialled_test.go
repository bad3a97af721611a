// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bufio"
	"net"
	"strings"
	"testing"

	"tandem/call"
)

// What a far end sends over a connection that we have opened passes the door
// like all else.
func TestDialledConnectionHasTheDoorInFront(t *testing.T) {
	f := newFloor(t, Options{}, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	answered := make(chan error, 1)
	go func() {
		answered <- func() error {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			defer conn.Close()
			in := bufio.NewReader(conn)
			var echo strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil {
					return err
				}
				if line == "\r\n" {
					break
				}
				for _, name := range []string{"Via:", "From:", "To:", "Call-ID:", "CSeq:"} {
					if strings.HasPrefix(line, name) {
						echo.WriteString(line)
					}
				}
			}
			// Without Call-ID and To: sipgo would take it apart in its own
			// goroutine. The next one counts.
			bad := "SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
			good := "SIP/2.0 486 Busy Here\r\n" + echo.String() + "Content-Length: 0\r\n\r\n"
			if _, err := conn.Write([]byte(bad + good)); err != nil {
				return err
			}
			_, err = in.ReadString('\n') // the ACK comes the same way
			for err == nil {
				var line string
				if line, err = in.ReadString('\n'); strings.HasPrefix(line, "ACK ") {
					return nil
				}
			}
			return err
		}()
	}()
	leg, err := f.Dial(t.Context(), call.Target{URI: "sip:phone@" + l.Addr().String() + ";transport=tcp", Call: "c1"})
	if err != nil {
		t.Fatal(err)
	}
	if cause := drain(leg); cause != call.CauseBusy {
		t.Errorf("ended for %s", cause)
	}
	if err := within(t, "ACK", answered); err != nil {
		t.Error(err)
	}
	if got := value(t, f.registry, "sip_refused_total"); got != 1 {
		t.Errorf("%v messages refused", got)
	}
}
