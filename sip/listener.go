// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

const (
	acceptPause = 50 * time.Millisecond // after a failed Accept, such as for want of descriptors
	readStep    = 4096                  // bytes; a connection's buffer grows from here to one message
	answerTime  = 5 * time.Second       // for writing a refusal or a pong
	pongPause   = time.Second           // pongs come at most this often
)

// listener returns a TCP listener whose connections give exactly one whole,
// checked message per Read (or its next part, if the reader's buffer is too
// small for it).
func (a *admission) listener(l net.Listener) net.Listener {
	return &doorListener{Listener: l, a: a}
}

type doorListener struct {
	net.Listener
	a *admission
}

// Accept returns the next connection that there is room for.
func (l *doorListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil {
			<-time.After(acceptPause)
			continue
		}
		if framed, err := l.a.frame(conn); err == nil {
			return framed, nil
		}
		_ = conn.Close()
	}
}

// frame wraps a connection, accepted or dialled.
func (a *admission) frame(conn net.Conn) (net.Conn, error) {
	from, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return nil, err
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	release, err := a.connect(from.Addr())
	if err != nil {
		return nil, err
	}
	secure, _ := conn.(*tls.Conn)
	return &doorConn{Conn: conn, a: a, from: from, secure: secure, release: sync.OnceFunc(func() {
		release()
		if a.parted != nil {
			a.parted(from)
		}
	})}, nil
}

// doorConn frames one connection. Read is for one goroutine.
type doorConn struct {
	net.Conn
	a       *admission
	from    netip.AddrPort
	release func()
	secure  *tls.Conn // nil once it has shaken hands, or needs not

	e       envelope
	in      []byte    // arrived, not yet framed
	scanned int       // of in: holds no end of headers
	need    int       // bytes of the message at the head of in; 0: not known yet
	begun   time.Time // when that message began
	crlf    bool      // one CRLF of a ping was seen
	ponged  time.Time
	waited  time.Duration // in silence, since the last octet
	out     []byte        // passed, not yet read
}

// Close gives the connection's place back.
func (c *doorConn) Close() error {
	c.release()
	return c.Conn.Close()
}

