// SPDX-License-Identifier: Apache-2.0

//go:build linux && (amd64 || arm64)

package media

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"unsafe"
)

// This file serves many sockets with few threads. A goroutine per socket costs
// a trip through the scheduler for each packet, which is as much as the packet
// itself; one epoll loop halves the cost of a bridged call.

const (
	// maxLoops bounds the threads that read; one serves some thousand legs.
	maxLoops = 4
	// loopEvents is how many ready sockets one wake-up serves.
	loopEvents = 128
)

// loops are the threads of one Ports.
type loops struct {
	all  []*loop
	next uint32
	mu   sync.Mutex // guards next
}

// newLoops starts a loop for every two processors.
func newLoops() (*loops, error) {
	l := new(loops)
	for range min(maxLoops, (runtime.GOMAXPROCS(0)+1)/2) {
		one, err := newLoop()
		if err != nil {
			l.close()
			return nil, err
		}
		l.all = append(l.all, one)
	}
	return l, nil
}

func (l *loops) close() {
	for _, one := range l.all {
		one.close()
	}
}

func (l *loops) bind(addr netip.Addr, port uint16) (datagrams, error) {
	l.mu.Lock()
	l.next++
	one := l.all[int(l.next)%len(l.all)]
	l.mu.Unlock()
	return one.bind(addr, port)
}

// loop is one epoll instance and the goroutine that waits for it.
type loop struct {
	epoll      int
	bell, rope int // a pipe: closing rope ends the loop
	work       sync.WaitGroup
	once       sync.Once

	mu      sync.RWMutex // guards all below
	sockets map[int32]*loopSocket
	ended   bool // epoll is closed
}

func newLoop() (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("open epoll: %w", err)
	}
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK); err != nil {
		_ = syscall.Close(epoll) // nothing is waiting
		return nil, fmt.Errorf("open epoll's bell: %w", err)
	}
	l := &loop{epoll: epoll, bell: pipe[0], rope: pipe[1], sockets: make(map[int32]*loopSocket)}
	if err := l.add(l.bell); err != nil {
		l.close()
		return nil, err
	}
	l.work.Go(l.run)
	return l, nil
}

func (l *loop) add(fd int) error {
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &ev); err != nil {
		return fmt.Errorf("add to epoll: %w", err)
	}
	return nil
}

// close ends the loop and waits for it. Sockets are closed by their owners.
func (l *loop) close() {
	l.once.Do(func() {
		_ = syscall.Close(l.rope) // only rings the bell
		l.work.Wait()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended = true
		_ = syscall.Close(l.bell)
		_ = syscall.Close(l.epoll)
	})
}

// run reads one datagram of each ready socket, then looks again: no socket can
// starve the others.
func (l *loop) run() {
	events := make([]syscall.EpollEvent, loopEvents)
	b := make([]byte, maxPacket)
	for {
		n, err := syscall.EpollWait(l.epoll, events, -1)
		if err != nil && err != syscall.EINTR {
			return // only a bug closes the epoll descriptor under us
		}
		for i := range max(n, 0) {
			fd := events[i].Fd
			if fd == int32(l.bell) {
				return
			}
			l.mu.RLock()
			s := l.sockets[fd]
			l.mu.RUnlock()
			if s != nil {
				s.read(b)
			}
		}
	}
}

func (l *loop) bind(addr netip.Addr, port uint16) (datagrams, error) {
	family, to := syscall.AF_INET, syscall.Sockaddr(&syscall.SockaddrInet4{Port: int(port)})
	if addr.Is6() {
		family, to = syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(port), Addr: addr.As16()}
	} else {
		to.(*syscall.SockaddrInet4).Addr = addr.As4()
	}
	fd, err := syscall.Socket(family, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open socket: %w", err)
	}
	s := &loopSocket{loop: l, fd: fd, six: addr.Is6()}
	if err := s.bindTo(to); err != nil {
		_ = syscall.Close(fd) // never used
		return nil, err
	}
	return s, nil
}

// loopSocket is a socket that a loop reads.
type loopSocket struct {
	loop *loop
	fd   int
	six  bool
	port uint16

	reading  sync.Mutex // held while a datagram is taken; guards all below
	closed   bool
	take     func(b []byte, from netip.AddrPort)
	failed   func(error)
	failures int

	sending sync.RWMutex // guards gone: no send may meet the descriptor's next owner
	gone    bool
}

