// SPDX-License-Identifier: Apache-2.0

package media

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// The rows of docs/interop.md that concern what is sent and described as media;
// each test bears the section that it holds us to. The rest are in package sip.

func answered(t *testing.T, e *RTPEndpoint, offer []byte) string {
	t.Helper()
	b, err := e.Answer(context.Background(), offer)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestRFC3264_5_1_MediaBeforeTheAnswerIsHeard(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far, stranger := rawPeer(t, "127.0.0.1"), rawPeer(t, "127.0.0.2")
	ear := NewEar(time.Second)
	e.Attach(ear)
	far.send(t, e, Packet{SSRC: 1, Payload: make([]byte, 160)}) // nobody was asked yet
	until(t, "the packet that came too early", func() bool { return counted(e.ports.count.early) == 1 })
	if _, err := e.Offer(context.Background()); err != nil {
		t.Fatal(err)
	}
	stranger.send(t, e, Packet{SSRC: 9, Payload: make([]byte, 160)})
	far.send(t, e, Packet{SSRC: 1, Sequence: 1, Payload: make([]byte, 160)})
	await[Heard](t, e)
	until(t, "early media", func() bool { return ear.Packets() == 1 })
	until(t, "the stranger's packet", func() bool { return counted(e.ports.count.early) == 2 })
	if err := e.Accept(far.offer("m=audio PORT RTP/AVP 0")); err != nil {
		t.Fatal(err)
	}
	far.send(t, e, Packet{SSRC: 1, Sequence: 2, Payload: make([]byte, 160)})
	until(t, "media after the answer", func() bool { return ear.Packets() == 2 })
}

func TestRFC3264_6_OnlyG729IsRefusedForItsCodec(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	_, err := e.Answer(context.Background(), sdpLines("m=audio 4000 RTP/AVP 18 101", "a=rtpmap:18 G729/8000", "a=rtpmap:101 telephone-event/8000"))
	if !errors.Is(err, ErrNoCodec) || !errors.Is(err, ErrNotAcceptable) {
		t.Fatalf("refused with %v", err)
	}
}

func TestRFC3264_6_UnknownPayloadTypesAreIgnored(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	got := answered(t, e, far.offer("m=audio PORT RTP/AVP 100 97 102 0 101", "a=rtpmap:100 X-NSE/8000", "a=rtpmap:97 red/8000/1",
		"a=fmtp:97 0/0", "a=rtpmap:102 SIREN/16000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16"))
	if !strings.Contains(got, "RTP/AVP 0 101\r\n") {
		t.Fatalf("answered\n%s", got)
	}
	ear := NewEar(time.Second)
	e.Attach(ear)
	for i, number := range []uint8{100, 97, 102, 0} {
		far.send(t, e, Packet{SSRC: 1, Sequence: uint16(i), PayloadType: number, Payload: make([]byte, 160)})
	}
	until(t, "the last packet, which is sound", func() bool { return e.received() == 4 && ear.Packets() > 0 })
	if ear.Packets() != 1 {
		t.Errorf("%d packets were passed on, one is sound", ear.Packets())
	}
}

func TestRFC3264_6_1_VideoAndASecondAudioAreRefusedInTheirPlace(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	got := answered(t, e, sdpLines("m=video 5000 RTP/AVP 31", "m=audio 4000 RTP/AVP 8", "m=audio 4002 RTP/AVP 0", "a=label:2"))
	if !strings.Contains(got, "m=video 0 RTP/AVP 31\r\nm=audio "+port(e)+" RTP/AVP 8\r\n") || strings.Count(got, "\r\nm=") != 3 ||
		!strings.HasSuffix(got, "m=audio 0 RTP/AVP 0\r\n") {
		t.Fatalf("answered\n%s", got)
	}
}

func TestRFC3264_8_3_2_NewPayloadTypeIsSpokenAtOnce(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	answered(t, e, far.offer("m=audio PORT RTP/AVP 0"))
	s := newSource(1, PCMU)
	e.WriteRTP(s.next(160))
	before := far.read(t)
	for _, number := range []uint8{8, 9, 96, 0} {
		begun := time.Now()
		answered(t, e, far.offer(fmt.Sprintf("m=audio PORT RTP/AVP %d", number), "a=rtpmap:96 PCMA/8000"))
		e.WriteRTP(s.next(160))
		p := far.read(t)
		if p.PayloadType != number || p.SSRC != before.SSRC || p.Sequence != before.Sequence+1 || time.Since(begun) > 200*time.Millisecond {
			t.Errorf("after %v: %+v follows %+v", time.Since(begun), p, before)
		}
		before = p
	}
}

func TestRFC3264_8_4_HoldInEveryForm(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{LostAfter: time.Minute}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	answered(t, e, far.offer("m=audio PORT RTP/AVP 0"))
	for _, form := range []struct{ line, mirrored string }{
		{"a=sendonly", "recvonly"}, {"a=inactive", "inactive"}, {"c=IN IP4 0.0.0.0", "recvonly"},
	} {
		if got := answered(t, e, far.offer("m=audio PORT RTP/AVP 0", form.line)); !strings.Contains(got, "a="+form.mirrored+"\r\n") {
			t.Errorf("%s is answered\n%s", form.line, got)
		}
		if !await[Held](t, e).On {
			t.Errorf("%s is no hold", form.line)
		}
		now := time.Now()
		for range 100 { // RFC 6337, section 5.3: silence is no loss now
			now = now.Add(time.Second)
			e.look(now)
		}
		answered(t, e, far.offer("m=audio PORT RTP/AVP 0"))
		for len(e.events) > 0 {
			switch ev := (<-e.events).(type) {
			case Lost:
				t.Errorf("%s: media taken for lost", form.line)
			case Held:
				if ev.On {
					t.Errorf("%s: not resumed", form.line)
				}
			}
		}
	}
}

func TestRFC3551_4_5_2_G722PassesAsItIs(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	caller, agent := rawPeer(t, "127.0.0.1"), rawPeer(t, "127.0.0.1")
	in, out := testEndpoint(t, ports, "127.0.0.1"), testEndpoint(t, ports, "127.0.0.1")
	answered(t, in, caller.offer("m=audio PORT RTP/AVP 9 0"))
	out.Prefer(in.Codec())
	offer, err := out.Offer(context.Background())
	if err != nil || !strings.Contains(string(offer), "RTP/AVP 9 0 8 101\r\na=rtpmap:9 G722/8000\r\n") {
		t.Fatalf("offered\n%s", offer)
	}
	if err := out.Accept(agent.offer("m=audio PORT RTP/AVP 0 9")); err != nil || out.Codec() != G722 {
		t.Fatalf("agreed on %v, %v", out.Codec(), err)
	}
	Join(in, out)
	sound := []byte("wideband")
	caller.send(t, in, Packet{SSRC: 1, PayloadType: 9, Payload: sound})
	if p := agent.read(t); p.PayloadType != 9 || string(p.Payload) != string(sound) {
		t.Errorf("the agent gets %+v", p)
	}
}

func TestRFC3551_4_5_2_G722MeetsG711(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	wide, narrow := testEndpoint(t, ports, "127.0.0.1"), testEndpoint(t, ports, "127.0.0.1")
	far, agent := testEndpoint(t, ports, "127.0.0.1"), testEndpoint(t, ports, "127.0.0.1")
	far.Prefer(G722)
	connect(t, far, wide)
	connect(t, narrow, agent)
	if wide.Codec() != G722 || narrow.Codec() != PCMU {
		t.Fatalf("legs speak %v and %v", wide.Codec(), narrow.Codec())
	}
	farHears, agentHears := NewEar(time.Second), NewEar(time.Second)
	far.Attach(farHears)
	agent.Attach(agentHears)
	Join(wide, narrow)
	say(far, 1, PCMU, 440, 400*time.Millisecond)
	say(agent, 2, PCMA, 1000, 400*time.Millisecond)
	until(t, "all packets through", func() bool { return farHears.Packets() == 20 && agentHears.Packets() == 20 })
	if s := Goertzel(agentHears.Last(200*time.Millisecond), 440); s < 0.9 {
		t.Errorf("the agent hears %.2f of 440 Hz", s)
	}
	if s := Goertzel(farHears.Last(200*time.Millisecond), 1000); s < 0.9 {
		t.Errorf("the far end hears %.2f of 1000 Hz", s)
	}
}

func TestRFC4733_2_5_NumberAndClockArePeers(t *testing.T) {
	f := func(name, formats string, number uint8, clock int, rtpmap ...string) {
		t.Helper()
		ports := testPorts(t, PortsOptions{})
		in, out := testEndpoint(t, ports, "127.0.0.1"), testEndpoint(t, ports, "127.0.0.1")
		far, agent := rawPeer(t, "127.0.0.1"), rawPeer(t, "127.0.0.1")
		answered(t, in, far.offer(append([]string{"m=audio PORT RTP/AVP " + formats}, rtpmap...)...))
		answered(t, out, agent.offer("m=audio PORT RTP/AVP 0 97", "a=rtpmap:97 telephone-event/8000"))
		Join(in, out)
		far.send(t, in, Packet{SSRC: 1, Sequence: 1, Timestamp: 8000, Payload: make([]byte, 160)})
		agent.read(t)
		step := uint32(160 * clock / SampleRate)
		for i := range 8 { // 100 ms of a key, its end three times
			duration := step * uint32(min(i, 5)+1)
			flags := byte(10)
			if i > 4 {
				flags |= 0x80
			}
			far.send(t, in, Packet{SSRC: 1, Sequence: uint16(2 + i), Timestamp: 8160, PayloadType: number, Marker: i == 0,
				Payload: []byte{7, flags, byte(duration >> 8), byte(duration)}})
		}
		first := agent.read(t)
		if first.PayloadType != 97 || first.Payload[0] != 7 || first.Payload[2] != 0 || first.Payload[3] != 160 {
			t.Errorf("%s: the agent gets %+v", name, first)
		}
		for range 7 {
			if p := agent.read(t); p.Timestamp != first.Timestamp {
				t.Errorf("%s: one key has the times %d and %d", name, first.Timestamp, p.Timestamp)
			}
		}
		if d := await[Digit](t, in); d.Key != '7' {
			t.Errorf("%s: key %c", name, d.Key)
		}
		for len(in.events) > 0 {
			if ev, ok := (<-in.events).(Digit); ok {
				t.Errorf("%s: once more %c", name, ev.Key)
			}
		}
		// And towards that far end in its own number and clock.
		sent := make(chan error, 1)
		go func() { sent <- in.SendDigits(context.Background(), "3") }()
		p := far.read(t)
		if duration := int(p.Payload[2])<<8 | int(p.Payload[3]); p.PayloadType != number || duration != int(step) {
			t.Errorf("%s: the far end gets %+v", name, p)
		}
		if err := <-sent; err != nil {
			t.Error(err)
		}
	}
	f("the usual", "0 101", 101, 8000, "a=rtpmap:101 telephone-event/8000")
	f("a browser's two", "0 110 126", 126, 8000, "a=rtpmap:110 telephone-event/48000", "a=rtpmap:126 telephone-event/8000")
	f("the wide clock alone", "0 110", 110, 48000, "a=rtpmap:110 telephone-event/48000")
}

func TestRFC4733_3_2_FlashIsNoKey(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	far := rawPeer(t, "127.0.0.1")
	answered(t, e, far.offer("m=audio PORT RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000"))
	far.send(t, e, Packet{SSRC: 1, PayloadType: 101, Timestamp: 1, Payload: []byte{16, 10, 3, 32}})
	far.send(t, e, Packet{SSRC: 1, Sequence: 1, PayloadType: 101, Timestamp: 900, Payload: []byte{11, 10, 3, 32}})
	if d := await[Digit](t, e); d.Key != '#' {
		t.Errorf("key %c", d.Key)
	}
}

func TestRFC3389_ComfortNoiseIsNoSound(t *testing.T) {
	for _, number := range []uint8{13, 19} { // 19 is what Cisco used before
		e := testEndpoint(t, testPorts(t, PortsOptions{LostAfter: time.Minute}), "127.0.0.1")
		far := rawPeer(t, "127.0.0.1")
		answered(t, e, far.offer(fmt.Sprintf("m=audio PORT RTP/AVP 0 %d", number)))
		ear := NewEar(time.Second)
		e.Attach(ear)
		for i := range 10 {
			far.send(t, e, Packet{SSRC: 1, PayloadType: number, Sequence: uint16(i), Payload: []byte{40}})
		}
		until(t, "the noise", func() bool { return e.received() == 10 })
		far.send(t, e, Packet{SSRC: 1, Sequence: 10, Timestamp: 1600, Payload: make([]byte, 160)})
		until(t, "the sound", func() bool { return ear.Packets() == 1 })
	}
}

func TestRFC8866_6_4_PacketTimes(t *testing.T) {
	for _, ms := range []int{10, 20, 30, 40, 60} {
		e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
		far := rawPeer(t, "127.0.0.1")
		got := answered(t, e, far.offer("m=audio PORT RTP/AVP 0", fmt.Sprintf("a=ptime:%d", ms)))
		if !strings.Contains(got, fmt.Sprintf("a=ptime:%d\r\n", ms)) {
			t.Errorf("%d ms is answered\n%s", ms, got)
		}
		say(e, 1, PCMU, 440, 240*time.Millisecond) // in packets of 20 ms
		var heard []int16
		first := far.read(t)
		for p, n := first, 0; n < 240/ms; n++ {
			if n > 0 {
				p = far.read(t)
			}
			if len(p.Payload) != ms*8 || p.Timestamp != first.Timestamp+uint32(n*ms*8) || p.Sequence != first.Sequence+uint16(n) {
				t.Errorf("%d ms: packet %d is %d samples at %d", ms, n, len(p.Payload), p.Timestamp-first.Timestamp)
			}
			heard = append(heard, decodeBytes(nil, PCMU, p.Payload)...)
		}
		if s := Goertzel(heard, 440); s < 0.99 {
			t.Errorf("%d ms: %.2f of the tone", ms, s)
		}
		ear := NewEar(time.Second) // and as it sends itself
		e.Attach(ear)
		sound := Encode(PCMU, Tone(700, 0.5, 240*time.Millisecond))
		for n := range 240 / ms {
			far.send(t, e, Packet{SSRC: 5, Sequence: uint16(n), Timestamp: uint32(n * ms * 8), Payload: sound[n*ms*8 : (n+1)*ms*8]})
		}
		until(t, "its packets", func() bool { return ear.Packets() == 240/ms })
		if s := Goertzel(ear.Last(240*time.Millisecond), 700); s < 0.99 {
			t.Errorf("%d ms: %.2f of its tone", ms, s)
		}
	}
}

func TestRFC8866_6_6_SpaceInRtpmap(t *testing.T) {
	e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
	if got := answered(t, e, sdpLines("m=audio 4000 RTP/AVP 96", "a=rtpmap: 96 PCMA/8000")); !strings.Contains(got, "RTP/AVP 96\r\na=rtpmap:96 PCMA/8000\r\n") {
		t.Fatalf("answered\n%s", got)
	}
}

// securePeer is a bare socket that speaks SRTP.
type securePeer struct {
	*peer
	t       *testing.T
	in, out *srtp.Context
}

func keyed(t *testing.T, name string) (suite, string, []byte) {
	t.Helper()
	for _, s := range suites {
		if s.name == name {
			key := make([]byte, s.key+s.salt)
			for i := range key {
				key[i] = byte(i * 7)
			}
			return s, base64.StdEncoding.EncodeToString(key), key
		}
	}
	t.Fatal(name)
	return suite{}, "", nil
}

func TestRFC4568_6_SecureOfferIsAnsweredWithKeys(t *testing.T) {
	for _, name := range []string{"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"} {
		for _, proto := range []string{"RTP/SAVP", "RTP/SAVPF", "RTP/AVP"} { // the last: RFC 8643, section 3.1
			t.Run(name+" "+proto, func(t *testing.T) {
				s, text, key := keyed(t, name)
				e := testEndpoint(t, testPorts(t, PortsOptions{}), "127.0.0.1")
				far := rawPeer(t, "127.0.0.1")
				lines := []string{"m=audio PORT " + proto + " 0", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:" + text,
					"a=crypto:2 " + name + " inline:" + text + "|2^31"}
				got := answered(t, e, far.offer(lines...))
				_, line, _ := strings.Cut(got, "a=crypto:2 "+name+" inline:")
				line, _, _ = strings.Cut(line, "\r\n")
				ours, err := base64.StdEncoding.DecodeString(line)
				if err != nil || len(ours) != len(key) || string(ours) == string(key) || !strings.Contains(got, " "+proto+" 0\r\n") {
					t.Fatalf("answered\n%s", got)
				}
				out, err := srtp.CreateContext(key[:s.key], key[s.key:], s.profile)
				if err != nil {
					t.Fatal(err)
				}
				in, err := srtp.CreateContext(ours[:s.key], ours[s.key:], s.profile)
				if err != nil {
					t.Fatal(err)
				}
				p := &securePeer{far, t, in, out}
				p.talk(e)
				// A re-INVITE with the same keys goes on where the session was.
				if again := answered(t, e, far.offer("m=audio PORT "+proto+" 0", lines[2])); again != got {
					t.Errorf("the same session is described as\n%s\nthen\n%s", got, again)
				}
				p.talk(e)
				if _, err := e.Answer(context.Background(), far.offer("m=audio PORT RTP/AVP 0")); !errors.Is(err, ErrNoKeys) {
					t.Errorf("a secure session is taken back to plain RTP: %v", err)
				}
				offer, err := e.Offer(context.Background())
				if err != nil || !strings.Contains(string(offer), proto+" 0 8 9 101") || !strings.Contains(string(offer), line) {
					t.Errorf("offered %s", offer)
				}
			})
		}
	}
}

// talk sends and receives one encrypted packet, one that is forged and one that
// was there before.
func (p *securePeer) talk(e *RTPEndpoint) {
	t := p.t
	t.Helper()
	ear := NewEar(time.Second)
	e.Attach(ear)
	forged, before := counted(e.ports.count.forged), e.received()
	var b [maxPacket]byte
	n := marshalRTP(b[:], &Packet{SSRC: 1, Sequence: uint16(before), Payload: Encode(PCMU, Tone(440, 0.5, frameTime))})
	sealed, err := p.out.EncryptRTP(nil, b[:n], nil)
	if err != nil {
		t.Fatal(err)
	}
	s := e.sockets.Load()
	to := netip.AddrPortFrom(s.shown, s.port)
	bad := append([]byte(nil), sealed...)
	bad[len(bad)-1] ^= 1
	for _, packet := range [][]byte{b[:n], bad, sealed, sealed} {
		if _, err := p.conn.WriteToUDPAddrPort(packet, to); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "what is wrong", func() bool { return counted(e.ports.count.forged) == forged+3 })
	if ear.Packets() != 1 || e.received() != before+1 || Goertzel(ear.Last(time.Second), 440) < 0.9 {
		t.Errorf("%d packets, %d heard", e.received()-before, ear.Packets())
	}
	e.WriteRTP(&Packet{SSRC: 3, Sequence: uint16(before), Timestamp: 160 * uint32(before), Codec: PCMU, Payload: []byte("cleartext sound")})
	raw := make([]byte, maxPacket)
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if n, err = p.conn.Read(raw); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw[:n]), "cleartext") {
		t.Error("sent in the clear")
	}
	if plain, err := p.in.DecryptRTP(nil, raw[:n], nil); err != nil || !strings.HasSuffix(string(plain), "cleartext sound") {
		t.Errorf("received %q, %v", plain, err)
	}
}

