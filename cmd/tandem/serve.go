// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"tandem/config"
)

const defaultConfig = "tandem.yaml"

// serve runs the server until it is told to end.
func serve(ctx context.Context, v *invocation) error {
	cfg, err := v.config()
	if err != nil {
		return err
	}
	return runServer(ctx, cfg, v, func(h *house) { h.announce(v.stdout) })
}

// config reads the flags that every verb has, and the configuration.
func (v *invocation) config() (*config.Config, error) {
	path := v.flags.String("config", defaultConfig, "the configuration `file`")
	data := v.flags.String("data", "", "data `folder`, in place of the configuration's")
	if err := v.parse(); err != nil {
		return nil, err
	}
	v.reread = func() (*config.Config, error) {
		cfg, err := config.Load(*path)
		if err == nil && *data != "" {
			cfg.DataFolder = *data
		}
		return cfg, err
	}
	cfg, err := v.reread()
	return cfg, v.faults("the configuration", err)
}

// parse reads the flags; what stands beside them stays in v.args, before or
// behind, so that both `agent add li -config f` and `agent -config f add li` work.
func (v *invocation) parse() error {
	var words []string
	rest := v.args
	for {
		if err := v.flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return err
			}
			return errUsage
		}
		rest = v.flags.Args()
		if len(rest) == 0 {
			v.args = words
			return nil
		}
		words, rest = append(words, rest[0]), rest[1:]
	}
}

// load reads a configuration and prints all that is wrong with it.
func (v *invocation) load(path string) (*config.Config, error) {
	cfg, err := config.Load(path)
	return cfg, v.faults("the configuration", err)
}

// runServer builds the house, lives in it until ctx ends or a signal comes,
// lets calls end, and takes it down. A second signal ends the calls at once.
func runServer(ctx context.Context, cfg *config.Config, v *invocation, ready func(*house)) error {
	log, err := newLog(cfg.Log, v.stderr)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)

	h, err := build(ctx, cfg, v.reread, log)
	if err != nil {
		return err
	}
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	calls, endCalls := context.WithCancel(serving)
	defer stopServing()
	defer endCalls()
	h.calls = calls

	failed := make(chan error, 4)
	var running sync.WaitGroup
	h.start(serving, &running, failed)
	ready(h)

	running.Go(func() { h.reloadOnSignal(serving) })
	select {
	case <-ctx.Done():
	case s := <-signals:
		log.Info("draining", "signal", s.String(), "calls", h.desk.Alive(), "limit", cfg.Drain)
	case err = <-failed:
		log.Error("a part has failed, ending", "err", err)
	}
	h.drain(cfg.Drain, signals)
	endCalls()
	h.desk.Wait()
	stopServing()
	running.Wait()
	log.Info("ended")
	return errors.Join(err, h.close())
}

// drain refuses new calls and waits for those that exist, until none is left,
// the limit has passed or a further signal comes.
func (h *house) drain(limit time.Duration, signals <-chan os.Signal) {
	h.draining.Store(true)
	h.sip.Drain()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for h.desk.Alive() > 0 {
		select {
		case <-deadline.C:
			h.log.Warn("drain limit passed, ending calls", "calls", h.desk.Alive())
			return
		case <-signals:
			h.log.Warn("told again, ending calls", "calls", h.desk.Alive())
			return
		case <-look.C:
		}
	}
}

func newLog(o config.Log, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		return nil, fmt.Errorf("read log level: %w", err)
	}
	options := &slog.HandlerOptions{Level: level}
	if o.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options)), nil
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}
