// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/gobwas/ws"
)

// This file is the in-memory way from a browser's socket to sipgo.

// innerListener gives sipgo the sockets as connections.
type innerListener struct {
	fresh chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newInnerListener() *innerListener {
	return &innerListener{fresh: make(chan net.Conn), done: make(chan struct{})}
}

func (l *innerListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.fresh:
		return conn, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *innerListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *innerListener) Addr() net.Addr { return innerAddr(wsHost + ":80") }

// dial gives sipgo a connection from remote and shakes hands on it.
func (l *innerListener) dial(remote netip.AddrPort) (net.Conn, error) {
	near, far := net.Pipe()
	timer := time.NewTimer(innerTimeout)
	defer timer.Stop()
	select {
	case l.fresh <- &innerConn{Conn: far, remote: innerAddr(remote.String())}:
	case <-l.done:
		return nil, net.ErrClosed
	case <-timer.C:
		return nil, errors.New("nobody accepts")
	}
	if err := near.SetDeadline(time.Now().Add(innerTimeout)); err != nil {
		return nil, err
	}
	dialer := ws.Dialer{Protocols: []string{subprotocol}}
	if _, _, err := dialer.Upgrade(near, &url.URL{Scheme: "ws", Host: wsHost, Path: "/"}); err != nil {
		return nil, errors.Join(err, near.Close())
	}
	return near, near.SetDeadline(time.Time{})
}

// innerConn is sipgo's end: its addresses are what sipgo keeps it under.
type innerConn struct {
	net.Conn
	remote net.Addr
}

func (c *innerConn) RemoteAddr() net.Addr { return c.remote }

// LocalAddr is nobody's destination: sipgo keeps connections under it too.
func (c *innerConn) LocalAddr() net.Addr { return innerAddr(wsHost + ":80") }

type innerAddr string

func (a innerAddr) Network() string { return "tcp" }
func (a innerAddr) String() string  { return string(a) }
