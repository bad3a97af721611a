// SPDX-License-Identifier: Apache-2.0

package call

import (
	"context"

	"tandem/acd"
	"tandem/ivr"
)

// A Fetcher asks other systems for data. Declared here, satisfied by dip.Client.
type Fetcher interface {
	// Fetch makes one request, with its retries, and returns what came of it. It
	// returns at once when ctx ends, whatever it returns then.
	Fetch(ctx context.Context, r ivr.Fetch) ivr.Fetched
}

// asked is something that a flow waits for while the call goes on.
type asked struct {
	cancel context.CancelFunc
	answer chan ivr.Event // one, unless it is given up
	stop   func()         // of a recording; nil: nothing to stop
}

// ask has the answer found in a goroutine of the call's, which ends with ctx or
// when the flow gives up.
func (c *Call) ask(ctx context.Context, find func(ctx context.Context) ivr.Event) {
	c.giveUp()
	ctx, cancel := context.WithCancel(ctx)
	a := &asked{cancel: cancel, answer: make(chan ivr.Event, 1)}
	c.asked = a
	c.legs.Go(func() { a.answer <- find(ctx) })
}

// giveUp ends what is asked; its answer is of no more interest.
func (c *Call) giveUp() {
	if c.asked != nil {
		c.asked.cancel()
		c.asked = nil
	}
}

// answers is where the answer comes; nil if nothing is asked.
func (c *Call) answers() <-chan ivr.Event {
	if c.asked == nil {
		return nil
	}
	return c.asked.answer
}

// answerTo begins to find the answer to an effect that has one, and returns it if
// it is known at once, else the one there was.
func (c *Call) answerTo(ctx context.Context, effect ivr.Effect, before ivr.Event) ivr.Event {
	_, calls := effect.(ivr.RequestCallback)
	_, fetches := effect.(ivr.Fetch)
	if c.rehearsal != nil && (calls || fetches) {
		c.ask(ctx, c.rehearsal.answered)
		return before
	}
	switch e := effect.(type) {
	case ivr.RequestCallback:
		return c.askForCallback(ctx, e, before)
	case ivr.Fetch:
		if c.desk.cfg.Fetcher == nil {
			return ivr.Fetched{How: ivr.FetchUnavailable}
		}
		node := c.node
		c.ask(ctx, func(ctx context.Context) ivr.Event {
			began := c.desk.clock.Now()
			got := c.desk.cfg.Fetcher.Fetch(ctx, e)
			if ctx.Err() == nil {
				c.log.Info("fetched", "node", node, "how", got.How, "status", got.Status, "took", c.desk.clock.Now().Sub(began))
			}
			return got
		})
	case ivr.AskQueue:
		return c.queueTold(QueueID(e.Queue))
	case ivr.Record:
		c.record(ctx, e)
	case ivr.RecordStop:
		if c.asked != nil && c.asked.stop != nil {
			c.asked.stop()
		}
	case ivr.GiveUp:
		c.giveUp()
	case ivr.SetPriority:
		c.desk.tell(acd.PrioritySet{Contact: acd.ContactID(c.id), Priority: e.Priority, Actor: acd.Server})
	case ivr.KeepAnswer:
		c.log.Info("survey answered", "question", e.Question)
		c.desk.cfg.Records.Keep(SurveyAnswered{
			Call: c.id, At: c.desk.clock.Now(), Question: e.Question, Answer: e.Answer, Agent: c.agent, Queue: c.card.Queue,
		})
	case ivr.Notify:
		c.desk.cfg.Records.Keep(NoticeKept{Call: c.id, At: c.desk.clock.Now(), Notice: e})
	}
	return before
}

// queueTold is how a queue is, at most publishGap ago.
func (c *Call) queueTold(id QueueID) ivr.QueueTold {
	for _, q := range c.desk.Snapshot().Queues {
		if q.Queue == id {
			return ivr.QueueTold{
				Waiting: len(q.Waiting), SignedIn: q.SignedIn, Available: q.Available,
				Estimate: q.Estimate, Open: !q.Closed,
			}
		}
	}
	return ivr.QueueTold{}
}
