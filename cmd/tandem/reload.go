// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"tandem/acd"
	"tandem/call"
	"tandem/config"
	"tandem/media"
)

// planOf is what the desk takes from a configuration.
func (h *house) planOf(cfg *config.Config, library *media.Library) call.Desks {
	open, dial := cfg.Hours()
	return call.Desks{
		Hours: open, DialHours: dial, Disposing: cfg.Disposing(), LastAgent: h.store.LastAgent,
		Queues: cfg.RoutingQueues(), Agents: cfg.RoutingAgents(), Numbers: cfg.CallNumbers(),
		Zones: cfg.Zones(), Flows: cfg.Flows, WaitFlow: cfg.WaitFlow, Statuses: cfg.Statuses(),
		DialAllowed: cfg.Dial.Allow, CallerIDs: cfg.CallerIDs(), AcceptKeys: cfg.AcceptKeys(), ResumeGrace: cfg.Desk.ResumeGrace,
		Sounds: call.Sounds{Wheel: h.wheel, Library: library, HoldMusic: cfg.HoldMusic},
	}
}

// cfg is the configuration by now.
func (h *house) cfg() *config.Config { return h.cfgs.Load() }

// reload reads the configuration again and takes it over: all of it or nothing.
// moveTo goes before what the file says of retired queues.
func (h *house) reload(ctx context.Context, moveTo map[acd.QueueID]acd.QueueID, by acd.Actor) error {
	h.reloading.Lock()
	defer h.reloading.Unlock()
	was := h.cfg()
	next, err := h.reread()
	if err != nil {
		return err
	}
	if keys := was.RestartKeys(next); len(keys) > 0 {
		return fmt.Errorf("%s cannot change while the server runs; nothing was taken over: restart it, or take the change back", strings.Join(keys, ", "))
	}
	library, err := openPrompts(ctx, next)
	if err != nil {
		return err
	}
	moves := next.MoveTo()
	for queue, to := range moveTo {
		moves[queue] = to
	}
	if err := h.sip.Reload(next.SIP); err != nil { // a password file that cannot be read
		return err
	}
	// Who asked may go away: what the desk has taken over is taken over.
	if err := h.desk.Reload(context.WithoutCancel(ctx), h.planOf(next, library), moves, by); err != nil {
		return errors.Join(err, h.sip.Reload(was.SIP))
	}
	h.cfgs.Store(next)
	h.web.Reload(webHouse(next))
	for _, a := range next.Agents {
		if _, known := was.Agent(a.ID); !known && a.Device == config.DeviceURI {
			h.desk.Restore(a.ID, a.InitialStatus, "", acd.Server, false)
		}
	}
	return nil
}

// reloadOnSignal reloads whenever a SIGHUP comes, until ctx ends. Without a
// configuration file (a demo in a terminal) SIGHUP ends the process as ever.
func (h *house) reloadOnSignal(ctx context.Context) {
	if h.reread == nil {
		return
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	defer signal.Stop(signals)
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		}
		if err := h.reload(ctx, nil, acd.Server); err != nil {
			h.log.Error("configuration not reloaded, the old one stays", "err", err)
		}
	}
}

// reload checks the configuration and lets the server that runs on its data
// folder take it over.
func reload(ctx context.Context, v *invocation) error {
	moves := v.flags.String("move", "", "where those go who wait in queues that are no longer: `OLD=QUEUE`, with commas")
	cfg, err := v.config()
	if err != nil {
		return err
	}
	moveTo := map[string]string{}
	for _, move := range splitList(*moves) {
		from, to, ok := strings.Cut(move, "=")
		if !ok {
			return fmt.Errorf("-move %s: write OLD=QUEUE", move)
		}
		moveTo[from] = to
	}
	if _, err := ask(ctx, cfg, http.MethodPost, "/reload", map[string]any{"moveTo": moveTo}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(v.stdout, "the server has taken the configuration over")
	return err
}
