// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"fmt"
	"strings"
	"time"

	"tandem/acd"
)

// words makes the sentences.
type words struct {
	zone *time.Location
	name func(acd.AgentID) string
}

func (w words) clock(t time.Time) string { return t.In(w.zone).Format(time.TimeOnly) }

// took is a stretch of time in whole seconds.
func took(d time.Duration) string { return d.Round(time.Second).String() }

func (w words) entered(v *acd.Consideration, ev acd.Event) Text {
	en := fmt.Sprintf("entered the queue %s as number %d", v.Queue, v.Position)
	zh := fmt.Sprintf("进入队列 %s，排在第 %d 位", v.Queue, v.Position)
	if v.Priority != 0 {
		en += fmt.Sprintf(" with priority %d", v.Priority)
		zh += fmt.Sprintf("，优先级 %d", v.Priority)
	}
	if credit := v.Entered.Sub(v.Effective); credit > 0 {
		en += fmt.Sprintf(", as if %s earlier for the time waited before", took(credit))
		zh += fmt.Sprintf("，因此前已等待而按提前 %s 计", took(credit))
	}
	if v.Require != nil {
		en += "; wants " + v.Require.String()
		zh += "；要求 " + v.Require.String()
	}
	if _, moved := ev.(acd.ContactMoved); moved {
		en += " (moved by a supervisor)"
		zh += "（由主管转入）"
	}
	return Text{en, zh}
}

func (w words) ahead(v *acd.Consideration) Text {
	var en, zh []string
	for _, a := range v.Ahead {
		e, z := w.before(a.Before, a.Priority, v.Priority, a.Effective)
		en, zh = append(en, fmt.Sprintf("%s (%s)", a.Contact, e)), append(zh, fmt.Sprintf("%s（%s）", a.Contact, z))
	}
	t := Text{"ahead in line: " + strings.Join(en, ", "), "排在前面的有：" + strings.Join(zh, "、")}
	if more := v.Position - 1 - len(v.Ahead); more > 0 {
		t.En += fmt.Sprintf(" and %d more", more)
		t.Zh += fmt.Sprintf("，以及另外 %d 个", more)
	}
	return t
}

// before says why one contact goes before another.
func (w words) before(p acd.Precedence, first, own int, effective time.Time) (en, zh string) {
	switch p {
	case acd.ByGuard:
		return "has waited longer than its queue allows", "等待已超过其队列的保障时限"
	case acd.ByPriority:
		return fmt.Sprintf("more urgent: priority %d, not %d", first, own), fmt.Sprintf("更紧急：优先级 %d，而非 %d", first, own)
	case acd.ByMembership:
		return fmt.Sprintf("the agent serves that queue first: %d, not %d", first, own), fmt.Sprintf("该坐席优先服务那个队列：%d，而非 %d", first, own)
	case acd.ByTime:
		if effective.IsZero() {
			return "has waited longer", "等待更久"
		}
		return "waits since " + w.clock(effective), "自 " + w.clock(effective) + " 起等待"
	}
	return "came at the same moment", "同一时刻到达"
}

func (w words) step(r *acd.Require, step int, inTime bool) Text {
	what := (&acd.Require{Steps: []acd.Step{{Skills: r.Steps[step-1].Skills, Agents: r.Steps[step-1].Agents}}}).String()
	if inTime {
		return Text{"from now also content with: " + what, "从现在起也接受：" + what}
	}
	return Text{"nobody signed in could meet the step before, so from now also content with: " + what, "没有签入的坐席能满足上一步，从现在起也接受：" + what}
}

func (w words) guard() Text {
	return Text{"has waited longer than the queue allows and goes before higher priorities", "等待超过队列的保障时限，排到更高优先级之前"}
}

func (w words) priority(from, to int) Text {
	return Text{fmt.Sprintf("priority changed from %d to %d", from, to), fmt.Sprintf("优先级由 %d 改为 %d", from, to)}
}

func (w words) configured() Text {
	return Text{"the configuration was changed; the place stays", "配置已更改；位置不变"}
}

func (w words) offer(e acd.Offer) Text {
	return Text{
		fmt.Sprintf("rings at %s for at most %s", w.name(e.Agent), took(e.RingTime)),
		fmt.Sprintf("向 %s 振铃，最长 %s", w.name(e.Agent), took(e.RingTime)),
	}
}

var offerEndings = map[acd.OfferEnding]Text{
	acd.Taken:       {"accepted by %s", "%s 已接受"},
	acd.Missed:      {"%s did not answer; back to the same place", "%s 未应答；回到原位"},
	acd.Refused:     {"%s refused; back to the same place", "%s 拒绝；回到原位"},
	acd.Busy:        {"the phone of %s was busy; back to the same place", "%s 的电话占线；回到原位"},
	acd.Unreachable: {"the device of %s did not react; back to the same place", "%s 的设备无响应；回到原位"},
	acd.CallerGone:  {"the caller left while it rang at %s", "在向 %s 振铃时来电人离开"},
	acd.Elsewhere:   {"somebody else was faster than %s", "他人先于 %s 应答"},
	acd.Withdrawn:   {"taken back from %s", "已从 %s 收回"},
}

