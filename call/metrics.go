// SPDX-License-Identifier: Apache-2.0

package call

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tandem/acd"
)

// Metrics counts what happens at the desk, in the trade's words and base units.
type Metrics struct {
	arrived   prometheus.Counter
	refused   prometheus.Counter
	ended     *prometheus.CounterVec
	lasted    prometheus.Histogram
	panics    prometheus.Counter
	oneWays   *prometheus.CounterVec
	visits    *prometheus.CounterVec
	waits     *prometheus.HistogramVec
	abandons  *prometheus.HistogramVec
	offers    *prometheus.CounterVec
	callbacks *prometheus.CounterVec
	dials     *prometheus.CounterVec
	deskSecs  prometheus.Histogram
	deeds     *prometheus.CounterVec
	desk      *Desk
	waiting   *prometheus.Desc
	longest   *prometheus.Desc
	agents    *prometheus.Desc
	available *prometheus.Desc
	signedIn  *prometheus.Desc
	alive     *prometheus.Desc
}

// NewMetrics registers the metrics of the desk. Every queue's series exist from
// the start, so that a rate over them misses no first event.
func NewMetrics(reg prometheus.Registerer, queues []acd.Queue) *Metrics {
	wait := []float64{1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 1800, 3600}
	m := &Metrics{
		arrived: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "call_arrivals_total", Help: "Calls that passed the edge's policy."}),
		refused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "call_refused_total", Help: "Calls refused because too many records wait for the disk."}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "call_endings_total", Help: "Calls ended, by cause."}, []string{"cause"}),
		lasted: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "call_duration_seconds", Help: "Time from a call's INVITE to its end.", Buckets: wait}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "call_panics_total", Help: "Calls ended by a fault of ours."}),
		oneWays: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "call_audio_one_way_total", Help: "Legs whose audio flowed in one direction only 3 s after the bridge."}, []string{"who"}),
		visits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "acd_contact_endings_total", Help: "Visits to a queue ended, by ending; refusals at the door among them."}, []string{"queue", "ending"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "acd_wait_seconds", Help: "Wait of answered contacts, from entry into the queue to the bridge.", Buckets: wait}, []string{"queue"}),
		abandons: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "acd_abandon_wait_seconds", Help: "Wait of abandoned contacts.", Buckets: wait}, []string{"queue"}),
		offers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "acd_offers_total", Help: "Offers ended, by how."}, []string{"queue", "how"}),
		callbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "acd_callback_requests_total", Help: "Callbacks asked for, by what became of the request."}, []string{"queue", "how"}),
		dials: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "acd_callback_dials_total", Help: "Attempts to reach the customers of callbacks, by how they ended."}, []string{"queue", "how"}),
		deskSecs: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "acd_event_seconds", Help: "Time the desk takes for one event.", Buckets: prometheus.ExponentialBuckets(1e-6, 4, 10)}),
		deeds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "acd_interventions_total", Help: "What supervisors did to queues and contacts in line."}, []string{"what"}),
		waiting:   prometheus.NewDesc("acd_waiting_contacts", "Contacts in line, ringing ones included.", []string{"queue"}, nil),
		longest:   prometheus.NewDesc("acd_longest_wait_seconds", "Wait of the oldest contact in line; 0 if nobody waits.", []string{"queue"}, nil),
		agents:    prometheus.NewDesc("acd_agents", "Agents by status and activity.", []string{"status", "activity"}, nil),
		available: prometheus.NewDesc("acd_queue_agents_available", "Members of the queue whose status is available.", []string{"queue"}, nil),
		signedIn:  prometheus.NewDesc("acd_queue_agents_signed_in", "Members of the queue who are not offline.", []string{"queue"}, nil),
		alive:     prometheus.NewDesc("call_alive", "Calls that exist now.", nil, nil),
	}
	for _, q := range queues {
		m.waits.WithLabelValues(string(q.ID))
		m.abandons.WithLabelValues(string(q.ID))
		for _, ending := range []acd.Ending{acd.EndAnswered, acd.EndAbandoned, acd.EndTimedOut} {
			m.visits.WithLabelValues(string(q.ID), string(ending))
		}
		for _, how := range []acd.OfferEnding{acd.Taken, acd.Missed, acd.Refused} {
			m.offers.WithLabelValues(string(q.ID), string(how))
		}
	}
	for _, cause := range []Cause{CauseCompleted, CauseAbandoned, CauseMediaLost, CauseInternal} {
		m.ended.WithLabelValues(string(cause))
	}
	for _, what := range []acd.Deed{acd.DidWithdraw, acd.DidMove, acd.DidPrioritise, acd.DidAssign, acd.DidClose, acd.DidEmergencyClose, acd.DidOpen} {
		m.deeds.WithLabelValues(string(what))
	}
	m.oneWays.WithLabelValues("caller")
	m.oneWays.WithLabelValues("agent")
	reg.MustRegister(m.arrived, m.refused, m.ended, m.lasted, m.panics, m.oneWays, m.visits, m.waits, m.abandons, m.offers, m.callbacks, m.dials, m.deskSecs, m.deeds, m)
	return m
}

