// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// This file checks who signed a caller's number (RFC 8224, section 6.2, with the
// PASSporT of RFC 8225 and RFC 8588). Certificates are those that are configured:
// nothing is fetched because a caller says so.

const (
	defaultStirAge = time.Minute // RFC 8224, section 10.1
	maxStirKeys    = 200
	maxIdentities  = 4 // headers of one call that are looked at
	maxPassport    = 8 << 10
)

// STIR says whose signatures of callers' numbers are checked.
type STIR struct {
	// Keys are the signers that we know. Default none: no signature is looked at.
	Keys []STIRKey `yaml:"keys"`
	// MaxAge is how old a signature may be; default 1m.
	MaxAge time.Duration `yaml:"maxAge"`
}

// STIRKey is one signer.
type STIRKey struct {
	// URL is where its certificate is published, which its signatures name.
	URL string `yaml:"url"`
	// File is that certificate, or its public key, in PEM; read at the start.
	File string `yaml:"file"`
}

func (o STIR) check(path string, report func(path, problem string)) {
	notNegative(report, path+".maxAge", int64(o.MaxAge))
	if len(o.Keys) > maxStirKeys {
		report(path+".keys", fmt.Sprintf("%d given, at most %d are possible", len(o.Keys), maxStirKeys))
	}
	for i, k := range o.Keys {
		at := fmt.Sprintf("%s.keys[%d]", path, i)
		if u, err := url.Parse(k.URL); err != nil || u.Scheme != "https" || u.Host == "" {
			report(at+".url", fmt.Sprintf("%q is no https address; write the one that signatures name as x5u", k.URL))
		}
		if k.File == "" {
			report(at+".file", "is missing; name the certificate in PEM")
		} else if _, err := readSigner(k.File); err != nil {
			report(at+".file", err.Error())
		}
	}
}

// signer is a key that signs numbers.
type signer struct {
	key            *ecdsa.PublicKey
	notYet, noMore time.Time // of its certificate; zero for a bare key
}

func readSigner(file string) (signer, error) {
	text, err := readSmall(file)
	if err != nil {
		return signer{}, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return signer{}, fmt.Errorf("read %s: no PEM in it", file)
	}
	var public any
	var s signer
	if block.Type == "CERTIFICATE" {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return signer{}, fmt.Errorf("read %s: %w", file, err)
		}
		public, s.notYet, s.noMore = cert.PublicKey, cert.NotBefore, cert.NotAfter
	} else if public, err = x509.ParsePKIXPublicKey(block.Bytes); err != nil {
		return signer{}, fmt.Errorf("read %s: %w", file, err)
	}
	key, ok := public.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return signer{}, fmt.Errorf("read %s: the key is not on the curve P-256, as ES256 needs", file)
	}
	s.key = key
	return s, nil
}

// verifier checks signatures of numbers; a nil one looks at none.
type verifier struct {
	signers map[string]signer // by URL
	maxAge  time.Duration
	now     func() time.Time
}

func newVerifier(o STIR) (*verifier, error) {
	if len(o.Keys) == 0 {
		return nil, nil
	}
	v := &verifier{signers: map[string]signer{}, maxAge: orDefault(o.MaxAge, defaultStirAge), now: time.Now}
	for _, k := range o.Keys {
		s, err := readSigner(k.File)
		if err != nil {
			return nil, err
		}
		v.signers[k.URL] = s
	}
	return v, nil
}

// passport is the signed statement (RFC 8225, section 5; RFC 8588, section 4).
type passport struct {
	header struct {
		Alg string `json:"alg"`
		Typ string `json:"typ"`
		PPT string `json:"ppt"`
		X5U string `json:"x5u"`
	}
	claims struct {
		Iat  int64 `json:"iat"`
		Orig struct {
			TN string `json:"tn"`
		} `json:"orig"`
		Dest struct {
			TN []string `json:"tn"`
		} `json:"dest"`
		Attest string `json:"attest"`
	}
	signed    string // what the signature is of
	signature []byte
}

