// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How a value is spoken, as a sentence names it: {order|digits}. Money has its
// currency behind it: {total|money EUR}.
const (
	asDigits   = "digits"
	asNumber   = "number"
	asDate     = "date"
	asTime     = "time"
	asMoney    = "money"
	asOrdinal  = "ordinal"
	asDuration = "duration" // of seconds
	asPlace    = "place"    // of wait flows: up to MaxSpokenNumber
)

// words are the pieces of speech beside the numerals, by language.
type words struct {
	minus, point, oh                 string
	scales                           []string // hundred, thousand, million; in Chinese 百 千 万 亿
	months, weekdays, ordinals       []string
	am, pm, noon, midnight           string
	oclock, minute, year, month, day string
	two                              string // 两
	and                              string
	units                            map[string][2]string // of money: whole, hundredth
	spans                            [3][2]string         // hours, minutes, seconds: one, several
	rank                             string               // 第
	tenths                           []string             // fortieth to ninetieth
	scaleths                         []string             // hundredth, thousandth, millionth
}

var speech = map[string]words{
	"en": {
		minus: "minus", point: "point", oh: "oh", and: "and",
		scales:   []string{"hundred", "thousand", "million"},
		months:   []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		weekdays: []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		ordinals: []string{
			"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
			"eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
			"twenty-first", "twenty-second", "twenty-third", "twenty-fourth", "twenty-fifth", "twenty-sixth", "twenty-seventh", "twenty-eighth", "twenty-ninth", "thirtieth", "thirty-first",
		},
		am: "a.m.", pm: "p.m.", noon: "noon", midnight: "midnight",
		units: map[string][2]string{
			"EUR": {"euros", "cents"}, "USD": {"dollars", "cents"}, "GBP": {"pounds", "pence"}, "CNY": {"yuan", "fen"},
		},
		spans:    [3][2]string{{"hour", "hours"}, {"minute", "minutes"}, {"second", "seconds"}},
		tenths:   []string{"fortieth", "fiftieth", "sixtieth", "seventieth", "eightieth", "ninetieth"},
		scaleths: []string{"hundredth", "thousandth", "millionth"},
	},
	"zh": {
		minus: "负", point: "点", two: "两",
		scales:   []string{"百", "千", "万", "亿"},
		weekdays: []string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
		am:       "上午", pm: "下午", noon: "中午", midnight: "凌晨",
		oclock: "点", minute: "分", year: "年", month: "月", day: "日",
		units: map[string][2]string{
			"EUR": {"欧元", "欧分"}, "USD": {"美元", "美分"}, "GBP": {"英镑", "便士"}, "CNY": {"元", "分"},
		},
		spans: [3][2]string{{"小时", "小时"}, {"分钟", "分钟"}, {"秒", "秒"}},
		rank:  "第",
	},
}

// tenthOfYuan is the Chinese unit between 元 and 分.
const tenthOfYuan = "角"

// maxSpoken is the largest number that is spoken as one; others are spelled.
const maxSpoken = 999_999_999

// Currencies are those in which money can be spoken.
var Currencies = []string{"CNY", "EUR", "GBP", "USD"}

// piecesOf are all pieces that spell may use for as.
func piecesOf(lang, as string) []string {
	w := speech[lang]
	digits, numbers := digitPieces(lang), NumberPieces(lang)
	numbers = slices.Concat(numbers, w.scales, []string{w.minus, w.point, w.two})
	var out []string
	kind, currency, _ := strings.Cut(as, " ")
	switch kind {
	case asDigits:
		out = digits
	case asPlace:
		out = NumberPieces(lang)
	case asNumber:
		out = numbers
	case asDate:
		out = slices.Concat(NumberPieces(lang), w.months, w.weekdays, w.ordinals, []string{w.oh, w.year, w.month, w.day}, w.scales[:2])
	case asTime:
		out = slices.Concat(NumberPieces(lang), []string{w.oh, w.am, w.pm, w.noon, w.midnight, w.oclock, w.minute, w.two})
	case asOrdinal:
		out = slices.Concat(numbers, w.ordinals, w.tenths, w.scaleths, []string{w.rank})
	case asDuration:
		out = slices.Concat(numbers, w.spans[0][:], w.spans[1][:], w.spans[2][:], []string{w.and})
	case asMoney:
		unit := w.units[currency]
		out = slices.Concat(numbers, []string{w.and, unit[0], unit[1]})
		if currency == "CNY" && lang == "zh" {
			out = append(out, tenthOfYuan)
		}
	}
	return slices.DeleteFunc(slices.Clone(out), func(s string) bool { return s == "" })
}

