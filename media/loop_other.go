// SPDX-License-Identifier: Apache-2.0

//go:build !linux || !(amd64 || arm64)

package media

import (
	"errors"
	"net/netip"
)

// loops exist on Linux only; elsewhere each socket has its goroutine.
type loops struct{}

func newLoops() (*loops, error) { return nil, errors.ErrUnsupported }

func (l *loops) close() {}

func (l *loops) bind(addr netip.Addr, port uint16) (datagrams, error) { return bindGo(addr, port) }
