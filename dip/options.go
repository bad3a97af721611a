// SPDX-License-Identifier: Apache-2.0

package dip

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Limits and defaults of Options.
const (
	maxSecrets        = 100
	maxAllowed        = 200
	maxSecret         = 4096 // bytes
	mostConcurrent    = 10_000
	defaultConcurrent = 200
	mostBreakAfter    = 1000
	defaultBreakAfter = 5
	longestBreak      = 10 * time.Minute
	defaultBreakFor   = 10 * time.Second
)

// Options say how flows may ask other systems. The zero value of each field
// means its default.
type Options struct {
	// Secrets are what flows send in headers without knowing it, by name.
	Secrets map[string]Secret `yaml:"secrets"`
	// AllowPrivate names the hosts that may have a private address, like
	// crm.internal or 127.0.0.1; all others are refused one. Default: none.
	AllowPrivate []string `yaml:"allowPrivate"`
	// Concurrent is how many requests may be under way at once; beyond it they
	// fail as unavailable. Default 200.
	Concurrent int `yaml:"concurrent"`
	// BreakAfter is how many failures in a row make a host be left alone for
	// breakFor; default 5.
	BreakAfter int `yaml:"breakAfter"`
	// BreakFor is for how long; then one request tries again. Default 10s.
	BreakFor time.Duration `yaml:"breakFor"`
}

// Secret is where one stands; exactly one of its fields.
type Secret struct {
	// Env names a variable of the server's environment.
	Env string `yaml:"env"`
	// File is a file whose first line is the secret.
	File string `yaml:"file"`
}

// Within makes the paths of files those of this process.
func (o *Options) Within(within func(path string) string) {
	for name, s := range o.Secrets {
		s.File = within(s.File)
		o.Secrets[name] = s
	}
}

// Check reports each problem with the path of its field.
func (o Options) Check(report func(path, problem string)) {
	if len(o.Secrets) > maxSecrets {
		report("secrets", fmt.Sprintf("holds %d; at most %d are possible", len(o.Secrets), maxSecrets))
	}
	for _, name := range o.Names() {
		if (o.Secrets[name].Env == "") == (o.Secrets[name].File == "") {
			report("secrets."+name, "needs either env or file; write one of them")
		} else if _, err := o.Secrets[name].read(); err != nil {
			report("secrets."+name, err.Error())
		}
	}
	if len(o.AllowPrivate) > maxAllowed {
		report("allowPrivate", fmt.Sprintf("holds %d; at most %d are possible", len(o.AllowPrivate), maxAllowed))
	}
	for i, host := range o.AllowPrivate {
		if host == "" || strings.ContainsAny(host, "/ *@") {
			report(fmt.Sprintf("allowPrivate[%d]", i), fmt.Sprintf("%q is no host; write a name or an address, like crm.internal", host))
		}
	}
	if o.Concurrent < 0 || o.Concurrent > mostConcurrent {
		report("concurrent", fmt.Sprintf("%d is out of range; write 1 to %d", o.Concurrent, mostConcurrent))
	}
	if o.BreakAfter < 0 || o.BreakAfter > mostBreakAfter {
		report("breakAfter", fmt.Sprintf("%d is out of range; write 1 to %d", o.BreakAfter, mostBreakAfter))
	}
	if o.BreakFor < 0 || o.BreakFor > longestBreak {
		report("breakFor", fmt.Sprintf("%v is out of range; write 1s to %v", o.BreakFor, longestBreak))
	}
}

// Names are those of the secrets, sorted.
func (o Options) Names() []string {
	names := make([]string, 0, len(o.Secrets))
	for name := range o.Secrets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s Secret) read() (string, error) {
	var text string
	if s.Env != "" {
		var set bool
		if text, set = os.LookupEnv(s.Env); !set {
			return "", fmt.Errorf("the environment has no %s; set it before the start", s.Env)
		}
	} else {
		b, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		text, _, _ = strings.Cut(string(b), "\n")
	}
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxSecret || strings.ContainsAny(text, "\r\n") {
		return "", fmt.Errorf("the secret is empty, longer than %d bytes or has several lines", maxSecret)
	}
	return text, nil
}
