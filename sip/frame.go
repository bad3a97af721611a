// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"strconv"
)

// This file reads just enough of a message to know where it ends, who can be
// answered, and whether sipgo may see it. It allocates nothing unless a header
// is folded, and trusts nothing.

const (
	maxMessage     = 65535    // bytes; sipgo's parser takes no more
	maxDatagramSIP = 32768    // bytes; sipgo's UDP buffer
	maxHeader      = 48 << 10 // bytes of start line and headers
	maxHeaders     = 200      // lines
	maxLine        = 8 << 10  // bytes, after unfolding
	maxVias        = 70       // RFC 3261, section 20.22: no path is longer
	maxCallID      = 512      // bytes
	maxSequence    = 1<<31 - 1
)

// flaw is why a message is refused. Its status is what a request gets, where it
// can be answered at all; 0 is silence.
type flaw struct {
	status int
	reason string
	label  string // in sip_refused_total
}

func (f *flaw) Error() string { return f.label }

var (
	flawSyntax    = &flaw{400, "Bad Request", "syntax"}
	flawMissing   = &flaw{400, "Missing Header", "missing"}
	flawRepeated  = &flaw{400, "Repeated Header", "repeated"}
	flawSequence  = &flaw{400, "Bad CSeq", "cseq"}
	flawLength    = &flaw{400, "Bad Content-Length", "length"}
	flawScheme    = &flaw{416, "Unsupported URI Scheme", "scheme"}
	flawVersion   = &flaw{505, "Version Not Supported", "version"}
	flawSize      = &flaw{513, "Message Too Large", "size"}
	flawNoise     = &flaw{0, "", "noise"} // not SIP at all
	flawResponse  = &flaw{0, "", "response"}
	flawScanner   = &flaw{0, "", "scanner"}
	flawRate      = &flaw{503, "Service Unavailable", "rate"}
	flawFlood     = &flaw{0, "", "flood"}
	flawBarred    = &flaw{0, "", "barred"}
	flawOverload  = &flaw{503, "Service Unavailable", "overload"}
	flawIdle      = &flaw{0, "", "idle"}
	flawUnframed  = &flaw{400, "Content-Length Required", "unframed"}
	flawCrowd     = &flaw{0, "", "connections"}
	flawHandshake = &flaw{0, "", "handshake"}
	flawInternal  = &flaw{0, "", "internal"}
	refusalLabels = []*flaw{flawSyntax, flawMissing, flawRepeated, flawSequence, flawLength, flawScheme, flawVersion,
		flawSize, flawNoise, flawResponse, flawScanner, flawRate, flawFlood, flawBarred, flawOverload, flawIdle, flawUnframed, flawCrowd, flawHandshake, flawInternal}
)

// envelope is what admission knows of a message. Its slices point into it.
type envelope struct {
	request bool
	method  []byte
	uri     []byte
	vias    [][]byte // values of the Via lines
	from    []byte
	to      []byte
	callID  []byte
	seq     []byte // value of CSeq
	agent   []byte // User-Agent or Server
	contact []byte
	length  int // Content-Length; -1 if absent
	body    int // where the body begins
	lines   int
	// unframed says that Content-Length cannot be believed.
	unframed bool
	loose    bool // an address bears white space that sipgo would misread
	seen     [maxSingle]bool
}

// Headers that may occur once (RFC 3261, section 7.3.1).
const (
	singleFrom = iota
	singleTo
	singleCallID
	singleCSeq
	singleForwards
	singleLength
	singleType
	singleExpires
	singleAgent
	maxSingle
)

func (e *envelope) is(method string) bool { return e.request && string(e.method) == method }

// opensDialog says that the request is outside of any dialog.
func (e *envelope) opensDialog() bool { return e.request && !hasTag(e.to) }

// answerable says that a response could reach somebody who waits for it.
func (e *envelope) answerable() bool { return e.request && len(e.vias) > 0 && !e.is("ACK") }

