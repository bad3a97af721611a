// SPDX-License-Identifier: Apache-2.0

package media

import "github.com/prometheus/client_golang/prometheus"

// counters are what Ports and its endpoints count. Labels are few and fixed.
type counters struct {
	malformed, strangers, early, forged prometheus.Counter
	digitsDropped                       prometheus.Counter
	lost, oneWay                        prometheus.Counter
	sendErrors                          prometheus.Counter
	panics                              prometheus.Counter
}

func newCounters(reg prometheus.Registerer, inUse func() float64) *counters {
	dropped := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "media_rtp_dropped_packets_total",
		Help: "Received RTP packets that were not taken, by reason: malformed, stranger (not the far end's address), early (before media was agreed), forged (not encrypted with the keys of the call, or repeated).",
	}, []string{"reason"})
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	c := &counters{
		malformed:     dropped.WithLabelValues("malformed"),
		strangers:     dropped.WithLabelValues("stranger"),
		early:         dropped.WithLabelValues("early"),
		forged:        dropped.WithLabelValues("forged"),
		digitsDropped: counter("media_digits_dropped_total", "Key presses dropped because a leg's events were not read in time."),
		lost:          counter("media_lost_total", "Legs whose RTP stopped for longer than the time allowed."),
		oneWay:        counter("media_one_way_total", "Bridged legs without audio in both directions after 3 s."),
		sendErrors:    counter("media_rtp_send_errors_total", "RTP packets that the kernel refused to send."),
		panics:        counter("media_panics_total", "Panics recovered in a leg's media goroutines."),
	}
	if reg != nil {
		reg.MustRegister(dropped, c.digitsDropped, c.lost, c.oneWay, c.sendErrors, c.panics,
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name: "media_rtp_endpoints",
				Help: "RTP endpoints open, each with a pair of UDP ports.",
			}, inUse))
	}
	return c
}
