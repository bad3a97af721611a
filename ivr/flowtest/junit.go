// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"encoding/xml"
	"fmt"
	"io"
)

// A Result is how one case went; Fault is "" when it holds.
type Result struct {
	Case  *Case
	Fault string
}

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes results, those of one file together, in the XML that
// continuous integration reads.
func WriteJUnit(w io.Writer, results []Result) error {
	var all junitSuites
	for _, r := range results {
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != r.Case.File {
			all.Suites = append(all.Suites, junitSuite{Name: r.Case.File})
		}
		suite := &all.Suites[len(all.Suites)-1]
		suite.Tests++
		c := junitCase{Class: string(r.Case.flow.ID), Name: r.Case.Name, File: r.Case.File, Line: r.Case.Line}
		if r.Fault != "" {
			suite.Failures++
			c.Failure = &junitFailure{Message: "not as told", Text: r.Fault}
		}
		suite.Cases = append(suite.Cases, c)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}
