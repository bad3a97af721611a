// SPDX-License-Identifier: Apache-2.0

package call

import "time"

// Clock is the desk's time: the wall clock read once, plus monotonic time
// elapsed since. It bears no monotonic reading, so that it can be journalled and
// compared, and it never goes backwards, whatever is done to the wall clock.
type Clock struct{ base time.Time }

// NewClock reads the wall clock.
func NewClock() Clock { return Clock{base: time.Now()} }

// Now may be called from any goroutine.
func (c Clock) Now() time.Time {
	return c.base.Add(time.Since(c.base)).Round(0)
}

// At is the desk's time of a moment that time.Now told, not after Now.
func (c Clock) At(moment time.Time) time.Time {
	return c.Now().Add(-max(0, time.Since(moment)))
}