func (s *loopSocket) bindTo(to syscall.Sockaddr) error {
	if s.six {
		if err := syscall.SetsockoptInt(s.fd, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, 1); err != nil {
			return fmt.Errorf("set up socket: %w", err)
		}
	}
	if err := syscall.Bind(s.fd, to); err != nil {
		return fmt.Errorf("bind socket: %w", err)
	}
	name, err := syscall.Getsockname(s.fd)
	if err != nil {
		return fmt.Errorf("name socket: %w", err)
	}
	switch name := name.(type) {
	case *syscall.SockaddrInet4:
		s.port = uint16(name.Port)
	case *syscall.SockaddrInet6:
		s.port = uint16(name.Port)
	}
	return nil
}

func (s *loopSocket) Port() uint16 { return s.port }

func (s *loopSocket) Start(take func(b []byte, from netip.AddrPort), failed func(error)) {
	s.reading.Lock()
	s.take, s.failed = take, failed
	s.reading.Unlock()
	if err := s.loop.enter(s); err != nil {
		failed(err)
	}
}

// enter has s read from now on.
func (l *loop) enter(s *loopSocket) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return net.ErrClosed
	}
	l.sockets[int32(s.fd)] = s
	return l.add(s.fd)
}

// read takes one datagram. An event of a descriptor's former owner finds none,
// which is no harm.
func (s *loopSocket) read(b []byte) {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.closed {
		return
	}
	n, from, errno := receive(s.fd, b)
	switch errno {
	case 0:
		s.failures = 0
		s.take(b[:n], from)
	case syscall.EAGAIN, syscall.EINTR:
	default:
		if s.failures++; s.failures == maxReadErrors {
			s.leave()
			s.failed(errno)
		}
	}
}

// leave takes the socket out of the loop.
func (s *loopSocket) leave() {
	s.loop.mu.Lock()
	defer s.loop.mu.Unlock()
	if s.loop.ended {
		return
	}
	_ = syscall.EpollCtl(s.loop.epoll, syscall.EPOLL_CTL_DEL, s.fd, nil) // it may never have been added
	if s.loop.sockets[int32(s.fd)] == s {
		delete(s.loop.sockets, int32(s.fd))
	}
}

func (s *loopSocket) Close() error {
	s.reading.Lock()
	defer s.reading.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.leave()
	s.sending.Lock()
	defer s.sending.Unlock()
	s.gone = true
	return syscall.Close(s.fd)
}

func (s *loopSocket) Send(b []byte, to netip.AddrPort) error {
	s.sending.RLock()
	defer s.sending.RUnlock()
	switch {
	case s.gone:
		return syscall.EBADF
	case to.Addr().Is6() != s.six:
		return syscall.EAFNOSUPPORT
	}
	if errno := send(s.fd, b, to); errno != 0 {
		return errno
	}
	return nil
}

// receive is recvfrom(2). The raw call keeps the scheduler out of it: it never
// blocks.
func receive(fd int, b []byte) (n int, from netip.AddrPort, errno syscall.Errno) {
	var name syscall.RawSockaddrInet6 // the longer one
	size := uint32(unsafe.Sizeof(name))
	r, _, errno := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), syscall.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&name)), uintptr(unsafe.Pointer(&size)))
	if errno != 0 {
		return 0, from, errno
	}
	if name.Family == syscall.AF_INET {
		four := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&name))
		return int(r), netip.AddrPortFrom(netip.AddrFrom4(four.Addr), swapped(four.Port)), 0
	}
	return int(r), netip.AddrPortFrom(netip.AddrFrom16(name.Addr), swapped(name.Port)), 0
}

// send is sendto(2).
func send(fd int, b []byte, to netip.AddrPort) syscall.Errno {
	var name syscall.RawSockaddrInet6
	size := unsafe.Sizeof(name)
	if to.Addr().Is4() {
		four := (*syscall.RawSockaddrInet4)(unsafe.Pointer(&name))
		four.Family, four.Port, four.Addr = syscall.AF_INET, swapped(to.Port()), to.Addr().As4()
		size = unsafe.Sizeof(*four)
	} else {
		name.Family, name.Port, name.Addr = syscall.AF_INET6, swapped(to.Port()), to.Addr().As16()
	}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), syscall.MSG_DONTWAIT,
		uintptr(unsafe.Pointer(&name)), size)
	return errno
}

// swapped is a port in network order; both systems here are little-endian.
func swapped(port uint16) uint16 { return port<<8 | port>>8 }
