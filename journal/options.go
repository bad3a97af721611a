// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"fmt"
	"time"
)

// Options are the journal's part of the configuration.
type Options struct {
	// Off keeps no journal: after a crash every caller is gone and agents have
	// their last status only. For tests of speed.
	Off bool `yaml:"off"`
	// Keep is how long events are kept for replay and explanation; default 720h
	// (30 days). The least is 1h.
	Keep time.Duration `yaml:"keep"`
	// MaxMegabytes bounds the journal on disk; the oldest events go first.
	// Default 4096. A call takes about 4 kB.
	MaxMegabytes int `yaml:"maxMegabytes"`
	// SnapshotEvery is how much a start may have to replay: how often the state
	// of the floor is written beside the events; default 1m.
	SnapshotEvery time.Duration `yaml:"snapshotEvery"`
}

// Limits and defaults.
const (
	defaultKeep          = 30 * 24 * time.Hour
	defaultMaxMegabytes  = 4096
	defaultSnapshotEvery = time.Minute
	minKeep              = time.Hour // well beyond the oldest snapshot
	minMegabytes         = 64
	maxMegabytes         = 1 << 20
	minSnapshotEvery     = time.Second
	maxSnapshotEvery     = 10 * time.Minute

	// Late is how long a decision may wait for the disk before the alarm is raised
	// and no new offers are made; they are made again once none waits for half of
	// it.
	Late = 250 * time.Millisecond
	// MaxBacklog is how many decisions may wait for the disk before callers are
	// no longer queued; what those on the floor still do is kept beyond it.
	MaxBacklog = 200_000
	maxBatch   = 8 << 20 // bytes of one append; JetStream takes up to maxPayload
	maxPayload = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.Keep == 0 {
		o.Keep = defaultKeep
	}
	if o.MaxMegabytes == 0 {
		o.MaxMegabytes = defaultMaxMegabytes
	}
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = defaultSnapshotEvery
	}
	return o
}

// Check reports what cannot be right, each with its key.
func (o Options) Check(report func(path, problem string)) {
	if o.Keep != 0 && o.Keep < minKeep {
		report("keep", fmt.Sprintf("%s is below %s; write how far back a wait must be explained, like 720h", o.Keep, minKeep))
	}
	if o.MaxMegabytes != 0 && (o.MaxMegabytes < minMegabytes || o.MaxMegabytes > maxMegabytes) {
		report("maxMegabytes", fmt.Sprintf("%d is not within %d and %d", o.MaxMegabytes, minMegabytes, maxMegabytes))
	}
	if o.SnapshotEvery != 0 && (o.SnapshotEvery < minSnapshotEvery || o.SnapshotEvery > maxSnapshotEvery) {
		report("snapshotEvery", fmt.Sprintf("%s is not within %s and %s", o.SnapshotEvery, minSnapshotEvery, maxSnapshotEvery))
	}
}
