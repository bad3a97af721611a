// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package media

import "time"

func nap(d time.Duration) { time.Sleep(d) }
