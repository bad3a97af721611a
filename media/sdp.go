// SPDX-License-Identifier: Apache-2.0

package media

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pion/sdp/v3"
)

// This file reads the far end's SDP (RFC 8866) and writes ours (RFC 3264).

const (
	maxSDP        = 16 << 10 // bytes of one description
	maxMediaLines = 16
	// ourEventType is the number we offer for telephone-event.
	ourEventType = 101
	audioFormats = 32 // formats read of one m-line
)

// direction is what the far end does with media, or what we do.
type direction uint8

const (
	sendRecv direction = iota
	sendOnly
	recvOnly
	inactive
)

var directionNames = [...]string{"sendrecv", "sendonly", "recvonly", "inactive"}

func (d direction) String() string { return directionNames[d] }

// mirrored is the answer's direction to an offer's (RFC 3264, section 6.1).
func (d direction) mirrored() direction {
	switch d {
	case sendOnly:
		return recvOnly
	case recvOnly:
		return sendOnly
	}
	return d
}

// payloadKind says what arrives under a payload type.
type payloadKind uint8

const (
	kindUnknown payloadKind = iota
	kindPCMU
	kindPCMA
	kindEvent
)

func (k payloadKind) codec() Codec {
	switch k {
	case kindPCMU:
		return PCMU
	case kindPCMA:
		return PCMA
	}
	return NoCodec
}

// mediaLine is one m-line of the session: all that a later description must
// repeat (RFC 3264, section 8).
type mediaLine struct{ kind, proto, formats string }

// description is what we read of the far end's SDP.
type description struct {
	lines []mediaLine
	audio int // index of the line we take

	rtp, rtcp netip.AddrPort // where it wants media; rtp is invalid when held by address
	mux       bool
	direction direction
	held      bool // it does not listen: sendonly, inactive, or no address
	codec     Codec
	codecType uint8
	eventType uint8
	packet    time.Duration
	kinds     [128]payloadKind
}

// parseSDP reads an offer or answer. Every error is an ErrNotAcceptable.
func parseSDP(b []byte) (*description, error) {
	if len(b) == 0 || len(b) > maxSDP {
		return nil, fmt.Errorf("session description of %d bytes: %w", len(b), ErrNotAcceptable)
	}
	var s sdp.SessionDescription
	if err := s.Unmarshal(b); err != nil {
		return nil, fmt.Errorf("read session description: %w: %w", err, ErrNotAcceptable)
	}
	if len(s.MediaDescriptions) == 0 || len(s.MediaDescriptions) > maxMediaLines {
		return nil, fmt.Errorf("%d media lines: %w", len(s.MediaDescriptions), ErrNotAcceptable)
	}
	d := &description{audio: -1}
	for i, m := range s.MediaDescriptions {
		d.lines = append(d.lines, mediaLine{
			kind:    m.MediaName.Media,
			proto:   strings.Join(m.MediaName.Protos, "/"),
			formats: strings.Join(m.MediaName.Formats, " "),
		})
		if d.audio < 0 && d.take(&s, m) {
			d.audio = i
		}
	}
	if d.audio < 0 {
		return nil, fmt.Errorf("no G.711 audio over plain RTP: %w", ErrNotAcceptable)
	}
	return d, nil
}

// take reads m and reports whether we can agree on it. Secure profiles are
// refused: plain RTP must never be the answer to one (RFC 4568, section 6).
func (d *description) take(s *sdp.SessionDescription, m *sdp.MediaDescription) bool {
	proto := strings.Join(m.MediaName.Protos, "/")
	if m.MediaName.Media != "audio" || m.MediaName.Port.Value == 0 || (proto != "RTP/AVP" && proto != "RTP/AVPF") {
		return false
	}
	t := description{lines: d.lines, direction: directionOf(s.Attributes, m.Attributes)}
	if !t.readFormats(m) || !t.readAddress(s, m) {
		return false
	}
	t.held = t.direction == sendOnly || t.direction == inactive || !t.rtp.IsValid()
	if _, ok := attribute(m.Attributes, "rtcp-mux"); ok {
		t.mux, t.rtcp = true, t.rtp
	}
	if v, ok := attribute(m.Attributes, "ptime"); ok {
		if ms, err := strconv.Atoi(v); err == nil && ms >= 10 && ms <= int(MaxPacketTime/time.Millisecond) {
			t.packet = time.Duration(ms) * time.Millisecond
		}
	}
	*d = t
	return true
}

