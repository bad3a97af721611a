// SPDX-License-Identifier: Apache-2.0

package dialtest

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

const (
	// readyTries and readyEvery bound the wait for our own listener.
	readyTries = 50
	readyEvery = 100 * time.Millisecond

	readyAnswer = 2048 // more bytes than the answer to OPTIONS has
)

// awaitListener returns when our own UDP listener answers OPTIONS: calls leave
// through it, and one that is placed before it is served goes nowhere.
func awaitListener(listener netip.AddrPort) error {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(listener))
	if err != nil {
		return fmt.Errorf("ask our own listener: %w", err)
	}
	answer := make([]byte, readyAnswer)
	for n := range readyTries {
		_, err = fmt.Fprintf(conn, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;rport;branch=z9hG4bK-ready-%[3]d\r\n"+
			"From: <sip:ready@%[2]s>;tag=ready\r\nTo: <sip:%[1]s>\r\nCall-ID: ready-%[3]d\r\nCSeq: 1 OPTIONS\r\n"+
			"Max-Forwards: 1\r\nContent-Length: 0\r\n\r\n", listener, conn.LocalAddr(), n)
		if err == nil {
			err = conn.SetReadDeadline(time.Now().Add(readyEvery))
		}
		if err == nil {
			_, err = conn.Read(answer)
		}
		if err == nil {
			return conn.Close()
		}
	}
	return errors.Join(fmt.Errorf("our own listener does not answer: %w", err), conn.Close())
}
