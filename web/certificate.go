// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// ownLife is how long a certificate of our own is valid: browsers refuse
	// those over 398 days even when somebody trusts them.
	ownLife = 397 * 24 * time.Hour
	// ownRenew is how long before its end it is made anew at start.
	ownRenew = 30 * 24 * time.Hour
	// reloadGap is how often certificate files are looked at.
	reloadGap = 10 * time.Second
)

// certificate is what the listener shows, read anew when its files change.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu       sync.Mutex // guards the rest; leaf
	current  *tls.Certificate
	lookedAt time.Time
	stamp    string // of both files when current was read
}

// newCertificate reads the configured files, or makes and keeps one of our own.
func newCertificate(o Options, d Deps) (*certificate, error) {
	c := &certificate{certFile: o.TLS.CertFile, keyFile: o.TLS.KeyFile, now: d.Now, log: d.Log}
	if o.TLS.Mode == TLSSelfSigned {
		folder := filepath.Join(d.DataFolder, "tls")
		c.certFile, c.keyFile = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
		if err := c.ensure(folder, ownNames(o)); err != nil {
			return nil, err
		}
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return c.get(), nil
	}}
}

// get returns the certificate, read anew if its files have changed. One that
// cannot be read leaves the former in use.
func (c *certificate) get() *tls.Certificate {
	c.mu.Lock()
	look := c.now().Sub(c.lookedAt) >= reloadGap
	if look {
		c.lookedAt = c.now()
	}
	was := c.stamp
	c.mu.Unlock()
	if look && c.filesStamp() != was {
		if err := c.load(); err != nil {
			c.log.Error("certificate not reloaded", "err", err)
		} else {
			c.log.Info("certificate reloaded", "fingerprint", c.fingerprint())
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

func (c *certificate) load() error {
	stamp := c.filesStamp()
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lookedAt, c.stamp = c.now(), stamp // a broken pair is logged once
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	c.current = &pair
	return nil
}

// filesStamp changes when either file does.
func (c *certificate) filesStamp() string {
	var all strings.Builder
	for _, name := range []string{c.certFile, c.keyFile} {
		if f, err := os.Stat(name); err == nil {
			fmt.Fprintf(&all, "%d %d ", f.Size(), f.ModTime().UnixNano())
		}
	}
	return all.String()
}

// fingerprint is the SHA-256 of the leaf as browsers show it.
func (c *certificate) fingerprint() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := sha256.Sum256(c.current.Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// ownNames are the names a certificate of our own is good for: those
// configured, the address listened on, or all of this machine's.
func ownNames(o Options) []string {
	names := append([]string{"localhost", "127.0.0.1", "::1"}, o.PublicNames...)
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return names
	}
	ip, err := netip.ParseAddr(host)
	if host != "" && (err != nil || !ip.IsUnspecified()) {
		return compact(append(names, host))
	}
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return compact(names)
	}
	for _, a := range addresses {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLinkLocalUnicast() {
			names = append(names, p.Addr().String())
		}
	}
	return compact(names)
}

func compact(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// ensure makes the pair in folder if it is missing, near its end, or lacks a
// name that it should bear.
func (c *certificate) ensure(folder string, names []string) error {
	if pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil && pair.Leaf != nil &&
		pair.Leaf.NotAfter.After(c.now().Add(ownRenew)) &&
		!slices.ContainsFunc(names, func(name string) bool { return pair.Leaf.VerifyHostname(name) != nil }) {
		return nil
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	form := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Tandem, made by itself"},
		NotBefore: c.now().Add(-time.Hour), NotAfter: c.now().Add(ownLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			form.IPAddresses = append(form.IPAddresses, ip)
		} else {
			form.DNSNames = append(form.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	if err := writePEM(c.keyFile, "PRIVATE KEY", secret); err != nil {
		return err
	}
	return writePEM(c.certFile, "CERTIFICATE", der)
}

func writePEM(name, kind string, der []byte) error {
	var text bytes.Buffer
	if err := pem.Encode(&text, &pem.Block{Type: kind, Bytes: der}); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write certificate: %w", err)
	}
	return nil
}
