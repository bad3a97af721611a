// SPDX-License-Identifier: Apache-2.0

package media

import (
	"encoding/binary"
	"errors"
)

// This file reads and writes RTP (RFC 3550, section 5.1) without allocating.

const (
	rtpHeaderSize = 12
	// maxPacket is what we read and write of one datagram, in bytes: an Ethernet
	// frame's worth. Longer ones are cut by the kernel and then refused or
	// dropped.
	maxPacket  = 1500
	maxPayload = maxPacket - rtpHeaderSize
)

var errMalformedRTP = errors.New("malformed RTP packet")

// parseRTP fills p from b; p.Payload points into b. Extension, contributing
// sources and padding are stepped over.
func parseRTP(p *Packet, b []byte) error {
	if len(b) < rtpHeaderSize || b[0]>>6 != 2 {
		return errMalformedRTP
	}
	rest := b[rtpHeaderSize:]
	if n := 4 * int(b[0]&0x0f); n > 0 {
		if len(rest) < n {
			return errMalformedRTP
		}
		rest = rest[n:]
	}
	if b[0]&0x10 != 0 { // section 5.3.1
		if len(rest) < 4 {
			return errMalformedRTP
		}
		n := 4 + 4*int(binary.BigEndian.Uint16(rest[2:]))
		if len(rest) < n {
			return errMalformedRTP
		}
		rest = rest[n:]
	}
	if b[0]&0x20 != 0 { // padding: its last byte is its length, itself included
		if len(rest) == 0 {
			return errMalformedRTP
		}
		n := int(rest[len(rest)-1])
		if n == 0 || n > len(rest) {
			return errMalformedRTP
		}
		rest = rest[:len(rest)-n]
	}
	*p = Packet{
		Marker:      b[1]&0x80 != 0,
		PayloadType: b[1] & 0x7f,
		Sequence:    binary.BigEndian.Uint16(b[2:]),
		Timestamp:   binary.BigEndian.Uint32(b[4:]),
		SSRC:        binary.BigEndian.Uint32(b[8:]),
		Payload:     rest,
	}
	return nil
}

// marshalRTP writes p to b and returns its length, 0 if b is too short.
func marshalRTP(b []byte, p *Packet) int {
	n := rtpHeaderSize + len(p.Payload)
	if len(b) < n {
		return 0
	}
	b[0] = 2 << 6
	b[1] = p.PayloadType & 0x7f
	if p.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], p.Sequence)
	binary.BigEndian.PutUint32(b[4:], p.Timestamp)
	binary.BigEndian.PutUint32(b[8:], p.SSRC)
	copy(b[rtpHeaderSize:], p.Payload)
	return n
}

// isRTCP tells RTCP from RTP on one port (RFC 5761, section 4).
func isRTCP(b []byte) bool {
	return len(b) >= 2 && b[0]>>6 == 2 && b[1] >= 192 && b[1] <= 223
}
