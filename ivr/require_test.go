// SPDX-License-Identifier: Apache-2.0

package ivr

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestRequireIsRead(t *testing.T) {
	read := func(queue string) (*Flow, string) {
		flow, problems := Read("f.yaml", []byte("start: q\nnodes:\n  q:\n    queue: "+queue+"\n"))
		return flow, problems.Error()
	}
	flow, problems := read(`{id: s, preferred: {agent: chen}, require: [{skills: {german: 7}, for: 30s}, {}], neverWithout: {licensed: 1}, skip: available}`)
	if flow == nil {
		t.Fatal(problems)
	}
	want := Enqueue{Queue: "s", Require: &Require{
		Always: []Skill{{"licensed", 1}},
		Steps: []Step{{For: 20 * time.Second, Agents: []string{"chen"}},
			{For: 30 * time.Second, Skills: []Skill{{"german", 7}}}, {}},
		SkipUnavailable: true}}
	got := NewMachine(flow, "en").Apply(time.Unix(0, 0), Started{})
	if last := got[len(got)-1]; !reflect.DeepEqual(last, want) {
		t.Errorf("got  %+v\nwant %+v", last, want)
	}
	if n := len(flow.Wants()); n != 3 {
		t.Errorf("%d wants, not 3", n)
	}
	for _, f := range []struct{ queue, want string }{
		{`{id: s, require: [{skills: {german: 11}}]}`, "11 is no level"},
		{`{id: s, skip: available}`, "means nothing without require"},
		{`{id: s, preferred: {agent: a, for: 2h}}`, "too long"},
		{`{id: s, require: [{}], skip: never}`, "write signedIn or available"},
	} {
		if _, problems := read(f.queue); !strings.Contains(problems, f.want) {
			t.Errorf("%s: %q does not say %q", f.queue, problems, f.want)
		}
	}
}
