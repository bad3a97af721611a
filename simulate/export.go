// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"bytes"
	"fmt"
	"io"

	"tandem/acd"
)

// An Exporter writes the wait of one contact as a recorded trace: the state of
// the floor just before it came, and every decision until it left. The trace
// plays and explains anywhere by itself.
type Exporter struct {
	contact acd.ContactID
	d       *acd.Distributor
	w       io.Writer
	begun   bool
	over    bool
}

// NewExporter begins where d stands, which it owns from now on.
func NewExporter(d *acd.Distributor, contact acd.ContactID, w io.Writer) *Exporter {
	return &Exporter{contact: contact, d: d, w: w}
}

// Found says whether the contact was seen.
func (e *Exporter) Found() bool { return e.begun }

// See takes the next decision.
func (e *Exporter) See(d acd.Decision) error {
	if e.over {
		return nil
	}
	if !e.begun && e.comes(d.Event) {
		e.begun = true
		var state bytes.Buffer
		fmt.Fprintf(&state, `{"trace":%d,"recorded":true,"state":`, traceVersion)
		if _, err := e.w.Write(append(e.d.AppendState(state.Bytes()), '}', '\n')); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	d.Effects = e.d.Apply(d.At, d.Event) // what this version decides, which plays the same
	if !e.begun {
		return nil
	}
	for _, effect := range d.Effects {
		if v, ok := effect.(acd.VisitEnded); ok && v.Contact == e.contact && v.To == "" {
			e.over = true
		}
	}
	if _, err := e.w.Write(append(acd.AppendDecision(nil, d), '\n')); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func (e *Exporter) comes(ev acd.Event) bool {
	switch ev := ev.(type) {
	case acd.ContactArrived:
		return ev.Contact == e.contact
	case acd.CallbackRequested:
		return ev.Callback == e.contact
	}
	return false
}
