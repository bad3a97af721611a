// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/emiago/sipgo/sip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are the edge's counters. Labels are from short fixed lists: nothing
// that a far end chooses becomes a label.
type metrics struct {
	legs      *prometheus.GaugeVec
	ended     *prometheus.CounterVec
	responses *prometheus.CounterVec
	refusals  *prometheus.CounterVec
	devices   prometheus.Gauge
	panics    prometheus.Counter
	strays    prometheus.Counter
	dropped   prometheus.Counter
	untraced  prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	m := &metrics{
		legs: f.NewGaugeVec(prometheus.GaugeOpts{
			Name: "sip_legs", Help: "Legs that exist now."}, []string{"direction"}),
		ended: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sip_legs_ended_total", Help: "Legs that ended, by cause."}, []string{"direction", "cause"}),
		responses: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sip_responses_total", Help: "Responses that we sent, without repeats."}, []string{"method", "status"}),
		refusals: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sip_policy_refused_total", Help: "Requests refused by policy after admission."}, []string{"reason"}),
		devices: f.NewGauge(prometheus.GaugeOpts{
			Name: "sip_registrations", Help: "Registered devices."}),
		panics: f.NewCounter(prometheus.CounterOpts{
			Name: "sip_panics_total", Help: "Panics that ended one leg or one request."}),
		strays: f.NewCounter(prometheus.CounterOpts{
			Name: "sip_stray_responses_total", Help: "Responses that belong to no transaction."}),
		dropped: f.NewCounter(prometheus.CounterOpts{
			Name: "sip_leg_events_dropped_total", Help: "Events that a call left unread for too long, such as digits."}),
		untraced: f.NewCounter(prometheus.CounterOpts{
			Name: "sip_trace_dropped_total", Help: "Messages that did not reach the HOMER server."}),
	}
	for _, reason := range []string{"trunkLimit", "calls"} { // there from the start, so that an alert misses no first one
		m.refusals.WithLabelValues(reason)
	}
	return m
}

func (m *metrics) answered(method sip.RequestMethod, status int) {
	name := string(method)
	switch method {
	case sip.INVITE, sip.BYE, sip.OPTIONS, sip.INFO, sip.UPDATE, sip.PRACK, sip.REGISTER, sip.CANCEL:
	default:
		name = "other"
	}
	m.responses.WithLabelValues(name, strconv.Itoa(status)).Inc()
}

func (m *metrics) refused(reason string) { m.refusals.WithLabelValues(reason).Inc() }

// quiet is a logger for sipgo: what it calls an error is mostly a far end's
// fault that repeats with every packet, so all of it is for developers, and
// nothing of it is above debug.
func quiet(log *slog.Logger) *slog.Logger { return slog.New(quieter{log.Handler()}) }

type quieter struct{ slog.Handler }

func (q quieter) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && q.Handler.Enabled(ctx, slog.LevelDebug)
}

func (q quieter) Handle(ctx context.Context, r slog.Record) error {
	// Only the message: attributes bear whole SIP messages.
	return q.Handler.Handle(ctx, slog.NewRecord(r.Time, slog.LevelDebug, "sip stack: "+r.Message, r.PC))
}

func (q quieter) WithAttrs([]slog.Attr) slog.Handler { return q }
func (q quieter) WithGroup(string) slog.Handler      { return q }
