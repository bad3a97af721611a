// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"tandem/acd"
	"tandem/acd/explain"
	"tandem/journal"
	"tandem/simulate"
)

var errExplainUsage = errors.New("say whose wait: tandem explain CONTACT")

// explainVerb tells why a contact waited, from the journal of the data folder
// (a server may be running there) or from a trace.
func explainVerb(ctx context.Context, v *invocation) error {
	o := explainOptions{}
	v.flags.StringVar(&o.trace, "trace", "", "take the events from this trace `file`, not from the journal")
	agent := v.flags.String("agent", "", "why not this `agent`")
	language := v.flags.String("lang", "en", "the `language`: en or zh")
	zone := v.flags.String("zone", "Local", "the time `zone` of the times")
	asJSON := v.flags.Bool("json", false, "print JSON, in both languages")
	v.flags.StringVar(&o.export, "export", "", "write the case into this `file`, as a trace that plays anywhere")
	v.flags.StringVar(&o.config, "config", "", "the configuration `file`; default tandem.yaml, and for a trace none")
	v.flags.StringVar(&o.data, "data", "", "the data `folder`, in place of the configuration's")
	if err := v.parse(); err != nil {
		return err
	}
	if len(v.args) != 1 {
		return errExplainUsage
	}
	where, err := time.LoadLocation(*zone)
	if err != nil {
		return fmt.Errorf("-zone: %w", err)
	}
	if *language != "en" && *language != "zh" {
		return fmt.Errorf("-lang %s: write en or zh", *language)
	}
	o.Options = explain.Options{Contact: acd.ContactID(v.args[0]), Agent: acd.AgentID(*agent), Zone: where}
	story, err := v.explain(ctx, o)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(v.stdout).Encode(story)
	}
	return story.Write(v.stdout, where, *language == "zh")
}

type explainOptions struct {
	explain.Options
	trace, export, config, data string
}

func (v *invocation) explain(ctx context.Context, o explainOptions) (explain.Story, error) {
	if o.trace != "" {
		return v.explainTrace(o)
	}
	if o.data == "" {
		if o.config == "" {
			o.config = defaultConfig
		}
		cfg, err := v.load(o.config)
		if err != nil {
			return explain.Story{}, err
		}
		o.data = cfg.DataFolder
	}
	teller := explain.NewTeller(acd.New(acd.Options{}), o.Options)
	see := func(d acd.Decision) error { teller.See(d.At, d.Event); return nil }
	if o.export != "" {
		file, err := os.Create(o.export)
		if err != nil {
			return explain.Story{}, fmt.Errorf("export: %w", err)
		}
		defer file.Close() //nolint:errcheck // its writes were checked
		exporter := simulate.NewExporter(acd.New(acd.Options{}), o.Contact, file)
		see = func(d acd.Decision) error { teller.See(d.At, d.Event); return exporter.See(d) }
	}
	err := journal.Read(ctx, o.data, decisions(see))
	return teller.Story(), err
}

// decisions hands on those of a journal. One that has lost its beginning to its
// limits cannot be replayed.
func decisions(see func(acd.Decision) error) func(journal.Entry) error {
	begun := false
	return func(e journal.Entry) error {
		if e.Decision == nil {
			return nil
		}
		if _, whole := e.Decision.Event.(acd.Configured); !begun && !whole {
			return errNoBeginning
		}
		begun = true
		return see(*e.Decision)
	}
}

var errNoBeginning = errors.New("the journal has lost its beginning to its limits (journal.keep, journal.maxMegabytes), and cannot be taken through the events once more")

// explainTrace tells from a trace.
func (v *invocation) explainTrace(o explainOptions) (explain.Story, error) {
	var base simulate.Base
	if o.config != "" {
		cfg, err := v.load(o.config)
		if err != nil {
			return explain.Story{}, err
		}
		base = baseOf(cfg)
	}
	file, err := os.Open(o.trace)
	if err != nil {
		return explain.Story{}, fmt.Errorf("read trace: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	var teller *explain.Teller
	err = simulate.FollowTrace(o.trace, io.Reader(file), base, func(d *acd.Distributor) func(time.Time, acd.Event) {
		teller = explain.NewTeller(d, o.Options)
		return func(at time.Time, ev acd.Event) { teller.See(at, ev) }
	})
	if err != nil {
		return explain.Story{}, err
	}
	return teller.Story(), nil
}

// explain tells the wait of a contact, also of one that waits now, from the
// journal of this server.
func (h *house) explain(ctx context.Context, contact acd.ContactID, agent acd.AgentID, zone *time.Location) (explain.Story, error) {
	ctx, cancel := context.WithTimeout(ctx, explainLimit)
	defer cancel()
	// One at a time: a replay costs a core, and calls run on the same ones.
	select {
	case h.explaining <- struct{}{}:
		defer func() { <-h.explaining }()
	case <-ctx.Done():
		return explain.Story{}, ctx.Err()
	}
	teller := explain.NewTeller(acd.New(acd.Options{}), explain.Options{Contact: contact, Agent: agent, Zone: zone, Name: func(id acd.AgentID) string {
		if a, known := h.cfg().Agent(id); known {
			return a.Name
		}
		return string(id)
	}})
	err := h.journal.Each(ctx, decisions(func(d acd.Decision) error { teller.See(d.At, d.Event); return ctx.Err() }))
	return teller.Story(), err
}

// explainLimit is how long a page waits for a story; a longer journal is for
// tandem explain.
const explainLimit = 20 * time.Second