// endOfHeaders is the index after the empty line that ends the headers, or -1.
func endOfHeaders(b []byte) int {
	if i := bytes.Index(b, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return -1
}

// unfold joins continued header lines (RFC 3261, section 7.3.1), because sipgo
// breaks on them where a segment ends in between. What is not folded is
// returned as it is.
func unfold(b []byte, end int) ([]byte, int) {
	head := b[:end-2] // the empty line's own end stays
	if !bytes.Contains(head, []byte("\r\n ")) && !bytes.Contains(head, []byte("\r\n\t")) {
		return b, end
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(head); i++ {
		if head[i] != '\r' || i+2 >= len(head) || head[i+1] != '\n' || !blank(head[i+2]) {
			out = append(out, head[i])
			continue
		}
		i += 2
		for i+1 < len(head) && blank(head[i+1]) {
			i++
		}
		out = append(bytes.TrimRight(out, " \t"), ' ')
	}
	out = append(out, "\r\n"...)
	end = len(out)
	return append(out, b[len(head)+2:]...), end
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// inspect reads the start line and headers in b[:end], unfolded. Even where it
// finds a flaw, what it has read so far serves to answer.
func (e *envelope) inspect(b []byte, end int) (found *flaw) {
	*e = envelope{length: -1, body: end, vias: e.vias[:0]}
	if end > maxHeader {
		return flawSize
	}
	note := func(f *flaw) {
		if found == nil {
			found = f
		}
	}
	rest := b[:end-2]
	line, rest := cutLine(rest)
	if f := e.startLine(line); f != nil {
		if f == flawNoise {
			return f
		}
		note(f)
	}
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		e.lines++
		if len(line) > maxLine || e.lines > maxHeaders {
			note(flawSize)
			break
		}
		if f := e.header(line); f != nil {
			note(f)
		}
	}
	if f := e.complete(); f != nil {
		note(f)
	}
	return found
}

// cutLine takes one line off; b ends with CRLF.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.Index(b, []byte("\r\n"))
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i+2:]
}

func (e *envelope) startLine(line []byte) *flaw {
	if len(line) > maxLine {
		return flawSize
	}
	if version, rest, ok := bytes.Cut(line, []byte(" ")); ok && len(version) >= 4 && bytes.EqualFold(version[:4], []byte("SIP/")) {
		return e.statusLine(version, rest)
	}
	method, rest, ok := bytes.Cut(line, []byte(" "))
	i := bytes.LastIndexByte(rest, ' ')
	if !ok || !token(method) || i < 0 {
		if bytes.Contains(line, []byte("SIP/")) {
			e.request = true
			return flawSyntax
		}
		return flawNoise
	}
	uri, version := rest[:i], rest[i+1:]
	e.request, e.method, e.uri = true, method, uri
	switch {
	case len(version) == 0 && bytes.Contains(uri, []byte("SIP/")):
		return flawSyntax // space after the version: RFC 4475, section 3.1.2.10
	case len(version) < 4 || !bytes.EqualFold(version[:4], []byte("SIP/")):
		e.request = false
		return flawNoise
	case !bytes.EqualFold(version, []byte("SIP/2.0")):
		return flawVersion
	}
	return checkURI(uri)
}

func (e *envelope) statusLine(version, rest []byte) *flaw {
	if !bytes.EqualFold(version, []byte("SIP/2.0")) {
		return flawResponse
	}
	code, _, _ := bytes.Cut(rest, []byte(" "))
	if len(code) != 3 || code[0] < '1' || code[0] > '6' || !digits(code) {
		return flawResponse
	}
	return nil
}

