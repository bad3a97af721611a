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
	// wideClock is the clock of telephone-events that go with a wideband codec.
	wideClock = 48000
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
	kindG722
	kindEvent
)

func (k payloadKind) codec() Codec {
	switch k {
	case kindPCMU:
		return PCMU
	case kindPCMA:
		return PCMA
	case kindG722:
		return G722
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
	// eventType is the number of telephone-events by eventClock; 0 for none.
	eventType  uint8
	eventClock int
	packet     time.Duration
	kinds      [128]payloadKind
	secure     *secure // nil: plain RTP
}

// taste is what we take of a description that leaves a choice.
type taste struct {
	prefer Codec // chosen wherever it is there
	// answer says that the description answers an offer of ours: the choice is
	// ours then, and G.722 is no choice of ours where G.711 is there, too.
	answer bool
	keys   *secure // of the session so far; nil: none
}

// parseSDP reads an offer or answer. Every error is an ErrNotAcceptable.
func parseSDP(b []byte, like taste) (*description, error) {
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
	why := fmt.Errorf("no audio over RTP: %w", ErrNotAcceptable)
	for i, m := range s.MediaDescriptions {
		d.lines = append(d.lines, mediaLine{
			kind:    m.MediaName.Media,
			proto:   strings.Join(m.MediaName.Protos, "/"),
			formats: strings.Join(m.MediaName.Formats, " "),
		})
		if d.audio >= 0 || m.MediaName.Media != "audio" || m.MediaName.Port.Value == 0 {
			continue
		}
		if err := d.take(&s, m, like); err != nil {
			why = err
			continue
		}
		d.audio = i
	}
	if d.audio < 0 {
		return nil, why
	}
	return d, nil
}

// take reads m, an audio line that is not switched off, if we can agree on it.
func (d *description) take(s *sdp.SessionDescription, m *sdp.MediaDescription, like taste) error {
	t := description{lines: d.lines, direction: directionOf(s.Attributes, m.Attributes)}
	if err := t.readKeys(m, like.keys); err != nil {
		return err
	}
	if !t.readFormats(m, like) {
		return fmt.Errorf("formats %.100q: %w", m.MediaName.Formats, ErrNoCodec)
	}
	if !t.readAddress(s, m) {
		return fmt.Errorf("no address to send to: %w", ErrNotAcceptable)
	}
	t.held = t.direction == sendOnly || t.direction == inactive || !t.rtp.IsValid()
	if _, ok := attribute(m.Attributes, "rtcp-mux"); ok {
		t.mux, t.rtcp = true, t.rtp
	}
	t.packet = milliseconds(m, "ptime", MaxPacketTime)
	if most := milliseconds(m, "maxptime", time.Second); most > 0 && (most < t.packet || most < frameTime) {
		t.packet = most
	}
	*d = t
	return nil
}

// milliseconds is the attribute key as a time of 10 ms to most; 0 if there is
// none such.
func milliseconds(m *sdp.MediaDescription, key string, most time.Duration) time.Duration {
	v, ok := attribute(m.Attributes, key)
	if ms, err := strconv.Atoi(v); ok && err == nil && ms >= 10 && ms <= int(most/time.Millisecond) {
		return time.Duration(ms) * time.Millisecond
	}
	return 0
}

// readFormats picks one of our codecs: the one preferred, else the first in the
// far end's order.
func (d *description) readFormats(m *sdp.MediaDescription, like taste) bool {
	names := map[string]string{"0": "PCMU/8000", "8": "PCMA/8000", "9": "G722/8000"} // RFC 3551, section 6
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		// Some trunks write "a=rtpmap: 0 PCMU/8000".
		number, name, ok := strings.Cut(strings.TrimSpace(a.Value), " ")
		if ok {
			names[number] = strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(name)), "/1")
		}
	}
	d.kinds[0], d.kinds[8], d.kinds[9] = kindPCMU, kindPCMA, kindG722 // heard even where not agreed: it costs nothing
	for i, f := range m.MediaName.Formats {
		pt, err := strconv.ParseUint(f, 10, 7)
		if err != nil || i >= audioFormats {
			continue
		}
		switch names[f] {
		case "PCMU/8000", "PCMU":
			d.kinds[pt] = kindPCMU
		case "PCMA/8000", "PCMA":
			d.kinds[pt] = kindPCMA
		case "G722/8000", "G722":
			d.kinds[pt] = kindG722
		case "TELEPHONE-EVENT/8000":
			d.takeEvents(uint8(pt), SampleRate)
			continue
		case "TELEPHONE-EVENT/48000":
			d.takeEvents(uint8(pt), wideClock)
			continue
		default:
			if pt == 0 || pt == 8 || pt == 9 { // a static number under another name
				d.kinds[pt] = kindUnknown
			}
			continue
		}
		if c := d.kinds[pt].codec(); d.better(c, like) {
			d.codec, d.codecType = c, uint8(pt)
		}
	}
	return d.codec != NoCodec
}

// better says whether c, which comes later in the list, is to be taken in place
// of what was chosen so far.
func (d *description) better(c Codec, like taste) bool {
	switch {
	case d.codec == NoCodec:
		return true
	case d.codec == like.prefer || c == d.codec:
		return false
	case c == like.prefer:
		return true
	}
	return like.answer && d.codec == G722
}

// takeEvents takes a number for telephone-events: the first of our clock, or of
// the wide one if there is no other (RFC 4733, section 2.1: a clock for each
// rate of the audio; a browser's list has both).
func (d *description) takeEvents(pt uint8, clock int) {
	if pt == 0 || d.eventType != 0 && (d.eventClock == SampleRate || clock != SampleRate) {
		return
	}
	if d.eventType != 0 {
		d.kinds[d.eventType] = kindUnknown
	}
	d.eventType, d.eventClock = pt, clock
	d.kinds[pt] = kindEvent
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
	secure      *secure
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
		if f.name == eventName || f.name == wideEventName {
			fmt.Fprintf(b, "a=fmtp:%d 0-15\r\n", f.number)
		}
	}
	packet := l.packet
	if packet == 0 {
		packet = frameTime
	}
	fmt.Fprintf(b, "a=ptime:%d\r\n", packet/time.Millisecond)
	if l.secure != nil {
		fmt.Fprintf(b, "a=crypto:%s\r\n", l.secure.line())
	}
	if l.mux {
		b.WriteString("a=rtcp-mux\r\n")
	} else if l.rtcp != l.port+1 {
		fmt.Fprintf(b, "a=rtcp:%d\r\n", l.rtcp)
	}
	fmt.Fprintf(b, "a=%s\r\n", l.direction)
}

const (
	eventName     = "telephone-event/8000"
	wideEventName = "telephone-event/48000"
)

func eventNameOf(clock int) string {
	if clock == wideClock {
		return wideEventName
	}
	return eventName
}

func codecName(c Codec) string {
	switch c {
	case PCMA:
		return "PCMA/8000"
	case G722:
		return "G722/8000" // 8000 although it samples at 16 kHz: RFC 3551, section 4.5.2
	}
	return "PCMU/8000"
}
