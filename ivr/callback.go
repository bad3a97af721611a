// SPDX-License-Identifier: Apache-2.0

package ivr

import "time"

// This file holds the nodes that a callback is made of. A file's one callback
// node becomes several: the choice between the caller's own number and another
// (offer), its entry (enter) and confirmation (confirm), and the request.

// holdLimit is how long a contact in line may take to enter a number: its place
// is kept and no agent is rung for it meanwhile (routing-rules 15).
const holdLimit = 60 * time.Second

// offering begins a callback: with the caller's own number if there is one, else
// with the question for another.
type offering struct {
	number  string // variable for the number to call
	country string
	offer   *node // nil: the number is always asked for
	enter   *node
}

func (n *offering) begin(m *Machine, now time.Time) *node {
	if m.flow.wait != nil {
		m.hold(now)
	}
	if own, ok := callable(m.contact.Caller, n.country); ok && n.offer != nil {
		m.set(n.number, own)
		return m.exit(exitOffer, n.offer)
	}
	return m.exit(exitEnter, n.enter)
}

func (n *offering) apply(*Machine, time.Time, Event) *node { return nil }

const (
	exitOffer = "offer"
	exitEnter = "enter"
)

// callable makes a number that can be dialled of a caller's; "" and names are
// none.
func callable(number, country string) (string, bool) {
	digits, international := number, false
	if number != "" && number[0] == '+' {
		digits, international = number[1:], true
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return "", false
		}
	}
	if international {
		return number, len(digits) >= leastPhone && len(digits) <= mostPhone
	}
	if country == "" { // an extension, or as the trunk sends it
		return number, digits != ""
	}
	return phone(digits, country)
}

// request asks for the call back.
type request struct {
	number   string // variable
	queue    string // "" in a wait flow: its own
	priority *int
	after    time.Duration
	at       string // variable for a time; "": none
	endings  []ending
	other    *node
	fail     *node
}

func (n *request) begin(m *Machine, now time.Time) *node {
	wanted := RequestCallback{Number: m.value(n.number), Queue: n.queue, Priority: n.priority, After: n.after}
	if n.at != "" {
		wanted.At, _ = m.held(n.at).(time.Time)
	}
	m.await(now, wanted, answerLimit)
	return nil
}

func (n *request) apply(m *Machine, _ time.Time, ev Event) *node {
	switch ev := ev.(type) {
	case Digit:
		m.ahead.push(ev.Key)
	case timeUp:
		m.silence()
		return m.fail(n.fail)
	case CallbackKept:
		m.settled()
		if m.flow.wait != nil && ev.How == requested { // the contact is out of the line already
			m.exit(requested, nil)
			m.end()
			return nil
		}
		return m.branch(n.endings, ev.How, n.other)
	}
	return nil
}

// requested is how a callback was kept.
const requested = "requested"

// resumption is the end of what is heard beside the music of a wait flow.
type resumption struct{}

func (n *resumption) begin(m *Machine, _ time.Time) *node {
	m.exit(exitMusic, nil)
	m.hangup("")
	return nil
}

func (n *resumption) apply(*Machine, time.Time, Event) *node { return nil }

const exitMusic = "music"

// leaving takes the contact out of the line, as the exit key does.
type leaving struct{}

func (n *leaving) begin(m *Machine, _ time.Time) *node {
	m.exit(exitEnd, nil)
	m.leave(exitKeyWord)
	return nil
}

func (n *leaving) apply(*Machine, time.Time, Event) *node { return nil }
