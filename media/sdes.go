// SPDX-License-Identifier: Apache-2.0

package media

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/srtp/v3"
)

// This file is SRTP (RFC 3711, RFC 7714) with keys in the SDP (RFC 4568), as
// trunks and telephones speak it. Plain RTP is never the answer to an offer of
// secure media.

const (
	replayWindow = 128 // packets; RFC 3711, section 3.3.2, asks for 64
	// srtpRoom is what SRTP and SRTCP add to a packet at most: a tag of 16 bytes,
	// an index of four.
	srtpRoom = 20
	// maxCrypto is how many a=crypto lines of one m-line are looked at.
	maxCrypto = 16
)

// suite is a cipher of RFC 4568, section 6.2, or RFC 7714, section 14.2.
type suite struct {
	name      string
	profile   srtp.ProtectionProfile
	key, salt int // bytes
}

// suites are those we take, the best first.
var suites = [...]suite{
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm, 16, 12},
	{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm, 32, 12},
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80, 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32, 16, 14},
}

// secure are the keys of a session, both ways.
type secure struct {
	suite   suite
	tag     string
	theirs  string // key and salt as they wrote them
	ours    []byte
	in, out *lane
}

// lane is SRTP one way. Its RTP side belongs to the RTP goroutine (in) or to the
// lock of the outgoing stream (out).
type lane struct {
	rtp    *srtp.Context
	header rtp.Header

	mu   sync.Mutex // guards rtcp
	rtcp *srtp.Context
}

func newLane(s suite, key []byte) (*lane, error) {
	var l lane
	for _, c := range []**srtp.Context{&l.rtp, &l.rtcp} {
		var err error
		*c, err = srtp.CreateContext(key[:s.key], key[s.key:], s.profile,
			srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
		if err != nil {
			return nil, fmt.Errorf("make SRTP context: %w", err)
		}
	}
	return &l, nil
}

// open decrypts an RTP packet in place; false if it is forged or was here
// before.
func (l *lane) open(b []byte) ([]byte, bool) {
	plain, err := l.rtp.DecryptRTP(b, b, &l.header)
	return plain, err == nil
}

// seal encrypts plain, an RTP packet at the head of b, in place.
func (l *lane) seal(b []byte, n int) ([]byte, error) {
	return l.rtp.EncryptRTP(b[:0], b[:n], &l.header)
}

func (l *lane) openRTCP(b []byte) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rtcp.DecryptRTCP(nil, b, nil)
}

func (l *lane) sealRTCP(b []byte) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rtcp.EncryptRTCP(nil, b, nil)
}

// readKeys finds the keys for m. Keys that stay are kept with their counters
// (RFC 4568, section 7.1.4).
func (d *description) readKeys(m *sdp.MediaDescription, former *secure) error {
	switch proto := strings.Join(m.MediaName.Protos, "/"); proto {
	case "RTP/SAVP", "RTP/SAVPF":
		d.secure = chooseKeys(m, former)
		if d.secure == nil {
			return fmt.Errorf("%s without a key for a suite of ours: %w", proto, ErrNoKeys)
		}
	case "RTP/AVP", "RTP/AVPF": // keys here mean "if you can" (RFC 8643, section 3)
		d.secure = chooseKeys(m, former)
		if former != nil && d.secure == nil {
			return fmt.Errorf("%s in a secure session: %w", proto, ErrNoKeys)
		}
	default:
		return fmt.Errorf("profile %.40q: %w", proto, ErrNotAcceptable)
	}
	return nil
}

// chooseKeys takes the first a=crypto line of a suite that we know, in their
// order (RFC 4568, section 5.1.2); nil if there is none.
func chooseKeys(m *sdp.MediaDescription, former *secure) *secure {
	seen := 0
	for _, a := range m.Attributes {
		if a.Key != "crypto" {
			continue
		}
		if seen++; seen > maxCrypto {
			return nil
		}
		if s, err := readCrypto(a.Value, former); err == nil {
			return s
		}
	}
	return nil
}

// readCrypto reads "tag suite inline:key[|lifetime][|MKI:length] [params]"
// (section 9.1). An MKI and parameters of the session change how packets look:
// a line that has them is passed over.
func readCrypto(value string, former *secure) (*secure, error) {
	field := strings.Fields(value)
	if len(field) != 3 || len(field[0]) > 9 {
		return nil, fmt.Errorf("read crypto: want tag, suite and key")
	}
	if _, err := strconv.ParseUint(field[0], 10, 32); err != nil {
		return nil, fmt.Errorf("read crypto: tag: %w", err)
	}
	method, text, _ := strings.Cut(field[2], ":")
	part := strings.Split(text, "|")
	if !strings.EqualFold(method, "inline") || len(part) > 2 || len(part) == 2 && strings.Contains(part[1], ":") {
		return nil, fmt.Errorf("read crypto: key method or MKI that we do not take")
	}
	for _, s := range suites {
		if s.name != field[1] {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(part[0])
		if err != nil || len(key) != s.key+s.salt {
			return nil, fmt.Errorf("read crypto: a key of %d bytes for %s", len(key), s.name)
		}
		return newSecure(s, field[0], part[0], key, former)
	}
	return nil, fmt.Errorf("read crypto: suite %.40q is unknown", field[1])
}

// newSecure makes the lanes that former does not have already.
func newSecure(s suite, tag, theirs string, key []byte, former *secure) (n *secure, err error) {
	n = &secure{suite: s, tag: tag, theirs: theirs}
	if former == nil || former.suite != s {
		n.ours = make([]byte, s.key+s.salt)
		rand.Read(n.ours) //nolint:errcheck // crypto/rand.Read never fails
		if n.out, err = newLane(s, n.ours); err != nil {
			return nil, err
		}
	} else {
		n.ours, n.out = former.ours, former.out
		if former.theirs == theirs {
			n.in = former.in
			return n, nil
		}
	}
	n.in, err = newLane(s, key)
	return n, err
}

// line is our a=crypto: the same tag and suite with our key.
func (s *secure) line() string {
	return s.tag + " " + s.suite.name + " inline:" + base64.StdEncoding.EncodeToString(s.ours)
}
