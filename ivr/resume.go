// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strconv"
	"time"
)

// Keep is where the call is, for Resumed in another process: the node of the
// flow that the machine was made for and what is known there, secrets left out.
// Within a flow that others call it is the node that called it.
func (m *Machine) Keep() (NodeID, map[string]string) {
	flow, n, variables := m.flow, m.node, m.variables
	if len(m.frames) > 0 {
		flow, n, variables = m.frames[0].flow, m.frames[0].node, m.frames[0].variables
	}
	if n == nil {
		return "", nil
	}
	known := make(map[string]string, len(variables))
	for _, v := range variables {
		kind := flow.variables[v.name]
		if _, moment := v.value.(time.Time); kind != nil && !kind.secret && !moment {
			known[v.name] = textOf(v.value)
		}
	}
	return n.id, known
}

// again begins in the middle.
func (m *Machine) again(now time.Time, ev Resumed) {
	m.endsAt = now.Add(m.maxTime)
	for name, kind := range m.flow.variables {
		if text, known := ev.Variables[name]; known && !kind.secret {
			if value, ok := valueOf(text, kind.zero); ok {
				m.set(name, value)
			}
		}
	}
	for _, n := range m.flow.nodes {
		if n.id == ev.Node {
			m.enter(now, n)
			return
		}
	}
	m.enter(now, m.flow.start)
}

// valueOf reads what textOf wrote, as a value like zero.
func valueOf(text string, zero any) (any, bool) {
	switch zero.(type) {
	case string:
		return text, true
	case int:
		n, err := strconv.Atoi(text)
		return n, err == nil
	case float64:
		x, err := strconv.ParseFloat(text, 64)
		return x, err == nil
	case bool:
		b, err := strconv.ParseBool(text)
		return b, err == nil
	}
	return nil, false
}
