// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"encoding/binary"
	"net/netip"
)

// This file writes traced messages as a file that Wireshark reads: each is one
// UDP datagram, whatever brought it, since what TLS and WebSockets hide has no
// packets of its own.

const (
	pcapMagic   = 0xa1b2c3d4 // microseconds
	pcapRaw     = 101        // LINKTYPE_RAW: packets begin with their IP header
	maxDatagram = 65535
	udpProtocol = 17
	hopsLeft    = 64
)

// PCAP is the trace of a call as a capture file, named as in Ladder.
func (s *Server) PCAP(id string) ([]byte, bool) {
	all, _ := s.tracer.find(id)
	if len(all) == 0 {
		return nil, false
	}
	return pcap(all), true
}

func pcap(all []traced) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, pcapMagic)
	out = le.AppendUint16(out, 2) // version 2.4
	out = le.AppendUint16(out, 4)
	out = le.AppendUint32(out, 0)
	out = le.AppendUint32(out, 0)
	out = le.AppendUint32(out, maxDatagram)
	out = le.AppendUint32(out, pcapRaw)
	for _, m := range all {
		p := datagram(m.from, m.to, m.text)
		out = le.AppendUint32(out, uint32(m.at.Unix()))
		out = le.AppendUint32(out, uint32(m.at.Nanosecond()/1000))
		out = le.AppendUint32(out, uint32(len(p)))
		out = le.AppendUint32(out, uint32(len(p)))
		out = append(out, p...)
	}
	return out
}

// datagram puts IP and UDP headers before a payload. Addresses of two families
// both become IPv6.
func datagram(from, to netip.AddrPort, payload []byte) []byte {
	src, dst := from.Addr().Unmap(), to.Addr().Unmap()
	v4 := src.Is4() && dst.Is4()
	headers := 20
	if !v4 {
		headers = 40
	}
	payload = payload[:min(len(payload), maxDatagram-headers-8)]
	udp := binary.BigEndian.AppendUint16(nil, from.Port())
	udp = binary.BigEndian.AppendUint16(udp, to.Port())
	udp = binary.BigEndian.AppendUint16(udp, uint16(8+len(payload)))
	udp = binary.BigEndian.AppendUint16(udp, 0)
	udp = append(udp, payload...)
	var ip []byte
	if v4 {
		ip = []byte{0x45, 0}
		ip = binary.BigEndian.AppendUint16(ip, uint16(headers+len(udp)))
		ip = append(ip, 0, 0, 0x40, 0, hopsLeft, udpProtocol, 0, 0)
		ip = append(append(ip, src.AsSlice()...), dst.AsSlice()...)
		binary.BigEndian.PutUint16(ip[10:], ^sum(0, ip))
		return append(ip, udp...) // a UDP checksum of 0 is none
	}
	s16, d16 := src.As16(), dst.As16()
	ip = []byte{0x60, 0, 0, 0}
	ip = binary.BigEndian.AppendUint16(ip, uint16(len(udp)))
	ip = append(ip, udpProtocol, hopsLeft)
	ip = append(append(ip, s16[:]...), d16[:]...)
	check := ^sum(uint32(len(udp))+udpProtocol, append(append(append([]byte{}, s16[:]...), d16[:]...), udp...))
	if check == 0 {
		check = 0xffff
	}
	binary.BigEndian.PutUint16(udp[6:], check)
	return append(ip, udp...)
}

// sum is the ones' complement sum of the internet's checksum.
func sum(start uint32, b []byte) uint16 {
	for i := 0; i+1 < len(b); i += 2 {
		start += uint32(b[i])<<8 | uint32(b[i+1])
	}
	if len(b)%2 == 1 {
		start += uint32(b[len(b)-1]) << 8
	}
	for start > 0xffff {
		start = start>>16 + start&0xffff
	}
	return uint16(start)
}
