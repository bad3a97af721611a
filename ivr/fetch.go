// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"encoding/json"
	"strings"
	"time"
)

// A Header of a Fetch: Value, with the secret of that name behind it.
type Header struct{ Name, Value, Secret string }

// How a Fetched ended.
const (
	FetchAnswered    = "answered"    // a whole answer came; Status says which
	FetchTimedOut    = "timedOut"    // none within the time
	FetchUnavailable = "unavailable" // no connection, or the host was left alone after failures
	FetchTooLarge    = "tooLarge"    // more than MaxBody
	FetchNotAllowed  = "notAllowed"  // the target has a private address
)

// fetch asks another system for data: the flow goes on when the answer is there
// or its time is over, with something to hear meanwhile.
type fetch struct {
	want    Fetch // all but URL and Body
	url     template
	written string
	json    []assignment
	secret  bool // the body holds one
	filler  *prompt
	into    []fetched
	status  string // variable; "": none
	next    *node
	endings []ending // by the words of hows
	fail    *node
}

// fetched is one variable that an answer fills.
type fetched struct {
	name  string
	path  []pathStep
	zero  any // as its variableKind.zero
	value any // when the answer has none there; nil: the answer is invalid
}

// The words for how a fetch failed, beside those of Fetched.
const (
	fetchNotFound = "notFound" // 404 or 410
	fetchRefused  = "refused"  // any other answer below 500 that is no success
	fetchInvalid  = "invalid"  // no JSON, or not of the shape that into says
)

func (n *fetch) begin(m *Machine, now time.Time) *node {
	if n.status != "" {
		m.set(n.status, 0)
	}
	e := n.want
	e.URL = n.url.fill(func(name string) string { return escaped(m.value(name)) })
	if len(n.json) > 0 {
		values := make(map[string]any, len(n.json))
		for _, a := range n.json {
			value, ok := m.eval(now, a.value)
			if !ok {
				return m.fail(n.fail)
			}
			values[a.name] = value
		}
		e.Body, _ = json.Marshal(values) //nolint:errcheck // texts, numbers and flags can all be written
		e.Secret = n.secret
	}
	filling := m.play(now, n.filler)
	m.await(now, e, e.Timeout)
	m.filling = filling
	return nil
}

func (n *fetch) apply(m *Machine, _ time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case Digit:
		m.ahead.push(ev.Key)
	case timeUp:
		m.silence()
		return n.failed(m, FetchTimedOut)
	case Fetched:
		m.settled()
		return n.take(m, ev)
	}
	return nil
}

func (n *fetch) take(m *Machine, ev Fetched) *node {
	if n.status != "" {
		m.set(n.status, ev.Status)
	}
	switch s := ev.Status; {
	case ev.How != FetchAnswered:
		return n.failed(m, ev.How)
	case s == 404 || s == 410:
		return n.failed(m, fetchNotFound)
	case s >= 500:
		return n.failed(m, FetchUnavailable)
	case s < 200 || s >= 300:
		return n.failed(m, fetchRefused)
	}
	values, ok := n.values(ev.Body)
	if !ok {
		return n.failed(m, fetchInvalid)
	}
	for i, f := range n.into {
		m.set(f.name, values[i])
	}
	return m.exit(exitNext, n.next)
}

// failed leaves by the branch for how it failed, else by the error branch.
func (n *fetch) failed(m *Machine, how string) *node {
	for _, e := range n.endings {
		if e.word == how {
			return m.exit(how, e.next)
		}
	}
	return m.fail(n.fail)
}

// values reads what into wants; all or nothing.
func (n *fetch) values(body []byte) ([]any, bool) {
	if len(n.into) == 0 {
		return nil, true
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		return nil, false
	}
	out := make([]any, len(n.into))
	for i, f := range n.into {
		found, there := follow(whole, f.path)
		if !there || found == nil {
			if f.value == nil {
				return nil, false
			}
			out[i] = f.value
			continue
		}
		value, ok := typed(found, f.zero)
		if !ok {
			return nil, false
		}
		out[i] = value
	}
	return out, true
}

// typed makes a JSON value one of the kind of zero, without bending it.
func typed(found, zero any) (any, bool) {
	number, isNumber := found.(json.Number)
	switch zero.(type) {
	case string:
		text, is := found.(string)
		if isNumber {
			text, is = number.String(), true
		}
		return text, is && len(text) <= maxValue
	case int:
		n, err := number.Int64()
		return int(n), isNumber && err == nil
	case float64:
		n, err := number.Float64()
		return n, isNumber && err == nil
	case bool:
		flag, is := found.(bool)
		return flag, is
	}
	return nil, false
}

// escaped is a text within a URL: every byte but the unreserved ones as %XX
// (RFC 3986, section 2.1), so that it cannot end the place it stands in.
func escaped(text string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func (n *fetch) exits() []exit {
	all := []exit{{exitNext, n.next}}
	for _, e := range n.endings {
		all = append(all, exit{e.word, e.next})
	}
	return append(all, exit{exitError, n.fail})
}
