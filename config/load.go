// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tandem/acd"
	"tandem/configs"
	"tandem/ivr"
	"tandem/strictyaml"
)

// Load reads the configuration file called name, and its flows. An error that
// says what is wrong with them is a strictyaml.Problems: one line each.
func Load(name string) (*Config, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	folder := filepath.Dir(name)
	c, problems := parse(name, src, func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(folder, path)
	})
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// Sample is the built-in configuration, configs/tandem.yaml with the built-in
// flows, keeping its data in dataFolder.
func Sample(dataFolder string) (*Config, error) {
	const name = "tandem.yaml"
	src, err := fs.ReadFile(configs.Files, name)
	if err != nil {
		return nil, fmt.Errorf("read built-in configuration: %w", err)
	}
	c, problems := parse(name, src, func(string) string { return "" })
	if err := problems.Err(); err != nil {
		return nil, err
	}
	c.DataFolder = dataFolder
	return c, nil
}

// parse reads the whole configuration; within makes a path of the file one of
// this process, or "" where a built-in default stands for it.
func parse(name string, src []byte, within func(path string) string) (*Config, strictyaml.Problems) {
	c := &Config{}
	doc := strictyaml.Decode(name, src, c)
	c.DataFolder = within(c.DataFolder)
	c.FlowsFolder = within(c.FlowsFolder)
	c.Prompts.Folder = within(c.Prompts.Folder)
	c.Web.TLS.CertFile = within(c.Web.TLS.CertFile)
	c.Web.TLS.KeyFile = within(c.Web.TLS.KeyFile)
	c.SIP.Within(within)
	c.Dips.Within(within)
	c.defaults()
	flowProblems := c.loadFlows()
	c.languages()
	c.check(doc)
	problems := doc.Problems()
	c.document = doc
	problems = append(problems, flowProblems...)
	return c, append(problems, c.flowReports()...)
}

func (c *Config) defaults() {
	set(&c.Drain, defaultDrain)
	set(&c.WaitFlow, defaultWaitFlow)
	set(&c.HoldMusic, defaultHoldMusic)
	set(&c.Desk.ResumeGrace, defaultResumeGrace)
	set(&c.Log.Level, "info")
	set(&c.Log.Format, "text")
	for i := range c.Queues {
		q := &c.Queues[i]
		set(&q.Goal, defaultGoal)
		set(&q.Strategy, acd.LongestIdle)
		set(&q.ServiceLevel, acd.DefaultServiceLevel)
		set(&q.Name, Names{string(q.ID), string(q.ID)})
	}
	for i := range c.Agents {
		a := &c.Agents[i]
		set(&a.Name, string(a.ID))
		set(&a.Role, RoleAgent)
		set(&a.Device, DeviceBrowser)
		set(&a.InitialStatus, acd.Offline)
	}
	for i := range c.Reasons {
		set(&c.Reasons[i].Name, Names{string(c.Reasons[i].ID), string(c.Reasons[i].ID)})
	}
	for i := range c.Dispositions {
		set(&c.Dispositions[i].Name, Names{c.Dispositions[i].ID, c.Dispositions[i].ID})
	}
}

// languages gives numbers that name none that of their flow.
func (c *Config) languages() {
	for i := range c.Numbers {
		n := &c.Numbers[i]
		if f := c.Flows[n.Flow]; f != nil && !slices.Contains(f.Languages, defaultLanguage) {
			set(&n.Language, f.Languages[0])
		}
		set(&n.Language, defaultLanguage)
	}
}

func set[T comparable](field *T, byDefault T) {
	var zero T
	if *field == zero {
		*field = byDefault
	}
}

// loadFlows reads the flows; the built-in ones where the file names no folder,
// and the built-in wait flow where the folder has none.
func (c *Config) loadFlows() strictyaml.Problems {
	builtIn, err := fs.Sub(configs.Files, "flows")
	if err != nil {
		return strictyaml.Problems{{File: "flows", Text: err.Error()}}
	}
	if c.FlowsFolder == "" {
		flows, problems := ivr.Load(builtIn, "flows")
		c.Flows = flows
		return problems
	}
	if s, err := os.Stat(c.FlowsFolder); err != nil || !s.IsDir() {
		c.Flows, c.noFlows = ivr.Flows{}, true
		return nil
	}
	flows, problems := ivr.Load(os.DirFS(c.FlowsFolder), c.FlowsFolder)
	for _, p := range problems {
		id := strings.TrimSuffix(filepath.Base(p.File), filepath.Ext(p.File))
		c.faulty = append(c.faulty, ivr.FlowID(id))
	}
	c.Flows = flows
	if flows[defaultWaitFlow] == nil && !slices.Contains(c.faulty, defaultWaitFlow) {
		own, _ := ivr.Load(builtIn, "flows")
		flows[defaultWaitFlow] = own[defaultWaitFlow]
	}
	return problems
}

// usedFlows are the flows that a call can reach, by ID.
func (c *Config) usedFlows() []*ivr.Flow {
	seen := map[ivr.FlowID]bool{}
	var used []*ivr.Flow
	use := func(id ivr.FlowID) {
		if f := c.Flows[id]; f != nil && !seen[id] {
			seen[id] = true
			used = append(used, f)
		}
	}
	use(c.WaitFlow)
	for _, n := range c.Numbers {
		use(n.Flow)
	}
	for i := 0; i < len(used); i++ { // grows while it is walked
		for _, q := range used[i].Queues() {
			use(q.WaitFlow)
		}
		for _, id := range used[i].Calls() {
			use(id)
		}
	}
	slices.SortFunc(used, func(a, b *ivr.Flow) int { return compare(a.ID, b.ID) })
	return used
}

func compare[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// unique gathers names of flows, sorted, each once.
func unique(flows []*ivr.Flow, names func(*ivr.Flow) []string, more ...string) []string {
	all := more
	for _, f := range flows {
		all = append(all, names(f)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
