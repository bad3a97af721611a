// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"strconv"
	"strings"
)

// Told words an effect as the tests of flows do: "say Welcome.", "queue support
// priority 3", "end flowEnded"; "" for what they leave out.
func Told(effect Effect) string {
	switch e := effect.(type) {
	case Play:
		verb := "say "
		if e.Prompt.Loop {
			verb = "loop "
		}
		return verb + e.Prompt.String()
	case Enqueue:
		line := "queue " + e.Queue
		if e.Priority != nil {
			line += " priority " + strconv.Itoa(*e.Priority)
		}
		if e.WaitFlow != "" {
			line += " with " + string(e.WaitFlow)
		}
		if e.Limit > 0 {
			line += " at most " + e.Limit.String()
		}
		return line + e.Require.told()
	case Dial:
		return "dial " + e.Target
	case Echo:
		return "echo"
	case RequestCallback:
		return e.told()
	case Fetch:
		return e.told()
	case Notify:
		return "tell " + e.URL + " " + string(e.Body)
	case KeepAnswer:
		return "answer " + e.Question + " " + strconv.Itoa(e.Answer)
	case SetPriority:
		return "priority " + strconv.Itoa(e.Priority)
	case AskQueue:
		return "ask " + e.Queue
	case Record:
		return "record " + e.Label
	case HoldOffers:
		if e.On {
			return "hold offers"
		}
		return "take offers"
	case Leave:
		return "leave " + e.Ending
	case Hangup:
		return "end " + e.Cause
	}
	return ""
}

func (e RequestCallback) told() string {
	line := "callback " + e.Number
	if e.Queue != "" {
		line += " by " + e.Queue
	}
	if e.Priority != nil {
		line += " priority " + strconv.Itoa(*e.Priority)
	}
	if e.After > 0 {
		line += " after " + e.After.String()
	}
	if !e.At.IsZero() {
		line += " at " + e.At.Format("2006-01-02 15:04")
	}
	return line
}

func (e Fetch) told() string {
	line := "fetch " + e.Method + " " + e.URL
	switch {
	case e.Secret:
		line += " ****"
	case e.Body != nil:
		line += " " + string(e.Body)
	}
	return line
}

// String writes what is heard: sentences as they are, <file>, ~music~, (pause).
func (p Prompt) String() string {
	out := make([]string, 0, len(p.Parts))
	for _, part := range p.Parts {
		switch {
		case part.Say != "":
			out = append(out, part.Say)
		case part.File != "":
			out = append(out, "<"+part.File+">")
		case part.Music != "":
			out = append(out, "~"+part.Music+"~")
		default:
			out = append(out, "("+part.Pause.String()+")")
		}
	}
	return strings.Join(out, " ")
}

// told words whom a contact wants: " for german 7 or anyone".
func (r *Require) told() string {
	if r == nil {
		return ""
	}
	skills := func(of []Skill) (out []string) {
		for _, s := range of {
			out = append(out, s.Name+" "+strconv.Itoa(s.Level))
		}
		return out
	}
	var steps []string
	for _, s := range r.Steps {
		wanted := append(skills(s.Skills), s.Agents...)
		if len(wanted) == 0 {
			wanted = []string{"anyone"}
		}
		step := strings.Join(wanted, " and ")
		if s.For > 0 {
			step += " for " + s.For.String()
		}
		steps = append(steps, step)
	}
	line := ""
	if len(steps) > 0 {
		line = " wanting " + strings.Join(steps, ", then ")
	}
	if always := skills(r.Always); len(always) > 0 {
		line += " never without " + strings.Join(always, " and ")
	}
	return line
}
