// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"tandem/media"
)

const (
	maxSDP        = 64 << 10 // bytes; what admission lets through
	maxMediaLines = 16       // m= lines of one description
	maxFormats    = 64       // payload types of one m= line that are looked at
	maxToken      = 256      // characters of a user fragment, password or mid

	// What we propose; an answer mirrors the browser's numbers.
	offeredEventType = 126
	transportProfile = "UDP/TLS/RTP/SAVPF"
)

// noType stands for a payload type that was not agreed on; RTP has 7 bits.
const noType = 0xff

// payloadTypes are the numbers both sides use for what we can carry.
type payloadTypes struct{ pcmu, pcma, event, g722 uint8 }

// of tells what a payload type means.
func (t payloadTypes) of(number uint8) (codec media.Codec, event bool) {
	switch number {
	case t.pcmu:
		return media.PCMU, false
	case t.pcma:
		return media.PCMA, false
	case t.event:
		return media.NoCodec, true
	case t.g722:
		return media.G722, false
	}
	return media.NoCodec, false
}

func (t payloadTypes) number(codec media.Codec) uint8 {
	switch codec {
	case media.PCMU:
		return t.pcmu
	case media.PCMA:
		return t.pcma
	case media.G722:
		return t.g722
	}
	return noType
}

// mediaLine is one m= line of the session: an answer and every later offer
// repeat all of them in order (RFC 3264, section 8).
type mediaLine struct {
	kind, transport, format, mid string
	audio                        bool // the one that we take
}

// remote is what a browser's description says about its audio.
type remote struct {
	lines        []mediaLine
	bundled      bool
	credentials  credentials
	fingerprints []fingerprint
	setup        string // "actpass", "active" or "passive"
	direction    string // "sendrecv", "sendonly", "recvonly" or "inactive", as the browser sees it
	types        payloadTypes
	codec        media.Codec // the first of ours in the browser's order
}

func (r *remote) receives() bool { return r.direction == "sendrecv" || r.direction == "recvonly" }

// parseRemote reads an offer or an answer, of which prefer is taken where it is
// there. Its errors are ErrNotAcceptable.
func parseRemote(text []byte, prefer media.Codec) (*remote, error) {
	if len(text) == 0 || len(text) > maxSDP {
		return nil, unacceptable("session description is empty or too long")
	}
	var d sdp.SessionDescription
	if err := d.Unmarshal(text); err != nil {
		return nil, unacceptable(err.Error())
	}
	if len(d.MediaDescriptions) == 0 || len(d.MediaDescriptions) > maxMediaLines {
		return nil, unacceptable("no media, or too many")
	}
	r := &remote{}
	if group, ok := d.Attribute("group"); ok {
		r.bundled = strings.HasPrefix(group, "BUNDLE")
	}
	var audio *sdp.MediaDescription
	for _, m := range d.MediaDescriptions {
		mid, _ := m.Attribute("mid")
		if len(mid) > maxToken || len(m.MediaName.Formats) == 0 {
			return nil, unacceptable("malformed media line")
		}
		ours := audio == nil && m.MediaName.Media == "audio" && m.MediaName.Port.Value != 0 &&
			strings.Join(m.MediaName.Protos, "/") == transportProfile
		if ours {
			audio = m
		}
		r.lines = append(r.lines, mediaLine{
			kind: m.MediaName.Media, transport: strings.Join(m.MediaName.Protos, "/"),
			format: m.MediaName.Formats[0], mid: mid, audio: ours,
		})
	}
	if audio == nil {
		return nil, unacceptable("no audio over DTLS-SRTP")
	}
	if _, muxed := audio.Attribute("rtcp-mux"); !muxed {
		return nil, unacceptable("no rtcp-mux")
	}
	if err := r.readTransport(&d, audio); err != nil {
		return nil, err
	}
	r.direction = direction(&d, audio)
	return r, r.readCodecs(audio, prefer)
}

// readTransport takes ICE's and DTLS's attributes, of the media line or, where
// it has none, of the session.
func (r *remote) readTransport(d *sdp.SessionDescription, m *sdp.MediaDescription) error {
	attribute := func(name string) string {
		value, ok := m.Attribute(name)
		if !ok {
			value, _ = d.Attribute(name)
		}
		return strings.TrimSpace(value)
	}
	r.credentials = credentials{attribute("ice-ufrag"), attribute("ice-pwd")}
	if n := len(r.credentials.ufrag); n < 4 || n > maxToken {
		return unacceptable("no ICE user fragment")
	}
	if n := len(r.credentials.password); n < 22 || n > maxToken {
		return unacceptable("no ICE password")
	}
	r.setup = attribute("setup")
	if r.setup != "actpass" && r.setup != "active" && r.setup != "passive" {
		return unacceptable("no DTLS role")
	}
	for _, a := range slices.Concat(m.Attributes, d.Attributes) {
		if a.Key != "fingerprint" || len(r.fingerprints) == maxFingerprints {
			continue
		}
		if hash, value, ok := strings.Cut(strings.TrimSpace(a.Value), " "); ok {
			r.fingerprints = append(r.fingerprints,
				fingerprint{strings.ToLower(hash), strings.ToLower(strings.TrimSpace(value))})
		}
	}
	if len(r.fingerprints) == 0 {
		return unacceptable("no certificate fingerprint")
	}
	return nil
}

