// SPDX-License-Identifier: Apache-2.0

// Command tandem is the call-centre server. Its verbs are the table below; the
// server itself is put together in serve.go, the only place where interfaces
// meet their implementations.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"tandem/config"
)

// version is set by the linker (-X main.version=...).
var version = "dev"

// A verb is one thing that tandem can be asked to do.
type verb struct {
	name, args, help string
	run              func(ctx context.Context, v *invocation) error
}

// invocation is what a verb works with.
type invocation struct {
	flags  *flag.FlagSet
	args   []string // what stands behind the verb
	stdout io.Writer
	stderr io.Writer
	// reread reads the configuration file of config again; nil before.
	reread func() (*config.Config, error)
}

// errUsage ends the program with status 2; what is wrong has been printed.
var errUsage = errors.New("usage")

func verbs() []verb {
	return []verb{
		{"serve", "[-config FILE]", "run the server", serve},
		{"demo", "[-calls N] [-config FILE]", "run the server on loopback with test callers", demo},
		{"check", "[-scenario FILE] [-config FILE]", "say all that is wrong with a configuration", check},
		{"reload", "[-move OLD=QUEUE] [-config FILE]", "let the running server take over the changed configuration", reload},
		{"agent", "add|password|phone ID [-config FILE]", "add an agent, reset a web password or a phone's secret", agent},
		{"trunk", "[NAME [test NUMBER]] [-config FILE]", "say how the trunks are, or place a test call", trunkVerb},
		{"sip", "trace CALL [-pcap FILE] [-config FILE]", "show what was said on the wire in a call", sipVerb},
		{"backup", "FOLDER [-config FILE]", "copy the data folder while the server runs", backup},
		{"restore", "FOLDER [-config FILE]", "put a backup into an empty data folder", restore},
		{"prompts", "[-config FILE]", "list the sentences that flows say, as TSV", prompts},
		{"ivr", "check|test|run|draw FOLDER|FLOW", "check, test, play and draw flows", ivrVerb},
		{"explain", "CONTACT [-agent NAME] [-data FOLDER]", "say why a caller waited", explainVerb},
		{"simulate", "SCENARIO.yaml [-variant NAME] [-svg FILE]", "play a day with the real queues and count", simulateVerb},
		{"version", "", "print the version", printVersion},
	}
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	for _, v := range verbs() {
		if v.name != args[0] {
			continue
		}
		flags := flag.NewFlagSet("tandem "+v.name, flag.ContinueOnError)
		flags.SetOutput(stderr)
		err := v.run(ctx, &invocation{flags: flags, args: args[1:], stdout: stdout, stderr: stderr})
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			return 2
		case errors.Is(err, errFaults):
			return 1
		default:
			fmt.Fprintln(stderr, "tandem:", err)
			return 1
		}
	}
	fmt.Fprintf(stderr, "tandem: no verb %q\n", args[0])
	usage(stderr)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "tandem is a call-centre server. Usage:")
	for _, v := range verbs() {
		fmt.Fprintf(w, "  tandem %-8s %-40s %s\n", v.name, v.args, v.help)
	}
}

func printVersion(_ context.Context, v *invocation) error {
	_, err := fmt.Fprintln(v.stdout, "tandem", version)
	return err
}
