// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Limits of the listener. Pages need few and short requests, and three
// connections each (live events, SIP, the rest).
const (
	headerTime   = 5 * time.Second  // for a request's head, and for a TLS handshake
	requestTime  = 10 * time.Second // for a whole request
	answerTime   = 30 * time.Second // for an answer; the live events renew theirs
	idleTime     = 60 * time.Second // of a connection between requests
	headerBytes  = 16 << 10
	bodyBytes    = 64 << 10
	stopTime     = 5 * time.Second // for answers under way when the server ends
	connections  = 8192            // in all
	connsPerHost = 2048            // from one address: a whole office may share it
)

// Server serves the pages and the API. Make it with New, then Run it once.
type Server struct {
	o        Options
	deps     Deps
	log      *slog.Logger
	m        *metrics
	listener net.Listener
	http     *http.Server
	cert     *certificate // nil without TLS
	names    map[string]bool
	inline   string // hashes of the page's own inline scripts, for the policy

	houses  atomic.Pointer[indexed]
	desks   *desks
	tickets *tickets
	gate    *gate
	leaving *leaving
	floors  [2]rendering // for agents, for supervisors
	over    chan struct{}
	stop    sync.Once
}

// New binds the listener, so that an address in use is known at once. Nothing
// is served before Run.
func New(o Options, d Deps) (*Server, error) {
	var problems []error
	o.Check(func(path, problem string) { problems = append(problems, fmt.Errorf("web.%s: %s", path, problem)) })
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	o = o.withDefaults()
	d, err := d.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{o: o, deps: d, log: d.Log, m: newMetrics(d.Registerer), names: knownNames(o), inline: inline(dist()),
		desks: newDesks(), leaving: newLeaving(),
		tickets: newTickets(d.Now), gate: newGate(d.Now), over: make(chan struct{})}
	s.houses.Store(newIndexed(d.House))
	if o.TLS.Mode != TLSOff {
		if s.cert, err = newCertificate(o, d); err != nil {
			return nil, err
		}
	}
	plain, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for browsers: %w", err)
	}
	s.listener = limited(plain, connections, connsPerHost)
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(d.Log.Handler(), slog.LevelDebug), // every scan of the port, else
	}
	if s.cert != nil {
		s.http.TLSConfig = s.cert.config()
	}
	return s, nil
}

// Addr is where it listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Fingerprint is the SHA-256 of the certificate now in use, in the form that
// browsers show; "" without TLS.
func (s *Server) Fingerprint() string {
	if s.cert == nil {
		return ""
	}
	return s.cert.fingerprint()
}

// Run serves until ctx ends, then lets answers under way finish for at most
// five seconds. It returns the error that ended it before that.
func (s *Server) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(ctx)
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { s.seeOff(ctx) })
	wg.Go(func() { s.watchSessions(ctx) })
	wg.Go(func() {
		<-ctx.Done()
		s.stop.Do(func() { close(s.over) })
		late, done := context.WithTimeout(context.Background(), stopTime)
		defer done()
		if err := s.http.Shutdown(late); err != nil {
			s.log.Debug("answers cut off", "err", errors.Join(err, s.http.Close()))
		}
	})
	var err error
	if s.cert != nil {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve browsers: %w", err)
}

// handler joins all doors.
func (s *Server) handler() http.Handler {
	api := http.NewServeMux()
	s.routes(api)
	mux := http.NewServeMux()
	mux.Handle("/api/", s.guardAPI(api))
	mux.Handle("/sip", s.sipHandler())
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.Handle("GET /metrics", s.metricsHandler())
	if s.deps.Rehearsal != nil {
		mux.Handle("/rehearsals/", s.rehearsals())
	}
	mux.Handle("/", pages(dist()))
	return s.recovered(s.counted(s.secured(mux)))
}

// routes registers every operation of the API.
func (s *Server) routes(mux *http.ServeMux) {
	config := huma.DefaultConfig("Tandem", s.deps.Version)
	config.Info.Description = "The API of the desk and the wallboard. Sign in with POST /api/v1/session; every request that " +
		"changes something bears the header X-Requested-By: tandem."
	config.OpenAPIPath = "/api/v1/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil // no links to schemas in the answers
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: s.cookieName()},
	}
	api := humago.New(mux, config)
	s.sessionRoutes(api)
	s.settingsRoutes(api)
	s.deskRoutes(api)
	s.floorRoutes(api)
	s.supervisorRoutes(api)
	s.callbackRoutes(api)
	s.trunkRoutes(api)
	s.liveRoute(mux, api)
}

// operation describes one door of the API.
func operation(method, path, id, summary string, status int) huma.Operation {
	return huma.Operation{Method: method, Path: "/api/v1" + path, OperationID: id, Summary: summary, DefaultStatus: status,
		MaxBodyBytes: bodyBytes, Security: []map[string][]string{{"session": {}}},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden}}
}
