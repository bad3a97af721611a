// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tandem/acd"
	"tandem/call"
	"tandem/configs"
	"tandem/media"
	"tandem/strictyaml"
)

func TestSampleIsWhatItSays(t *testing.T) {
	c, err := Load("../configs/tandem.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := filepath.Clean(c.DataFolder), filepath.Clean("../data"); got != want {
		t.Errorf("data in %s, want %s", got, want)
	}
	var numbers []string
	for _, n := range c.CallNumbers() {
		numbers = append(numbers, n.Number+" "+string(n.Flow)+" "+n.Language)
	}
	want := []string{"1000 help en", "1001 soundcheck en", "1002 echo en", "1003 straight en", "1004 retail en", "1005 clinic en", "1006 after-hours en", "1088 help zh"}
	if !slices.Equal(numbers, want) {
		t.Errorf("numbers %v, want %v", numbers, want)
	}
	trunk := c.SIP.Trunks[0]
	if trunk.Calls != 1000 || trunk.CallsPerSecond != 200 {
		t.Errorf("trunk %+v, want 1000 calls and 200 a second", trunk)
	}
	for _, l := range c.sockets() {
		if !l.host.IsLoopback() {
			t.Errorf("%s listens on %s", l.path, l.host)
		}
	}
	if !c.Demo || len(c.sockets()) != 5 {
		t.Errorf("demo %v, %d sockets", c.Demo, len(c.sockets()))
	}
	support := c.RoutingQueues()[0]
	if support.ID != "support" || support.ServiceLevel != 20*time.Second || support.WrapUp != 30*time.Second ||
		support.AnnounceFirst != 20*time.Second || support.MaxLength != 50 {
		t.Errorf("support is %+v", support)
	}
	chen, ok := c.Agent("chen")
	if !ok || !reflect.DeepEqual(chen.Routing(), acd.Agent{ID: "chen", Queues: []acd.Membership{
		{Queue: "support"}, {Queue: "billing", Priority: -1},
	}}) || chen.Device != DeviceBrowser || chen.Role != RoleAgent {
		t.Errorf("chen is %+v", chen)
	}
	if got := c.Statuses(); !slices.Equal(got, []acd.Status{"break", "lunch", "meeting", "noMicrophone", "paperwork"}) {
		t.Errorf("statuses %v", got)
	}
	if c.Reasons[0].Name != (Names{"Break", "小休"}) || c.Reasons[0].Limit != 15*time.Minute {
		t.Errorf("break is %+v", c.Reasons[0])
	}
}