// Watch lets the gauges read the desk. Called once, before the first scrape.
func (m *Metrics) Watch(d *Desk) { m.desk = d }

// Describe and Collect make the gauges a prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.waiting, m.longest, m.agents, m.available, m.signedIn, m.alive} {
		ch <- d
	}
}

// Collect reads one snapshot.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	if m.desk == nil {
		return
	}
	s := m.desk.Snapshot()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	gauge(m.alive, float64(m.desk.Alive()))
	for _, q := range s.Queues {
		longest := time.Duration(0)
		for _, w := range q.Waiting {
			longest = max(longest, m.desk.clock.Now().Sub(w.Entered))
		}
		gauge(m.waiting, float64(len(q.Waiting)), string(q.Queue))
		gauge(m.longest, longest.Seconds(), string(q.Queue))
		gauge(m.available, float64(q.Available), string(q.Queue))
		gauge(m.signedIn, float64(q.SignedIn), string(q.Queue))
	}
	type state struct{ status, activity string }
	count := map[state]int{{string(acd.Available), string(acd.Idle)}: 0}
	for _, a := range s.Agents {
		count[state{string(a.Status), string(a.Activity)}]++
	}
	for st, n := range count {
		gauge(m.agents, float64(n), st.status, st.activity)
	}
}

func (m *Metrics) callArrived()                 { m.arrived.Inc() }
func (m *Metrics) callRefused()                 { m.refused.Inc() }
func (m *Metrics) panicked()                    { m.panics.Inc() }
func (m *Metrics) oneWay(who string)            { m.oneWays.WithLabelValues(who).Inc() }
func (m *Metrics) deskEvent(took time.Duration) { m.deskSecs.Observe(took.Seconds()) }

func (m *Metrics) callEnded(cause Cause, lasted time.Duration) {
	m.ended.WithLabelValues(string(cause)).Inc()
	m.lasted.Observe(lasted.Seconds())
}

func (m *Metrics) visitEnded(e acd.VisitEnded) {
	q := string(e.Queue)
	m.visits.WithLabelValues(q, string(e.Ending)).Inc()
	switch e.Ending {
	case acd.EndAnswered:
		m.waits.WithLabelValues(q).Observe(e.Ended.Sub(e.Entered).Seconds())
	case acd.EndAbandoned:
		m.abandons.WithLabelValues(q).Observe(e.Ended.Sub(e.Entered).Seconds())
	}
}

func (m *Metrics) offerEnded(e acd.OfferEnded) {
	m.offers.WithLabelValues(string(e.Queue), string(e.How)).Inc()
}

func (m *Metrics) callbackKept(e acd.CallbackKept) {
	m.callbacks.WithLabelValues(string(e.Queue), string(e.How)).Inc()
}

func (m *Metrics) dialEnded(e acd.DialEnded) {
	m.dials.WithLabelValues(string(e.Queue), string(e.How)).Inc()
}

func (m *Metrics) intervened(e acd.Intervened) { m.deeds.WithLabelValues(string(e.What)).Inc() }
