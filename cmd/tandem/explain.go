// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"tandem/acd"
	"tandem/acd/explain"
	"tandem/simulate"
)

var errExplainUsage = errors.New("say whose wait: tandem explain CONTACT -trace FILE")

// explainVerb tells why a contact waited.
func explainVerb(_ context.Context, v *invocation) error {
	trace := v.flags.String("trace", "", "take the events from this trace `file`")
	path := v.flags.String("config", "", "the configuration `file` that the trace was played with, if it brings none")
	agent := v.flags.String("agent", "", "why not this `agent`")
	language := v.flags.String("lang", "en", "the `language`: en or zh")
	zone := v.flags.String("zone", "Local", "the time `zone` of the times")
	asJSON := v.flags.Bool("json", false, "print JSON, in both languages")
	if err := v.parse(); err != nil {
		return err
	}
	if len(v.args) != 1 || *trace == "" {
		return errExplainUsage
	}
	where, err := time.LoadLocation(*zone)
	if err != nil {
		return fmt.Errorf("-zone: %w", err)
	}
	if *language != "en" && *language != "zh" {
		return fmt.Errorf("-lang %s: write en or zh", *language)
	}
	var base simulate.Base
	if *path != "" {
		cfg, err := v.load(*path)
		if err != nil {
			return err
		}
		base = baseOf(cfg)
	}
	file, err := os.Open(*trace)
	if err != nil {
		return fmt.Errorf("read trace: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	var teller *explain.Teller
	err = simulate.FollowTrace(*trace, file, base, func(d *acd.Distributor) func(time.Time, acd.Event) {
		teller = explain.NewTeller(d, explain.Options{Contact: acd.ContactID(v.args[0]), Agent: acd.AgentID(*agent), Zone: where})
		return func(at time.Time, ev acd.Event) { teller.See(at, ev) }
	})
	if err != nil {
		return err
	}
	story := teller.Story()
	if *asJSON {
		return json.NewEncoder(v.stdout).Encode(story)
	}
	return story.Write(v.stdout, where, *language == "zh")
}
