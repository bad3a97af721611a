// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"container/list"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"tandem/call"
)

// This file keeps the last messages of each call, as they were on the wire but
// for secrets and keys, so that a fault can be looked at after it has happened.
// What the door refused is never kept: a flood must not wash out what matters.

const (
	defaultTraceMemory = 32 // MB
	maxTraceMemory     = 1024
	tracedMessages     = 400 // of one SIP dialog; the first half and the last stay
	strangersShare     = 8   // one part in so many is for what belongs to no call of ours
	messageCost        = 160 // bytes, beside the text of a message
)

// TraceOptions say what is kept of messages, and where they go.
type TraceOptions struct {
	// Off keeps nothing.
	Off bool `yaml:"off"`
	// Memory is how many MB of messages are kept; the oldest calls go first.
	// Default 32.
	Memory int `yaml:"memory"`
	// HEP is host:port of a HOMER server that gets every message, as HEPv3 by UDP;
	// default none.
	HEP string `yaml:"hep"`
	// CaptureID names us to that server; default 2001.
	CaptureID int `yaml:"captureID"`
	// Password is what it wants to know of us; default none.
	Password string `yaml:"password"`
}

func (o TraceOptions) check(path string, report func(path, problem string)) {
	notNegative(report, path+".memory", int64(o.Memory))
	if o.Memory > maxTraceMemory {
		report(path+".memory", fmt.Sprintf("%d MB is too much; at most %d", o.Memory, maxTraceMemory))
	}
	if o.HEP != "" {
		if _, port, err := splitHostPort(o.HEP); err != nil || port == 0 {
			report(path+".hep", fmt.Sprintf("%q is not host:port; write the address of the HOMER server, like 192.0.2.9:9060", o.HEP))
		}
	}
	if o.CaptureID < 0 || int64(o.CaptureID) > 1<<32-1 {
		report(path+".captureID", "is outside 0 to 4294967295")
	}
}

// traced is one message.
type traced struct {
	at        time.Time
	from, to  netip.AddrPort
	transport string
	out       bool   // we sent it
	text      []byte // masked
}

// tracedDialog are the messages of one SIP Call-ID.
type tracedDialog struct {
	sipCallID string
	call      call.ID // "" as long as nobody has said
	ours      bool    // a leg has it
	messages  []traced
	skipped   int // of the middle
	size      int
	place     *list.Element // in the tracer's list of ours or of strangers
}

// tracer keeps messages. Its methods may be called from any goroutine; a nil
// tracer keeps nothing.
type tracer struct {
	limit int // bytes
	hep   *hepSender

	mu      sync.Mutex // guards the rest; held while a message is filed
	dialogs map[string]*tracedDialog
	calls   map[call.ID][]*tracedDialog
	pools   [2]pool // of strangers, and of our calls
}

type pool struct {
	order *list.List // of *tracedDialog, oldest first
	size  int
}

func newTracer(o TraceOptions, hep *hepSender) *tracer {
	if o.Off && hep == nil {
		return nil
	}
	t := &tracer{
		limit: orDefault(o.Memory, defaultTraceMemory) << 20, hep: hep,
		dialogs: map[string]*tracedDialog{}, calls: map[call.ID][]*tracedDialog{},
		pools: [2]pool{{order: list.New()}, {order: list.New()}},
	}
	if o.Off {
		t.limit = 0
	}
	return t
}

// keep files one message that has passed the door, or that we send.
func (t *tracer) keep(m traced, text []byte) {
	if t == nil {
		return
	}
	id := callIDOf(text)
	if id == "" {
		return
	}
	m.at, m.text = time.Now(), mask(text)
	t.hep.send(m, id)
	if t.limit == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.dialog(id)
	cost := len(m.text) + messageCost
	if len(d.messages) >= tracedMessages {
		middle := tracedMessages / 2
		gone := len(d.messages[middle].text) + messageCost
		d.messages = slices.Delete(d.messages, middle, middle+1)
		d.skipped++
		cost -= gone
	}
	d.messages = append(d.messages, m)
	d.size += cost
	t.pool(d).size += cost
	t.shed()
}

func (t *tracer) pool(d *tracedDialog) *pool { return &t.pools[toInt(d.ours)] }

