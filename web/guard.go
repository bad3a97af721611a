// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// visitor is who makes a request.
type visitor struct {
	agent  *Agent // nil: not signed in
	token  string // of the session
	source string // the address that limits count by
	host   string // by which the browser knows this server
}

type visitorKey struct{}

func visitorOf(ctx context.Context) visitor {
	v, _ := ctx.Value(visitorKey{}).(visitor)
	return v
}

// signedIn is whose session a request bears. guardAPI has let nobody else pass.
func signedIn(ctx context.Context) *Agent { return visitorOf(ctx).agent }

// recovered answers 500 if a handler panics; the others go on.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p) // net/http's own way to cut a connection
			}
			s.m.panics.Inc()
			s.log.Error("request panicked", "err", fmt.Sprint(p), "stack", string(debug.Stack()))
			problem(w, http.StatusInternalServerError, "our fault; it is in the log")
		}()
		next.ServeHTTP(w, r)
	})
}

// counted counts and times requests by door, never by path.
func (s *Server) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &watched{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(seen, r)
		door := "pages"
		for _, prefix := range []string{"/api/", "/sip", "/metrics", "/healthz", "/readyz", "/rehearsals"} {
			if strings.HasPrefix(r.URL.Path, prefix) {
				door = strings.Trim(prefix, "/")
			}
		}
		s.m.requests.WithLabelValues(door, fmt.Sprintf("%dxx", seen.status/100)).Inc()
		if !seen.long {
			s.m.seconds.WithLabelValues(door).Observe(time.Since(began).Seconds())
		}
	})
}

// watched remembers the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
	long   bool // a stream or socket: its length is no answering time
}

func (w *watched) WriteHeader(status int) {
	w.status = status
	w.long = w.long || status == http.StatusSwitchingProtocols || w.Header().Get("Content-Type") == eventStream
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap serves http.ResponseController, and through it the WebSocket's hijack.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// secured sets the headers of every answer and refuses names that are not
// ours, which keeps pages of other sites from reaching us by a name of theirs
// that they point at our address (DNS rebinding).
func (s *Server) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "microphone=(self), speaker-selection=(self), hid=(self), camera=(), geolocation=(), payment=(), usb=()")
		if s.o.TLS.Mode == TLSFiles {
			// Not with a certificate of our own: it would forbid to accept it.
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		probe := r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
		if !probe && !s.knows(r.Host) {
			problem(w, http.StatusMisdirectedRequest, "this server is not known by that name; add it to web.publicNames")
			return
		}
		h.Set("Content-Security-Policy", contentPolicy(r.Host, s.cert != nil, s.inline))
		next.ServeHTTP(w, r)
	})
}

// contentPolicy allows the pages what they are built of and nothing else. The
// socket stands apart because not every browser counts it as 'self'; inline are
// the hashes of the scripts in index.html.
func contentPolicy(host string, secure bool, inline string) string {
	socket := "ws://" + host
	if secure {
		socket = "wss://" + host
	}
	return "default-src 'self'; script-src 'self'" + inline + "; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"font-src 'self' data:; media-src 'self' blob: mediastream: data:; worker-src 'self' blob:; connect-src 'self' " + socket +
		"; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

func knownNames(o Options) map[string]bool {
	names := map[string]bool{"localhost": true}
	for _, name := range o.PublicNames {
		names[strings.ToLower(name)] = true
	}
	return names
}

// knows says whether a Host header may be ours: a configured name, localhost,
// or an IP address, which no other site can claim.
func (s *Server) knows(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if strings.HasSuffix(host, ".localhost") || s.names[host] {
		return true
	}
	_, err := netip.ParseAddr(host)
	return err == nil
}

// openDoors are the API's doors that need no session.
var openDoors = map[string]bool{
	"POST /api/v1/session":     true,
	"GET /api/v1/openapi.json": true,
	"GET /api/v1/openapi.yaml": true,
}

// guardAPI lets requests pass that come from our own pages, or from a program
// that says so, and bear a session.
func (s *Server) guardAPI(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
			problem(w, http.StatusForbidden, "requests from other sites are refused")
			return
		}
		if !safe(r.Method) && (cross.Check(r) != nil || !ownPage(r)) {
			problem(w, http.StatusForbidden, "requests from other sites are refused; a program sends X-Requested-By: tandem")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyBytes)
		v := visitor{source: sourceOf(r), host: r.Host}
		if cookie, err := r.Cookie(s.cookieName()); err == nil {
			agent, ok, err := s.deps.Sessions.Session(r.Context(), cookie.Value)
			if err != nil {
				s.log.Warn("session not read", "err", err)
				problem(w, http.StatusServiceUnavailable, "sign-ins cannot be read now; try again")
				return
			}
			if known := s.house().agents[agent]; ok && known != nil {
				v.agent, v.token = known, cookie.Value
			}
		}
		if v.agent == nil && !openDoors[r.Method+" "+r.URL.Path] {
			problem(w, http.StatusUnauthorized, "not signed in")
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
	})
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// ownPage says whether a changing request names its sender: our pages and
// programs by the header that no form of another site can send, browsers also
// by where the request comes from.
func ownPage(r *http.Request) bool {
	return r.Header.Get("X-Requested-By") == "tandem" || r.Header.Get("Sec-Fetch-Site") == "same-origin" ||
		r.Header.Get("Origin") != "" // CrossOriginProtection has compared it with Host
}

// sourceOf is the address that limits count by: an IPv6 host owns its /64.
func sourceOf(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := at.Addr().Unmap()
	if ip.Is6() {
		if net, err := ip.WithZone("").Prefix(64); err == nil {
			return net.String()
		}
	}
	return ip.String()
}

// problem answers as RFC 9457 says.
func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	body, err := json.Marshal(huma.ErrorModel{Status: status, Title: http.StatusText(status), Detail: detail})
	if err == nil {
		w.Write(body) //nolint:errcheck // the browser has gone
	}
}
