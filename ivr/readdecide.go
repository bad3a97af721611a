// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"fmt"
	"io/fs"
	pathpkg "path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/strictyaml"

	"github.com/expr-lang/expr"
)

// Limits of the deciding nodes.
const (
	maxCases    = 50 // of one branch, and words of one sub node
	maxSet      = 20 // variables of one node
	maxSilence  = 5 * time.Minute
	maxPattern  = 200 // bytes
	leastDigits = 3   // of a PIN
	mostDigits  = 12
	pinDigits   = 4
)

// silent makes the steps that say nothing, and those that ask for a yes or a
// secret.
func (r *reader) silent(path, kind string, f nodeFile) step {
	at := path + "." + kind
	switch kind {
	case "branch":
		return r.branch(at, f.Branch)
	case "set":
		return r.setter(path, f)
	case "hours":
		return r.hours(at, f.Hours)
	case "language":
		if !slices.Contains(r.flow.Languages, f.Language) {
			r.report(at, "%q is no language of this flow; %s", f.Language, strictyaml.Known(f.Language, r.flow.Languages))
		}
		return &tongue{f.Language, r.onward(path, f.Next)}
	case "wait":
		return &pause{r.span(at, f.Wait, time.Second, maxSilence), r.onward(path, f.Next)}
	case "split":
		return r.split(at, f.Split)
	case "confirm":
		return r.confirm(at, f.Confirm)
	case "pin":
		return r.pin(at, f.Pin)
	case "sub":
		return r.sub(at, f.Sub)
	case "jump":
		return &leap{id: f.Jump.Flow, with: r.with(at, f.Jump.With), fail: r.failing(at, f.Jump.Error)}
	}
	if r.flow.Kind != SubFlow || !isName(f.Return) {
		r.report(at, "%q is a word, and belongs to a flow of kind sub", f.Return)
	}
	return &goBack{f.Return}
}

// onward is the next of a node that must have one.
func (r *reader) onward(path string, id NodeID) *node {
	if id == "" {
		r.report(path+".next", "is missing; add it")
		return nil
	}
	return r.to(path+".next", id)
}

// failing is the error branch of a node, nil for the flow's. A flow in which
// something can fail has at least a sentence for it.
func (r *reader) failing(path string, id NodeID) *node {
	if id != "" {
		return r.to(path+".error", id)
	}
	if r.flow.failed == nil && r.file.OnError == "" {
		r.flow.failed = r.toOr("", "", byeFailed)
	}
	return nil
}

func (r *reader) expression(at string, source exprFile, options ...expr.Option) *expression {
	e, err := compile(string(source), r.flow.variables, options...)
	if err != nil {
		r.report(at, "%v", err)
		return &expression{source: string(source)}
	}
	return e
}

func (r *reader) branch(path string, f *branchFile) *switcher {
	n := &switcher{fail: r.failing(path, f.Error)}
	if len(f.Cases) > maxCases {
		r.report(path+".cases", "holds more than %d; make it shorter", maxCases)
		return n
	}
	for i, c := range f.Cases {
		at := fmt.Sprintf("%s.cases[%d]", path, i)
		c2 := condition{when: r.expression(at+".when", c.When, expr.AsBool())}
		if c.Next != "" {
			c2.next = r.to(at+".next", c.Next)
		}
		n.cases = append(n.cases, c2)
	}
	if f.Else != "" {
		n.other = r.to(path+".else", f.Else)
	}
	return n
}

func (r *reader) setter(path string, f nodeFile) *setter {
	n := &setter{next: r.onward(path, f.Next), fail: r.failing(path, f.Error)}
	if len(f.Set) == 0 || len(f.Set) > maxSet {
		r.report(path+".set", "holds %d variables; write 1 to %d", len(f.Set), maxSet)
		return n
	}
	for _, name := range sortedKeys(f.Set) {
		e := r.expression(path+".set."+name, f.Set[name])
		if kind := r.flow.variables[name]; e.program != nil && kind != nil && e.zeroOf() != kind.zero {
			r.report(path+".set."+name, "is another kind of value than elsewhere in this flow; use another name")
		}
		n.values = append(n.values, assignment{name, e})
	}
	return n
}