// dialog finds or begins one; t is locked.
func (t *tracer) dialog(id string) *tracedDialog {
	d := t.dialogs[id]
	if d == nil {
		d = &tracedDialog{sipCallID: id}
		t.dialogs[id] = d
		d.place = t.pool(d).order.PushBack(d)
	}
	return d
}

// shed forgets the oldest until what is left fits; t is locked.
func (t *tracer) shed() {
	for t.pools[0].size > t.limit/strangersShare && t.drop(&t.pools[0]) {
	}
	for t.pools[1].size > t.limit-t.limit/strangersShare && t.drop(&t.pools[1]) {
	}
}

func (t *tracer) drop(p *pool) bool {
	first := p.order.Front()
	if first == nil {
		return false
	}
	d := first.Value.(*tracedDialog)
	p.order.Remove(first)
	p.size -= d.size
	delete(t.dialogs, d.sipCallID)
	if d.call != "" {
		rest := slices.DeleteFunc(t.calls[d.call], func(o *tracedDialog) bool { return o == d })
		if t.calls[d.call] = rest; len(rest) == 0 {
			delete(t.calls, d.call)
		}
	}
	return true
}

// claim says that a leg of ours has this Call-ID, and whose call it is if that
// is known.
func (t *tracer) claim(sipCallID string, id call.ID) {
	if t == nil || t.limit == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	d := t.dialog(sipCallID)
	if !d.ours {
		was := t.pool(d)
		was.order.Remove(d.place)
		was.size -= d.size
		d.ours = true
		now := t.pool(d)
		now.size += d.size
		d.place = now.order.PushBack(d)
	}
	if id != "" && d.call == "" {
		d.call = id
		t.calls[id] = append(t.calls[id], d)
	}
}

