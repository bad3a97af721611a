// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"
	"slices"
	"time"

	"tandem/acd"
	"tandem/ivr"
)

// sentOn is a caller whom an agent has sent to another queue.
type sentOn struct {
	by   AgentID
	from QueueID // where they talked
	to   QueueID
	back bool // nobody took the caller there: on the way back to by
}

// passWanted goes from the agent's page to the call.
type passWanted struct {
	agent AgentID
	to    QueueID
}

// backFor is how long a caller whom nobody took is kept for the agent who passed
// the caller on, before anyone in the queue is asked.
const backFor = 30 * time.Second

// PassOn sends the agent's caller to another queue: the agent is never asked for
// that contact, and is the first to have it back if nobody takes it there (rule
// 18). The agent's own wrap-up begins at once.
func (d *Desk) PassOn(ctx context.Context, agent AgentID, to QueueID) error {
	if !d.hasQueue(to) {
		return ErrUnknownQueue
	}
	return d.toCall(ctx, agent, passWanted{agent, to}, acd.Talking, acd.OnHold)
}

// passOn ends the talk and lets the caller wait elsewhere.
func (t *talk) passOn(m passWanted) {
	t.log.Info("passed on", "agent", m.agent, "queue", m.to)
	t.sent = &sentOn{by: m.agent, from: t.card.Queue, to: m.to}
	t.card.HeldSince = time.Time{}
	t.caller.Hold(false)
	t.other.leg.Hangup(CauseCompleted)
}

// onward is where a caller goes whose talk has ended without the caller: where an
// agent passed the caller on to, or back into the line.
func (c *Call) onward(w ivr.Enqueue) ivr.Enqueue {
	if c.sent == nil || c.sent.back {
		return w
	}
	w.Queue, w.Require, w.Priority = string(c.sent.to), nil, nil
	return w
}

// homeward sends a caller back whom nobody took where an agent had passed the
// caller on to; false if there is no way back, or the caller chose to leave.
func (c *Call) homeward(w ivr.Enqueue, how acd.Ending) (ivr.Enqueue, bool) {
	if c.sent == nil || c.sent.back {
		return w, false
	}
	c.sent.back = true
	switch how {
	case acd.EndCallbackRequested, acd.EndExitKey, acd.EndWithdrawn:
		return w, false
	}
	w.Queue, w.Priority = string(c.sent.from), nil
	w.Require = &ivr.Require{Steps: []ivr.Step{{For: backFor, Agents: []string{string(c.sent.by)}}, {}}}
	c.log.Info("nobody took the caller, who comes back", "agent", c.sent.by, "queue", c.sent.from)
	return w, true
}

// wanted is whom the caller asks for in a queue, in the words of routing.
func (c *Call) wanted(ctx context.Context, r *ivr.Require) *acd.Require {
	out := require(r)
	if out != nil {
		c.nameLast(ctx, out)
	}
	if c.sent == nil || c.sent.back {
		return out
	}
	if out == nil {
		out = &acd.Require{}
	}
	out.Never = []AgentID{c.sent.by}
	return out
}

// nameLast puts the agent in who talked to the caller last; where nobody did, the
// step is left out.
func (c *Call) nameLast(ctx context.Context, r *acd.Require) {
	var last AgentID
	asked := false
	for i := range r.Steps {
		for j, a := range r.Steps[i].Agents {
			if a != ivr.LastAgent {
				continue
			}
			if !asked {
				last, asked = c.lastAgent(ctx), true
			}
			r.Steps[i].Agents[j] = last
		}
		if len(r.Steps[i].Agents) > 0 {
			r.Steps[i].Agents = slices.DeleteFunc(r.Steps[i].Agents, func(a AgentID) bool { return a == "" })
			if len(r.Steps[i].Agents) == 0 {
				r.Steps[i].For = -1 // nobody: left out
			}
		}
	}
	r.Steps = slices.DeleteFunc(r.Steps, func(s acd.Step) bool { return s.For < 0 })
}

// lastAgent is who talked to this number last, "" if nobody is known.
func (c *Call) lastAgent(ctx context.Context) AgentID {
	if c.desk.plan().LastAgent == nil || c.card.From.Number == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, openBudget)
	defer cancel()
	agent, err := c.desk.plan().LastAgent(ctx, c.card.From.Number)
	if err != nil {
		c.log.Warn("last agent not found", "err", err)
	}
	return agent
}
