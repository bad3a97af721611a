// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tandem/call"
)

// authority is a certificate authority of a test, with a file of its own.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

var serials int64

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	form := &x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	a.cert, a.key, a.file, _ = a.issue(form, "ca")
	return a
}

// listener are the options of a listener with a certificate for loopback.
func (a *authority) listener(host string) Listener {
	_, _, cert, key := a.issue(&x509.Certificate{
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}, "server")
	return Listener{Transport: "tls", Address: net.JoinHostPort(host, "0"), TLS: ListenerTLS{CertFile: cert, KeyFile: key}}
}

// issue makes a certificate and writes it and its key into files.
func (a *authority) issue(form *x509.Certificate, name string) (*x509.Certificate, *ecdsa.PrivateKey, string, string) {
	a.t.Helper()
	fatal := func(err error) {
		if err != nil {
			a.t.Helper()
			a.t.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(err)
	serials++
	form.SerialNumber = big.NewInt(serials)
	if form.NotAfter.IsZero() {
		form.NotBefore, form.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = form, key
	}
	der, err := x509.CreateCertificate(rand.Reader, form, parent, &key.PublicKey, signer)
	fatal(err)
	cert, err := x509.ParseCertificate(der)
	fatal(err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	fatal(err)
	certFile, keyFile := filepath.Join(a.dir, name+".pem"), filepath.Join(a.dir, name+".key")
	fatal(os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	fatal(os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	return cert, key, certFile, keyFile
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// serialOn is the serial number of the certificate that a listener shows.
func serialOn(t *testing.T, f *floor, pool *x509.CertPool) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", f.addr("tls").String(), &tls.Config{RootCAs: pool, ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestCertificateIsRenewedWithoutRestart(t *testing.T) {
	ca := newAuthority(t)
	l := ca.listener("127.0.0.1")
	f := newFloor(t, Options{Listeners: []Listener{l}}, nil)
	if got := serialOn(t, f, ca.pool()); got != serials {
		t.Fatalf("serial %d, want %d", got, serials)
	}
	tomorrow := time.Now()
	pair := f.bound[0].pair
	pair.mu.Lock()
	pair.now = func() time.Time { tomorrow = tomorrow.Add(reloadGap); return tomorrow }
	pair.mu.Unlock()
	was := serials
	if err := os.WriteFile(l.TLS.CertFile, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := serialOn(t, f, ca.pool()); got != was {
		t.Fatalf("a broken file: serial %d, want the former %d", got, was)
	}
	ca.listener("127.0.0.1") // overwrites the files
	if got := serialOn(t, f, ca.pool()); got != serials || got == was {
		t.Errorf("serial %d after the renewal, want %d", got, serials)
	}
}

// TestUnfinishedHandshakeEnds is S-17: who connects and says nothing, or no TLS,
// loses the connection, and others are served meanwhile.
func TestUnfinishedHandshakeEnds(t *testing.T) {
	ca := newAuthority(t)
	f := newFloor(t, Options{Listeners: []Listener{ca.listener("127.0.0.1")}}, nil)
	silent, err := net.Dial("tcp", f.addr("tls").String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	rude, err := net.Dial("tcp", f.addr("tls").String())
	if err != nil {
		t.Fatal(err)
	}
	defer rude.Close()
	if _, err := rude.Write([]byte(options)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	serialOn(t, f, ca.pool())
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a silent client delayed another by %v", took)
	}
	for name, conn := range map[string]net.Conn{"silent": silent, "rude": rude} {
		if err := conn.SetReadDeadline(began.Add(handshakeTime + 3*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); isTimeout(err) {
			t.Errorf("the %s client still has its connection", name)
		}
	}
	waitFor(t, "both to be counted", func() bool { return value(t, f.registry, "sip_refused_total") >= 2 })
}

func TestDialByTLSWantsTheRightName(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	callee := newFloor(t, Options{Listeners: []Listener{ca.listener("127.0.0.1")}}, nil)
	port := callee.addr("tls").Port()
	f := func(trusted *authority, host, scheme string, want call.Cause) {
		t.Helper()
		caller := newFloor(t, Options{Listeners: []Listener{trusted.listener("127.0.0.1")}, TrustedFile: trusted.file}, nil)
		uri := scheme + ":1000@" + net.JoinHostPort(host, strconv.Itoa(int(port)))
		if scheme == "sip" {
			uri += ";transport=tls"
		}
		leg, err := caller.Dial(t.Context(), call.Target{URI: uri})
		if err != nil {
			t.Fatal(err)
		}
		for ev := range leg.Events() {
			switch ev := ev.(type) {
			case call.Answered:
				if want != "" {
					t.Errorf("%s of %s answered", uri, host)
				}
				leg.Hangup(call.CauseCompleted)
			case call.Ended:
				if want != "" && ev.Cause != want {
					t.Errorf("%s: %s, want %s", uri, ev.Cause, want)
				}
			}
		}
	}
	f(ca, "127.0.0.1", "sip", "")
	f(ca, "localhost", "sips", "")
	f(ca, "127.0.0.2", "sip", call.CauseUnreachable)    // not in the certificate
	f(other, "127.0.0.1", "sip", call.CauseUnreachable) // of an authority that we do not trust
}

// Somebody who comes from a trunk's address and port, but proves nothing, gets
// none of the trunk's calls.
func TestTrunkByTLSIsNotWhoeverConnected(t *testing.T) {
	ca := newAuthority(t)
	l := ca.listener("127.0.0.1")
	l.TLS.ClientCAFile = ca.file
	f := newFloor(t, Options{Listeners: []Listener{l}, TrustedFile: ca.file}, nil)
	_, _, cert, key := ca.issue(&x509.Certificate{
		DNSNames: []string{"carrier.example"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		NotAfter: time.Now().Add(time.Hour),
	}, "carrier")
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, config *tls.Config, want error) {
		t.Helper()
		config.RootCAs, config.ServerName = ca.pool(), "localhost"
		conn, err := tls.Dial("tcp", f.addr("tls").String(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := conn.Write([]byte("\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 2)); err != nil { // the pong: it is among the connections
			t.Fatal(err)
		}
		remote := netip.MustParseAddrPort(conn.LocalAddr().String())
		err = f.connect(t.Context(), flow{Transport: "tls", Remote: remote, Host: "Carrier.example", Proven: true})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	try("no certificate", &tls.Config{}, errUnproved)
	try("the trunk's own", &tls.Config{Certificates: []tls.Certificate{pair}}, nil)
}

func TestSecureContactForSecureCallers(t *testing.T) {
	ca := newAuthority(t)
	f := newFloor(t, Options{Listeners: []Listener{ca.listener("127.0.0.1")}}, nil)
	conn, err := tls.Dial("tcp", f.addr("tls").String(), &tls.Config{RootCAs: ca.pool(), ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	text := strings.NewReplacer("INVITE sip:", "INVITE sips:", "SIP/2.0/UDP", "SIP/2.0/TLS").Replace(wireInvite)
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 65536)
	for read := ""; !strings.Contains(read, "Contact: <sips:tandem@127.0.0.1:"); {
		if err := conn.SetReadDeadline(time.Now().Add(4 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("no sips Contact in\n%s: %v", read, err)
		}
		read += string(buf[:n])
	}
}

func TestCertificateThatIsNotThereIsAnError(t *testing.T) {
	l := newAuthority(t).listener("127.0.0.1")
	l.TLS.KeyFile = "/nowhere"
	if _, err := bind(l, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("bound without a key")
	}
}
