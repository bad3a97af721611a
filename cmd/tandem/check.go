// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
)

// check says all that is wrong with a configuration, without starting anything.
func check(ctx context.Context, v *invocation) error {
	cfg, err := v.config()
	if err != nil {
		return err
	}
	if _, err := openPrompts(ctx, cfg); err != nil {
		return err
	}
	_, err = fmt.Fprintf(v.stdout, "no problems: %d numbers, %d flows, %d queues, %d agents, %d trunks\n",
		len(cfg.Numbers), len(cfg.Flows), len(cfg.Queues), len(cfg.Agents), len(cfg.SIP.Trunks))
	return err
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
