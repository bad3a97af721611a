// SPDX-License-Identifier: Apache-2.0

package store

import "github.com/prometheus/client_golang/prometheus"

// metrics are what an operator watches: records that wait, how long a commit
// takes, and the three ways in which a record can be late or missing.
type metrics struct {
	waiting   prometheus.GaugeFunc
	commit    prometheus.Histogram
	committed prometheus.Counter
	spooled   prometheus.Counter
	spoolSize prometheus.Gauge
	openLate  prometheus.Counter
	lost      *prometheus.CounterVec
	failing   prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer, waiting func() float64) *metrics {
	m := &metrics{
		waiting: prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "store_records_waiting", Help: "Records in memory, not yet on disk."}, waiting),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "store_commit_seconds", Help: "Time of one commit of gathered records.",
			Buckets: []float64{.0005, .001, .002, .005, .01, .02, .05, .1, .25, 1, 5}}),
		committed: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "store_records_committed_total", Help: "Records committed to the database."}),
		spooled: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "store_records_spooled_total", Help: "Records that went to the spool file because the database refused."}),
		spoolSize: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "store_spool_bytes", Help: "Spooled bytes that the database does not have yet."}),
		openLate: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "store_open_late_total", Help: "Calls that were answered before their row was on disk."}),
		lost: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "store_records_lost_total", Help: "Records that could not be kept; each is in the log."}, []string{"reason"}),
		failing: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "store_failing", Help: "1 while the database refuses records, else 0."}),
	}
	for _, reason := range []string{lostFull, lostRefused, lostUnreadable} {
		m.lost.WithLabelValues(reason)
	}
	if reg != nil {
		reg.MustRegister(m.waiting, m.commit, m.committed, m.spooled, m.spoolSize, m.openLate, m.lost, m.failing)
	}
	return m
}

// Why a record was lost.
const (
	lostFull       = "full"       // neither database nor spool took it, and memory is full
	lostRefused    = "refused"    // the database calls it invalid
	lostUnreadable = "unreadable" // a spool line that a kill or a bad disk has cut
)
