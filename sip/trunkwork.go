// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// This file keeps what stands between calls: where a trunk's address leads,
// whether it answers, and our registration there.

const (
	againFirst   = 5 * time.Second // after a registration that failed, doubling
	againLast    = 5 * time.Minute
	registerTime = 10 * time.Second // for the answer to one REGISTER
	partingTime  = time.Second      // for the answer to the last one
	maxAnswers   = 2                // to challenges of one request: the first, and one to a stale nonce
)

// tend does what a trunk needs while ctx lives.
func (s *Server) tend(ctx context.Context, t *trunk) {
	if t.Address == "" {
		return
	}
	if err := s.find(ctx, t); err != nil {
		s.log.Warn("trunk not found", "trunk", t.Name, "err", err)
	}
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { s.watchTrunk(ctx, t) })
	if t.Account.Register {
		t.history.registration(func(r *Registration) { r.State = RegistrationTrying })
		work.Go(func() { s.keepRegistered(ctx, t) })
	}
}

// watchTrunk looks the address up every minute and asks its targets by OPTIONS.
func (s *Server) watchTrunk(ctx context.Context, t *trunk) {
	found := time.Now()
	complained := false
	every := lookAgain
	if !t.Health.Off {
		every = min(every, t.Health.Every)
	}
	for wait := time.Duration(0); pause(ctx, wait); wait = every {
		if time.Since(found) >= lookAgain || t.targets.Load() == nil {
			found = time.Now()
			err := s.find(ctx, t)
			if err != nil && !complained && ctx.Err() == nil {
				s.log.Warn("trunk not found, the last known addresses stay", "trunk", t.Name, "err", err)
			}
			complained = err != nil
		}
		if t.Health.Off {
			continue
		}
		var asking sync.WaitGroup
		for _, to := range t.order() {
			asking.Go(func() { s.probe(ctx, t, to.flow) })
		}
		asking.Wait()
	}
}

// pause waits and says whether ctx still lives.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// probe asks one target whether it is there (RFC 3261, section 11).
func (s *Server) probe(ctx context.Context, t *trunk, f flow) {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	res, err := s.ask(limited, t, &dialog{
		SIPCallID: newTag(), Local: end{URI: s.selfAt(t, f), Tag: newTag()[:16]},
		Remote: end{URI: "sip:" + t.Account.Domain}, Target: t.uri(""), Flow: f,
	}, sip.OPTIONS, nil)
	if ctx.Err() != nil {
		return
	}
	p := Probe{Target: f.Remote, At: began, Took: time.Since(began)}
	if err != nil {
		p.Problem = err.Error()
	} else {
		p.Status = res.StatusCode
		p.Up = answersCalls(res.StatusCode)
	}
	s.took(t, p)
}

// answersCalls says whether who answers so to OPTIONS would take calls. Most
// refusals say only that it does not like the question.
func answersCalls(status int) bool {
	switch status {
	case 408, 500, 502, 503, 504:
		return false
	}
	return true
}

// took takes down what is known of a target and tells when that has changed.
func (s *Server) took(t *trunk, p Probe) {
	if !t.history.probed(p) {
		return
	}
	if p.Up {
		s.log.Info("trunk answers again", "trunk", t.Name, "remote", p.Target)
	} else {
		s.log.Warn("trunk does not answer", "trunk", t.Name, "remote", p.Target, "status", p.Status, "err", p.Problem)
	}
}

// uri is a SIP URI at the trunk's address.
func (t *trunk) uri(user string) string {
	if user != "" {
		user = strings.ReplaceAll(user, "#", "%23") + "@"
	}
	address := t.Address
	if ip, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil && ip.Is6() {
		address = "[" + ip.String() + "]"
	}
	uri := "sip:" + user + address
	if t.Transport != "udp" {
		uri += ";transport=" + t.Transport
	}
	return uri
}

// selfAt is our own address towards the trunk.
func (s *Server) selfAt(t *trunk, f flow) string {
	if t.Account.User != "" {
		return "sip:" + t.Account.User + "@" + t.Account.Domain
	}
	host, _, err := s.advertised(f)
	if err != nil {
		host = "anonymous.invalid"
	}
	u := sip.Uri{Scheme: "sip", User: "tandem", Host: host}
	return u.String()
}

// ask sends a request outside of any call and returns its final response,
// answering challenges with the trunk's account.
func (s *Server) ask(ctx context.Context, t *trunk, d *dialog, method sip.RequestMethod, extra []header) (*sip.Response, error) {
	var proof []header
	for tried := 0; ; tried++ {
		req, err := d.request(method, 0)
		if err != nil {
			return nil, err
		}
		for _, h := range append(proof, extra...) {
			req.AppendHeader(sip.NewHeader(h.name, h.value))
		}
		tx, err := s.request(ctx, req, d.Flow)
		if err != nil {
			return nil, err
		}
		res, err := final(ctx, tx)
		tx.Terminate()
		if err != nil {
			return nil, err
		}
		if res.StatusCode != 401 && res.StatusCode != 407 || tried > maxAnswers || t.Account.User == "" {
			return res, nil
		}
		h, err := t.credentials(req, res, d.Flow, tried)
		if err != nil {
			return res, err
		}
		proof = []header{h}
	}
}