// readCodecs finds our codecs among the browser's, in its order of preference.
func (r *remote) readCodecs(m *sdp.MediaDescription, prefer media.Codec) error {
	names := map[string]string{"0": "pcmu/8000", "8": "pcma/8000", "9": "g722/8000"} // static: RFC 3551, section 6
	for _, a := range m.Attributes {
		if a.Key != "rtpmap" {
			continue
		}
		if number, name, ok := strings.Cut(strings.TrimSpace(a.Value), " "); ok {
			names[number] = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(name)), "/1")
		}
	}
	r.types = payloadTypes{noType, noType, noType, noType}
	for _, format := range m.MediaName.Formats[:min(len(m.MediaName.Formats), maxFormats)] {
		number, err := strconv.ParseUint(format, 10, 7)
		if err != nil {
			continue
		}
		switch n := uint8(number); names[format] {
		case "pcmu/8000":
			r.types.pcmu = min(r.types.pcmu, n)
			r.prefer(media.PCMU)
		case "pcma/8000":
			r.types.pcma = min(r.types.pcma, n)
			r.prefer(media.PCMA)
		case "g722/8000":
			if prefer == media.G722 { // else it would only be coded anew
				r.types.g722 = min(r.types.g722, n)
			}
		case "telephone-event/8000":
			r.types.event = min(r.types.event, n)
		}
	}
	if r.codec == media.NoCodec {
		return unacceptable("no G.711")
	}
	if r.types.number(prefer) != noType {
		r.codec = prefer
	}
	return nil
}

func (r *remote) prefer(codec media.Codec) {
	if r.codec == media.NoCodec {
		r.codec = codec
	}
}

// direction is the media line's, else the session's, else sendrecv (RFC 8866,
// section 6.7). A connection address of 0.0.0.0 means nothing here: browsers
// write it into every description.
func direction(d *sdp.SessionDescription, m *sdp.MediaDescription) string {
	for _, attributes := range [][]sdp.Attribute{m.Attributes, d.Attributes} {
		for _, a := range attributes {
			switch a.Key {
			case "sendrecv", "sendonly", "recvonly", "inactive":
				return a.Key
			}
		}
	}
	return "sendrecv"
}

// mirrored is the answer to an offered direction (RFC 3264, section 6.1).
func mirrored(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return direction
}

// unacceptable is ErrNotAcceptable with its reason, which may quote the peer.
func unacceptable(reason string) error {
	return fmt.Errorf("%w: %.200q", media.ErrNotAcceptable, reason)
}

// description is what we write into an offer or an answer.
type description struct {
	session     uint64 // RFC 8866, section 5.2: stays
	version     uint64 // grows with each description
	lines       []mediaLine
	bundled     bool
	credentials credentials
	fingerprint string
	setup       string
	direction   string
	types       payloadTypes
	preferred   media.Codec // first in the list
	ssrc        uint32
	addresses   []netip.AddrPort
}

func (d *description) text() []byte {
	var b strings.Builder
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\r\n", a...) }
	address := d.addresses[0]
	line("v=0")
	line("o=- %d %d IN %s", d.session, d.version, sdpAddress(address.Addr()))
	line("s=-")
	line("t=0 0")
	line("a=ice-lite")
	if d.bundled {
		for _, l := range d.lines {
			if l.audio {
				line("a=group:BUNDLE %s", l.mid)
			}
		}
	}
	line("a=msid-semantic: WMS *")
	for _, l := range d.lines {
		if !l.audio {
			// RFC 3264, section 6: refused, but still in its place.
			line("m=%s 0 %s %s", l.kind, l.transport, l.format)
			line("c=IN %s", sdpAddress(address.Addr()))
			if l.mid != "" {
				line("a=mid:%s", l.mid)
			}
			line("a=inactive")
			continue
		}
		d.audio(l, line)
	}
	return []byte(b.String())
}

func (d *description) audio(l mediaLine, line func(string, ...any)) {
	var formats, maps []string
	add := func(number uint8, name string) {
		if number != noType {
			formats = append(formats, strconv.Itoa(int(number)))
			maps = append(maps, fmt.Sprintf("%d %s/8000", number, name))
		}
	}
	order := []media.Codec{media.PCMU, media.PCMA}
	if d.preferred == media.PCMA {
		slices.Reverse(order)
	}
	if d.preferred == media.G722 {
		order = slices.Insert(order, 0, media.G722)
	}
	for _, codec := range order {
		add(d.types.number(codec), codecName(codec))
	}
	add(d.types.event, "telephone-event")
	address := d.addresses[0]
	line("m=audio %d %s %s", address.Port(), transportProfile, strings.Join(formats, " "))
	line("c=IN %s", sdpAddress(address.Addr()))
	if l.mid != "" {
		line("a=mid:%s", l.mid)
	}
	for _, m := range maps {
		line("a=rtpmap:%s", m)
	}
	if d.types.event != noType {
		line("a=fmtp:%d 0-15", d.types.event)
	}
	line("a=ptime:20")
	line("a=rtcp-mux")
	line("a=ice-ufrag:%s", d.credentials.ufrag)
	line("a=ice-pwd:%s", d.credentials.password)
	line("a=fingerprint:sha-256 %s", d.fingerprint)
	line("a=setup:%s", d.setup)
	line("a=%s", d.direction)
	line("a=msid:tandem audio")
	line("a=ssrc:%d cname:tandem", d.ssrc)
	for i, a := range d.addresses {
		// RFC 8445, section 5.1.2.1: type preference 126 for hosts, one component.
		priority := 126<<24 | (65535-i)<<8 | 255
		line("a=candidate:%d 1 udp %d %s %d typ host", i+1, priority, a.Addr(), a.Port())
	}
	line("a=end-of-candidates")
}

func codecName(codec media.Codec) string {
	switch codec {
	case media.PCMA:
		return "PCMA"
	case media.G722:
		return "G722"
	}
	return "PCMU"
}

func sdpAddress(a netip.Addr) string {
	if a.Is4() {
		return "IP4 " + a.String()
	}
	return "IP6 " + a.WithZone("").String()
}
