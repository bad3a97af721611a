// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"tandem/acd"
)

// A trace is one exact case as JSON lines; docs/simulate.md says what they hold.
// What PlayTrace prints is again a trace, of the recorded kind.

// traceOvertime is how long a trace is played on after its last line.
const traceOvertime = time.Hour

// traceVersion is the form that is read and written.
const traceVersion = 1

// traceLine is any line of a trace.
type traceLine struct {
	Trace    int  `json:"trace"`
	Recorded bool `json:"recorded"`
	// State is the floor at the beginning, as acd.AppendState writes it; without
	// it the floor is empty.
	State json.RawMessage `json:"state"`

	At      string            `json:"at"`
	Event   json.RawMessage   `json:"event"`
	Effects []json.RawMessage `json:"effects"`

	Agent   acd.AgentID   `json:"agent"`
	Contact acd.ContactID `json:"contact"`
	Does    Act           `json:"does"`

	Patience *Distribution `json:"patience"`
	Talk     *Distribution `json:"talk"`
	Answers  []traceAnswer `json:"answers"`

	Queue   acd.QueueID     `json:"queue"` // of a line with metrics, which is only told
	Metrics json.RawMessage `json:"metrics"`
}

type traceAnswer struct {
	Does  Act    `json:"does"`
	After string `json:"after"`
}

// HangUp is what a contact does in a line of a trace.
const HangUp Act = "hangUp"

// ErrDiffers says that a recorded trace was decided otherwise than it says.
var ErrDiffers = errors.New("the decisions differ from the recorded ones")

// TraceStart is the moment that times like "+20s" of a trace count from.
var TraceStart = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// PlayTrace plays the trace in from and writes what was decided to w: a line for
// each event with its effects, then a line of metrics for each queue. name is
// what errors call it. base is the configuration until the trace brings another.
// Where the trace says what was decided, and that is something else, the first
// difference is the error, an ErrDiffers.
func PlayTrace(name string, from io.Reader, base Base, w io.Writer) error {
	t := &tracePlayer{base: base, out: bufio.NewWriter(w)}
	return t.play(name, from)
}

// FollowTrace plays the trace in from, as PlayTrace does, and tells its events:
// begin is told where it begins, as a distributor of its own, and gives what is
// told each event that was applied.
func FollowTrace(name string, from io.Reader, base Base, begin func(*acd.Distributor) func(time.Time, acd.Event)) error {
	t := &tracePlayer{base: base, out: bufio.NewWriter(io.Discard), begin: begin}
	return t.play(name, from)
}

func (t *tracePlayer) play(name string, from io.Reader) error {
	lines := bufio.NewReader(from)
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if len(bytes.TrimSpace(line)) > 0 && line[0] != '#' {
			if err := t.line(line); err != nil {
				return errors.Join(fmt.Errorf("%s:%d: %w", name, number, err), t.out.Flush())
			}
		}
		if errors.Is(err, io.EOF) {
			return t.end()
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
	}
}

