// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tandem/configs"
	"tandem/ivr"
	"tandem/ivr/draw"
	"tandem/ivr/flowtest"
	"tandem/ivr/voicexml"
	"tandem/media"
)

// errFaults ends the program with status 1; what is wrong has been printed.
var errFaults = errors.New("there are problems")

const ivrUsage = `tandem ivr works on flows without a telephone:
  tandem ivr check [-prompts FOLDER] FOLDER            what is wrong or odd
  tandem ivr test [-junit FILE] FOLDER                 run the *.test.yaml files
  tandem ivr test -live HOST:PORT FOLDER               the same by calls to a running server
  tandem ivr test -fuzz CALLS [-seed N] FOLDER         let callers press random keys
  tandem ivr run [-language L] [-caller N] FLOW.yaml   play a flow here
  tandem ivr draw [-format svg|mermaid] [-counts] FLOW.yaml
  tandem ivr import FILE.vxml > FLOW.yaml              a VoiceXML 2.1 document as a flow
  tandem ivr schema [-tests]                           the JSON Schema of flow files, for editors`

// ivrVerb develops flows: check, test, run, draw, import, schema.
func ivrVerb(ctx context.Context, v *invocation) error {
	var what string
	if len(v.args) > 0 {
		what, v.args = v.args[0], v.args[1:]
	}
	switch what {
	case "check":
		return v.checkFlows()
	case "test":
		return v.testFlows(ctx)
	case "run":
		return v.runFlow()
	case "draw":
		return v.drawFlow()
	case "import":
		return v.importFlow()
	case "schema":
		return v.schema()
	}
	fmt.Fprintln(v.stderr, ivrUsage)
	return errUsage
}

// flows reads the flows of a folder, and prints their problems.
func (v *invocation) flows(folder string) (ivr.Flows, error) {
	flows, problems := ivr.Load(os.DirFS(folder), folder)
	return flows, v.report(problems)
}

func (v *invocation) report(problems ivr.Problems) error {
	if len(problems) == 0 {
		return nil
	}
	fmt.Fprintln(v.stderr, problems.Error())
	return errFaults
}

// only is the one word that must stand beside the flags.
func (v *invocation) only() (string, error) {
	if err := v.parse(); err != nil {
		return "", err
	}
	if len(v.args) != 1 {
		fmt.Fprintln(v.stderr, ivrUsage)
		return "", errUsage
	}
	return v.args[0], nil
}

// flow reads the flow in a file, with those beside it.
func (v *invocation) flow(file string) (*ivr.Flow, error) {
	folder, name := filepath.Dir(file), filepath.Base(file)
	flows, problems := ivr.Load(os.DirFS(folder), folder)
	f := flows[ivr.FlowID(strings.TrimSuffix(name, filepath.Ext(name)))]
	if f == nil {
		if err := v.report(problems); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("there is no flow in %s", file)
	}
	return f, nil
}

func (v *invocation) checkFlows() error {
	prompts := v.flags.String("prompts", "", "a `folder` of recordings, beside those that are built in")
	folder, err := v.only()
	if err != nil {
		return err
	}
	flows, err := v.flows(folder)
	all := make([]*ivr.Flow, 0, len(flows))
	var odd ivr.Problems
	for _, f := range flows {
		all = append(all, f)
		odd = append(odd, f.Check()...)
	}
	odd.Sort()
	err = errors.Join(err, v.report(odd), v.unrecorded(all, *prompts))
	if err != nil {
		return errFaults
	}
	_, err = fmt.Fprintf(v.stdout, "no problems: %d flows\n", len(flows))
	return err
}

