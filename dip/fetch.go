// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/ivr"
)

const (
	// retryPause is how long a host gets between two tries.
	retryPause = 100 * time.Millisecond
	// maxHeaderBytes is the largest head of an answer.
	maxHeaderBytes = 64 << 10
	// idleConns and idleTime bound the connections kept for the next request.
	idleConns = 16 // of one host
	idleTime  = 90 * time.Second
)

// Client makes requests. It may be used by any number of goroutines.
type Client struct {
	options Options
	secrets map[string]string
	http    *http.Client
	slots   chan struct{} // one per request under way
	breaker breaker
	took    *prometheus.HistogramVec
}

// New makes a client. Secrets are read now.
func New(o Options, reg prometheus.Registerer) (*Client, error) {
	o.Concurrent = cmp.Or(o.Concurrent, defaultConcurrent)
	o.BreakAfter = cmp.Or(o.BreakAfter, defaultBreakAfter)
	o.BreakFor = cmp.Or(o.BreakFor, defaultBreakFor)
	c := &Client{
		options: o, secrets: map[string]string{},
		slots:   make(chan struct{}, o.Concurrent),
		breaker: breaker{after: o.BreakAfter, span: o.BreakFor, hosts: map[string]*health{}},
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ivr_fetch_seconds", Help: "How long requests of flows took, by how they ended.",
			Buckets: []float64{.01, .03, .1, .3, 1, 3, 10},
		}, []string{"how"}),
	}
	for _, name := range o.Names() {
		secret, err := o.Secrets[name].read()
		if err != nil {
			return nil, fmt.Errorf("read secret %s: %w", name, err)
		}
		c.secrets[name] = secret
	}
	c.http = &http.Client{
		Transport: &http.Transport{ // no Proxy: it would reach whom we may not
			DialContext:            c.dial,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    idleConns,
			IdleConnTimeout:        idleTime,
			MaxResponseHeaderBytes: maxHeaderBytes,
			DisableCompression:     true, // else a small answer could become a large one
		},
		// A redirect is an answer like any other: whoever follows it would send
		// secrets to where nobody said.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if err := reg.Register(c.took); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return c, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Fetch makes one request, with its retries, and returns what came of it, at the
// latest when r.Timeout has passed or ctx ends.
func (c *Client) Fetch(ctx context.Context, r ivr.Fetch) ivr.Fetched {
	began := time.Now()
	got := c.fetch(ctx, r)
	how := got.How
	if how == ivr.FetchAnswered && got.Status >= 500 {
		how = "failed"
	}
	c.took.WithLabelValues(how).Observe(time.Since(began).Seconds())
	return got
}

func (c *Client) fetch(ctx context.Context, r ivr.Fetch) ivr.Fetched {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		return ivr.Fetched{How: ivr.FetchUnavailable}
	}
	timed, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	timed = context.WithValue(timed, connectKey{}, r.Connect)
	for try := 0; ; try++ {
		got := c.once(ctx, timed, r)
		again := got.How == ivr.FetchUnavailable || got.How == ivr.FetchAnswered && got.Status >= 500
		if !again || try >= r.Retries || timed.Err() != nil {
			return got
		}
		select {
		case <-timed.Done():
			return got
		case <-time.After(retryPause):
		}
	}
}

// once makes one try; caller is the context of who asked, timed that of the
// whole request.
func (c *Client) once(caller, timed context.Context, r ivr.Fetch) ivr.Fetched {
	req, err := http.NewRequestWithContext(timed, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil {
		return ivr.Fetched{How: ivr.FetchUnavailable}
	}
	req.Header.Set("User-Agent", "tandem")
	req.Header.Set("Accept", "application/json")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range r.Headers {
		req.Header.Set(h.Name, h.Value+c.secrets[h.Secret])
	}
	host := req.URL.Host
	if !c.breaker.admit(host, time.Now()) {
		return ivr.Fetched{How: ivr.FetchUnavailable}
	}
	got, how := c.do(caller, timed, req, r.MaxBody)
	c.breaker.outcome(host, time.Now(), how)
	return got
}

// do sends the request, and says what it tells about the host.
func (c *Client) do(caller, timed context.Context, req *http.Request, most int) (ivr.Fetched, verdict) {
	res, err := c.http.Do(req)
	if err != nil {
		return failed(caller, timed, err)
	}
	defer res.Body.Close() //nolint:errcheck // nothing more is wanted of it
	body, err := io.ReadAll(io.LimitReader(res.Body, int64(most)+1))
	switch {
	case err != nil:
		return failed(caller, timed, err)
	case len(body) > most:
		return ivr.Fetched{How: ivr.FetchTooLarge, Status: res.StatusCode}, fine
	case res.StatusCode >= 500:
		return ivr.Fetched{How: ivr.FetchAnswered, Status: res.StatusCode, Body: body}, failing
	}
	return ivr.Fetched{How: ivr.FetchAnswered, Status: res.StatusCode, Body: body}, fine
}

func failed(caller, timed context.Context, err error) (ivr.Fetched, verdict) {
	switch {
	case errors.Is(err, errPrivate):
		return ivr.Fetched{How: ivr.FetchNotAllowed}, fine
	case caller.Err() != nil:
		return ivr.Fetched{How: ivr.FetchTimedOut}, nothingLearnt
	case timed.Err() != nil:
		return ivr.Fetched{How: ivr.FetchTimedOut}, failing
	}
	return ivr.Fetched{How: ivr.FetchUnavailable}, failing
}
