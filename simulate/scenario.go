// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"tandem/acd"
	"tandem/strictyaml"
)

// Limits of a scenario.
const (
	maxIntervals    = 1000
	maxReplications = 1000
	maxStreams      = 1000
	maxStaff        = 10000 // agents in all
	maxVariants     = 20
	maxPerInterval  = 1e6 // arrivals of one stream
	maxName         = 60  // bytes
	// overtime is how long after its end a day is played on, for those who wait
	// or talk then.
	overtime = 12 * time.Hour
)

// A Scenario is a day that is to be played. Paths in it are relative to the
// file's own folder.
type Scenario struct {
	// Config is the tandem.yaml whose queues and agents are played.
	Config string `yaml:"config,required"`
	// Date of the day, like 2026-03-02; default: a Monday far from any change
	// of clocks.
	Date string `yaml:"date"`
	// TimeZone of all times below, like Europe/Berlin; default UTC.
	TimeZone string `yaml:"timeZone"`
	// From and To are when callers may arrive; default 09:00 to 17:00. The day is
	// played on until everybody has left.
	From Clock `yaml:"from"`
	To   Clock `yaml:"to"`
	// Interval of the printed numbers, and of the arrivals; default 30m.
	Interval time.Duration `yaml:"interval"`
	// WarmUp is how much of the beginning is left out of the totals; default 0s.
	WarmUp time.Duration `yaml:"warmUp"`
	// Seed begins all chances; default 1.
	Seed uint64 `yaml:"seed"`
	// Replications is how many such days are played; default 20. The more, the
	// surer the numbers.
	Replications int `yaml:"replications"`
	// Arrivals are the callers, one entry for each kind.
	Arrivals []Stream `yaml:"arrivals"`
	// Staff are the agents who come; who is configured and not named stays away.
	Staff []Shift `yaml:"staff"`
	// Recorded is a data folder whose journal has the day of Date, in place of
	// arrivals and staff.
	Recorded string `yaml:"recorded"`
	// PickUp is how long an agent takes to accept; default 3s.
	PickUp Distribution `yaml:"pickUp"`
	// Ignored and Refused are the shares of offers that come to nothing so, from
	// 0 to 1; default 0.
	Ignored float64 `yaml:"ignored"`
	Refused float64 `yaml:"refused"`
	// ComeBack is how long it takes an agent who did not respond to be available
	// again; default 1m.
	ComeBack Distribution `yaml:"comeBack"`
	// Variants are played beside it, each with the same callers, and compared.
	Variants []Variant `yaml:"variants"`
}

// A Stream is one kind of callers.
type Stream struct {
	// Queue they enter.
	Queue acd.QueueID `yaml:"queue,required"`
	// PerInterval is how many are expected in each interval, at random moments;
	// the last number holds for the rest of the day.
	PerInterval []float64 `yaml:"perInterval,required,orOne"`
	// Talk is how long they talk.
	Talk Distribution `yaml:"talk,required"`
	// Patience is how long they wait before they hang up; default never.
	Patience Distribution `yaml:"patience"`
	// Priority; default the queue's.
	Priority *int `yaml:"priority"`
	// Require are the steps of what they want, as in a flow; default anyone.
	Require []Wanted `yaml:"require"`
	// NeverWithout are skills that every step demands beside.
	NeverWithout map[string]int `yaml:"neverWithout"`
}

// Wanted is one step of what a caller wants.
type Wanted struct {
	Skills map[string]int `yaml:"skills"`
	Agents []acd.AgentID  `yaml:"agents"`
	// For is how long it is before the next step; the last needs none.
	For time.Duration `yaml:"for"`
}

// A Shift says who works when.
type Shift struct {
	// Agents of the configuration; or
	Agents []acd.AgentID `yaml:"agents"`
	// Count is how many agents there are beside, who have these
	Count  int            `yaml:"count"`
	Queues []Seat         `yaml:"queues"`
	Skills map[string]int `yaml:"skills"`
	// Times when they are available, like 09:00-12:30; between them they are
	// signed out.
	Times []Period `yaml:"times,required,orOne"`
	// Breaks are when they are on a break, after the work in hand.
	Breaks []Period `yaml:"breaks,orOne"`
}

// Seat is a membership; a plain string is the queue.
type Seat struct {
	Queue    acd.QueueID   `yaml:"queue,required"`
	Priority int           `yaml:"priority"`
	Delay    time.Duration `yaml:"delay"`
}

