// SPDX-License-Identifier: Apache-2.0

package sip

import (
	"fmt"
	"strings"
)

// This file turns numbers as people and trunks write them into one form, E.164
// with a leading +, and back.

const (
	maxE164     = 15     // digits (ITU-T E.164, section 6)
	minNational = 4      // digits; what is shorter is a short number, such as 112
	noPrefix    = "none" // NumberPlan.National
)

func (n NumberPlan) check(path string, report func(path, problem string)) {
	if n.Country != "" && (!digits([]byte(n.Country)) || len(n.Country) > 3 || n.Country[0] == '0') {
		report(path+".country", fmt.Sprintf("%q is no country code; write one like 49, without + and zeros", n.Country))
	}
	for _, p := range []struct{ key, value string }{{".national", n.National}, {".international", n.International}} {
		if p.value != "" && p.value != noPrefix && !isNumber(p.value) {
			report(path+p.key, fmt.Sprintf("%q is no prefix; write digits, or none", p.value))
		}
	}
	switch n.Send {
	case "", "e164", "digits":
	case "national":
		if n.Country == "" {
			report(path+".send", "national needs country, by which numbers of the own country are known")
		}
	default:
		report(path+".send", fmt.Sprintf("%q is unknown: e164, digits or national", n.Send))
	}
}

// prefixes are what stands before national and international numbers.
func (n NumberPlan) prefixes() (national, international string) {
	national, international = orDefault(n.National, "0"), orDefault(n.International, "00")
	if national == noPrefix {
		national = ""
	}
	return national, international
}

// normal is a number in the one form; what cannot be read as one, short numbers
// among them, is left as it is.
func (n NumberPlan) normal(number string) string {
	if strings.HasPrefix(number, "+") || !digits([]byte(number)) {
		return number
	}
	national, international := n.prefixes()
	switch {
	case n.Country == "" && !n.Bare:
		return number
	case n.Country != "" && strings.HasPrefix(number, international) && international != noPrefix:
		return e164(number[len(international):], number)
	case n.Bare:
		if len(number) <= minNational+2 {
			return number
		}
		return e164(number, number)
	case national != "" && strings.HasPrefix(number, national):
		return e164(n.Country+number[len(national):], number)
	case national == "" && len(number) >= 2*minNational:
		return e164(n.Country+number, number)
	}
	return number
}

// e164 is digits with a +, or what they came from if that is no number.
func e164(digits, was string) string {
	if len(digits) < minNational || len(digits) > maxE164 || digits[0] == '0' {
		return was
	}
	return "+" + digits
}

// written is a normal number as the plan's trunk wants it.
func (n NumberPlan) written(number string) string {
	bare, ok := strings.CutPrefix(number, "+")
	if !ok {
		return number
	}
	switch n.Send {
	case "digits":
		return bare
	case "national":
		national, international := n.prefixes()
		if own, ok := strings.CutPrefix(bare, n.Country); ok {
			return national + own
		}
		if international == noPrefix {
			return number
		}
		return international + bare
	}
	return number
}