func (e *envelope) header(line []byte) *flaw {
	i := bytes.IndexByte(line, ':')
	if i <= 0 {
		return flawSyntax
	}
	name, value := bytes.TrimRight(line[:i], " \t"), bytes.TrimSpace(line[i+1:])
	if !token(name) || !text(value) {
		return flawSyntax
	}
	if len(name) == 1 {
		name = expand(name)
	}
	if !e.loose && addressed(name) {
		e.loose = loose(value)
	}
	switch {
	case equalName(name, "via"):
		return e.via(value)
	case equalName(name, "from"):
		return e.once(singleFrom, &e.from, value)
	case equalName(name, "to"):
		return e.once(singleTo, &e.to, value)
	case equalName(name, "call-id"):
		return e.once(singleCallID, &e.callID, value)
	case equalName(name, "cseq"):
		return e.once(singleCSeq, &e.seq, value)
	case equalName(name, "max-forwards"):
		return e.number(singleForwards, value, 255)
	case equalName(name, "expires"):
		return e.number(singleExpires, value, 1<<32-1)
	case equalName(name, "content-type"):
		var ignored []byte
		return e.once(singleType, &ignored, value)
	case equalName(name, "content-length"):
		return e.contentLength(value)
	case equalName(name, "user-agent"), equalName(name, "server"):
		e.agent = value
	case equalName(name, "contact"):
		e.contact = value
		return checkContact(value)
	}
	return nil
}

func (e *envelope) once(which int, into *[]byte, value []byte) *flaw {
	if e.seen[which] {
		return flawRepeated
	}
	e.seen[which] = true
	*into = value
	return nil
}

func (e *envelope) number(which int, value []byte, limit uint64) *flaw {
	var text []byte
	if f := e.once(which, &text, value); f != nil {
		return f
	}
	if n, err := strconv.ParseUint(string(text), 10, 64); err != nil || n > limit {
		return flawSyntax
	}
	return nil
}

// contentLength may be repeated only if it says the same: of two that differ
// one reader sees one message where another sees two.
func (e *envelope) contentLength(value []byte) *flaw {
	n, err := strconv.Atoi(string(value))
	if err != nil || !digits(value) || e.seen[singleLength] && n != e.length {
		e.unframed = true
		return flawLength
	}
	e.seen[singleLength] = true
	e.length = n
	return nil
}

func (e *envelope) via(value []byte) *flaw {
	if len(e.vias) == maxVias {
		return flawSize
	}
	// "SIP / 2.0 / UDP host;params": the sent-by follows the transport.
	rest := value
	for range 2 {
		_, after, ok := bytes.Cut(rest, []byte("/"))
		if !ok {
			return flawSyntax
		}
		rest = bytes.TrimLeft(after, " \t")
	}
	i := bytes.IndexAny(rest, " \t")
	if i <= 0 || len(bytes.TrimSpace(rest[i:])) == 0 {
		return flawSyntax
	}
	e.vias = append(e.vias, value) // it says where an answer goes, whatever follows
	for _, nothing := range nothings {
		if bytes.Contains(rest, nothing) {
			return flawSyntax
		}
	}
	return nil
}

// nothings are empty parameters and values (RFC 4475, section 3.1.2.1).
var nothings = [][]byte{[]byte(";;"), []byte(";,"), []byte(",;"), []byte(",,")}

// complete checks what all headers together must be.
func (e *envelope) complete() *flaw {
	if !e.seen[singleFrom] || !e.seen[singleTo] || !e.seen[singleCallID] || !e.seen[singleCSeq] || len(e.vias) == 0 {
		return flawMissing
	}
	if len(e.callID) == 0 || len(e.callID) > maxCallID || bytes.ContainsAny(e.callID, " \t") {
		return flawSyntax
	}
	if !nameAddr(e.from) || !nameAddr(e.to) {
		return flawSyntax
	}
	i := bytes.IndexAny(e.seq, " \t")
	if i < 0 {
		return flawSequence
	}
	number, method := e.seq[:i], bytes.TrimLeft(e.seq[i:], " \t")
	n, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil || !digits(number) || n > maxSequence || !token(method) {
		return flawSequence
	}
	if e.request && !bytes.Equal(method, e.method) {
		return flawSequence
	}
	return nil
}