// UnmarshalText takes a queue's ID.
func (s *Seat) UnmarshalText(text []byte) error {
	*s = Seat{Queue: acd.QueueID(text)}
	return nil
}

// A Variant is what is otherwise in it.
type Variant struct {
	Name string `yaml:"name,required"`
	// Queues changes keys of queues, as tandem.yaml writes them.
	Queues map[acd.QueueID]Keys `yaml:"queues"`
	// Staff comes beside.
	Staff []Shift `yaml:"staff"`
	// Without are agents who stay away.
	Without []acd.AgentID `yaml:"without"`
	// Traffic multiplies the arrivals, Talk their talks; default 1.
	Traffic float64 `yaml:"traffic"`
	Talk    float64 `yaml:"talk"`
}

// Keys are keys of a queue's configuration with their values.
type Keys map[string]Value

// Value is any plain value of YAML, as it was written.
type Value string

// UnmarshalText takes it as it is.
func (v *Value) UnmarshalText(text []byte) error {
	*v = Value(text)
	return nil
}

// Read reads the scenario file called name. An error that says what is wrong
// with it is a strictyaml.Problems.
func Read(name string) (*Scenario, *strictyaml.Document, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read scenario: %w", err)
	}
	s := &Scenario{}
	doc := strictyaml.Decode(name, src, s)
	s.defaults(doc)
	s.check(doc)
	return s, doc, doc.Problems().Err()
}

func (s *Scenario) defaults(doc *strictyaml.Document) {
	if !doc.Has("from") {
		s.From = Clock(9 * time.Hour)
	}
	if !doc.Has("to") {
		s.To = Clock(17 * time.Hour)
	}
	set(&s.Date, "2026-03-02")
	set(&s.TimeZone, "UTC")
	set(&s.Interval, 30*time.Minute)
	set(&s.Seed, 1)
	set(&s.Replications, 20)
	s.PickUp = s.PickUp.or(Distribution{kind: constant, a: 3 * time.Second})
	s.ComeBack = s.ComeBack.or(Distribution{kind: constant, a: time.Minute})
	for i := range s.Arrivals {
		a := &s.Arrivals[i]
		a.Patience = a.Patience.or(Distribution{kind: endless})
	}
	for i := range s.Variants {
		set(&s.Variants[i].Traffic, 1)
		set(&s.Variants[i].Talk, 1)
	}
}

func set[T comparable](field *T, byDefault T) {
	var zero T
	if *field == zero {
		*field = byDefault
	}
}

// length of the time in which callers arrive.
func (s *Scenario) length() time.Duration { return time.Duration(s.To - s.From) }

// intervals is how many there are.
func (s *Scenario) intervals() int {
	return int((s.length() + s.Interval - 1) / s.Interval)
}

// start is when the first caller may arrive.
func (s *Scenario) start() time.Time {
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		zone = time.UTC // has been reported
	}
	day, err := time.ParseInLocation(time.DateOnly, s.Date, zone)
	if err != nil {
		return time.Time{} // likewise
	}
	return day.Add(time.Duration(s.From))
}