func (r *reader) hours(path string, f *hoursFile) *hours {
	n := &hours{until: f.Until, schedule: schedule{zone: r.flow.zone}}
	if f.Zone != "" {
		n.schedule.zone = r.location(path+".zone", f.Zone)
	} else if r.file.TimeZone == "" {
		r.report(path+".zone", "is missing, here and for the flow (timeZone); write one like Europe/Berlin")
	}
	taken := map[int]string{}
	for _, days := range sortedKeys(f.Week) {
		at := path + ".week." + days
		which, err := readDays(days)
		if err != nil {
			r.report(at, "%v", err)
		}
		spans := r.spans(at, f.Week[days])
		for _, d := range which {
			if other := taken[d]; other != "" {
				r.report(at, "%s stands under %s too; keep one", dayNames[d], other)
			}
			taken[d], n.schedule.week[d] = days, spans
		}
	}
	if len(f.Dates) > maxDates {
		r.report(path+".dates", "holds more than %d; make it shorter", maxDates)
	}
	for _, dates := range sortedKeys(f.Dates) {
		at := path + ".dates." + dates
		first, last, err := readDates(dates)
		if err != nil {
			r.report(at, "%v", err)
			continue
		}
		n.schedule.dates = append(n.schedule.dates, dated{first, last, r.spans(at, f.Dates[dates])})
	}
	slices.SortStableFunc(n.schedule.dates, func(a, b dated) int { return a.rank() - b.rank() })
	n.schedule.dates = append(n.schedule.dates, r.holidays(path, f)...)
	if f.Open != "" {
		n.open = r.to(path+".open", f.Open)
	}
	if f.Closed != "" {
		n.closed = r.to(path+".closed", f.Closed)
	}
	return n
}

// holidays reads the calendar beside the flow; they come behind all dates of the
// node's own.
func (r *reader) holidays(path string, f *hoursFile) []dated {
	at := path + ".holidays"
	if f.Holidays == "" {
		if f.HolidayHours != "" {
			r.report(path+".holidayHours", "means nothing without holidays; name a file there")
		}
		return nil
	}
	if !fs.ValidPath(f.Holidays) || strings.ToLower(pathpkg.Ext(f.Holidays)) != ".ics" {
		r.report(at, "%q is no calendar; write the name of an .ics file beside the flow, like holidays.ics", f.Holidays)
		return nil
	}
	if r.files == nil {
		r.report(at, "can only be read with the folder of the flow")
		return nil
	}
	src, err := fs.ReadFile(r.files, f.Holidays)
	if err != nil {
		r.report(at, "%s cannot be read; put the file beside the flow", f.Holidays)
		return nil
	}
	r.source.Write(src) //nolint:errcheck // a hash takes everything
	days, err := readCalendar(src)
	if err != nil {
		r.report(at, "%s: %v", f.Holidays, err)
		return nil
	}
	var spans []span
	if f.HolidayHours != "" {
		spans = r.spans(path+".holidayHours", f.HolidayHours)
	}
	for i := range days {
		days[i].spans = spans
	}
	slices.SortStableFunc(days, func(a, b dated) int { return a.rank() - b.rank() })
	return days
}

func (r *reader) spans(at, text string) []span {
	spans, err := readSpans(text)
	if err != nil {
		r.report(at, "%v", err)
	}
	return spans
}

func (r *reader) split(path string, f *splitFile) *split {
	n := &split{}
	sum := 0
	for i, w := range f.Ways {
		at := fmt.Sprintf("%s.ways[%d]", path, i)
		if w.Percent < 1 || w.Percent > 100 {
			r.report(at+".percent", "%d is out of range; write 1 to 100", w.Percent)
		}
		sum += w.Percent
		made := way{name: fmt.Sprintf("way %d", i+1), percent: w.Percent}
		if w.Next != "" {
			made.next = r.to(at+".next", w.Next)
		}
		n.ways = append(n.ways, made)
	}
	if sum != 100 {
		r.report(path+".ways", "make %d percent together; make it 100", sum)
	}
	return n
}

// confirm is a menu of two keys.
func (r *reader) confirm(path string, f *confirmFile) *menu {
	n := r.confirmation(path, path+".prompt", *f)
	for i, c := range []struct {
		at   string
		next NodeID
	}{{".next", f.Next}, {".refused", f.Refused}} {
		if c.next != "" {
			n.choices[i].next = r.to(path+c.at, c.next)
		}
	}
	return n
}

// confirmation is a menu of a key for yes and one for no, which lead nowhere
// yet; its prompt stands at a path of its own.
func (r *reader) confirmation(path, promptAt string, f confirmFile) *menu {
	n := &menu{}
	p := r.prompt(promptAt, f.Prompt)
	p.barge = f.BargeIn == nil || *f.BargeIn
	n.question = r.question(path, p, nil, f.NoInput, f.NoMatch)
	n.timeout = r.span(path+".timeout", f.Timeout, defaultTimeout, maxWait)
	n.interDigit = defaultInterDigit
	n.fresh = f.TypeAhead != nil && !*f.TypeAhead
	yes, no := r.key(path+".yes", f.Yes, '1'), r.key(path+".no", f.No, '2')
	if yes == no {
		r.report(path+".no", "is the key for yes too; choose another")
	}
	n.choices = []choice{{keys: string(yes)}, {keys: string(no)}}
	return n
}