func TestRFC4568_6_SecureOfferWithoutOurKeysIsRefused(t *testing.T) {
	ports := testPorts(t, PortsOptions{})
	_, text, _ := keyed(t, "AES_CM_128_HMAC_SHA1_80")
	f := func(name string, lines ...string) {
		t.Helper()
		e := testEndpoint(t, ports, "127.0.0.1")
		if b, err := e.Answer(context.Background(), sdpLines(append([]string{"m=audio 4000 RTP/SAVP 0"}, lines...)...)); !errors.Is(err, ErrNoKeys) {
			t.Errorf("%s: answered %q, %v", name, b, err)
		}
	}
	f("no key")
	f("unknown suite", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:"+text)
	f("too short a key", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+text[:20])
	f("no base64", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:####")
	f("unencrypted", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+text+" UNENCRYPTED_SRTP")
	f("with an MKI", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+text+"|2^20|1:4")
	f("a tag that is none", "a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:"+text)
	f("no inline", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 uri:"+text)
	e := testEndpoint(t, ports, "127.0.0.1") // an answer may not bring what was not offered
	if _, err := e.Offer(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := e.Accept(sdpLines("m=audio 4000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+text)); !errors.Is(err, ErrNotAcceptable) {
		t.Errorf("accepted: %v", err)
	}
}

func FuzzReadCrypto(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA|2^20")
	f.Add("2 AEAD_AES_256_GCM inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|1:4 KDR=1")
	f.Fuzz(func(t *testing.T, line string) {
		s, err := readCrypto(line, nil)
		if err != nil {
			return
		}
		if _, err := readCrypto(s.line(), s); err != nil {
			t.Fatalf("%q becomes %q: %v", line, s.line(), err)
		}
	})
}

func FuzzReceiveEvents(f *testing.F) {
	f.Add([]byte{5, 10, 0, 160, 5, 138, 3, 32}, uint32(1))
	f.Add([]byte{16, 10, 255, 255, 3, 10, 0, 0}, uint32(0xffffffff))
	f.Fuzz(func(_ *testing.T, b []byte, ts uint32) {
		var r presses
		var w wideEvents
		for i := 0; i < len(b); i += eventSize {
			p := Packet{SSRC: 1, Timestamp: ts + uint32(i/8), Event: true, Payload: append([]byte(nil), b[i:min(len(b), i+eventSize)]...)}
			w.tame(&p)
			r.receive(&p)
		}
	})
}

func counted(c prometheus.Counter) int {
	var m dto.Metric
	if err := c.Write(&m); err != nil {
		return -1
	}
	return int(m.GetCounter().GetValue())
}
