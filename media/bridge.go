// SPDX-License-Identifier: Apache-2.0

package media

import "sync"

// Join joins two ports: what either receives the other sends, on arrival, with
// no clock and no buffer between. Joining a port that is joined already
// replaces the former sink between two packets, so that a change of partner
// needs no part first. part ends it: both ports drop what they receive. It may
// be called more than once, and must not be called after either port has been
// joined or attached elsewhere.
func Join(a, b Port) (part func()) {
	a.Attach(b)
	b.Attach(a)
	return sync.OnceFunc(func() {
		a.Attach(nil)
		b.Attach(nil)
	})
}