// unrecorded prints the sentences of which there is no recording.
func (v *invocation) unrecorded(flows []*ivr.Flow, folder string) error {
	builtIn, err := fs.Sub(configs.Files, "prompts")
	if err != nil {
		return fmt.Errorf("open built-in prompts: %w", err)
	}
	folders := []fs.FS{builtIn}
	if folder != "" {
		folders = []fs.FS{os.DirFS(folder), builtIn}
	}
	library, err := media.NewLibrary(folders...)
	if err != nil {
		return fmt.Errorf("open prompts: %w", err)
	}
	var wanted []media.Sentence
	for _, s := range ivr.Sentences(flows) {
		wanted = append(wanted, media.Sentence{Lang: s.Language, Text: s.Text})
	}
	missing := library.Missing(wanted)
	for _, s := range missing {
		fmt.Fprintf(v.stderr, "no recording of the %s sentence %q\n", s.Lang, s.Text)
	}
	if len(missing) > 0 {
		return errFaults
	}
	return nil
}

func (v *invocation) testFlows(ctx context.Context) error {
	junit := v.flags.String("junit", "", "write the results as JUnit XML to this `file`")
	var random flowtest.Random
	v.flags.IntVar(&random.Calls, "fuzz", 0, "in place of the stories, let this many random `calls` ring each flow")
	v.flags.Uint64Var(&random.Seed, "seed", 1, "what the random calls are made of: a `number`")
	var live liveOptions
	v.flags.StringVar(&live.server, "live", "", "run the stories by calls to the SIP listener of a running server: `host:port`")
	v.flags.StringVar(&live.web, "web", "", "where that server's pages are: a `URL`; default http://HOST:8080")
	v.flags.DurationVar(&live.longest, "longest", liveLongest, "skip stories that wait `longer`, with -live")
	v.flags.IntVar(&live.atOnce, "calls", liveAtOnce, "how many `calls` at once, with -live")
	folder, err := v.only()
	if err != nil {
		return err
	}
	flows, faulty := v.flows(folder)
	cases, problems := flowtest.Load(os.DirFS(folder), folder, flows)
	if err := errors.Join(faulty, v.report(problems)); err != nil {
		return errFaults
	}
	if random.Calls > 0 {
		return v.fuzzFlows(random, flows, cases)
	}
	if live.server != "" {
		results, err := v.testLive(ctx, live, cases)
		if err != nil {
			return err
		}
		return v.tell(results, *junit)
	}
	coverage := flowtest.NewCoverage()
	var results []flowtest.Result
	for i := range cases {
		results = append(results, flowtest.Result{Case: &cases[i], Fault: cases[i].Run(coverage)})
	}
	if err := coverage.Write(v.stdout, flows); err != nil {
		return err
	}
	return v.tell(results, *junit)
}

// tell prints what went wrong, and writes all of it for JUnit.
func (v *invocation) tell(results []flowtest.Result, junit string) error {
	failed := 0
	for _, r := range results {
		if r.Fault != "" {
			failed++
			fmt.Fprintf(v.stdout, "FAIL %s:%d: %s\n    %s\n", r.Case.File, r.Case.Line, r.Case.Name, strings.ReplaceAll(r.Fault, "\n", "\n    "))
		}
	}
	if junit != "" {
		if err := writeTo(junit, func(w io.Writer) error { return flowtest.WriteJUnit(w, results) }); err != nil {
			return err
		}
	}
	fmt.Fprintf(v.stdout, "%d cases, %d failed\n", len(results), failed)
	if failed > 0 {
		return errFaults
	}
	return nil
}

// fuzzFlows demands that no random call gets stuck or runs in circles.
func (v *invocation) fuzzFlows(random flowtest.Random, flows ivr.Flows, cases []flowtest.Case) error {
	coverage := flowtest.NewCoverage()
	wrong := 0
	for _, id := range slices.Sorted(maps.Keys(flows)) {
		if found := random.Try(flows[id], cases, coverage); found != nil {
			wrong++
			fmt.Fprintf(v.stdout, "FAIL %s\n", found)
		}
	}
	if err := coverage.Write(v.stdout, flows); err != nil {
		return err
	}
	fmt.Fprintf(v.stdout, "%d flows, %d random calls each from seed %d, %d flows failed\n", len(flows), random.Calls, random.Seed, wrong)
	if wrong > 0 {
		return errFaults
	}
	return nil
}

