// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"tandem/acd"
)

// Clocks are the beginnings of a day's intervals.
func (s *Scenario) Clocks() []string {
	var out []string
	for i := range s.intervals() {
		out = append(out, (s.From + Clock(time.Duration(i)*s.Interval)).String())
	}
	return out
}

// barWidth is how many characters a full bar of the service level has.
const barWidth = 20

// smallest is what a table still shows of a difference.
const smallest = 0.05

// WriteTable writes a result as tables for people: each queue's intervals with
// a bar of the service level, and the day. Numbers stand with ± half the width
// of their interval of confidence, where there is one.
func WriteTable(w io.Writer, r Result, clocks []string) error {
	var b strings.Builder
	for i := range r.Queues {
		q := &r.Queues[i]
		title := "all queues"
		if q.Queue != "" {
			title = fmt.Sprintf("%s   service level: within %v", q.Queue, q.Threshold)
		}
		fmt.Fprintf(&b, "\n%s\n%-6s %9s %9s %9s %14s  %-*s %15s %9s %9s %9s\n", title,
			"", "offered", "answered", "abandoned", "service level", barWidth+2, "", "wait", "90 %", "99 %", "occupancy")
		for k := range q.Intervals() {
			k := k
			b.WriteString(row(clocks[k], func(m Metric) Figure { return q.Interval(k, m) }))
		}
		b.WriteString(row("day", q.Total))
		b.WriteString(aside(q))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func row(name string, of func(Metric) Figure) string {
	return fmt.Sprintf("%-6s %9s %9s %9s %14s  %-*s %15s %9s %9s %9s\n", name,
		count(of(Offered)), count(of(Answered)), percent(of(AbandonedShare)), withHalf(of(ServiceLevel), percent),
		barWidth+2, "|"+bar(of(ServiceLevel).Mean/100)+"|",
		withHalf(of(WaitMean), seconds), seconds(of(Wait90)), seconds(of(Wait99)), percent(of(Occupancy)))
}

// aside names what came of the others, if there were any.
func aside(q *QueueResult) string {
	var parts []string
	for _, m := range []struct {
		metric Metric
		text   string
	}{{ShortAbandoned, "abandoned within 5s"}, {FlowOuts, "left another way"}, {Refused, "refused at the door"}, {Waiting, "still waiting at the end"}} {
		if f := q.Total(m.metric); f.Mean > 0 {
			parts = append(parts, m.text+" "+count(f))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "       " + strings.Join(parts, " · ") + "\n"
}

// WriteComparison writes days side by side, and by how much each differs from
// the first, with the interval of confidence of the difference: a difference
// marked * is more than chance.
func WriteComparison(w io.Writer, results []Result) error {
	var b strings.Builder
	base := &results[0]
	for i := range base.Queues {
		q := &base.Queues[i]
		title := string(q.Queue)
		if title == "" {
			title = "all queues"
		}
		fmt.Fprintf(&b, "\n%-16s", title)
		for _, r := range results {
			fmt.Fprintf(&b, " %30s", nameOf(r))
		}
		b.WriteByte('\n')
		for _, m := range []struct {
			metric Metric
			text   string
			form   func(Figure) string
		}{
			{ServiceLevel, "service level", percent}, {AbandonedShare, "abandoned", percent}, {WaitMean, "wait", seconds},
			{Wait90, "wait 90 %", seconds}, {Wait99, "wait 99 %", seconds}, {Occupancy, "occupancy", percent}, {Agents, "agents signed in", one},
		} {
			fmt.Fprintf(&b, "%-16s %30s", m.text, withHalf(q.Total(m.metric), m.form))
			for k := range results[1:] {
				fmt.Fprintf(&b, " %30s", difference(&results[k+1], q, m.metric, m.form))
			}
			b.WriteByte('\n')
		}
	}
	b.WriteString("\n* more than chance: the difference of days with the same callers, with 95 % confidence\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func difference(r *Result, base *QueueResult, m Metric, form func(Figure) string) string {
	i := slices.IndexFunc(r.Queues, func(q QueueResult) bool { return q.Queue == base.Queue })
	if i < 0 {
		return "-"
	}
	d, mark := r.Queues[i].Versus(base, m), " "
	if math.Abs(d.Mean) > d.HalfWidth && math.Abs(d.Mean) >= smallest {
		mark = "*"
	}
	sign := "+"
	if d.Mean <= -smallest {
		sign = ""
	} else if d.Mean < 0 {
		d.Mean = 0
	}
	return fmt.Sprintf("%s (%s%s)%s", form(r.Queues[i].Total(m)), sign, withHalf(d, form), mark)
}

func nameOf(r Result) string {
	if r.Name == "" {
		return "as it is"
	}
	return r.Name
}

func bar(share float64) string {
	if math.IsNaN(share) {
		share = 0
	}
	eighths := int(math.Round(share * barWidth * 8))
	text := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return text + strings.Repeat(" ", barWidth-len([]rune(text)))
}

func withHalf(f Figure, form func(Figure) string) string {
	if math.IsNaN(f.HalfWidth) || math.IsNaN(f.Mean) {
		return form(f)
	}
	return form(f) + " ± " + strings.TrimRight(form(Figure{Mean: f.HalfWidth}), " %s")
}

func number(f Figure, format string) string {
	if math.IsNaN(f.Mean) {
		return "-"
	}
	return fmt.Sprintf(format, f.Mean)
}

func count(f Figure) string {
	if f.Mean == math.Trunc(f.Mean) {
		return number(f, "%.0f")
	}
	return number(f, "%.1f")
}
func one(f Figure) string     { return number(f, "%.1f") }
func percent(f Figure) string { return number(f, "%.1f %%") }
func seconds(f Figure) string { return number(f, "%.1f s") }

// MarshalJSON writes every number, by name; null without data.
func (r Result) MarshalJSON() ([]byte, error) {
	type queue struct {
		Queue     acd.QueueID             `json:"queue,omitempty"`
		Threshold float64                 `json:"thresholdSeconds,omitempty"`
		Day       map[string]jsonFigure   `json:"day"`
		Intervals []map[string]jsonFigure `json:"intervals"`
	}
	out := struct {
		Name     string  `json:"name,omitempty"`
		Contacts int     `json:"contacts"`
		Queues   []queue `json:"queues"`
	}{Name: r.Name, Contacts: r.Contacts}
	all := func(of func(Metric) Figure) map[string]jsonFigure {
		figures := map[string]jsonFigure{}
		for m := range metricCount {
			figures[m.String()] = jsonFigure(of(m))
		}
		return figures
	}
	for i := range r.Queues {
		q := &r.Queues[i]
		one := queue{Queue: q.Queue, Threshold: q.Threshold.Seconds(), Day: all(q.Total)}
		for k := range q.Intervals() {
			one.Intervals = append(one.Intervals, all(func(m Metric) Figure { return q.Interval(k, m) }))
		}
		out.Queues = append(out.Queues, one)
	}
	return json.Marshal(out)
}

// jsonFigure writes what is no number as null.
type jsonFigure Figure

func (f jsonFigure) MarshalJSON() ([]byte, error) {
	var out struct {
		Mean *float64 `json:"mean"`
		Half *float64 `json:"plusMinus,omitempty"`
	}
	if !math.IsNaN(f.Mean) {
		out.Mean = &f.Mean
	}
	if !math.IsNaN(f.HalfWidth) {
		out.Half = &f.HalfWidth
	}
	return json.Marshal(out)
}
