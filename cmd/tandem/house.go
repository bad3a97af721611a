// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"tandem/acd"
	"tandem/call"
	"tandem/config"
	"tandem/configs"
	"tandem/dip"
	"tandem/journal"
	"tandem/media"
	"tandem/sip"
	"tandem/softphone"
	"tandem/store"
	"tandem/web"
)

// house is the running server: every part, joined here and nowhere else.
type house struct {
	cfgs atomic.Pointer[config.Config] // by now; it changes whole
	log  *slog.Logger
	reg  *prometheus.Registry

	store       *store.Store
	journal     *journal.Journal     // nil if it is off
	knownAgents map[acd.AgentID]bool // by the journal
	recovered   call.Recovered
	fenced      chan error
	wheel       *media.Wheel
	ports       *media.Ports
	browsers    *softphone.Softphone
	dips        *dip.Client
	desk        *call.Desk
	sip         *sip.Server
	web         *web.Server
	console     net.Listener // for verbs that speak with the running server
	demo        *demoCallers // nil outside demo mode

	// reread reads the configuration file again; nil if there is none.
	reread     func() (*config.Config, error)
	reloading  sync.Mutex      // one reload at a time
	explaining chan struct{}   // capacity 1: one story at a time
	calls      context.Context // ends to end every call
	draining   atomic.Bool
}

// build makes every part, bottom up as in the design's table. Sockets are bound
// here, so that an address in use is known before anything runs.
func build(ctx context.Context, cfg *config.Config, reread func() (*config.Config, error), log *slog.Logger) (_ *house, err error) {
	h := &house{reread: reread, log: log, reg: prometheus.NewRegistry(), fenced: make(chan error, 1), explaining: make(chan struct{}, 1)}
	h.cfgs.Store(cfg)
	h.reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	defer func() {
		if err != nil {
			err = errors.Join(err, h.close())
		}
	}()
	library, err := openPrompts(ctx, cfg)
	if err != nil {
		return nil, err
	}
	h.store, err = store.Open(ctx, store.Options{Folder: cfg.DataFolder, Registerer: h.reg, Log: log, GoOn: h.openJournal})
	if err != nil {
		return nil, fmt.Errorf("open data folder: %w", err)
	}
	if cfg.Demo {
		if err := makeDemoSignIns(ctx, cfg, h.store); err != nil {
			return nil, err
		}
	}
	h.wheel = media.NewWheel(log)
	rtp := cfg.Media
	rtp.Log, rtp.Metrics = log, h.reg
	h.ports = media.NewPorts(rtp)
	if h.browsers, err = softphone.New(cfg.Softphone, log); err != nil {
		return nil, fmt.Errorf("open the browsers' audio port: %w", err)
	}
	h.browsers.Register(h.reg)
	if h.dips, err = dip.New(cfg.Dips, h.reg); err != nil {
		return nil, fmt.Errorf("open the way to other systems: %w", err)
	}
	var rehearsals *call.Rehearsals
	if cfg.Rehearsal {
		rehearsals = call.NewRehearsals()
	}
	metrics := call.NewMetrics(h.reg, cfg.RoutingQueues())
	desks := h.planOf(cfg, library)
	desks.Dialer, desks.Records, desks.Fetcher, desks.Metrics, desks.Log = dialer{h}, h.store, h.dips, metrics, log
	desks.Rehearsals, desks.Journal, desks.Recovered, desks.Reviver = rehearsals, h.journalOrNone(), h.recovered, dialer{h}
	desks.Recordings = filepath.Join(cfg.DataFolder, recordingsFolder)
	h.desk = call.NewDesk(desks)
	metrics.Watch(h.desk)
	if h.sip, err = sip.New(cfg.SIP, h.sipHandlers(), h.endpoints(), h.reg, log); err != nil {
		return nil, fmt.Errorf("open SIP: %w", err)
	}
	if cfg.Demo {
		h.demo = newDemoCallers(h)
	}
	if h.web, err = web.New(cfg.Web, h.webDeps()); err != nil {
		return nil, fmt.Errorf("open the web: %w", err)
	}
	if h.console, err = openConsole(cfg.DataFolder); err != nil {
		log.Warn("tandem trunk and tandem sip will find nobody", "err", err)
		err = nil
	}
	return h, nil
}

