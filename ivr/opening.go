// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"time"
)

// Opening says by the calendar when something is open, in the words of an hours
// node.
type Opening struct {
	// Week is when it is open, by days (mon, mon-fri, "sat, sun", daily):
	// "09:00-12:30, 13:30-18:00", "22:00-06:00" over midnight, or closed. Days
	// that are not named are closed.
	Week map[string]string `yaml:"week"`
	// Dates stand in place of the week on their days: 2026-12-24, 12-25 for every
	// year, 2026-12-27..2026-12-30 for several.
	Dates map[string]string `yaml:"dates"`
}

// Hours is an Opening in a time zone.
type Hours struct{ schedule schedule }

// Hours reads o, and reports what is wrong with it, each with its path below o.
// It is nil for an o that says nothing: always open.
func (o Opening) Hours(zone *time.Location, report func(path, problem string)) *Hours {
	if len(o.Week) == 0 && len(o.Dates) == 0 {
		return nil
	}
	h := &Hours{schedule{zone: zone}}
	spans := func(path, text string) []span {
		all, err := readSpans(text)
		if err != nil {
			report(path, err.Error())
		}
		return all
	}
	taken := map[int]string{}
	for _, days := range sortedKeys(o.Week) {
		which, err := readDays(days)
		if err != nil {
			report("week."+days, err.Error())
		}
		for _, d := range which {
			if other := taken[d]; other != "" {
				report("week."+days, dayNames[d]+" stands under "+other+" too; keep one")
			}
			taken[d], h.schedule.week[d] = days, spans("week."+days, o.Week[days])
		}
	}
	for _, dates := range sortedKeys(o.Dates) {
		first, last, err := readDates(dates)
		if err != nil {
			report("dates."+dates, err.Error())
			continue
		}
		h.schedule.dates = append(h.schedule.dates, dated{first, last, spans("dates."+dates, o.Dates[dates])})
	}
	slices.SortStableFunc(h.schedule.dates, func(a, b dated) int { return a.rank() - b.rank() })
	return h
}

// At says whether it is open at a time, and when that changes next; the zero time
// if not within a month. Nil hours are always open.
func (h *Hours) At(now time.Time) (open bool, until time.Time) {
	if h == nil {
		return true, time.Time{}
	}
	return h.schedule.at(now)
}
