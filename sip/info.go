// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bufio"
	"bytes"
	"mime"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"tandem/call"
)

// The bodies of INFO that carry a key (RFC 6086 knows no package for them; both
// are older and in wide use).
const (
	dtmfRelayType = "application/dtmf-relay" // Signal=5, Duration=160
	dtmfType      = "application/dtmf"       // the key alone
	dtmfAccept    = dtmfRelayType + ", " + dtmfType
)

// digitSource is how a key press reached us.
type digitSource int

const (
	fromRTP digitSource = iota
	fromINFO
)

const (
	doubleWindow = time.Second // in which a key that comes both ways is one press
	maxUnmatched = 16          // presses of one source that may wait for their double
)

// digitSources recognises one press that a phone sends both in RTP and by INFO:
// a press is dropped if the other way brought the same key within doubleWindow
// and that press has not met its double yet.
type digitSources struct {
	unmatched [2][]press
}

type press struct {
	key byte
	at  time.Time
}

// isNew says whether the press is one that was not reported yet.
func (d *digitSources) isNew(from digitSource, key byte, at time.Time) bool {
	other := d.unmatched[1-from]
	for i, p := range other {
		if p.key == key && at.Sub(p.at) < doubleWindow {
			d.unmatched[1-from] = append(other[:i:i], other[i+1:]...)
			return false
		}
	}
	own := append(d.unmatched[from], press{key, at})
	if len(own) > maxUnmatched {
		own = own[1:]
	}
	d.unmatched[from] = own
	return true
}

func (l *leg) digit(from digitSource, key byte, at time.Time) {
	if l.digits.isNew(from, key, at) {
		l.post(call.Digit{Key: key})
	}
}

// info takes a key press. An INFO without body asks only whether the dialog is
// alive.
func (l *leg) info(m message) {
	body := bytes.TrimSpace(m.req.Body())
	if len(body) == 0 {
		l.answer(m, 200, "OK", nil)
		return
	}
	key, ok := keyOf(m.req, body)
	if !ok {
		l.server.rejectBody(m.req, m.tx, dtmfAccept)
		return
	}
	l.answer(m, 200, "OK", nil)
	if key != 0 {
		l.digit(fromINFO, key, time.Now())
	}
}

// keyOf reads the key of an INFO; ok is false if its type is not ours, key is 0
// if it names none that exists.
func keyOf(req *sip.Request, body []byte) (key byte, ok bool) {
	h := req.ContentType()
	if h == nil {
		return 0, false
	}
	kind, _, err := mime.ParseMediaType(h.Value())
	if err != nil {
		return 0, false
	}
	switch kind {
	case dtmfType:
		return keyNamed(string(body)), true
	case dtmfRelayType:
		lines := bufio.NewScanner(bytes.NewReader(body))
		for lines.Scan() {
			name, value, found := strings.Cut(lines.Text(), "=")
			if found && strings.EqualFold(strings.TrimSpace(name), "signal") {
				return keyNamed(value), true
			}
		}
		return 0, true
	}
	return 0, false
}

// keyNamed reads a key as phones write it: itself, or 10 and 11 for * and #.
func keyNamed(s string) byte {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch {
	case s == "10":
		return '*'
	case s == "11":
		return '#'
	case len(s) == 1 && strings.Contains("0123456789*#ABCD", s):
		return s[0]
	}
	return 0
}
