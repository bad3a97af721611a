// SPDX-License-Identifier: Apache-2.0

package journal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"tandem/acd"
	"tandem/call"
)

// An Entry is one line of the journal; exactly one of its fields is set. On disk
// it is one line of JSON, {"decision":{...}}, {"call":{...}} or {"start":{...}};
// a decision has the form of acd.AppendDecision.
type Entry struct {
	Decision *acd.Decision
	Call     *call.Kept // a call as it is now
	Start    *Start
}

// Start says that a server took the journal over; it decides from here on.
type Start struct {
	At     time.Time `json:"at"`
	Router string    `json:"router"` // version of what decides
	Owner  string    `json:"owner"`  // drawn anew at each start
}

// Append appends the line of e to b, its end included.
func (e Entry) Append(b []byte) []byte {
	switch {
	case e.Decision != nil:
		b = append(acd.AppendDecision(append(b, `{"decision":`...), *e.Decision), '}')
	case e.Call != nil:
		b = appendJSON(b, "call", e.Call)
	case e.Start != nil:
		b = appendJSON(b, "start", e.Start)
	}
	return append(b, '\n')
}

func appendJSON(b []byte, word string, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("journal: write %s: %v", word, err)) // plain values can always be written
	}
	b = append(append(append(b, `{"`...), word...), `":`...)
	return append(append(b, text...), '}')
}

// ParseEntry reads one line.
func ParseEntry(line []byte) (Entry, error) {
	if text, is := bytes.CutPrefix(line, []byte(`{"decision":`)); is {
		text = bytes.TrimRight(text, "\r\n ")
		d, err := acd.ParseDecision(bytes.TrimSuffix(text, []byte("}")))
		return Entry{Decision: &d}, err
	}
	var e struct {
		Call  *call.Kept
		Start *Start
	}
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, fmt.Errorf("read journal entry: %w", err)
	}
	if e.Call == nil && e.Start == nil {
		return Entry{}, fmt.Errorf("read journal entry: no kind is known in %.40q", line)
	}
	return Entry{Call: e.Call, Start: e.Start}, nil
}

// lines calls f for every entry of one append.
func lines(batch []byte, f func(Entry) error) error {
	for line := range bytes.Lines(batch) {
		e, err := ParseEntry(line)
		if err == nil {
			err = f(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
