// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
)

// This file opens our own connections by TCP and TLS. sipgo would read them without the
// door in front, so that what a dialled far end sends would reach it unchecked;
// it takes them as accepted ones instead.

// errUnproved is for a connection that somebody opened from a trunk's address.
var errUnproved = errors.New("a connection from there is open whose far end has not proved its name")

// dialledListener gives sipgo the connections that we have opened.
type dialledListener struct {
	fresh chan net.Conn
	done  chan struct{}
	once  sync.Once
	addr  net.Addr
}

func newDialled(addr net.Addr) *dialledListener {
	return &dialledListener{fresh: make(chan net.Conn), done: make(chan struct{}), addr: addr}
}

func (d *dialledListener) Accept() (net.Conn, error) {
	select {
	case conn := <-d.fresh:
		return conn, nil
	case <-d.done:
		return nil, net.ErrClosed
	}
}

func (d *dialledListener) Close() error {
	d.once.Do(func() { close(d.done) })
	return nil
}

func (d *dialledListener) Addr() net.Addr { return d.addr }

// connect opens a connection to where f leads unless there is one, and returns
// when sipgo knows it.
func (s *Server) connect(ctx context.Context, f flow) error {
	remote := f.Remote
	if s.connected(f.Transport, remote) {
		if f.Proven && !s.certified.proved(remote, f.Host) {
			return fmt.Errorf("connect to %s: %w", remote, errUnproved)
		}
		return nil
	}
	dialer := net.Dialer{Timeout: connectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", remote.String())
	if err != nil {
		return fmt.Errorf("connect to %s: %w", remote, err)
	}
	to := s.dialled
	if f.Transport == "tls" {
		to = s.dialledTLS
		secure, err := s.dialTLS(ctx, conn, remote, f.Host)
		if err != nil {
			_ = conn.Close()
			return fmt.Errorf("connect to %s by tls: %w", remote, err)
		}
		conn = secure
	}
	framed, err := s.admission.frame(conn)
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("connect to %s: %w", remote, err)
	}
	if f.Transport == "tls" {
		s.certified.add(remote, f.Host)
	}
	known := &announced{Conn: framed, read: make(chan struct{})}
	select {
	case to.fresh <- known:
	case <-to.done:
		err = net.ErrClosed
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = framed.Close()
		return fmt.Errorf("connect to %s: %w", remote, err)
	}
	select {
	case <-known.read:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("connect to %s: %w", remote, context.Cause(ctx))
	}
}

// announced tells when it is first read: sipgo has then put it where requests
// look for it.
type announced struct {
	net.Conn
	once sync.Once
	read chan struct{}
}

func (a *announced) Read(b []byte) (int, error) {
	a.once.Do(func() { close(a.read) })
	return a.Conn.Read(b)
}