// spell gives the recorded pieces in which a value is spoken. What cannot be
// spoken as asked is spelled by its digits.
func spell(lang, as string, value any, zone *time.Location) []string {
	kind, currency, _ := strings.Cut(as, " ")
	var out []string
	switch kind {
	case asNumber:
		out = spellNumber(lang, textOf(value))
	case asMoney:
		out = spellMoney(lang, currency, textOf(value))
	case asOrdinal:
		out = spellOrdinal(lang, textOf(value))
	case asDuration:
		out = spellDuration(lang, textOf(value))
	case asDate:
		if t, ok := momentOf(value, time.DateOnly, zone); ok {
			out = spellDate(lang, t)
		}
	case asTime:
		if t, ok := momentOf(value, "15:04", zone); ok {
			out = spellTime(lang, t)
		}
	}
	if out == nil {
		return spellDigits(lang, textOf(value))
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// spellDigits are the spoken pieces of a string of digits.
func spellDigits(lang, digits string) []string {
	pieces := digitPieces(lang)
	out := make([]string, 0, len(digits))
	for i := range len(digits) {
		if c := digits[i]; '0' <= c && c <= '9' {
			out = append(out, pieces[c-'0'])
		}
	}
	return out
}

func momentOf(value any, layout string, zone *time.Location) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return v, !v.IsZero()
	case string:
		t, err := time.ParseInLocation(layout, v, zone)
		return t, err == nil
	}
	return time.Time{}, false
}

// spellNumber speaks "1234", "-5" or "2.75"; nil for what is no number or too
// large.
func spellNumber(lang, text string) []string {
	w := speech[lang]
	text, negative := strings.CutPrefix(text, "-")
	whole, fraction, has := strings.Cut(text, ".")
	n, err := strconv.Atoi(whole)
	if err != nil || n < 0 || n > maxSpoken || whole[0] == '+' {
		return nil
	}
	out := cardinal(lang, n)
	if has && fraction != "" {
		out = append(append(out, w.point), spellDigits(lang, fraction)...)
	}
	if negative {
		out = append([]string{w.minus}, out...)
	}
	return out
}

// cardinal speaks 0 to maxSpoken.
func cardinal(lang string, n int) []string {
	if n <= MaxSpokenNumber {
		return slices.Clone(SpokenNumber(lang, n))
	}
	if lang == "zh" {
		return cardinalZh(n, false)
	}
	w := speech[lang]
	for i, unit := range []int{1_000_000, 1000, 100} {
		if n >= unit {
			out := append(cardinal(lang, n/unit), w.scales[2-i])
			if n%unit > 0 {
				out = append(out, cardinal(lang, n%unit)...)
			}
			return out
		}
	}
	return nil
}

// cardinalZh speaks in groups of ten thousand, with one 零 for what is left
// out. inside says that something stands before, so that ten is 一十.
func cardinalZh(n int, inside bool) []string {
	w := speech["zh"]
	for i, unit := range []int{100_000_000, 10_000, 1000, 100} {
		if n < unit {
			continue
		}
		head := cardinalZh(n/unit, inside)
		if n/unit == 2 && unit > 100 {
			head = []string{w.two}
		}
		out := append(head, w.scales[3-i])
		rest := n % unit
		if rest == 0 {
			return out
		}
		if rest < unit/10 {
			out = append(out, SpokenNumber("zh", 0)...)
		}
		return append(out, cardinalZh(rest, true)...)
	}
	out := slices.Clone(SpokenNumber("zh", n))
	if inside && n >= 10 && n < 20 {
		out = append(slices.Clone(SpokenNumber("zh", 1)), out...)
	}
	return out
}

// spellMoney speaks "12.50" as whole units and hundredths.
func spellMoney(lang, currency, text string) []string {
	amount, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(amount) > maxSpoken || math.IsNaN(amount) {
		return nil
	}
	w := speech[lang]
	cents := int(math.Round(math.Abs(amount) * 100))
	whole, rest, unit := cents/100, cents%100, w.units[currency]
	var out []string
	if amount < 0 && cents > 0 {
		out = append(out, w.minus)
	}
	if whole > 0 || rest == 0 {
		if lang == "zh" && whole == 2 {
			out = append(out, w.two, unit[0])
		} else {
			out = append(append(out, cardinal(lang, whole)...), unit[0])
		}
		if rest > 0 {
			out = append(out, w.and)
		}
	}
	switch {
	case rest == 0:
	case lang == "zh" && currency == "CNY":
		out = append(out, jiao(rest, whole > 0)...)
	default:
		out = append(append(out, cardinal(lang, rest)...), unit[1])
	}
	return out
}

