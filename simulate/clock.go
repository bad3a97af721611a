// SPDX-License-Identifier: Apache-2.0

package simulate

import (
	"fmt"
	"strings"
	"time"
)

// Clock is a time of day, as what has passed since midnight; up to 24:00.
type Clock time.Duration

// UnmarshalText takes 9:00, 09:30 or 09:30:15.
func (c *Clock) UnmarshalText(text []byte) error {
	var h, m, s int
	n, err := fmt.Sscanf(string(text)+":00", "%d:%d:%d", &h, &m, &s)
	if n < 3 || err != nil || h < 0 || h > 24 || m < 0 || m > 59 || s < 0 || s > 59 || h == 24 && m+s > 0 {
		return fmt.Errorf("%q is no time of day; write one like 09:30, in quotes", text)
	}
	*c = Clock(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second)
	return nil
}

// String is how c is written.
func (c Clock) String() string {
	d := time.Duration(c)
	text := fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
	if s := int(d.Seconds()) % 60; s != 0 {
		text += fmt.Sprintf(":%02d", s)
	}
	return text
}

// Period is from one time of day to another, like 09:00-12:30.
type Period struct{ From, To Clock }

// UnmarshalText takes what the type's comment says.
func (p *Period) UnmarshalText(text []byte) error {
	from, to, ok := strings.Cut(string(text), "-")
	if !ok || p.From.UnmarshalText([]byte(strings.TrimSpace(from))) != nil || p.To.UnmarshalText([]byte(strings.TrimSpace(to))) != nil || p.To <= p.From {
		return fmt.Errorf("%q is no period of a day; write one like 09:00-12:30", text)
	}
	return nil
}