// readFormats picks the first of our codecs, in the far end's order.
func (d *description) readFormats(m *sdp.MediaDescription) bool {
	names := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000"} // RFC 3551, section 6
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		// Some trunks write "a=rtpmap: 0 PCMU/8000".
		number, name, ok := strings.Cut(strings.TrimSpace(a.Value), " ")
		if ok {
			names[number] = strings.ToUpper(strings.TrimSpace(name))
		}
	}
	d.kinds[0], d.kinds[8] = kindPCMU, kindPCMA // heard even where not agreed: it costs nothing
	for i, f := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil || i >= audioFormats {
			continue
		}
		switch names[f] {
		case "PCMU/8000", "PCMU/8000/1", "PCMU":
			d.kinds[pt] = kindPCMU
		case "PCMA/8000", "PCMA/8000/1", "PCMA":
			d.kinds[pt] = kindPCMA
		case "TELEPHONE-EVENT/8000", "TELEPHONE-EVENT/8000/1":
			if d.eventType == 0 && pt != 0 {
				d.eventType = uint8(pt)
				d.kinds[pt] = kindEvent
			}
			continue
		default:
			continue
		}
		if d.codec == NoCodec {
			d.codec, d.codecType = d.kinds[pt].codec(), uint8(pt)
		}
	}
	return d.codec != NoCodec
}

// readAddress reads where the far end wants its media. Nothing but one host's
// address is taken: no name, no multicast group.
func (d *description) readAddress(s *sdp.SessionDescription, m *sdp.MediaDescription) bool {
	c := m.ConnectionInformation
	if c == nil {
		c = s.ConnectionInformation
	}
	if c == nil || c.Address == nil || c.NetworkType != "IN" {
		return false
	}
	addr, err := netip.ParseAddr(c.Address.Address)
	if err != nil {
		return false
	}
	addr = addr.Unmap()
	if addr.IsUnspecified() { // the old way to hold; RFC 3264, section 8.4
		return true
	}
	if addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}) || m.MediaName.Port.Value > 65534 {
		return false
	}
	d.rtp = netip.AddrPortFrom(addr, uint16(m.MediaName.Port.Value))
	d.rtcp = netip.AddrPortFrom(addr, d.rtp.Port()+1)
	if v, ok := attribute(m.Attributes, "rtcp"); ok { // RFC 3605
		number, _, _ := strings.Cut(v, " ")
		if port, err := strconv.ParseUint(number, 10, 16); err == nil && port > 0 {
			d.rtcp = netip.AddrPortFrom(addr, uint16(port))
		}
	}
	return true
}

func directionOf(session, media []sdp.Attribute) direction {
	for _, attributes := range [][]sdp.Attribute{media, session} {
		for _, a := range attributes {
			for d, name := range directionNames {
				if a.Key == name {
					return direction(d)
				}
			}
		}
	}
	return sendRecv
}

func attribute(attributes []sdp.Attribute, key string) (string, bool) {
	for _, a := range attributes {
		if a.Key == key {
			return strings.TrimSpace(a.Value), true
		}
	}
	return "", false
}

// ourFormat is one format of the m-line we write.
type ourFormat struct {
	number uint8
	name   string
}

// local is what we write.
type local struct {
	id, version uint64
	addr        netip.Addr
	port        uint16
	rtcp        uint16
	mux         bool
	direction   direction
	formats     []ourFormat
	packet      time.Duration
	lines       []mediaLine
	audio       int
}

func (l *local) marshal() []byte {
	family := "IP4"
	if l.addr.Is6() {
		family = "IP6"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- %d %d IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n",
		l.id, l.version, family, l.addr, family, l.addr)
	for i, m := range l.lines {
		if i != l.audio {
			fmt.Fprintf(&b, "m=%s 0 %s %s\r\n", m.kind, m.proto, m.formats)
			continue
		}
		l.audioLine(&b, m.proto)
	}
	return []byte(b.String())
}

func (l *local) audioLine(b *strings.Builder, proto string) {
	fmt.Fprintf(b, "m=audio %d %s", l.port, proto)
	for _, f := range l.formats {
		fmt.Fprintf(b, " %d", f.number)
	}
	b.WriteString("\r\n")
	for _, f := range l.formats {
		fmt.Fprintf(b, "a=rtpmap:%d %s\r\n", f.number, f.name)
		if f.name == eventName {
			fmt.Fprintf(b, "a=fmtp:%d 0-15\r\n", f.number)
		}
	}
	packet := l.packet
	if packet == 0 {
		packet = frameTime
	}
	fmt.Fprintf(b, "a=ptime:%d\r\n", packet/time.Millisecond)
	if l.mux {
		b.WriteString("a=rtcp-mux\r\n")
	} else if l.rtcp != l.port+1 {
		fmt.Fprintf(b, "a=rtcp:%d\r\n", l.rtcp)
	}
	fmt.Fprintf(b, "a=%s\r\n", l.direction)
}

const eventName = "telephone-event/8000"

func codecName(c Codec) string {
	if c == PCMA {
		return "PCMA/8000"
	}
	return "PCMU/8000"
}
