// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v4/packetio"
)

const (
	handshakeTimeout = 10 * time.Second
	replayWindow     = 64   // packets; RFC 3711, section 3.3.2 wants 64 at least
	dtlsMTU          = 1200 // bytes; passes every tunnel in use
	maxWaitingDTLS   = 64   // datagrams of a handshake that nobody has read yet
	maxFingerprints  = 8    // a=fingerprint lines that are looked at
)

var (
	errFingerprint = errors.New("certificate does not match the fingerprint in the SDP")
	errBrowserLeft = errors.New("browser closed the connection")
)

// profiles are what we offer for SRTP, the cheapest first (RFC 7714, RFC 5764).
var profiles = []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80}

// secure keys the endpoint's audio by DTLS (RFC 5764) and keeps the association
// until ctx ends or the browser closes it. Started once per endpoint, when the
// browser's fingerprint is known.
func (e *Endpoint) secure(ctx context.Context, client bool, fingerprints []fingerprint) error {
	select {
	case <-e.reachable:
	case <-ctx.Done():
		return nil
	}
	conn, err := e.associate(client, fingerprints)
	if err != nil {
		return fmt.Errorf("start DTLS: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := e.handshake(ctx, conn, client); err != nil {
		_ = conn.Close()
		return fmt.Errorf("DTLS handshake: %w", err)
	}
	e.connected()
	// A browser sends no data over DTLS: what ends this is its farewell.
	buf := make([]byte, maxDatagram)
	for {
		if _, err := conn.Read(buf); err != nil {
			_ = conn.Close()
			if errors.Is(err, io.EOF) {
				return errBrowserLeft
			}
			return fmt.Errorf("keep DTLS: %w", err)
		}
	}
}

func (e *Endpoint) associate(client bool, fingerprints []fingerprint) (*dtls.Conn, error) {
	shared := []dtls.Option{
		dtls.WithCertificates(e.phone.certificate),
		dtls.WithSRTPProtectionProfiles(profiles...),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // the fingerprint below is the check (RFC 8122, section 5)
		dtls.WithVerifyPeerCertificate(func(certificates [][]byte, _ [][]*x509.Certificate) error {
			return matchFingerprint(certificates, fingerprints)
		}),
		dtls.WithMTU(dtlsMTU),
		// What goes wrong comes back as an error.
		dtls.WithLoggerFactory(&logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}),
	}
	if client {
		options := make([]dtls.ClientOption, 0, len(shared))
		for _, o := range shared {
			options = append(options, o)
		}
		return dtls.ClientWithOptions(e.pipe, e.pipe.LocalAddr(), options...)
	}
	options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
	for _, o := range shared {
		options = append(options, o)
	}
	return dtls.ServerWithOptions(e.pipe, e.pipe.LocalAddr(), options...)
}

// handshake runs DTLS and opens both directions of the audio with its keys.
func (e *Endpoint) handshake(ctx context.Context, conn *dtls.Conn, client bool) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return err
	}
	config := srtp.Config{}
	switch profile, _ := conn.SelectedSRTPProtectionProfile(); profile {
	case dtls.SRTP_AEAD_AES_128_GCM:
		config.Profile = srtp.ProtectionProfileAeadAes128Gcm
	case dtls.SRTP_AES128_CM_HMAC_SHA1_80:
		config.Profile = srtp.ProtectionProfileAes128CmHmacSha1_80
	default:
		return errors.New("no SRTP profile in common")
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return errors.New("no keys after the handshake")
	}
	if err := config.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return err
	}
	in, err := srtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return err
	}
	out, err := srtp.CreateContext(config.Keys.LocalMasterKey, config.Keys.LocalMasterSalt, config.Profile)
	if err != nil {
		return err
	}
	e.incoming.Store(in)
	e.track.open(out)
	return nil
}

// fingerprint is a hash of a certificate as SDP names it (RFC 8122, section 5).
type fingerprint struct{ hash, value string } // both in lower case

func matchFingerprint(certificates [][]byte, wanted []fingerprint) error {
	if len(certificates) == 0 {
		return errFingerprint
	}
	for _, f := range wanted {
		var sum []byte
		switch f.hash {
		case "sha-256":
			s := sha256.Sum256(certificates[0])
			sum = s[:]
		case "sha-384":
			s := sha512.Sum384(certificates[0])
			sum = s[:]
		case "sha-512":
			s := sha512.Sum512(certificates[0])
			sum = s[:]
		default: // SHA-1 and MD5 prove nothing
			continue
		}
		if f.value == strings.ToLower(colons(sum)) {
			return nil
		}
	}
	return errFingerprint
}

func fingerprintText(sum [sha256.Size]byte) string { return colons(sum[:]) }

func colons(sum []byte) string {
	return strings.ReplaceAll(fmt.Sprintf("% X", sum), " ", ":")
}

// pipe is the endpoint's share of the common socket as pion/dtls wants it: what
// proven addresses sent is read, what is written goes where ICE points.
type pipe struct {
	*packetio.Buffer
	e *Endpoint
}

func newPipe(e *Endpoint) *pipe {
	p := &pipe{packetio.NewBuffer(), e}
	p.SetLimitCount(maxWaitingDTLS)
	return p
}

// arrived takes one datagram; a full pipe drops it, DTLS repeats.
func (p *pipe) arrived(b []byte) { _, _ = p.Write(b) }

func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	n, err := p.Read(b)
	return n, p.LocalAddr(), err
}

func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	to := p.e.destination()
	if to == (netip.AddrPort{}) {
		return len(b), nil // lost, as datagrams may be
	}
	return len(b), p.e.phone.send(b, to)
}

func (p *pipe) LocalAddr() net.Addr { return p.e.phone.conn.LocalAddr() }

func (p *pipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetWriteDeadline does nothing: a UDP send does not wait.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
