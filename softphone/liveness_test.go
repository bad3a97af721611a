// SPDX-License-Identifier: Apache-2.0

package softphone

import (
	"errors"
	"testing"
	"time"
)

func TestSilenceIsJudgedByWhatItMeans(t *testing.T) {
	const s = time.Second
	options := Options{}.withDefaults()
	type seen struct {
		at     time.Duration
		lost   bool
		oneWay string
		err    error
	}
	f := func(story string, tell func(*liveness), want ...seen) {
		t.Helper()
		l := &liveness{}
		l.negotiate(0)
		tell(l)
		for _, w := range want {
			l.heardWhen(w.at, w.err)
			lost, oneWay, err := l.check(w.at, options)
			if lost != w.lost || oneWay != w.oneWay || !errors.Is(err, w.err) {
				t.Errorf("%s: at %v: lost %v, one way %q, err %v", story, w.at, lost, oneWay, err)
			}
		}
	}
	f("one that never connects fails once", func(*liveness) {},
		seen{at: 20 * s}, seen{at: 21 * s, err: errNotConnected}, seen{at: 60 * s})
	f("nothing at all for 10 s is a disconnect", func(l *liveness) { l.heard(0); l.connect(0) },
		seen{at: 10 * s}, seen{at: 30 * s, err: errDisconnected}, seen{at: 90 * s})
	f("no audio for 60 s is lost media, reported once", func(l *liveness) { l.connect(0) },
		seen{at: 60 * s}, seen{at: 61 * s, lost: true}, seen{at: 62 * s})
	f("a held browser may be silent", func(l *liveness) { l.connect(0); l.holdTheirs(true, 0) }, seen{at: 500 * s})
	f("one that we hold too", func(l *liveness) { l.connect(0); l.holdOurs(true, 0) }, seen{at: 500 * s})
	f("after hold the silence is counted anew",
		func(l *liveness) { l.connect(0); l.holdOurs(true, 0); l.holdOurs(false, 100*s) },
		seen{at: 150 * s}, seen{at: 161 * s, lost: true})
	f("no audio either way", func(l *liveness) { l.connect(0); l.watch(0) },
		seen{at: 2 * s}, seen{at: 3 * s, oneWay: "none"}, seen{at: 4 * s})
	f("audio from the browser only", func(l *liveness) { l.connect(0); l.watch(0); l.heardAudio(s) },
		seen{at: 3 * s, oneWay: "fromFarEnd"})
	f("audio to the browser only", func(l *liveness) { l.connect(0); l.watch(0); l.sent.Add(1) },
		seen{at: 3 * s, oneWay: "toFarEnd"})
	f("audio both ways is no event", func(l *liveness) { l.connect(0); l.watch(0); l.heardAudio(s); l.sent.Add(1) },
		seen{at: 3 * s})
	f("what passed before Watch does not count",
		func(l *liveness) { l.connect(0); l.heardAudio(0); l.sent.Add(1); l.watch(s) },
		seen{at: 4 * s, oneWay: "none"})
	f("Watch before DTLS waits for it", func(l *liveness) { l.watch(0); l.connect(5 * s) },
		seen{at: 7 * s}, seen{at: 8 * s, oneWay: "none"})
}

// heardWhen lets ICE checks go on, unless their end is what is looked for.
func (l *liveness) heardWhen(now time.Duration, err error) {
	if !errors.Is(err, errDisconnected) && l.isConnected {
		l.heard(now)
	}
}
