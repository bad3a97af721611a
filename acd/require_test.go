// SPDX-License-Identifier: Apache-2.0

package acd

import (
	"testing"
	"time"
)

// german is a floor of three who speak it at 9, 5 and not at all; cid alone is
// licensed.
func german() Options {
	o := floor(nil, "ann", "bob", "cid")
	o.Agents[0].Skills = []Skill{{"german", 9}}
	o.Agents[1].Skills = []Skill{{"german", 5}, {"licensed", 2}}
	o.Agents[2].Skills = []Skill{{"licensed", 1}}
	return o
}

// wants arrives with "german >= 7 for 30 s, then >= 4 for 30 s, then anyone".
func wants(id ContactID, tune func(*Require)) Event {
	r := &Require{Steps: []Step{
		{For: 30 * time.Second, Skills: []Skill{{"german", 7}}},
		{For: 30 * time.Second, Skills: []Skill{{"german", 4}}},
		{},
	}}
	if tune != nil {
		tune(r)
	}
	return ContactArrived{Contact: id, Queue: "q", Require: r}
}

func TestRequire(t *testing.T) {
	f := func(name string, o Options, steps ...step) { t.Helper(); story(t, name, o, steps...) }
	annBusy := []step{{0, available("ann"), "ann is available"}, {0, arrives("c0"), "offer1 c0>ann; ann ringing"}}
	licensed := func(r *Require) { r.Always = []Skill{{"licensed", 1}} }

	f("rule 7: steps open one after another, at their second", german(), join(annBusy, []step{
		{1, available("cid"), "cid is available"},
		{2, wants("c1", nil), ""},
		{2, available("bob"), "bob is available"},
		{3, OfferTaken{1}, "ended1 taken; bridge1"},
		{3, Bridged{"c0"}, "visit c0 answered after 3s by ann; ann talking"},
		{31.9, Tick{}, ""},
		{32, Tick{}, "offer2 c1>bob; bob ringing"},
		{33, OfferFailed{2, Refused}, "ended2 refused; bob idle"},
		{34, status("bob", "break"), "bob is break"},
		{61.9, Tick{}, ""},
		{62, Tick{}, "offer3 c1>cid; cid ringing"}})...)
	f("rule 7: a step stays open when the next one opens", german(), join(annBusy, []step{
		{2, wants("c1", nil), ""},
		{3, hangsUp("c0"), "withdraw1 callerGone; ended1 callerGone; visit c0 abandoned after 3s; ann idle; offer2 c1>ann; ann ringing"},
		{4, OfferFailed{2, Refused}, "ended2 refused; ann idle"},
		{70, Tick{}, "offer3 c1>ann; ann ringing"}})...)
	f("rule 7: a step that nobody signed in could meet is skipped at once", german(),
		step{0, available("bob"), "bob is available"},
		step{1, available("cid"), "cid is available"},
		step{2, wants("c1", nil), "offer1 c1>bob; bob ringing"})
	f("rule 7: also when the last one who could signs out", german(), join(annBusy, []step{
		{1, available("bob"), "bob is available"},
		{2, wants("c1", nil), ""},
		{3, force("ann", Offline), "withdraw1 withdrawn; ended1 withdrawn; ann idle; ann is offline; " +
			"offer2 c0>bob; bob ringing"},
		{4, available("cid"), "cid is available"},
		{5, hangsUp("c0"), "withdraw2 callerGone; ended2 callerGone; visit c0 abandoned after 5s; bob idle; offer3 c1>bob; bob ringing"}})...)
	f("rule 7: a break counts as signed in, unless the contact says otherwise", german(),
		step{0, status("ann", "break"), "ann is break"},
		step{0, available("bob"), "bob is available"},
		step{2, wants("c1", nil), ""},
		step{3, wants("c2", func(r *Require) { r.SkipUnavailable = true }), "offer1 c2>bob; bob ringing"})
	f("rule 7: what was skipped stays open when somebody comes back", german(),
		step{0, available("cid"), "cid is available"},
		step{1, arrives("c0"), "offer1 c0>cid; cid ringing"},
		step{2, wants("c1", nil), ""}, // anyone, for nobody speaks german
		step{3, status("ann", "break"), "ann is break"},
		step{4, hangsUp("c0"), "withdraw1 callerGone; ended1 callerGone; visit c0 abandoned after 3s; cid idle; offer2 c1>cid; cid ringing"})
	f("rule 7: never without outlives every step", german(), join(annBusy[:1], []step{
		{1, wants("c1", licensed), ""},
		{200, Tick{}, ""},
		{201, available("cid"), "cid is available; offer1 c1>cid; cid ringing"}})...)
	f("rule 7: anyone holds only if it is written", german(),
		step{0, available("cid"), "cid is available"},
		step{1, wants("c1", func(r *Require) { r.Steps = r.Steps[:2] }), ""},
		step{300, Tick{}, ""},
		step{301, available("bob"), "bob is available; offer1 c1>bob; bob ringing"})
	f("rule 7: relaxing never costs the place", german(), join(annBusy, []step{
		{1, wants("c1", nil), ""},
		{2, arrives("c2"), ""},
		{100, available("cid"), "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle; cid is available; " +
			"offer2 c0>cid; cid ringing"},
		{101, hangsUp("c0"), "withdraw2 callerGone; ended2 callerGone; visit c0 abandoned after 1m41s; cid idle; offer3 c1>cid; cid ringing"}})...)
	f("rule 1: who wants somebody else blocks no one", german(), join(annBusy, []step{
		{1, wants("c1", nil), ""},
		{2, arrives("c2"), ""},
		{3, available("cid"), "cid is available; offer2 c2>cid; cid ringing"}})...)
	f("rule 7: a step is frozen at entry, what agents can do is not", german(), join(annBusy, []step{
		{1, available("cid"), "cid is available"},
		{2, wants("c1", nil), ""},
		{3, Configured{Queues: german().Queues, Agents: []Agent{german().Agents[0], german().Agents[1],
			{ID: "cid", Queues: []Membership{{Queue: "q"}}, Skills: []Skill{{"german", 8}}}}}, "offer2 c1>cid; cid ringing"}})...)

	preferred := func(id ContactID) Event {
		return ContactArrived{Contact: id, Queue: "q", Require: &Require{
			Steps: []Step{{For: 20 * time.Second, Agents: []AgentID{"ann"}}, {}}}}
	}
	f("a preferred agent is waited for", german(), join(annBusy, []step{
		{1, available("bob"), "bob is available"},
		{2, preferred("c1"), ""},
		{20, Tick{}, "withdraw1 missed; ended1 missed; ann is notResponding missed; ann idle; offer2 c0>bob; bob ringing"},
		{21, available("cid"), "cid is available"},
		{21.9, Tick{}, ""},
		{22, Tick{}, "offer3 c1>cid; cid ringing"}})...)
	f("a preferred agent who is not there is not", german(),
		step{0, available("bob"), "bob is available"},
		step{2, preferred("c1"), "offer1 c1>bob; bob ringing"})
}

// TestRequireIsForgotten: what was asked for is not kept when nobody asks for it
// any more.
func TestRequireIsForgotten(t *testing.T) {
	d := New(german())
	d.Apply(sec(0), wants("c1", nil))
	d.Apply(sec(0), wants("c2", nil))
	if len(d.needs) != 1 {
		t.Fatalf("two who ask for the same are %d needs", len(d.needs))
	}
	d.Apply(sec(1), hangsUp("c1"))
	d.Apply(sec(2), hangsUp("c2"))
	if len(d.needs) != 0 {
		t.Errorf("%d needs of nobody", len(d.needs))
	}
}

func TestRequireInWords(t *testing.T) {
	r := wants("c1", func(r *Require) { r.Always = []Skill{{"licensed", 1}} }).(ContactArrived).Require
	if got, want := r.String(), "german>=7 for 30s, then german>=4 for 30s, then anyone, never without licensed>=1"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
