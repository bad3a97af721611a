// SPDX-License-Identifier: Apache-2.0

package call

import "time"

// Clock is the desk's time: the wall clock read once, plus monotonic time
// elapsed since. It bears no monotonic reading, so that it can be journalled and
// compared, and it never goes backwards, whatever is done to the wall clock.
type Clock struct{ base, read time.Time }

// NewClock reads the wall clock. The clock begins not before last, the time of
// the last decision before a restart, so that it does not go backwards then
// either.
func NewClock(last time.Time) Clock {
	now := time.Now()
	c := Clock{base: now, read: now}
	if last.After(now) {
		c.base = last
	}
	return c
}

// Now may be called from any goroutine.
func (c Clock) Now() time.Time {
	return c.base.Add(time.Since(c.read)).Round(0)
}

// At is the desk's time of a moment that time.Now told, not after Now.
func (c Clock) At(moment time.Time) time.Time {
	return c.Now().Add(-max(0, time.Since(moment)))
}
