// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"tandem/acd"
	"tandem/config"
	"tandem/journal"
	"tandem/simulate"
	"tandem/strictyaml"
)

// simulateVerb plays a scenario with the queues and agents of a configuration.
func simulateVerb(ctx context.Context, v *invocation) error {
	o := simulateOptions{}
	v.flags.StringVar(&o.config, "config", "", "the configuration `file`, in place of the scenario's")
	v.flags.Uint64Var(&o.seed, "seed", 0, "the `seed`, in place of the scenario's")
	v.flags.IntVar(&o.replications, "replications", 0, "how `many` days are played, in place of the scenario's")
	v.flags.StringVar(&o.variant, "variant", "", "compare with this only: the `name` of a variant, or QUEUE.KEY=VALUE like support.ringTime=15s")
	v.flags.StringVar(&o.svg, "svg", "", "draw the day into this `file`")
	v.flags.BoolVar(&o.json, "json", false, "print JSON in place of tables")
	v.flags.StringVar(&o.trace, "trace", "", "play the exact case in this `file` (- for standard input) and print every decision")
	if err := v.parse(); err != nil {
		return err
	}
	if o.trace != "" {
		return v.playTrace(o)
	}
	if len(v.args) != 1 {
		return errors.New("say which scenario: tandem simulate SCENARIO.yaml, or tandem simulate -trace FILE")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	return v.simulate(ctx, v.args[0], o)
}

type simulateOptions struct {
	config, variant, svg, trace string
	seed                        uint64
	replications                int
	json                        bool
}

func (v *invocation) simulate(ctx context.Context, file string, o simulateOptions) error {
	s, doc, err := simulate.Read(file)
	if err != nil {
		return v.faults("the scenario", err)
	}
	if o.seed != 0 {
		s.Seed = o.seed
	}
	if o.replications != 0 {
		s.Replications = o.replications
	}
	if err := s.Choose(o.variant); err != nil {
		return err
	}
	if o.config == "" {
		o.config = s.Config
		if !filepath.IsAbs(o.config) {
			o.config = filepath.Join(filepath.Dir(file), o.config)
		}
	}
	cfg, err := v.load(o.config)
	if err != nil {
		return err
	}
	days, err := s.Days(baseOf(cfg), doc)
	if err != nil {
		return v.faults("the scenario", err)
	}
	var recording *simulate.Recording
	if s.Recorded != "" {
		if !filepath.IsAbs(s.Recorded) {
			s.Recorded = filepath.Join(filepath.Dir(file), s.Recorded)
		}
		recording = simulate.NewRecording(s)
		if err := errors.Join(journal.Read(ctx, s.Recorded, decisions(recording.See)), recording.Finish()); err != nil {
			return err
		}
		days = recording.Days(baseOf(cfg), days)
	}
	began := time.Now()
	progress, end := v.progress()
	results, err := simulate.Play(ctx, days, progress)
	end()
	if err != nil {
		return err
	}
	own := results[0]
	if recording != nil {
		own = recording.Result()
		if o.json {
			results = append([]simulate.Result{own}, results...)
		}
	}
	if o.svg != "" {
		if err := writeTo(o.svg, func(w io.Writer) error { return simulate.WriteSVG(w, results, s.Clocks()) }); err != nil {
			return err
		}
	}
	if o.json {
		return json.NewEncoder(v.stdout).Encode(results)
	}
	if err := simulate.WriteTable(v.stdout, own, s.Clocks()); err != nil {
		return err
	}
	if len(results) > 1 {
		if err := simulate.WriteComparison(v.stdout, results); err != nil {
			return err
		}
	}
	if recording != nil {
		if err := recording.WriteEstimates(v.stdout); err != nil {
			return err
		}
	}
	contacts := 0
	for _, r := range results {
		contacts += r.Contacts
	}
	_, err = fmt.Fprintf(v.stdout, "\nseed %d · %d days of each · ± is 95 %% confidence · wait is that of the answered · occupancy of all agents · %d contacts in %v\n",
		s.Seed, s.Replications, contacts, time.Since(began).Round(10*time.Millisecond))
	return err
}

// playTrace plays one exact case, with the configuration that is in it or of
// -config.
func (v *invocation) playTrace(o simulateOptions) error {
	var base simulate.Base
	if o.config != "" {
		cfg, err := v.load(o.config)
		if err != nil {
			return err
		}
		base = baseOf(cfg)
	}
	if o.trace == "-" {
		return simulate.PlayTrace("standard input", os.Stdin, base, v.stdout)
	}
	file, err := os.Open(o.trace)
	if err != nil {
		return fmt.Errorf("read trace: %w", err)
	}
	defer file.Close() //nolint:errcheck // only read
	return simulate.PlayTrace(o.trace, file, base, v.stdout)
}

// baseOf is what a simulation takes from a configuration.
func baseOf(cfg *config.Config) simulate.Base {
	return simulate.Base{
		Queues: cfg.RoutingQueues(), Agents: cfg.RoutingAgents(),
		Change: func(queue acd.QueueID, keys map[string]string) (acd.Queue, error) {
			return cfg.ChangedQueue(queue, keys)
		},
	}
}

// faults prints the problems of a file, each in its line.
func (v *invocation) faults(what string, err error) error {
	var problems strictyaml.Problems
	if !errors.As(err, &problems) {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(v.stderr, p)
	}
	return fmt.Errorf("%d problems in %s", len(problems), what)
}

// progressAfter is how long a simulation takes before it shows how far it is.
const progressAfter = time.Second

// progress draws a bar on a terminal while something takes long. end wipes it.
func (v *invocation) progress() (tell func(share float64), end func()) {
	file, ok := v.stderr.(*os.File)
	if info, err := os.Stderr.Stat(); !ok || file != os.Stderr || err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil, func() {}
	}
	const width = 40
	var mu sync.Mutex // guards what follows
	next, furthest, drawn := time.Now().Add(progressAfter), 0.0, false
	tell = func(share float64) {
		mu.Lock()
		defer mu.Unlock()
		if furthest = max(furthest, share); time.Now().Before(next) {
			return
		}
		next, drawn = time.Now().Add(progressAfter/10), true
		full := int(furthest * width)
		fmt.Fprintf(v.stderr, "\r[%s%s] %3.0f %%", strings.Repeat("=", full), strings.Repeat(" ", width-full), 100*furthest)
	}
	return tell, func() {
		mu.Lock()
		defer mu.Unlock()
		if drawn {
			fmt.Fprintf(v.stderr, "\r%*s\r", width+10, "")
		}
	}
}