// Read returns the next message. It returns io.EOF where the connection cannot
// go on: idle or slow for too long, or without a boundary to go on from.
func (c *doorConn) Read(p []byte) (int, error) {
	if err := c.shakeHands(); err != nil {
		return 0, err
	}
	for len(c.out) == 0 {
		out, err := c.guardedNext()
		if err != nil {
			return 0, err
		}
		if c.out = out; len(out) == 0 {
			if err := c.fill(); err != nil {
				return 0, err
			}
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}

// shakeHands is the beginning of a connection by TLS.
func (c *doorConn) shakeHands() error {
	if c.secure == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
	defer cancel()
	if err := c.secure.HandshakeContext(ctx); err != nil {
		c.a.drop(flawHandshake, c.from)
		return io.EOF
	}
	if c.a.shook != nil {
		c.a.shook(c.from, c.secure.ConnectionState())
	}
	c.secure = nil
	return nil
}

// fill waits for more octets.
func (c *doorConn) fill() error {
	for {
		limits := c.a.limitsNow()
		wait := limits.IdleTimeout
		if len(c.in) > 0 {
			if c.begun.IsZero() {
				c.begun = c.a.now()
			}
			wait = c.begun.Add(limits.MessageTimeout).Sub(c.a.now())
		}
		if err := c.SetReadDeadline(c.a.now().Add(wait)); err != nil {
			return err
		}
		c.grow()
		n, err := c.Conn.Read(c.in[len(c.in):cap(c.in)])
		c.in = c.in[:len(c.in)+n]
		if n > 0 {
			c.waited = 0
			return nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if c.waited += wait; len(c.in) > 0 || !c.mayStay() {
			c.a.refused[flawIdle].Inc()
			return io.EOF
		}
	}
}

// mayStay says whether a connection that has been silent for the idle timeout is
// somebody's whom we know.
func (c *doorConn) mayStay() bool {
	return c.waited < c.a.limitsNow().TrunkIdleTimeout &&
		(c.a.trusts(c.from.Addr()) || c.a.known != nil && c.a.known(c.from))
}

// grow makes room for one more read.
func (c *doorConn) grow() {
	if cap(c.in)-len(c.in) >= readStep {
		return
	}
	grown := make([]byte, len(c.in), min(max(2*cap(c.in), readStep), maxMessage)+readStep)
	copy(grown, c.in)
	c.in = grown
}

// guardedNext is next, or io.EOF after a fault of ours.
func (c *doorConn) guardedNext() (out []byte, err error) {
	err = io.EOF
	defer c.a.recovered(c.from)
	return c.next()
}

// next takes one message off the buffer: nil if none is complete.
func (c *doorConn) next() ([]byte, error) {
	for {
		if c.need == 0 {
			c.keepAlive()
			if err := c.measure(); err != nil {
				return nil, err
			}
		}
		if c.need == 0 || len(c.in) < c.need {
			return nil, nil
		}
		b := c.in[:c.need]
		out, f := c.a.admit(&c.e, arrived{b, endOfHeaders(b), c.from, overTCP, nil})
		if f == flawBarred {
			return nil, io.EOF
		}
		if f != nil {
			c.answer(f)
		} else {
			out = bytes.Clone(out) // the buffer moves on below
			c.a.tracer.keep(traced{from: c.from, to: addrOf(c.LocalAddr()), transport: c.transport()}, out)
		}
		rest := copy(c.in, c.in[c.need:])
		c.in, c.need, c.scanned, c.begun = c.in[:rest], 0, 0, time.Time{}
		if out != nil {
			return out, nil
		}
	}
}

// keepAlive takes the line ends between messages and answers pings (RFC 5626,
// section 3.5.1).
func (c *doorConn) keepAlive() {
	taken := 0
	for len(c.in)-taken >= 2 && c.in[taken] == '\r' && c.in[taken+1] == '\n' {
		taken += 2
		if c.crlf = !c.crlf; c.crlf {
			continue
		}
		if now := c.a.now(); now.Sub(c.ponged) >= pongPause {
			c.ponged = now
			c.write([]byte("\r\n"))
		}
	}
	if taken == 0 {
		return
	}
	c.in = c.in[:copy(c.in, c.in[taken:])]
	c.scanned, c.begun = 0, time.Time{}
	if len(c.in) > 0 && c.in[0] != '\r' {
		c.crlf = false
	}
}

// measure finds how long the message at the head of the buffer is. An error
// ends the connection: nobody can tell where the next message begins.
func (c *doorConn) measure() error {
	if len(c.in) == 0 {
		return nil
	}
	c.crlf = c.crlf && c.in[0] == '\r'
	end := endOfHeaders(c.in[c.scanned:])
	if end < 0 {
		c.scanned = max(0, len(c.in)-3)
		if len(c.in) > maxHeader {
			c.a.drop(flawSize, c.from)
			return io.EOF
		}
		return nil
	}
	end += c.scanned
	head, unfolded := unfold(c.in[:end], end)
	f := c.e.inspect(head, unfolded)
	switch {
	case f == flawNoise || f == flawSize:
	case c.e.unframed:
		f = flawLength
	case c.e.length < 0:
		f = flawUnframed
	case c.e.length > maxMessage-end:
		f = flawSize
	default:
		c.need = end + c.e.length
		return nil
	}
	c.a.drop(f, c.from)
	c.answer(f)
	return io.EOF
}

func (c *doorConn) answer(f *flaw) {
	if answer := c.a.refusal(&c.e, f, c.from); answer != nil {
		c.write(answer)
	}
}

// write sends what nobody waits for; a connection that fails shows it to Read.
func (c *doorConn) write(b []byte) {
	_ = c.SetWriteDeadline(c.a.now().Add(answerTime))
	_, _ = c.Conn.Write(b)
}

// Write sends a message of sipgo's.
func (c *doorConn) Write(b []byte) (int, error) {
	c.a.tracer.keep(traced{from: addrOf(c.LocalAddr()), to: c.from, transport: c.transport(), out: true}, b)
	return c.Conn.Write(b)
}

func (c *doorConn) transport() string {
	if _, secure := c.Conn.(*tls.Conn); secure {
		return "tls"
	}
	return "tcp"
}
