// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"tandem/acd"
	"tandem/call"
	"tandem/config"
	"tandem/journal"
	"tandem/store"
)

// openJournal takes the journal over and says what goes on of the last run. It
// runs when the data folder is ours.
func (h *house) openJournal(ctx context.Context) (store.GoOn, error) {
	if h.cfg().Journal.Off {
		return store.GoOn{}, nil
	}
	var err error
	h.journal, h.recovered, err = journal.Open(ctx, journal.Config{
		Options: h.cfg().Journal, DataFolder: h.cfg().DataFolder, Router: router(), Registerer: h.reg, Log: h.log,
		Fenced: func() { h.fenced <- fmt.Errorf("keep the journal: %w", journal.ErrFenced) },
	})
	if err != nil {
		return store.GoOn{}, fmt.Errorf("open the journal: %w", err)
	}
	if h.recovered.At.IsZero() {
		return store.GoOn{}, nil
	}
	h.knownAgents = map[acd.AgentID]bool{}
	for _, a := range h.recovered.ACD.Snapshot(h.recovered.At).Agents {
		h.knownAgents[a.Agent] = true
	}
	on := store.GoOn{Agents: true}
	for _, k := range h.recovered.Calls {
		if k.Place != call.PlaceWrapUp {
			on.Calls = append(on.Calls, k.Call)
		}
	}
	return on, nil
}

// journalOrNone is the journal as the desk wants it: nil, not a nil pointer.
func (h *house) journalOrNone() call.Journal {
	if h.journal == nil {
		return nil
	}
	return h.journal
}

// router names the code that decides: a replay by the same one must decide the
// same.
func router() string {
	name := version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
				name += " " + s.Value
			}
		}
	}
	return name
}

// phonesAreThere: an agent whose phone has a fixed address is there as soon as
// we are; the others have to show up.
func (h *house) phonesAreThere() {
	for _, a := range h.cfg().Agents {
		if a.Device == config.DeviceURI && h.knownAgents[a.ID] {
			h.desk.DeviceBack(a.ID)
		}
	}
}

// degraded says what works only from memory for the moment.
func (h *house) degraded() error {
	if h.journal == nil {
		return h.store.Err()
	}
	return errors.Join(h.store.Err(), h.journal.Err())
}