func (w words) offerEnded(e acd.OfferEnded) Text { return w.about(offerEndings[e.How], e.Agent) }

func (w words) about(form Text, agent acd.AgentID) Text {
	return Text{strings.Replace(form.En, "%s", w.name(agent), 1), strings.Replace(form.Zh, "%s", w.name(agent), 1)}
}

func (w words) intervened(e acd.Intervened) Text {
	by := w.name(acd.AgentID(e.Actor))
	switch e.What {
	case acd.DidWithdraw:
		return Text{"taken out of the line by " + by, "由 " + by + " 移出队列"}
	case acd.DidMove:
		return Text{fmt.Sprintf("moved to %s by %s", e.To, by), fmt.Sprintf("由 %s 移至 %s", by, e.To)}
	case acd.DidPrioritise:
		return Text{fmt.Sprintf("given priority %d by %s", e.Priority, by), fmt.Sprintf("由 %s 设为优先级 %d", by, e.Priority)}
	case acd.DidAssign:
		return Text{fmt.Sprintf("assigned to %s by %s", w.name(e.Agent), by), fmt.Sprintf("由 %s 指派给 %s", by, w.name(e.Agent))}
	}
	return Text{string(e.What) + " by " + by, by + "：" + string(e.What)}
}

func (w words) announce(e acd.Announce) Text {
	t := Text{fmt.Sprintf("was told to be number %d", e.Position), fmt.Sprintf("被告知排在第 %d 位", e.Position)}
	if e.High > 0 {
		t.En += fmt.Sprintf(", with %s to %s to go", took(e.Low), took(e.High))
		t.Zh += fmt.Sprintf("，预计还需 %s 至 %s", took(e.Low), took(e.High))
	}
	return t
}

var endings = map[acd.Ending]Text{
	acd.EndAbandoned:         {"the caller hung up", "来电人挂机"},
	acd.EndTimedOut:          {"released: the longest wait of the queue was reached", "离开队列：已达最长等待时间"},
	acd.EndWithdrawn:         {"taken out of the line", "被移出队列"},
	acd.EndExitKey:           {"left by pressing a key", "按键离开"},
	acd.EndClosed:            {"released: the queue was closed", "离开队列：队列已关闭"},
	acd.EndLeaveEmpty:        {"released: nobody was signed in any more", "离开队列：已无坐席签入"},
	acd.EndTransferred:       {"moved to another queue", "转到另一个队列"},
	acd.EndOverflowed:        {"went on to another queue by overflow", "溢出到另一个队列"},
	acd.EndSystemError:       {"ended by a fault of the system", "因系统错误结束"},
	acd.EndCallbackRequested: {"asked to be called back, with the same place", "要求回电，保留位置"},
	acd.EndCallbackFailed:    {"could not be reached by any attempt", "多次回电均未接通"},
	acd.EndCallbackExpired:   {"the callback was given up after its time", "回电已过期"},
	acd.RefusedFull:          {"refused at the door: the line was full", "未能进入：队列已满"},
	acd.RefusedJoinEmpty:     {"refused at the door: nobody was signed in", "未能进入：无坐席签入"},
	acd.RefusedClosed:        {"refused at the door: the queue was closed", "未能进入：队列已关闭"},
}

func (w words) ended(e acd.VisitEnded) Text {
	wait := took(e.Ended.Sub(e.Entered))
	if e.Ending == acd.EndAnswered {
		return Text{fmt.Sprintf("answered by %s after %s", w.name(e.Agent), wait), fmt.Sprintf("%s 后由 %s 接通", wait, w.name(e.Agent))}
	}
	t, known := endings[e.Ending]
	if !known {
		t = Text{string(e.Ending), string(e.Ending)}
	}
	if e.Ended.After(e.Entered) {
		t.En += " after " + wait
		t.Zh = wait + " 后" + t.Zh
	}
	if e.To != "" {
		t.En += fmt.Sprintf(" (%s)", e.To)
		t.Zh += fmt.Sprintf("（%s）", e.To)
	}
	return t
}

func (w words) instead(agent acd.AgentID, h *acd.Hindrance) Text {
	en, zh := w.before(h.Before, h.First, h.Own, time.Time{})
	return Text{
		fmt.Sprintf("%s was free and was asked to take %s, which goes first: %s", w.name(agent), h.Contact, en),
		fmt.Sprintf("%s 空闲，但先分配了 %s：%s", w.name(agent), h.Contact, zh),
	}
}

// hindrances is what keeps an agent from the contact, in one sentence.
func (w words) hindrances(a *acd.Considered) Text {
	if a.Asked {
		return Text{"was asked", "正在被呼叫"}
	}
	if len(a.Hindrances) == 0 {
		return Text{"could take it", "可以接听"}
	}
	var en, zh []string
	for i := range a.Hindrances {
		t := w.hindrance(&a.Hindrances[i])
		en, zh = append(en, t.En), append(zh, t.Zh)
	}
	return Text{strings.Join(en, "; "), strings.Join(zh, "；")}
}