func writeTo(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := errors.Join(write(file), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// runFlow plays a flow in the terminal, on a virtual clock.
func (v *invocation) runFlow() error {
	language := v.flags.String("language", "", "the number's `language`; default the flow's first")
	caller := v.flags.String("caller", "", "the caller's `number`")
	at := v.flags.String("time", "", "the `time` at the start, like 2026-03-02T10:00:00Z; default now")
	file, err := v.only()
	if err != nil {
		return err
	}
	flow, err := v.flow(file)
	if err != nil {
		return err
	}
	start := time.Now()
	if *at != "" {
		if start, err = time.Parse(time.RFC3339, *at); err != nil {
			return fmt.Errorf("read -time: %w", err)
		}
	}
	lang := *language
	if !slices.Contains(flow.Languages, lang) {
		lang = flow.Languages[0]
	}
	fmt.Fprintln(v.stdout, "Type digits to press them, nothing to let time pass, or: hangs up, leaves timedOut, fails busy, waits 5s")
	p := flowtest.NewPlayer(flow, lang, start, ivr.Contact{ID: "terminal", Caller: *caller}, nil)
	typed := bufio.NewScanner(os.Stdin)
	for {
		for _, line := range p.Lines() {
			fmt.Fprintln(v.stdout, "  "+line)
		}
		if p.Over() {
			return nil
		}
		fmt.Fprint(v.stdout, "> ")
		if !typed.Scan() {
			return typed.Err()
		}
		if err := p.Do(told(typed.Text())); err != nil {
			fmt.Fprintln(v.stdout, " ", err)
		}
	}
}

// told makes an act of what was typed.
func told(line string) string {
	line = strings.TrimSpace(line)
	switch {
	case line == "":
		return "says nothing"
	case strings.Trim(line, "0123456789*#ABCD") == "":
		return "presses " + line
	}
	return line
}

func (v *invocation) drawFlow() error {
	format := v.flags.String("format", "svg", "`svg or mermaid`")
	counted := v.flags.Bool("counts", false, "write on each arrow how often the tests take it")
	file, err := v.only()
	if err != nil {
		return err
	}
	flow, err := v.flow(file)
	if err != nil {
		return err
	}
	var counts draw.Counts
	if *counted {
		coverage := flowtest.NewCoverage()
		folder := filepath.Dir(file)
		flows, _ := ivr.Load(os.DirFS(folder), folder)
		cases, _ := flowtest.Load(os.DirFS(folder), folder, flows)
		for i := range cases {
			cases[i].Run(coverage)
		}
		counts = func(node ivr.NodeID, exit string) int { return coverage.Taken(flow.ID, node, exit) }
	}
	picture := draw.SVG
	switch *format {
	case "svg":
	case "mermaid":
		picture = draw.Mermaid
	default:
		return fmt.Errorf("-format %s: write svg or mermaid", *format)
	}
	_, err = io.WriteString(v.stdout, picture(flow, counts))
	return err
}

// schema prints what editors complete and underline flow files by.
func (v *invocation) schema() error {
	tests := v.flags.Bool("tests", false, "that of test files instead")
	if err := v.parse(); err != nil {
		return err
	}
	name := "schema/flow.json"
	if *tests {
		name = "schema/flow.test.json"
	}
	text, err := configs.Files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("open built-in schema: %w", err)
	}
	_, err = v.stdout.Write(text)
	return err
}

// importFlow prints a VoiceXML document as a flow, and what of it could not be
// carried over.
func (v *invocation) importFlow() error {
	file, err := v.only()
	if err != nil {
		return err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read document: %w", err)
	}
	flow, remarks, err := voicexml.Import(filepath.Base(file), src)
	if err != nil {
		return fmt.Errorf("import %s: %w", file, err)
	}
	for _, r := range remarks {
		fmt.Fprintf(v.stderr, "%s: %s\n", file, r)
	}
	_, err = io.WriteString(v.stdout, flow)
	return err
}