// check reports all that is wrong with s itself; Floor checks it against the
// configuration.
func (s *Scenario) check(doc *strictyaml.Document) {
	report := func(path, format string, args ...any) { doc.Report(path, fmt.Sprintf(format, args...)) }
	if _, err := time.LoadLocation(s.TimeZone); err != nil {
		report("timeZone", "%q is no time zone; write one like Europe/Berlin", s.TimeZone)
	}
	if _, err := time.Parse(time.DateOnly, s.Date); err != nil {
		report("date", "%q is no date; write one like 2026-03-02", s.Date)
	}
	if s.To <= s.From {
		report("to", "%v is not after %v; write a later time", s.To, s.From)
	} else if s.Interval < time.Minute || s.intervals() > maxIntervals {
		report("interval", "%v makes no sense here; write at least 1m and at most %d intervals a day", s.Interval, maxIntervals)
	}
	if s.WarmUp < 0 || s.WarmUp >= s.length() && s.length() > 0 {
		report("warmUp", "%v is not within the day; write less than %v", s.WarmUp, s.length())
	}
	if s.Replications < 1 || s.Replications > maxReplications {
		report("replications", "%d is out of range; write 1 to %d", s.Replications, maxReplications)
	}
	switch given := len(s.Arrivals) + len(s.Staff); {
	case s.Recorded == "" && (len(s.Arrivals) == 0 || len(s.Staff) == 0):
		report("", "needs arrivals and staff, or recorded; write them")
	case s.Recorded != "" && given > 0:
		report("recorded", "brings its own arrivals and staff; remove these, or it")
	case s.Recorded != "" && !doc.Has("date"):
		report("date", "is missing; say which recorded day, like 2026-03-02")
	}
	share := func(path string, v float64) {
		if v < 0 || v > 1 {
			report(path, "%v is no share; write 0 to 1", v)
		}
	}
	share("ignored", s.Ignored)
	share("refused", s.Refused)
	if s.Ignored+s.Refused > 1 {
		report("refused", "is more than all offers together with ignored; write less")
	}
	if len(s.Arrivals) > maxStreams {
		report("arrivals", "holds %d; at most %d are possible", len(s.Arrivals), maxStreams)
	}
	for i, a := range s.Arrivals {
		a.check(fmt.Sprintf("arrivals[%d]", i), s.intervals(), report)
	}
	checkStaff("staff", s.Staff, report)
	seen := []string{}
	if len(s.Variants) > maxVariants {
		report("variants", "holds %d; at most %d are possible", len(s.Variants), maxVariants)
	}
	for i, v := range s.Variants {
		at := fmt.Sprintf("variants[%d]", i)
		if slices.Contains(seen, v.Name) || len(v.Name) > maxName {
			report(at+".name", "%q stands here twice or is longer than %d bytes; choose another", v.Name, maxName)
		}
		seen = append(seen, v.Name)
		checkStaff(at+".staff", v.Staff, report)
		if v.Traffic < 0 || v.Talk <= 0 {
			report(at, "traffic and talk are factors; write them above 0, like 1.1")
		}
	}
}

func (a Stream) check(at string, intervals int, report func(path, format string, args ...any)) {
	if len(a.PerInterval) > intervals {
		report(at+".perInterval", "holds %d numbers for %d intervals; remove some", len(a.PerInterval), intervals)
	}
	for i, n := range a.PerInterval {
		if n < 0 || n > maxPerInterval {
			report(fmt.Sprintf("%s.perInterval[%d]", at, i), "%v is out of range; write 0 to %v", n, maxPerInterval)
		}
	}
	if len(a.Require) > acd.MaxSteps {
		report(at+".require", "holds %d steps; at most %d are possible", len(a.Require), acd.MaxSteps)
	}
	for i, w := range a.Require {
		if w.For <= 0 && i < len(a.Require)-1 {
			report(fmt.Sprintf("%s.require[%d].for", at, i), "is missing; say how long it is before the next step, like 30s")
		}
	}
}

func checkStaff(at string, staff []Shift, report func(path, format string, args ...any)) {
	total := 0
	for i, s := range staff {
		in := fmt.Sprintf("%s[%d]", at, i)
		total += s.Count + len(s.Agents)
		if (len(s.Agents) == 0) == (s.Count == 0) || s.Count < 0 {
			report(in, "needs either agents (of the configuration) or count (of others); write one of them")
		}
		if s.Count > 0 && len(s.Queues) == 0 {
			report(in+".queues", "is missing; say which queues they serve")
		}
	}
	if total > maxStaff {
		report(at, "holds %d agents; at most %d are possible", total, maxStaff)
	}
}

// Choose leaves of the variants only the one asked for: by its name, or made
// here of "QUEUE.KEY=VALUE". The empty choice leaves all.
func (s *Scenario) Choose(variant string) error {
	if variant == "" {
		return nil
	}
	for _, v := range s.Variants {
		if v.Name == variant {
			s.Variants = []Variant{v}
			return nil
		}
	}
	path, value, ok := strings.Cut(variant, "=")
	queue, key, dotted := strings.Cut(path, ".")
	if !ok || !dotted {
		return fmt.Errorf("there is no variant %q in the scenario; name one, or write QUEUE.KEY=VALUE, like support.ringTime=15s", variant)
	}
	s.Variants = []Variant{{Name: variant, Traffic: 1, Talk: 1, Queues: map[acd.QueueID]Keys{
		acd.QueueID(strings.TrimSpace(queue)): {strings.TrimSpace(key): Value(strings.TrimSpace(value))},
	}}}
	return nil
}
