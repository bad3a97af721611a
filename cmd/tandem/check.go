// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"tandem/config"
	"tandem/simulate"
	"tandem/strictyaml"
)

// check says all that is wrong with a configuration, without starting anything,
// and remarks what is odd about its routing.
func check(ctx context.Context, v *invocation) error {
	scenario := v.flags.String("scenario", "", "look also whether the staff of this scenario `file` can serve its callers at every hour")
	cfg, err := v.config()
	if err != nil {
		return err
	}
	if _, err := openPrompts(ctx, cfg); err != nil {
		return err
	}
	remarks := cfg.RoutingRemarks()
	if *scenario != "" {
		gaps, err := v.staffGaps(*scenario, cfg)
		if err != nil {
			return err
		}
		remarks = append(remarks, gaps...)
	}
	for _, r := range remarks {
		fmt.Fprintln(v.stdout, "remark:", r)
	}
	_, err = fmt.Fprintf(v.stdout, "no problems: %d numbers, %d flows, %d queues, %d agents, %d trunks\n",
		len(cfg.Numbers), len(cfg.Flows), len(cfg.Queues), len(cfg.Agents), len(cfg.SIP.Trunks))
	return err
}

// staffGaps are the hours of a scenario at which nobody can serve who comes.
func (v *invocation) staffGaps(file string, cfg *config.Config) (strictyaml.Problems, error) {
	s, doc, err := simulate.Read(file)
	if err == nil {
		var days []*simulate.Day
		if days, err = s.Days(baseOf(cfg), doc); err == nil {
			return days[0].Gaps(doc.Blank()), nil
		}
	}
	return nil, v.faults("the scenario", err)
}

// prompts lists what flows can say, for recording or rendering: language, tab,
// text.
func prompts(_ context.Context, v *invocation) error {
	cfg, err := v.config()
	if err != nil {
		return err
	}
	for _, s := range cfg.Sentences() {
		if _, err := fmt.Fprintf(v.stdout, "%s\t%s\n", s.Language, s.Text); err != nil {
			return err
		}
	}
	return nil
}
