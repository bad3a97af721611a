// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// This file answers challenges of trunks (RFC 3261, section 22.2). Only ours are
// answered: a request that we sent to the trunk's configured address, challenged
// from there for the configured realm. Nothing within a call that came to us is
// ever answered, or a caller who challenges our BYE would get a digest to guess
// the password from.

// Errors of a challenge that is not answered.
var (
	errNoAccount  = errors.New("challenged, and there is no account for it")
	errWrongRealm = errors.New("challenged for another realm than account.realm")
	errWrongPlace = errors.New("challenged from another address than the request went to")
	errRefused    = errors.New("our account is refused")
)

// credentials makes the header that answers the challenge in res to req, which
// went to f. tried is how many answers were refused before.
func (t *trunk) credentials(req *sip.Request, res *sip.Response, f flow, tried int) (header, error) {
	ask, give := "WWW-Authenticate", "Authorization"
	if res.StatusCode == 407 {
		ask, give = "Proxy-Authenticate", "Proxy-Authorization"
	}
	if t == nil || t.Account.User == "" {
		return header{}, errNoAccount
	}
	if from := res.Source(); from != "" && !sameHost(from, f) {
		return header{}, errWrongPlace
	}
	found := errNoAccount
	for _, h := range res.GetHeaders(ask) {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(c) {
			continue
		}
		if c.Realm != t.Account.Realm {
			found = fmt.Errorf("%w: it is %q", errWrongRealm, cleanName(c.Realm))
			continue
		}
		if tried > 0 && !c.Stale || tried > 1 {
			return header{}, errRefused
		}
		for i, qop := range c.QOP {
			c.QOP[i] = strings.TrimSpace(qop)
		}
		uri := req.Recipient.String()
		answer, err := digest.Digest(c, digest.Options{
			Method: string(req.Method), URI: uri, Username: t.Account.User, Password: t.Account.Password,
		})
		if err != nil {
			found = fmt.Errorf("answer a challenge: %w", err)
			continue
		}
		return header{give, answer.String()}, nil
	}
	return header{}, found
}

func sameHost(source string, f flow) bool {
	host, _, err := splitHostPort(source)
	return err == nil && host == f.Remote.Addr().Unmap().String()
}
