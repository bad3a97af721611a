// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net"
	"sync"
)

// capped accepts at most so many connections, in all and from one address; one
// more is closed at once, so that nobody can use them up.
type capped struct {
	net.Listener
	all, each int

	mu    sync.Mutex // guards the rest; leaf
	open  int
	hosts map[string]int
}

func limited(l net.Listener, all, each int) net.Listener {
	return &capped{Listener: l, all: all, each: each, hosts: map[string]int{}}
}

// Accept satisfies net.Listener.
func (c *capped) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host := conn.RemoteAddr().String()
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if c.enter(host) {
			return &counted{Conn: conn, leave: sync.OnceFunc(func() { c.leave(host) })}, nil
		}
		conn.Close() //nolint:errcheck // nothing was said on it
	}
}

func (c *capped) enter(host string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open >= c.all || c.hosts[host] >= c.each {
		return false
	}
	c.open++
	c.hosts[host]++
	return true
}

func (c *capped) leave(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open--
	if c.hosts[host]--; c.hosts[host] == 0 {
		delete(c.hosts, host)
	}
}

// counted gives its place free when it is closed.
type counted struct {
	net.Conn
	leave func()
}

// Close satisfies net.Conn.
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
