// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tandem/config"
	"tandem/configs"
	"tandem/dialtest"
	"tandem/media"
	"tandem/sip"
)

// Limits of the demo's callers.
const (
	demoCallsAtOnce = 20               // further ones are refused
	demoPatience    = 10 * time.Minute // then a caller hangs up
	demoKeyAfter    = 2 * time.Second  // into the menu
)

// errDemoFull says that enough test callers are on the line.
var errDemoFull = fmt.Errorf("at most %d test calls at once", demoCallsAtOnce)

// demoSpeakers are the recordings that test callers speak, and the numbers they
// show, which are kept for fiction.
var demoSpeakers = []struct{ file, number string }{
	{"prompts/sound/caller1.wav", "+12025550143"},
	{"prompts/sound/caller2.wav", "+442079460958"},
	{"prompts/sound/caller3.wav", "+12025550187"},
}

// demoCallers are simulated callers who dial the first number over real SIP,
// press 1 and speak, so that one person with one browser tab can be the agent.
type demoCallers struct {
	h      *house
	ctx    context.Context // ends every demo call
	cancel context.CancelFunc
	calls  sync.WaitGroup

	mu     sync.Mutex // guards the rest
	phones *dialtest.Phones
	alive  int
	placed int
}

func newDemoCallers(h *house) *demoCallers {
	ctx, cancel := context.WithCancel(context.Background())
	return &demoCallers{h: h, ctx: ctx, cancel: cancel}
}

func (d *demoCallers) close() {
	d.cancel()
	d.calls.Wait()
	if d.phones != nil {
		d.phones.Close()
	}
}

// place starts count calls and returns; they end by themselves.
func (d *demoCallers) place(_ context.Context, count int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	if d.alive+count > demoCallsAtOnce {
		return errDemoFull
	}
	if d.phones == nil {
		server, err := demoTarget(d.h.sip.Addrs())
		if err != nil {
			return err
		}
		if d.phones, err = dialtest.Open(dialtest.Options{Server: server, Log: d.h.log.With("node", "demo")}); err != nil {
			return fmt.Errorf("open test callers: %w", err)
		}
	}
	for range count {
		n := d.placed
		d.placed, d.alive = d.placed+1, d.alive+1
		d.calls.Go(func() {
			defer d.leave()
			if err := d.call(n); err != nil && d.ctx.Err() == nil {
				d.h.log.Warn("test call failed", "err", err)
			}
		})
	}
	return nil
}

func (d *demoCallers) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alive--
}

// call is one test caller's visit.
func (d *demoCallers) call(n int) error {
	who := demoSpeakers[n%len(demoSpeakers)]
	speech, err := fs.ReadFile(configs.Files, who.file)
	if err != nil {
		return fmt.Errorf("read test speech: %w", err)
	}
	samples, err := media.ReadWAV(speech)
	if err != nil {
		return fmt.Errorf("read test speech: %w", err)
	}
	c, err := d.phones.Call(d.h.cfg().Numbers[0].Number, dialtest.Caller{Number: who.number, Name: fmt.Sprintf("Test caller %d", n+1)})
	if err != nil {
		return err
	}
	defer c.Hangup()
	ctx, cancel := context.WithTimeout(d.ctx, demoPatience)
	defer cancel()
	if err := c.WaitAnswered(ctx); err != nil {
		return err
	}
	select {
	case <-time.After(demoKeyAfter):
	case <-c.Ended():
	}
	if err := c.Mouth.Press("1"); err != nil {
		return err
	}
	c.Mouth.Say(samples, true)
	if err := c.WaitEnded(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// demoTarget is a UDP listener of ours that loopback reaches.
func demoTarget(addrs []sip.Addr) (string, error) {
	for _, a := range addrs {
		if a.Transport == "udp" && a.Addr.Addr().IsLoopback() {
			return a.Addr.String(), nil
		}
	}
	return "", errors.New("test calls need a SIP listener for UDP on loopback")
}

// demo is serve with the built-in sample configuration and test callers.
func demo(ctx context.Context, v *invocation) error {
	calls := v.flags.Int("calls", 0, "test calls to place at the start, at most 20")
	path := v.flags.String("config", "", "another configuration `file`; it must have demo: true")
	folder := v.flags.String("data", "", "data `folder`, in place of the configuration's; default of the built-in one: tandem-demo in the temporary folder")
	if err := v.parse(); err != nil {
		return err
	}
	var cfg *config.Config
	var err error
	if *path != "" {
		cfg, err = v.load(*path)
	} else {
		cfg, err = config.Sample(filepath.Join(os.TempDir(), "tandem-demo"))
	}
	if err != nil {
		return err
	}
	if *folder != "" {
		cfg.DataFolder = *folder
	}
	if !cfg.Demo {
		return errors.New("the configuration does not say demo: true")
	}
	// The callers come before whoever tries the demo has signed in: they wait.
	for i := range cfg.Queues {
		cfg.Queues[i].JoinEmpty = true
	}
	return runServer(ctx, cfg, v, func(h *house) {
		h.announce(v.stdout)
		if *calls == 0 {
			return
		}
		if err := h.demo.place(ctx, min(*calls, demoCallsAtOnce)); err != nil {
			h.log.Error("test calls not placed", "err", err)
		}
	})
}

// hostFor makes an address for people: a port on every interface is shown by a
// name that this machine answers to.
func hostFor(addr net.Addr, names []string) string {
	a, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return addr.String()
	}
	host := a.Addr().Unmap()
	name := host.String()
	switch {
	case len(names) > 0:
		name = names[0]
	case host.IsUnspecified():
		if name, err = os.Hostname(); err != nil {
			name = "localhost"
		}
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	return fmt.Sprintf("%s:%d", name, a.Port())
}
