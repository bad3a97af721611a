// SPDX-License-Identifier: Apache-2.0

package acd

// A heapItem has a moment as its key, an order among those of one moment, and
// keeps its own place in the heap, so that it can be taken out or moved from
// anywhere in O(log n).
type heapItem[T any] interface {
	heapKey() instant
	tieBefore(T) bool
	heapSlot() *int // place + 1; 0: not in the heap
}

// heap gives the first item by key and tie. The order must be total, so that
// the first item does not depend on the history. Keys lie beside the items and
// each node has four children: with many thousands of items the cost is that of
// reaching into memory.
type heap[T heapItem[T]] struct{ nodes []heapNode[T] }

type heapNode[T heapItem[T]] struct {
	key  instant
	item T
}

const heapChildren = 4

func (n heapNode[T]) before(o heapNode[T]) bool {
	if n.key != o.key {
		return n.key < o.key
	}
	return n.item.tieBefore(o.item)
}

func (h *heap[T]) len() int { return len(h.nodes) }
func (h *heap[T]) first() T { return h.nodes[0].item }

func (h *heap[T]) push(x T) {
	h.nodes = append(h.nodes, heapNode[T]{})
	h.up(len(h.nodes)-1, heapNode[T]{x.heapKey(), x})
}

func (h *heap[T]) remove(x T) {
	i, end := *x.heapSlot()-1, len(h.nodes)-1
	last := h.nodes[end]
	h.nodes[end] = heapNode[T]{}
	h.nodes = h.nodes[:end]
	*x.heapSlot() = 0
	if i < end {
		h.settle(i, last)
	}
}

// moved restores the order after the key of x has changed.
func (h *heap[T]) moved(x T) { h.settle(*x.heapSlot()-1, heapNode[T]{x.heapKey(), x}) }

// settle puts n where it belongs, beginning at the free place i.
func (h *heap[T]) settle(i int, n heapNode[T]) {
	if i > 0 && n.before(h.nodes[(i-1)/heapChildren]) {
		h.up(i, n)
		return
	}
	h.down(i, n)
}

func (h *heap[T]) up(i int, n heapNode[T]) {
	for i > 0 {
		parent := (i - 1) / heapChildren
		if !n.before(h.nodes[parent]) {
			break
		}
		h.put(i, h.nodes[parent])
		i = parent
	}
	h.put(i, n)
}

func (h *heap[T]) down(i int, n heapNode[T]) {
	for {
		begin := heapChildren*i + 1
		if begin >= len(h.nodes) {
			break
		}
		child := begin
		for c := begin + 1; c < min(begin+heapChildren, len(h.nodes)); c++ {
			if h.nodes[c].before(h.nodes[child]) {
				child = c
			}
		}
		if !h.nodes[child].before(n) {
			break
		}
		h.put(i, h.nodes[child])
		i = child
	}
	h.put(i, n)
}

func (h *heap[T]) put(i int, n heapNode[T]) {
	h.nodes[i] = n
	*n.item.heapSlot() = i + 1
}