// find returns the messages of a call, by its ID or by a SIP Call-ID, in order
// of time.
func (t *tracer) find(id string) (all []traced, skipped int) {
	if t == nil {
		return nil, 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	dialogs := t.calls[call.ID(id)]
	if d := t.dialogs[id]; d != nil && len(dialogs) == 0 {
		dialogs = []*tracedDialog{d}
		if d.call != "" {
			dialogs = t.calls[d.call]
		}
	}
	for _, d := range dialogs {
		all = append(all, d.messages...)
		skipped += d.skipped
	}
	slices.SortStableFunc(all, func(a, b traced) int { return a.at.Compare(b.at) })
	return all, skipped
}

// callIDOf is the Call-ID of a message, or "".
func callIDOf(text []byte) string {
	for line := range bytes.SplitSeq(text, []byte("\r\n")) {
		if len(line) == 0 {
			return ""
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if ok {
			if name = bytes.TrimSpace(name); equalName(name, "call-id") || equalName(name, "i") {
				if value = bytes.TrimSpace(value); len(value) <= maxCallID {
					return string(value)
				}
				return ""
			}
		}
	}
	return ""
}

// mask copies a message without its secrets and keys: digests, keypad digits,
// media keys and tokens become stars, one for each octet.
func mask(text []byte) []byte {
	out := bytes.Clone(text)
	head, body, _ := bytes.Cut(out, []byte("\r\n\r\n"))
	keys, parts := false, true
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		i := bytes.IndexByte(line, ':')
		if i <= 0 {
			continue
		}
		name, value := bytes.TrimRight(line[:i], " \t"), line[i+1:]
		switch {
		case equalName(name, "authorization"), equalName(name, "proxy-authorization"):
			starsAfter(value, "response=", ",")
			starsAfter(value, "cnonce=", ",")
			if indexFold(value, "digest") < 0 {
				stars(value)
			}
		case equalName(name, "x-tandem-resume"), equalName(name, "x-tandem-ticket"):
			stars(value)
		case equalName(name, "content-type"), equalName(name, "c"):
			keys, parts = indexFold(value, "dtmf") >= 0, indexFold(value, sdpType) < 0
		}
	}
	if keys {
		stars(body)
		return out
	}
	for line := range bytes.SplitSeq(body, []byte("\n")) {
		switch {
		case bytes.HasPrefix(line, []byte("a=crypto:")):
			starsAfter(line, "inline:", "\r")
		case bytes.HasPrefix(line, []byte("a=ice-pwd:")):
			starsAfter(line, "a=ice-pwd:", "\r")
		case bytes.HasPrefix(line, []byte("k=")):
			starsAfter(line, "k=", "\r")
		case parts && indexFold(line, "signal=") >= 0:
			starsAfter(line, "signal=", "\r")
		}
	}
	return out
}

// starsAfter masks what follows each key, in any case, up to one of end.
func starsAfter(b []byte, key, end string) {
	for {
		i := indexFold(b, key)
		if i < 0 {
			return
		}
		b = b[i+len(key):]
		n := bytes.IndexAny(b, end)
		if n < 0 {
			n = len(b)
		}
		stars(b[:n])
		b = b[n:]
	}
}

func stars(b []byte) {
	for i, c := range b {
		if c != ' ' && c != '\r' && c != '\n' && c != '"' {
			b[i] = '*'
		}
	}
}

// Ladder draws the messages of a call, named by its ID or by a SIP Call-ID, and
// then shows each of them. It says false if none is kept.
func (s *Server) Ladder(id string) (string, bool) {
	all, skipped := s.tracer.find(id)
	if len(all) == 0 {
		return "", false
	}
	return ladder(all, skipped), true
}

const ladderWidth = 30 // columns between two of those who speak

func ladder(all []traced, skipped int) string {
	columns := []string{}
	column := func(far netip.AddrPort) int {
		name := far.String()
		i := slices.Index(columns, name)
		if i < 0 {
			columns = append(columns, name)
			i = len(columns) - 1
		}
		if i > 0 {
			i++ // we stand behind the first
		}
		return i
	}
	for _, m := range all {
		column(m.far())
	}
	names := append([]string{columns[0], "tandem"}, columns[1:]...)
	var b strings.Builder
	if skipped > 0 {
		fmt.Fprintf(&b, "%d messages of the middle are not kept\n", skipped)
	}
	fmt.Fprintf(&b, "%-14s", all[0].at.UTC().Format("2006-01-02"))
	for _, name := range names {
		fmt.Fprintf(&b, "%-*s", ladderWidth, cut(name, ladderWidth-2))
	}
	b.WriteString("\n")
	for i, m := range all {
		far := column(m.far())
		left, right := min(far, 1), max(far, 1)
		line := []rune(strings.Repeat(" ", ladderWidth*len(names)))
		for c := range names {
			line[c*ladderWidth] = '|'
		}
		for x := left*ladderWidth + 1; x < right*ladderWidth; x++ {
			line[x] = '-'
		}
		toRight := m.out == (far > 1)
		if toRight {
			line[right*ladderWidth-1] = '>'
		} else {
			line[left*ladderWidth+1] = '<'
		}
		copy(line[left*ladderWidth+3:right*ladderWidth-2], []rune(" "+cut(summary(m.text), ladderWidth-8)+" "))
		fmt.Fprintf(&b, "%s  %s  %d\n", m.at.UTC().Format("15:04:05.000"), strings.TrimRight(string(line), " "), i+1)
	}
	for i, m := range all {
		fmt.Fprintf(&b, "\n--- %d  %s  %s  %s > %s\n%s", i+1, m.at.UTC().Format("15:04:05.000000"), m.transport, m.from, m.to,
			strings.ReplaceAll(plain(m.text), "\r\n", "\n"))
	}
	return b.String()
}

func (m traced) far() netip.AddrPort {
	if m.out {
		return m.to
	}
	return m.from
}

// summary is what a message is: its method, or its status and what it answers.
func summary(text []byte) string {
	line, _ := cutLine(text)
	first, rest, _ := strings.Cut(plain(line), " ")
	sdp := ""
	if bytes.Contains(text, []byte("\r\n\r\nv=0")) {
		sdp = " (SDP)"
	}
	if !strings.HasPrefix(first, "SIP/") {
		return first + sdp
	}
	return rest + sdp
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}

// plain is text that a terminal may show.
func plain(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && r != utf8.RuneError && (r < 0x80 || r > 0x9f) {
			return r
		}
		return '.'
	}, string(b))
}
