// SPDX-License-Identifier: Apache-2.0

package media

import (
	"syscall"
	"time"
)

// nap sleeps for d in the kernel, or less if a signal comes; its caller looks
// at the clock.
func nap(d time.Duration) {
	ts := syscall.NsecToTimespec(int64(d))
	_ = syscall.Nanosleep(&ts, nil) // the only error is that it was cut short
}
