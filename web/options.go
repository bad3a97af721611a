// SPDX-License-Identifier: Apache-2.0

package web

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// How the listener is encrypted.
const (
	TLSOff        = "off"        // plain HTTP, on loopback addresses only
	TLSSelfSigned = "selfSigned" // a certificate of our own, kept in the data folder
	TLSFiles      = "files"      // certFile and keyFile, read anew when they change
)

// Options are the web server's part of the configuration.
type Options struct {
	// Address is where browsers connect: host:port, with an IP address as host.
	// Default 127.0.0.1:8080.
	Address string `yaml:"address"`
	// PublicNames are the host names and addresses by which browsers know this
	// server, beside localhost and plain IP addresses. Requests for another name
	// are refused, and a certificate of our own bears them. Default none.
	PublicNames []string `yaml:"publicNames"`
	// TLS is how the listener is encrypted. Browsers give a page the microphone
	// only over HTTPS, or on localhost.
	TLS TLS `yaml:"tls"`
	// MetricsFrom are the networks that may read /metrics. Default loopback only.
	MetricsFrom []netip.Prefix `yaml:"metricsFrom"`
	// SessionLife is how long a sign-in lasts. Default 16h, at most 7 days.
	SessionLife time.Duration `yaml:"sessionLife"`
}

// TLS says how the listener is encrypted.
type TLS struct {
	// Mode is off, selfSigned or files. Default off on a loopback address, else
	// selfSigned.
	Mode string `yaml:"mode"`
	// CertFile is the certificate chain in PEM, for mode files.
	CertFile string `yaml:"certFile"`
	// KeyFile is its private key in PEM, for mode files.
	KeyFile string `yaml:"keyFile"`
}

const (
	defaultAddress     = "127.0.0.1:8080"
	defaultSessionLife = 16 * time.Hour
	longestSessionLife = 7 * 24 * time.Hour
	publicNamesMost    = 64
)

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	if o.Address == "" {
		o.Address = defaultAddress
	}
	if o.SessionLife == 0 {
		o.SessionLife = defaultSessionLife
	}
	if o.TLS.Mode == "" {
		o.TLS.Mode = TLSSelfSigned
		if o.Loopback() {
			o.TLS.Mode = TLSOff
		}
	}
	if o.MetricsFrom == nil {
		o.MetricsFrom = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	return o
}

// Loopback says whether only this machine can reach the listener.
func (o Options) Loopback() bool {
	address := o.Address
	if address == "" {
		address = defaultAddress
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// Secure says whether the listener speaks HTTPS.
func (o Options) Secure() bool { return o.withDefaults().TLS.Mode != TLSOff }

// Check reports every problem, by its path below the section.
func (o Options) Check(report func(path, problem string)) {
	o = o.withDefaults()
	if host, port, err := net.SplitHostPort(o.Address); err != nil {
		report("address", fmt.Sprintf("%q is not host:port; write for example 127.0.0.1:8080 or 0.0.0.0:8443", o.Address))
	} else if _, err := net.LookupPort("tcp", port); err != nil {
		report("address", fmt.Sprintf("%q is no port; write a number from 0 to 65535", port))
	} else if _, err := netip.ParseAddr(host); err != nil && host != "localhost" && host != "" {
		report("address", fmt.Sprintf("%q is not an IP address; write the address to listen on, and the name under publicNames", host))
	}
	if len(o.PublicNames) > publicNamesMost {
		report("publicNames", fmt.Sprintf("%d names are too many; at most %d", len(o.PublicNames), publicNamesMost))
	}
	for i, name := range o.PublicNames {
		if name == "" || strings.ContainsAny(name, "/ :@") && !isIP(name) {
			report(fmt.Sprintf("publicNames[%d]", i), fmt.Sprintf("%q is not a host name; write it without scheme, port and path", name))
		}
	}
	if o.SessionLife < time.Minute || o.SessionLife > longestSessionLife {
		report("sessionLife", fmt.Sprintf("%v is outside 1m to %v", o.SessionLife, longestSessionLife))
	}
	o.checkTLS(report)
}

func (o Options) checkTLS(report func(path, problem string)) {
	switch o.TLS.Mode {
	case TLSOff:
		if !o.Loopback() {
			report("tls.mode", "off is possible on a loopback address only, because browsers give a page no microphone without HTTPS; write selfSigned or files")
		}
	case TLSSelfSigned:
	case TLSFiles:
		if o.TLS.CertFile == "" {
			report("tls.certFile", "is missing; name the certificate chain in PEM")
		}
		if o.TLS.KeyFile == "" {
			report("tls.keyFile", "is missing; name the private key in PEM")
		}
	default:
		report("tls.mode", fmt.Sprintf("%q is unknown; write off, selfSigned or files", o.TLS.Mode))
	}
	if o.TLS.Mode != TLSFiles && (o.TLS.CertFile != "" || o.TLS.KeyFile != "") {
		report("tls.mode", "certFile and keyFile need mode files")
	}
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}
