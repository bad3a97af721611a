// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must be known on every machine
)

const (
	minutesADay = 24 * 60
	// maxSpans is how many spans one day may have.
	maxSpans = 10
	// maxDates is how many dates one hours node may name.
	maxDates = 400
	// lookAhead is how many days the next opening is looked for.
	lookAhead = 31
)

var dayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// schedule is when somebody is there. A span belongs to the day on which it
// begins, also when it ends on the next.
type schedule struct {
	zone  *time.Location
	week  [7][]span // from Monday
	dates []dated   // the most particular first
}

// span is a time of the day in minutes from midnight; to may be past 24:00.
type span struct{ from, to int }

// dated stands in place of the week on its days.
type dated struct {
	first, last string // 2026-12-24, or 12-24 for every year
	spans       []span
}

func (d *dated) covers(day time.Time) bool {
	date := day.Format(time.DateOnly)
	if len(d.first) == len("12-24") {
		date = date[len("2026-"):]
		if d.first > d.last { // over the turn of the year
			return date >= d.first || date <= d.last
		}
	}
	return d.first <= date && date <= d.last
}

// rank puts one date before several, and a certain year before every year.
func (d *dated) rank() int {
	switch yearly := len(d.first) == len("12-24"); {
	case !yearly && d.first == d.last:
		return 0
	case !yearly:
		return 1
	case d.first == d.last:
		return 2
	}
	return 3
}

// spansOf are the spans that begin on the day, a midnight in UTC.
func (s *schedule) spansOf(day time.Time) []span {
	for i := range s.dates {
		if s.dates[i].covers(day) {
			return s.dates[i].spans
		}
	}
	return s.week[(day.Weekday()+6)%7]
}

// at says whether now is within the schedule, and when that changes next: the
// zero time if not within lookAhead days. The time is in the schedule's zone.
func (s *schedule) at(now time.Time) (open bool, until time.Time) {
	here := now.In(s.zone)
	today := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, time.UTC)
	var close time.Time
	for d := -1; d <= lookAhead; d++ {
		day := today.AddDate(0, 0, d)
		for _, sp := range s.spansOf(day) {
			from, to := s.instant(day, sp.from, false), s.instant(day, sp.to, true)
			switch {
			case !to.After(now) || !to.After(from):
			case open && !from.After(close): // goes on without a break
				if to.After(close) {
					close = to
				}
			case open:
				return true, close
			case from.After(now):
				return false, from
			default:
				open, close = true, to
			}
		}
	}
	if !open || close.After(now.AddDate(0, 0, lookAhead)) {
		return open, time.Time{} // never closes, or never opens
	}
	return true, close
}

// instant is when the clock on the wall shows so many minutes after midnight of
// the day. What it shows twice is the first time, or for late the second; what
// it skips is the moment at which it skips.
func (s *schedule) instant(day time.Time, minute int, late bool) time.Time {
	wall := day.Add(time.Duration(minute) * time.Minute)
	_, before := wall.Add(-24 * time.Hour).In(s.zone).Zone()
	_, after := wall.Add(24 * time.Hour).In(s.zone).Zone()
	t1 := wall.Add(-time.Duration(before) * time.Second).In(s.zone)
	t2 := wall.Add(-time.Duration(after) * time.Second).In(s.zone)
	_, real1 := t1.Zone()
	_, real2 := t2.Zone()
	switch first, second := real1 == before, real2 == after; {
	case first && second && late:
		return t2
	case first:
		return t1
	case second:
		return t2
	}
	start, _ := t1.ZoneBounds()
	return start
}

// readSpans reads "09:00-12:30, 13:30-18:00", or "closed".
func readSpans(text string) ([]span, error) {
	if strings.TrimSpace(text) == "closed" {
		return nil, nil
	}
	var out []span
	for part := range strings.SplitSeq(text, ",") {
		from, to, found := strings.Cut(strings.TrimSpace(part), "-")
		a, okA := minuteOf(from)
		b, okB := minuteOf(to)
		if !found || !okA || !okB || a == minutesADay {
			return nil, fmt.Errorf(`%q is no time of the day; write spans like "09:00-12:30, 13:30-18:00", or closed`, text)
		}
		if b <= a {
			b += minutesADay // over midnight
		}
		out = append(out, span{a, b})
	}
	if len(out) > maxSpans {
		return nil, fmt.Errorf("holds more than %d spans", maxSpans)
	}
	slices.SortFunc(out, func(a, b span) int { return a.from - b.from })
	for i := 1; i < len(out); i++ {
		if out[i].from < out[i-1].to {
			return nil, fmt.Errorf("%q has spans that overlap; join them", text)
		}
	}
	return out, nil
}

func minuteOf(text string) (int, bool) {
	hour, minute, found := strings.Cut(strings.TrimSpace(text), ":")
	h, err1 := strconv.Atoi(hour)
	m, err2 := strconv.Atoi(minute)
	if !found || err1 != nil || err2 != nil || len(minute) != 2 || h < 0 || h > 24 || m < 0 || m > 59 || h == 24 && m != 0 {
		return 0, false
	}
	return h*60 + m, true
}

// readDays reads "mon", "mon-fri", "sat, sun" or "daily" as days from Monday.
func readDays(text string) ([]int, error) {
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "daily" {
			part = "mon-sun"
		}
		first, last, found := strings.Cut(part, "-")
		if !found {
			last = first
		}
		a, b := slices.Index(dayNames, first), slices.Index(dayNames, last)
		if a < 0 || b < 0 {
			return nil, fmt.Errorf("%q is no day; write mon to sun, like mon-fri, or daily", part)
		}
		for {
			out = append(out, a)
			if a == b {
				break
			}
			a = (a + 1) % 7
		}
	}
	return out, nil
}

// readDates reads "2026-12-24", "12-25", or two of a kind with .. between.
func readDates(text string) (first, last string, err error) {
	first, last, found := strings.Cut(text, "..")
	if !found {
		last = first
	}
	fault := fmt.Errorf("%q is no date; write 2026-12-24, or 12-25 for every year, or two with .. between", text)
	if len(first) != len(last) || !isDate(first) || !isDate(last) || len(first) == len(time.DateOnly) && last < first {
		return "", "", fault
	}
	return first, last, nil
}

func isDate(s string) bool {
	if len(s) == len("12-24") {
		s = "2024-" + s // a leap year, so that 02-29 is a date
	}
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
