// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// This file is SIP over TLS (RFC 3261, section 26.2): our certificate, read anew
// when its files change, and who the far end's certificate says it is.

const (
	handshakeTime = 5 * time.Second  // for a TLS handshake, begun by either side
	reloadGap     = 10 * time.Second // certificate files are looked at this often
	maxPEM        = 1 << 20          // bytes of one file of certificates
)

// ListenerTLS is what a listener of transport tls shows and asks for.
type ListenerTLS struct {
	// CertFile is our certificate chain in PEM; read anew when it changes.
	CertFile string `yaml:"certFile"`
	// KeyFile is its private key in PEM.
	KeyFile string `yaml:"keyFile"`
	// ClientCAFile holds the authorities, in PEM, that certificates of trunks
	// must lead to; read at the start. Default: no certificate is asked for, and
	// no trunk can be known by one.
	ClientCAFile string `yaml:"clientCAFile"`
}

func (t ListenerTLS) check(path string, secure bool, report func(path, problem string)) {
	if !secure {
		if t != (ListenerTLS{}) {
			report(path, "is for transport tls only; remove it, or write transport: tls")
		}
		return
	}
	if t.CertFile == "" {
		report(path+".certFile", "is missing; name the certificate chain in PEM")
	}
	if t.KeyFile == "" {
		report(path+".keyFile", "is missing; name the private key in PEM")
	}
}

// keyPair is our certificate. Its methods may be called at any time.
type keyPair struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu       sync.Mutex // guards the rest; held while files are read, by handshakes only
	current  *tls.Certificate
	stamp    string // of both files when they were last read
	lookedAt time.Time
}

func newKeyPair(o ListenerTLS, log *slog.Logger) (*keyPair, error) {
	k := &keyPair{certFile: o.CertFile, keyFile: o.KeyFile, log: log, now: time.Now}
	k.lookedAt, k.stamp = k.now(), k.filesStamp()
	pair, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	k.current = &pair
	return k, nil
}

// get is the certificate now. Files that cannot be read leave the former in use.
func (k *keyPair) get() *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if now.Sub(k.lookedAt) < reloadGap {
		return k.current
	}
	k.lookedAt = now
	stamp := k.filesStamp()
	if stamp == k.stamp {
		return k.current
	}
	k.stamp = stamp // a broken pair is told once
	pair, err := tls.LoadX509KeyPair(k.certFile, k.keyFile)
	if err != nil {
		k.log.Error("sip certificate not reloaded", "err", err)
		return k.current
	}
	k.log.Info("sip certificate reloaded")
	k.current = &pair
	return k.current
}

func (k *keyPair) filesStamp() string {
	var all strings.Builder
	for _, name := range []string{k.certFile, k.keyFile} {
		if f, err := os.Stat(name); err == nil {
			fmt.Fprintf(&all, "%d %d ", f.Size(), f.ModTime().UnixNano())
		}
	}
	return all.String()
}

// server is the TLS side of a listener.
func (k *keyPair) server(clients *x509.CertPool) *tls.Config {
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.get(), nil },
	}
	if clients != nil { // phones have none, so none is demanded
		c.ClientCAs, c.ClientAuth = clients, tls.VerifyClientCertIfGiven
	}
	return c
}

// readPool reads authorities; "" gives nil.
func readPool(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	text, err := readSmall(name)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read %s: no certificate in it", name)
	}
	return pool, nil
}

func readSmall(name string) ([]byte, error) {
	f, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	if f.Size() > maxPEM {
		return nil, fmt.Errorf("read %s: larger than %d bytes", name, maxPEM)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	return text, nil
}

// dialTLS shakes hands on a connection of ours. host is the name that the far
// end's certificate must bear (RFC 5922, section 7.2, by DNS name or address).
func (s *Server) dialTLS(ctx context.Context, conn net.Conn, remote netip.AddrPort, host string) (net.Conn, error) {
	if host == "" {
		host = remote.Addr().String()
	}
	own := s.listener("tls", remote.Addr(), "")
	if own == nil {
		return nil, errors.New("no tls listener whose certificate could be shown")
	}
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	secure := tls.Client(conn, &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: host, RootCAs: s.authorities,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own.pair.get(), nil },
	})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, fmt.Errorf("shake hands: %w", err)
	}
	return secure, nil
}

// certified are the names that far ends have proved by their certificates, by
// connection.
type certified struct {
	mu    sync.Mutex // guards names; leaf
	names map[netip.AddrPort][]string
}

// shook takes down who is at the far end of a connection.
func (c *certified) shook(from netip.AddrPort, state tls.ConnectionState) {
	if len(state.VerifiedChains) == 0 {
		return
	}
	c.add(from, namesOf(state.PeerCertificates[0])...)
}

func (c *certified) add(from netip.AddrPort, names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil {
		c.names = map[netip.AddrPort][]string{}
	}
	for _, name := range names {
		c.names[from] = append(c.names[from], strings.ToLower(name))
	}
}

// proved says whether the far end of the connection has shown that it is host.
func (c *certified) proved(from netip.AddrPort, host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Contains(c.names[from], strings.ToLower(host))
}

func (c *certified) closed(from netip.AddrPort) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.names, from)
}

// behind are the names that the sender of req has proved: a certificate stands for
// what comes over its connection, not for a datagram from the same address.
func (c *certified) behind(req *sip.Request, from netip.AddrPort) []string {
	if !strings.EqualFold(req.Transport(), "tls") {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.names[from]
}

// namesOf are the identities in a certificate (RFC 5922, section 7.1): SIP URIs
// and DNS names; the common name only if there is neither.
func namesOf(cert *x509.Certificate) []string {
	var names []string
	for _, u := range cert.URIs {
		if strings.EqualFold(u.Scheme, "sip") && !strings.Contains(u.Opaque, "@") {
			names = append(names, strings.ToLower(u.Opaque))
		}
	}
	for _, name := range cert.DNSNames {
		names = append(names, strings.ToLower(name))
	}
	if len(names) == 0 && cert.Subject.CommonName != "" {
		names = append(names, strings.ToLower(cert.Subject.CommonName))
	}
	return names
}
