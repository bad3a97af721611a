// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// This file reads holidays from an iCalendar file (RFC 5545), as calendars and
// authorities publish them: events of whole days, once or every year.

// Limits of a calendar.
const (
	maxCalendar = 1 << 20 // bytes
	maxHolidays = 5000
)

// calendarEvent is a VEVENT as far as it matters here.
type calendarEvent struct {
	line        int // it begins
	first, last time.Time
	hasEnd      bool
	yearly      bool
	cancelled   bool
}

// readCalendar gives the days of a calendar's events. It names the line of what
// it cannot take.
func readCalendar(src []byte) ([]dated, error) {
	if len(src) > maxCalendar {
		return nil, fmt.Errorf("is larger than %d bytes", maxCalendar)
	}
	var out []dated
	var event *calendarEvent
	begun := false
	for _, l := range unfold(src) {
		name, value, _ := strings.Cut(l.text, ":")
		name, parameters, _ := strings.Cut(name, ";")
		name = strings.ToUpper(name)
		switch is := name + ":" + strings.ToUpper(value); {
		case is == "BEGIN:VCALENDAR":
			begun = true
		case is == "BEGIN:VEVENT":
			event = &calendarEvent{line: l.number}
		case event == nil:
		case is == "END:VEVENT":
			if d, counts := event.days(); counts {
				out = append(out, d)
			}
			event = nil
		default:
			if err := event.take(name, strings.ToUpper(parameters), value); err != nil {
				return nil, fmt.Errorf("line %d: %w", l.number, err)
			}
		}
		if len(out) > maxHolidays {
			return nil, fmt.Errorf("holds more than %d days", maxHolidays)
		}
	}
	if !begun {
		return nil, fmt.Errorf("is no iCalendar file (it has no BEGIN:VCALENDAR)")
	}
	return out, nil
}

// take reads one property of an event.
func (e *calendarEvent) take(name, parameters, value string) error {
	switch name {
	case "DTSTART", "DTEND":
		day, err := time.Parse("20060102", value)
		if err != nil {
			return fmt.Errorf("%s is no whole day; only events of whole days are taken (VALUE=DATE)", value)
		}
		if name == "DTSTART" {
			e.first = day
			if !e.hasEnd {
				e.last = day
			}
			return nil
		}
		e.last, e.hasEnd = day.AddDate(0, 0, -1), true // section 3.6.1: the end is not included
	case "DURATION":
		var days int
		if n, err := fmt.Sscanf(value, "P%dD", &days); n != 1 || err != nil || days < 1 {
			return fmt.Errorf("a duration of %s is not taken; write days, like P1D", value)
		}
		e.last, e.hasEnd = e.first.AddDate(0, 0, days-1), true
	case "RRULE": // section 3.3.10
		for part := range strings.SplitSeq(strings.ToUpper(value), ";") {
			switch key, what, _ := strings.Cut(part, "="); {
			case part == "FREQ=YEARLY":
				e.yearly = true
			case part == "INTERVAL=1", key == "BYMONTH" && what == fmt.Sprint(int(e.first.Month())), key == "BYMONTHDAY" && what == fmt.Sprint(e.first.Day()), key == "WKST":
			default:
				return fmt.Errorf("the rule %s is not taken; only every year on the same date is", part)
			}
		}
	case "RDATE", "EXDATE", "RECURRENCE-ID":
		return fmt.Errorf("%s is not taken; write events of their own", name)
	case "STATUS":
		e.cancelled = strings.EqualFold(value, "CANCELLED")
	}
	return nil
}

// days are those that the event stands for.
func (e *calendarEvent) days() (dated, bool) {
	if e.first.IsZero() || e.cancelled || e.last.Before(e.first) {
		return dated{}, false
	}
	layout := time.DateOnly
	if e.yearly {
		layout = "01-02"
	}
	return dated{first: e.first.Format(layout), last: e.last.Format(layout)}, true
}

// calendarLine is a content line and where it stands.
type calendarLine struct {
	number int
	text   string
}

// unfold joins lines that were cut (section 3.1): a further line of the same one
// begins with a space or a tab.
func unfold(src []byte) []calendarLine {
	var out []calendarLine
	number := 0
	for line := range bytes.SplitSeq(src, []byte("\n")) {
		number++
		text := strings.TrimSuffix(string(line), "\r")
		switch {
		case text == "":
		case (text[0] == ' ' || text[0] == '\t') && len(out) > 0:
			out[len(out)-1].text += text[1:]
		default:
			out = append(out, calendarLine{number, text})
		}
	}
	return out
}