// recordingsFolder, below the data folder, holds what callers say.
const recordingsFolder = "recordings"

// start runs every part in its goroutine; whoever fails says so on failed. The
// doors open when the desk knows who is there: a call that waits at the socket
// already must not be told that nobody is.
func (h *house) start(ctx context.Context, running *sync.WaitGroup, failed chan<- error) {
	running.Go(func() { h.wheel.RunExact(ctx) })
	running.Go(func() { h.desk.Run(ctx) })
	running.Go(func() {
		select {
		case err := <-h.fenced:
			failed <- err
		case <-ctx.Done():
		}
	})
	h.desk.GoOn(h.calls)    // before anybody else can take their ports, or be offered their callers
	h.restoreCallbacks(ctx) // before any agent is there to be offered one
	h.restore(ctx)
	running.Go(func() { dip.NewOutbox(h.dips, h.store, h.log).Run(ctx) })
	running.Go(func() {
		if err := h.sip.Run(ctx); err != nil {
			failed <- fmt.Errorf("serve SIP: %w", err)
		}
	})
	running.Go(func() {
		if err := h.web.Run(ctx); err != nil {
			failed <- err
		}
	})
	if h.console != nil {
		running.Go(func() { h.serveConsole(ctx) })
	}
}

// close frees what build opened, in the other direction.
func (h *house) close() error {
	var errs []error
	if h.console != nil {
		_ = h.console.Close() // closed already if it was served
	}
	if h.demo != nil {
		h.demo.close()
	}
	if h.dips != nil {
		h.dips.Close()
	}
	if h.browsers != nil {
		errs = append(errs, h.browsers.Close())
	}
	if h.ports != nil {
		h.ports.Close()
	}
	if h.journal != nil {
		errs = append(errs, h.journal.Close())
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	return errors.Join(errs...)
}

// restore gives every agent the status of before the last end. Who needs a page
// or a phone has to show up with it.
func (h *house) restore(ctx context.Context) {
	known := h.knownAgents
	h.phonesAreThere()
	last := map[acd.AgentID]store.LastStatus{}
	statuses, err := h.store.LastStatuses(ctx)
	if err != nil {
		h.log.Error("agents' statuses not restored", "err", err)
	}
	for _, s := range statuses {
		last[s.Agent] = s
	}
	for _, a := range h.cfg().Agents {
		if known[a.ID] {
			continue // as the journal has it
		}
		s, recorded := last[a.ID]
		if a.Device == config.DeviceURI && (!recorded || s.Actor == acd.Server) {
			s = store.LastStatus{Status: a.InitialStatus, Actor: acd.Server}
		}
		if s.Status == "" {
			s = store.LastStatus{Status: acd.Offline, Actor: acd.Server}
		}
		h.desk.Restore(a.ID, s.Status, s.Reason, s.Actor, a.Device != config.DeviceURI)
	}
}

// restoreCallbacks puts the callbacks back in line that an earlier process kept,
// each with the place it had.
func (h *house) restoreCallbacks(ctx context.Context) {
	open, err := h.store.OpenCallbacks(ctx)
	if err != nil {
		h.log.Error("callbacks not restored", "err", err)
	}
	now := time.Now()
	for _, c := range open {
		wish := call.CallbackWish{Number: c.Number, Name: c.Name, Queue: c.Queue, By: c.By, Call: c.Call, Attempts: c.Attempts, Credit: now.Sub(c.Asked)}
		for _, at := range []time.Time{c.Due, c.Again} {
			if at.After(now) {
				wish.At = at
			}
		}
		if err := h.desk.RestoreCallback(ctx, c.ID, wish); err != nil {
			h.log.Error("callback not restored", "call", c.ID, "err", err)
		}
	}
}

// openPrompts reads the recordings: the site's own before those rendered at an
// earlier start, and both before the built-in ones. What is still missing is
// rendered now, or named.
func openPrompts(ctx context.Context, cfg *config.Config) (*media.Library, error) {
	builtIn, err := fs.Sub(configs.Files, "prompts")
	if err != nil {
		return nil, fmt.Errorf("open built-in prompts: %w", err)
	}
	rendered := filepath.Join(cfg.DataFolder, "prompts")
	open := func() (*media.Library, []media.Sentence, error) {
		var folders []fs.FS
		if cfg.Prompts.Folder != "" {
			folders = append(folders, os.DirFS(cfg.Prompts.Folder))
		}
		library, err := media.NewLibrary(append(folders, os.DirFS(rendered), builtIn)...)
		if err != nil {
			return nil, nil, fmt.Errorf("open prompts: %w", err)
		}
		var wanted []media.Sentence
		for _, s := range cfg.Sentences() {
			wanted = append(wanted, media.Sentence{Lang: s.Language, Text: s.Text})
		}
		return library, library.Missing(wanted), nil
	}
	library, missing, err := open()
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 && len(cfg.Prompts.Engines) > 0 {
		if err := cfg.Prompts.Speak(ctx, rendered, missing); err != nil {
			return nil, err
		}
		if library, missing, err = open(); err != nil {
			return nil, err
		}
	}
	errs := soundsMissing(cfg, library)
	for _, s := range missing {
		errs = append(errs, fmt.Errorf("no recording of the %s sentence %q: name an engine in prompts.engines, or record it", s.Lang, s.Text))
	}
	return library, errors.Join(errs...)
}

// soundsMissing names sound files and music that flows play and nobody has.
func soundsMissing(cfg *config.Config, library *media.Library) (errs []error) {
	for _, name := range cfg.SoundFiles() {
		if _, err := library.File(name); err != nil {
			errs = append(errs, err)
		}
	}
	for _, name := range cfg.Music() {
		if _, err := library.Music(name); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// dialer lets the desk, which is made first, dial by the SIP server.
type dialer struct{ h *house }

func (d dialer) Dial(ctx context.Context, to call.Target) (call.Leg, error) {
	return d.h.sip.Dial(ctx, to)
}

func (d dialer) Revive(ctx context.Context, kept []byte) (call.Leg, error) {
	return d.h.sip.Revive(ctx, kept)
}

// trusts says whether a caller's number is vouched for: by its signature, or by the
// trunk unless the signature is bad.
func (h *house) trusts(in sip.Incoming) bool {
	switch in.Leg.Remote().Verstat {
	case call.VerstatPassed:
		return true
	case call.VerstatFailed:
		return false
	}
	return h.vouches(in.Trunk)
}

func (h *house) sipHandlers() sip.Handlers {
	return sip.Handlers{
		Incoming: func(_ context.Context, in sip.Incoming) {
			h.desk.Take(h.calls, call.Incoming{
				Leg: in.Leg, Number: in.Number, Trunk: in.Trunk, At: in.At,
				Trusted: h.trusts(in),
			})
		},
		Accepts: func(number, trunk string) bool {
			_, ok := h.desk.Route(number, trunk)
			return ok
		},
		DeviceBack: h.desk.DeviceBack,
		DeviceLost: h.desk.DeviceLost,
		Credentials: func(user string) (string, call.AgentID, bool) {
			id := acd.AgentID(user)
			if _, known := h.cfg().Agent(id); !known {
				return "", "", false
			}
			ha1, err := h.store.PhoneHA1(h.calls, id, h.realm())
			if err != nil {
				h.log.Error("phone secret not read", "agent", id, "err", err)
			}
			return ha1, id, ha1 != ""
		},
		AgentDevice: func(agent call.AgentID) string {
			if a, _ := h.cfg().Agent(agent); a.Device == config.DeviceURI {
				return a.URI
			}
			return ""
		},
	}
}

// vouches says whether a trunk does for its callers' numbers.
func (h *house) vouches(trunk string) bool {
	return slices.ContainsFunc(h.cfg().SIP.Trunks, func(t sip.Trunk) bool { return t.Name == trunk && t.Identity.Trust })
}

// realm is what phones' secrets are made for.
func (h *house) realm() string { return realmOf(h.cfg()) }

func realmOf(cfg *config.Config) string {
	if cfg.SIP.Realm == "" {
		return sip.DefaultRealm
	}
	return cfg.SIP.Realm
}

func (h *house) endpoints() sip.Endpoints {
	return sip.Endpoints{
		RTP: func(far netip.Addr) (sip.Endpoint, error) {
			e, err := h.ports.Endpoint(far)
			if err != nil {
				return nil, err
			}
			return e, nil
		},
		Reopen: func(far netip.Addr, local, remote []byte) (sip.Endpoint, []byte, error) {
			e, now, err := h.ports.Reopen(far, local, remote)
			if err != nil {
				return nil, nil, err
			}
			return e, now, nil
		},
		Browser: func() (sip.Endpoint, error) {
			e, err := h.browsers.Endpoint()
			if err != nil {
				return nil, err
			}
			return e, nil
		},
	}
}

func (h *house) webDeps() web.Deps {
	d := web.Deps{
		Floor: h.desk, Intents: h.desk, CallIntents: h.desk, Deeds: h.desk, Callbacks: h.desk,
		Secrets: h.store, Sessions: h.store, History: h.store, Tally: h.store, Phones: pages{h.sip}, Trunks: trunks{h.sip, h.desk.MayDial},
		Version: version, SIPDomain: h.realm(), DataFolder: h.cfg().DataFolder,
		Gatherer: h.reg, Registerer: h.reg, Log: h.log,
		Ready: func() error {
			if h.draining.Load() {
				return errors.New("draining")
			}
			if h.store.Full() {
				return errors.New("too many records wait for the disk")
			}
			return nil
		},
		Degraded: h.degraded, // calls go on while records are spooled
	}
	if h.journal != nil {
		d.Explain = h.explain
	}
	if h.reread != nil {
		d.Reconfigure = h.reload
	}
	if h.demo != nil {
		d.DemoCalls = h.demo.place
	}
	if h.cfg().Rehearsal {
		d.Rehearsal = h.desk
	}
	d.House = webHouse(h.cfg())
	return d
}

// webHouse is what pages show of a configuration.
func webHouse(cfg *config.Config) (d web.House) {
	text := func(n config.Names) web.Text { return web.Text{En: n.EN, Zh: n.ZH} }
	for _, q := range cfg.Queues {
		d.Queues = append(d.Queues, web.Queue{ID: q.ID, Name: text(q.Name), Goal: float64(q.Goal), Threshold: q.ServiceLevel, Zone: q.Zone(), WrapUp: q.Routing().WrapUpMode, Dispose: q.DispositionNeeded})
	}
	for _, a := range cfg.Agents {
		agent := web.Agent{ID: a.ID, Name: a.Name, Role: a.Role, Device: a.Device}
		for _, m := range a.Queues {
			agent.Queues = append(agent.Queues, m.Queue)
		}
		d.Agents = append(d.Agents, agent)
	}
	for _, r := range cfg.Reasons {
		d.Reasons = append(d.Reasons, web.Reason{Named: web.Named{ID: string(r.ID), Name: text(r.Name)}, Limit: r.Limit})
	}
	for _, x := range cfg.Dispositions {
		d.Dispositions = append(d.Dispositions, web.Named{ID: x.ID, Name: text(x.Name)})
	}
	return d
}

// pages is the SIP server as the web knows it.
type pages struct{ *sip.Server }

func (p pages) WSHandler(authenticate func(*http.Request) (call.AgentID, string, error)) http.Handler {
	return p.Server.WSHandler(func(r *http.Request) (sip.WSIdentity, error) {
		agent, page, err := authenticate(r)
		return sip.WSIdentity{Agent: agent, Page: page}, err
	})
}
