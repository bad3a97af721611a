// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"tandem/ivr"
	"tandem/strictyaml"
)

// Ending ends the name of a test file; what stands before it is the flow's ID.
const Ending = ".test.yaml"

// Limits of test files.
const (
	maxCases = 1000
	maxSteps = 500 // of one case
)

// suiteFile is one test file.
type suiteFile struct {
	// Given is what holds for every case that says nothing else.
	Given givenFile `yaml:"given"`
	// Cases are the stories.
	Cases []caseFile `yaml:"cases,required"`
}

// caseFile is one story.
type caseFile struct {
	// Name says what is promised.
	Name string `yaml:"name,required"`
	// Given is who calls, and when.
	Given givenFile `yaml:"given"`
	// Each runs the case once for each of these, with {key} in name, when and
	// then replaced by its text.
	Each []map[string]string `yaml:"each"`
	// When is what the caller does, and what the world does, in order: hears,
	// presses 12#, says nothing, speaks 12s (into a recording, then is silent),
	// waits 5s, hangs up, leaves timedOut (the queue), fails busy (the dial),
	// place 3 2m (in a wait flow), queue waiting=3 estimate=2m signedIn=2
	// available=1 open=false (to queueStatus), callback requested (or duplicate,
	// notAllowed, closed), answers 200 {"a": 1} (to a fetch; or timedOut,
	// unavailable, tooLarge, notAllowed), upstream hangs (until the fetch gives
	// up), recording fails.
	When []string `yaml:"when,orOne"`
	// Then is all that is heard and done, in order: say ..., loop ..., queue ID,
	// dial TARGET, echo, ask QUEUE, priority 5, record NODE, answer QUESTION 4,
	// fetch METHOD URL BODY (a body with a secret is ****), tell URL BODY, callback
	// NUMBER by QUEUE, hold offers, take offers, leave exitKey, end CAUSE, gone. A
	// line ... stands for any number of lines.
	Then []string `yaml:"then,orOne,required"`
	// Variables are what the flow must know at the end; secrets are ****.
	Variables map[string]string `yaml:"variables"`
}

// givenFile is who calls, and when.
type givenFile struct {
	// Time is that of the flow's zone, like 2026-03-02 10:00; default Monday,
	// 2026-03-02 10:00.
	Time string `yaml:"time"`
	// Language is that of the number; default the flow's first.
	Language string `yaml:"language"`
	// Caller is the caller's number.
	Caller string `yaml:"caller"`
	// Dialled is the number that was dialled.
	Dialled string `yaml:"dialled"`
	// Contact is the call's ID, which decides where a split leads.
	Contact string `yaml:"contact"`
}

func (g givenFile) or(other givenFile) givenFile {
	for _, f := range []struct{ mine, byDefault *string }{
		{&g.Time, &other.Time}, {&g.Language, &other.Language}, {&g.Caller, &other.Caller},
		{&g.Dialled, &other.Dialled}, {&g.Contact, &other.Contact},
	} {
		if *f.mine == "" {
			*f.mine = *f.byDefault
		}
	}
	return g
}

// A Case is one story about one flow.
type Case struct {
	File string
	Line int
	Name string

	flow      *ivr.Flow
	start     time.Time
	language  string
	contact   ivr.Contact
	when      []Act
	then      []string
	variables map[string]string
}

// Flow is the flow that the story is about.
func (c *Case) Flow() *ivr.Flow { return c.flow }

// Start is when the story begins, by the flow's clock.
func (c *Case) Start() time.Time { return c.start }

// Language is that of the number.
func (c *Case) Language() string { return c.language }

// Contact is who calls.
func (c *Case) Contact() ivr.Contact { return c.contact }

// Acts are what happens, in order.
func (c *Case) Acts() []Act { return slices.Clone(c.when) }

// Load reads the test files at the root of files, each for the flow of its
// name; folder is how problems call that root.
func Load(files fs.FS, folder string, flows ivr.Flows) ([]Case, strictyaml.Problems) {
	names, err := fs.Glob(files, "*"+Ending)
	if err != nil {
		return nil, strictyaml.Problems{{File: folder, Text: err.Error()}}
	}
	var cases []Case
	var problems strictyaml.Problems
	for _, name := range names {
		src, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, strictyaml.Problem{File: path.Join(folder, name), Text: "cannot be read: " + err.Error()})
			continue
		}
		more, faults := Read(path.Join(folder, name), src, flows[ivr.FlowID(strings.TrimSuffix(name, Ending))])
		cases, problems = append(cases, more...), append(problems, faults...)
	}
	return cases, problems
}

// Read reads one test file, called name in problems, for flow.
func Read(name string, src []byte, flow *ivr.Flow) ([]Case, strictyaml.Problems) {
	var file suiteFile
	doc := strictyaml.Decode(name, src, &file)
	if flow == nil {
		doc.Report("", "there is no flow of this name beside it")
		return nil, doc.Problems()
	}
	if len(file.Cases) > maxCases {
		doc.Report("cases", fmt.Sprintf("holds more than %d; split the file", maxCases))
		return nil, doc.Problems()
	}
	var cases []Case
	for i, f := range file.Cases {
		each := f.Each
		if len(each) == 0 {
			each = []map[string]string{nil}
		}
		for _, with := range each {
			cases = append(cases, read(doc, fmt.Sprintf("cases[%d]", i), f, file.Given, with, flow))
		}
	}
	return cases, doc.Problems()
}

func read(doc *strictyaml.Document, at string, f caseFile, general givenFile, with map[string]string, flow *ivr.Flow) Case {
	fill := func(text string) string {
		for key, value := range with {
			text = strings.ReplaceAll(text, "{"+key+"}", value)
		}
		return text
	}
	given := f.Given.or(general).or(givenFile{Time: "2026-03-02 10:00", Language: flow.Languages[0], Contact: "c1"})
	c := Case{
		File: doc.File(), Name: fill(f.Name), flow: flow, language: given.Language, variables: f.Variables,
		contact: ivr.Contact{ID: given.Contact, Caller: given.Caller, Dialled: given.Dialled},
	}
	c.Line, _ = doc.At(at)
	start, err := time.ParseInLocation("2006-01-02 15:04", given.Time, zoneOf(flow))
	if err != nil {
		doc.Report(at+".given.time", fmt.Sprintf("%q is no time; write one like 2026-03-02 10:00", given.Time))
	}
	c.start = start
	if len(f.When) > maxSteps || len(f.Then) > maxSteps {
		doc.Report(at, fmt.Sprintf("holds more than %d steps; split it", maxSteps))
		return c
	}
	for i, text := range f.When {
		a, err := actOf(fill(text))
		if err != nil {
			doc.Report(fmt.Sprintf("%s.when[%d]", at, i), err.Error())
		}
		c.when = append(c.when, a)
	}
	for _, line := range f.Then {
		c.then = append(c.then, strings.Join(strings.Fields(fill(line)), " "))
	}
	return c
}