// pin is a collect whose entry must be a certain one, and is forgotten.
func (r *reader) pin(path string, f *pinFile) *collect {
	p := r.prompt(path+".prompt", f.Prompt)
	p.barge = f.BargeIn == nil || *f.BargeIn
	n := &collect{question: r.question(path, p, nil, f.NoInput, f.NoMatch), fail: r.failing(path, f.Error)}
	n.timeout = r.span(path+".timeout", f.Timeout, defaultTimeout, maxWait)
	n.interDigit = r.span(path+".interDigit", f.InterDigit, defaultInterDigit, maxWait)
	n.max = r.whole(path+".digits", f.Digits, pinDigits, leastDigits, mostDigits)
	n.min, n.allowed, n.terminators, n.clear = 1, digits, "#", '*'
	n.fresh = f.TypeAhead != nil && !*f.TypeAhead
	n.is = r.expression(path+".is", f.Is)
	if f.Next != "" {
		n.next = r.to(path+".next", f.Next)
	}
	return n
}

func (r *reader) sub(path string, f *subFile) *sub {
	n := &sub{id: f.Flow, with: r.with(path, f.With), fail: r.failing(path, f.Error)}
	for _, name := range sortedKeys(f.Into) {
		n.into = append(n.into, output{name, f.Into[name]})
	}
	if len(f.Endings) > maxCases {
		r.report(path+".endings", "holds more than %d; make it shorter", maxCases)
		return n
	}
	for _, word := range sortedKeys(f.Endings) {
		n.endings = append(n.endings, ending{word, r.to(path+".endings."+word, f.Endings[word])})
	}
	if f.Else != "" {
		n.other = r.to(path+".else", f.Else)
	}
	return n
}

func (r *reader) with(path string, given map[string]exprFile) []assignment {
	var out []assignment
	for _, name := range sortedKeys(given) {
		out = append(out, assignment{name, r.expression(path+".with."+name, given[name])})
	}
	return out
}

// validation is what a collect asks of an entry.
func (r *reader) validation(path string, f *collectFile) validation {
	v := validation{format: f.Format, country: f.Country}
	if f.Pattern != "" {
		pattern, err := regexp.Compile(`^(?:` + f.Pattern + `)$`)
		if err != nil || len(f.Pattern) > maxPattern {
			r.report(path+".pattern", "%q is no regular expression of at most %d bytes; write one like 4[0-9]{7}", f.Pattern, maxPattern)
		}
		v.pattern = pattern
	}
	if f.Range != "" {
		least, most, _ := strings.Cut(f.Range, "-")
		var err1, err2 error
		v.least, err1 = strconv.Atoi(strings.TrimSpace(least))
		v.most, err2 = strconv.Atoi(strings.TrimSpace(most))
		if v.ranged = true; err1 != nil || err2 != nil || v.most < v.least {
			r.report(path+".range", "%q is no range; write the least and the most, like 1-500", f.Range)
		}
	}
	if f.Format != "" && !slices.Contains(formats, f.Format) {
		r.report(path+".format", "%q is no format; %s", f.Format, strictyaml.Known(f.Format, formats))
	}
	if f.Country != "" {
		if !isCountry(f.Country) || f.Format != formatPhone {
			r.report(path+".country", "%q is no country's code of a phone number; write one like 49, with format: phone", f.Country)
		}
	}
	return v
}

// isCountry says whether code may stand for a country (ITU-T E.164, section
// 6.2.1: one to three digits).
func isCountry(code string) bool {
	n, err := strconv.Atoi(code)
	return err == nil && n >= 1 && n <= 999
}

// zone is the flow's time zone.
func (r *reader) zone() {
	r.flow.zone = time.UTC
	if r.file.TimeZone != "" {
		r.flow.zone = r.location("timeZone", r.file.TimeZone)
	}
}

func (r *reader) location(at, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		r.report(at, "%q is no time zone; write one like Europe/Berlin or Asia/Shanghai", name)
		return time.UTC
	}
	return zone
}

// handlers finds the handlers of errors and of hang-ups. What a hang-up runs
// must be silent: nobody is there to hear or to answer.
func (r *reader) handlers() {
	if r.file.OnError != "" {
		r.flow.onError = r.to("onError", r.file.OnError)
	}
	if r.file.OnHangup == "" {
		return
	}
	r.flow.onHangup = r.to("onHangup", r.file.OnHangup)
	for _, n := range reachedFrom(r.flow.onHangup) {
		switch n.step.(type) {
		case *switcher, *setter, *hours, *tongue, *split, *jump, *hangup, *webhook, nil:
		default:
			if !strings.HasPrefix(string(n.id), "(") {
				r.report("nodes."+string(n.id), "is reached from onHangup, when nobody hears it; only silent nodes may be")
			}
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
