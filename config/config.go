// SPDX-License-Identifier: Apache-2.0

package config

import (
	"time"

	"tandem/dip"
	"tandem/ivr"
	"tandem/journal"
	"tandem/media"
	"tandem/sip"
	"tandem/softphone"
	"tandem/strictyaml"
	"tandem/web"
)

// Config is tandem.yaml. Paths in it are relative to the file's own folder.
type Config struct {
	// DataFolder holds everything that is kept: records, secrets, certificates,
	// rendered sentences. It is made if it is not there.
	DataFolder string `yaml:"dataFolder,required"`
	// Demo makes demo sign-ins with random passwords and prints them at the
	// start. Refused as soon as anything listens beyond this machine.
	Demo bool `yaml:"demo"`
	// Rehearsal lets `tandem ivr test -live` ring with the time and the caller of
	// its stories, and shows it what those calls pass. Refused as soon as anything
	// listens beyond this machine.
	Rehearsal bool `yaml:"rehearsal"`
	// Drain is how long calls may go on after the server was asked to end;
	// default 1m. A second request ends them at once.
	Drain time.Duration `yaml:"drain"`
	// Log says what is logged, and how.
	Log Log `yaml:"log"`

	// SIP is what callers and phones speak to.
	SIP sip.Options `yaml:"sip"`
	// Media is where their audio goes.
	Media media.PortsOptions `yaml:"media"`
	// Softphone is where the audio of agents' browsers goes.
	Softphone softphone.Options `yaml:"softphone"`
	// Web is where pages, API and metrics are.
	Web web.Options `yaml:"web"`

	// Numbers say which flow answers a dialled number; any other gets 404.
	Numbers []Number `yaml:"numbers"`
	// FlowsFolder holds the flows, one *.yaml each; default: the built-in ones.
	FlowsFolder string `yaml:"flowsFolder"`
	// WaitFlow is heard by waiting callers whose queue node names none; default
	// wait, which is built in.
	WaitFlow ivr.FlowID `yaml:"waitFlow"`
	// HoldMusic is the music a caller hears whom an agent holds; default hold.
	HoldMusic string `yaml:"holdMusic"`
	// Prompts are the recordings that flows play.
	Prompts media.PromptOptions `yaml:"prompts"`
	// Dial says whom flows may call.
	Dial Dial `yaml:"dial"`
	// Dips say how flows may ask other systems (fetch).
	Dips dip.Options `yaml:"dips"`

	// Queues are the lines that callers wait in; pages show them in this order.
	Queues []Queue `yaml:"queues"`
	// RetiredQueues are queues that are no longer, with where those go who wait in
	// them when the configuration is reloaded. Default: none; then a reload that
	// takes a queue away is refused while somebody waits in it.
	RetiredQueues []RetiredQueue `yaml:"retiredQueues"`
	// Agents are the people who answer.
	Agents []Agent `yaml:"agents"`
	// Reasons are the statuses an agent may choose beside available.
	Reasons []Reason `yaml:"reasons"`
	// Dispositions are what an agent may note about a call, in this order.
	Dispositions []Disposition `yaml:"dispositions"`
	// Desk is how the agents' pages behave.
	Desk Desk `yaml:"desk"`
	// Journal keeps every decision, so that a crash costs nobody their place.
	Journal journal.Options `yaml:"journal"`

	// Flows are all flows, the built-in wait flow included.
	Flows ivr.Flows `yaml:"-"`

	document *strictyaml.Document
	faulty   []ivr.FlowID // flows that have problems and are missing from Flows
	noFlows  bool         // there is no such folder
}

// Log says what is logged.
type Log struct {
	// Level is the least that is logged: debug, info, warn or error; default
	// info.
	Level string `yaml:"level"`
	// Format is text or json; default text.
	Format string `yaml:"format"`
}

// Dial says whom flows may call.
type Dial struct {
	// Allow are patterns of targets: * stands for any characters but /, ? for
	// one, [a-z] for one of a range. Default: none, so that no flow can dial.
	Allow []string `yaml:"allow"`
}

// Desk is how the agents' pages behave.
type Desk struct {
	// ResumeGrace is how long an agent's page may take to come back in a call,
	// after a reload or a lost connection, before the caller returns to the
	// line; default 30s.
	ResumeGrace time.Duration `yaml:"resumeGrace"`
}

const (
	defaultDrain       = time.Minute
	defaultWaitFlow    = "wait"
	defaultHoldMusic   = "hold"
	defaultResumeGrace = 30 * time.Second
	defaultGoal        = 80
	defaultLanguage    = "en"
)
