// SPDX-License-Identifier: Apache-2.0

package journal

import "github.com/prometheus/client_golang/prometheus"

// metrics of the journal, in base units.
type metrics struct {
	reg         prometheus.Registerer
	append      prometheus.Histogram
	appended    prometheus.Counter
	failures    prometheus.Counter
	late        prometheus.Gauge
	differences prometheus.Counter
	snapshots   prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		reg: reg,
		append: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "journal_append_seconds", Help: "Time from an append's begin to its being on disk.",
			Buckets: []float64{.0002, .0005, .001, .002, .003, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5}}),
		appended: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journal_appended_bytes_total", Help: "Bytes appended."}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journal_append_failures_total", Help: "Attempts to append that failed; each is repeated."}),
		late: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "journal_late", Help: "1 while an append takes too long and no new offers are made."}),
		differences: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "journal_replay_differences_total", Help: "Decisions that a replay by the same version made otherwise; must stay 0."}),
		snapshots: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "journal_snapshot_seconds", Help: "Time to replay the events since the last snapshot and write the next.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8)}),
	}
	if reg != nil {
		reg.MustRegister(m.append, m.appended, m.failures, m.late, m.differences, m.snapshots)
	}
	return m
}

// backlogOf exports how much waits for the disk.
func (m *metrics) backlogOf(j *Journal) {
	if m.reg != nil {
		m.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "journal_backlog_decisions", Help: "Decisions that wait for the disk."}, func() float64 { return float64(j.backlog()) }))
	}
}
