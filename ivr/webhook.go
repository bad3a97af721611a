// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"time"
)

// webhook tells another system something, which is kept until it has taken it:
// at least once, under an ID by which it knows a repetition.
type webhook struct {
	url     template
	written string
	headers []Header
	json    []assignment
	into    string // variable for the ID; "": none
	next    *node
	fail    *node
}

func (n *webhook) begin(m *Machine, now time.Time) *node {
	values := make(map[string]any, len(n.json))
	for _, a := range n.json {
		value, ok := m.eval(now, a.value)
		if !ok {
			return m.fail(n.fail)
		}
		values[a.name] = value
	}
	m.notices++
	e := Notify{
		ID: noticeID(m.contact.ID, m.flow.ID, m.node.id, m.notices), Headers: n.headers,
		URL: n.url.fill(func(name string) string { return escaped(m.value(name)) }),
	}
	e.Body, _ = json.Marshal(values) //nolint:errcheck // texts, numbers and flags can all be written
	if n.into != "" {
		m.set(n.into, e.ID)
	}
	m.effect(e)
	return m.exit(exitNext, n.next)
}

func (n *webhook) apply(*Machine, time.Time, Event) *node { return nil }

func (n *webhook) exits() []exit {
	return withError([]exit{{exitNext, n.next}}, n.fail, values(n.json)...)
}

// noticeID is the same for the same step of the same call, and for no other.
func noticeID(contact string, flow FlowID, at NodeID, count int) string {
	h := fnv.New64a()
	for _, s := range []string{contact, string(flow), string(at), strconv.Itoa(count)} {
		h.Write([]byte(s)) //nolint:errcheck // a hash takes everything
		h.Write([]byte{0}) //nolint:errcheck // a hash takes everything
	}
	return contact + "-" + strconv.FormatUint(h.Sum64(), 36)
}
