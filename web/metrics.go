// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tandem/acd"
)

// metrics are what this package counts, and the open pages it limits.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	signIns  *prometheus.CounterVec
	tickets  *prometheus.CounterVec
	live     prometheus.Gauge
	refused  prometheus.Counter
	panics   prometheus.Counter

	mu      sync.Mutex // guards the rest; leaf
	open    int
	streams map[acd.AgentID]int
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		streams: map[acd.AgentID]int{},
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "web_requests_total", Help: "HTTP requests by door and class of status."}, []string{"door", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "web_request_seconds", Help: "Time of HTTP requests that end.",
			Buckets: []float64{.001, .005, .02, .1, .5, 2}}, []string{"door"}),
		signIns: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "web_sign_ins_total", Help: "Attempts to sign in, by result."}, []string{"result"}),
		tickets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "web_sip_tickets_total", Help: "Tickets for the SIP socket: issued, then used (ok) or refused."}, []string{"result"}),
		live: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "web_live_streams", Help: "Pages that listen to live events."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "web_live_refused_total", Help: "Live events refused because too many pages are open."}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "web_panics_total", Help: "Requests that failed by a fault of ours."}),
	}
	for _, result := range []string{"ok", "wrong", "limited"} {
		m.signIns.WithLabelValues(result)
	}
	for _, result := range []string{"issued", "ok", "refused"} {
		m.tickets.WithLabelValues(result)
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.seconds, m.signIns, m.tickets, m.live, m.refused, m.panics)
	}
	return m
}

// metricsHandler shows the metrics to the configured networks only.
func (s *Server) metricsHandler() http.Handler {
	show := promhttp.HandlerFor(s.deps.Gatherer, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.operates(r) {
			show.ServeHTTP(w, r)
			return
		}
		problem(w, http.StatusForbidden, "metrics are not for your address; add its network to web.metricsFrom")
	})
}

// operates says whether a request comes from where metrics may be read.
func (s *Server) operates(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && slices.ContainsFunc(s.o.MetricsFrom, func(network netip.Prefix) bool {
		return network.Contains(at.Addr().Unmap().WithZone(""))
	})
}

// healthz says that the process answers.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte("ok\n")) //nolint:errcheck // who asked has gone
}

// readyz says whether new calls should come here. What is wrong inside, which
// may name folders, is told to those who may read metrics.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := s.deps.Ready(); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		w.Write([]byte(err.Error() + "\n")) //nolint:errcheck // who asked has gone
		return
	}
	if err := s.deps.Degraded(); err != nil {
		text := "ready, degraded"
		if s.operates(r) {
			text += ": " + err.Error()
		}
		w.Write([]byte(text + "\n")) //nolint:errcheck // who asked has gone
		return
	}
	w.Write([]byte("ready\n")) //nolint:errcheck // who asked has gone
}
