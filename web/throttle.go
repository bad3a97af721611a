// SPDX-License-Identifier: Apache-2.0

package web

import (
	"sync"
	"time"
)

// Limits of sign-ins. Only failures count: an attempt takes a token and a
// success gives it back. Someone who guesses a password from elsewhere locks
// nobody out who has signed in from where they are before.
const (
	sourceBurst  = 20              // failures at once from one address
	sourceRefill = 6 * time.Second // one more
	nameBurst    = 5               // failures at once for one name from new addresses
	nameRefill   = 20 * time.Second
	knownBurst   = 10 // the same from an address the name has signed in from
	knownRefill  = 10 * time.Second
	bucketsMost  = 20_000 // names and addresses remembered
	knownMost    = 20_000 // pairs of name and address remembered
	checksMost   = 32     // passwords waiting to be checked
)

// gate limits sign-ins per source and per name.
type gate struct {
	now     func() time.Time
	mu      sync.Mutex // guards the rest; leaf
	buckets map[string]*bucket
	known   map[string]bool
	checks  int
}

// bucket holds tokens; it is full again after burst times refill.
type bucket struct {
	tokens float64
	at     time.Time
	burst  float64
	refill time.Duration
}

func newGate(now func() time.Time) *gate {
	return &gate{now: now, buckets: map[string]*bucket{}, known: map[string]bool{}}
}

// enter asks for one attempt. If it is let in, the caller reports the outcome
// once; else pass is nil and wait says when to come back.
func (g *gate) enter(source, name string) (pass func(ok bool), wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.checks >= checksMost {
		return nil, time.Second
	}
	pair := name + "\n" + source
	from := g.bucket("from "+source, sourceBurst, sourceRefill)
	who := g.bucket("name "+name, nameBurst, nameRefill)
	if g.known[pair] {
		who = g.bucket("pair "+pair, knownBurst, knownRefill)
	}
	if wait = max(from.wait(), who.wait()); wait > 0 {
		return nil, wait
	}
	from.tokens--
	who.tokens--
	g.checks++
	return func(ok bool) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.checks--
		if !ok {
			return
		}
		from.tokens, who.tokens = min(from.tokens+1, from.burst), min(who.tokens+1, who.burst)
		if len(g.known) < knownMost {
			g.known[pair] = true
		}
	}, 0
}

// wait is the time until there is a token, 0 if there is one.
func (b *bucket) wait() time.Duration {
	if b.tokens >= 1 {
		return 0
	}
	return time.Duration((1 - b.tokens) * float64(b.refill))
}

// bucket finds or makes a bucket and fills it up to now.
func (g *gate) bucket(key string, burst int, refill time.Duration) *bucket {
	now := g.now()
	b := g.buckets[key]
	if b == nil {
		if len(g.buckets) >= bucketsMost {
			g.sweep(now)
		}
		b = &bucket{tokens: float64(burst), at: now, burst: float64(burst), refill: refill}
		g.buckets[key] = b
	}
	b.fill(now)
	return b
}

func (b *bucket) fill(now time.Time) {
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.burst, b.tokens+float64(passed)/float64(b.refill))
	}
	b.at = now
}

// sweep forgets full buckets, and the longest unused one if none is full.
func (g *gate) sweep(now time.Time) {
	var oldest string
	for key, b := range g.buckets {
		if oldest == "" || b.at.Before(g.buckets[oldest].at) {
			oldest = key
		}
	}
	for key, b := range g.buckets {
		since := now.Sub(b.at)
		if b.tokens+float64(since)/float64(b.refill) >= b.burst {
			delete(g.buckets, key)
		}
	}
	if len(g.buckets) >= bucketsMost {
		delete(g.buckets, oldest)
	}
}
