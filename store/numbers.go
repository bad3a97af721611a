// SPDX-License-Identifier: Apache-2.0

package store

import (
	"time"

	"tandem/acd"
)

// ShortAbandon is the wait under which an abandoned contact is also counted
// apart, as somebody who dialled wrongly (routing-rules 26).
const ShortAbandon = 5 * time.Second

// Visit is one finished visit to a queue, as much of it as numbers need.
type Visit struct {
	Entered time.Time
	Ended   time.Time
	Ending  acd.Ending
}

// Wait is the time from real entry into the queue to its end: for an answered
// contact to the bridge.
func (v Visit) Wait() time.Duration { return v.Ended.Sub(v.Entered) }

// Numbers are the counts of one queue over the contacts that entered it within
// one window (by arrival cohort), whenever their visit ended. At every instant
//
//	Offered = Answered + Abandoned + all of FlowOuts + Waiting
//
// and those refused at the door are in none of these.
type Numbers struct {
	Offered        int
	Answered       int
	AnsweredWithin int // with a wait of at most the queue's threshold
	Abandoned      int // short ones included
	ShortAbandoned int // with a wait under ShortAbandon
	Waiting        int // entered within the window and still in line
	FlowOuts       map[acd.Ending]int
	Refused        map[acd.Ending]int
	AnswerTime     time.Duration // the waits of the answered, added up
}

// Count adds the visits that entered within [from, to) up, for a service level
// threshold.
func Count(visits []Visit, threshold time.Duration, from, to time.Time) Numbers {
	n := Numbers{FlowOuts: map[acd.Ending]int{}, Refused: map[acd.Ending]int{}}
	for _, v := range visits {
		if v.Entered.Before(from) || !v.Entered.Before(to) {
			continue
		}
		n.add(v, threshold)
	}
	return n
}

func (n *Numbers) add(v Visit, threshold time.Duration) {
	switch v.Ending {
	case acd.RefusedFull, acd.RefusedJoinEmpty, acd.RefusedClosed:
		n.Refused[v.Ending]++
		return
	case acd.EndAnswered:
		n.Answered++
		n.AnswerTime += v.Wait()
		if v.Wait() <= threshold {
			n.AnsweredWithin++
		}
	case acd.EndAbandoned:
		n.Abandoned++
		if v.Wait() < ShortAbandon {
			n.ShortAbandoned++
		}
	default:
		n.FlowOuts[v.Ending]++
	}
	n.Offered++
}

// AddWaiting counts contacts that entered within the window and still wait.
func (n *Numbers) AddWaiting(contacts int) {
	n.Waiting += contacts
	n.Offered += contacts
}

// ServiceLevel is SL-negative in per cent, 0 to 100; false without data:
//
//	answered within the threshold / (answered + abandoned)
//
// Abandoned contacts count as not met, flow-outs and those who still wait are
// outside, short abandons are inside and shown apart.
func (n Numbers) ServiceLevel() (percent float64, ok bool) {
	counted := n.Answered + n.Abandoned
	if counted == 0 {
		return 0, false
	}
	return 100 * float64(n.AnsweredWithin) / float64(counted), true
}

// AverageAnswer is the average wait of the answered (ASA); false without data:
//
//	sum of (bridged - entered) over the answered / answered
func (n Numbers) AverageAnswer() (time.Duration, bool) {
	if n.Answered == 0 {
		return 0, false
	}
	return n.AnswerTime / time.Duration(n.Answered), true
}

// Text is one sentence in the languages of the pages.
type Text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

// Formulas say in words how each number on the wallboard is made. They stand
// here, beside the code that does it, and are shown beside the number.
var Formulas = map[string]Text{
	"waiting": {
		"Contacts in line now, those that ring at an agent included.",
		"当前在排队中的联络数，包括正在坐席处振铃的联络。"},
	"longestWait": {
		"Age of the oldest contact in line now, since it really entered this queue.",
		"当前排队中最早进入本队列的联络已等待的时长，从实际进入本队列起算。"},
	"serviceLevel": {
		"Answered within the threshold / (answered + abandoned), by time of arrival. Answered means bridged. Abandoned count as not met; contacts that left by another way, were refused at the door or still wait are outside.",
		"阈值内接通量 ÷（接通量 + 放弃量），按进线时间归组。双方通话建立才算接通；放弃计为未达标；以其他方式离开、入队前被拒以及仍在等待的联络不计入。"},
	"offered": {
		"Contacts that entered the queue: answered + abandoned + left by another way + still waiting. Refused at the door are not in it.",
		"进入队列的联络数 = 接通量 + 放弃量 + 以其他方式离开 + 仍在等待。入队前被拒的不计入。"},
	"answered": {
		"Contacts of this window that were bridged with an agent.",
		"该时段进线、且已与坐席建立通话的联络数。"},
	"answeredWithin": {
		"Answered contacts that waited no longer than the queue's threshold.",
		"等待时间不超过队列阈值的接通量。"},
	"abandoned": {
		"Contacts of this window whose caller hung up before the bridge, short ones included.",
		"该时段进线、在通话建立前由来电人挂机的联络数，包括短时放弃。"},
	"shortAbandoned": {
		"Abandoned contacts that waited less than 5 s.",
		"等待不足 5 秒的放弃量。"},
	"averageAnswer": {
		"Sum of the waits of the answered contacts / answered.",
		"已接通联络的等待时长之和 ÷ 接通量。"},
	"flowOuts": {
		"Contacts that left the queue neither answered nor by hanging up, by ending.",
		"既未接通也非挂机而离开队列的联络数，按结束方式分列。"},
	"refused": {
		"Callers who were refused at the door: full, closed, or nobody signed in. Counted apart, not offered.",
		"入队前被拒的来电：队列已满、非服务时间或无坐席签入。单独计数，不计入进线量。"},
	"available": {
		"Members of the queue with status available, whatever they do now; signed in: members not offline; free: those who could be offered a contact now.",
		"状态为示闲的队列坐席数（不论当前活动）；签入：非离线的坐席数；空闲：现在即可分配联络的坐席数。"},
}
