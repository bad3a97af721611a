// SPDX-License-Identifier: Apache-2.0

package simulate

import "time"

// agenda is what has yet to happen: a heap of moments, the next first, and
// beside it what happens then, which stays where it is.
type agenda struct {
	heap   []moment
	things []happening
	free   []int32
}

// moment is small and without pointers: it is moved often.
type moment struct {
	at    time.Duration
	seq   uint64 // of one moment, the one planned first comes first
	thing int32
}

func (m *moment) before(o *moment) bool {
	if m.at != o.at {
		return m.at < o.at
	}
	return m.seq < o.seq
}

func (a *agenda) push(seq uint64, h happening) {
	thing := int32(len(a.things))
	if n := len(a.free); n > 0 {
		thing, a.free = a.free[n-1], a.free[:n-1]
		a.things[thing] = h
	} else {
		a.things = append(a.things, h)
	}
	a.heap = append(a.heap, moment{h.at, seq, thing})
	for i := len(a.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !a.heap[i].before(&a.heap[up]) {
			return
		}
		a.heap[i], a.heap[up] = a.heap[up], a.heap[i]
		i = up
	}
}

func (a *agenda) pop() happening {
	h := a.heap
	thing, last := h[0].thing, len(h)-1
	h[0] = h[last]
	h = h[:last]
	a.heap = h
	for i := 0; ; {
		least := i
		for down := 2*i + 1; down <= 2*i+2 && down < last; down++ {
			if h[down].before(&h[least]) {
				least = down
			}
		}
		if least == i {
			break
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
	first := a.things[thing]
	a.things[thing] = happening{}
	a.free = append(a.free, thing)
	return first
}