var errNoResponse = errors.New("no answer came")

func final(ctx context.Context, tx *sip.ClientTx) (*sip.Response, error) {
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, errNoResponse
		case <-ctx.Done():
			return nil, errNoResponse
		}
	}
}

// keepRegistered registers with the trunk, refreshes in time, and takes leave
// when ctx ends (RFC 3261, section 10.2).
func (s *Server) keepRegistered(ctx context.Context, t *trunk) {
	d := dialog{SIPCallID: newTag(), Local: end{Tag: newTag()[:16]}, Target: "sip:" + t.Account.Domain}
	d.Local.URI = "sip:" + t.Account.User + "@" + t.Account.Domain
	d.Remote.URI = d.Local.URI
	wait, failed := time.Duration(0), 0
	up := false
	for pause(ctx, wait) {
		limited, cancel := context.WithTimeout(ctx, registerTime*time.Duration(maxTargets))
		granted, err := s.registerAt(limited, t, &d)
		cancel()
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			wait, failed = granted-min(granted/2, max(granted/10, 5*time.Second)), 0
			if !up {
				s.log.Info("registered with trunk", "trunk", t.Name)
			}
			up = true
			continue
		}
		failed++
		wait = min(againFirst<<min(failed-1, 10), againLast)
		wait += rand.N(wait / 4)
		s.log.Warn("not registered with trunk", "trunk", t.Name, "err", err, "again", wait.Round(time.Second))
		up = false
	}
	if !up {
		return
	}
	parting, cancel := context.WithTimeout(context.WithoutCancel(ctx), partingTime)
	defer cancel()
	if _, err := s.ask(parting, t, &d, sip.REGISTER, s.registration(t, d.Flow, 0)); err != nil {
		s.log.Debug("trunk not told that we leave", "trunk", t.Name, "err", err)
	}
}

// registration are the headers of a REGISTER.
func (s *Server) registration(t *trunk, f flow, expires time.Duration) []header {
	hs := []header{{"Expires", seconds(expires)}}
	if c := s.contact(f); c != nil {
		c.Address.User = t.Account.User
		hs = append(hs, header{"Contact", c.Value()})
	}
	return hs
}

// registerAt registers with the first of the trunk's targets that answers, and
// returns for how long.
func (s *Server) registerAt(ctx context.Context, t *trunk, d *dialog) (granted time.Duration, err error) {
	err = errNoResponse
	want := t.Account.Expires
	for _, to := range t.order() {
		d.Flow = to.flow
		var res *sip.Response
		res, err = s.askInTime(ctx, t, d, want)
		if res != nil && res.StatusCode == 423 { // section 10.2.8
			if least, ok := secondsIn(res.GetHeader("Min-Expires")); ok && least <= longestExpires {
				want = least
				res, err = s.askInTime(ctx, t, d, want)
			}
		}
		if err == nil && res.StatusCode == 200 {
			granted = grantedBy(res, t.Account.User, want)
			t.history.registration(func(r *Registration) {
				now := time.Now()
				*r = Registration{State: RegistrationUp, Status: 200, At: now, Until: now.Add(granted)}
			})
			return granted, nil
		}
		status := 0
		if res != nil {
			status = res.StatusCode
			if err == nil {
				err = fmt.Errorf("%d %s", status, cleanName(res.Reason))
			}
		}
		t.history.registration(func(r *Registration) {
			*r = Registration{State: RegistrationTrying, Status: status, Reason: err.Error(), At: time.Now()}
			if status != 0 && answersCalls(status) {
				r.State = RegistrationRefused
			}
		})
		if status != 0 && answersCalls(status) {
			return 0, err // it would say the same elsewhere
		}
	}
	return 0, err
}

func (s *Server) askInTime(ctx context.Context, t *trunk, d *dialog, want time.Duration) (*sip.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, registerTime)
	defer cancel()
	return s.ask(ctx, t, d, sip.REGISTER, s.registration(t, d.Flow, want))
}

// grantedBy is how long the registration lasts, by our Contact in the response
// or else Expires (section 10.2.4), but never so short that we do nothing else.
func grantedBy(res *sip.Response, user string, asked time.Duration) time.Duration {
	granted := asked
	if d, ok := secondsIn(res.GetHeader("Expires")); ok {
		granted = d
	}
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*sip.ContactHeader)
		if !ok || c.Address.User != user {
			continue
		}
		if text, ok := c.Params.Get("expires"); ok {
			if n, err := strconv.Atoi(text); err == nil {
				granted = time.Duration(n) * time.Second
			}
		}
	}
	return min(max(granted, 10*time.Second), longestExpires)
}

func secondsIn(h sip.Header) (time.Duration, bool) {
	if h == nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(h.Value()))
	if err != nil || n <= 0 {
		return 0, false
	}
	return time.Duration(n) * time.Second, true
}
