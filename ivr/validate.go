// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"crypto/sha256"
	"crypto/subtle"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The formats of an entry, as collect's format names them.
const (
	formatLuhn  = "luhn"
	formatPhone = "phone"
	formatYMD   = "date-ymd"
	formatDMY   = "date-dmy"
	formatMDY   = "date-mdy"
)

var formats = []string{formatLuhn, formatPhone, formatYMD, formatDMY, formatMDY}

// dateLayouts are the layouts of the formats that are dates.
var dateLayouts = map[string]string{formatYMD: "20060102", formatDMY: "02012006", formatMDY: "01022006"}

// validation is what an entry must be beside its length.
type validation struct {
	pattern     *regexp.Regexp // nil: any; matches the whole entry
	ranged      bool
	least, most int
	format      string // "": any
	country     string // of phone numbers that begin with 0
}

// take gives the entry as it is kept: a date as 2026-03-01, a phone number as
// +4930123456.
func (v *validation) take(entry string) (kept string, ok bool) {
	if v.pattern != nil && !v.pattern.MatchString(entry) {
		return "", false
	}
	if v.ranged {
		n, err := strconv.Atoi(entry)
		if err != nil || n < v.least || n > v.most {
			return "", false
		}
	}
	switch v.format {
	case "":
		return entry, true
	case formatLuhn:
		return entry, luhn(entry)
	case formatPhone:
		return phone(entry, v.country)
	}
	date, err := time.Parse(dateLayouts[v.format], entry)
	return date.Format(time.DateOnly), err == nil
}

// luhn checks the last digit (ISO/IEC 7812-1, annex B).
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return len(digits) > 1 && sum%10 == 0
}

// The lengths of an international number without its plus (ITU-T E.164,
// section 6.1: at most 15).
const leastPhone, mostPhone = 7, 15

// phone makes an international number of what was dialled: 00 is the
// international prefix, a single 0 the national one where country is given.
func phone(digits, country string) (string, bool) {
	number := digits
	switch {
	case strings.HasPrefix(digits, "00"):
		number = digits[2:]
	case country != "" && strings.HasPrefix(digits, "0"):
		number = country + digits[1:]
	case country != "":
		number = country + digits
	}
	if len(number) < leastPhone || len(number) > mostPhone || number[0] == '0' {
		return "", false
	}
	return "+" + number, true
}

// sameSecret compares in a time that tells nothing about either.
func sameSecret(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}