// Why a signature does not count.
var (
	errUnknownSigner = errors.New("signed by somebody whose certificate is not configured")
	errSignature     = errors.New("the signature is not the signer's")
	errStale         = errors.New("signed too long ago, or in the future")
	errOtherCaller   = errors.New("signed for another caller")
	errOtherCallee   = errors.New("signed for another number that was called")
	errNoPassport    = errors.New("no statement that we can read")
	errNotVouched    = errors.New("signed by somebody who does not vouch for the number")
	errOldSigner     = errors.New("the signer's certificate is not valid now")
)

// verify says what the signatures of a call from one number to another, both in
// normal form, have shown. One that is good is enough; one that is bad is worse
// than none.
func (v *verifier) verify(req *sip.Request, from, to string) (call.Verstat, error) {
	if v == nil {
		return "", nil
	}
	headers := req.GetHeaders("identity")
	result, why := call.VerstatNone, error(nil)
	for _, h := range headers[:min(len(headers), maxIdentities)] {
		err := v.check(h.Value(), from, to)
		switch {
		case err == nil:
			return call.VerstatPassed, nil
		case errors.Is(err, errUnknownSigner), errors.Is(err, errNotVouched):
			if why == nil {
				why = err
			}
		default:
			result, why = call.VerstatFailed, err
		}
	}
	return result, why
}

// check holds one Identity header against the call.
func (v *verifier) check(value, from, to string) error {
	p, err := readPassport(value)
	if err != nil {
		return err
	}
	signer, ok := v.signers[p.header.X5U]
	if !ok {
		return errUnknownSigner
	}
	now := v.now()
	if !signer.noMore.IsZero() && (now.Before(signer.notYet) || now.After(signer.noMore)) {
		return errOldSigner
	}
	hash := sha256.Sum256([]byte(p.signed))
	r, s := new(big.Int).SetBytes(p.signature[:32]), new(big.Int).SetBytes(p.signature[32:])
	if !ecdsa.Verify(signer.key, hash[:], r, s) {
		return errSignature
	}
	if age := now.Sub(time.Unix(p.claims.Iat, 0)); age > v.maxAge || age < -v.maxAge {
		return errStale
	}
	if bareNumber(p.claims.Orig.TN) != bareNumber(from) || bareNumber(from) == "" {
		return errOtherCaller
	}
	for _, tn := range p.claims.Dest.TN {
		if bareNumber(tn) != bareNumber(to) {
			continue
		}
		// Only full attestation says that the caller may use the number (RFC 8588,
		// section 5); what is weaker, or of another kind, is as good as none.
		if p.header.PPT != "shaken" || p.claims.Attest != "A" {
			return errNotVouched
		}
		return nil
	}
	return errOtherCallee
}

// bareNumber is a number's digits (RFC 8224, section 8.3).
func bareNumber(number string) string { return strings.TrimPrefix(number, "+") }

// readPassport takes an Identity header apart, in the full form: token, then
// parameters, of which the statement itself says all that counts.
func readPassport(value string) (passport, error) {
	var p passport
	token, params, _ := strings.Cut(value, ";")
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 || len(token) > maxPassport {
		return p, errNoPassport
	}
	for i, into := range []any{&p.header, &p.claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(text, into) != nil {
			return p, errNoPassport
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 || p.header.Alg != "ES256" || p.header.Typ != "passport" {
		return p, errNoPassport
	}
	// The header's own words must be those of the statement (RFC 8224, section
	// 6.2.2), or one might be checked and the other believed.
	for param := range strings.SplitSeq(params, ";") {
		name, said, _ := strings.Cut(strings.TrimSpace(param), "=")
		said = strings.Trim(strings.TrimSpace(said), `"<>`)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "info":
			if said != p.header.X5U {
				return p, errNoPassport
			}
		case "alg":
			if said != p.header.Alg {
				return p, errNoPassport
			}
		case "ppt":
			if said != p.header.PPT {
				return p, errNoPassport
			}
		}
	}
	p.signed, p.signature = parts[0]+"."+parts[1], signature
	return p, nil
}
