// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOrdinalsAndDurationsAreSpoken(t *testing.T) {
	f := func(as string, value any, en, zh string) {
		t.Helper()
		for lang, want := range map[string]string{"en": en, "zh": zh} {
			pieces := spell(lang, as, value, time.UTC)
			if got := strings.Join(pieces, " "); got != want {
				t.Errorf("%v as %s in %s: %q, want %q", value, as, lang, got, want)
			}
			for _, p := range pieces {
				if !slices.Contains(piecesOf(lang, as), p) {
					t.Errorf("%v as %s in %s: nobody records %q", value, as, lang, p)
				}
			}
		}
	}
	f("ordinal", 1, "first", "第 一")
	f("ordinal", "23", "twenty-third", "第 二十 三")
	f("ordinal", 31, "thirty-first", "第 三十 一")
	f("ordinal", 40, "fortieth", "第 四十")
	f("ordinal", 42, "forty second", "第 四十 二")
	f("ordinal", 100, "one hundredth", "第 一 百")
	f("ordinal", 112, "one hundred twelfth", "第 一 百 一 十 二")
	f("ordinal", 2000, "two thousandth", "第 两 千")
	f("ordinal", 3_000_000, "three millionth", "第 三 百 万")
	f("duration", 0, "zero seconds", "零 秒")
	f("duration", 1, "one second", "一 秒")
	f("duration", 60, "one minute", "一 分钟")
	f("duration", 150, "two minutes and thirty seconds", "两 分钟 三十 秒")
	f("duration", 7384.4, "two hours three minutes and four seconds", "两 小时 三 分钟 四 秒")
	f("duration", 3605, "one hour and five seconds", "一 小时 五 秒")
}
