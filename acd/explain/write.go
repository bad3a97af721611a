// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Write writes the story for people, in English, or in Chinese where zh.
func (s Story) Write(w io.Writer, zone *time.Location, zh bool) error {
	var b strings.Builder
	say := func(t Text) string {
		if zh {
			return t.Zh
		}
		return t.En
	}
	clock := func(t time.Time) string { return t.In(zone).Format(time.TimeOnly) }
	if !s.Found {
		_, err := fmt.Fprintln(w, say(Text{"nothing is known of " + string(s.Contact), "没有 " + string(s.Contact) + " 的记录"}))
		return err
	}
	for _, m := range s.Moments {
		fmt.Fprintf(&b, "%s  %s\n", clock(m.At), say(m.Text))
	}
	if s.Waiting {
		fmt.Fprintf(&b, "          %s\n", say(Text{"still waiting", "仍在等待"}))
	}
	if len(s.Agents) > 0 {
		fmt.Fprintf(&b, "\n%s\n", say(Text{"Why nobody took it earlier:", "为何没有更早接听："}))
	}
	for _, a := range s.Agents {
		for i, span := range a.Spans {
			name := string(a.Agent)
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(&b, "  %-12s %s - %s  %s\n", name, clock(span.From), clock(span.To), say(span.Text))
		}
	}
	if s.Cut {
		fmt.Fprintf(&b, "%s\n", say(Text{"The story is too long to be told whole.", "过程过长，未能全部列出。"}))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
