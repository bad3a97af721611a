// SPDX-License-Identifier: Apache-2.0

package acd

// Kind is what a contact is (rule 14).
type Kind string

// Every kind. "" counts as KindCall.
const (
	KindCall     Kind = "call"
	KindChat     Kind = "chat"
	KindTask     Kind = "task"     // work without a person at the other end, such as a voicemail
	KindCallback Kind = "callback" // a call that we place (rule 15)
	KindConsult  Kind = "consult"  // an agent's call to another, outside service level (rule 21)
)

// channel is what of an agent a contact takes up.
type channel uint8

const (
	voice channel = iota // call, callback and consult: one at a time is heard (rule 13)
	chats
	tasks
	channels = 3
)

func (k Kind) channel() channel {
	switch k {
	case KindChat:
		return chats
	case KindTask:
		return tasks
	}
	return voice
}

// awaited says whether somebody waits at the other end, so that the limits of
// waiting and the guard hold and places are told. Who asked for a callback has
// hung up, and a task is nobody.
func (k Kind) awaited() bool { return k != KindTask && k != KindCallback }

// taskRank is by how much tasks rank below the other contacts of their queue,
// where no priority is given (rule 16).
const taskRank = 1000

// Capacity is how much an agent handles at once (rule 13). At most one contact
// of it is heard: a call, a callback or a consult. Zero fields have their
// defaults, so that the zero value is one contact of any kind and nothing beside
// it. Wrap-up takes up what its contact took up.
type Capacity struct {
	Chats      int // at once; default 1, below 0: none
	Tasks      int // at once; default 1, below 0: none
	Total      int // of all kinds together; default 1
	BesideCall int // chats and tasks while one contact is heard; default none
}

func (c Capacity) withDefaults() Capacity {
	for _, n := range []*int{&c.Chats, &c.Tasks, &c.Total} {
		if *n == 0 {
			*n = 1
		}
	}
	c.Total = max(c.Total, 1)
	return c
}

// left is what an agent who has so much to do may take beside it.
func (c Capacity) left(load [channels]int) (free channelSet) {
	beside := load[chats] + load[tasks]
	if load[voice]+beside >= c.Total {
		return 0
	}
	if load[voice] == 0 && beside <= c.BesideCall {
		free |= 1 << voice
	}
	if load[voice] > 0 && beside >= c.BesideCall {
		return free
	}
	if load[chats] < c.Chats {
		free |= 1 << chats
	}
	if load[tasks] < c.Tasks {
		free |= 1 << tasks
	}
	return free
}

// channelSet are some channels.
type channelSet uint8

func (s channelSet) has(c channel) bool { return s&(1<<c) != 0 }