// jiao speaks hundredths of a yuan: 五角, 五角五分, 零五分.
func jiao(rest int, behind bool) []string {
	var out []string
	switch {
	case rest >= 10:
		out = append(slices.Clone(SpokenNumber("zh", rest/10)), tenthOfYuan)
	case behind:
		out = slices.Clone(SpokenNumber("zh", 0))
	}
	if rest%10 > 0 {
		out = append(append(out, SpokenNumber("zh", rest%10)...), speech["zh"].units["CNY"][1])
	}
	return out
}

// spellDate speaks the weekday, month, day and year.
func spellDate(lang string, t time.Time) []string {
	w := speech[lang]
	if lang == "zh" {
		out := append(spellDigits(lang, t.Format("2006")), w.year)
		out = append(append(out, cardinal(lang, int(t.Month()))...), w.month)
		out = append(append(out, cardinal(lang, t.Day())...), w.day)
		return append(out, w.weekdays[t.Weekday()])
	}
	out := []string{w.weekdays[t.Weekday()], w.months[t.Month()-1], w.ordinals[t.Day()-1]}
	switch y := t.Year(); {
	case y%1000 < 10:
		out = append(out, cardinal(lang, y)...)
	case y%100 == 0:
		out = append(append(out, cardinal(lang, y/100)...), w.scales[0])
	case y%100 < 10:
		out = append(append(append(out, cardinal(lang, y/100)...), w.oh), cardinal(lang, y%100)...)
	default:
		out = append(append(out, cardinal(lang, y/100)...), cardinal(lang, y%100)...)
	}
	return out
}

// spellTime speaks a time of the day by the twelve hours of the clock.
func spellTime(lang string, t time.Time) []string {
	w := speech[lang]
	hour, minute := t.Hour(), t.Minute()
	half := w.am
	if hour >= 12 {
		half = w.pm
	}
	twelve := (hour+11)%12 + 1
	if lang == "zh" {
		switch hour {
		case 0:
			half = w.midnight
		case 12:
			half = w.noon
		}
		out := append([]string{half}, cardinal(lang, twelve)...)
		if twelve == 2 {
			out = []string{half, w.two}
		}
		out = append(out, w.oclock)
		switch {
		case minute == 0:
			return out
		case minute < 10:
			out = append(out, SpokenNumber(lang, 0)...)
		}
		return append(append(out, cardinal(lang, minute)...), w.minute)
	}
	switch {
	case minute == 0 && hour == 12:
		return []string{w.noon}
	case minute == 0 && hour == 0:
		return []string{w.midnight}
	}
	out := cardinal(lang, twelve)
	if minute > 0 && minute < 10 {
		out = append(out, w.oh)
	}
	if minute > 0 {
		out = append(out, cardinal(lang, minute)...)
	}
	return append(out, half)
}

// spellOrdinal speaks 23 as "twenty-third", 第二十三; nil for what has no place.
func spellOrdinal(lang, text string) []string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxSpoken {
		return nil
	}
	w := speech[lang]
	if lang == "zh" {
		return append([]string{w.rank}, cardinal(lang, n)...)
	}
	for i, unit := range []int{1_000_000, 1000, 100} {
		if n%unit == 0 {
			return append(cardinal(lang, n/unit), w.scaleths[2-i])
		}
	}
	var out []string
	if n > 100 {
		out = cardinal(lang, n-n%100)
	}
	switch last := n % 100; {
	case last <= len(w.ordinals):
		return append(out, w.ordinals[last-1])
	case last%10 == 0:
		return append(out, w.tenths[last/10-4])
	default:
		return append(out, spoken[lang].tens[last/10-2], w.ordinals[last%10-1])
	}
}

// spellDuration speaks seconds as hours, minutes and seconds, without those that
// are none: "two minutes and thirty seconds", 两分钟三十秒.
func spellDuration(lang, text string) []string {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds < 0 || seconds > maxSpoken {
		return nil
	}
	w, whole := speech[lang], int(math.Round(seconds))
	var parts [][]string
	for i, n := range []int{whole / 3600, whole / 60 % 60, whole % 60} {
		if n == 0 && (i < 2 || whole > 0) {
			continue
		}
		number, unit := cardinal(lang, n), w.spans[i][1]
		if n == 1 {
			unit = w.spans[i][0]
		}
		if lang == "zh" && n == 2 {
			number = []string{w.two}
		}
		parts = append(parts, append(number, unit))
	}
	var out []string
	for i, p := range parts {
		if i > 0 && i == len(parts)-1 {
			out = append(out, w.and)
		}
		out = append(out, p...)
	}
	return out
}