func (w words) hindrance(h *acd.Hindrance) Text {
	since := func(t Text) Text {
		if !h.Since.IsZero() {
			t.En += " since " + w.clock(h.Since)
			t.Zh += "（自 " + w.clock(h.Since) + "）"
		}
		return t
	}
	until := func(t Text) Text {
		if !h.Until.IsZero() {
			t.En += " until " + w.clock(h.Until)
			t.Zh += "，直到 " + w.clock(h.Until)
		}
		return t
	}
	switch h.Because {
	case acd.BecauseNotMember:
		return Text{"does not serve this queue", "不服务此队列"}
	case acd.BecauseSignedOut:
		return since(Text{"not signed in", "未签入"})
	case acd.BecauseStatus:
		return since(w.status(h.Status))
	case acd.BecauseLeaving:
		return Text{"no longer configured", "已不在配置中"}
	case acd.BecauseNoDevice:
		return Text{"the phone or page is not connected", "电话或页面未连接"}
	case acd.BecausePlanned:
		t := w.status(h.Status)
		return Text{"next status chosen: " + t.En, "已选定下一状态：" + t.Zh}
	case acd.BecauseBusy:
		return since(w.activity(h))
	case acd.BecauseFailedOffer:
		return until(Text{"pause after an offer that came to nothing", "分配未成后的暂停"})
	case acd.BecauseDelayed:
		return until(Text{"comes in only after a delay,", "延时后才加入"})
	case acd.BecauseSkill:
		if h.Have == 0 {
			return until(Text{fmt.Sprintf("lacks %s, wanted at level %d", h.Skill, h.Least), fmt.Sprintf("不具备技能 %s，要求 %d 级", h.Skill, h.Least)})
		}
		return until(Text{fmt.Sprintf("%s %d, wanted at least %d", h.Skill, h.Have, h.Least), fmt.Sprintf("%s %d 级，要求至少 %d 级", h.Skill, h.Have, h.Least)})
	case acd.BecauseNotNamed:
		return until(Text{"the caller wants somebody else", "来电人指定了其他坐席"})
	case acd.BecauseExcluded:
		return Text{"passed this caller on, and is not asked again", "已转出该来电，不再分配"}
	case acd.BecauseOther:
		if h.Before == acd.ByMembership {
			return Text{
				fmt.Sprintf("free, but it rang at %s, who serves this queue first: %d, not %d", w.name(h.Agent), h.First, h.Own),
				fmt.Sprintf("空闲，但正在向 %s 振铃，其对此队列更优先：%d，而非 %d", w.name(h.Agent), h.First, h.Own),
			}
		}
		t := strategies[h.Strategy]
		return Text{
			fmt.Sprintf("free, but it rang at %s%s", w.name(h.Agent), t.En),
			fmt.Sprintf("空闲，但正在向 %s 振铃%s", w.name(h.Agent), t.Zh),
		}
	case acd.BecauseResting:
		return until(Text{"the contact is not offered to anybody now", "该联络目前不分配给任何人"})
	}
	return Text{string(h.Because), string(h.Because)}
}

// strategies say why an agent is asked first.
var strategies = map[acd.Strategy]Text{
	acd.LongestIdle:   {", who was idle longer", "（空闲更久）"},
	acd.FewestToday:   {", who had answered fewer today", "（今天接通更少）"},
	acd.LeastOccupied: {", who was less occupied", "（占用率更低）"},
	acd.RoundRobin:    {", whose turn it was", "（轮到此人）"},
	acd.FixedOrder:    {", who comes first in the order", "（顺序在前）"},
	acd.Random:        {", who was drawn by lot", "（随机抽中）"},
}

func (w words) status(s acd.Status) Text {
	switch s {
	case acd.NotResponding:
		return Text{"not responding after a missed call", "漏接后处于无应答状态"}
	case acd.Offline:
		return Text{"signed out", "签出"}
	case acd.Available:
		return Text{"available", "示闲"}
	}
	return Text{"on " + string(s), "状态 " + string(s)}
}

func (w words) activity(h *acd.Hindrance) Text {
	of := Text{string(h.Contact), string(h.Contact)}
	switch h.Activity {
	case acd.Ringing:
		return Text{"being asked to take " + of.En, "正在被呼叫接听 " + of.Zh}
	case acd.Dialling:
		return Text{"dialling for " + of.En, "正在为 " + of.Zh + " 拨号"}
	case acd.OnHold:
		return Text{"in a call on hold, " + of.En, "通话保持中，" + of.Zh}
	case acd.WrapUp:
		return Text{"finishing up after " + of.En, "话后处理 " + of.Zh}
	}
	return Text{"talking with " + of.En, "正在与 " + of.Zh + " 通话"}
}
