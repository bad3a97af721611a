// SPDX-License-Identifier: Apache-2.0

package ivr

// MaxSpokenNumber is the largest number that can be spoken.
const MaxSpokenNumber = 99

// Languages are the languages that flows can be written in.
var Languages = []string{"en", "zh"}

// numerals are the pieces of spoken numbers: the numbers that are one piece,
// and the tens from twenty on.
type numerals struct {
	small []string // 0, 1, 2, ...: at least to ten
	tens  []string // 20, 30, ... 90
}

var spoken = map[string]numerals{
	"en": {
		small: []string{
			"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
			"eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
		},
		tens: []string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"},
	},
	"zh": {
		small: []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"},
		tens:  []string{"二十", "三十", "四十", "五十", "六十", "七十", "八十", "九十"},
	},
}

// SpokenNumber is n, 0 to MaxSpokenNumber, in the pieces that are recorded for
// lang: 21 is "twenty" "one". It is nil for other numbers and languages.
func SpokenNumber(lang string, n int) []string {
	pieces, known := spoken[lang]
	switch {
	case !known || n < 0 || n > MaxSpokenNumber:
		return nil
	case n < len(pieces.small):
		return pieces.small[n : n+1]
	case n < 20: // only where ten is the last small one: "十" "一"
		return []string{pieces.small[10], pieces.small[n-10]}
	case n%10 == 0:
		return pieces.tens[n/10-2 : n/10-1]
	}
	return []string{pieces.tens[n/10-2], pieces.small[n%10]}
}

// NumberPieces are all pieces that SpokenNumber uses for lang.
func NumberPieces(lang string) []string {
	pieces := spoken[lang]
	return append(append([]string{}, pieces.small...), pieces.tens...)
}

// digitPieces are the pieces of digits spoken one by one.
func digitPieces(lang string) []string { return spoken[lang].small[:10] }