// readLine is the next line, of at most acd.MaxWire bytes.
func readLine(from *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := from.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > acd.MaxWire {
			return nil, fmt.Errorf("a line is longer than %d bytes", acd.MaxWire)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// tracePlayer plays line by line: what is planned before a line's moment
// happens before it.
type tracePlayer struct {
	base     Base
	state    []byte // to begin with, or nil
	begin    func(*acd.Distributor) func(time.Time, acd.Event)
	told     func(time.Time, acd.Event) // what begin gave
	out      *bufio.Writer
	p        *player
	tally    *Tally
	recorded bool
	offers   map[acd.AgentID]acd.Offer // that ring
	expected []json.RawMessage         // of the event about to be applied
	compare  bool
	differs  error
}

func (t *tracePlayer) line(text []byte) error {
	var l traceLine
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return fmt.Errorf("is no line of a trace: %w", err)
	}
	switch {
	case l.Trace != 0:
		if l.Trace != traceVersion {
			return fmt.Errorf("is a trace of version %d; this is version %d", l.Trace, traceVersion)
		}
		t.recorded, t.state = l.Recorded, l.State
		return nil
	case l.Metrics != nil:
		return nil // as printed by an earlier run
	}
	at, err := t.moment(l.At)
	if err != nil {
		return err
	}
	if err := t.until(at); err != nil {
		return err
	}
	if t.differs == nil {
		if err := t.happen(l); err != nil {
			return err
		}
	}
	return t.differs
}

// moment reads "at": a time, or what has passed since TraceStart.
func (t *tracePlayer) moment(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if len(text) > 0 && text[0] == '+' {
		var after time.Duration
		after, err = time.ParseDuration(text)
		at = TraceStart.Add(after)
	}
	if err != nil {
		return at, fmt.Errorf(`at: %q is no time; write one like "2026-03-02T09:00:20Z", or "+20s"`, text)
	}
	if t.p != nil && at.Before(t.p.start.Add(t.p.now)) {
		return at, fmt.Errorf("at: %s is before the line above", text)
	}
	return at, nil
}

// until lets happen what is due before at.
func (t *tracePlayer) until(at time.Time) error {
	if t.p == nil {
		if err := t.start(at); err != nil {
			return err
		}
	}
	t.p.run(at.Sub(t.p.start))
	t.p.now = max(t.p.now, at.Sub(t.p.start))
	return nil
}

// start makes the floor as it is at the first line.
func (t *tracePlayer) start(at time.Time) error {
	d, err := t.floor()
	if err != nil {
		return err
	}
	if t.begin != nil {
		twin, err := t.floor()
		if err != nil {
			return err
		}
		t.told = t.begin(twin)
	}
	t.offers = map[acd.AgentID]acd.Offer{}
	t.p = newPlayer(d, at)
	t.p.recorded, t.p.sees = t.recorded, t.see
	t.tally = newTally(at, math.MaxInt64, 1, t.base.Queues)
	fmt.Fprintf(t.out, `{"trace":%d,"recorded":true`, traceVersion)
	if t.state != nil {
		fmt.Fprintf(t.out, `,"state":%s`, t.state)
	}
	_, err = t.out.WriteString("}\n")
	return err
}

func (t *tracePlayer) floor() (*acd.Distributor, error) {
	if t.state != nil {
		return acd.ParseState(t.state)
	}
	return acd.New(acd.Options{Queues: t.base.Queues, Agents: t.base.Agents}), nil
}

func (t *tracePlayer) happen(l traceLine) error {
	switch {
	case l.Event != nil:
		return t.event(l)
	case l.Agent != "":
		return t.act(l)
	case l.Contact != "" && l.Does == HangUp:
		t.p.hangUp(l.Contact)
		return nil
	}
	return errors.New(`holds nothing that happens; write an "event", an "agent" or "contact" that "does" something`)
}

func (t *tracePlayer) event(l traceLine) error {
	ev, err := acd.ParseEvent(l.Event)
	if err != nil {
		return err
	}
	t.compare, t.expected = l.Effects != nil || t.recorded, l.Effects
	a, arrives := ev.(acd.ContactArrived)
	if l.Patience == nil && l.Talk == nil && l.Answers == nil {
		t.p.apply(ev)
		return nil
	}
	if !arrives {
		return errors.New("patience, talk and answers belong to a contactArrived")
	}
	v := &visitor{id: a.Contact, lot: lotOf(uint64(t.p.seq)), patience: never}
	if l.Patience != nil {
		v.patience = l.Patience.Draw(&v.lot)
	}
	if l.Talk != nil {
		v.talk = *l.Talk
	}
	for _, answer := range l.Answers {
		after, err := time.ParseDuration(answer.After)
		if err != nil && answer.After != "" {
			return fmt.Errorf(`answers: after: %q is no duration; write one like "3s"`, answer.After)
		}
		if !answer.Does.known() {
			return fmt.Errorf("answers: does: %q is unknown; write take, refuse, busy, fail or ignore", answer.Does)
		}
		v.answers = append(v.answers, Answer{Does: answer.Does, After: after})
	}
	t.p.arrive(v, ev)
	return nil
}

// act is what an agent does with what rings.
func (t *tracePlayer) act(l traceLine) error {
	if !l.Does.known() {
		return fmt.Errorf("does: %q is unknown; write take, refuse, busy, fail or ignore", l.Does)
	}
	offer, rings := t.offers[l.Agent]
	if !rings {
		return fmt.Errorf("nothing rings at agent %q then", l.Agent)
	}
	if l.Does == Take && t.p.callers[offer.Contact] == nil {
		t.p.callers[offer.Contact] = &visitor{id: offer.Contact} // so that it is bridged
	}
	if l.Does != Ignore {
		t.p.apply(answerOf(offer.ID, l.Does))
	}
	return nil
}

func (a Act) known() bool {
	switch a {
	case Take, Refuse, Busy, Fail, Ignore:
		return true
	}
	return false
}

// see prints one decision, and holds it against the recorded one.
func (t *tracePlayer) see(at time.Time, ev acd.Event, effects []acd.Effect) {
	t.tally.see(at, ev, effects)
	if t.told != nil {
		t.told(at, ev)
	}
	for _, e := range effects {
		switch e := e.(type) {
		case acd.Offer:
			t.offers[e.Agent] = e
		case acd.OfferEnded:
			delete(t.offers, e.Agent)
		}
	}
	line := acd.AppendDecision(nil, acd.Decision{At: at, Event: ev, Effects: effects})
	t.out.Write(append(line, '\n')) //nolint:errcheck // Flush says it
	if t.compare {
		t.differs = differenceOf(effects, t.expected)
	}
	t.compare = false
}

// differenceOf is how effects differ from the recorded ones, or nil.
func differenceOf(effects []acd.Effect, recorded []json.RawMessage) error {
	for i := range max(len(effects), len(recorded)) {
		decided, expected := []byte("nothing"), []byte("nothing")
		if i < len(effects) {
			decided = acd.AppendEffect(nil, effects[i])
		}
		if i < len(recorded) {
			e, err := acd.ParseEffect(recorded[i])
			if err != nil {
				return err
			}
			expected = acd.AppendEffect(nil, e)
		}
		if !bytes.Equal(decided, expected) {
			return fmt.Errorf("%w: recorded %s, decided %s", ErrDiffers, expected, decided)
		}
	}
	return nil
}

// end plays on until nothing is left to happen, for at most traceOvertime, and prints
// the metrics.
func (t *tracePlayer) end() error {
	if t.p == nil {
		return errors.New("the trace is empty")
	}
	last := t.p.now
	t.p.run(last + traceOvertime)
	at := t.p.start.Add(t.p.last)
	t.tally.finish(at, t.p.d.Snapshot(at))
	for q, id := range t.tally.queues {
		total := t.tally.samples(q, 0)[1]
		if total[Offered]+total[Refused] == 0 {
			continue
		}
		metrics := map[string]*float64{}
		for m := range metricCount {
			if !math.IsNaN(total[m]) && m != Agents {
				metrics[m.String()] = &total[m]
			}
		}
		if err := json.NewEncoder(t.out).Encode(map[string]any{"queue": id, "metrics": metrics}); err != nil {
			return err
		}
	}
	return errors.Join(t.differs, t.out.Flush())
}