// TestSampleTrunksLoad: each is complete, calls come and go by it, and nothing
// of it is wrong.
func TestSampleTrunksLoad(t *testing.T) {
	files, err := filepath.Glob("../configs/trunks/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range files {
		c, err := Load(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seen[strings.TrimSuffix(filepath.Base(name), ".yaml")] = true
		if trunk := c.SIP.Trunks[0]; trunk.Address == "" || len(trunk.Takes.Prefixes) == 0 {
			t.Errorf("%s: no calls go out by %+v", name, trunk)
		}
	}
	for _, want := range []string{"twilio", "telnyx", "cisco-cube", "asterisk", "freeswitch", "kamailio"} {
		if !seen[want] {
			t.Errorf("no sample for %s", want)
		}
	}
}

func TestBuiltInSampleIsTheFile(t *testing.T) {
	built, err := Sample("somewhere")
	if err != nil {
		t.Fatal(err)
	}
	file, err := Load("../configs/tandem.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if built.DataFolder != "somewhere" {
		t.Errorf("data in %q", built.DataFolder)
	}
	if !reflect.DeepEqual(built.Sentences(), file.Sentences()) || len(built.Sentences()) == 0 {
		t.Error("the built-in flows say something else")
	}
	built.DataFolder, built.FlowsFolder, built.Flows, built.document = file.DataFolder, file.FlowsFolder, file.Flows, file.document
	if !reflect.DeepEqual(built, file) {
		t.Errorf("built in %+v\nfile     %+v", built, file)
	}
}

func TestBenchIsWhatTheGeneratorExpects(t *testing.T) {
	c, err := Load("../configs/bench.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Agents) != 400 {
		t.Fatalf("%d agents", len(c.Agents))
	}
	if a := c.Agents[399]; a.URI != "sip:a400@127.0.7.1:17590" || a.InitialStatus != acd.Available || a.Device != DeviceURI {
		t.Errorf("the last agent is %+v", a)
	}
	got := c.CallNumbers()[3]
	if want := (call.Number{Number: "400", Flow: "digits", Language: "en"}); got != want {
		t.Errorf("400 is %+v", got)
	}
	if !c.mayDial("sip:1234@127.0.7.1:17590") || c.mayDial("sip:1234@192.0.2.1") {
		t.Error("the allow list is not for the generator alone")
	}
}

// TestEverythingCallersHearIsThere: nothing need be installed for the shipped
// configurations to speak.
func TestEverythingCallersHearIsThere(t *testing.T) {
	prompts, err := fs.Sub(configs.Files, "prompts")
	if err != nil {
		t.Fatal(err)
	}
	library, err := media.NewLibrary(prompts)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../configs/tandem.yaml", "../configs/bench.yaml"} {
		c, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range c.Sentences() {
			if _, ok := library.Sentence(s.Language, s.Text); !ok {
				t.Errorf("%s: no recording of %s %q; run make prompts", name, s.Language, s.Text)
			}
		}
		for _, file := range c.SoundFiles() {
			if _, err := library.File(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, music := range c.Music() {
			if _, err := library.Music(music); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestTenFaults: a file with ten faults of different kinds gives ten lines, each
// with line, column and what would be right.
func TestTenFaults(t *testing.T) {
	_, err := Load("testdata/faulty/tandem.yaml")
	var problems strictyaml.Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	const file = "testdata/faulty/tandem.yaml:"
	want := []string{
		file + `4:7: demo: is on while sip.listeners[0].address is 0.0.0.0, which others can reach; remove demo, or listen on 127.0.0.1`,
		file + `12:23: sip.trunks[0].callsPerSecond: "fast" is no whole number; write a whole number like 20`,
		file + `15:13: media.rtpPorts: begins at the odd port 20001; RTP takes an even one, such as 20002`,
		file + `19:12: softphone.address: takes udp port 5060, which sip.listeners[0].address takes too; give it another`,
		file + `22:15: web.tls.mode: off is possible on a loopback address only, because browsers give a page no microphone without HTTPS; write selfSigned or files`,
		file + `26:28: numbers[0].flow: there is no flow "helo" in testdata/faulty/flows; did you mean "help"?`,
		file + `30:13: queues[0].wrapUp: 30 has no unit; write a duration with its unit, like 20s, 1m30s or 500ms`,
		file + `31:5: queues[0].ringTimes: is unknown; did you mean "ringTime"?`,
		file + `32:9: queues[1].id: "support" is the ID of queues[0] already; choose another`,
		file + `35:25: agents[0].queues[0]: there is no queue "suport"; did you mean "support"?`,
	}
	if got := strings.Split(problems.Error(), "\n"); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// configured loads a minimal configuration with extra lines, beside a flow.
func configured(t *testing.T, extra, flow string) error {
	t.Helper()
	folder := t.TempDir()
	base := "dataFolder: data\nsip: {listeners: [{transport: udp, address: \"127.0.0.1:5060\"}], trunks: [{name: local, from: [127.0.0.1]}]}\nflowsFolder: flows\n"
	if err := os.MkdirAll(filepath.Join(folder, "flows"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"c.yaml": base + extra, "flows/f.yaml": flow} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Load(filepath.Join(folder, "c.yaml"))
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), folder+string(filepath.Separator), ""))
}

func TestWhatOnlyTheWholeShows(t *testing.T) {
	const queueFlow = "languages: [en]\nstart: a\nnodes: {a: {queue: {id: support, waitFlow: w}}}\n"
	f := func(extra string, want ...string) {
		t.Helper()
		err := configured(t, extra, "languages: [en]\nstart: a\nnodes: {a: {say: Hi.}}\n")
		got := ""
		if err != nil {
			got = err.Error()
		}
		if joined := strings.Join(want, "\n"); got != joined {
			t.Errorf("%s\ngot  %s\nwant %s", extra, got, joined)
		}
	}
	f("")
	f("numbers: [{number: '1', flow: f}, {prefix: '1', flow: f}, {number: '1', flow: f, trunk: local}]\n")
	f("numbers: [{flow: f}, {number: '1', prefix: '2', flow: f}]\n",
		"c.yaml:4:11: numbers[0]: needs either number or prefix; write one of them",
		"c.yaml:4:22: numbers[1]: needs either number or prefix; write one of them")
	f("numbers: [{number: '1', flow: f}, {number: '1', flow: f}]\n",
		"c.yaml:4:44: numbers[1].number: 1 stands here a second time (first in numbers[0]); keep one")
	f("numbers: [{number: 1 2, flow: f, language: de, trunk: locl, ringback: -1s}]\n",
		`c.yaml:4:20: numbers[0].number: "1 2" is no number; write digits, also with a leading +, without spaces`,
		`c.yaml:4:44: numbers[0].language: "de" is unknown; known here: en, zh`,
		`c.yaml:4:55: numbers[0].trunk: there is no trunk "locl"; did you mean "local"?`,
		`c.yaml:4:71: numbers[0].ringback: -1s is below 0; write 0s or more`)
	f("numbers: [{number: '1', flow: wait}]\nwaitFlow: f\n",
		`c.yaml:4:31: numbers[0].flow: flow "wait" is of kind wait; name one of kind call`,
		`c.yaml:5:11: waitFlow: flow "f" is of kind call; name one of kind wait`)
	f("queues: [{id: 'a b', goal: 101, ringTime: 10ms, maxLength: -1, announceFirst: 3s}]\n",
		`c.yaml:4:15: queues[0].id: "a b" is no ID; write letters, digits, - and _, at most 60`,
		`c.yaml:4:28: queues[0].goal: 101 is no percentage; write 1 to 100`,
		`c.yaml:4:43: queues[0].ringTime: 10ms is below 1s; write a time people can answer in, like 20s`,
		`c.yaml:4:60: queues[0].maxLength: -1 is below 0; write 0 or more`,
		`c.yaml:4:79: queues[0].announceFirst: means nothing without announceEvery; add it, like announceEvery: 45s`)
	f("reasons: [{id: offline}, {id: break, limit: -1m}, {id: break}]\n",
		`c.yaml:4:16: reasons[0].id: "offline" is a status of Tandem's own; choose another word`,
		`c.yaml:4:45: reasons[1].limit: -1m0s is below 0; write 0s or more`,
		`c.yaml:4:56: reasons[2].id: "break" is the ID of reasons[1] already; choose another`)
	f("agents: [{id: a, device: fax}, {id: b, uri: 'sip:x@y', initialStatus: available}, {id: c, device: uri}, {id: d, device: uri, uri: x, initialStatus: brek}]\nreasons: [{id: break}]\n",
		`c.yaml:4:26: agents[0].device: "fax" is unknown; known here: browser, phone, uri`,
		`c.yaml:4:45: agents[1].uri: means nothing for device browser; write device: uri, or remove it`,
		`c.yaml:4:71: agents[1].initialStatus: is for device uri only, where nobody signs in; remove it`,
		`c.yaml:4:83: agents[2].uri: is missing; write the SIP address of the device, like sip:gate@192.0.2.7`,
		`c.yaml:4:131: agents[3].uri: "x" is no SIP address; write one like sip:gate@192.0.2.7`,
		`c.yaml:4:149: agents[3].initialStatus: "brek" is unknown; did you mean "break"?`)
	f("queues: [{id: q}]\nagents: [{id: a, role: boss, queues: [q, q, {queue: q, delay: -1s}]}]\n",
		`c.yaml:5:24: agents[0].role: "boss" is unknown; known here: agent, supervisor`,
		`c.yaml:5:42: agents[0].queues[1]: "q" stands here twice; keep one`,
		`c.yaml:5:45: agents[0].queues[2]: "q" stands here twice; keep one`,
		`c.yaml:5:63: agents[0].queues[2].delay: -1s is below 0; write 0s or more`)
	f("dial: {allow: ['[']}\nlog: {level: loud}\ndrain: 48h\n",
		`c.yaml:4:16: dial.allow[0]: "[" is no pattern; write one like sip:*@192.0.2.7 or 0049*`,
		`c.yaml:5:14: log.level: "loud" is unknown; known here: debug, info, warn, error`,
		`c.yaml:6:8: drain: 48h0m0s is too long; write at most 24h0m0s`)
	f("media: {rtpPorts: 7000-8000}\nsoftphone: {address: '127.0.0.1:7882'}\nweb: {address: '127.0.0.1:5060'}\n",
		`c.yaml:4:19: media.rtpPorts: takes udp port 7882, which softphone.address takes too; give it another`)

	f("web: {address: '0.0.0.0:8443'}\n",
		`c.yaml:1:1: softphone.address: is on this machine only while pages are served beyond it; write the address that browsers reach, like 0.0.0.0:7882`)
	f("web: {address: '0.0.0.0:8443'}\nsoftphone: {address: '0.0.0.0:7882'}\n")

	f("demo: true\nweb: {address: '0.0.0.0:0'}\nsoftphone: {address: '0.0.0.0:0'}\n",
		`c.yaml:4:7: demo: is on while softphone.address is 0.0.0.0, which others can reach; remove demo, or listen on 127.0.0.1`)

	g := func(extra, flow string, want ...string) {
		t.Helper()
		got := ""
		if err := configured(t, extra, flow); err != nil {
			got = err.Error()
		}
		if joined := strings.Join(want, "\n"); got != joined {
			t.Errorf("%s\ngot  %s\nwant %s", extra, got, joined)
		}
	}
	g("", queueFlow) // nothing leads to it
	g("numbers: [{number: '1', flow: f}]\nqueues: [{id: suport}]\n", queueFlow,
		`flows/f.yaml:3:25: nodes.a.queue.id: there is no queue "support"; did you mean "suport"?`,
		`flows/f.yaml:3:44: nodes.a.queue.waitFlow: there is no flow "w" in flows; known here: wait`)
	g("numbers: [{number: '1', flow: f}]\n", "languages: [en]\nstart: a\nnodes: {a: {dial: sip:x@y}}\n",
		`flows/f.yaml:3:19: nodes.a.dial.target: "sip:x@y" is not allowed; add it to dial.allow of the configuration`)
	g("numbers: [{number: '1', flow: f, language: zh}]\n", "languages: [en]\nstart: a\nnodes: {a: {say: Hi.}}\n",
		`c.yaml:4:44: numbers[0].language: flow "f" does not speak zh; known here: en`)
	g("numbers: [{number: '1', flow: f}]\n", "languages: [zh]\nstart: a\nnodes: {a: {say: 您好。}}\n")
	g("numbers: [{number: '1', flow: f}]\n", "start: a\nnodes: {a: {hangup: , labl: Hi.}}\n",
		`flows/f.yaml:2:23: nodes.a.labl: is unknown; did you mean "label"?`)
}

func TestMissingFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestMissingFlowsFolder(t *testing.T) {
	name := filepath.Join(t.TempDir(), "c.yaml")
	src := "dataFolder: data\nsip: {listeners: [{transport: udp, address: '127.0.0.1:5060'}]}\nflowsFolder: none\nnumbers: [{number: '1', flow: help}]\n"
	if err := os.WriteFile(name, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(name)
	folder := filepath.Join(filepath.Dir(name), "none")
	want := name + ":3:14: flowsFolder: " + folder + " is no folder; make it, or remove the line to use the built-in flows"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

// FuzzParse: whatever the file, parse returns, and every problem has a place.
func FuzzParse(f *testing.F) {
	sample, err := fs.ReadFile(configs.Files, "tandem.yaml")
	if err != nil {
		f.Fatal(err)
	}
	faulty, err := os.ReadFile("testdata/faulty/tandem.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	f.Add(faulty)
	f.Add([]byte("agents: [{id: a, queues: [{}]}]\nnumbers: [{}]\nqueues: [{}]\nmedia: {rtpPorts: 1-2}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, problems := parse("f.yaml", src, func(string) string { return "" })
		for _, p := range problems {
			if p.Text == "" || p.Line == 0 && len(src) < 1<<20 {
				t.Errorf("%q: %+v", src, p)
			}
		}
		if len(problems) == 0 && (len(c.RoutingQueues()) != len(c.Queues) || len(c.CallNumbers()) != len(c.Numbers)) {
			t.Errorf("%q: lost queues or numbers", src)
		}
	})
}

func TestTenThousandAgentsLoadQuickly(t *testing.T) {
	var b strings.Builder
	b.WriteString("queues:\n  - id: q\nagents:\n")
	for i := range 10000 {
		fmt.Fprintf(&b, "  - {id: a%d, queues: [q]}\n", i)
	}
	began := time.Now()
	if err := configured(t, b.String(), "languages: [en]\nstart: a\nnodes: {a: {say: Hi.}}\n"); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}
